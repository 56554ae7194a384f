//! `docker export`, and the streams of `docker cp … -` and `docker cp - …`: tar bytes that go through descriptors.
//!
//! Promises: bytes are made and read piece by piece; the texts and exit codes of docker's client.

use std::sync::Arc;

use super::go_error;
use crate::client::program::{Client, Flow, Task};
use crate::world::daemon::api::{Request, Response};
use crate::world::filesystem::archive::{Archive, Stream};
use crate::world::filesystem::entry::Node;
use crate::world::filesystem::errno::Errno;
use crate::world::filesystem::untar::TarError;
use crate::world::process::descriptor::{OpenOptions, Read, Write};
use crate::world::process::{System, Wait};

/// Bytes that are made at once.
const PIECE: usize = 64 << 10;
/// The largest archive that is read from standard input, in bytes.
const INPUT_LIMIT: usize = 256 << 20;

/// A tar stream that goes to standard output, or into a file.
#[derive(Clone, Debug)]
pub struct Sending {
    stream: Stream,
    /// The file, and what of the last piece is not written yet.
    file: Option<u32>,
}

impl Sending {
    /// The stream of an archive, to standard output.
    pub const fn new(archive: Arc<Archive>) -> Sending {
        Sending { stream: Stream::new(archive), file: None }
    }

    fn step(&mut self, client: &mut Client, system: &mut System<'_>) -> Result<bool, i32> {
        let Some(bytes) = self.stream.next_bytes(PIECE) else { return Ok(true) };
        let Some(file) = self.file else {
            client.out(bytes);
            return Ok(false);
        };
        let mut rest = bytes.as_slice();
        while !rest.is_empty() {
            match system.write(file, rest) {
                Ok(Write::Wrote(written)) if written > 0 => rest = &rest[written..],
                Ok(_) => return Err(1),
                Err(errno) => {
                    client.err(format!("write: {}\n", go_error(errno)));
                    return Err(1);
                }
            }
        }
        Ok(false)
    }
}

impl Task for Sending {
    fn resume(&mut self, client: &mut Client, system: &mut System<'_>) -> Flow {
        match self.step(client, system) {
            Ok(true) => Flow::Done(0),
            Ok(false) => Flow::Then(Box::new(self.clone())),
            Err(code) => Flow::Done(code),
        }
    }

    fn boxed_clone(&self) -> Box<dyn Task> {
        Box::new(self.clone())
    }
}

/// Why a file cannot be written there (`atomicwriter.New`), if so.
pub fn output_problem(system: &System<'_>, file: &str) -> Option<String> {
    let directory = match file.rsplit_once('/') {
        Some(("", _)) => "/",
        Some((directory, _)) => directory,
        None => ".",
    };
    match system.status(directory, true) {
        Err(errno) => return Some(format!("invalid output path: stat {directory}: {}", go_error(errno))),
        Ok(status) if !status.entry.is_directory() => {
            return Some(format!("invalid output path: stat {directory}: not a directory"));
        }
        Ok(_) => {}
    }
    match system.status(file, false).map(|status| status.entry.node) {
        Ok(Node::Directory) => Some("cannot write to a directory".to_owned()),
        Ok(Node::Symlink(_)) => Some("cannot write to a symbolic link directly".to_owned()),
        Ok(Node::Device(_)) => Some("cannot write to a character device file".to_owned()),
        Ok(Node::Fifo) => Some("cannot write to a named pipe file".to_owned()),
        _ => None,
    }
}

/// `docker export`.
pub fn export() -> Box<dyn Task> {
    Box::new(Export)
}

#[derive(Clone, Copy, Debug)]
struct Export;

impl Export {
    fn begin(client: &mut Client, system: &mut System<'_>) -> Result<Sending, i32> {
        let invocation = client.invocation.clone();
        let output = invocation.parsed.text("output").filter(|output| !output.is_empty());
        let problem = match output {
            None if system.is_terminal(1) => {
                Some("cowardly refusing to save to a terminal. Use the -o flag or redirect".to_owned())
            }
            None => None,
            Some(file) => output_problem(system, file).map(|problem| format!("failed to export container: {problem}")),
        };
        if let Some(problem) = problem {
            client.err(format!("{problem}\n"));
            return Err(1);
        }
        let container = invocation.parsed.arguments.first().cloned().unwrap_or_default();
        let Response::Archive { archive, .. } = client.ask(system, Request::ContainerExport { container })? else {
            return Err(1);
        };
        let mut sending = Sending::new(archive);
        if let Some(file) = output {
            let options = OpenOptions { mode: 0o600, ..OpenOptions::WRITE };
            sending.file = Some(system.open(file, options).map_err(|errno| {
                client.err(format!("failed to export container: open {file}: {}\n", go_error(errno)));
                1
            })?);
        }
        Ok(sending)
    }
}

impl Task for Export {
    fn resume(&mut self, client: &mut Client, system: &mut System<'_>) -> Flow {
        match Export::begin(client, system) {
            Ok(sending) => Flow::Then(Box::new(sending)),
            Err(code) => Flow::Done(code),
        }
    }

    fn boxed_clone(&self) -> Box<dyn Task> {
        Box::new(*self)
    }
}

/// A tar stream that comes from standard input and goes into a directory of a container.
#[derive(Clone, Debug)]
pub struct Receiving {
    bytes: Vec<u8>,
    container: String,
    directory: String,
    as_user: bool,
}

impl Receiving {
    /// Reads what is to go to the directory.
    pub const fn new(container: String, directory: String, as_user: bool) -> Receiving {
        Receiving { bytes: Vec::new(), container, directory, as_user }
    }

    fn finish(&self, client: &mut Client, system: &mut System<'_>) -> Result<(), i32> {
        let archive = Archive::read(&self.bytes, Default::default()).map_err(|error| {
            let text = match error {
                TarError::Unreadable { .. } if self.bytes.len() < 512 => "unexpected EOF".to_owned(),
                TarError::Unreadable { .. } => "archive/tar: invalid tar header".to_owned(),
                error => error.to_string(),
            };
            client.err(format!("Error response from daemon: {text}\n"));
            1
        })?;
        let request = Request::ContainerExtract {
            container: self.container.clone(),
            path: self.directory.clone(),
            archive: Arc::new(archive),
            as_user: self.as_user,
        };
        client.ask(system, request).map(drop)
    }
}

impl Task for Receiving {
    fn resume(&mut self, client: &mut Client, system: &mut System<'_>) -> Flow {
        loop {
            match system.read(0, PIECE) {
                Ok(Read::Data(bytes)) if self.bytes.len() + bytes.len() > INPUT_LIMIT => {
                    client.err(format!("the archive is larger than the {INPUT_LIMIT} bytes that Layerlab reads\n"));
                    return Flow::Done(1);
                }
                Ok(Read::Data(bytes)) => self.bytes.extend(bytes),
                Ok(Read::WouldBlock) => return Flow::Wait(Wait::Readable(0)),
                Ok(Read::EndOfFile) | Err(Errno::EBADF) => {
                    return Flow::Done(self.finish(client, system).err().unwrap_or(0));
                }
                Err(errno) => {
                    client.err(format!("read: {}\n", go_error(errno)));
                    return Flow::Done(1);
                }
            }
        }
    }

    fn boxed_clone(&self) -> Box<dyn Task> {
        Box::new(self.clone())
    }
}
