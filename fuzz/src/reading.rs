//! The normalizers: nothing panics, the same bytes read the same, nothing is left out in silence, and a part reads alone
//! as it reads in company (ING-8, ING-10).

use hearthline_engine::{
    identity::HomeRegion,
    providers::{Normalized, Unreadable, meta, twilio_sms},
    raw::Raw,
};

type Reader = fn(&Raw<Vec<u8>>) -> Result<Normalized, Unreadable>;

pub fn twilio_sms(bytes: &[u8]) {
    let form = Raw::new(bytes.to_vec());
    for home in [None, HomeRegion::from_code("BR"), HomeRegion::from_code("US")] {
        let read = twilio_sms::normalize(&form, home);
        assert_eq!(read, twilio_sms::normalize(&form, home), "the same form reads the same");
        if let Ok(read) = read {
            assert_eq!(things(&read), 1, "a form is one message or one status: {read:?}");
            named(&read);
        }
    }
}

pub fn whatsapp(bytes: &[u8]) {
    request_of_meta(meta::whatsapp::normalize, bytes);
}

pub fn messenger(bytes: &[u8]) {
    request_of_meta(meta::messenger::normalize, bytes);
}

pub fn instagram(bytes: &[u8]) {
    request_of_meta(meta::instagram::normalize, bytes);
}

fn request_of_meta(reader: Reader, bytes: &[u8]) {
    let body = Raw::new(bytes.to_vec());
    let whole = reader(&body);
    assert_eq!(whole, reader(&body), "the same request reads the same");
    let Ok(whole) = whole else { return };
    named(&whole);
    let parts = meta::split::parts(&body);
    let mut alone = Normalized::default();
    for part in &parts {
        let read = reader(part).expect("the envelope of a part is that of its request");
        assert!(things(&read) > 0, "a part is left out in silence");
        alone.messages.extend(read.messages);
        alone.statuses.extend(read.statuses);
        alone.watermarks.extend(read.watermarks);
    }
    for message in &whole.messages {
        assert!(alone.messages.contains(message), "a message reads otherwise alone: {message:?}");
        assert!(
            meta::split::of_message(reader, &body, message).is_some(),
            "a message has no part: {message:?}"
        );
    }
    for status in &whole.statuses {
        assert!(alone.statuses.contains(status), "a status reads otherwise alone: {status:?}");
    }
    for watermark in &whole.watermarks {
        assert!(alone.watermarks.contains(watermark), "a watermark reads otherwise alone: {watermark:?}");
    }
}

fn things(read: &Normalized) -> usize {
    let told = read.messages.len() + read.statuses.len() + read.watermarks.len();
    told + read.notices.len() + read.unreadable.len()
}

/// What is claimed by an id has one; what the unreadable keeps can be kept.
fn named(read: &Normalized) {
    for message in &read.messages {
        assert!(!message.claim_id.is_empty(), "a message without a claim: {message:?}");
    }
    for status in &read.statuses {
        assert!(!status.provider_event_id.is_empty(), "a status of no message: {status:?}");
    }
    for part in &read.unreadable {
        assert!(part.request != Raw::new(Vec::new()), "what can't be read is not kept: {part:?}");
    }
}
