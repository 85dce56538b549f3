//! What the hub counts.

use prometheus_client::{
    metrics::{counter::Counter, gauge::Gauge},
    registry::Registry,
};

/// Counters and gauges of one node.
#[derive(Debug, Default)]
pub struct Metrics {
    pub sockets: Gauge,
    pub frames: Counter,
    /// Times that a slow socket lost its queue and was brought up to date from the deck.
    pub conflated: Counter,
    pub actions: Counter,
}

impl Metrics {
    /// Shows them under their names in a registry.
    pub fn register(&self, registry: &mut Registry) {
        registry.register("hearthline_sockets", "Open sockets", self.sockets.clone());
        registry.register("hearthline_socket_frames", "Frames sent to sockets", self.frames.clone());
        registry.register(
            "hearthline_sockets_conflated",
            "Slow sockets brought up to date",
            self.conflated.clone(),
        );
        registry.register("hearthline_actions", "Actions of people", self.actions.clone());
    }
}
