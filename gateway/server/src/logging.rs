//! Structured logs on standard error: ids, never bodies, addresses or phone numbers.

use tracing_subscriber::EnvFilter;

use crate::config::{ConfigError, Log, LogFormat};

/// Starts logging.
///
/// # Errors
/// The filter can't be read.
pub fn start(log: &Log) -> Result<(), ConfigError> {
    let filter = EnvFilter::try_new(&log.filter).map_err(|error| {
        let allowed = "must be a filter such as info or hearthline=debug,warn";
        ConfigError::at("log.filter", &log.filter, format!("{allowed}: {error}"))
    })?;
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match log.format {
        LogFormat::Json => subscriber.json().flatten_event(true).init(),
        LogFormat::Text => subscriber.init(),
    }
    Ok(())
}
