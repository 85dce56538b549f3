//! What Meta answers: an id, or an error in the Graph API's envelope.

use serde::Deserialize;
use serde_json::Value;

/// The message's id, where the product puts it.
pub(super) fn id(body: &[u8], at: &str) -> Option<String> {
    let answer: Value = serde_json::from_slice(body).ok()?;
    let id = answer.pointer(at)?.as_str()?;
    (!id.is_empty()).then(|| id.to_owned())
}

/// Meta's numbers for why it refused, by which its documentation is ordered. The message beside them may repeat what was
/// asked, and is left where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Refusal {
    pub code: u32,
    #[serde(rename = "error_subcode")]
    pub subcode: Option<u32>,
}

pub(super) fn refusal(body: &[u8]) -> Option<Refusal> {
    #[derive(Deserialize)]
    struct Envelope {
        error: Refusal,
    }
    serde_json::from_slice(body).ok().map(|Envelope { error }| error)
}
