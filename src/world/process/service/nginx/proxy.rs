//! Requests that are passed on: whom to ask, what to ask, and what to hand back.
//!
//! Promises: servers have their turns; one that cannot be reached is asked no more for ten seconds, and the next is asked instead
//! (`proxy_next_upstream error timeout`, `max_fails=1`, `fail_timeout=10s`: nginx's defaults). Must not know clients.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::time::Duration;

use super::Pass;
use crate::world::clock::Time;
use crate::world::process::System;
use crate::world::process::descriptor::{Read, Write};
use crate::world::process::program::Balance;
use crate::world::process::service::http::Request;

/// How long a server that failed is left alone.
const FAIL_TIMEOUT: Duration = Duration::from_secs(10);
/// The largest answer that is handed on, in bytes.
const ANSWER_LIMIT: usize = 16 << 20;

/// How the servers behind a proxy stand.
#[derive(Clone, Debug, Default)]
pub struct Peers {
    turn: usize,
    /// Until when a server is left alone.
    down: BTreeMap<(Ipv4Addr, u16), Time>,
    busy: BTreeMap<(Ipv4Addr, u16), u32>,
}

/// A request that was passed on.
#[derive(Clone, Debug)]
pub struct Exchange {
    pass: Pass,
    request: Vec<u8>,
    /// How many servers were asked.
    tried: usize,
    peer: Option<(Ipv4Addr, u16)>,
    descriptor: Option<u32>,
    sent: usize,
    received: Vec<u8>,
}

/// How far a request that was passed on is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It waits for this descriptor to be readable, or to take more.
    Reads(u32),
    Writes(u32),
    /// The answer, whole: head and body.
    Answer(Vec<u8>),
    /// No server gave one.
    Failed,
}

impl Exchange {
    /// A request for the servers of a location.
    pub fn new(pass: &Pass, location: &str, request: &Request, body: &[u8]) -> Exchange {
        let target = match &pass.path {
            Some(path) => format!("{path}{}", request.target.strip_prefix(location).unwrap_or(&request.target)),
            None => request.target.clone(),
        };
        let mut head = format!("{} {target} HTTP/1.0\r\nHost: {}\r\nConnection: close\r\n", request.method, pass.host);
        if !body.is_empty() {
            head.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        if let Some(agent) = &request.agent {
            head.push_str(&format!("User-Agent: {agent}\r\n"));
        }
        head.push_str("Accept: */*\r\n\r\n");
        let mut bytes = head.into_bytes();
        bytes.extend(body);
        Exchange {
            pass: pass.clone(),
            request: bytes,
            tried: 0,
            peer: None,
            descriptor: None,
            sent: 0,
            received: Vec::new(),
        }
    }

    /// Goes on as far as it can. A server that fails is told in a line for the error log.
    pub fn go_on(&mut self, system: &mut System<'_>, peers: &mut Peers, failures: &mut Vec<String>) -> Progress {
        loop {
            let Some(descriptor) = self.descriptor else {
                let Some(peer) = peers.choose(&self.pass, self.tried, system.now()) else { return Progress::Failed };
                self.tried += 1;
                self.peer = Some(peer);
                match system.connect(peer.0, peer.1) {
                    Ok(descriptor) => {
                        (self.descriptor, self.sent, self.received) = (Some(descriptor), 0, Vec::new());
                    }
                    Err(errno) => {
                        let number =
                            if errno == crate::world::filesystem::errno::Errno::ECONNREFUSED { 111 } else { 113 };
                        self.fail(
                            system,
                            peers,
                            &format!("connect() failed ({number}: {errno}) while connecting to upstream"),
                            failures,
                        );
                    }
                }
                continue;
            };
            if self.sent < self.request.len() {
                match system.write(descriptor, &self.request[self.sent..]) {
                    Ok(Write::Wrote(count)) => self.sent += count,
                    Ok(Write::WouldBlock) => return Progress::Writes(descriptor),
                    Err(errno) => {
                        self.fail(
                            system,
                            peers,
                            &format!("writev() failed (32: {errno}) while sending request to upstream"),
                            failures,
                        );
                    }
                }
                continue;
            }
            match system.read(descriptor, 65_536) {
                Ok(Read::Data(bytes)) if self.received.len() + bytes.len() <= ANSWER_LIMIT => {
                    self.received.extend(bytes)
                }
                Ok(Read::WouldBlock) => return Progress::Reads(descriptor),
                Ok(Read::EndOfFile | Read::Data(_)) | Err(_) => {
                    let whole = self.received.windows(4).any(|window| window == b"\r\n\r\n");
                    if whole {
                        self.close(system, peers);
                        return Progress::Answer(std::mem::take(&mut self.received));
                    }
                    let text = "upstream prematurely closed connection while reading response header from upstream";
                    self.fail(system, peers, text, failures);
                }
            }
        }
    }

    fn fail(&mut self, system: &mut System<'_>, peers: &mut Peers, what: &str, failures: &mut Vec<String>) {
        if let Some(peer) = self.peer {
            peers.down.insert(peer, system.now() + FAIL_TIMEOUT);
            failures.push(format!("{what}\u{0}http://{}:{}", peer.0, peer.1));
        }
        self.close(system, peers);
    }

    /// Gives the connection to the server up.
    pub fn close(&mut self, system: &mut System<'_>, peers: &mut Peers) {
        if let Some(descriptor) = self.descriptor.take() {
            system.close(descriptor);
        }
        if let Some(busy) = self.peer.take().and_then(|peer| peers.busy.get_mut(&peer)) {
            *busy = busy.saturating_sub(1);
        }
    }
}

impl Peers {
    /// The server whose turn it is; none when all were asked or are left alone.
    fn choose(&mut self, pass: &Pass, tried: usize, now: Time) -> Option<(Ipv4Addr, u16)> {
        let count = pass.servers.len();
        if tried >= count {
            return None;
        }
        // A single server is asked, whether it failed or not.
        let up = |peer: &(Ipv4Addr, u16)| count == 1 || self.down.get(peer).is_none_or(|until| *until <= now);
        let order = (0..count).map(|step| (self.turn + step) % count).filter(|at| up(&pass.servers[*at]));
        let at = match pass.balance {
            Balance::RoundRobin => order.into_iter().next()?,
            Balance::LeastBusy => order.min_by_key(|at| self.busy.get(&pass.servers[*at]).copied().unwrap_or(0))?,
        };
        self.turn = (at + 1) % count;
        let peer = pass.servers[at];
        *self.busy.entry(peer).or_default() += 1;
        Some(peer)
    }

    /// The servers that are not left alone.
    pub fn up(&self, pass: &Pass, now: Time) -> Vec<(Ipv4Addr, u16)> {
        let up = |peer: &&(Ipv4Addr, u16)| self.down.get(peer).is_none_or(|until| *until <= now);
        pass.servers.iter().filter(up).copied().collect()
    }
}

/// An upstream's answer as nginx hands it on: its status and body, with nginx's own `Server` and `Date`.
pub fn handed_on(answer: &[u8], server: &str, date: &str, keep: bool) -> Option<(u16, Vec<u8>, usize)> {
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    let body = &answer[end + 4..];
    let mut lines = head.split("\r\n");
    let status: u16 = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let reason = head.split("\r\n").next()?.splitn(3, ' ').nth(2).unwrap_or_default();
    let mut out = format!("HTTP/1.1 {status} {}\r\nServer: {server}\r\nDate: {date}\r\n", title(status, reason));
    let mut headers = Vec::new();
    for line in lines {
        let name = line.split(':').next().unwrap_or_default().to_ascii_lowercase();
        if !["server", "date", "connection", "content-length"].contains(&name.as_str()) {
            headers.push(line.to_owned());
        }
    }
    // nginx writes the kind and the length first.
    headers.sort_by_key(|line| !line.to_ascii_lowercase().starts_with("content-type:"));
    let kind = headers.first().filter(|line| line.to_ascii_lowercase().starts_with("content-type:")).cloned();
    if let Some(kind) = kind {
        out.push_str(&format!("{kind}\r\n"));
        headers.remove(0);
    }
    out.push_str(&format!("Content-Length: {}\r\n", body.len()));
    out.push_str(if keep { "Connection: keep-alive\r\n" } else { "Connection: close\r\n" });
    for line in headers {
        out.push_str(&format!("{line}\r\n"));
    }
    out.push_str("\r\n");
    let mut bytes = out.into_bytes();
    bytes.extend(body);
    Some((status, bytes, body.len()))
}

/// nginx's own words for a status.
fn title(status: u16, other: &str) -> &str {
    match status {
        200 => "OK",
        201 => "Created",
        204 => "No Content",
        400 => "Bad Request",
        404 => "Not Found",
        405 => "Not Allowed",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Temporarily Unavailable",
        _ => other,
    }
}
