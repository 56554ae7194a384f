//! The machine's input: the files among its arguments, `getline`, and closing.

use super::super::super::call::Tool;
use super::super::code::Target;
use super::super::program;
use super::super::streams::{Ending, Got, LONGEST_RECORD, Reader};
use super::super::value::{Text, Value};
use super::{ARGC, ARGV, Cell, FILENAME, FNR, Machine, NR, RS, Stop};
use crate::world::process::Wait;
use crate::world::process::descriptor::OpenOptions;

impl Machine {
    /// What ends a record now.
    fn ending(&mut self) -> Result<Ending, Stop> {
        let value = self.global(RS);
        let text = self.text(&value);
        Ok(match &*text {
            [] => Ending::Paragraph,
            [byte] => Ending::Byte(*byte),
            _ => Ending::Pattern(self.patterns.get(&text).map_err(Stop::Wrong)?),
        })
    }

    /// An argument, as the program may have changed it.
    fn argument(&self, number: usize) -> Option<Text> {
        let Some(Cell::Array(array)) = self.globals.get(ARGV) else { return None };
        let key: Text = number.to_string().into_bytes().into();
        let array = self.arrays.get(*array)?;
        array.contains(&key).then(|| array.clone().get(&key, self.variant).bytes("%.6g"))
    }

    /// Opens the next input. False when there is none.
    fn open_next(&mut self, tool: &mut Tool<'_, '_>) -> Result<bool, Stop> {
        loop {
            let count = self.global(ARGC).number() as usize;
            if self.argument >= count {
                if self.had_input {
                    return Ok(false);
                }
                self.had_input = true;
                self.input = Some(Reader::new(0, None));
                return Ok(true);
            }
            let argument = self.argument(self.argument);
            self.argument += 1;
            let Some(argument) = argument.filter(|argument| !argument.is_empty()) else { continue };
            let name = String::from_utf8_lossy(&argument).into_owned();
            if let Some((variable, value)) = program::assignment(&name, self.variant) {
                self.assign(&variable, value).map_err(Stop::Wrong)?;
                continue;
            }
            self.had_input = true;
            let opened = if name == "-" { Ok(0) } else { tool.system.open(&name, OpenOptions::READ) };
            match opened {
                Ok(descriptor) => {
                    self.input = Some(Reader::new(descriptor, None));
                    self.input_name = name;
                    self.set_global(FNR, Value::Number(0.0)).map_err(Stop::Wrong)?;
                    self.set_global(FILENAME, Value::text(argument)).map_err(Stop::Wrong)?;
                    return Ok(true);
                }
                Err(errno) => {
                    self.status = program::cannot_open(tool, &name, errno);
                    return Err(Stop::Exit);
                }
            }
        }
    }

    /// Leaves the input that is being read.
    pub(super) fn leave_file(&mut self, tool: &mut Tool<'_, '_>) {
        if let Some(reader) = self.input.take()
            && reader.descriptor() > 2
        {
            tool.system.close(reader.descriptor());
        }
    }

    /// The next record of the inputs; none at their end.
    pub(super) fn next_record(&mut self, tool: &mut Tool<'_, '_>) -> Result<Option<Vec<u8>>, Stop> {
        let ending = self.ending()?;
        loop {
            if self.input.is_none() && !self.open_next(tool)? {
                return Ok(None);
            }
            let Some(reader) = &mut self.input else { return Ok(None) };
            match reader.next(tool, &ending) {
                Got::Record(record) => return Ok(Some(record)),
                Got::End => self.leave_file(tool),
                Got::Failed(errno) => {
                    self.leave_file(tool);
                    let name = self.input_name.clone();
                    self.status = program::cannot_open(tool, &name, errno);
                }
                Got::Blocked(descriptor) => return Err(Stop::Wait(Wait::Readable(descriptor))),
                Got::TooLong => return Err(too_long()),
            }
        }
    }

    /// Makes a record the current one, and counts it.
    pub(super) fn take_record(&mut self, record: Value) -> Result<(), Stop> {
        self.count_record()?;
        self.record.replace(record);
        Ok(())
    }

    fn count_record(&mut self) -> Result<(), Stop> {
        for number in [NR, FNR] {
            let next = self.global(number).number() + 1.0;
            self.set_global(number, Value::Number(next)).map_err(Stop::Wrong)?;
        }
        Ok(())
    }

    pub(super) fn getline_input(&mut self, target: Option<Target>, tool: &mut Tool<'_, '_>) -> Result<(), Stop> {
        let Some(record) = self.next_record(tool)? else { return self.got_nothing(target, 0, 0.0) };
        let value = Value::from_input(&record);
        match target {
            None => self.take_record(value)?,
            Some(target) => {
                self.count_record()?;
                self.store(target, value).map_err(Stop::Wrong)?;
            }
        }
        self.push(Value::Number(1.0));
        Ok(())
    }

    /// `getline` from a file or command, whose name is on the stack below the key of the target.
    pub(super) fn getline_stream(
        &mut self,
        target: Option<Target>,
        is_command: bool,
        tool: &mut Tool<'_, '_>,
    ) -> Result<(), Stop> {
        let ending = self.ending()?;
        let below = usize::from(matches!(target, Some(Target::Element(_) | Target::Field)));
        let name = self.peek(below);
        let name = self.text(&name);
        if is_command && tool.output.held() > 0 {
            return Err(Stop::Flush);
        }
        let Ok(reader) = self.streams.reader(tool, &name, is_command) else {
            return self.got_nothing(target, 1, -1.0);
        };
        let record = match reader.next(tool, &ending) {
            Got::Record(record) => record,
            Got::End => return self.got_nothing(target, 1, 0.0),
            Got::Failed(_) => return self.got_nothing(target, 1, -1.0),
            Got::Blocked(descriptor) => return Err(Stop::Wait(Wait::Readable(descriptor))),
            Got::TooLong => return Err(too_long()),
        };
        let value = Value::from_input(&record);
        match target {
            None => {
                if is_command {
                    let next = self.global(NR).number() + 1.0;
                    self.set_global(NR, Value::Number(next)).map_err(Stop::Wrong)?;
                }
                self.record.replace(value);
            }
            Some(target) => self.store(target, value).map_err(Stop::Wrong)?,
        }
        self.pop();
        self.push(Value::Number(1.0));
        Ok(())
    }

    /// Takes the operands of a `getline` that got nothing, and leaves what it gives.
    fn got_nothing(&mut self, target: Option<Target>, names: usize, value: f64) -> Result<(), Stop> {
        let keys = usize::from(matches!(target, Some(Target::Element(_) | Target::Field)));
        for _ in 0..keys + names {
            self.pop();
        }
        self.push(Value::Number(value));
        Ok(())
    }
}

fn too_long() -> Stop {
    Stop::Wrong(format!("Layerlab reads records of at most {LONGEST_RECORD} bytes"))
}
