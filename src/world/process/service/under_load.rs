//! A web server under load: how it answers one request, and the log lines of many.
//!
//! Promises: what is answered is what a single request would get. Must not know users.

use std::net::Ipv4Addr;
use std::time::Duration;

use super::connection::find;
use super::definition::{AccessLog, Http};
use super::http;
use super::nginx::proxy::Peers;
use super::nginx::{Action, Site};
use crate::world::clock::Time;
use crate::world::process::System;
use crate::world::process::program::{Balance, Service, Spread};

/// Requests that one process works on at once (`worker_connections` of nginx's shipped configuration).
const CONNECTIONS: u32 = 1_024;
/// Connections that may wait to be taken (nginx: `listen … backlog`, 511 on Linux).
const BACKLOG: u32 = 511;

/// How a request is answered.
pub fn service(
    system: &System<'_>,
    http: &Http,
    root: &str,
    site: Option<&Site>,
    peers: &Peers,
    request: &[u8],
) -> Option<Service> {
    let (request, _) = http::next(request)?;
    let path = request.path();
    let mut service = Service {
        work: http.work,
        idle: Duration::ZERO,
        spread: Spread::Fixed,
        at_once: CONNECTIONS,
        backlog: BACKLOG,
        status: 200,
        bytes: 0,
        upstream: Vec::new(),
        balance: Balance::RoundRobin,
    };
    let now = system.now();
    let (root, index) = match site.and_then(|site| site.location(&path)).map(|location| &location.action) {
        Some(Action::Pass(pass)) => {
            service.upstream = peers.up(pass, now);
            service.balance = pass.balance;
            // Both sides of it are work.
            service.work *= 2;
            service.status = 502;
            return Some(service);
        }
        Some(Action::Return { code, text }) => {
            (service.status, service.bytes) = (*code, text.len() as u64);
            return Some(service);
        }
        Some(Action::Files { root, index }) => (root.as_str(), index.as_str()),
        None => (root, http.index.as_str()),
    };
    let answer =
        http::answer(&request, &find(system, root.trim_end_matches('/'), &path, index), "", http.access_log, now);
    (service.status, service.bytes) = (answer.code, answer.length as u64);
    Some(service)
}

/// The log lines of requests that were answered.
pub fn log(style: AccessLog, request: &[u8], client: Ipv4Addr, answers: &[(u16, u64)], now: Time) -> String {
    let Some((request, _)) = http::next(request) else { return String::new() };
    let client = client.to_string();
    let mut text = String::new();
    let (mut last, mut line) = (None, None);
    for (status, bytes) in answers {
        if last != Some((*status, *bytes)) {
            let length = usize::try_from(*bytes).unwrap_or(usize::MAX);
            let answer = http::Answer { code: *status, length, bytes: Vec::new(), keep: true };
            line = http::log_line(&request, &answer, &client, style, now);
            last = Some((*status, *bytes));
        }
        if let Some(line) = &line {
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}
