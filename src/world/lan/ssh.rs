//! `ssh`: a shell, or one command, on another machine.
//!
//! Promises: the words and exit codes of OpenSSH 9.6 (ssh(1)); keys are there already, so nobody is asked for a password. What is
//! not modelled is refused. Must not know what is run.

use std::net::Ipv4Addr;

use super::calls::CallId;
use crate::world::context::Seat;
use crate::world::process::descriptor::{OpenFile, Read, Stream};
use crate::world::process::tools::call::{Call, Flavour, Tool};
use crate::world::process::tools::options::Options;
use crate::world::process::tools::shape::{Machine, Next, machine};
use crate::world::process::{Invocation, ProgramTable, Wait};

/// What `ssh` exits with when there is no connection, or it breaks (ssh(1), «EXIT STATUS»).
const FAILED: i32 = 255;
/// The only one who can log in.
const USER: &str = "root";
const USAGE: &str = "\
usage: ssh [-46AaCfGgKkMNnqsTtVvXxYy] [-B bind_interface] [-b bind_address]
           [-c cipher_spec] [-D [bind_address:]port] [-E log_file]
           [-e escape_char] [-F configfile] [-I pkcs11] [-i identity_file]
           [-J destination] [-L address] [-l login_name] [-m mac_spec]
           [-O ctl_cmd] [-o option] [-P tag] [-p port] [-R address]
           [-S ctl_path] [-W host:port] [-w local_tun[:remote_tun]]
           destination [command [argument ...]]
       ssh [-Q query_option]
";

/// Adds `ssh` to a table.
pub(super) fn register(table: &mut ProgramTable) {
    table.insert("ssh", |invocation: &Invocation| machine::<Ssh>(Call::new(invocation, Flavour::Gnu)));
}

/// A machine that somebody wants to log in to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Destination {
    /// As it was written, without the user.
    pub host: String,
    /// The machine's name.
    pub machine: String,
}

/// Finds where `[user@]host` leads, or says why it leads nowhere.
pub(super) fn destination(tool: &mut Tool<'_, '_>, written: &str, user: Option<&str>) -> Result<Destination, i32> {
    let (named, host) = match written.rsplit_once('@') {
        Some((user, host)) => (Some(user), host),
        None => (user, written),
    };
    let neighbours = &tool.system.context.neighbours;
    let by_address = || {
        let address: Ipv4Addr = host.parse().ok()?;
        neighbours.iter().find(|(_, neighbour)| neighbour.address == address)
    };
    let itself = if host == "localhost" { neighbours.get_key_value(&tool.system.context.machine) } else { None };
    let found = itself.or_else(|| neighbours.get_key_value(host)).or_else(by_address);
    let Some((name, neighbour)) = found.map(|(name, neighbour)| (name.to_string(), neighbour)) else {
        let text = format!("ssh: Could not resolve hostname {host}: Name or service not known\n");
        tool.output.push(2, text.as_bytes());
        return Err(FAILED);
    };
    if !neighbour.logins {
        tool.output.push(2, format!("ssh: connect to host {host} port 22: Connection refused\n").as_bytes());
        return Err(FAILED);
    }
    if let Some(user) = named.filter(|user| *user != USER) {
        tool.output.push(2, format!("{user}@{host}: Permission denied (publickey).\n").as_bytes());
        return Err(FAILED);
    }
    Ok(Destination { host: host.to_owned(), machine: name })
}

/// `ssh` under way.
#[derive(Clone, Debug)]
struct Ssh {
    call: CallId,
    host: String,
    /// Whether it says at the end that the connection is closed.
    tells: bool,
    /// Whether its own input is still read.
    reads: bool,
    /// Whether its input is typed: one types only when somebody asks.
    typed: bool,
}

fn console(tool: &Tool<'_, '_>, descriptor: u32) -> Option<Seat> {
    match tool.system.open_file(descriptor) {
        Some(OpenFile::Console { seat, terminal: true, .. }) => Some(*seat),
        _ => None,
    }
}

impl Machine for Ssh {
    fn start(tool: &mut Tool<'_, '_>) -> Result<Ssh, i32> {
        const OPTIONS: Options =
            Options::short("", "+46tTnql:p:o:", "AaBbcCDEeFfGgIiJKkLMmNOPQRSsVvWwXxYy").failing_with(FAILED);
        let given = tool.options(&OPTIONS)?;
        let mut words = given.operands.iter();
        let Some(written) = words.next() else {
            tool.output.push(2, USAGE.as_bytes());
            return Err(FAILED);
        };
        if let Some(port) = given.value('p').filter(|port| *port != "22") {
            let host = written.rsplit_once('@').map_or(written.as_str(), |(_, host)| host);
            tool.output.push(2, format!("ssh: connect to host {host} port {port}: Connection refused\n").as_bytes());
            return Err(FAILED);
        }
        for option in given.values('o') {
            let known = ["StrictHostKeyChecking", "BatchMode", "ConnectTimeout", "LogLevel"];
            if !known.iter().any(|name| option.split(['=', ' ']).next() == Some(name)) {
                tool.not_modelled(format_args!("-o {option}"));
                return Err(FAILED);
            }
        }
        let destination = destination(tool, written, given.value('l'))?;
        let command = words.cloned().collect::<Vec<_>>().join(" ");
        let command = (!command.is_empty()).then_some(command);
        let wanted = match given.last_of("tT") {
            Some('T') => false,
            Some(_) => true,
            None => command.is_none(),
        };
        let seat = console(tool, 0).filter(|_| wanted);
        if wanted && seat.is_none() && given.last_of("tT") == Some('t') {
            let text = "Pseudo-terminal will not be allocated because stdin is not a terminal.\n";
            tool.output.push(2, text.as_bytes());
        }
        let typed = matches!(tool.system.open_file(0), Some(OpenFile::Console { .. }));
        let Some(call) = tool.system.call(&destination.machine, command, seat) else { return Err(FAILED) };
        Ok(Ssh {
            call,
            host: destination.host,
            tells: seat.is_some() && !given.has('q'),
            reads: seat.is_none() && !given.has('n'),
            typed,
        })
    }

    fn step(&mut self, tool: &mut Tool<'_, '_>) -> Next {
        let news = tool.system.call_news(self.call);
        for (stream, bytes) in &news.output {
            tool.output.push(if *stream == Stream::Stdout { 1 } else { 2 }, bytes);
        }
        if let Some(code) = news.ended {
            if self.tells {
                tool.output.push(2, format!("Connection to {} closed.\n", self.host).as_bytes());
            }
            return Next::Exit(code);
        }
        if !news.output.is_empty() {
            return Next::Again;
        }
        if !self.reads || news.room == 0 || (self.typed && !news.reads) {
            return Next::Wait(Wait::Engine);
        }
        match tool.system.read(0, news.room) {
            Ok(Read::Data(bytes)) => {
                tool.system.call_input(self.call, Some(&bytes));
                if self.typed { Next::Wait(Wait::Engine) } else { Next::Again }
            }
            Ok(Read::WouldBlock) => Next::Wait(Wait::Any(vec![Wait::Readable(0), Wait::Engine])),
            Ok(Read::EndOfFile) | Err(_) => {
                self.reads = false;
                tool.system.call_input(self.call, None);
                Next::Again
            }
        }
    }
}
