//! The functions that awk has: on numbers, texts and time, and those that wait for other programs.

use super::super::call::Tool;
use super::super::size::date;
use super::code::Target;
use super::format::sprintf;
use super::machine::{LONGEST_TEXT, MOST_ELEMENTS, Machine, NO_MATHEMATICS, RLENGTH, RSTART, Stop};
use super::record::Separator;
use super::streams::{Closed, run};
use super::syntax::{Builtin, Variable};
use super::value::{Array, Text, Value, Variant};
use crate::world::clock::Time;
use crate::world::process::Wait;
use crate::world::process::system::WaitChild;

impl Machine {
    /// Carries out a function; its arguments are on the stack.
    pub fn builtin(&mut self, builtin: Builtin, count: usize, tool: &mut Tool<'_, '_>) -> Result<(), Stop> {
        match builtin {
            // These may have to be tried again: they look at their argument before they take it.
            Builtin::System => return self.system(tool),
            Builtin::Close => return self.close(tool),
            Builtin::Flush if tool.output.held() > 0 => return Err(Stop::Flush),
            _ => {}
        }
        let from = self.stack.len().saturating_sub(count);
        let arguments: Vec<Value> = self.stack.drain(from..).collect();
        let number = |at: usize| arguments.get(at).map_or(0.0, Value::number);
        let bits = |at: usize| number(at) as u64;
        let is_mathematics = matches!(
            builtin,
            Builtin::Atan2 | Builtin::Cos | Builtin::Sin | Builtin::Exp | Builtin::Log | Builtin::SquareRoot
        );
        if is_mathematics && !self.has_mathematics {
            return Err(Stop::Wrong(NO_MATHEMATICS.to_owned()));
        }
        let value = match builtin {
            Builtin::And => Value::Number((bits(0) & bits(1)) as f64),
            Builtin::Or => Value::Number((bits(0) | bits(1)) as f64),
            Builtin::Xor => Value::Number((bits(0) ^ bits(1)) as f64),
            Builtin::Complement => Value::Number(!bits(0) as f64),
            Builtin::LeftShift => Value::Number(bits(0).checked_shl(bits(1) as u32).unwrap_or(0) as f64),
            Builtin::RightShift => Value::Number(bits(0).checked_shr(bits(1) as u32).unwrap_or(0) as f64),
            Builtin::Atan2 => Value::Number(number(0).atan2(number(1))),
            Builtin::Cos => Value::Number(number(0).cos()),
            Builtin::Sin => Value::Number(number(0).sin()),
            Builtin::Exp => Value::Number(number(0).exp()),
            Builtin::Log => Value::Number(number(0).ln()),
            Builtin::SquareRoot => Value::Number(number(0).sqrt()),
            Builtin::Int => Value::Number(number(0).trunc()),
            Builtin::Rand => {
                let [first, second, third, fourth, ..] = tool.system.random();
                Value::Number(self.next_random(u32::from_le_bytes([first, second, third, fourth])))
            }
            Builtin::SeedRand => {
                let before = self.seed;
                let seconds = tool.system.now().seconds();
                self.seed = if count == 0 { seconds as f64 } else { number(0) };
                self.random = seeded(self.seed as u32);
                Value::Number(before)
            }
            Builtin::Length => {
                let text = match arguments.first() {
                    Some(value) => self.text(value),
                    None => {
                        let whole = self.field(0);
                        self.text(&whole)
                    }
                };
                Value::Number(text.len() as f64)
            }
            Builtin::Index => {
                let (text, wanted) = (self.argument_text(&arguments, 0), self.argument_text(&arguments, 1));
                Value::Number(find(&text, &wanted).map_or(0, |at| at + 1) as f64)
            }
            Builtin::Match => {
                let pattern = self.argument_text(&arguments, 1);
                let pattern = self.patterns.get(&pattern).map_err(Stop::Wrong)?;
                let text = self.argument_text(&arguments, 0);
                let (start, length) = match pattern.find(&text) {
                    Some(found) => ((found.start() + 1) as f64, found.len() as f64),
                    None => (0.0, -1.0),
                };
                self.set_global(RSTART, Value::Number(start)).map_err(Stop::Wrong)?;
                self.set_global(RLENGTH, Value::Number(length)).map_err(Stop::Wrong)?;
                Value::Number(start)
            }
            Builtin::Substring => {
                let text = self.argument_text(&arguments, 0);
                let length = (count > 2).then(|| number(2));
                Value::text(substring(&text, number(1), length, self.variant))
            }
            Builtin::Sprintf => {
                let format = self.argument_text(&arguments, 0);
                Value::text(sprintf(&format, arguments.get(1..).unwrap_or_default()))
            }
            Builtin::ToLower => Value::text(self.argument_text(&arguments, 0).to_ascii_lowercase()),
            Builtin::ToUpper => Value::text(self.argument_text(&arguments, 0).to_ascii_uppercase()),
            Builtin::SystemTime => Value::Number(tool.system.now().seconds() as f64),
            Builtin::Strftime => {
                let format = arguments.first().map(|format| self.text(format));
                let format = format.map_or_else(
                    || "%a %b %e %H:%M:%S %Z %Y".to_owned(),
                    |format| String::from_utf8_lossy(&format).into_owned(),
                );
                let now = tool.system.now();
                let time = if count > 1 { Time::from_seconds(number(1) as i64) } else { now };
                Value::text(date(time, &format))
            }
            Builtin::MakeTime => {
                let text = self.argument_text(&arguments, 0);
                Value::Number(make_time(&String::from_utf8_lossy(&text)).map_or(-1.0, |seconds| seconds as f64))
            }
            Builtin::Flush | Builtin::System | Builtin::Close | Builtin::Split => Value::Number(0.0),
        };
        self.push(value);
        Ok(())
    }

    fn argument_text(&self, arguments: &[Value], number: usize) -> Text {
        arguments.get(number).map_or_else(|| Text::from([]), |value| self.text(value))
    }

    /// `split`: text and separator are on the stack.
    pub fn split(&mut self, count: usize, variable: Variable, is_pattern: bool) -> Result<(), String> {
        let separator = if count > 1 {
            let text = self.pop_text();
            Separator::of(&text, is_pattern, &mut self.patterns)?
        } else {
            self.separator.clone()
        };
        let text = self.pop_text();
        let parts = separator.split(&text, false);
        let number = self.array(variable)?;
        let variant = self.variant;
        let mut array = Array::default();
        let length = parts.len();
        for (at, part) in parts.into_iter().enumerate() {
            array.set((at + 1).to_string().into_bytes().into(), part, variant);
        }
        self.arrays[number] = array;
        if self.arrays.iter().map(Array::len).sum::<usize>() > MOST_ELEMENTS {
            return Err(format!("Layerlab keeps at most {MOST_ELEMENTS} elements of arrays"));
        }
        self.push(Value::Number(length as f64));
        Ok(())
    }

    /// `sub` and `gsub`: pattern, replacement, and the key or number of the target are on the stack.
    pub fn substitute(&mut self, target: Target, all: bool) -> Result<(), String> {
        let key = (!matches!(target, Target::Variable(_))).then(|| self.pop());
        let replacement = self.pop_text();
        let pattern = self.pop_text();
        let pattern = self.patterns.get(&pattern)?;
        if let Some(key) = &key {
            self.push(key.clone());
        }
        let text = self.load(target)?;
        let text = self.text(&text);
        let mut made = Vec::new();
        let (mut count, mut from) = (0_u32, 0);
        for found in pattern.find_iter(&text) {
            made.extend_from_slice(&text[from..found.start()]);
            put_replacement(&replacement, &text[found.start()..found.end()], &mut made);
            from = found.end();
            count += 1;
            if !all || made.len() > LONGEST_TEXT {
                break;
            }
        }
        if made.len() > LONGEST_TEXT {
            return Err(format!("Layerlab makes texts of at most {LONGEST_TEXT} bytes"));
        }
        if count > 0 {
            made.extend_from_slice(&text[from..]);
            if let Some(key) = key {
                self.push(key);
            }
            self.store(target, Value::text(made))?;
        }
        self.push(Value::Number(f64::from(count)));
        Ok(())
    }

    fn system(&mut self, tool: &mut Tool<'_, '_>) -> Result<(), Stop> {
        if tool.output.held() > 0 {
            return Err(Stop::Flush);
        }
        let Some(child) = self.child else {
            let command = self.pop_text();
            let started = run(tool, &String::from_utf8_lossy(&command), &[(0, 0), (1, 1), (2, 2)]);
            self.push(Value::Text(command));
            match started {
                Ok(child) => self.child = Some(child),
                Err(_) => {
                    self.pop();
                    self.push(Value::Number(-1.0));
                    return Ok(());
                }
            }
            return Err(Stop::Wait(Wait::Child));
        };
        match tool.system.wait_child(Some(child)) {
            WaitChild::Running => Err(Stop::Wait(Wait::Child)),
            ended => {
                self.child = None;
                self.pop();
                let status = if let WaitChild::Ended(_, status) = ended { status.code() } else { 0 };
                self.push(Value::Number(f64::from(status)));
                Ok(())
            }
        }
    }

    fn close(&mut self, tool: &mut Tool<'_, '_>) -> Result<(), Stop> {
        if tool.output.held() > 0 {
            return Err(Stop::Flush);
        }
        let name = self.pop_text();
        match self.streams.close(tool, &name) {
            Closed::Waits => {
                self.push(Value::Text(name));
                Err(Stop::Wait(Wait::Child))
            }
            Closed::Done(status) => {
                self.push(Value::Number(f64::from(status)));
                Ok(())
            }
        }
    }

    /// As BusyBox makes it of two and one numbers of `rand(3)`.
    fn next_random(&mut self, chance: u32) -> f64 {
        if self.random.is_empty() {
            // mawk begins elsewhere each time, BusyBox always at the same place.
            let seed = if self.variant == Variant::Mawk { chance } else { 1 };
            self.random = seeded(seed);
        }
        let mut next = || {
            let length = self.random.len();
            let value = self.random[length - 31].wrapping_add(self.random[length - 3]);
            self.random.push(value);
            self.random.remove(0);
            u64::from(value.cast_unsigned() >> 1)
        };
        if self.variant == Variant::Mawk {
            return next() as f64 / 2_147_483_647.0;
        }
        let (first, second, third) = (next(), next(), next());
        let low = ((first << 16) ^ second) & 0xffff_ffff;
        ((third << 32) | low) as f64 / 9_223_372_036_854_775_808.0
    }
}

/// The state of glibc's `random(3)` after `srandom`: an additive generator of degree 31.
fn seeded(seed: u32) -> Vec<i32> {
    let mut state = vec![i32::from_ne_bytes(seed.max(1).to_ne_bytes())];
    for _ in 1..31 {
        let last = i64::from(state[state.len() - 1]);
        let next = (16_807 * last).rem_euclid(2_147_483_647);
        state.push(next as i32);
    }
    for at in 31..34 {
        state.push(state[at - 31]);
    }
    for at in 34..344 {
        state.push(state[at - 31].wrapping_add(state[at - 3]));
    }
    state.split_off(344 - 34)
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    if wanted.is_empty() {
        return None;
    }
    text.windows(wanted.len()).position(|window| window == wanted)
}

/// The part of a text from a place, counted from 1. mawk counts as POSIX says; BusyBox moves a place before the text to
/// its beginning and takes the whole length from there.
fn substring(text: &[u8], start: f64, length: Option<f64>, variant: Variant) -> &[u8] {
    let whole = text.len() as f64;
    let (from, to) = match variant {
        Variant::BusyBox => {
            let from = (start.trunc() - 1.0).clamp(0.0, whole);
            (from, length.map_or(whole, |length| from + length.trunc().max(0.0)))
        }
        Variant::Mawk => {
            let from = start.round_ties_even() - 1.0;
            (from.max(0.0), length.map_or(whole, |length| (start + length).round_ties_even() - 1.0))
        }
    };
    let (from, to) = (from.min(whole) as usize, to.clamp(0.0, whole) as usize);
    text.get(from..to).unwrap_or_default()
}

/// Adds a replacement: `&` is what matched, `\&` an ampersand.
fn put_replacement(replacement: &[u8], matched: &[u8], made: &mut Vec<u8>) {
    let mut rest = replacement.iter();
    while let Some(byte) = rest.next() {
        match byte {
            b'&' => made.extend_from_slice(matched),
            b'\\' => match rest.as_slice().first() {
                Some(escaped @ (b'&' | b'\\')) => {
                    made.push(*escaped);
                    rest.next();
                }
                _ => made.push(b'\\'),
            },
            byte => made.push(*byte),
        }
    }
}

/// `YYYY MM DD HH MM SS` as seconds since 1970.
fn make_time(text: &str) -> Option<i64> {
    let numbers: Vec<i64> = text.split_whitespace().map_while(|part| part.parse().ok()).collect();
    let [year, month, day, hour, minute, second, ..] = numbers.as_slice() else { return None };
    let shown = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z");
    Some(Time::parse_rfc3339(&shown)?.seconds())
}
