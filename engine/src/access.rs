//! The access policy (TEN-4, PRV-2): one pure function over role, relation to the lead, lead state and action.
