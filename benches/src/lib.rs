//! Benchmarks beside peers and physical limits.
