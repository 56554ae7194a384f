//! A web application that serves: Flask's own server, and the workers of gunicorn.
//!
//! Promises: one request at a time for each process, each for as long as the application works on it; requests that come meanwhile wait
//! where they came in. Log lines are those of Werkzeug and gunicorn. Must not know what the application does.

use std::net::Ipv4Addr;
use std::time::Duration;

use super::session::{Session, Stop};
use super::traceback;
use super::web::{asked, reason};
use crate::world::clock::Time;
use crate::world::process::descriptor::{OpenFile, Read, Write};
use crate::world::process::program::{Balance, Service, Spread};
use crate::world::process::service::http::{self, HEAD_LIMIT};
use crate::world::process::tools::size::date;
use crate::world::process::{System, Wait};

/// The longest request that is taken, in bytes.
const REQUEST_LIMIT: usize = 1 << 20;

/// Connections that may wait to be taken (`socketserver.TCPServer.request_queue_size` as Werkzeug sets it; gunicorn's `--backlog`).
const FLASK_BACKLOG: u32 = 128;
const GUNICORN_BACKLOG: u32 = 2_048;

/// Whose server it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    Flask,
    Gunicorn,
}

/// A connection that is answered.
#[derive(Clone, Debug)]
struct Exchange {
    descriptor: u32,
    received: Vec<u8>,
    answer: Option<Answer>,
}

#[derive(Clone, Debug)]
struct Answer {
    bytes: Vec<u8>,
    /// When it has been worked out.
    ready: Time,
    /// What is logged when it is sent.
    log: String,
}

/// A process that serves.
#[derive(Clone, Debug)]
pub struct Server {
    style: Style,
    listener: u32,
    exchange: Option<Exchange>,
}

impl Server {
    /// A server on a descriptor that listens.
    pub fn new(style: Style, listener: u32) -> Server {
        Server { style, listener, exchange: None }
    }

    /// Whether it works on a request.
    pub fn is_busy(&self) -> bool {
        self.exchange.is_some()
    }

    /// Takes, works on and answers requests as far as it can now; gives what to wait for.
    ///
    /// # Errors
    /// What ends the program: `sys.exit` in a function of the application.
    pub fn serve(&mut self, system: &mut System<'_>, session: &mut Session) -> Result<Wait, Stop> {
        loop {
            let Some(exchange) = &mut self.exchange else {
                match system.accept(self.listener) {
                    Ok(Some(descriptor)) => {
                        self.exchange = Some(Exchange { descriptor, received: Vec::new(), answer: None });
                        continue;
                    }
                    _ => return Ok(Wait::Readable(self.listener)),
                }
            };
            if let Some(answer) = &mut exchange.answer {
                if system.now() < answer.ready {
                    return Ok(Wait::Until(answer.ready));
                }
                let descriptor = exchange.descriptor;
                match system.write(descriptor, &answer.bytes) {
                    Ok(Write::Wrote(count)) if count < answer.bytes.len() => {
                        answer.bytes.drain(..count);
                        continue;
                    }
                    Ok(Write::WouldBlock) => return Ok(Wait::Writable(descriptor)),
                    // A client that is gone needs no answer.
                    Ok(Write::Wrote(_)) | Err(_) => {}
                }
                system.complain(&answer.log);
                system.close(descriptor);
                self.exchange = None;
                continue;
            }
            match system.read(exchange.descriptor, 65_536) {
                Ok(Read::Data(bytes)) => exchange.received.extend(bytes),
                Ok(Read::WouldBlock) => return Ok(Wait::Readable(exchange.descriptor)),
                Ok(Read::EndOfFile) | Err(_) => {
                    system.close(exchange.descriptor);
                    self.exchange = None;
                    continue;
                }
            }
            let received = std::mem::take(&mut exchange.received);
            match self.work(system, session, &received)? {
                Some(answer) => {
                    if let Some(exchange) = &mut self.exchange {
                        exchange.answer = Some(answer);
                    }
                }
                None if received.len() > REQUEST_LIMIT.max(HEAD_LIMIT) => {
                    if let Some(exchange) = self.exchange.take() {
                        system.close(exchange.descriptor);
                    }
                }
                None => {
                    if let Some(exchange) = &mut self.exchange {
                        exchange.received = received;
                    }
                }
            }
        }
    }

    /// How a request is answered, for who reckons with many: the application works on it, and what it prints is not kept.
    pub fn service(&self, system: &mut System<'_>, session: &mut Session, request: &[u8]) -> Option<Service> {
        let (request, _) = http::next(request)?;
        let (work, sleep, printed) = (session.work, session.sleep, session.output.len());
        (session.work, session.sleep) = (Duration::ZERO, Duration::ZERO);
        let replied = session.answer(system, asked(&request, b""));
        let taken = (session.work, session.sleep);
        (session.work, session.sleep) = (work, sleep);
        session.output.truncate(printed);
        session.errors.clear();
        let (reply, _) = replied.ok()?;
        Some(Service {
            work: taken.0,
            idle: taken.1,
            spread: Spread::Fixed,
            at_once: 1,
            backlog: if self.style == Style::Flask { FLASK_BACKLOG } else { GUNICORN_BACKLOG },
            status: reply.code,
            bytes: reply.body.len() as u64,
            upstream: Vec::new(),
            balance: Balance::RoundRobin,
        })
    }

    /// The log lines of requests that were answered elsewhere; gunicorn writes none.
    pub fn log(&self, system: &System<'_>, request: &[u8], client: Ipv4Addr, answers: &[(u16, u64)]) -> String {
        let Some((request, _)) = http::next(request).filter(|_| self.style == Style::Flask) else {
            return String::new();
        };
        let stamp = date(system.now(), "%d/%b/%Y %H:%M:%S");
        let line = format!("{client} - - [{stamp}] \"{} {} {}\"", request.method, request.target, request.version);
        answers.iter().map(|(status, _)| format!("{line} {status} -\n")).collect()
    }

    /// Works on a request; none when it is not all there yet.
    fn work(
        &mut self,
        system: &mut System<'_>,
        session: &mut Session,
        received: &[u8],
    ) -> Result<Option<Answer>, Stop> {
        let Some((request, length)) = http::next(received) else { return Ok(None) };
        let body = &received[length.saturating_sub(request.body)..length];
        (session.work, session.sleep) = (Duration::ZERO, Duration::ZERO);
        let (reply, failed) = session.answer(system, asked(&request, body))?;
        let (work, sleep) = (session.work, session.sleep);
        system.spend(work);
        session.flush(system);

        let now = system.now();
        let mut head = format!("HTTP/1.1 {} {}\r\n", reply.code, reason(reply.code));
        let stamp = date(now, "%a, %d %b %Y %H:%M:%S GMT");
        let length = reply.body.len();
        match self.style {
            Style::Flask => {
                let version = session.imported.get("werkzeug").cloned().flatten().unwrap_or_else(|| "3.1.3".to_owned());
                let python = &session.interpreter.version;
                head.push_str(&format!("Server: Werkzeug/{version} Python/{python}\r\nDate: {stamp}\r\n"));
                head.push_str(&format!("Content-Type: {}\r\n{}", reply.kind, reply.headers));
                head.push_str(&format!("Content-Length: {length}\r\nConnection: close\r\n\r\n"));
            }
            Style::Gunicorn => {
                head.push_str(&format!("Server: gunicorn\r\nDate: {stamp}\r\nConnection: close\r\n"));
                head.push_str(&format!("Content-Type: {}\r\n{}", reply.kind, reply.headers));
                head.push_str(&format!("Content-Length: {length}\r\n\r\n"));
            }
        }
        let mut bytes = head.into_bytes();
        if request.method != "HEAD" {
            bytes.extend(&reply.body);
        }
        let mut log = String::new();
        if let Some(stop) = failed {
            let stamp = date(now, "%Y-%m-%d %H:%M:%S,000");
            let line = format!("[{stamp}] ERROR in app: Exception on {} [{}]\n", request.path(), request.method);
            log.push_str(&line);
            log.push_str(&traceback::text(system, session, &stop));
        }
        if self.style == Style::Flask {
            let client = client(system, self.exchange.as_ref().map_or(0, |exchange| exchange.descriptor));
            let stamp = date(now, "%d/%b/%Y %H:%M:%S");
            let line = format!("{} {} {}", request.method, request.target, request.version);
            log.push_str(&format!("{client} - - [{stamp}] \"{line}\" {} -\n", reply.code));
        }
        Ok(Some(Answer { bytes, ready: now + work + sleep, log }))
    }
}

fn client(system: &System<'_>, descriptor: u32) -> String {
    let Some(OpenFile::Socket { connection, .. }) = system.open_file(descriptor) else { return "-".to_owned() };
    let connection = system.look().networks.connections.get(connection);
    connection.map_or_else(|| "-".to_owned(), |connection| connection.client_address.to_string())
}
