//! The inbound backlog as a metric: asked of the stream when somebody looks, so it is exact.

use hearthline_storage_api::InboundStream;
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric},
    metrics::gauge::ConstGauge,
};
use std::{fmt, sync::Arc};

/// Received, not yet applied; dead letters excluded.
pub struct InboundBacklog(pub Arc<dyn InboundStream>);

impl fmt::Debug for InboundBacklog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InboundBacklog")
    }
}

impl Collector for InboundBacklog {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let gauge = ConstGauge::new(i64::try_from(self.0.backlog()).unwrap_or(i64::MAX));
        let help = "Entries received and not yet applied";
        let metric =
            encoder.encode_descriptor("hearthline_inbound_backlog", help, None, gauge.metric_type())?;
        gauge.encode(metric)
    }
}
