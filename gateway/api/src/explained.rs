//! An explanation in words, and as data for those who find their own.

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// Why something is as it is.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Explained {
    /// In the language of the user who asks.
    #[schema(example = "New since 09:41; first reply due by 10:41.")]
    pub explanation: String,
    /// Which explanation it is. Stable.
    #[schema(example = "new")]
    pub explanation_key: &'static str,
    /// What it speaks of: moments in RFC 3339, states and channels by their names.
    #[schema(value_type = Object, example = json!({"since": "2026-03-01T09:41:00.000Z"}))]
    pub explanation_params: Map<String, Value>,
}
