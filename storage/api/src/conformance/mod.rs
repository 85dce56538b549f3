//! One suite for every backend: what [`crate::Store`] and [`crate::InboundStream`] promise, as tests.
