/**
 * Made by `npm run api` from the OpenAPI document that the server serves. Do not edit: change the server,
 * then make it again (README "The API's types").
 */

export interface Page<T> {
  readonly items: readonly T[];
  readonly next_cursor?: string | null;
}

/** What an action came to. */
export type ActResult = 'applied' | 'conflict' | 'rejected';

/** The answer to an action. */
export type Acted = {
  readonly call?: Call | null;
  readonly card?: Card | null;
  readonly code?: string | null;
  readonly mutation_id: string;
  /** The deck offset at which the outcome is visible. */
  readonly offset?: number | null;
  readonly result: ActResult;
  /** The task that `schedule`, or the `follow_up_at` of an `outcome`, planned. */
  readonly task_id?: string | null;
};

/** [`Action`] as OpenAPI shows it. */
export type Action = {
  readonly body?: string | null;
  /** For `done`, `snooze` and `outcome`. */
  readonly card_id?: string | null;
  readonly channel?: Channel | null;
  readonly connection_id?: string | null;
  /** For `schedule`. */
  readonly due_at?: string | null;
  /** The card's version as the client saw it; for `done`, `snooze` and `outcome`. */
  readonly expected_version?: number | null;
  readonly follow_up_at?: string | null;
  readonly kind: string;
  readonly lead_id: string;
  /** Made by the client (UUID): sent twice, it acts once. `undo` names the mutation to take back: the client's own `done`, `snooze`, `schedule` or `outcome` of at most ten seconds ago. */
  readonly mutation_id: string;
  readonly note?: string | null;
  readonly preset?: string | null;
  readonly result?: CallResult | null;
  readonly subject?: string | null;
  readonly title?: string | null;
  /** For `send`: how long it can be taken back; 5 if absent. */
  readonly undo_seconds?: number | null;
  /** For `snooze`: until then, or a preset. */
  readonly until?: string | null;
};

/** What a session's answer brings along if it is asked to: each spares a page one way to the server and back. */
export type Along = 'deck' | 'ticket';

/** `POST /v1/unassigned/{id}/assign`: one of the two. */
export type Assignment = {
  /** Of a message: whose it is. */
  readonly lead_id?: string | null;
  /** Of a lead: an agent or team lead. */
  readonly owner_id?: string | null;
};

/** A file that came with a message. */
export type Attachment = {
  readonly filename?: string | null;
  readonly id: string;
  /** Of a file that is kept, what it is by its bytes; before, what the provider says. */
  readonly mime_type?: string | null;
  /** Why it is refused, or why the last attempt to fetch it failed: `too_large`, `wrong_type`, `private_address` … */
  readonly reason?: string | null;
  readonly size_bytes?: number | null;
  readonly state: AttachmentState;
};

/** How far a file is. */
export type AttachmentState = 'waiting' | 'kept' | 'refused' | 'no_file';

/** An actor or a subject: its kind, and its id where it has one. */
export type AuditActor = {
  readonly id?: string | null;
  readonly kind: AuditActorKind;
};

/** Who did it. */
export type AuditActorKind = 'user' | 'client' | 'clock' | 'system';

/** An entry of the log. Not printable: values may be personal. */
export type AuditEntry = {
  readonly action: string;
  readonly actor: AuditActor;
  readonly at: string & Readonly<Record<string, unknown>>;
  readonly fields: readonly AuditField[];
  /** SHA-256 over this entry and the one before, in hexadecimal. */
  readonly hash: string;
  /** Its place in the chain of its month and shard. */
  readonly id: string;
  /** The subject, if it is a lead. */
  readonly lead_id?: string | null;
  /** In the actor's words. */
  readonly reason?: string | null;
  readonly recorded_at: string & Readonly<Record<string, unknown>>;
  readonly subject: AuditSubject;
};

/** A field and its new value; absent, when the lead's key was destroyed. */
export type AuditField = {
  readonly name: string;
  readonly value?: string | null;
};

/** One thing that is not as it was written. */
export type AuditFinding = {
  /** Absent for the register of chains. */
  readonly chain?: string | null;
  /** The entry at which it shows; 0 for the chain as a whole. */
  readonly seq: number;
  readonly wrong: string;
};

/** How far a chain has got. */
export type AuditMark = {
  readonly chain: string;
  readonly count: number;
  readonly hash: string;
};

/** What an entry is about. */
export type AuditSubject = {
  readonly id?: string | null;
  readonly kind: AuditSubjectKind;
};

/** Of whom or what. */
export type AuditSubjectKind = 'lead' | 'user' | 'team' | 'connection' | 'tenant';

/** What the verifier found of a tenant's log. */
export type AuditVerdict = {
  /** How far each chain has got: keep it elsewhere, and `hearthline admin verify-audit --anchor` finds a log that was set back as a whole. */
  readonly anchor: readonly AuditMark[];
  readonly chains: number;
  readonly entries: number;
  /** What is not, at most a hundred. */
  readonly findings: readonly AuditFinding[];
  /** Everything is as it was written. */
  readonly intact: boolean;
};

/** When a team works, on its own clocks. The spans of a day are in order and do not overlap; a day without spans is closed. */
export type BusinessHours = {
  readonly friday?: readonly HoursSpan[];
  /** Days on which nobody works, `YYYY-MM-DD` in the team's calendar. */
  readonly holidays?: readonly string[];
  readonly monday?: readonly HoursSpan[];
  readonly saturday?: readonly HoursSpan[];
  readonly sunday?: readonly HoursSpan[];
  readonly thursday?: readonly HoursSpan[];
  readonly tuesday?: readonly HoursSpan[];
  readonly wednesday?: readonly HoursSpan[];
};

/** A call that was placed. */
export type Call = {
  readonly id: string;
  /** The task that waits for its outcome. */
  readonly task_id?: string | null;
  /** The number to call. */
  readonly tel?: string | null;
};

/** How a call ended. */
export type CallResult = 'spoke' | 'left_message' | 'no_answer' | 'wrong_number';

/** One entry of a user's deck. Not printable: a preview is raw. */
export type Card = {
  readonly channel?: Channel | null;
  /** RFC 3339, UTC */
  readonly due_at: string;
  /** The same as `task_id`. */
  readonly id: string;
  readonly kind: CardKind;
  /** BCP 47, where known. */
  readonly language?: string | null;
  readonly lead_id: string;
  readonly lead_name: string;
  /** RFC 3339, UTC */
  readonly opened_at: string;
  /** The first 140 characters of what the client wrote; only in the owner's deck. */
  readonly preview?: string | null;
  /** Why it is there, in words. */
  readonly reason: string;
  /** The same as data: which reason it is … */
  readonly reason_key: string;
  /** … and what it speaks of: moments in RFC 3339, channels by their names. */
  readonly reason_params: Readonly<Record<string, unknown>>;
  readonly state: LeadState;
  readonly task_id: string;
  /** 0 to 1; the higher one comes first. */
  readonly urgency: number;
  /** What an action's `expected_version` is held against. */
  readonly version: number;
};

/** What a card asks for. */
export type CardKind = 'reply' | 'contact_now' | 'at_risk' | 'rescue' | 'follow_up' | 'call_outcome';

/** Where an event took place. */
export type Channel =
  'sms' | 'whatsapp' | 'messenger' | 'instagram' | 'email' | 'voice' | 'note' | 'task' | 'system';

/** Whether the client can be written to on a channel (OUT-2, OUT-7). */
export type ChannelState = Explained & {
  readonly channel: Channel;
  /** Why it is closed: the code with which a message there would be refused. */
  readonly closed_by?: string | null;
  readonly open: boolean;
  /** When its reply window closes, where its provider has windows. */
  readonly open_until?: string | null;
};

/** How often a code was told. */
export type CodeCount = {
  /** The provider's, or `http_` and a status. */
  readonly code: string;
  readonly count: number;
};

/** A connected number, mailbox or account. */
export type Connection = {
  /** RFC 3339, UTC */
  readonly created_at: string;
  readonly health: ConnectionHealth;
  readonly id: string;
  readonly kind: ConnectionKind;
  readonly owner_id?: string | null;
  /** Those of the kind, without secrets. */
  readonly settings: ConnectionSettings;
  readonly status: ConnectionStatus;
  readonly team_id: string;
  /** How often it was changed; the ETag. */
  readonly version: number;
  /** What the provider is to call. */
  readonly webhook_url: string;
};

/** `PATCH /v1/connections/{id}`: what is absent stays as it is. */
export type ConnectionChange = {
  /** Null: the team's from now on. */
  readonly owner_id?: string | null;
  readonly settings?: SettingsChange | null;
  readonly team_id?: string | null;
};

/** What is known of a connection since it was made. */
export type ConnectionHealth = {
  readonly backlog: HealthBacklog;
  /** The worst first; none: it is `ok`. */
  readonly causes: readonly HealthCause[];
  readonly credentials: HealthCredentials;
  readonly dead_letters: HealthDeadLetters;
  /** Messages that became an event. */
  readonly events: number;
  readonly last_event_at?: string | null;
  readonly last_not_durable_at?: string | null;
  readonly last_received_at?: string | null;
  readonly last_signature_failure_at?: string | null;
  readonly media: HealthMedia;
  /** Requests that could not be made durable, and were answered so that the provider repeats them. */
  readonly not_durable: number;
  /** What the provider told of the account and of no message: the last of each, newest first. */
  readonly notices: readonly HealthNotice[];
  /** Requests of the provider that were made durable. */
  readonly received: number;
  readonly reply_window?: HealthReplyWindow | null;
  readonly sends: HealthSends;
  /** Requests with a missing or wrong signature (ING-6). */
  readonly signature_failures: number;
  /** Of these, requests that name another account than the settings do. */
  readonly signed_for_other_account: number;
  readonly state: HealthState;
};

/** The kinds of connection that can be made. */
export type ConnectionKind = 'twilio_sms' | 'whatsapp' | 'messenger' | 'instagram';

/** A connection's settings without their secrets; the kind says which. */
export type ConnectionSettings = TwilioSettings | WhatsappSettings | PageSettings;

/** How far a connection is known to work. */
export type ConnectionStatus = 'unverified';

/** A connection that was tested. */
export type ConnectionTest = {
  /** The provider's, or `http_` and a status. */
  readonly code?: string | null;
  /** As it is now, with what the test tells of its health. */
  readonly connection: Connection;
  readonly result: ConnectionTestResult;
  /** RFC 3339, UTC */
  readonly tested_at: string;
};

/** What a provider says when it is asked whether it knows a connection (ING-12). */
export type ConnectionTestResult = 'ok' | 'rejected' | 'refused' | 'throttled' | 'unreachable';

/** A request, or one message of it, that was not taken. Not printable: its body is raw. */
export type DeadLetter = Explained & {
  /** The request, for the connection's owner alone, and only of one dead letter at a time. */
  readonly body?: string | null;
  readonly cause: DeadLetterCause;
  readonly connection_id: string;
  readonly connection_kind?: ConnectionKind | null;
  readonly deeds: readonly QueueDeed[];
  readonly id: string;
  readonly kind: QueueKind;
  /** Which field or failure it was, for those who repair it. Never what was in it. */
  readonly reason: string;
  readonly received_at: string & Readonly<Record<string, unknown>>;
  /** When it was sent through again, while it is not known what became of that. */
  readonly replayed_at?: string | null;
  /** How often it was sent through again. */
  readonly replays: number;
  readonly since: string & Readonly<Record<string, unknown>>;
};

/** Why a dead letter was not taken. */
export type DeadLetterCause =
  'unreadable' | 'sender_unreadable' | 'other_account' | 'connection_gone' | 'not_applied' | 'unopened';

/** How many leads' deadlines of one kind would move. */
export type DeadlineMoves = {
  readonly deadline: RulesDeadline;
  /** They would be over at once. */
  readonly due_now: number;
  /** To an earlier time that is still to come. */
  readonly earlier: number;
  /** To a later time; or it would run again. */
  readonly later: number;
};

/** `POST /v1/reviews/{id}/decide` */
export type Decision = {
  /** One of the item's deeds. */
  readonly decision: Verdict;
};

/** `GET /v1/deck` */
export type Deck = {
  /** Most urgent first. */
  readonly cards: readonly Card[];
  /** Changes only when the deck is rebuilt. */
  readonly epoch: string;
  /** What these cards are as of. */
  readonly offset: number;
};

/** How far a message got. */
export type Delivery =
  'received' | 'pending' | 'sending' | 'sent' | 'delivered' | 'read' | 'failed' | 'canceled' | 'unknown';

/** Seen from the business. */
export type Direction = 'in' | 'out' | 'internal';

/** The clock that all times of the API are told by, as it stood when this was answered: a device's own may be wrong, and a demo's runs fast. */
export type EngineClock = {
  /** RFC 3339, UTC */
  readonly now: string;
  /** How many of its seconds pass in one second: 1, but in a demo. */
  readonly pace: number;
};

/** One immutable entry of a timeline. Not printable: parts of it are raw. */
export type Event = Partial<Explained> &
  Partial<RawFields> & {
    /** Who of us did it, where somebody did. */
    readonly by?: string | null;
    readonly channel: Channel;
    readonly detail?: EventDetail | null;
    readonly direction: Direction;
    readonly id: string;
    readonly kind: EventKind;
    readonly lead_id: string;
    /** RFC 3339, UTC */
    readonly occurred_at: string;
    readonly provider: Provider;
    /** RFC 3339, UTC */
    readonly received_at: string;
    readonly status: Delivery;
  };

/** What happened. */
export type EventDetail =
  | {
      readonly client_interaction: boolean;
      readonly what: 'note';
    }
  | {
      readonly call_id: string;
      readonly task_id: string;
      readonly what: 'call_placed';
    }
  | {
      readonly call_id: string;
      readonly result: CallResult;
      readonly what: 'call_ended';
    }
  | {
      /** RFC 3339, UTC */
      readonly due_at: string;
      readonly task_id: string;
      readonly what: 'task_planned';
    }
  | {
      readonly task_id: string;
      readonly what: 'task_done';
    }
  | {
      readonly deed: UndoneDeed;
      readonly what: 'undone';
    }
  | {
      readonly state: LeadState;
      readonly what: 'state_changed';
    }
  | {
      readonly from: LeadStatus;
      readonly to: LeadStatus;
      readonly what: 'status_changed';
    }
  | {
      readonly from_owner_id?: string | null;
      readonly from_team_id: string;
      readonly to_owner_id?: string | null;
      readonly to_team_id: string;
      readonly what: 'owner_changed';
    }
  | {
      readonly fields: readonly RecordField[];
      readonly what: 'record_changed';
    }
  | {
      readonly what: 'deleted';
    }
  | {
      readonly recap?: Recap | null;
      readonly what: 'handed_back';
    }
  | {
      readonly first_contact_s: number;
      readonly first_contact_was_s: number;
      readonly stale_after_s: number;
      readonly stale_after_was_s: number;
      readonly what: 'windows_shortened';
    }
  | {
      readonly count: number;
      readonly what: 'rescue_escalated';
    }
  | {
      readonly what: 'restored';
    }
  | {
      readonly handle_kind: HandleKind;
      readonly what: 'identity_linked';
    }
  | {
      readonly handle_kind: HandleKind;
      readonly what: 'identity_unlinked';
    }
  | {
      readonly lead_id: string;
      readonly what: 'merged';
    }
  | {
      readonly lead_id: string;
      readonly what: 'merge_taken_back';
    }
  | {
      readonly lead_id: string;
      readonly what: 'merged_into';
    }
  | {
      readonly from_lead_id: string;
      readonly what: 'came_back';
    }
  | {
      readonly progress: RescueProgress;
      readonly what: 'rescue_moved';
    };

/** What happened. */
export type EventKind =
  | 'message'
  | 'reaction'
  | 'unsend'
  | 'edit'
  | 'location'
  | 'contacts'
  | 'call'
  | 'note'
  | 'state_change'
  | 'task'
  | 'outcome'
  | 'unsupported';

/** Why something is as it is. */
export type Explained = {
  /** In the language of the user who asks. */
  readonly explanation: string;
  /** Which explanation it is. Stable. */
  readonly explanation_key: string;
  /** What it speaks of: moments in RFC 3339, states and channels by their names. */
  readonly explanation_params: Readonly<Record<string, unknown>>;
};

/** A field that is wrong, and what is allowed. */
export type FieldError = {
  /** What programs go by. */
  readonly code: string;
  /** Its name, with a path where it is nested: `settings.auth_token`. */
  readonly field: string;
  /** What is allowed. Never repeats what was sent. */
  readonly message: string;
};

/** How quickly new leads were contacted. */
export type FirstContactFigures = {
  /** Of these, those that were contacted. */
  readonly contacted: number;
  /** Of these, those whose first-contact window ended without contact. */
  readonly late: number;
  /** Leads that began in the window. */
  readonly leads: number;
  /** Of those that were contacted, the middle one's time until then, in seconds. */
  readonly median_s?: number | null;
};

/** The most urgent cards of a deck: as many as fit into the first flight of an answer (about 14 KB), or all of them. */
export type FirstDeck = {
  /** Most urgent first. */
  readonly cards: readonly Card[];
  /** Changes only when the deck is rebuilt. */
  readonly epoch: string;
  /** How many less urgent cards there are. */
  readonly more: number;
  /** What these cards are as of. The socket resumes from there only if `more` is 0. */
  readonly offset: number;
};

/** A follow-up that was planned. */
export type FollowUpPlanned = {
  /** RFC 3339, UTC */
  readonly due_at: string;
  /** The task, which is the card's id once it is due. */
  readonly id: string;
};

/** A lead that was given back to its owner. */
export type HandedBack = {
  readonly lead: Lead;
  readonly recap: Recap;
};

/** An identity that is neither an e-mail address nor a phone number. */
export type Handle = {
  readonly kind: HandleKind;
  readonly value: string;
};

/** What kind of handle an identity is. */
export type HandleKind = 'phone' | 'email' | 'whatsapp' | 'messenger' | 'instagram' | 'sms_sender';

/** What waits for a connection. */
export type HealthBacklog = {
  /** False for a while after a restart: some of what was left then may be this connection's too. */
  readonly exact: boolean;
  /** Files that are to be fetched, or are being fetched. */
  readonly files: number;
  /** The longest waiting of them. */
  readonly oldest_received_at?: string | null;
  /** Requests that were received and not yet applied. */
  readonly waiting: number;
};

/** One reason for a state, in words, and what can be done about it. */
export type HealthCause = Explained & {
  readonly code: HealthCauseCode;
  /** The provider's code, or the reason of a refused file. Never a text. */
  readonly detail?: string | null;
  /** What can be done, in the language of the user who asks. */
  readonly fix: string;
  /** Since when, or when last. */
  readonly since?: string | null;
  /** What it alone makes of the connection. */
  readonly state: HealthState;
};

/** Why a connection is not as it should be. */
export type HealthCauseCode =
  | 'credentials_rejected'
  | 'signatures_refused'
  | 'sends_fail'
  | 'backlog_stuck'
  | 'not_durable'
  | 'dead_letters'
  | 'media_refused'
  | 'never_called'
  | 'quiet';

/** Whether the provider takes the connection's credentials, as far as it was asked. */
export type HealthCredentials = {
  readonly code?: string | null;
  /** It refused them, and they were neither taken nor changed since. */
  readonly rejected: boolean;
  /** When it refused them last. */
  readonly rejected_at?: string | null;
  /** When it took them last: for a message, a file that is for them alone, or a test. */
  readonly taken_at?: string | null;
};

/** Dead letters of a connection. */
export type HealthDeadLetters = {
  /** How many there were since the connection was made. */
  readonly ever: number;
  readonly last_at?: string | null;
  readonly last_cause?:
    | 'unreadable'
    | 'sender_unreadable'
    | 'other_account'
    | 'connection_gone'
    | 'not_applied'
    | 'unopened'
    | null;
  /** There are more in the tenant than were looked through. */
  readonly more: boolean;
  /** Those that wait for somebody. */
  readonly waiting: number;
};

/** One thing that a provider told. */
export type HealthFact = {
  readonly name: string;
  readonly value: string;
};

/** Files of clients (DOC-1). */
export type HealthMedia = {
  /** Those that were fetched. */
  readonly kept: number;
  readonly last_refused_at?: string | null;
  readonly last_refused_reason?: string | null;
  /** Why, the most frequent first. */
  readonly reasons: readonly ReasonCount[];
  /** Those that are not taken. */
  readonly refused: number;
};

/** What a provider told of an account: limits, quality, the state of a template. */
export type HealthNotice = {
  readonly at: string & Readonly<Record<string, unknown>>;
  /** How often. */
  readonly count: number;
  /** What was told then, as far as it can be shown. */
  readonly facts: readonly HealthFact[];
  /** The provider's name for it. */
  readonly name: string;
};

/** The reply window of a connection: that of the client who wrote last, since nobody else's is open for longer. */
export type HealthReplyWindow = {
  /** How long what a person writes may be, where the provider knows the difference. */
  readonly by_hand_s?: number | null;
  /** When a client wrote last. */
  readonly last_heard_at?: string | null;
  readonly last_refused_at?: string | null;
  /** Messages that the provider refused as too late, in `sends.window_s`. */
  readonly refused: number;
  /** How long anything may be answered, in seconds. */
  readonly standard_s: number;
  readonly state: HealthWindowState;
  /** When that state ends, if it does by itself. */
  readonly until?: string | null;
};

/** What became of what was sent, in the last hours. */
export type HealthSends = {
  readonly accepted: number;
  /** What was answered, or should have been: `accepted`, `refused`, `unreachable` and `unknown`. */
  readonly attempts: number;
  /** Of what was refused or did not arrive, by the provider's code, the most frequent first. */
  readonly codes: readonly CodeCount[];
  /** What failed, at once or later, of all attempts; null without attempts. */
  readonly error_rate?: number | null;
  /** When the provider took a message last. */
  readonly last_accepted_at?: string | null;
  readonly last_failed_at?: string | null;
  readonly refused: number;
  /** The provider asked to come later. */
  readonly throttled: number;
  /** Of what was accepted, what did not arrive. */
  readonly undelivered: number;
  /** The answer was lost. */
  readonly unknown: number;
  /** The provider could not be reached. */
  readonly unreachable: number;
  /** Too late after the client's last message: no fault of the connection's. */
  readonly window_closed: number;
  /** How long that is, in seconds, in whole hours: the one that has begun counts. */
  readonly window_s: number;
};

/** How a connection is. */
export type HealthState = 'ok' | 'silent' | 'degraded' | 'failing';

/** Whether the client who wrote last can be answered (OUT-2). */
export type HealthWindowState = 'never_written' | 'open' | 'by_hand' | 'closed';

/** What somebody has in hand. */
export type Held = {
  readonly active: number;
  readonly at_risk: number;
  /** Of all these, those whose client wrote and has no answer yet. */
  readonly awaiting_reply: number;
  readonly new: number;
  /** None: leads that nobody has. */
  readonly owner_id?: string | null;
  readonly stale: number;
};

/** From a time on the wall until another one of the same day, the end not included. */
export type HoursSpan = {
  /** `HH:MM`. */
  readonly from: string;
  /** `HH:MM`, later than `from`, at most `24:00`. */
  readonly to: string;
};

/** `POST` and `DELETE /v1/leads/{id}/identities`. Not printable: it is about a person. */
export type IdentityLink = {
  /** A WhatsApp id that is a phone number is a `phone`, whichever of the two it is called. */
  readonly kind: HandleKind;
  /** A phone number in E.164, an e-mail address, or the provider's id of somebody. */
  readonly value: string;
};

/** The client record and its follow-up state. Not printable: names and addresses stay out of logs. */
export type Lead = {
  readonly address?: string | null;
  readonly at_risk_at?: string | null;
  /** `YYYY-MM-DD`. */
  readonly birthday?: string | null;
  /** Where messages can be sent to the client, as it is now. */
  readonly channels: readonly ChannelState[];
  /** RFC 3339, UTC */
  readonly created_at: string;
  readonly emails: readonly string[];
  /** Where it stands and what happens next, in the language of the user who asks. */
  readonly explanation: string;
  /** Which explanation it is. Stable. */
  readonly explanation_key: string;
  /** What it speaks of: moments in RFC 3339. */
  readonly explanation_params: Readonly<Record<string, unknown>>;
  readonly first_name?: string | null;
  /** Identities that are neither e-mail address nor phone number. */
  readonly handles: readonly Handle[];
  readonly id: string;
  /** BCP 47, where known. */
  readonly language?: string | null;
  readonly last_interaction_at?: string | null;
  readonly last_name?: string | null;
  readonly last_touch_at?: string | null;
  /** Leads that were merged into this one, in their order (IDN-3). */
  readonly merged: readonly MergedLead[];
  readonly name?: string | null;
  /** When the next card is due. */
  readonly next_action_at?: string | null;
  readonly owner_id?: string | null;
  /** E.164. */
  readonly phones: readonly string[];
  readonly source: LeadSource;
  readonly stale_at?: string | null;
  readonly state: LeadState;
  readonly status: LeadStatus;
  readonly tags: readonly string[];
  readonly team_id: string;
  /** The number of its commits; the ETag. */
  readonly version: number;
};

/** [`LeadChange`] as OpenAPI shows it. */
export type LeadChange = {
  readonly address?: string | null;
  readonly birthday?: string | null;
  /** Either part makes `name` anew. */
  readonly first_name?: string | null;
  readonly language?: string | null;
  readonly last_name?: string | null;
  /** The whole name, where its parts are not known: setting it forgets them. */
  readonly name?: string | null;
  readonly status?: LeadStatus | null;
  /** All of them. */
  readonly tags?: readonly string[] | null;
};

/** How a lead came to be. */
export type LeadSource =
  'sms' | 'whatsapp' | 'messenger' | 'instagram' | 'email' | 'call' | 'manual' | 'import';

/** The follow-up state of a lead. */
export type LeadState = 'new' | 'active' | 'at_risk' | 'stale';

/** The relationship with a lead. */
export type LeadStatus = 'lead' | 'active_client' | 'archived';

/** A lead that may be the same person as another. Not printable: names stay out of logs. */
export type MatchedLead = {
  /** RFC 3339, UTC */
  readonly created_at: string;
  readonly last_interaction_at?: string | null;
  readonly lead_id: string;
  readonly lead_name: string;
  readonly owner_id?: string | null;
  readonly source: LeadSource;
  readonly status: LeadStatus;
  readonly team_id: string;
};

/** `POST /v1/leads/{id}/merges` */
export type Merge = {
  /** The lead that is the same person. */
  readonly lead_id: string;
};

/** A lead that was merged into another. */
export type MergedLead = {
  /** RFC 3339, UTC */
  readonly at: string;
  /** Who merged it. */
  readonly by: string;
  readonly lead_id: string;
};

/** What a person found out of a message in doubt: `POST /v1/leads/{id}/messages/{event_id}/outcome` */
export type MessageOutcome = {
  readonly result: MessageResult;
};

/** Whether it was sent. */
export type MessageResult = 'sent' | 'not_sent';

/** What became of it so far. */
export type MessageTaken = {
  /** Its event in the lead's timeline. */
  readonly event_id: string;
  /** It is not sent before: the time to take it back, and quiet hours. */
  readonly not_before?: string | null;
  readonly status: Delivery;
};

/** One deadline of a lead, now and then. */
export type MovedDeadline = {
  /** Null: it would be over at once. */
  readonly after?: string | null;
  /** Null: it does not run now. */
  readonly before?: string | null;
  readonly deadline: RulesDeadline;
};

/** `POST /v1/leads/{id}/calls` */
export type NewCall = Readonly<Record<string, unknown>>;

/** `POST /v1/connections`. Owned by a user, or by a team. */
export type NewConnection = {
  readonly kind: ConnectionKind;
  /** Whose leads come through it. */
  readonly owner_id?: string | null;
  /** Those of the kind. */
  readonly settings: NewSettings;
  /** Whose it is when it has no owner; leads start without one. */
  readonly team_id?: string | null;
};

/** [`NewFollowUp`] as OpenAPI shows it. */
export type NewFollowUp = {
  readonly due_at: string;
  readonly title: string;
};

/** [`NewLead`] as OpenAPI shows it. */
export type NewLead = {
  readonly address?: string | null;
  readonly birthday?: string | null;
  readonly email: string;
  readonly first_name: string;
  /** BCP 47. */
  readonly language?: string | null;
  readonly last_name: string;
  /** Whoever makes the lead, if absent. Administrators name an owner or a team. */
  readonly owner_id?: string | null;
  /** E.164. Required where the tenant says so. */
  readonly phone?: string | null;
  /** How they came: `manual` if absent. */
  readonly source?: string | null;
  readonly tags?: readonly string[] | null;
  /** Without an owner, the lead waits in this team to be assigned. */
  readonly team_id?: string | null;
};

/** [`NewMessage`] as OpenAPI shows it. */
export type NewMessage = {
  /** Files that were uploaded for this lead, by SMS only: then it is an MMS. */
  readonly attachment_ids?: readonly string[] | null;
  /** Verbatim. At most 1,600 characters by SMS. May be left out beside files. */
  readonly body?: string | null;
  readonly channel: Channel;
  /** By default the connection that the client wrote to last, the sender's own, or their team's. */
  readonly connection_id?: string | null;
  /** When to be reminded after the first message to a new lead, in place of the team's default. */
  readonly follow_up_at?: string | null;
  /** E-mails only. */
  readonly subject?: string | null;
  /** How long it can be taken back with the action `undo`: 0 by default, 5 in the deck. */
  readonly undo_seconds?: number | null;
};

/** [`NewNote`] as OpenAPI shows it. */
export type NewNote = {
  readonly body: string;
  /** The note tells of contact with the client: it counts as a touch. False if absent. */
  readonly client_interaction?: boolean | null;
};

/** [`NewOutcome`] as OpenAPI shows it. */
export type NewOutcome = {
  /** When to follow up. */
  readonly follow_up_at?: string | null;
  readonly note?: string | null;
  readonly result: CallResult;
};

/** What it takes to use a Facebook page or an Instagram account: `page_id` or `account_id`, whichever its webhooks name. */
export type NewPageSettings = {
  /** Write-only. */
  readonly access_token: string;
  readonly account_id?: string | null;
  /** Where Meta's API is instead of its usual place, for simulators. */
  readonly api_base_url?: string | null;
  /** Signs webhooks. Write-only. */
  readonly app_secret: string;
  readonly page_id?: string | null;
  /** What Meta shows when it verifies the webhook's address. Write-only. */
  readonly verify_token: string;
};

/** `POST /v1/leads/{id}/raw-access`. Not printable: a reason may quote a client. */
export type NewRawAccess = {
  /** Why you have to read it: the owner and the administrators will see this. */
  readonly reason: string;
};

/** The settings of a new connection; the kind says which. */
export type NewSettings = NewTwilioSettings | NewWhatsappSettings | NewPageSettings;

/** `POST /v1/teams` */
export type NewTeam = {
  readonly name: string;
  /** IANA; UTC if absent. */
  readonly time_zone?: string | null;
};

/** `POST /v1/tenants` */
export type NewTenant = {
  readonly admin_email: string;
  readonly admin_password: string;
  readonly name: string;
};

/** What it takes to use a Twilio number. */
export type NewTwilioSettings = {
  readonly account_sid: string;
  /** Where Twilio's API is instead of its usual place, for simulators. */
  readonly api_base_url?: string | null;
  /** Write-only. */
  readonly auth_token: string;
  readonly messaging_service_sid?: string | null;
  /** E.164. */
  readonly number: string;
};

/** `POST /v1/users` */
export type NewUser = {
  /** Unique in a deployment. */
  readonly email: string;
  /** BCP 47. */
  readonly language: string;
  readonly name: string;
  /** Active with one, invited without. */
  readonly password?: string | null;
  readonly role: Role;
  /** Admins may have none. */
  readonly team_id?: string | null;
  /** IANA; the team's if absent. */
  readonly time_zone?: string | null;
};

/** What it takes to use a number of the WhatsApp Cloud API. */
export type NewWhatsappSettings = {
  /** Write-only. */
  readonly access_token: string;
  /** Where Meta's API is instead of its usual place, for simulators. */
  readonly api_base_url?: string | null;
  /** Signs webhooks. Write-only. */
  readonly app_secret: string;
  readonly business_account_id: string;
  /** Meta's id of the number, which its webhooks name. */
  readonly phone_number_id: string;
  /** What Meta shows when it verifies the webhook's address. Write-only. */
  readonly verify_token: string;
};

/** A note that was written. */
export type NoteWritten = {
  /** Its entry of the timeline. */
  readonly event_id: string;
};

/** A message that came to you and is somebody else's client's. Of the lead itself it says only whose it is. Not printable: the message is raw. */
export type Notice = Explained &
  Partial<RawFields> & {
    readonly channel: Channel;
    /** Yours, through which it came. */
    readonly connection_id: string;
    /** The message's. */
    readonly id: string;
    readonly kind: NoticeKind;
    /** Whose client it is now; null: nobody's. */
    readonly owner_id?: string | null;
    readonly owner_name?: string | null;
    /** RFC 3339, UTC */
    readonly received_at: string;
  };

/** What kind of thing it is. */
export type NoticeKind = 'belongs_to_another';

/** A page's or account's settings without their secrets. */
export type PageSettings = {
  readonly account_id?: string | null;
  readonly api_base_url?: string | null;
  readonly page_id?: string | null;
};

/** A lead that would notice. Not printable: names stay out of logs. */
export type PreviewedLead = {
  readonly deadlines: readonly MovedDeadline[];
  readonly from: LeadState;
  readonly lead_id: string;
  readonly lead_name: string;
  readonly owner_id?: string | null;
  readonly to: LeadState;
};

/** Why a request was refused. `code` is stable; `title` and `detail` are for people. */
export type ProblemDetails = {
  /** What programs go by. */
  readonly code: string;
  /** What happened this time, and what to do. */
  readonly detail?: string | null;
  /** The fields that are wrong, all of them. */
  readonly errors?: readonly FieldError[];
  /** The lead that stands in the way, for those who may know of it. */
  readonly lead_id?: string | null;
  /** Seconds until it makes sense to try again; the `Retry-After` header says the same. */
  readonly retry_after_s?: number | null;
  /** The HTTP status. */
  readonly status: number;
  /** In a few words, the same for every problem of this code. */
  readonly title: string;
  /** `urn:hearthline:problem:` and the code. */
  readonly type: string;
};

/** A provider. */
export type Provider = 'twilio' | 'meta' | 'google' | 'microsoft' | 'hearthline';

/** What can be done with something that waits. */
export type QueueDeed =
  'replay' | 'discard' | 'assign' | 'restore' | 'dismiss' | 'sent' | 'not_sent' | 'same' | 'not_same';

/** What kind of thing waits. */
export type QueueKind =
  'dead_letter' | 'lead' | 'message' | 'deleted_lead_wrote' | 'send_in_doubt' | 'ambiguous_match';

/** When nothing is sent, every day, over midnight too. */
export type QuietHours = {
  /** `HH:MM`. */
  readonly from: string;
  /** `HH:MM`: the first minute in which a message may be sent again. */
  readonly to: string;
};

/** Leave to read a Stale lead. Not printable: it is a token. */
export type RawAccess = {
  readonly expires_at: string & Readonly<Record<string, unknown>>;
  /** To be sent as `Raw-Access-Grant`; works for you, for this lead and in this session. */
  readonly grant: string;
};

/** What only those see who may read raw content (PRV-1). */
export type RawFields = {
  /** Listed before they are fetched; `state` says how far each is. */
  readonly attachments: readonly Attachment[];
  /** Verbatim: text, caption, button title, order or system text. */
  readonly body?: string | null;
  readonly from?: string | null;
  readonly html?: string | null;
  /** Exactly the provider's id: `MessageSid`, `wamid`, `mid` … */
  readonly provider_event_id?: string | null;
  /** The provider's id of the message or story that this is about: what is answered, reacted to, changed or taken back. */
  readonly refers_to?: string | null;
  readonly subject?: string | null;
  /** The conversation, as its provider tells conversations apart: `own account|client`. */
  readonly thread_key?: string | null;
  readonly to: readonly string[];
};

/** Somebody who read a lead. */
export type Reader = {
  /** `raw.access_granted`, `raw.read`, `lead.read` or `timeline.read`. */
  readonly action: string;
  readonly at: string & Readonly<Record<string, unknown>>;
  /** How often, in a batch of readings. */
  readonly count: number;
  /** Whether it was the content that was read, or only what is derived from it. */
  readonly raw: boolean;
  readonly reader_id: string;
  /** Whoever has the lead learns who reads it, also of people whom they know nothing else of. */
  readonly reader_name?: string | null;
  /** Why, in the reader's words. */
  readonly reason?: string | null;
};

/** How often files were not taken for a reason. */
export type ReasonCount = {
  readonly count: number;
  readonly reason: string;
};

/** `POST /v1/leads/{id}/reassign` */
export type Reassignment = {
  /** An agent or team lead; null: nobody, and the lead waits to be assigned. */
  readonly owner_id: string | null;
};

/** What happened while a lead was Stale. Derived: no word of anybody is in it. */
export type Recap = {
  /** When the client answered. */
  readonly answered_at?: string | null;
  /** The client wrote and nobody has answered that yet. */
  readonly awaits_reply: boolean;
  readonly escalations: number;
  /** The latest contact that was made, and how. */
  readonly last_contact_at?: string | null;
  readonly last_contact_channel?: Channel | null;
  /** Who rescued it, if anybody did. */
  readonly rescuer_id?: string | null;
  /** RFC 3339, UTC */
  readonly stale_since: string;
};

/** A field of a lead's record. */
export type RecordField = 'name' | 'first_name' | 'last_name' | 'birthday' | 'address' | 'language' | 'tags';

/** `POST /v1/sessions/refresh` */
export type Refresh = {
  readonly refresh_token: string;
  /** What the answer brings along. */
  readonly with?: readonly Along[];
};

/** A lead of the rescue queue: derived facts alone. Not printable: names stay out of logs. */
export type RescueItem = {
  /** When the client answered. */
  readonly answered_at?: string | null;
  /** How often the team was told that nothing happens. */
  readonly escalations: number;
  readonly language?: string | null;
  readonly last_interaction_at?: string | null;
  readonly last_touch_at?: string | null;
  readonly lead_id: string;
  readonly lead_name: string;
  readonly owner_id?: string | null;
  readonly progress: RescueProgress;
  /** Who got in touch. */
  readonly rescuer_id?: string | null;
  readonly source: LeadSource;
  readonly stale_since: string & Readonly<Record<string, unknown>>;
  readonly team_id: string;
};

/** Where a rescue stands. */
export type RescueProgress = 'waiting' | 'in_progress' | 'answered';

/** Something that a person has to decide. Not printable: names stay out of logs. */
export type Review = Explained & {
  /** Of an ambiguous match: how the second of `leads` came; `system`: by hand. */
  readonly channel: Channel;
  /** Empty for those who may look and not decide. */
  readonly deeds: readonly QueueDeed[];
  /** The message's; of an ambiguous match, the pair's. */
  readonly id: string;
  readonly kind: QueueKind;
  /** Of an ambiguous match: the first of `leads`. */
  readonly lead_id: string;
  readonly lead_name: string;
  /** Of an ambiguous match: both leads; the first one goes on with both if they are the same. Empty for other kinds. */
  readonly leads: readonly MatchedLead[];
  readonly owner_id?: string | null;
  readonly since: string & Readonly<Record<string, unknown>>;
  readonly team_id: string;
};

/** What a user may do. */
export type Role = 'agent' | 'team_lead' | 'admin';

/** Who gets a new lead that came through a connection of the team's own (IDN-1). One that came through somebody's own connection is theirs. */
export type Routing = 'owner' | 'round_robin' | 'least_loaded' | 'unassigned';

/** The rules of a team: spans in seconds. */
export type Rules = {
  /** At which share of a window a lead is at risk, 0.05 to 0.95. */
  readonly at_risk_share: number;
  readonly business_hours?: BusinessHours | null;
  /** When the follow-up after the first send falls due. */
  readonly default_follow_up_s: number;
  /** How soon a new lead is to be contacted. */
  readonly first_contact_s: number;
  /** Whether a call that nobody answered counts as a touch. */
  readonly no_answer_counts: boolean;
  /** Whether a new owner starts the clock again. */
  readonly owner_change_restarts_clock: boolean;
  /** Whether the stale window too runs in business hours only. */
  readonly pause_stale_window: boolean;
  readonly quiet_hours?: QuietHours | null;
  readonly routing: Routing;
  /** How long without a touch until a lead is Stale. */
  readonly stale_after_s: number;
  /** Whose clocks and calendar both kinds of hours mean. */
  readonly time_zone: string;
  /** How often they were changed; the ETag. */
  readonly version: number;
};

/** `PATCH /v1/teams/{id}/rules`: what is absent stays as it is. */
export type RulesChange = {
  readonly at_risk_share?: number | null;
  readonly business_hours?: BusinessHours | null;
  readonly default_follow_up_s?: number | null;
  /** 1 to 315,360,000. */
  readonly first_contact_s?: number | null;
  readonly no_answer_counts?: boolean | null;
  readonly owner_change_restarts_clock?: boolean | null;
  /** Only with business hours. */
  readonly pause_stale_window?: boolean | null;
  readonly quiet_hours?: QuietHours | null;
  readonly routing?: Routing | null;
  /** Greater than `first_contact_s`. */
  readonly stale_after_s?: number | null;
  readonly time_zone?: string | null;
};

/** A deadline that team rules give. */
export type RulesDeadline =
  'first_contact_at_risk' | 'first_contact' | 'at_risk' | 'stale' | 'rescue_escalation';

/** `POST /v1/teams/{id}/rules/preview`. Derived facts alone. Not printable: names stay out of logs. */
export type RulesPreview = {
  /** False: there are more leads than were looked at, and these are the newest. */
  readonly complete: boolean;
  /** Deadlines that would move. */
  readonly deadlines: readonly DeadlineMoves[];
  /** How many leads were looked at. */
  readonly leads: number;
  /** The rules as they would be. */
  readonly rules: Rules;
  /** Some of the leads that would notice, those first whose state would change. */
  readonly sample: readonly PreviewedLead[];
  /** Leads whose state would change at once. */
  readonly states: readonly StateMoves[];
};

/** A session: an access token for 15 minutes and the refresh token that gets the next one, once. Not printable: cards hold raw parts. */
export type Session = {
  readonly access_token: string;
  readonly clock: EngineClock;
  readonly deck?: FirstDeck | null;
  /** Seconds until the access token expires. */
  readonly expires_in: number;
  readonly refresh_token: string;
  readonly ticket?: SocketTicket | null;
  readonly user: User;
};

/** What changes of a connection's settings: what is absent stays. Only fields of its kind are taken. */
export type SettingsChange = {
  /** Write-only. */
  readonly access_token?: string | null;
  readonly account_id?: string | null;
  readonly account_sid?: string | null;
  /** Null takes it away. */
  readonly api_base_url?: string | null;
  /** Write-only. */
  readonly app_secret?: string | null;
  /** Write-only. */
  readonly auth_token?: string | null;
  readonly business_account_id?: string | null;
  /** Null takes it away. */
  readonly messaging_service_sid?: string | null;
  /** E.164. */
  readonly number?: string | null;
  readonly page_id?: string | null;
  readonly phone_number_id?: string | null;
  /** Write-only. */
  readonly verify_token?: string | null;
};

/** `POST /v1/sessions` */
export type SignIn = {
  readonly email: string;
  readonly password: string;
  /** What the answer brings along. */
  readonly with?: readonly Along[];
};

/** `POST /v1/socket-tickets` */
export type SocketTicket = {
  /** Seconds. */
  readonly expires_in: number;
  /** For `GET /v1/live?ticket=…`, once. */
  readonly ticket: string;
};

/** How many leads would go from one state to another. */
export type StateMoves = {
  readonly from: LeadState;
  readonly leads: number;
  readonly to: LeadState;
};

/** Agents and their team leads. */
export type Team = {
  /** RFC 3339, UTC */
  readonly created_at: string;
  readonly id: string;
  readonly name: string;
  /** Users who lead it. */
  readonly team_lead_ids: readonly string[];
  readonly time_zone: string;
};

/** `GET /v1/teams/{id}/figures`. */
export type TeamFigures = {
  readonly counted_at: string & Readonly<Record<string, unknown>>;
  readonly first_contact: FirstContactFigures;
  /** Who has how many leads now, put away and deleted ones aside: whoever has the most Stale ones first, then the most at risk, then the most that wait for an answer. */
  readonly held: readonly Held[];
  readonly team_id: string;
  /** How far back `first_contact` and `won_back` look, in seconds. */
  readonly window_s: number;
  readonly won_back: WonBackFigures;
};

/** A brokerage and its first user. */
export type Tenant = {
  readonly admin_id: string;
  /** RFC 3339, UTC */
  readonly created_at: string;
  readonly id: string;
  readonly name: string;
};

/** `PATCH /v1/tenant`: what is absent stays. */
export type TenantChange = {
  readonly name?: string | null;
  readonly phone_required?: boolean | null;
  readonly unknown_senders?: UnknownSenders | null;
};

/** `GET /v1/tenant`: the brokerage of whoever asks. */
export type TenantSettings = {
  readonly id: string;
  readonly name: string;
  /** Leads made by hand need a phone number. */
  readonly phone_required: boolean;
  /** What becomes of those whom nobody knows. */
  readonly unknown_senders: UnknownSenders;
};

/** A Twilio number's settings without its secret. */
export type TwilioSettings = {
  readonly account_sid: string;
  readonly api_base_url?: string | null;
  readonly messaging_service_sid?: string | null;
  readonly number: string;
};

/** A lead, or a message of nobody, that waits to be assigned. Not printable: names stay out of logs. */
export type Unassigned = Explained & {
  /** Of a message: through which it came. */
  readonly connection_id?: string | null;
  readonly deeds: readonly QueueDeed[];
  /** The lead's; a message's is that of its dead letter, by which it is thrown away. */
  readonly id: string;
  /** `lead` or `message`. */
  readonly kind: QueueKind;
  readonly language?: string | null;
  readonly last_interaction_at?: string | null;
  /** Absent of a message. */
  readonly lead_id?: string | null;
  /** Empty of a message. */
  readonly lead_name: string;
  readonly since: string & Readonly<Record<string, unknown>>;
  /** Of a message: what kind of connection it came through. */
  readonly source: LeadSource;
  readonly state?: LeadState | null;
  /** Of a message: the connection's. */
  readonly team_id: string;
};

/** A deed that was taken back. */
export type UndoneDeed = 'done' | 'snooze' | 'schedule' | 'outcome';

/** What becomes of somebody whom nobody knows, when they first write (IDN-5). */
export type UnknownSenders = 'new_lead' | 'unassigned';

/** A person who signs in. */
export type User = {
  /** RFC 3339, UTC */
  readonly created_at: string;
  readonly email: string;
  readonly id: string;
  readonly language: string;
  readonly name: string;
  readonly role: Role;
  readonly status: UserStatus;
  /** Who has the leads of one who left or became an administrator; null: nobody, or nobody had to. */
  readonly successor_id?: string | null;
  readonly team_id?: string | null;
  readonly tenant_id: string;
  readonly time_zone?: string | null;
};

/** `PATCH /v1/users/{id}`: what is absent stays. */
export type UserChange = {
  readonly language?: string | null;
  readonly name?: string | null;
  readonly role?: Role | null;
  /** Takes USERS_MANAGE. Leads and connections go with the user. */
  readonly team_id?: string | null;
  /** IANA; null: the team's. */
  readonly time_zone?: string | null;
};

/** Whether a user can sign in. */
export type UserStatus = 'active' | 'invited' | 'leaving' | 'left';

/** What is decided of something in review. */
export type Verdict = 'restore' | 'dismiss' | 'sent' | 'not_sent' | 'same' | 'not_same';

/** A WhatsApp number's settings without their secrets. */
export type WhatsappSettings = {
  readonly api_base_url?: string | null;
  readonly business_account_id: string;
  readonly phone_number_id: string;
};

/** What rescue brought back. */
export type WonBackFigures = {
  /** Given back to their owners. */
  readonly hand_backs: number;
  /** Leads that left the Stale state in the window by one of these and have not been Stale since. */
  readonly leads: number;
  /** Those, and the leads that are Stale now. What was put away while it was Stale is not counted. */
  readonly of: number;
  /** Their owners got in touch after all. */
  readonly owners_touches: number;
  /** Given to another owner. */
  readonly reassignments: number;
};

export const OPERATIONS = {
  upload: { method: 'POST', path: '/v1/attachments' },
  download: { method: 'GET', path: '/v1/attachments/{id}' },
  list_audit: { method: 'GET', path: '/v1/audit' },
  verify_audit: { method: 'GET', path: '/v1/audit/verification' },
  list_connections: { method: 'GET', path: '/v1/connections' },
  create_connection: { method: 'POST', path: '/v1/connections' },
  get_connection: { method: 'GET', path: '/v1/connections/{id}' },
  change_connection: { method: 'PATCH', path: '/v1/connections/{id}' },
  delete_connection: { method: 'DELETE', path: '/v1/connections/{id}' },
  test_connection: { method: 'POST', path: '/v1/connections/{id}/test' },
  list_dead_letters: { method: 'GET', path: '/v1/dead-letters' },
  get_dead_letter: { method: 'GET', path: '/v1/dead-letters/{id}' },
  discard: { method: 'DELETE', path: '/v1/dead-letters/{id}' },
  replay: { method: 'POST', path: '/v1/dead-letters/{id}/replay' },
  get_deck: { method: 'GET', path: '/v1/deck' },
  act: { method: 'POST', path: '/v1/deck/actions' },
  list_leads: { method: 'GET', path: '/v1/leads' },
  create_lead: { method: 'POST', path: '/v1/leads' },
  get_lead: { method: 'GET', path: '/v1/leads/{id}' },
  change_lead: { method: 'PATCH', path: '/v1/leads/{id}' },
  delete_lead: { method: 'DELETE', path: '/v1/leads/{id}' },
  place_call: { method: 'POST', path: '/v1/leads/{id}/calls' },
  tell_outcome: { method: 'POST', path: '/v1/leads/{id}/calls/{call_id}/outcome' },
  list_events: { method: 'GET', path: '/v1/leads/{id}/events' },
  plan_follow_up: { method: 'POST', path: '/v1/leads/{id}/follow-ups' },
  hand_back: { method: 'POST', path: '/v1/leads/{id}/hand-back' },
  link: { method: 'POST', path: '/v1/leads/{id}/identities' },
  unlink: { method: 'DELETE', path: '/v1/leads/{id}/identities' },
  merge_leads: { method: 'POST', path: '/v1/leads/{id}/merges' },
  take_merge_back: { method: 'DELETE', path: '/v1/leads/{id}/merges/{lead_id}' },
  send: { method: 'POST', path: '/v1/leads/{id}/messages' },
  tell_message_outcome: { method: 'POST', path: '/v1/leads/{id}/messages/{event_id}/outcome' },
  write_note: { method: 'POST', path: '/v1/leads/{id}/notes' },
  open_raw_access: { method: 'POST', path: '/v1/leads/{id}/raw-access' },
  list_readers: { method: 'GET', path: '/v1/leads/{id}/readers' },
  reassign: { method: 'POST', path: '/v1/leads/{id}/reassign' },
  live: { method: 'GET', path: '/v1/live' },
  list_notices: { method: 'GET', path: '/v1/notices' },
  read_notice: { method: 'GET', path: '/v1/notices/{id}' },
  dismiss_notice: { method: 'DELETE', path: '/v1/notices/{id}' },
  list_rescues: { method: 'GET', path: '/v1/rescue' },
  list_reviews: { method: 'GET', path: '/v1/reviews' },
  decide: { method: 'POST', path: '/v1/reviews/{id}/decide' },
  sign_in: { method: 'POST', path: '/v1/sessions' },
  sign_out: { method: 'DELETE', path: '/v1/sessions' },
  refresh: { method: 'POST', path: '/v1/sessions/refresh' },
  issue_ticket: { method: 'POST', path: '/v1/socket-tickets' },
  list_teams: { method: 'GET', path: '/v1/teams' },
  create_team: { method: 'POST', path: '/v1/teams' },
  get_team: { method: 'GET', path: '/v1/teams/{id}' },
  team_figures: { method: 'GET', path: '/v1/teams/{id}/figures' },
  get_rules: { method: 'GET', path: '/v1/teams/{id}/rules' },
  change_rules: { method: 'PATCH', path: '/v1/teams/{id}/rules' },
  preview_rules: { method: 'POST', path: '/v1/teams/{id}/rules/preview' },
  get_tenant: { method: 'GET', path: '/v1/tenant' },
  change_tenant: { method: 'PATCH', path: '/v1/tenant' },
  create_tenant: { method: 'POST', path: '/v1/tenants' },
  list_unassigned: { method: 'GET', path: '/v1/unassigned' },
  assign: { method: 'POST', path: '/v1/unassigned/{id}/assign' },
  list_users: { method: 'GET', path: '/v1/users' },
  create_user: { method: 'POST', path: '/v1/users' },
  get_user: { method: 'GET', path: '/v1/users/{id}' },
  change_user: { method: 'PATCH', path: '/v1/users/{id}' },
  remove_user: { method: 'DELETE', path: '/v1/users/{id}' },
} as const;

export interface Operations {
  upload: {
    path: undefined;
    query: { readonly lead_id: string; readonly filename?: string };
    body: undefined;
    answer: Attachment;
  };
  download: {
    path: { readonly id: string };
    query: undefined;
    body: undefined;
    answer: null;
  };
  list_audit: {
    path: undefined;
    query: {
      readonly actor_id?: string;
      readonly lead_id?: string;
      readonly action?: string;
      readonly from?: string;
      readonly to?: string;
      readonly limit?: number;
      readonly cursor?: string;
    };
    body: undefined;
    answer: Page<AuditEntry>;
  };
  verify_audit: {
    path: undefined;
    query: undefined;
    body: undefined;
    answer: AuditVerdict;
  };
  list_connections: {
    path: undefined;
    query: { readonly limit?: number; readonly cursor?: string };
    body: undefined;
    answer: Page<Connection>;
  };
  create_connection: {
    path: undefined;
    query: undefined;
    body: NewConnection;
    answer: Connection;
  };
  get_connection: {
    path: { readonly id: string };
    query: undefined;
    body: undefined;
    answer: Connection;
  };
  change_connection: {
    path: { readonly id: string };
    query: undefined;
    body: ConnectionChange;
    answer: Connection;
  };
  delete_connection: {
    path: { readonly id: string };
    query: undefined;
    body: undefined;
    answer: null;
  };
  test_connection: {
    path: { readonly id: string };
    query: undefined;
    body: undefined;
    answer: ConnectionTest;
  };
  list_dead_letters: {
    path: undefined;
    query: { readonly limit?: number; readonly cursor?: string };
    body: undefined;
    answer: Page<DeadLetter>;
  };
  get_dead_letter: {
    path: { readonly id: string };
    query: undefined;
    body: undefined;
    answer: DeadLetter;
  };
  discard: {
    path: { readonly id: string };
    query: undefined;
    body: undefined;
    answer: null;
  };
  replay: {
    path: { readonly id: string };
    query: undefined;
    body: undefined;
    answer: DeadLetter;
  };
  get_deck: {
    path: undefined;
    query: undefined;
    body: undefined;
    answer: Deck;
  };
  act: {
    path: undefined;
    query: undefined;
    body: Action;
    answer: Acted;
  };
  list_leads: {
    path: undefined;
    query: {
      readonly q?: string;
      readonly state?: string;
      readonly status?: string;
      readonly owner_id?: string;
      readonly tag?: string;
      readonly source?: string;
      readonly sort?: string;
      readonly limit?: number;
      readonly cursor?: string;
    };
    body: undefined;
    answer: Page<Lead>;
  };
  create_lead: {
    path: undefined;
    query: undefined;
    body: NewLead;
    answer: Lead;
  };
  get_lead: {
    path: { readonly id: string };
    query: undefined;
    body: undefined;
    answer: Lead;
  };
  change_lead: {
    path: { readonly id: string };
    query: undefined;
    body: LeadChange;
    answer: Lead;
  };
  delete_lead: {
    path: { readonly id: string };
    query: undefined;
    body: undefined;
    answer: null;
  };
  place_call: {
    path: { readonly id: string };
    query: undefined;
    body: NewCall;
    answer: Call;
  };
  tell_outcome: {
    path: { readonly id: string; readonly call_id: string };
    query: undefined;
    body: NewOutcome;
    answer: Lead;
  };
  list_events: {
    path: { readonly id: string };
    query: {
      readonly channel?: string;
      readonly from?: string;
      readonly to?: string;
      readonly limit?: number;
      readonly cursor?: string;
    };
    body: undefined;
    answer: Page<Event>;
  };
  plan_follow_up: {
    path: { readonly id: string };
    query: undefined;
    body: NewFollowUp;
    answer: FollowUpPlanned;
  };
  hand_back: {
    path: { readonly id: string };
    query: undefined;
    body: undefined;
    answer: HandedBack;
  };
  link: {
    path: { readonly id: string };
    query: undefined;
    body: IdentityLink;
    answer: Lead;
  };
  unlink: {
    path: { readonly id: string };
    query: undefined;
    body: IdentityLink;
    answer: Lead;
  };
  merge_leads: {
    path: { readonly id: string };
    query: undefined;
    body: Merge;
    answer: Lead;
  };
  take_merge_back: {
    path: { readonly id: string; readonly lead_id: string };
    query: undefined;
    body: undefined;
    answer: Lead;
  };
  send: {
    path: { readonly id: string };
    query: undefined;
    body: NewMessage;
    answer: MessageTaken;
  };
  tell_message_outcome: {
    path: { readonly id: string; readonly event_id: string };
    query: undefined;
    body: MessageOutcome;
    answer: Lead;
  };
  write_note: {
    path: { readonly id: string };
    query: undefined;
    body: NewNote;
    answer: NoteWritten;
  };
  open_raw_access: {
    path: { readonly id: string };
    query: undefined;
    body: NewRawAccess;
    answer: RawAccess;
  };
  list_readers: {
    path: { readonly id: string };
    query: { readonly limit?: number; readonly cursor?: string };
    body: undefined;
    answer: Page<Reader>;
  };
  reassign: {
    path: { readonly id: string };
    query: undefined;
    body: Reassignment;
    answer: Lead;
  };
  live: {
    path: undefined;
    query: { readonly ticket: string };
    body: undefined;
    answer: null;
  };
  list_notices: {
    path: undefined;
    query: { readonly limit?: number; readonly cursor?: string };
    body: undefined;
    answer: Page<Notice>;
  };
  read_notice: {
    path: { readonly id: string };
    query: undefined;
    body: undefined;
    answer: Notice;
  };
  dismiss_notice: {
    path: { readonly id: string };
    query: undefined;
    body: undefined;
    answer: null;
  };
  list_rescues: {
    path: undefined;
    query: { readonly limit?: number; readonly cursor?: string; readonly team_id?: string };
    body: undefined;
    answer: Page<RescueItem>;
  };
  list_reviews: {
    path: undefined;
    query: { readonly limit?: number; readonly cursor?: string };
    body: undefined;
    answer: Page<Review>;
  };
  decide: {
    path: { readonly id: string };
    query: undefined;
    body: Decision;
    answer: null;
  };
  sign_in: {
    path: undefined;
    query: undefined;
    body: SignIn;
    answer: Session;
  };
  sign_out: {
    path: undefined;
    query: { readonly everywhere?: boolean };
    body: undefined;
    answer: null;
  };
  refresh: {
    path: undefined;
    query: undefined;
    body: Refresh;
    answer: Session;
  };
  issue_ticket: {
    path: undefined;
    query: undefined;
    body: undefined;
    answer: SocketTicket;
  };
  list_teams: {
    path: undefined;
    query: { readonly limit?: number; readonly cursor?: string };
    body: undefined;
    answer: Page<Team>;
  };
  create_team: {
    path: undefined;
    query: undefined;
    body: NewTeam;
    answer: Team;
  };
  get_team: {
    path: { readonly id: string };
    query: undefined;
    body: undefined;
    answer: Team;
  };
  team_figures: {
    path: { readonly id: string };
    query: undefined;
    body: undefined;
    answer: TeamFigures;
  };
  get_rules: {
    path: { readonly id: string };
    query: undefined;
    body: undefined;
    answer: Rules;
  };
  change_rules: {
    path: { readonly id: string };
    query: undefined;
    body: RulesChange;
    answer: Rules;
  };
  preview_rules: {
    path: { readonly id: string };
    query: undefined;
    body: RulesChange;
    answer: RulesPreview;
  };
  get_tenant: {
    path: undefined;
    query: undefined;
    body: undefined;
    answer: TenantSettings;
  };
  change_tenant: {
    path: undefined;
    query: undefined;
    body: TenantChange;
    answer: TenantSettings;
  };
  create_tenant: {
    path: undefined;
    query: undefined;
    body: NewTenant;
    answer: Tenant;
  };
  list_unassigned: {
    path: undefined;
    query: { readonly limit?: number; readonly cursor?: string };
    body: undefined;
    answer: Page<Unassigned>;
  };
  assign: {
    path: { readonly id: string };
    query: undefined;
    body: Assignment;
    answer: Lead;
  };
  list_users: {
    path: undefined;
    query: { readonly limit?: number; readonly cursor?: string };
    body: undefined;
    answer: Page<User>;
  };
  create_user: {
    path: undefined;
    query: undefined;
    body: NewUser;
    answer: User;
  };
  get_user: {
    path: { readonly id: string };
    query: undefined;
    body: undefined;
    answer: User;
  };
  change_user: {
    path: { readonly id: string };
    query: undefined;
    body: UserChange;
    answer: User;
  };
  remove_user: {
    path: { readonly id: string };
    query: undefined;
    body: undefined;
    answer: User;
  };
}
