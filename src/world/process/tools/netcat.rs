//! `nc`: connects or listens, and carries bytes between the network and its own input and output.

use super::call::Tool;
use super::options::Options;
use super::shape::{Machine, Next};
use super::size;
use crate::world::clock::Time;
use crate::world::filesystem::errno::Errno;
use crate::world::process::descriptor::{Read, Write};
use crate::world::process::signal::Action;
use crate::world::process::{Signal, Wait};

/// `nc`.
#[derive(Clone, Debug)]
pub struct Netcat {
    listener: Option<u32>,
    keeps_listening: bool,
    connection: Option<u32>,
    /// Read from standard input and not yet sent.
    unsent: Vec<u8>,
    input_ended: bool,
    only_looks: bool,
    loud: bool,
    place: (String, u16),
    patience: Option<std::time::Duration>,
    until: Option<Time>,
}

impl Machine for Netcat {
    fn start(tool: &mut Tool<'_, '_>) -> Result<Netcat, i32> {
        const OPTIONS: Options = Options::short("[OPTIONS] HOST PORT  - connect", "lkp:zvw:nNq:", "uesi46");
        let given = tool.options(&OPTIONS)?;
        let words = &given.operands;
        let listens = given.has('l');
        let port = match (given.value('p'), words.as_slice()) {
            (Some(port), _) if listens => Some(port),
            (_, [port]) if listens => Some(port.as_str()),
            (_, [_, port]) => Some(port.as_str()),
            _ => None,
        };
        let Some(port) = port else { return Err(tool.refuse(&OPTIONS)) };
        let Ok(port) = port.parse::<u16>() else {
            tool.complain(format_args!("bad port '{port}'"));
            return Err(1);
        };
        tool.system.set_action(Signal::PIPE, Action::Ignore);
        let mut netcat = Netcat {
            listener: None,
            keeps_listening: given.has('k'),
            connection: None,
            unsent: Vec::new(),
            input_ended: false,
            only_looks: given.has('z'),
            loud: given.has('v'),
            place: (words.first().cloned().unwrap_or_default(), port),
            patience: given.value('w').and_then(size::duration),
            until: None,
        };
        if listens {
            match tool.system.listen(std::net::Ipv4Addr::UNSPECIFIED, port) {
                Ok(listener) => netcat.listener = Some(listener),
                Err(errno) => {
                    tool.complain(format_args!("bind: {errno}"));
                    return Err(1);
                }
            }
            if netcat.loud {
                tool.output.push(2, format!("listening on 0.0.0.0:{port} ...\n").as_bytes());
            }
        }
        Ok(netcat)
    }

    fn step(&mut self, tool: &mut Tool<'_, '_>) -> Next {
        let now = tool.system.now();
        if let Some(until) = self.until {
            if now < until {
                return Next::Wait(Wait::Until(until));
            }
            tool.complain("timed out");
            return Next::Exit(1);
        }
        let Some(connection) = self.connection else { return self.open(tool) };
        match tool.system.read(connection, 65_536) {
            Ok(Read::Data(bytes)) => {
                tool.out(bytes);
                return Next::Again;
            }
            Ok(Read::EndOfFile) | Err(_) => {
                tool.system.close(connection);
                self.connection = None;
                self.input_ended = false;
                return if self.keeps_listening && self.listener.is_some() { Next::Again } else { Next::Exit(0) };
            }
            Ok(Read::WouldBlock) => {}
        }
        let mut waits = vec![Wait::Readable(connection)];
        if !self.unsent.is_empty() {
            match tool.system.write(connection, &self.unsent) {
                Ok(Write::Wrote(count)) => {
                    self.unsent.drain(..count);
                    return Next::Again;
                }
                Ok(Write::WouldBlock) => waits.push(Wait::Writable(connection)),
                Err(_) => return Next::Exit(1),
            }
        } else if !self.input_ended {
            match tool.system.read(0, 65_536) {
                Ok(Read::Data(bytes)) => {
                    self.unsent = bytes;
                    return Next::Again;
                }
                Ok(Read::WouldBlock) => waits.push(Wait::Readable(0)),
                Ok(Read::EndOfFile) | Err(_) => {
                    // The other side is not told: connections of the model have no half-close. With `-w` it ends.
                    self.input_ended = true;
                    return Next::Again;
                }
            }
        } else if let Some(patience) = self.patience {
            waits.push(Wait::Until(now + patience));
            self.patience = Some(std::time::Duration::ZERO);
            if patience.is_zero() {
                return Next::Exit(0);
            }
        }
        Next::Wait(Wait::Any(waits))
    }
}

impl Netcat {
    fn open(&mut self, tool: &mut Tool<'_, '_>) -> Next {
        if let Some(listener) = self.listener {
            return match tool.system.accept(listener) {
                Ok(Some(connection)) => {
                    if !self.keeps_listening {
                        tool.system.close(listener);
                        self.listener = None;
                    }
                    self.connection = Some(connection);
                    Next::Again
                }
                Ok(None) => Next::Wait(Wait::Readable(listener)),
                Err(errno) => {
                    tool.complain(errno);
                    Next::Exit(1)
                }
            };
        }
        let (host, port) = self.place.clone();
        let Some(address) = tool.system.lookup_host(&host) else {
            let gnu = format!("getaddrinfo for host \"{host}\" port {port}: Name or service not known");
            let text = tool.wording(format!("bad address '{host}'"), gnu);
            tool.complain(text);
            return Next::Exit(1);
        };
        match tool.system.connect(address, port) {
            Ok(connection) => {
                if self.loud {
                    let gnu = format!("Connection to {host} ({address}) {port} port [tcp/*] succeeded!\n");
                    let text = tool.wording(format!("{host} ({address}:{port}) open\n"), gnu);
                    tool.output.push(2, text.as_bytes());
                }
                if self.only_looks {
                    return Next::Exit(0);
                }
                self.connection = Some(connection);
                Next::Again
            }
            Err(Errno::ETIMEDOUT) => {
                let time = self.patience.unwrap_or(std::time::Duration::from_secs(127));
                self.until = Some(tool.system.now() + time);
                Next::Again
            }
            Err(errno) => {
                let gnu = format!("connect to {host} ({address}) port {port} (tcp) failed: {errno}");
                let text = match (self.loud, tool.is_gnu()) {
                    (true, true) => gnu,
                    (false, true) => return Next::Exit(1),
                    (true, false) => format!("{host} ({address}:{port}): {errno}"),
                    (false, false) => format!("can't connect to remote host ({address}): {errno}"),
                };
                tool.complain(text);
                Next::Exit(1)
            }
        }
    }
}
