//! The store on a real CQL server: the one that `HEARTHLINE_TEST_CQL` names, or Cassandra, started for this process.

mod cluster;
mod conformance;
mod history;
mod linearizable;
mod migrations;
