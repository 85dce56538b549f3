//! The store and the stream in memory, with faults to order.
