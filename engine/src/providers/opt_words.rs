//! Words by which people opt out of messages and in again (ING-1).
//!
//! A message counts only if it is such a word and nothing else, in any case, with white space around it,
//! quotes and a closing full or exclamation mark aside: "Stop." opts out, "stop by at five" and "cancel?" do not. To add a language, add its words to [`STOP`] and [`START`].
//!
//! English: the keywords that Twilio documents ("Twilio support for opt-out keywords", SMS STOP filtering). The others are
//! the plain imperatives that carriers and messaging services of those languages document for the same purpose. Words that
//! are an ordinary answer in a conversation ("no", "non", "não", "لا", "không"; "dung", which unaccented is also "đúng", right) or a name ("Huy") are
//! left out on purpose: an answer to an agent's question must reach the agent.

use crate::message::OptWord;

/// Opt out: `(BCP 47 language, words)`, in lower case.
pub const STOP: &[(&str, &[&str])] = &[
    (
        "en",
        &[
            "stop",
            "stopall",
            "stop all",
            "unsubscribe",
            "cancel",
            "end",
            "quit",
            "revoke",
            "optout",
            "opt out",
            "opt-out",
        ],
    ),
    ("fr", &["arret", "arrêt", "arrêter", "arreter", "arrêtez", "desabonner", "désabonner", "désabonnement"]),
    ("es", &["alto", "parar", "cancelar", "baja", "detener", "darse de baja"]),
    ("pt", &["pare", "parar", "cancelar", "sair", "descadastrar"]),
    ("ar", &["توقف", "إيقاف", "ايقاف", "الغاء", "إلغاء", "إلغاء الاشتراك", "الغاء الاشتراك"]),
    ("vi", &["dừng", "dừng lại", "ngừng", "ngung", "hủy", "huỷ", "từ chối", "tu choi"]),
];

/// Opt in again. `yes` stands here because Twilio itself takes it as an opt-in; a lead who never opted out and says yes
/// says an ordinary yes.
pub const START: &[(&str, &[&str])] = &[
    ("en", &["start", "yes", "unstop"]),
    ("fr", &["reprendre", "réabonner", "reabonner"]),
    ("es", &["iniciar", "alta", "reanudar"]),
    ("pt", &["iniciar", "retomar", "voltar"]),
    ("ar", &["ابدأ", "ابدا", "بدء", "اشتراك"]),
    ("vi", &["bắt đầu", "bat dau", "tiếp tục", "tiep tuc"]),
];

/// The opt word that `body` is, if it is one.
#[must_use]
pub(crate) fn opt_word(body: &str) -> Option<OptWord> {
    // Longer texts are none of these words, and need not be copied.
    if body.len() > 200 {
        return None;
    }
    let lower = body.to_lowercase();
    let text = lower.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = text.trim_matches(['"', '\'', '“', '”', '«', '»', '.', '!', '¡', ' ']);
    let says = |table: &[(&str, &[&str])]| table.iter().any(|(_, words)| words.contains(&text));
    if says(STOP) {
        Some(OptWord::Stop)
    } else if says(START) {
        Some(OptWord::Start)
    } else {
        None
    }
}
