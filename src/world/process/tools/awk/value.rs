//! Values of awk: numbers, texts, and what came from outside and may be either; and arrays, in the order in which the
//! real ones walk through theirs. Pure.

use std::sync::Arc;

use imbl::OrdMap;

use crate::world::process::tools::conversion::general;

/// A text.
pub type Text = Arc<[u8]>;

/// A value.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// What was never assigned: "" and 0.
    #[default]
    Nothing,
    Number(f64),
    Text(Text),
    /// From input, and it looks like a number.
    Numeric(Text, f64),
}

impl Value {
    /// A text.
    pub fn text(bytes: impl AsRef<[u8]>) -> Value {
        Value::Text(Arc::from(bytes.as_ref()))
    }

    /// What came from outside: a number too, if it looks like one.
    pub fn from_input(bytes: &[u8]) -> Value {
        let trimmed = bytes.trim_ascii();
        let length = number_length(trimmed);
        if length == 0 || length != trimmed.len() {
            return Value::text(bytes);
        }
        Value::Numeric(Arc::from(bytes), leading_number(trimmed))
    }

    /// 1 for true, 0 for false.
    pub fn truth(is: bool) -> Value {
        Value::Number(f64::from(u8::from(is)))
    }

    /// As a number: that at the beginning of a text.
    pub fn number(&self) -> f64 {
        match self {
            Value::Nothing => 0.0,
            Value::Number(number) | Value::Numeric(_, number) => *number,
            Value::Text(text) => leading_number(text.trim_ascii_start()),
        }
    }

    /// As a text; numbers that are not whole in this format (`CONVFMT`).
    pub fn bytes(&self, format: &str) -> Text {
        match self {
            Value::Nothing => Arc::from([]),
            Value::Number(number) => Arc::from(number_text(*number, format).into_bytes()),
            Value::Text(text) | Value::Numeric(text, _) => text.clone(),
        }
    }

    /// Whether it counts as true.
    pub fn is_true(&self) -> bool {
        match self {
            Value::Nothing => false,
            Value::Number(number) | Value::Numeric(_, number) => *number != 0.0,
            Value::Text(text) => !text.is_empty(),
        }
    }

    /// Whether it is compared as a number.
    pub fn is_numeric(&self) -> bool {
        !matches!(self, Value::Text(_))
    }
}

/// How many bytes of the beginning are a number.
pub fn number_length(bytes: &[u8]) -> usize {
    let digits = |from: usize| bytes[from.min(bytes.len())..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut at = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    let whole = digits(at);
    at += whole;
    let mut fraction = 0;
    if bytes.get(at) == Some(&b'.') {
        fraction = digits(at + 1);
        if whole + fraction > 0 {
            at += 1 + fraction;
        }
    }
    if whole + fraction == 0 {
        return 0;
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        let exponent = digits(at + 1 + sign);
        if exponent > 0 {
            at += 1 + sign + exponent;
        }
    }
    at
}

fn leading_number(bytes: &[u8]) -> f64 {
    if let [b'0', b'x' | b'X', rest @ ..] = bytes {
        let digits = rest.iter().map_while(|byte| char::from(*byte).to_digit(16));
        return digits.fold(0.0, |number, digit| number * 16.0 + f64::from(digit));
    }
    let length = number_length(bytes);
    std::str::from_utf8(&bytes[..length]).ok().and_then(|text| text.parse().ok()).unwrap_or(0.0)
}

/// A number as text: whole ones as they are, others in the format.
pub fn number_text(number: f64, format: &str) -> String {
    if number.fract() == 0.0 && number.abs() < 9.2e18 {
        return format!("{}", number as i64);
    }
    match format {
        "%.6g" => general(number, 6),
        _ => String::from_utf8_lossy(&super::format::sprintf(format.as_bytes(), &[Value::Number(number)])).into_owned(),
    }
}

/// Which awk this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variant {
    BusyBox,
    Mawk,
}

/// An array.
#[derive(Clone, Debug, Default)]
pub struct Array {
    elements: OrdMap<Text, (Value, u64)>,
    stamp: u64,
}

/// The sizes of BusyBox's table, each with the count of elements up to which it is kept.
const BUSYBOX_SIZES: [(u32, usize); 6] =
    [(61, 488), (251, 2008), (1021, 8168), (4093, 32_744), (16_381, 131_048), (65_521, usize::MAX)];

impl Array {
    pub fn len(&self) -> usize {
        self.elements.len()
    }

    pub fn clear(&mut self) {
        self.elements.clear();
    }

    pub fn contains(&self, key: &[u8]) -> bool {
        self.elements.contains_key(key)
    }

    /// The element, which is made if it is not there.
    pub fn get(&mut self, key: &Text, variant: Variant) -> Value {
        self.stamp += 1;
        match self.elements.get_mut(key) {
            Some((value, stamp)) => {
                if variant == Variant::Mawk {
                    *stamp = self.stamp;
                }
                value.clone()
            }
            None => {
                self.elements.insert(key.clone(), (Value::Nothing, self.stamp));
                Value::Nothing
            }
        }
    }

    pub fn set(&mut self, key: Text, value: Value, variant: Variant) {
        self.stamp += 1;
        let stamp = match self.elements.get(&key) {
            Some((_, stamp)) if variant == Variant::BusyBox => *stamp,
            _ => self.stamp,
        };
        self.elements.insert(key, (value, stamp));
    }

    pub fn remove(&mut self, key: &[u8]) {
        self.elements.remove(key);
    }

    /// The keys in the order of the real one's hash table: by bucket, and in a bucket the newest first. (mawk's is the
    /// one touched last.)
    pub fn keys(&self, variant: Variant) -> Vec<Text> {
        let size = match variant {
            Variant::BusyBox => {
                BUSYBOX_SIZES.iter().find(|(_, most)| self.len() <= *most).map_or(65_521, |(size, _)| *size)
            }
            Variant::Mawk => 64,
        };
        let mut keys: Vec<(u32, u64, Text)> = self
            .elements
            .iter()
            .map(|(key, (_, stamp))| (hash(key, variant) % size, u64::MAX - stamp, key.clone()))
            .collect();
        keys.sort_unstable();
        keys.into_iter().map(|(_, _, key)| key).collect()
    }
}

/// BusyBox's own function (`hashidx` in awk.c), and mawk's FNV-1a.
fn hash(key: &[u8], variant: Variant) -> u32 {
    match variant {
        Variant::BusyBox => key.iter().fold(0_u32, |sum, byte| {
            sum.wrapping_mul(63).wrapping_add(i32::from(i8::from_ne_bytes([*byte])).cast_unsigned())
        }),
        Variant::Mawk => {
            key.iter().fold(2_166_136_261_u32, |sum, byte| (sum ^ u32::from(*byte)).wrapping_mul(16_777_619))
        }
    }
}
