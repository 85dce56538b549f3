//! What the rows hold.
