//! An attached client: copies what a container or an exec writes, and what is typed, until it ends.

use crate::client::program::Client;
use crate::world::daemon::api::{Output, Request, Response};
use crate::world::process::descriptor::{OpenFile, Read, Stream};
use crate::world::process::signal::{Action, Signal};
use crate::world::process::{System, Wait};

/// The signals that an attached client passes on to the container (`--sig-proxy`).
const PROXIED: [Signal; 6] = [Signal::HUP, Signal::INT, Signal::QUIT, Signal::TERM, Signal::USR1, Signal::USR2];
/// Bytes that are read from standard input at a time.
const INPUT_BYTES: usize = 16_384;

/// What is followed.
#[derive(Clone, Debug)]
pub enum Followed {
    Container(String),
    Exec(String),
}

/// An attachment under way.
#[derive(Clone, Debug)]
pub struct Follow {
    followed: Followed,
    next: u64,
    /// Whether standard input is still to be copied.
    input: bool,
    /// Which output is shown.
    stdout: bool,
    stderr: bool,
}

impl Follow {
    /// Follows from piece `next` on, copying standard input when `input`.
    pub fn new(followed: Followed, next: u64, input: bool) -> Follow {
        Follow { followed, next, input, stdout: true, stderr: true }
    }

    /// Shows only these streams.
    pub fn showing(mut self, stdout: bool, stderr: bool) -> Follow {
        (self.stdout, self.stderr) = (stdout, stderr);
        self
    }

    /// Has signals passed on to the container.
    pub fn proxy_signals(system: &mut System<'_>) {
        for signal in PROXIED {
            system.set_action(signal, Action::Catch);
        }
    }

    /// Copies what there is. What to wait for, or `None` when the output has ended.
    ///
    /// # Errors
    /// The exit code when the daemon refuses; it was printed.
    pub fn resume(&mut self, client: &mut Client, system: &mut System<'_>) -> Result<Option<Wait>, i32> {
        while let Some(signal) = system.take_signal() {
            if let Followed::Container(container) = &self.followed {
                let request = Request::ContainerKill { container: container.clone(), signal: Some(signal.name()) };
                // It may have ended meanwhile: there is then nobody to tell.
                let _ = system.engine(request);
            }
        }
        let output = self.output(client, system)?;
        for piece in &output.pieces {
            match piece.stream {
                Stream::Stderr if !output.tty && self.stderr => client.err(&*piece.bytes),
                Stream::Stderr if !output.tty => {}
                _ if self.stdout => client.out(&*piece.bytes),
                _ => {}
            }
        }
        self.next = output.next;
        if output.finished {
            return Ok(None);
        }
        if !self.input {
            return Ok(Some(Wait::Engine));
        }
        // From a terminal one reads only when somebody inside waits for it, as a person would type then.
        let is_console = matches!(system.open_file(0), Some(OpenFile::Console { .. }));
        if is_console && !output.awaits_input {
            return Ok(Some(Wait::Engine));
        }
        match system.read(0, INPUT_BYTES) {
            Ok(Read::Data(bytes)) => {
                let request = match &self.followed {
                    Followed::Container(container) => Request::ContainerInput { container: container.clone(), bytes },
                    Followed::Exec(exec) => Request::ExecInput { exec: exec.clone(), bytes },
                };
                // A container that reads no more lets its input go.
                let _ = system.engine(request);
                Ok(Some(Wait::Any(vec![Wait::Engine, Wait::Until(system.now())])))
            }
            Ok(Read::WouldBlock) => Ok(Some(Wait::Any(vec![Wait::Engine, Wait::Readable(0)]))),
            Ok(Read::EndOfFile) | Err(_) => {
                self.input = false;
                let request = match &self.followed {
                    Followed::Container(container) => Request::ContainerCloseInput { container: container.clone() },
                    Followed::Exec(exec) => Request::ExecCloseInput { exec: exec.clone() },
                };
                let _ = system.engine(request);
                Ok(Some(Wait::Any(vec![Wait::Engine, Wait::Until(system.now())])))
            }
        }
    }

    fn output(&self, client: &mut Client, system: &mut System<'_>) -> Result<Output, i32> {
        let request = match &self.followed {
            Followed::Container(container) => {
                Request::ContainerOutput { container: container.clone(), from: self.next }
            }
            Followed::Exec(exec) => Request::ExecOutput { exec: exec.clone(), from: self.next },
        };
        match client.ask(system, request)? {
            Response::Output(output) => Ok(output),
            _ => Ok(Output { finished: true, ..Output::default() }),
        }
    }
}
