//! The store and the stream on local disk.
