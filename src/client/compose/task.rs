//! `docker compose …` as a task of the docker program: reads standard input where that is a file, begins, works to the end.

use super::command;
use super::progress::Mode;
use super::project::reads_input;
use super::work::{Bench, Job, Site};
use super::{ComposeError, preflight};
use crate::client::program::{Client, Flow, Task};
use crate::world::process::descriptor::Read;
use crate::world::process::signal::{Action, Signal};
use crate::world::process::{System, Wait};

/// Bytes that are read from standard input at a time.
const INPUT_BYTES: usize = 16_384;
/// The most that is read: more than any file of Compose's may have.
const INPUT_LIMIT: usize = 4 << 20;
/// What a program ends with that was interrupted.
const INTERRUPTED: i32 = 130;

/// The task.
pub fn task() -> Box<dyn Task> {
    Box::new(Compose { stage: Stage::Begin })
}

#[derive(Clone, Debug)]
struct Compose {
    stage: Stage,
}

#[derive(Clone, Debug)]
enum Stage {
    Begin,
    Reading(Vec<u8>),
    Working { site: Box<Site>, job: Box<dyn Job> },
}

impl Compose {
    fn begin(&mut self, client: &mut Client, system: &mut System<'_>, input: Vec<u8>) -> Flow {
        let mut site = Site { input, ..Site::default() };
        for signal in [Signal::INT, Signal::TERM] {
            system.set_action(signal, Action::Catch);
        }
        if let Err(error) = preflight::prepare(client, system, &mut site) {
            return fail(client, &site, &error);
        }
        let action = client.invocation.command.action;
        let Some(begin) = command::begin(action) else {
            let path = client.invocation.path.clone();
            return fail(client, &site, &ComposeError::NotModelled(path));
        };
        match begin(&mut Bench { client, system, site: &mut site }) {
            Ok(job) => {
                self.stage = Stage::Working { site: Box::new(site), job };
                self.resume(client, system)
            }
            Err(error) => fail(client, &site, &error),
        }
    }
}

/// Tells why it fails, in the form that the progress has.
fn fail(client: &mut Client, site: &Site, error: &ComposeError) -> Flow {
    let (code, text) = match error {
        ComposeError::Exit { code, text } => (*code, text.clone()),
        error => (1, error.to_string()),
    };
    let text = match site.progress.mode {
        Mode::Json => preflight::error_as_json(&text),
        _ => text,
    };
    client.err(format!("{text}\n"));
    Flow::Done(code)
}

impl Task for Compose {
    fn resume(&mut self, client: &mut Client, system: &mut System<'_>) -> Flow {
        match &mut self.stage {
            Stage::Begin if reads_input(&client.invocation) => {
                self.stage = Stage::Reading(Vec::new());
                self.resume(client, system)
            }
            Stage::Begin => self.begin(client, system, Vec::new()),
            Stage::Reading(bytes) => {
                loop {
                    match system.read(0, INPUT_BYTES) {
                        Ok(Read::Data(more)) if bytes.len() + more.len() <= INPUT_LIMIT => {
                            bytes.extend_from_slice(&more)
                        }
                        Ok(Read::WouldBlock) => return Flow::Wait(Wait::Readable(0)),
                        Ok(Read::Data(_) | Read::EndOfFile) | Err(_) => break,
                    }
                }
                let bytes = std::mem::take(bytes);
                self.begin(client, system, bytes)
            }
            Stage::Working { site, job } => {
                if !site.takes_signals && system.take_signal().is_some() {
                    let interrupted = ComposeError::Exit { code: INTERRUPTED, text: String::new() };
                    return fail(client, site, &interrupted);
                }
                match job.resume(&mut Bench { client, system, site }) {
                    Ok(Some(wait)) => Flow::Wait(wait),
                    Ok(None) => Flow::Done(site.exit_code),
                    Err(error) => fail(client, site, &error),
                }
            }
        }
    }

    fn boxed_clone(&self) -> Box<dyn Task> {
        Box::new(self.clone())
    }
}
