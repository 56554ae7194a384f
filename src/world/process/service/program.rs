//! The program that runs a service's definition: start-up, log, listening, answers, memory, children, signals.
//!
//! Promises: everything it does follows from the definition, the virtual clock and what clients send; a turn is
//! bounded. Must not know containers.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use super::Services;
use super::connection::{Connection, Service, State};
use super::definition::{ChildCount, LogLine, Mode, Piece, Placeholder, Protocol, ServiceDefinition, Stream};
use super::nginx::proxy::Peers;
use super::nginx::{Site, command};
use super::redis::Database;
use super::under_load;
use super::worker::Worker;
use crate::world::clock::Time;
use crate::world::process::descriptor::OpenOptions;
use crate::world::process::program;
use crate::world::process::signal::Action;
use crate::world::process::system::WaitChild;
use crate::world::process::tools::accounts::Accounts;
use crate::world::process::tools::size::date;
use crate::world::process::{Credentials, Invocation, Program, ProgramTable, Progress, Signal, System, Wait};

/// Most connections that a service holds at once.
const CONNECTION_LIMIT: usize = 512;

/// Adds the services' programs to a table, under their own names. They are in images, not on hosts.
pub fn register(table: &mut ProgramTable, services: &Arc<Services>) {
    for name in services.names() {
        let (services, name) = (services.clone(), name.to_owned());
        table.insert_for_images(name.clone(), move |invocation: &Invocation| {
            let definition = services.get(&name).and_then(Result::ok);
            Box::new(ServiceProgram::new(definition, invocation))
        });
    }
}

/// The program of a service as it is called; none if the service is not described for these arguments.
pub fn program_of(services: &Services, name: &str, invocation: &Invocation) -> Option<Box<dyn Program>> {
    let definition = services.get(name)?.ok()?;
    definition.mode(invocation.operands())?;
    Some(Box::new(ServiceProgram::new(Some(definition), invocation)))
}

/// What a signal began.
#[derive(Clone, Copy, Debug)]
struct Reacting {
    signal: Signal,
    since: Time,
    /// Lines of its log that are written.
    written: usize,
}

/// A running service.
#[derive(Clone, Debug)]
struct ServiceProgram {
    definition: Option<Arc<ServiceDefinition>>,
    arguments: Vec<String>,
    environment: Vec<String>,
    mode: usize,
    started: Option<Time>,
    ready: bool,
    written: usize,
    port: u16,
    listener: Option<u32>,
    connections: Vec<Connection>,
    accepted: u64,
    children: Vec<u32>,
    reacting: Option<Reacting>,
    database: Database,
    access_log: u32,
    memory: u64,
    /// What the configuration says, where there is one.
    site: Option<Arc<Site>>,
    peers: Peers,
}

impl ServiceProgram {
    fn new(definition: Option<Arc<ServiceDefinition>>, invocation: &Invocation) -> ServiceProgram {
        ServiceProgram {
            definition,
            arguments: invocation.operands().to_vec(),
            environment: invocation.environment.clone(),
            mode: 0,
            started: None,
            ready: false,
            written: 0,
            port: 0,
            listener: None,
            connections: Vec::new(),
            accepted: 0,
            children: Vec::new(),
            reacting: None,
            database: Database::default(),
            access_log: 2,
            memory: 0,
            site: None,
            peers: Peers::default(),
        }
    }

    /// Chooses the mode and asks for the signals that it reacts to.
    fn begin(&mut self, system: &mut System<'_>, definition: &ServiceDefinition) -> Result<(), i32> {
        let fits = |mode: &Mode| self.arguments.starts_with(&mode.arguments);
        let Some(mode) = definition.modes.iter().position(fits) else {
            let words = self.arguments.join(" ");
            system.complain(&format!("{}: called with '{words}' it is not modelled in Layerlab\n", definition.name));
            return Err(1);
        };
        self.mode = mode;
        self.started = Some(system.now());
        let mode = &definition.modes[mode];
        if mode.configured {
            self.site = Some(Arc::new(command::begin(system, &self.arguments)?));
        }
        for signal in mode.signals.keys() {
            system.set_action(*signal, Action::Catch);
        }
        system.set_action(Signal::CHLD, Action::Catch);
        // A client that goes away is no reason to end.
        system.set_action(Signal::PIPE, Action::Ignore);
        if let Some(listen) = &mode.listen {
            self.port = listen.port;
            let option = listen.port_option.as_ref().and_then(|option| {
                let at = self.arguments.iter().position(|argument| argument == option)?;
                self.arguments.get(at + 1)
            });
            let operand = self.arguments.get(mode.arguments.len()..).and_then(<[String]>::last);
            let given = option.or(operand.filter(|_| listen.port_operand));
            if let Some(port) = given.and_then(|text| text.parse().ok()) {
                self.port = port;
            }
            if let Some(site) = &self.site {
                self.port = site.port;
            }
        }
        Ok(())
    }

    /// The start-up is over: files, children, listening.
    fn become_ready(
        &mut self,
        system: &mut System<'_>,
        definition: &ServiceDefinition,
        mode: &Mode,
    ) -> Result<(), i32> {
        self.ready = true;
        for path in &mode.creates {
            let number = format!("{}\n", system.pid());
            let text = if path.ends_with(".pid") { number.as_bytes() } else { b"" };
            // Where the disk is read-only, the service goes on without the file.
            let _ = system.write_file(path, text);
        }
        if let Some(listen) = &mode.listen {
            match system.listen(listen.address, self.port) {
                Ok(descriptor) => self.listener = Some(descriptor),
                Err(errno) => {
                    let (name, port) = (&definition.name, self.port);
                    system.complain(&format!("{name}: bind() to {}:{port} failed ({errno})\n", listen.address));
                    return Err(1);
                }
            }
        }
        if let Protocol::Http(http) = &mode.protocol
            && let Some(path) = &http.access_log_file
        {
            self.access_log = match system.read_link(path).as_deref() {
                Ok("/dev/stdout") => 1,
                Ok("/dev/stderr") => 2,
                _ => system.open(path, OpenOptions::APPEND).unwrap_or(2),
            };
        }
        // Who has workers calls itself their master (nginx writes over its arguments).
        if let Some(name) = mode.children.iter().find_map(|child| child.title.strip_suffix(": worker process")) {
            let words = system.arguments().join(" ");
            system.set_title(&format!("{name}: master process {words}"));
        }
        let accounts = Accounts::read(system);
        for child in &mode.children {
            let count = match child.count {
                ChildCount::Fixed(count) => u32::from(count),
                ChildCount::PerCpu => system.machine().hardware.cpus,
            };
            let user = child.user.as_ref().and_then(|name| accounts.user_named(name));
            let credentials = user.map(|user| Credentials::new(user.uid, user.gid, vec![user.gid]));
            for _ in 0..count {
                let worker = Worker::new(&child.title, child.memory, credentials.clone());
                // At the limit of processes, the service goes on with fewer.
                if let Ok(number) = system.fork(Box::new(worker), false) {
                    self.children.push(number);
                }
            }
        }
        Ok(())
    }

    fn render(&self, system: &System<'_>, text: &[Piece], child: u32, signal: Option<Signal>) -> String {
        let now = system.now();
        let milliseconds = now.nanoseconds().rem_euclid(1_000_000_000) / 1_000_000;
        let piece = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Placeholder(placeholder) => match placeholder {
                Placeholder::Pid => system.pid().to_string(),
                Placeholder::Child => child.to_string(),
                Placeholder::Cpus => system.machine().hardware.cpus.to_string(),
                Placeholder::Kernel => system.look().release.to_string(),
                Placeholder::Port => self.port.to_string(),
                Placeholder::Signal => signal.map_or(0, Signal::number).to_string(),
                Placeholder::ClockNginx => date(now, "%Y/%m/%d %H:%M:%S"),
                Placeholder::ClockRedis => format!("{}.{milliseconds:03}", date(now, "%d %b %Y %H:%M:%S")),
                Placeholder::ClockPostgres => format!("{}.{milliseconds:03} UTC", date(now, "%Y-%m-%d %H:%M:%S")),
                Placeholder::Environment(name) => {
                    let value = |pair: &String| pair.strip_prefix(name.as_str())?.strip_prefix('=').map(str::to_owned);
                    self.environment.iter().rev().find_map(value).unwrap_or_default()
                }
            },
        };
        text.iter().map(piece).collect()
    }

    /// Writes the lines that are due; gives how many are written now.
    fn write_lines(
        &self,
        system: &mut System<'_>,
        lines: &[LogLine],
        written: usize,
        elapsed: Duration,
        signal: Option<Signal>,
    ) -> usize {
        let due = lines.iter().skip(written).take_while(|line| line.after <= elapsed).count();
        for line in lines.iter().skip(written).take(due) {
            let for_children = line.text.contains(&Piece::Placeholder(Placeholder::Child));
            let children: &[u32] = if for_children { &self.children } else { &[0] };
            for child in children {
                let text = format!("{}\n", self.render(system, &line.text, *child, signal));
                match line.stream {
                    Stream::Stdout => system.print(&text),
                    Stream::Stderr => system.complain(&text),
                }
            }
        }
        written + due
    }

    /// Takes and serves connections; gives what to wait for.
    fn serve(&mut self, system: &mut System<'_>, mode: &Mode) -> Vec<Wait> {
        let mut waits = Vec::new();
        if let Some(listener) = self.listener {
            while self.connections.len() < CONNECTION_LIMIT
                && let Ok(Some(descriptor)) = system.accept(listener)
            {
                self.accepted += 1;
                self.connections.push(Connection::new(descriptor, self.accepted));
            }
            if self.connections.len() < CONNECTION_LIMIT {
                waits.push(Wait::Readable(listener));
            }
        }
        if self.connections.is_empty() {
            return waits;
        }
        let (server, root) = match &mode.protocol {
            Protocol::Http(http) => {
                let root = http.root.clone().unwrap_or_else(|| system.working_directory());
                (self.render(system, &http.server, 0, None), root)
            }
            _ => (String::new(), String::new()),
        };
        let (mut log, mut errors) = (Vec::new(), Vec::new());
        let mut service = Service {
            protocol: &mode.protocol,
            server: &server,
            root: root.trim_end_matches('/'),
            database: &mut self.database,
            log: &mut log,
            errors: &mut errors,
            site: self.site.as_deref(),
            peers: &mut self.peers,
        };
        let mut open = Vec::new();
        for mut connection in std::mem::take(&mut self.connections) {
            match connection.serve(system, &mut service) {
                State::Closed => system.close(connection.descriptor),
                state => {
                    waits.push(match state {
                        State::Asks(descriptor, false) => Wait::Readable(descriptor),
                        State::Asks(descriptor, true) => Wait::Writable(descriptor),
                        State::Blocked => Wait::Writable(connection.descriptor),
                        State::Open | State::Closed => Wait::Readable(connection.descriptor),
                    });
                    open.push(connection);
                }
            }
        }
        self.connections = open;
        for line in errors {
            system.complain(&format!("{line}\n"));
        }
        for line in log {
            // A log that cannot be written stops no service.
            let _ = system.write(self.access_log, format!("{line}\n").as_bytes());
        }
        waits
    }

    /// Takes the signals that came.
    fn take_signals(&mut self, system: &mut System<'_>) {
        while let Some(signal) = system.take_signal() {
            if signal == Signal::CHLD {
                while let WaitChild::Ended(number, _) = system.wait_child(None) {
                    self.children.retain(|child| *child != number);
                }
            } else {
                self.reacting = Some(Reacting { signal, since: system.now(), written: 0 });
            }
        }
    }

    fn run(&mut self, system: &mut System<'_>) -> Result<Wait, i32> {
        let Some(definition) = self.definition.clone() else {
            system.complain("the definition of this service cannot be read; `layerlab check` shows why\n");
            return Err(126);
        };
        if self.started.is_none() {
            self.begin(system, &definition)?;
        }
        let (Some(started), Some(mode)) = (self.started, definition.modes.get(self.mode)) else { return Err(1) };
        self.take_signals(system);
        let now = system.now();
        let elapsed = now.since(started);
        let mut waits = Vec::new();

        if elapsed >= mode.start && !self.ready && self.reacting.is_none() {
            self.become_ready(system, &definition, mode)?;
        }
        if self.reacting.is_none() {
            self.written = self.write_lines(system, &mode.log, self.written, elapsed, None);
        }
        let memory = mode.memory_at(elapsed);
        if memory != self.memory {
            self.memory = memory;
            if system.set_memory(memory).is_err() {
                return Err(137);
            }
        }
        if let Some(code) = mode.exit
            && self.ready
            && self.written == mode.log.len()
        {
            return Err(i32::from(code));
        }

        if let Some(mut reacting) = self.reacting
            && let Some(reaction) = mode.signals.get(&reacting.signal)
        {
            let passed = now.since(reacting.since);
            reacting.written = self.write_lines(system, &reaction.log, reacting.written, passed, Some(reacting.signal));
            self.reacting = Some(reacting);
            if passed >= reaction.after {
                match reaction.exit {
                    Some(code) => {
                        for child in std::mem::take(&mut self.children) {
                            // One that has ended already is no matter.
                            let _ = system.kill(i64::from(child), Some(Signal::KILL));
                        }
                        return Err(i32::from(code));
                    }
                    None => {
                        self.reacting = None;
                        if mode.configured
                            && reacting.signal == Signal::HUP
                            && let Some(site) = command::again(system)
                        {
                            (self.site, self.peers) = (Some(Arc::new(site)), Peers::default());
                        }
                    }
                }
            }
            let next = reaction.log.get(reacting.written).map_or(reaction.after, |line| line.after.min(reaction.after));
            if self.reacting.is_some() {
                waits.push(Wait::Until(reacting.since + next));
            }
        }

        if self.ready {
            waits.extend(self.serve(system, mode));
        } else {
            waits.push(Wait::Until(started + mode.start));
        }
        let next_line = mode.log.get(self.written).map(|line| line.after).filter(|_| self.reacting.is_none());
        let next_memory = mode.memory.iter().map(|point| point.after).find(|after| *after > elapsed);
        let due = next_line.into_iter().chain(next_memory).map(|after| Wait::Until(started + after));
        waits.extend(due);
        waits.push(Wait::Signal);
        Ok(Wait::Any(waits))
    }
}

impl Program for ServiceProgram {
    fn resume(&mut self, system: &mut System<'_>) -> Progress {
        match self.run(system) {
            Ok(wait) => Progress::Waiting(wait),
            Err(code) => Progress::Exited(code),
        }
    }

    fn boxed_clone(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }

    fn service(&mut self, system: &mut System<'_>, request: &[u8]) -> Option<program::Service> {
        let definition = self.definition.clone()?;
        self.listener.filter(|_| self.reacting.is_none())?;
        let Protocol::Http(http) = &definition.modes.get(self.mode)?.protocol else { return None };
        let root = http.root.clone().unwrap_or_else(|| system.working_directory());
        under_load::service(system, http, &root, self.site.as_deref(), &self.peers, request)
    }

    fn answered(&mut self, system: &mut System<'_>, request: &[u8], client: Ipv4Addr, answers: &[(u16, u64)]) {
        let Some(definition) = self.definition.clone() else { return };
        let Some(Protocol::Http(http)) = definition.modes.get(self.mode).map(|mode| &mode.protocol) else { return };
        let text = under_load::log(http.access_log, request, client, answers, system.now());
        // A log that cannot be written stops no service.
        let _ = system.write(self.access_log, text.as_bytes());
    }
}
