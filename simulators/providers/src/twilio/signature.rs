//! `X-Twilio-Signature` (Twilio documentation, "Validating requests are coming from Twilio"): base64 of the HMAC-SHA1,
//! keyed with the auth token, of the URL followed by each parameter's name and value in the order of the names.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

/// Signs a form that goes to exactly this URL.
pub(super) fn sign(auth_token: &str, url: &str, fields: &[(String, String)]) -> String {
    let mut ordered: Vec<&(String, String)> = fields.iter().collect();
    ordered.sort();
    let signed = ordered.iter().fold(url.to_owned(), |signed, (name, value)| signed + name + value);
    let mut mac = Hmac::<Sha1>::new_from_slice(auth_token.as_bytes()).expect("a key of any length");
    mac.update(signed.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::sign;

    /// The example of Twilio's documentation and of its libraries' own tests.
    #[test]
    fn twilios_own_example_is_signed_as_twilio_signs_it() {
        let fields = [
            ("To", "+18005551212"),
            ("From", "+14158675309"),
            ("Digits", "1234"),
            ("CallSid", "CA1234567890ABCDE"),
            ("Caller", "+14158675309"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let signature = sign("12345", "https://mycompany.com/myapp.php?foo=1&bar=2", &fields);
        assert_eq!(signature, "RSOYDt4T1cUTdK1PDd93/VVr8B8=");
    }
}
