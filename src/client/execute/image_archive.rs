//! `docker save`, `docker load` and `docker import`.
//!
//! Promises: the texts and exit codes of docker's client; an archive in a file is handed over as it is, and made only when it is read.

use super::archive::output_problem;
use super::go_error;
use super::platform::platform;
use crate::client::program::{Client, Flow, Task};
use crate::world::daemon::api::{API_VERSION, ImportImage, Request, Response};
use crate::world::daemon::reference::Reference;
use crate::world::filesystem::chunks::Chunks;
use crate::world::filesystem::content::Content;
use crate::world::filesystem::entry::Node;
use crate::world::filesystem::errno::Errno;
use crate::world::process::descriptor::Read;
use crate::world::process::{System, Wait};

/// Bytes that are made, and read, at once.
const PIECE: usize = 64 << 10;
/// The largest archive that is read from standard input, in bytes.
const INPUT_LIMIT: u64 = 256 << 20;
/// Bytes a second at which the engine reads and writes archives.
const RATE: u64 = 150_000_000;

fn complain(client: &mut Client, text: &str) -> i32 {
    client.err(format!("{text}\n"));
    1
}

/// Lets the time pass that an archive takes.
fn spend(system: &mut System<'_>, bytes: u64) {
    system.spend(std::time::Duration::from_nanos(bytes.saturating_mul(1_000) / (RATE / 1_000_000)));
}

/// `docker save`.
pub fn save() -> Box<dyn Task> {
    Box::new(Save)
}

#[derive(Clone, Copy, Debug)]
struct Save;

impl Save {
    fn run(client: &mut Client, system: &mut System<'_>) -> Result<Flow, i32> {
        let invocation = client.invocation.clone();
        let platform = platform(client, "invalid platform: ")?;
        let output = invocation.parsed.text("output").filter(|output| !output.is_empty());
        let problem = match output {
            None if system.is_terminal(1) => {
                Some("cowardly refusing to save to a terminal. Use the -o flag or redirect".to_owned())
            }
            None => None,
            Some(file) => output_problem(system, file).map(|problem| format!("failed to save image: {problem}")),
        };
        if let Some(problem) = problem {
            return Err(complain(client, &problem));
        }
        let request = Request::ImageSave { names: invocation.parsed.arguments.clone(), platform };
        let Response::Content(archive) = client.ask(system, request)? else { return Err(1) };
        spend(system, archive.size());
        let Some(file) = output else { return Ok(Flow::Then(Box::new(Sending { archive, offset: 0 }))) };
        system
            .put_content(file, archive, 0o600)
            .map_err(|errno| complain(client, &format!("failed to save image: open {file}: {}", go_error(errno))))?;
        Ok(Flow::Done(0))
    }
}

impl Task for Save {
    fn resume(&mut self, client: &mut Client, system: &mut System<'_>) -> Flow {
        Save::run(client, system).unwrap_or_else(Flow::Done)
    }

    fn boxed_clone(&self) -> Box<dyn Task> {
        Box::new(*self)
    }
}

/// Bytes that go to standard output.
#[derive(Clone, Debug)]
struct Sending {
    archive: Content,
    offset: u64,
}

impl Task for Sending {
    fn resume(&mut self, client: &mut Client, _system: &mut System<'_>) -> Flow {
        let mut piece = vec![0; PIECE];
        let length = self.archive.read_at(self.offset, &mut piece);
        if length == 0 {
            return Flow::Done(0);
        }
        client.out(&piece[..length]);
        self.offset += length as u64;
        Flow::Then(Box::new(self.clone()))
    }

    fn boxed_clone(&self) -> Box<dyn Task> {
        Box::new(self.clone())
    }
}

/// `docker load`.
pub fn load() -> Box<dyn Task> {
    Box::new(Taking { what: What::Load, input: None })
}

/// `docker import`.
pub fn import() -> Box<dyn Task> {
    Box::new(Taking { what: What::Import, input: None })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Load,
    Import,
}

/// An archive that is taken from a file or from standard input.
#[derive(Clone, Debug)]
struct Taking {
    what: What,
    /// What was read of standard input.
    input: Option<Chunks>,
}

impl Taking {
    /// The file that is named; none for standard input.
    fn file(&self, client: &Client) -> Option<String> {
        let parsed = &client.invocation.parsed;
        match self.what {
            What::Load => parsed.text("input").map(str::to_owned).filter(|file| !file.is_empty()),
            What::Import => parsed.arguments.first().cloned().filter(|file| file != "-"),
        }
    }

    /// The content of a file.
    fn open(&self, client: &mut Client, system: &System<'_>, file: &str) -> Result<Content, i32> {
        let unreadable = |errno| format!("open {file}: {}", go_error(errno));
        let status = system.status(file, true).map_err(|errno| complain(client, &unreadable(errno)))?;
        if !system.may(file, 4) {
            return Err(complain(client, &unreadable(Errno::EACCES)));
        }
        match status.entry.node {
            Node::File(content) => Ok(content),
            Node::Directory => {
                let path = match self.what {
                    What::Load => "images/load?quiet=1".to_owned(),
                    What::Import => {
                        let repository = client.invocation.parsed.arguments.get(1);
                        let named = repository.map_or_else(String::new, |name| format!("&repo={}", query_escape(name)));
                        format!("images/create?fromSrc=-{named}")
                    }
                };
                let url = format!("http://%2Fvar%2Frun%2Fdocker.sock/v{API_VERSION}/{path}");
                let text = format!("error during connect: Post \"{url}\": read {file}: is a directory");
                Err(complain(client, &text))
            }
            _ => Ok(Content::empty()),
        }
    }

    /// Reads what there is of standard input.
    fn read(&mut self, client: &mut Client, system: &mut System<'_>) -> Result<Result<Content, Wait>, i32> {
        let input = self.input.get_or_insert_with(Chunks::default);
        loop {
            match system.read(0, PIECE) {
                Ok(Read::Data(bytes)) if input.size() + bytes.len() as u64 > INPUT_LIMIT => {
                    let text = format!("the archive is larger than the {INPUT_LIMIT} bytes that Layerlab reads");
                    return Err(complain(client, &text));
                }
                Ok(Read::Data(bytes)) => input.append(&bytes),
                Ok(Read::WouldBlock) => return Ok(Err(Wait::Readable(0))),
                Ok(Read::EndOfFile) | Err(Errno::EBADF) => return Ok(Ok(Content::Chunked(std::mem::take(input)))),
                Err(errno) => return Err(complain(client, &format!("read: {}", go_error(errno)))),
            }
        }
    }

    fn run(&mut self, client: &mut Client, system: &mut System<'_>) -> Result<Flow, i32> {
        if self.input.is_none() {
            self.check(client, system)?;
        }
        let archive = match self.file(client) {
            Some(url) if self.what == What::Import && is_url(&url) => {
                let request = Request::ImageImport(Box::new(self.import_request(client, Content::empty(), Some(url))));
                return client.ask(system, request).map(|_| Flow::Done(0));
            }
            Some(file) => self.open(client, system, &file)?,
            None => match self.read(client, system)? {
                Ok(content) => content,
                Err(wait) => return Ok(Flow::Wait(wait)),
            },
        };
        spend(system, archive.size());
        match self.what {
            What::Load => {
                let platform = client.invocation.parsed.text("platform").map(str::to_owned);
                let response = client.ask(system, Request::ImageLoad { archive, platform })?;
                let Response::Loaded(lines) = response else { return Err(1) };
                for line in lines {
                    client.out(format!("{line}\n"));
                }
            }
            What::Import => {
                let request = self.import_request(client, archive, None);
                let response = client.ask(system, Request::ImageImport(Box::new(request)))?;
                let Response::Created { id, .. } = response else { return Err(1) };
                client.out(format!("{id}\n"));
            }
        }
        Ok(Flow::Done(0))
    }

    /// What the client looks at before it reads anything.
    fn check(&self, client: &mut Client, system: &System<'_>) -> Result<(), i32> {
        match self.what {
            What::Load => {
                if self.file(client).is_none() && system.is_terminal(0) {
                    return Err(complain(client, "requested load from stdin, but stdin is empty"));
                }
                platform(client, "invalid platform: ").map(drop)
            }
            What::Import => {
                if let Some(file) = self.file(client).filter(|file| !is_url(file)) {
                    self.open(client, system, &file)?;
                }
                match client.invocation.parsed.arguments.get(1).map(|name| Reference::parse(name)) {
                    Some(Err(error)) => Err(complain(client, &error.to_string())),
                    _ => Ok(()),
                }
            }
        }
    }

    fn import_request(&self, client: &Client, archive: Content, url: Option<String>) -> ImportImage {
        let parsed = &client.invocation.parsed;
        ImportImage {
            archive,
            url,
            reference: parsed.arguments.get(1).cloned(),
            message: parsed.text("message").unwrap_or_default().to_owned(),
            changes: parsed.list("change").into_iter().map(str::to_owned).collect(),
            platform: parsed.text("platform").map(str::to_owned),
        }
    }
}

/// A value as Go writes it into a query (`url.QueryEscape`).
fn query_escape(text: &str) -> String {
    let escape = |byte: u8| match byte {
        b' ' => "+".to_owned(),
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(escape).collect()
}

fn is_url(text: &str) -> bool {
    text.starts_with("https://") || text.starts_with("http://")
}

impl Task for Taking {
    fn resume(&mut self, client: &mut Client, system: &mut System<'_>) -> Flow {
        self.run(client, system).unwrap_or_else(Flow::Done)
    }

    fn boxed_clone(&self) -> Box<dyn Task> {
        Box::new(self.clone())
    }
}
