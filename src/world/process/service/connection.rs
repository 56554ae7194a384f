//! One connection of a service: what came, what is to be sent, and the answer in the service's protocol.

use super::definition::{AccessLog, Protocol};
use super::http::{self, Found};
use super::nginx::proxy::{self, Exchange, Peers};
use super::nginx::{Action, Site};
use super::redis::{self, Database};
use crate::world::filesystem::errno::Errno;
use crate::world::process::System;
use crate::world::process::descriptor::{OpenFile, Read, Write};

/// Bytes that are read at once.
const CHUNK: usize = 65_536;

/// A connection that was accepted.
#[derive(Clone, Debug)]
pub struct Connection {
    pub descriptor: u32,
    input: Vec<u8>,
    output: Vec<u8>,
    closing: bool,
    number: u64,
    /// A request that was passed on to another server, and is not answered yet.
    passed: Option<Box<(Exchange, http::Request)>>,
}

/// What a service has at hand to answer with.
#[derive(Debug)]
pub struct Service<'s> {
    pub protocol: &'s Protocol,
    /// The value of HTTP's `Server` header.
    pub server: &'s str,
    /// The directory that is served.
    pub root: &'s str,
    pub database: &'s mut Database,
    /// Lines for the access log, and for standard error.
    pub log: &'s mut Vec<String>,
    pub errors: &'s mut Vec<String>,
    /// What the configuration says, and how the servers behind it stand.
    pub site: Option<&'s Site>,
    pub peers: &'s mut Peers,
}

/// Whether a connection goes on.
#[derive(Debug, PartialEq, Eq)]
pub enum State {
    /// It waits for the client.
    Open,
    /// It has something to send and the client does not take it.
    Blocked,
    /// It waits for another server: for this descriptor to be readable, or writable.
    Asks(u32, bool),
    Closed,
}

impl Connection {
    /// A connection on this descriptor, the service's so-and-so-many-th.
    pub fn new(descriptor: u32, number: u64) -> Connection {
        Connection { descriptor, input: Vec::new(), output: Vec::new(), closing: false, number, passed: None }
    }

    /// Reads, answers and writes what can be done now.
    pub fn serve(&mut self, system: &mut System<'_>, service: &mut Service<'_>) -> State {
        loop {
            match self.send(system) {
                State::Open if self.closing => return State::Closed,
                State::Open => {}
                other => return other,
            }
            if self.passed.is_some() {
                if let Some(state) = self.pass_on(system, service) {
                    return state;
                }
                // Requests that came meanwhile have their turn.
                self.answer(system, service);
                continue;
            }
            match system.read(self.descriptor, CHUNK) {
                Ok(Read::Data(bytes)) => self.input.extend(bytes),
                Ok(Read::WouldBlock) => return State::Open,
                Ok(Read::EndOfFile) | Err(_) => return State::Closed,
            }
            self.answer(system, service);
        }
    }

    fn send(&mut self, system: &mut System<'_>) -> State {
        while !self.output.is_empty() {
            match system.write(self.descriptor, &self.output) {
                Ok(Write::Wrote(count)) => drop(self.output.drain(..count)),
                Ok(Write::WouldBlock) => return State::Blocked,
                Err(_) => return State::Closed,
            }
        }
        State::Open
    }

    fn answer(&mut self, system: &System<'_>, service: &mut Service<'_>) {
        match service.protocol {
            Protocol::Silent => self.input.clear(),
            Protocol::Redis => self.answer_redis(service),
            Protocol::Http(http) => self.answer_http(system, service, http.access_log, &http.index),
            Protocol::Postgres => self.answer_postgres(),
        }
    }

    fn answer_redis(&mut self, service: &mut Service<'_>) {
        while !self.input.is_empty() && !self.closing {
            match redis::next(&self.input) {
                redis::Request::Command(words, length) => {
                    self.input.drain(..length);
                    let (reply, ends) = service.database.answer(&words);
                    self.output.extend(reply.as_bytes());
                    self.closing = ends;
                }
                redis::Request::Incomplete => return,
                redis::Request::Broken => {
                    self.output.extend(b"-ERR Protocol error: invalid multibulk length\r\n");
                    self.closing = true;
                }
            }
        }
    }

    fn answer_http(&mut self, system: &System<'_>, service: &mut Service<'_>, style: AccessLog, index: &str) {
        while !self.closing && self.passed.is_none() {
            let Some((request, length)) = http::next(&self.input) else {
                if self.input.len() > http::HEAD_LIMIT {
                    self.output.extend(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
                    self.closing = true;
                }
                return;
            };
            let body = self.input[length.saturating_sub(request.body)..length].to_vec();
            self.input.drain(..length);
            let now = system.now();
            let path = request.path();
            let location = service.site.and_then(|site| site.location(&path));
            let (root, index) = match location.map(|location| (&location.action, location)) {
                Some((Action::Pass(pass), location)) => {
                    self.passed = Some(Box::new((Exchange::new(pass, &location.path, &request, &body), request)));
                    return;
                }
                Some((Action::Return { code, text }, _)) => {
                    let text = (*code < 400 || !text.is_empty()).then_some(text.as_str());
                    let answer = http::short(&request, *code, text, service.server, now);
                    self.give(system, service, &request, &answer, style);
                    continue;
                }
                Some((Action::Files { root, index }, _)) => (root.as_str(), index.as_str()),
                None => (service.root, index),
            };
            let found = find(system, root, &path, index);
            let answer = http::answer(&request, &found, service.server, style, now);
            if style == AccessLog::NginxMain
                && let Some(line) = self.nginx_error(system, service, &found, &request)
            {
                service.errors.push(line);
            }
            self.give(system, service, &request, &answer, style);
        }
    }

    fn give(
        &mut self,
        system: &System<'_>,
        service: &mut Service<'_>,
        request: &http::Request,
        answer: &http::Answer,
        style: AccessLog,
    ) {
        service.log.extend(http::log_line(request, answer, &self.client(system), style, system.now()));
        self.output.extend(&answer.bytes);
        self.closing = !answer.keep;
    }

    /// Goes on with a request that was passed on. Gives what to wait for; nothing once it was answered.
    fn pass_on(&mut self, system: &mut System<'_>, service: &mut Service<'_>) -> Option<State> {
        let mut passed = self.passed.take()?;
        let (exchange, request) = &mut *passed;
        let mut failures = Vec::new();
        let progress = exchange.go_on(system, service.peers, &mut failures);
        let now = system.now();
        for failure in failures {
            let (what, upstream) = failure.split_once('\0').unwrap_or((&failure, ""));
            let target = request.target.clone();
            let line = self.error_line(system, request, &format!("*{} {what}", self.number));
            let host = line.rfind(", host: ").unwrap_or(line.len());
            service.errors.push(format!("{}, upstream: \"{upstream}{target}\"{}", &line[..host], &line[host..]));
        }
        let answer = match progress {
            proxy::Progress::Reads(descriptor) => {
                self.passed = Some(passed);
                return Some(State::Asks(descriptor, false));
            }
            proxy::Progress::Writes(descriptor) => {
                self.passed = Some(passed);
                return Some(State::Asks(descriptor, true));
            }
            proxy::Progress::Answer(bytes) => {
                proxy::handed_on(&bytes, service.server, &http::http_date(now), request.keep)
                    .map(|(code, bytes, length)| http::Answer { code, length, bytes, keep: request.keep })
            }
            proxy::Progress::Failed => None,
        };
        let answer = answer.unwrap_or_else(|| http::short(request, 502, None, service.server, now));
        self.give(system, service, request, &answer, AccessLog::NginxMain);
        None
    }

    /// A line of nginx's error log.
    fn error_line(&self, system: &System<'_>, request: &http::Request, what: &str) -> String {
        let date = crate::world::process::tools::size::date(system.now(), "%Y/%m/%d %H:%M:%S");
        let (pid, client) = (system.pid(), self.client(system));
        let host = request.host.as_deref().unwrap_or("localhost");
        let line = format!("{} {} {}", request.method, request.target, request.version);
        format!(
            "{date} [error] {pid}#{pid}: {what}, client: {client}, server: localhost, request: \"{line}\", host: \"{host}\""
        )
    }

    /// nginx's error log line for a file that it cannot serve.
    fn nginx_error(
        &self,
        system: &System<'_>,
        service: &Service<'_>,
        found: &Found,
        request: &http::Request,
    ) -> Option<String> {
        let path = format!("{}{}", service.root, request.path());
        let what = match found {
            Found::Missing => format!("open() \"{path}\" failed (2: No such file or directory)"),
            Found::Listing(_) | Found::Forbidden if path.ends_with('/') => {
                format!("directory index of \"{path}\" is forbidden")
            }
            Found::Forbidden => format!("open() \"{path}\" failed (13: Permission denied)"),
            _ => return None,
        };
        Some(self.error_line(system, request, &format!("*{} {what}", self.number)))
    }

    /// The start-up message asks for a user; a server without one refuses (PostgreSQL, «Message Formats»).
    fn answer_postgres(&mut self) {
        if self.input.len() < 8 {
            return;
        }
        // A request for SSL (code 80877103) is declined first.
        if self.input[4..8] == [0x04, 0xd2, 0x16, 0x2f] {
            self.output.push(b'N');
            self.input.drain(..8);
            return;
        }
        let fields = "SFATAL\0VFATAL\0C28000\0Mno password supplied: Layerlab models no queries\0\0";
        let length = u32::try_from(fields.len() + 4).unwrap_or(4);
        self.output.push(b'E');
        self.output.extend(length.to_be_bytes());
        self.output.extend(fields.as_bytes());
        self.closing = true;
    }

    /// The client's address.
    fn client(&self, system: &System<'_>) -> String {
        let Some(OpenFile::Socket { connection, .. }) = system.open_file(self.descriptor) else {
            return "-".to_owned();
        };
        let connection = system.look().networks.connections.get(connection);
        connection.map_or_else(|| "-".to_owned(), |connection| connection.client_address.to_string())
    }
}

/// Looks for a path of the site among the files; `index` are the names that a directory answers with, parted by spaces.
pub fn find(system: &System<'_>, root: &str, path: &str, index: &str) -> Found {
    let full = format!("{}{path}", root.trim_end_matches('/'));
    let failed = |errno| if errno == Errno::EACCES { Found::Forbidden } else { Found::Missing };
    let status = match system.status(&full, true) {
        Ok(status) => status,
        Err(errno) => return failed(errno),
    };
    if !status.entry.node.is_directory() {
        if path.ends_with('/') {
            return Found::Missing;
        }
        return match system.read_file(&full) {
            Ok(bytes) => Found::File { bytes, modified: status.entry.metadata.modified, name: full },
            Err(errno) => failed(errno),
        };
    }
    if !path.ends_with('/') {
        return Found::NeedsSlash;
    }
    let is_file = |file: &String| system.status(file, true).is_ok_and(|status| !status.entry.node.is_directory());
    if let Some(file) = index.split_whitespace().map(|name| format!("{full}{name}")).find(is_file) {
        return match (system.read_file(&file), system.status(&file, true)) {
            (Ok(bytes), Ok(status)) => Found::File { bytes, modified: status.entry.metadata.modified, name: file },
            (Err(errno), _) | (_, Err(errno)) => failed(errno),
        };
    }
    let names = system.list(&full).unwrap_or_default();
    let with_slash = |name: &String| {
        let is_directory = system.status(&format!("{full}{name}"), true).is_ok_and(|s| s.entry.node.is_directory());
        if is_directory { format!("{name}/") } else { name.clone() }
    };
    Found::Listing(names.iter().map(with_slash).collect())
}
