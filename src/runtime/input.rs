//! Turns the bytes that a terminal sends into what the learner did.
//!
//! Promises: any bytes, cut anywhere, give the same events as uncut and never a panic; what is not understood is skipped whole; memory
//! is bounded. Must not know: where the bytes come from. (crossterm's reader is not used: at the end of a closed terminal it reads
//! for ever, and it cannot hear the terminal's answer about its background.)
//!
//! Sources: ECMA-48 5.4 (control sequences) and 8.3.89 (OSC); XTerm Control Sequences, «PC-Style Function Keys», «Extended
//! coordinates» (SGR mouse), «Bracketed Paste Mode» and OSC 11.

use crate::app::key::{Key, KeyCode};
use crate::app::message::Background;

/// The most bytes of a paste that are kept.
const LONGEST_PASTE: usize = 64 * 1024;
/// The most bytes of one escape sequence.
const LONGEST_SEQUENCE: usize = 4096;
const PASTE_BEGIN: &[u8] = b"\x1b[200~";
const PASTE_END: &[u8] = b"\x1b[201~";

/// What a terminal can tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    Key(Key),
    Paste(String),
    /// A press of the left button at a column and row, counted from 0.
    Press {
        column: u16,
        row: u16,
    },
    /// The mouse moved while its left button was held.
    Drag {
        column: u16,
        row: u16,
    },
    /// The wheel, by lines; below zero upwards.
    Wheel {
        column: u16,
        row: u16,
        lines: i16,
    },
    /// The answer to the question for the background (OSC 11).
    Background(Background),
}

/// Takes bytes and gives events; keeps what is not complete yet.
#[derive(Debug, Default)]
pub struct Decoder {
    waiting: Vec<u8>,
    /// The bytes of a paste that has begun.
    paste: Option<Vec<u8>>,
}

/// What the beginning of the waiting bytes is.
enum Parsed {
    /// So many bytes, which mean this or nothing.
    Whole(usize, Option<Input>),
    /// More bytes are needed to tell.
    Incomplete,
}

impl Decoder {
    /// Takes bytes as they came.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<Input> {
        self.waiting.extend_from_slice(bytes);
        let mut inputs = Vec::new();
        loop {
            if self.paste.is_some() {
                match self.end_of_paste() {
                    Some(input) => inputs.push(input),
                    None => return inputs,
                }
            }
            if self.waiting.starts_with(PASTE_BEGIN) {
                self.waiting.drain(..PASTE_BEGIN.len());
                self.paste = Some(Vec::new());
                continue;
            }
            match parse(&self.waiting) {
                Parsed::Whole(length, input) => {
                    self.waiting.drain(..length.min(self.waiting.len()));
                    inputs.extend(input);
                }
                Parsed::Incomplete => {
                    if self.waiting.len() > LONGEST_SEQUENCE {
                        self.waiting.clear();
                    }
                    return inputs;
                }
            }
        }
    }

    /// Whether bytes wait that may be a key of their own: an Escape, or the beginning of a sequence.
    pub fn is_waiting(&self) -> bool {
        !self.waiting.is_empty() && self.paste.is_none()
    }

    /// Says that nothing more came for a while: an Escape that waits was the Escape key, and a broken sequence is dropped.
    pub fn time_out(&mut self) -> Vec<Input> {
        if !self.is_waiting() {
            return Vec::new();
        }
        let waiting = std::mem::take(&mut self.waiting);
        match waiting.as_slice() {
            [0x1b] => vec![Input::Key(Key::plain(KeyCode::Escape))],
            [0x1b, letter @ (b'[' | b']' | b'O' | b'P' | b'X' | b'^' | b'_')] => {
                vec![Input::Key(Key { alt: true, ..Key::char(char::from(*letter)) })]
            }
            _ => Vec::new(),
        }
    }

    /// Moves bytes into the paste, up to its end if that has come.
    fn end_of_paste(&mut self) -> Option<Input> {
        let paste = self.paste.as_mut()?;
        let end = self.waiting.windows(PASTE_END.len()).position(|window| window == PASTE_END);
        // Without the end, its first bytes may be among the last that came: those stay.
        let take = end.unwrap_or(self.waiting.len().saturating_sub(PASTE_END.len() - 1));
        let room = LONGEST_PASTE.saturating_sub(paste.len());
        let taken: Vec<u8> = self.waiting.drain(..take).take(room).collect();
        paste.extend(taken);
        end?;
        self.waiting.drain(..PASTE_END.len());
        let bytes = self.paste.take()?;
        Some(Input::Paste(paste_text(&bytes)))
    }
}

/// Terminals send line ends as CR; other control characters have no business in a paste.
fn paste_text(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes).replace("\r\n", "\n").replace('\r', "\n");
    text.chars().filter(|character| matches!(character, '\n' | '\t') || !character.is_control()).collect()
}

fn parse(bytes: &[u8]) -> Parsed {
    match bytes {
        [] => Parsed::Incomplete,
        [0x1b, rest @ ..] => parse_escape(rest),
        [byte @ (0..=0x1f | 0x7f), ..] => Parsed::Whole(1, Some(Input::Key(control_key(*byte)))),
        _ => parse_character(bytes, false),
    }
}

fn control_key(byte: u8) -> Key {
    match byte {
        b'\r' | b'\n' => Key::plain(KeyCode::Enter),
        b'\t' => Key::plain(KeyCode::Tab),
        0x08 | 0x7f => Key::plain(KeyCode::Backspace),
        0 => Key::control(' '),
        1..=26 => Key::control(char::from(byte - 1 + b'a')),
        _ => Key::control(char::from(byte | 0x40)),
    }
}

/// One UTF-8 character; what is not UTF-8 is skipped.
fn parse_character(bytes: &[u8], alt: bool) -> Parsed {
    let head = bytes.get(..bytes.len().min(4)).unwrap_or_default();
    let (valid, cut) = match std::str::from_utf8(head) {
        Ok(text) => (text, false),
        Err(error) => (
            head.get(..error.valid_up_to()).and_then(|valid| std::str::from_utf8(valid).ok()).unwrap_or_default(),
            error.error_len().is_none(),
        ),
    };
    match valid.chars().next() {
        Some(character) if !character.is_control() => {
            Parsed::Whole(character.len_utf8(), Some(Input::Key(Key { alt, ..Key::char(character) })))
        }
        Some(character) => Parsed::Whole(character.len_utf8(), None),
        None if cut => Parsed::Incomplete,
        None => Parsed::Whole(1, None),
    }
}

/// What follows an ESC.
fn parse_escape(rest: &[u8]) -> Parsed {
    let longer_by_escape = |parsed| match parsed {
        Parsed::Whole(length, input) => Parsed::Whole(length + 1, input),
        Parsed::Incomplete => Parsed::Incomplete,
    };
    match rest {
        [] => Parsed::Incomplete,
        // A second ESC: the first was the key.
        [0x1b, ..] => Parsed::Whole(1, Some(Input::Key(Key::plain(KeyCode::Escape)))),
        [b'[', body @ ..] => parse_control_sequence(body),
        [b'O', last, ..] => Parsed::Whole(3, function_key(*last, Modifiers::default()).map(Input::Key)),
        [b'O'] => Parsed::Incomplete,
        [b']' | b'P' | b'X' | b'^' | b'_', body @ ..] => parse_string(body),
        [byte @ (0..=0x1f | 0x7f), ..] => {
            let key = control_key(*byte);
            Parsed::Whole(2, Some(Input::Key(Key { alt: true, ..key })))
        }
        _ => longer_by_escape(parse_character(rest, true)),
    }
}

/// What follows ESC [: parameters, intermediate bytes, and a last byte that says what it is.
fn parse_control_sequence(body: &[u8]) -> Parsed {
    let Some(at) = body.iter().position(|byte| !(0x20..=0x3f).contains(byte)) else { return Parsed::Incomplete };
    let (parameters, last) = match (body.get(..at), body.get(at)) {
        (Some(parameters), Some(last)) => (parameters, *last),
        _ => return Parsed::Incomplete,
    };
    let length = 2 + at + 1;
    if !(0x40..=0x7e).contains(&last) {
        // A control character within a sequence: the sequence is void, the character is not.
        return Parsed::Whole(length - 1, None);
    }
    if let Some(mouse) = parameters.strip_prefix(b"<") {
        return Parsed::Whole(length, mouse_input(&numbers(mouse), last));
    }
    let numbers = numbers(parameters);
    let modifiers = Modifiers::of(numbers.get(1).copied());
    let key = match last {
        b'~' => numbers.first().and_then(|number| tilde_key(*number, modifiers)),
        b'Z' => Some(Key::plain(KeyCode::BackTab)),
        _ => function_key(last, modifiers),
    };
    Parsed::Whole(length, key.map(Input::Key))
}

/// Parameters between semicolons; what is not a number counts as 0.
fn numbers(parameters: &[u8]) -> Vec<u16> {
    parameters
        .split(|byte| *byte == b';')
        .map(|digits| std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok()).unwrap_or(0))
        .collect()
}

#[derive(Debug, Clone, Copy, Default)]
struct Modifiers {
    shift: bool,
    alt: bool,
    control: bool,
}

impl Modifiers {
    /// From the parameter that xterm sends: 1 plus a sum of 1 for Shift, 2 for Alt, 4 for Ctrl.
    fn of(parameter: Option<u16>) -> Self {
        let bits = parameter.unwrap_or(1).saturating_sub(1);
        Self { shift: bits & 1 != 0, alt: bits & 2 != 0, control: bits & 4 != 0 }
    }

    fn with(self, code: KeyCode) -> Key {
        Key { code, control: self.control, alt: self.alt, shift: self.shift }
    }
}

fn function_key(last: u8, modifiers: Modifiers) -> Option<Key> {
    let code = match last {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'H' => KeyCode::Home,
        b'F' => KeyCode::End,
        b'M' => KeyCode::Enter,
        b'P'..=b'S' => KeyCode::Function(last - b'P' + 1),
        _ => return None,
    };
    Some(modifiers.with(code))
}

fn tilde_key(number: u16, modifiers: Modifiers) -> Option<Key> {
    let code = match number {
        1 | 7 => KeyCode::Home,
        2 => KeyCode::Insert,
        3 => KeyCode::Delete,
        4 | 8 => KeyCode::End,
        5 => KeyCode::PageUp,
        6 => KeyCode::PageDown,
        11..=15 => KeyCode::Function(u8::try_from(number - 10).ok()?),
        17..=21 => KeyCode::Function(u8::try_from(number - 11).ok()?),
        23 | 24 => KeyCode::Function(u8::try_from(number - 12).ok()?),
        _ => return None,
    };
    Some(modifiers.with(code))
}

/// SGR mouse: button, column and row from 1; `M` for a press, `m` for a release.
fn mouse_input(numbers: &[u16], last: u8) -> Option<Input> {
    /// How many lines a notch of the wheel moves.
    const NOTCH: i16 = 3;
    let [button, column, row] = *numbers else { return None };
    let (column, row) = (column.checked_sub(1)?, row.checked_sub(1)?);
    match (button, last) {
        (0, b'M') => Some(Input::Press { column, row }),
        // 32 is added for a movement.
        (32, b'M') => Some(Input::Drag { column, row }),
        (64, b'M') => Some(Input::Wheel { column, row, lines: -NOTCH }),
        (65, b'M') => Some(Input::Wheel { column, row, lines: NOTCH }),
        _ => None,
    }
}

/// What follows ESC ] and its like, up to BEL or ESC \.
fn parse_string(body: &[u8]) -> Parsed {
    let Some(at) = body.iter().position(|byte| matches!(byte, 0x07 | 0x1b)) else { return Parsed::Incomplete };
    let end = match body.get(at..) {
        Some([0x07, ..]) => 1,
        Some([0x1b, b'\\', ..]) => 2,
        Some([0x1b]) => return Parsed::Incomplete,
        // Another sequence begins: this one was cut short.
        _ => 0,
    };
    let answer = body.get(..at).and_then(|text| std::str::from_utf8(text).ok()).and_then(background);
    Parsed::Whole(2 + at + end, answer.map(Input::Background))
}

/// Reads `11;rgb:RRRR/GGGG/BBBB`, with one to four hexadecimal digits each.
fn background(answer: &str) -> Option<Background> {
    let colours = answer.strip_prefix("11;rgb:")?;
    let mut levels = colours.split('/').map(|digits| {
        let most = 16_u32.checked_pow(u32::try_from(digits.len()).ok()?)?.checked_sub(1)?;
        u32::from_str_radix(digits, 16).ok()?.checked_mul(1000)?.checked_div(most)
    });
    let (red, green, blue) = (levels.next()??, levels.next()??, levels.next()??);
    // How light the eye finds a colour, in thousandths, after ITU-R BT.601.
    let light = (299 * red + 587 * green + 114 * blue) / 1000;
    Some(if light > 500 { Background::Light } else { Background::Dark })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    fn decode(bytes: &[u8]) -> Vec<Input> {
        let mut decoder = Decoder::default();
        let mut inputs = decoder.feed(bytes);
        inputs.extend(decoder.time_out());
        inputs
    }

    #[rstest]
    #[case(b"q", "q")]
    #[case(b"\r", "Enter")]
    #[case(b"\x1b", "Esc")]
    #[case(b"\x1b[A", "Up")]
    #[case(b"\x1bOB", "Down")]
    #[case(b"\x1b[1;5C", "Ctrl-Right")]
    #[case(b"\x1b[Z", "BackTab")]
    #[case(b"\x1b[5~", "PageUp")]
    #[case(b"\x1bOP", "F1")]
    #[case(b"\x1b[15~", "F5")]
    #[case(b"\x1b[24~", "F12")]
    #[case(b"\x03", "Ctrl-c")]
    #[case(b"\x1a", "Ctrl-z")]
    #[case(b"\x1c", "Ctrl-\\")]
    #[case(b"\x7f", "Backspace")]
    #[case(b"\x1bx", "Alt-x")]
    #[case(b"\x1b]", "Alt-]")]
    #[case("é".as_bytes(), "é")]
    #[case("层".as_bytes(), "层")]
    fn a_key_is_understood(#[case] bytes: &[u8], #[case] key: &str) {
        assert_eq!(decode(bytes), [Input::Key(key.parse().unwrap())]);
    }

    #[test]
    fn a_paste_is_text_and_not_keys() {
        let bytes = b"\x1b[200~docker ps\r\n\x1b[31mred\x1b[201~q";
        let expected = [Input::Paste("docker ps\n[31mred".to_owned()), Input::Key(Key::char('q'))];
        assert_eq!(decode(bytes), expected);
    }

    #[test]
    fn the_mouse_is_understood_and_a_coordinate_of_zero_does_no_harm() {
        assert_eq!(decode(b"\x1b[<0;3;2M"), [Input::Press { column: 2, row: 1 }]);
        assert_eq!(decode(b"\x1b[<32;4;2M"), [Input::Drag { column: 3, row: 1 }]);
        assert_eq!(decode(b"\x1b[<65;1;1M"), [Input::Wheel { column: 0, row: 0, lines: 3 }]);
        assert_eq!(decode(b"\x1b[<0;0;0M\x1b[<0;1;1m"), []);
    }

    #[test]
    fn the_background_is_understood() {
        assert_eq!(decode(b"\x1b]11;rgb:ffff/ffff/eeee\x1b\\"), [Input::Background(Background::Light)]);
        assert_eq!(decode(b"\x1b]11;rgb:1c/1c/1c\x07"), [Input::Background(Background::Dark)]);
        assert_eq!(decode(b"\x1b]11;rgb:zz//\x07"), []);
    }

    #[test]
    fn what_is_not_understood_is_skipped_whole() {
        assert_eq!(decode(b"\x1b[?62;22cq"), [Input::Key(Key::char('q'))]);
        assert_eq!(decode(b"\x1bP1$r0m\x1b\\q"), [Input::Key(Key::char('q'))]);
        assert_eq!(decode(b"\xff\xfeq"), [Input::Key(Key::char('q'))]);
    }

    #[test]
    fn an_endless_paste_or_sequence_takes_bounded_memory() {
        let mut decoder = Decoder::default();
        decoder.feed(PASTE_BEGIN);
        for _ in 0..100 {
            decoder.feed(&[b'x'; 4096]);
        }
        assert!(decoder.waiting.len() + decoder.paste.as_ref().map_or(0, Vec::len) <= LONGEST_PASTE + 8192);
        let mut decoder = Decoder::default();
        decoder.feed(b"\x1b]");
        for _ in 0..100 {
            decoder.feed(&[b'x'; 1024]);
            assert!(decoder.waiting.len() <= LONGEST_SEQUENCE + 1024);
        }
    }

    proptest! {
        #[test]
        fn bytes_cut_anywhere_mean_the_same(bytes in proptest::collection::vec(
            prop_oneof![any::<u8>(), Just(0x1b), Just(b'['), Just(b'~'), Just(b';'), 0x30..0x3a_u8], 0..60)) {
            let mut decoder = Decoder::default();
            let mut one_by_one: Vec<Input> = bytes.iter().flat_map(|byte| decoder.feed(&[*byte])).collect();
            one_by_one.extend(decoder.time_out());
            prop_assert_eq!(one_by_one, decode(&bytes));
        }
    }
}
