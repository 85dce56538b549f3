//! From the inbound stream to the lead.
