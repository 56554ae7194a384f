//! Where awk reads and writes: files, and commands behind pipes. Promises that nothing is read beyond what is asked for
//! by name, and that a command's end is waited for when its stream is closed.

use std::collections::BTreeMap;

use regex::bytes::Regex;

use super::super::call::Tool;
use super::value::Text;
use crate::world::filesystem::errno::Errno;
use crate::world::process::descriptor::{OpenOptions, Read};
use crate::world::process::system::{Spawn, WaitChild};

/// Bytes that are read at once.
const CHUNK: usize = 65_536;
/// The longest record, in bytes.
pub const LONGEST_RECORD: usize = 16 << 20;
/// The most streams that are open at once.
const MOST_STREAMS: usize = 64;

/// What ends a record.
#[derive(Clone, Debug)]
pub enum Ending {
    Byte(u8),
    /// Empty lines.
    Paragraph,
    Pattern(Regex),
}

/// How reading went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Got {
    Record(Vec<u8>),
    /// No more.
    End,
    /// Nothing there yet, on this descriptor.
    Blocked(u32),
    Failed(Errno),
    TooLong,
}

/// A stream that is read.
#[derive(Clone, Debug)]
pub struct Reader {
    descriptor: u32,
    buffer: Vec<u8>,
    ended: bool,
    child: Option<u32>,
}

impl Reader {
    pub fn new(descriptor: u32, child: Option<u32>) -> Reader {
        Reader { descriptor, buffer: Vec::new(), ended: false, child }
    }

    pub fn descriptor(&self) -> u32 {
        self.descriptor
    }

    /// Where the next record ends in the buffer, and where the one after it begins.
    fn end(&self, ending: &Ending) -> Option<(usize, usize)> {
        match ending {
            Ending::Byte(byte) => self.buffer.iter().position(|found| found == byte).map(|at| (at, at + 1)),
            Ending::Pattern(pattern) => {
                let found = pattern.find(&self.buffer).filter(|found| !found.is_empty())?;
                // What touches the end of the buffer may go on in what is not read yet.
                (self.ended || found.end() < self.buffer.len()).then(|| (found.start(), found.end()))
            }
            Ending::Paragraph => {
                let at = self.buffer.windows(2).position(|pair| pair == b"\n\n")?;
                let newlines = self.buffer[at..].iter().take_while(|byte| **byte == b'\n').count();
                (self.ended || at + newlines < self.buffer.len()).then_some((at, at + newlines))
            }
        }
    }

    /// The next record.
    pub fn next(&mut self, tool: &mut Tool<'_, '_>, ending: &Ending) -> Got {
        loop {
            if matches!(ending, Ending::Paragraph) {
                let newlines = self.buffer.iter().take_while(|byte| **byte == b'\n').count();
                self.buffer.drain(..newlines);
            }
            if let Some((end, next)) = self.end(ending) {
                let record = self.buffer[..end].to_vec();
                self.buffer.drain(..next);
                return Got::Record(record);
            }
            if self.ended {
                if self.buffer.is_empty() {
                    return Got::End;
                }
                let mut record = std::mem::take(&mut self.buffer);
                if matches!(ending, Ending::Paragraph) && record.ends_with(b"\n") {
                    record.pop();
                }
                return Got::Record(record);
            }
            if self.buffer.len() > LONGEST_RECORD {
                return Got::TooLong;
            }
            match tool.system.read(self.descriptor, CHUNK) {
                Ok(Read::Data(bytes)) => self.buffer.extend(bytes),
                Ok(Read::EndOfFile) => self.ended = true,
                Ok(Read::WouldBlock) => return Got::Blocked(self.descriptor),
                Err(errno) => {
                    self.ended = true;
                    return Got::Failed(errno);
                }
            }
        }
    }
}

/// How closing went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// With this status; -1 when nothing was open.
    Done(i32),
    /// A command has not ended yet.
    Waits,
}

/// All streams but the main input.
#[derive(Clone, Debug, Default)]
pub struct Streams {
    readers: BTreeMap<Text, Reader>,
    writers: BTreeMap<Text, (u32, Option<u32>)>,
    /// A command whose stream is closed, and that has not ended.
    ending: Option<u32>,
}

impl Streams {
    fn has_room(&self) -> bool {
        self.readers.len() + self.writers.len() < MOST_STREAMS
    }

    /// A stream that reads the file or, with `is_command`, what a command writes.
    pub fn reader(&mut self, tool: &mut Tool<'_, '_>, name: &Text, is_command: bool) -> Result<&mut Reader, Errno> {
        if !self.readers.contains_key(name) {
            if !self.has_room() {
                return Err(Errno::EMFILE);
            }
            let path = String::from_utf8_lossy(name).into_owned();
            let reader = if is_command {
                let (reader, writer) = tool.system.pipe()?;
                let child = run(tool, &path, &[(0, 0), (writer, 1), (2, 2)]);
                tool.system.close(writer);
                Reader::new(reader, Some(child?))
            } else if path == "-" {
                Reader::new(0, None)
            } else {
                Reader::new(tool.system.open(&path, OpenOptions::READ)?, None)
            };
            self.readers.insert(name.clone(), reader);
        }
        self.readers.get_mut(name).ok_or(Errno::EBADF)
    }

    /// The descriptor that writes to the file or command.
    pub fn writer(
        &mut self,
        tool: &mut Tool<'_, '_>,
        name: &Text,
        is_command: bool,
        append: bool,
    ) -> Result<u32, Errno> {
        if let Some((descriptor, _)) = self.writers.get(name) {
            return Ok(*descriptor);
        }
        let path = String::from_utf8_lossy(name).into_owned();
        match path.as_str() {
            "-" | "/dev/stdout" if !is_command => return Ok(1),
            "/dev/stderr" if !is_command => return Ok(2),
            _ => {}
        }
        if !self.has_room() {
            return Err(Errno::EMFILE);
        }
        let opened = if is_command {
            let (reader, writer) = tool.system.pipe()?;
            let child = run(tool, &path, &[(reader, 0), (1, 1), (2, 2)]);
            tool.system.close(reader);
            (writer, Some(child?))
        } else {
            let options = if append { OpenOptions::APPEND } else { OpenOptions::WRITE };
            (tool.system.open(&path, options)?, None)
        };
        self.writers.insert(name.clone(), opened);
        Ok(opened.0)
    }

    /// Closes a stream. All that was written must have left before.
    pub fn close(&mut self, tool: &mut Tool<'_, '_>, name: &Text) -> Closed {
        if self.ending.is_none() {
            let (descriptor, child) = match (self.writers.remove(name), self.readers.remove(name)) {
                (Some(writer), _) => writer,
                (None, Some(reader)) => (reader.descriptor, reader.child),
                (None, None) => return Closed::Done(-1),
            };
            if descriptor > 2 {
                tool.system.close(descriptor);
            }
            self.ending = child;
        }
        let Some(child) = self.ending else { return Closed::Done(0) };
        match tool.system.wait_child(Some(child)) {
            WaitChild::Running => Closed::Waits,
            WaitChild::Ended(_, status) => {
                self.ending = None;
                Closed::Done(status.code())
            }
            WaitChild::None => {
                self.ending = None;
                Closed::Done(0)
            }
        }
    }

    /// Any stream that is still open.
    pub fn any(&self) -> Option<Text> {
        self.ending.map(|_| Text::from([])).or_else(|| self.writers.keys().chain(self.readers.keys()).next().cloned())
    }
}

/// Starts a command with `/bin/sh`.
///
/// # Errors
/// As [`System::spawn`](crate::world::process::System::spawn).
pub fn run(tool: &mut Tool<'_, '_>, command: &str, descriptors: &[(u32, u32)]) -> Result<u32, Errno> {
    tool.system.spawn(Spawn {
        path: "/bin/sh".to_owned(),
        arguments: vec!["sh".to_owned(), "-c".to_owned(), command.to_owned()],
        environment: tool.call.environment.clone(),
        descriptors: Some(descriptors.to_vec()),
        ..Spawn::default()
    })
}
