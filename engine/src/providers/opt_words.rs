//! Words by which people opt out of messages and in again (ING-1).
//!
//! A message counts only if it is such a word and nothing else, in any case, with white space around it,
//! quotes and a closing full or exclamation mark aside: "Stop." opts out, "stop by at five" and "cancel?" do not. To add a language, add its words to [`STOP`] and [`START`].
//!
//! Sources, all of them lists that providers and carriers publish:
//! - Twilio, "Support for opt-out keywords (SMS STOP filtering)": stop, stopall, unsubscribe, cancel, end, quit, and since 2025
//!   revoke, optout, stop all; start, yes, unstop. Twilio, "Proxy: opt-out keywords": also arret, arrett, arrete.
//! - 47 CFR 64.1200(a)(10), what a reply in the USA need not say more than: stop, quit, end, revoke, opt out, cancel, unsubscribe.
//! - AWS, "Required opt-out list keywords": also opt-out, remove, td (退订). Tencent Cloud and Alibaba Cloud, SMS in China: td,
//!   退订; their one-letter answers (T, N) are left out.
//! - Israel, Communications Law 30A: הסר. South Korea, Network Act 50: 수신거부. Turkey, İYS: ret, iptal.
//! - The other languages: the plain imperatives that messaging services of those languages print under their messages.
//!
//! Words that are an ordinary answer in a conversation ("no", "non", "não", "لا", "không", "nein"; "dung", which unaccented is
//! also "đúng", right; "baja" alone in Spanish is kept, because it is the word of most senders there) or a name ("Huy") are left
//! out on purpose: an answer to an agent's question must reach the agent. Opting in again takes a plainer word than opting out:
//! where none is in common use, `start` of every language is the one.

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
            "remove",
            "optout",
            "opt out",
            "opt-out",
        ],
    ),
    (
        "fr",
        &[
            "arret",
            "arrêt",
            "arrett",
            "arrete",
            "arrêter",
            "arreter",
            "arrêtez",
            "arretez",
            "desabonner",
            "désabonner",
            "désabonnement",
            "desabonnement",
            "se désabonner",
        ],
    ),
    ("es", &["alto", "parar", "cancelar", "baja", "detener", "darse de baja", "dar de baja"]),
    ("pt", &["pare", "sair", "descadastrar", "remover", "cancelar inscrição"]),
    ("de", &["stopp", "abmelden", "abbestellen", "austragen", "abmeldung"]),
    ("it", &["ferma", "fermare", "cancellami", "disiscrivi", "disiscrivimi", "annulla iscrizione"]),
    ("nl", &["afmelden", "uitschrijven", "stoppen"]),
    ("pl", &["wypisz", "wypisz mnie", "rezygnacja", "rezygnuję"]),
    ("ru", &["стоп", "отписка", "отписаться", "отпишите"]),
    ("uk", &["відписка", "відписатися"]),
    // No word with ı: a phone that is set to another language writes I for both of its letters.
    ("tr", &["iptal", "ret", "durdur"]),
    ("ar", &["توقف", "إيقاف", "ايقاف", "الغاء", "إلغاء", "إلغاء الاشتراك", "الغاء الاشتراك"]),
    ("he", &["הסר", "הסירו", "הסירו אותי"]),
    ("hi", &["रोकें", "बंद करें", "सदस्यता रद्द करें"]),
    ("vi", &["dừng", "dừng lại", "ngừng", "ngung", "hủy", "huỷ", "từ chối", "tu choi"]),
    ("zh", &["退订", "退訂", "td", "取消订阅", "取消訂閱"]),
    ("ja", &["停止", "配信停止", "配信解除"]),
    ("ko", &["수신거부", "수신 거부", "구독취소", "구독 취소"]),
    ("tl", &["itigil", "ihinto"]),
    ("ht", &["sispann", "rete"]),
];

/// Opt in again. `yes` stands here because Twilio itself takes it as an opt-in; a lead who never opted out and says yes
/// says an ordinary yes.
pub const START: &[(&str, &[&str])] = &[
    ("en", &["start", "yes", "unstop"]),
    ("fr", &["reprendre", "réabonner", "reabonner"]),
    ("es", &["iniciar", "alta", "reanudar"]),
    ("pt", &["retomar", "voltar"]),
    ("de", &["anmelden"]),
    ("it", &["riprendi", "iscrivimi"]),
    ("nl", &["aanmelden", "hervatten"]),
    ("pl", &["wznów"]),
    ("ru", &["старт", "подписаться"]),
    ("tr", &["başlat"]),
    ("ar", &["ابدأ", "ابدا", "بدء", "اشتراك"]),
    ("vi", &["bắt đầu", "bat dau", "tiếp tục", "tiep tuc"]),
    ("zh", &["订阅", "訂閱"]),
    ("ja", &["再開", "配信再開"]),
    ("ko", &["수신동의", "수신 동의"]),
];

/// What may stand around the word: quotes, the full stops and exclamation marks of these languages, and the invisible marks
/// that keyboards of right-to-left languages put there.
const AROUND: &[char] = &[
    '"', '\'', '“', '”', '«', '»', '.', '!', '¡', '。', '！', '।', ' ', '\u{200e}', '\u{200f}', '\u{202a}',
    '\u{202b}', '\u{202c}', '\u{feff}',
];

/// The opt word that `body` is, if it is one.
#[must_use]
pub(crate) fn opt_word(body: &str) -> Option<OptWord> {
    // Longer texts are none of these words, and need not be copied.
    if body.len() > 200 {
        return None;
    }
    // In lower case, İ is an i with a dot of its own above it.
    let lower = body.to_lowercase().replace("i\u{307}", "i");
    let text = lower.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = text.trim_matches(AROUND);
    let says = |table: &[(&str, &[&str])]| table.iter().any(|(_, words)| words.contains(&text));
    if says(STOP) {
        Some(OptWord::Stop)
    } else if says(START) {
        Some(OptWord::Start)
    } else {
        None
    }
}
