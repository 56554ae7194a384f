//! Redirections: opening, duplicating, and putting back. Promises that what was there before is kept on a descriptor of its own from 10 up,
//! as real shells keep it, and never reaches a child.

use super::dialect::Dialect;
use super::expansion::{Expansion, Stop};
use super::frame::{Frame, Saved};
use super::interpreter::{Shell, Step, short_reason};
use super::syntax::{Redirection, Target};
use crate::world::filesystem::entry::Node;
use crate::world::filesystem::errno::Errno;
use crate::world::process::descriptor::{OpenOptions, PIPE_CAPACITY, Write};
use crate::world::process::program::{Progress, Wait};
use crate::world::process::signal::{Action, Signal};
use crate::world::process::system::System;

/// The lowest descriptor that keeps what a redirection replaced.
const FIRST_KEPT: u32 = 10;

/// Why a redirection was not made.
pub(super) enum Failure {
    /// Its word waits for a command, or cannot be expanded.
    Stop(Stop),
    /// The message, without the shell's prefix.
    Error(String),
}

impl From<Stop> for Failure {
    fn from(stop: Stop) -> Failure {
        Failure::Stop(stop)
    }
}

impl Shell {
    /// Makes a redirection. `saved` notes what to put back.
    pub(super) fn redirect(
        &mut self,
        redirection: &Redirection,
        saved: Option<&mut Saved>,
        expansion: &mut Expansion,
        system: &mut System<'_>,
    ) -> Result<(), Failure> {
        let onto = redirection.descriptor;
        let mut keep = saved;
        let (word, options) = match &redirection.target {
            Target::Read(word) => (word, Some(OpenOptions::READ)),
            Target::Write(word) | Target::Clobber(word) | Target::Both(word) => (word, Some(OpenOptions::WRITE)),
            Target::Append(word) => (word, Some(OpenOptions::APPEND)),
            Target::ReadWrite(word) => (word, Some(OpenOptions::READ_WRITE)),
            Target::Duplicate(word) => (word, None),
            Target::HereDocument(document) => {
                let text = match document.body() {
                    Some(word) => self.expand_target(word, expansion, system)?,
                    None => String::new(),
                };
                let reader = self.here_document(text, system).map_err(|errno| Failure::Error(errno.to_string()))?;
                self.keep(onto, &mut keep, system);
                return place(reader, onto, system);
            }
        };
        let text = self.expand_string(word, false, expansion, system)?;
        let Some(options) = options else {
            if text == "-" {
                self.keep(onto, &mut keep, system);
                system.close(onto);
                return Ok(());
            }
            let from: u32 = text.parse().map_err(|_| {
                Failure::Error(match self.dialect {
                    Dialect::Ash => "syntax error: bad fd number".to_owned(),
                    Dialect::Dash => "Syntax error: Bad fd number".to_owned(),
                })
            })?;
            if !system.is_open(from) || self.kept.contains(&from) {
                return Err(Failure::Error(format!("{from}: {}", Errno::EBADF)));
            }
            self.keep(onto, &mut keep, system);
            return system.duplicate(from, onto).map_err(|errno| Failure::Error(format!("{from}: {errno}")));
        };
        let clobbers = matches!(redirection.target, Target::Write(_)) && self.options.no_clobber;
        let opened =
            if clobbers && system.status(&text, true).is_ok_and(|status| matches!(status.entry.node, Node::File(_))) {
                Err(Errno::EEXIST)
            } else {
                system.open(&text, options)
            };
        let opened = opened.map_err(|errno| {
            let reason = short_reason(errno, options.create);
            Failure::Error(match (self.dialect, options.create) {
                (Dialect::Ash, true) if errno == Errno::ENOENT => format!("can't create {text}: nonexistent directory"),
                (Dialect::Ash, true) => format!("can't create {text}: {reason}"),
                (Dialect::Ash, false) if errno == Errno::ENOENT => format!("can't open {text}: no such file"),
                (Dialect::Ash, false) => format!("can't open {text}: {reason}"),
                (Dialect::Dash, true) => format!("cannot create {text}: {reason}"),
                (Dialect::Dash, false) => format!("cannot open {text}: {reason}"),
            })
        })?;
        if opened != onto {
            self.keep(onto, &mut keep, system);
        } else if let Some(saved) = keep.as_deref_mut() {
            // The file took the very number, which was free: putting back means closing.
            saved.push((onto, None));
        }
        place(opened, onto, system)?;
        if let Target::Both(_) = redirection.target {
            self.keep(2, &mut keep, system);
            let _ = system.duplicate(1, 2);
        }
        Ok(())
    }

    /// Keeps what `descriptor` refers to, once for each command.
    fn keep(&mut self, descriptor: u32, saved: &mut Option<&mut Saved>, system: &mut System<'_>) {
        let Some(saved) = saved.as_deref_mut() else { return };
        if saved.iter().any(|(kept, _)| *kept == descriptor) {
            return;
        }
        let copy = system.duplicate_above(descriptor, FIRST_KEPT).ok();
        if let Some(copy) = copy {
            self.kept.insert(copy);
        }
        saved.push((descriptor, copy));
    }

    /// Puts back what redirections replaced.
    pub(super) fn restore_descriptors(&mut self, saved: Saved, system: &mut System<'_>) {
        for (descriptor, copy) in saved.into_iter().rev() {
            match copy {
                Some(copy) => {
                    let _ = system.duplicate(copy, descriptor);
                    system.close(copy);
                    self.kept.remove(&copy);
                }
                None => system.close(descriptor),
            }
        }
    }

    /// Lets redirections stay for good.
    pub(super) fn forget_descriptors(&mut self, saved: Saved, system: &mut System<'_>) {
        for copy in saved.into_iter().filter_map(|(_, copy)| copy) {
            system.close(copy);
            self.kept.remove(&copy);
        }
    }

    /// A descriptor from which the text can be read.
    fn here_document(&mut self, text: String, system: &mut System<'_>) -> Result<u32, Errno> {
        let (reader, writer) = system.pipe()?;
        if text.len() <= PIPE_CAPACITY {
            let written = system.write(writer, text.as_bytes());
            system.close(writer);
            return written.map(|_| reader);
        }
        // More than a pipe holds: a child writes it, as in dash.
        let write = Frame::Write { pieces: vec![(writer, text.into_bytes())], index: 0, offset: 0 };
        let mut frames = vec![write];
        frames.extend(self.setup(Vec::new(), vec![reader], false));
        let child = system.fork(Box::new(self.subshell(frames)), false);
        system.close(writer);
        child.map(|_| reader)
    }

    /// The frame that puts a child's descriptors in place: the shell's own copies are closed too.
    pub(super) fn setup(&self, moves: Vec<(u32, u32)>, mut closes: Vec<u32>, null_input: bool) -> Option<Frame> {
        closes.extend(self.kept.iter().copied());
        (null_input || !moves.is_empty() || !closes.is_empty()).then_some(Frame::Setup { moves, closes, null_input })
    }

    pub(super) fn step_setup(
        &mut self,
        moves: &[(u32, u32)],
        closes: &[u32],
        null_input: bool,
        system: &mut System<'_>,
    ) -> Step {
        for (from, to) in moves {
            if from != to {
                let _ = system.duplicate(*from, *to);
            }
        }
        for (from, _) in moves.iter().filter(|(from, _)| moves.iter().all(|(_, to)| to != from)) {
            system.close(*from);
        }
        for descriptor in closes {
            system.close(*descriptor);
        }
        self.kept.clear();
        if null_input
            && let Ok(null) = system.open("/dev/null", OpenOptions::READ)
            && null != 0
        {
            let _ = system.duplicate(null, 0);
            system.close(null);
        }
        Step::Continue
    }

    pub(super) fn step_write(
        &mut self,
        pieces: Vec<(u32, Vec<u8>)>,
        mut index: usize,
        mut offset: usize,
        system: &mut System<'_>,
    ) -> Step {
        while let Some((descriptor, bytes)) = pieces.get(index) {
            let descriptor = *descriptor;
            if offset >= bytes.len() {
                (index, offset) = (index + 1, 0);
                continue;
            }
            match system.write(descriptor, &bytes[offset..]) {
                Ok(Write::Wrote(count)) => offset += count,
                Ok(Write::WouldBlock) => {
                    self.frames.push(Frame::Write { pieces, index, offset });
                    return Step::Wait(Wait::Writable(descriptor));
                }
                Err(Errno::EPIPE) if system.action(Signal::PIPE) == Action::Default => {
                    // The signal has ended this process already.
                    return Step::End(Progress::Exited(128 + i32::from(Signal::PIPE.number())));
                }
                Err(errno) => {
                    self.status = 1;
                    self.error(
                        system,
                        &match self.dialect {
                            Dialect::Ash => format!("write error: {errno}"),
                            Dialect::Dash => format!("echo: I/O error: {errno}"),
                        },
                    );
                    return Step::Continue;
                }
            }
        }
        Step::Continue
    }
}

fn place(from: u32, onto: u32, system: &mut System<'_>) -> Result<(), Failure> {
    if from != onto {
        system.duplicate(from, onto).map_err(|errno| Failure::Error(errno.to_string()))?;
        system.close(from);
    }
    Ok(())
}
