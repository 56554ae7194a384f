//! `md5sum`, `sha1sum`, `sha256sum`, `sha512sum`, `base64`, `cmp`.
//!
//! MD5 and SHA-1 are written out here: nothing else of the model needs them. Sources: RFC 1321, RFC 3174.

use sha2::{Digest as _, Sha256, Sha512};

use super::call::Tool;
use super::cat::inputs;
use super::options::{Given, Options};
use super::shape::{Filter, Flow};
use crate::world::filesystem::errno::Errno;

/// Most bytes of one file for the sums that are not computed as the bytes come.
const WHOLE_LIMIT: usize = 256 << 20;

/// `md5sum` and its kin.
#[derive(Clone, Debug)]
pub struct Checksum {
    given: Given,
    kind: Kind,
    name: String,
    sum: Sum,
    whole: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Md5,
    Sha1,
    Sha256,
    Sha512,
}

#[derive(Clone, Debug)]
enum Sum {
    Sha256(Sha256),
    Sha512(Box<Sha512>),
    Whole(Vec<u8>),
}

impl Kind {
    fn start(self) -> Sum {
        match self {
            Kind::Sha256 => Sum::Sha256(Sha256::new()),
            Kind::Sha512 => Sum::Sha512(Box::new(Sha512::new())),
            _ => Sum::Whole(Vec::new()),
        }
    }

    fn of(self, bytes: &[u8]) -> String {
        let mut sum = self.start();
        sum.add(bytes);
        self.finish(sum)
    }

    fn finish(self, sum: Sum) -> String {
        match sum {
            Sum::Sha256(sum) => hexadecimal(&sum.finalize()),
            Sum::Sha512(sum) => hexadecimal(&sum.finalize()),
            Sum::Whole(bytes) if self == Kind::Md5 => hexadecimal(&md5(&bytes)),
            Sum::Whole(bytes) => hexadecimal(&sha1(&bytes)),
        }
    }
}

impl Sum {
    fn add(&mut self, bytes: &[u8]) {
        match self {
            Sum::Sha256(sum) => sum.update(bytes),
            Sum::Sha512(sum) => sum.update(bytes),
            Sum::Whole(whole) => whole.extend(bytes),
        }
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Filter for Checksum {
    fn start(tool: &mut Tool<'_, '_>) -> Result<(Checksum, Vec<String>), i32> {
        const OPTIONS: Options = Options::short("[-c[sw]] [FILE]...", "cswbt", "z").with_long(&[
            ("check", 'c'),
            ("status", 's'),
            ("quiet", 'w'),
        ]);
        let given = tool.options(&OPTIONS)?;
        let kind = match tool.call.name.as_str() {
            "md5sum" => Kind::Md5,
            "sha1sum" => Kind::Sha1,
            "sha512sum" => Kind::Sha512,
            _ => Kind::Sha256,
        };
        let operands = given.operands.clone();
        let sum = kind.start();
        Ok((Checksum { given, kind, name: String::new(), sum, whole: Vec::new() }, inputs(operands)))
    }

    fn begin(&mut self, _: &mut Tool<'_, '_>, name: &str) -> Flow {
        name.clone_into(&mut self.name);
        self.sum = self.kind.start();
        Flow::More
    }

    fn chunk(&mut self, tool: &mut Tool<'_, '_>, bytes: &[u8]) -> Flow {
        if self.given.has('c') {
            self.whole.extend(bytes);
        } else {
            self.sum.add(bytes);
        }
        let held = if let Sum::Whole(whole) = &self.sum { whole.len() } else { self.whole.len() };
        if held > WHOLE_LIMIT {
            tool.complain(format_args!("Layerlab sums at most {WHOLE_LIMIT} bytes"));
            return Flow::Done(1);
        }
        Flow::More
    }

    fn end(&mut self, tool: &mut Tool<'_, '_>) -> Flow {
        if !self.given.has('c') {
            let sum = std::mem::replace(&mut self.sum, self.kind.start());
            tool.say(format_args!("{}  {}", self.kind.finish(sum), self.name));
        }
        Flow::Next
    }

    fn broken(&mut self, tool: &mut Tool<'_, '_>, name: &str, errno: Errno, opened: bool) -> Option<String> {
        let doing = if opened { "read" } else { "open" };
        Some(tool.wording(format!("can't {doing} '{name}': {errno}"), format!("{name}: {errno}")))
    }

    fn finish(&mut self, tool: &mut Tool<'_, '_>, failed: bool) -> i32 {
        if !self.given.has('c') {
            return i32::from(failed);
        }
        let list = String::from_utf8_lossy(&self.whole).into_owned();
        let (mut wrong, mut missing) = (0, 0);
        for line in list.lines() {
            let Some((sum, name)) = line.split_once("  ").or_else(|| line.split_once(" *")) else { continue };
            match tool.system.read_file(name) {
                Ok(bytes) if self.kind.of(&bytes) == sum => {
                    if !self.given.has('s') {
                        tool.say(format_args!("{name}: OK"));
                    }
                }
                Ok(_) => {
                    wrong += 1;
                    if !self.given.has('s') {
                        tool.say(format_args!("{name}: FAILED"));
                    }
                }
                Err(errno) => {
                    missing += 1;
                    let text = tool.wording(format!("can't open '{name}': {errno}"), format!("{name}: {errno}"));
                    tool.complain(text);
                }
            }
        }
        if wrong > 0 && !self.given.has('s') {
            let total = list.lines().count();
            let gnu = match wrong {
                1 => "WARNING: 1 computed checksum did NOT match".to_owned(),
                wrong => format!("WARNING: {wrong} computed checksums did NOT match"),
            };
            let text = tool.wording(format!("WARNING: {wrong} of {total} computed checksums did NOT match"), gnu);
            tool.complain(text);
        }
        i32::from(failed || wrong + missing > 0)
    }
}

/// The message with its length, in blocks of 64 bytes.
fn padded(bytes: &[u8], length: [u8; 8]) -> Vec<u8> {
    let mut padded = bytes.to_vec();
    padded.push(0x80);
    while padded.len() % 64 != 56 {
        padded.push(0);
    }
    padded.extend(length);
    padded
}

/// The table of RFC 1321: the fractions of the sines of 1 to 64.
const SINES: [u32; 64] = [
    0xd76a_a478,
    0xe8c7_b756,
    0x2420_70db,
    0xc1bd_ceee,
    0xf57c_0faf,
    0x4787_c62a,
    0xa830_4613,
    0xfd46_9501,
    0x6980_98d8,
    0x8b44_f7af,
    0xffff_5bb1,
    0x895c_d7be,
    0x6b90_1122,
    0xfd98_7193,
    0xa679_438e,
    0x49b4_0821,
    0xf61e_2562,
    0xc040_b340,
    0x265e_5a51,
    0xe9b6_c7aa,
    0xd62f_105d,
    0x0244_1453,
    0xd8a1_e681,
    0xe7d3_fbc8,
    0x21e1_cde6,
    0xc337_07d6,
    0xf4d5_0d87,
    0x455a_14ed,
    0xa9e3_e905,
    0xfcef_a3f8,
    0x676f_02d9,
    0x8d2a_4c8a,
    0xfffa_3942,
    0x8771_f681,
    0x6d9d_6122,
    0xfde5_380c,
    0xa4be_ea44,
    0x4bde_cfa9,
    0xf6bb_4b60,
    0xbebf_bc70,
    0x289b_7ec6,
    0xeaa1_27fa,
    0xd4ef_3085,
    0x0488_1d05,
    0xd9d4_d039,
    0xe6db_99e5,
    0x1fa2_7cf8,
    0xc4ac_5665,
    0xf429_2244,
    0x432a_ff97,
    0xab94_23a7,
    0xfc93_a039,
    0x655b_59c3,
    0x8f0c_cc92,
    0xffef_f47d,
    0x8584_5dd1,
    0x6fa8_7e4f,
    0xfe2c_e6e0,
    0xa301_4314,
    0x4e08_11a1,
    0xf753_7e82,
    0xbd3a_f235,
    0x2ad7_d2bb,
    0xeb86_d391,
];

/// MD5 (RFC 1321).
fn md5(bytes: &[u8]) -> [u8; 16] {
    const SHIFTS: [[u32; 4]; 4] = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];
    let mut state = [0x6745_2301_u32, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];
    let length = (bytes.len() as u64).wrapping_mul(8).to_le_bytes();
    for block in padded(bytes, length).chunks_exact(64) {
        let words: Vec<u32> =
            block.chunks_exact(4).map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]])).collect();
        let [mut a, mut b, mut c, mut d] = state;
        for at in 0..64 {
            let (mix, word) = match at / 16 {
                0 => ((b & c) | (!b & d), at),
                1 => ((d & b) | (!d & c), (5 * at + 1) % 16),
                2 => (b ^ c ^ d, (3 * at + 5) % 16),
                _ => (c ^ (b | !d), (7 * at) % 16),
            };
            let sum = a.wrapping_add(mix).wrapping_add(SINES[at]).wrapping_add(words[word]);
            (a, d, c) = (d, c, b);
            b = b.wrapping_add(sum.rotate_left(SHIFTS[at / 16][at % 4]));
        }
        for (slot, value) in state.iter_mut().zip([a, b, c, d]) {
            *slot = slot.wrapping_add(value);
        }
    }
    let mut sum = [0; 16];
    for (slot, word) in sum.chunks_exact_mut(4).zip(state) {
        slot.copy_from_slice(&word.to_le_bytes());
    }
    sum
}

/// SHA-1 (RFC 3174).
fn sha1(bytes: &[u8]) -> [u8; 20] {
    let mut state = [0x6745_2301_u32, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];
    let length = (bytes.len() as u64).wrapping_mul(8).to_be_bytes();
    for block in padded(bytes, length).chunks_exact(64) {
        let mut words: Vec<u32> =
            block.chunks_exact(4).map(|word| u32::from_be_bytes([word[0], word[1], word[2], word[3]])).collect();
        for at in 16..80 {
            words.push((words[at - 3] ^ words[at - 8] ^ words[at - 14] ^ words[at - 16]).rotate_left(1));
        }
        let [mut a, mut b, mut c, mut d, mut e] = state;
        for (at, word) in words.iter().enumerate() {
            let (mix, constant) = match at / 20 {
                0 => ((b & c) | (!b & d), 0x5a82_7999_u32),
                1 => (b ^ c ^ d, 0x6ed9_eba1),
                2 => ((b & c) | (b & d) | (c & d), 0x8f1b_bcdc),
                _ => (b ^ c ^ d, 0xca62_c1d6),
            };
            let next = a.rotate_left(5).wrapping_add(mix).wrapping_add(e).wrapping_add(constant).wrapping_add(*word);
            (e, d, c, b, a) = (d, c, b.rotate_left(30), a, next);
        }
        for (slot, value) in state.iter_mut().zip([a, b, c, d, e]) {
            *slot = slot.wrapping_add(value);
        }
    }
    let mut sum = [0; 20];
    for (slot, word) in sum.chunks_exact_mut(4).zip(state) {
        slot.copy_from_slice(&word.to_be_bytes());
    }
    sum
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// `base64`.
#[derive(Clone, Debug)]
pub struct Base64 {
    decode: bool,
    width: usize,
    whole: Vec<u8>,
}

impl Filter for Base64 {
    fn start(tool: &mut Tool<'_, '_>) -> Result<(Base64, Vec<String>), i32> {
        const OPTIONS: Options =
            Options::short("[-d] [-w COL] [FILE]", "dw:i", "").with_long(&[("decode", 'd'), ("wrap", 'w')]);
        let given = tool.options(&OPTIONS)?;
        let width = given.value('w').and_then(|width| width.parse().ok()).unwrap_or(76);
        Ok((Base64 { decode: given.has('d'), width, whole: Vec::new() }, inputs(given.operands)))
    }

    fn chunk(&mut self, tool: &mut Tool<'_, '_>, bytes: &[u8]) -> Flow {
        self.whole.extend(bytes);
        if self.whole.len() > WHOLE_LIMIT / 8 {
            tool.complain("Layerlab converts at most 32 MiB");
            return Flow::Done(1);
        }
        Flow::More
    }

    fn finish(&mut self, tool: &mut Tool<'_, '_>, failed: bool) -> i32 {
        if self.decode {
            let (bytes, sound) = decode(&self.whole);
            tool.out(bytes);
            if !sound {
                let text = tool.wording("truncated input", "invalid input");
                tool.complain(text);
                return 1;
            }
            return i32::from(failed);
        }
        let text = encode(&self.whole);
        if self.width == 0 {
            tool.out(text);
        } else {
            for line in text.as_bytes().chunks(self.width) {
                tool.out(line);
                tool.out("\n");
            }
        }
        i32::from(failed)
    }
}

fn encode(bytes: &[u8]) -> String {
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let value = group.iter().enumerate().fold(0_u32, |value, (at, byte)| value | u32::from(*byte) << (16 - 8 * at));
        for at in 0..4 {
            let digit = (value >> (18 - 6 * at) & 63) as usize;
            text.push(if at <= group.len() { char::from(ALPHABET[digit]) } else { '=' });
        }
    }
    text
}

fn decode(text: &[u8]) -> (Vec<u8>, bool) {
    let (mut bytes, mut value, mut count) = (Vec::new(), 0_u32, 0);
    for letter in text.iter().filter(|letter| !letter.is_ascii_whitespace()) {
        if *letter == b'=' {
            break;
        }
        let Some(digit) = ALPHABET.iter().position(|known| known == letter) else { return (bytes, false) };
        value = value << 6 | digit as u32;
        count += 1;
        if count == 4 {
            bytes.extend(&value.to_be_bytes()[1..]);
            (value, count) = (0, 0);
        }
    }
    match count {
        0 => {}
        2 => bytes.push((value >> 4) as u8),
        3 => bytes.extend([(value >> 10) as u8, (value >> 2) as u8]),
        _ => return (bytes, false),
    }
    (bytes, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_of_the_standards() {
        assert_eq!(Kind::Md5.of(b"abc"), "900150983cd24fb0d6963f7d28e17f72");
        assert_eq!(Kind::Sha1.of(b"abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
        assert!(Kind::Sha256.of(b"abc").starts_with("ba7816bf"));
        assert_eq!(Kind::Md5.of(&[b'x'; 120]), Kind::Md5.of(&[b'x'; 120]));
        for text in ["", "a", "ab", "abc", "abcd"] {
            assert_eq!(decode(encode(text.as_bytes()).as_bytes()), (text.as_bytes().to_vec(), true));
        }
        assert_eq!(encode(b"hi"), "aGk=");
    }
}
