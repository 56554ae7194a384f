//! Base64 as RFC 4648 has it, with the standard alphabet and padding: how credentials and manifests are written down.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// A byte that does not belong there, by its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("illegal base64 data at input byte {0}")]
pub struct InvalidBase64(pub usize);

/// The text for some bytes.
pub fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for piece in bytes.chunks(3) {
        let bits = piece.iter().enumerate().fold(0_u32, |bits, (at, byte)| bits | u32::from(*byte) << (16 - 8 * at));
        for sign in 0..4 {
            let index = (bits >> (18 - 6 * sign) & 63) as usize;
            text.push(if sign <= piece.len() { char::from(ALPHABET[index]) } else { '=' });
        }
    }
    text
}

/// The bytes of a text.
///
/// # Errors
/// The place of the first sign that cannot be.
pub fn decode(text: &str) -> Result<Vec<u8>, InvalidBase64> {
    let trimmed = text.trim_end_matches('=');
    let padding = text.len() - trimmed.len();
    let (mut bytes, mut bits, mut held) = (Vec::new(), 0_u32, 0_u32);
    for (at, sign) in trimmed.bytes().enumerate() {
        let value = ALPHABET.iter().position(|known| *known == sign).ok_or(InvalidBase64(at))?;
        // The position in an alphabet of 64 fits.
        bits = bits << 6 | u32::try_from(value).unwrap_or(0);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held & 0xff) as u8);
        }
    }
    match (text.len() % 4, padding) {
        (0, 0..=2) => Ok(bytes),
        _ => Err(InvalidBase64(text.len())),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn texts_are_those_of_the_standard() {
        for (length, text) in ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"].iter().enumerate() {
            assert_eq!(encode(&b"foobar"[..length]), *text);
        }
        assert_eq!(decode("!!!"), Err(InvalidBase64(0)));
        assert_eq!(decode("Zg"), Err(InvalidBase64(2)));
    }

    proptest! {
        #[test]
        fn what_is_encoded_decodes(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            prop_assert_eq!(decode(&encode(&bytes)), Ok(bytes));
        }
    }
}
