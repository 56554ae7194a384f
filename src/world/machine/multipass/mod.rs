//! `multipass`: Canonical's tool for virtual machines, on the host's command line.
//!
//! Promises: the words and exit codes of Multipass 1.16 (its source, tag v1.16.1), without the spinner that it draws while it
//! works; what is not modelled is refused in plain words. Must not know how a virtual machine works inside.
//! Start reading at [`Multipass`], then `words.rs` (what was asked) and `print.rs` (what is shown).

mod print;
mod task;
mod words;

#[cfg(test)]
mod tests;

use self::task::{Flow, Task};
use super::figures::Figures;
use crate::world::process::descriptor::Write;
use crate::world::process::{Invocation, Program, ProgramTable, Progress, System, Wait};

/// Adds `multipass`, and the programs that its guests have, to a world's table.
pub fn register(table: &mut ProgramTable) {
    super::ubuntu::register(table);
    table.insert("multipass", |invocation: &Invocation| Box::new(Multipass::new(invocation)));
}

/// `multipass` under way.
#[derive(Clone, Debug)]
pub struct Multipass {
    words: Vec<String>,
    task: Option<Task>,
    /// What was said and is not written yet: the descriptor and the bytes.
    said: Vec<(u32, Vec<u8>)>,
    exit: Option<i32>,
}

impl Multipass {
    /// As it was called.
    pub fn new(invocation: &Invocation) -> Multipass {
        Multipass { words: invocation.operands().to_vec(), task: None, said: Vec::new(), exit: None }
    }

    /// Writes what was said. Gives how to go on when it cannot all be written now.
    fn flush(&mut self, system: &mut System<'_>) -> Option<Progress> {
        while let Some((descriptor, bytes)) = self.said.first_mut() {
            match system.write(*descriptor, bytes) {
                Ok(Write::Wrote(count)) if count < bytes.len() => drop(bytes.drain(..count)),
                Ok(Write::WouldBlock) => return Some(Progress::Waiting(Wait::Writable(*descriptor))),
                // A closed stream swallows what is written.
                Ok(Write::Wrote(_)) | Err(_) => drop(self.said.remove(0)),
            }
        }
        None
    }
}

impl Program for Multipass {
    fn resume(&mut self, system: &mut System<'_>) -> Progress {
        loop {
            if let Some(progress) = self.flush(system) {
                return progress;
            }
            if let Some(code) = self.exit {
                return Progress::Exited(code);
            }
            let Some(figures) = Figures::known() else { return Progress::Exited(2) };
            let mut task = match self.task.take() {
                Some(task) => task,
                None => match words::parse(&self.words, figures) {
                    Ok(request) => Task::new(request),
                    Err(refusal) => {
                        self.said.push((refusal.descriptor, refusal.text.into_bytes()));
                        self.exit = Some(refusal.code);
                        continue;
                    }
                },
            };
            match task.resume(system, figures, &mut self.said) {
                Flow::Done(code) => self.exit = Some(code),
                Flow::Again => self.task = Some(task),
                Flow::Wait(wait) => {
                    self.task = Some(task);
                    return self.flush(system).unwrap_or(Progress::Waiting(wait));
                }
            }
        }
    }

    fn boxed_clone(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }
}
