//! The seeded simulation of the whole engine.
