//! How many segments a text is (Twilio documentation, "SMS character limits"; GSM 03.38).

/// Characters of one septet.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
/// Characters of two.
const EXTENDED: &str = "\u{c}^{}\\[~]|€";

/// The number of segments that carry the text; 1 for an empty one.
pub(super) fn segments(text: &str) -> u32 {
    let septets = text.chars().try_fold(0_usize, |sum, character| {
        if BASIC.contains(character) {
            Some(sum + 1)
        } else {
            EXTENDED.contains(character).then_some(sum + 2)
        }
    });
    let (units, alone, together) = match septets {
        Some(septets) => (septets, 160, 153),
        None => (text.encode_utf16().count(), 70, 67),
    };
    let segments = if units <= alone { 1 } else { units.div_ceil(together) };
    u32::try_from(segments).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::segments;

    #[test]
    fn a_text_is_cut_where_its_alphabet_says() {
        let cases = [
            (String::new(), 1),
            ("a".repeat(160), 1),
            ("a".repeat(161), 2),
            ("a".repeat(306), 2),
            ("a".repeat(307), 3),
            ("€".repeat(80), 1),
            ("€".repeat(81), 2),
            ("☂".repeat(70), 1),
            ("☂".repeat(71), 2),
            ("☂".repeat(135), 3),
            ("😀".repeat(35), 1),
            ("😀".repeat(36), 2),
        ];
        for (text, expected) in cases {
            assert_eq!(segments(&text), expected, "{text}");
        }
    }
}
