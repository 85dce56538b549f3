/** What is being done with a lead, one at a time. */
export type Deed =
  | 'follow_up'
  | 'note'
  | 'hand_back'
  | 'reassign'
  | 'readers'
  | 'identities'
  | 'merge'
  | 'archive'
  | 'outcome';
