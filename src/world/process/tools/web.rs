//! `wget` and `curl`: HTTP clients.

use std::net::Ipv4Addr;
use std::time::Duration;

use super::call::Tool;
use super::options::Given;
use super::shape::{Machine, Next};
use super::url::{CURL, Url, WGET};
use crate::world::clock::Time;
use crate::world::filesystem::errno::Errno;
use crate::world::process::Wait;
use crate::world::process::descriptor::{Read, Write};

/// The largest answer that is taken, in bytes.
const ANSWER_LIMIT: usize = 64 << 20;
/// Redirections that are followed.
const REDIRECT_LIMIT: u32 = 10;

#[derive(Clone, Debug)]
enum Phase {
    Connect,
    Send(Vec<u8>),
    /// What comes after this moment, if there is one, is not waited for.
    Receive(Option<Time>),
    /// It waits until the connection is given up.
    TimeOut(Time),
}

/// An HTTP exchange: what both programs share.
#[derive(Clone, Debug)]
pub struct Web {
    is_curl: bool,
    given: Given,
    urls: Vec<String>,
    url: Url,
    address: Ipv4Addr,
    method: String,
    body: Option<String>,
    phase: Phase,
    descriptor: u32,
    received: Vec<u8>,
    redirects: u32,
    outputs: Vec<String>,
}

impl Machine for Web {
    fn start(tool: &mut Tool<'_, '_>) -> Result<Web, i32> {
        let is_curl = tool.call.name == "curl";
        let given = tool.options(if is_curl { &CURL } else { &WGET })?;
        let mut urls = given.operands.clone();
        if urls.is_empty() {
            if is_curl {
                tool.output.push(2, b"curl: try 'curl --help' or 'curl --manual' for more information\n");
                return Err(2);
            }
            return Err(tool.refuse(&WGET));
        }
        let text = urls.remove(0);
        let data = given.value(if is_curl { 'd' } else { 'D' }).map(str::to_owned);
        let method = match given.value('X').filter(|_| is_curl) {
            Some(method) => method.to_owned(),
            None if is_curl && given.has('I') => "HEAD".to_owned(),
            None if data.is_some() => "POST".to_owned(),
            None => "GET".to_owned(),
        };
        let outputs = given.values(if is_curl { 'o' } else { 'O' }).map(str::to_owned).collect();
        let url = match Url::parse(&text) {
            Ok(url) => url,
            Err(what) => return Err(tool.not_modelled(what)),
        };
        let mut web = Web {
            is_curl,
            given,
            urls,
            url,
            address: Ipv4Addr::UNSPECIFIED,
            method,
            body: data,
            phase: Phase::Connect,
            descriptor: 0,
            received: Vec::new(),
            redirects: 0,
            outputs,
        };
        web.resolve(tool)?;
        Ok(web)
    }

    fn step(&mut self, tool: &mut Tool<'_, '_>) -> Next {
        match self.phase.clone() {
            Phase::Connect => self.connect(tool),
            Phase::TimeOut(until) if tool.system.now() < until => Next::Wait(Wait::Until(until)),
            Phase::TimeOut(_) => Next::Exit(self.refused(tool, Errno::ETIMEDOUT)),
            Phase::Send(bytes) => match tool.system.write(self.descriptor, &bytes) {
                Ok(Write::Wrote(count)) if count < bytes.len() => {
                    self.phase = Phase::Send(bytes[count..].to_vec());
                    Next::Again
                }
                Ok(Write::Wrote(_)) => {
                    self.phase = Phase::Receive(self.patience().map(|time| tool.system.now() + time));
                    Next::Again
                }
                Ok(Write::WouldBlock) => Next::Wait(Wait::Writable(self.descriptor)),
                Err(_) => Next::Exit(self.broken(tool)),
            },
            Phase::Receive(latest) => match tool.system.read(self.descriptor, 65_536) {
                Ok(Read::Data(bytes)) => {
                    self.received.extend(bytes);
                    if self.received.len() > ANSWER_LIMIT {
                        tool.complain("Layerlab takes at most 64 MiB of an answer");
                        return Next::Exit(1);
                    }
                    if self.is_whole() { self.finish(tool) } else { Next::Again }
                }
                Ok(Read::WouldBlock) => match latest {
                    None => Next::Wait(Wait::Readable(self.descriptor)),
                    Some(latest) if tool.system.now() < latest => {
                        Next::Wait(Wait::Any([Wait::Readable(self.descriptor), Wait::Until(latest)].into()))
                    }
                    Some(_) => Next::Exit(self.silent(tool)),
                },
                Ok(Read::EndOfFile) => self.finish(tool),
                Err(_) => Next::Exit(self.broken(tool)),
            },
        }
    }
}

impl Web {
    fn resolve(&mut self, tool: &mut Tool<'_, '_>) -> Result<(), i32> {
        match tool.system.lookup_host(&self.url.host) {
            Some(address) => {
                self.address = address;
                Ok(())
            }
            None => {
                let host = &self.url.host;
                if self.is_curl {
                    self.curl_error(tool, 6, &format!("Could not resolve host: {host}"));
                    return Err(6);
                }
                let gnu = format!("unable to resolve host address '{host}'");
                let text = tool.wording(format!("bad address '{host}'"), gnu);
                tool.complain(text);
                Err(if tool.is_gnu() { 4 } else { 1 })
            }
        }
    }

    fn curl_error(&self, tool: &mut Tool<'_, '_>, code: i32, text: &str) {
        if !self.given.has('s') || self.given.has('S') {
            tool.complain(format_args!("({code}) {text}"));
        }
    }

    fn is_loud(&self) -> bool {
        !self.is_curl && !self.given.has('q')
    }

    fn connect(&mut self, tool: &mut Tool<'_, '_>) -> Next {
        if self.is_loud() && self.redirects == 0 {
            let (url, address) = (&self.url, self.address);
            let gnu = format!("Connecting to {} ({}:{})... ", url.authority(), address, url.port);
            let text = tool.wording(format!("Connecting to {} ({address}:{})\n", url.authority(), url.port), gnu);
            tool.output.push(2, text.as_bytes());
        }
        match tool.system.connect(self.address, self.url.port) {
            Ok(descriptor) => {
                self.descriptor = descriptor;
                self.received.clear();
                let request = self.request(tool);
                if self.is_curl && self.given.has('v') {
                    let lines: String = request.lines().map(|line| format!("> {line}\n")).collect();
                    tool.output.push(2, lines.as_bytes());
                }
                self.phase = Phase::Send(request.into_bytes());
                // A server that goes away shows as an error, not as a signal.
                tool.system
                    .set_action(crate::world::process::Signal::PIPE, crate::world::process::signal::Action::Ignore);
                Next::Again
            }
            Err(Errno::ETIMEDOUT) => {
                // Linux gives a connection up after about two minutes.
                let time = self.patience().unwrap_or(Duration::from_secs(127));
                self.phase = Phase::TimeOut(tool.system.now() + time);
                Next::Again
            }
            Err(Errno::ECONNRESET) => Next::Exit(self.broken(tool)),
            Err(errno) => Next::Exit(self.refused(tool, errno)),
        }
    }

    /// How long is waited for the server, if that was said.
    fn patience(&self) -> Option<Duration> {
        let given = self.given.value(if self.is_curl { 'm' } else { 'T' });
        given.and_then(super::size::duration).filter(|time| !time.is_zero())
    }

    /// The server took the request and did not answer in time.
    fn silent(&self, tool: &mut Tool<'_, '_>) -> i32 {
        if self.is_curl {
            let time = self.patience().unwrap_or_default().as_millis();
            let got = self.received.len();
            self.curl_error(
                tool,
                28,
                &format!("Operation timed out after {time} milliseconds with {got} bytes received"),
            );
            return 28;
        }
        tool.complain(tool.wording("download timed out", "Read error (Connection timed out) in headers."));
        if tool.is_gnu() { 4 } else { 1 }
    }

    fn request(&self, tool: &Tool<'_, '_>) -> String {
        let (url, method) = (&self.url, &self.method);
        let agent = match (self.is_curl, tool.is_gnu()) {
            (true, _) => self.given.value('A').unwrap_or("curl/8.14.1").to_owned(),
            (false, true) => self.given.value('U').unwrap_or("Wget/1.25.0").to_owned(),
            (false, false) => self.given.value('U').unwrap_or("Wget").to_owned(),
        };
        let mut head =
            format!("{method} {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: {agent}\r\n", url.path, url.authority());
        head.push_str(if self.is_curl { "Accept: */*\r\n" } else { "Connection: close\r\n" });
        for header in self.given.values('H') {
            head.push_str(&format!("{header}\r\n"));
        }
        if let Some(body) = &self.body {
            head.push_str("Content-Type: application/x-www-form-urlencoded\r\n");
            head.push_str(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
        } else {
            head.push_str("\r\n");
        }
        head
    }

    fn refused(&self, tool: &mut Tool<'_, '_>, errno: Errno) -> i32 {
        let (address, url) = (self.address, &self.url);
        if self.is_curl {
            let code = if errno == Errno::ETIMEDOUT { 28 } else { 7 };
            let text = match code {
                28 => format!("Failed to connect to {} port {}: Connection timed out", url.host, url.port),
                _ => format!(
                    "Failed to connect to {} port {} after 0 ms: Couldn't connect to server",
                    url.host, url.port
                ),
            };
            self.curl_error(tool, code, &text);
            return code;
        }
        if tool.is_gnu() {
            if self.is_loud() {
                tool.output.push(2, format!("failed: {errno}.\n").as_bytes());
            }
            return 4;
        }
        let errno_text = match errno {
            Errno::EHOSTUNREACH => "Host is unreachable".to_owned(),
            Errno::ETIMEDOUT if self.given.has('T') => {
                tool.complain("download timed out");
                return 1;
            }
            errno => errno.to_string(),
        };
        tool.complain(format_args!("can't connect to remote host ({address}): {errno_text}"));
        1
    }

    /// The connection broke while something was expected of it.
    fn broken(&self, tool: &mut Tool<'_, '_>) -> i32 {
        if self.is_curl {
            self.curl_error(tool, 56, "Recv failure: Connection reset by peer");
            return 56;
        }
        let text = tool.wording(
            "error getting response: Connection reset by peer",
            "Read error (Connection reset by peer) in headers.",
        );
        tool.complain(text);
        if tool.is_gnu() { 4 } else { 1 }
    }

    /// Where the body begins.
    fn body_start(&self) -> Option<usize> {
        self.received.windows(4).position(|window| window == b"\r\n\r\n").map(|at| at + 4)
    }

    fn head(&self) -> String {
        let end = self.body_start().unwrap_or(self.received.len());
        String::from_utf8_lossy(&self.received[..end]).into_owned()
    }

    fn header(&self, name: &str) -> Option<String> {
        self.head().lines().skip(1).find_map(|line| {
            let (known, value) = line.split_once(':')?;
            known.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    }

    fn is_whole(&self) -> bool {
        let Some(start) = self.body_start() else { return false };
        if self.method == "HEAD" {
            return true;
        }
        let length = self.header("content-length").and_then(|length| length.parse::<usize>().ok());
        length.is_some_and(|length| self.received.len() >= start.saturating_add(length))
    }

    fn finish(&mut self, tool: &mut Tool<'_, '_>) -> Next {
        tool.system.close(self.descriptor);
        let head = self.head();
        let status_line = head.lines().next().unwrap_or("").to_owned();
        let code: u16 = status_line.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
        if code == 0 {
            if self.is_curl {
                let (number, text) = match self.received.is_empty() {
                    true => (52, "Empty reply from server"),
                    false => (1, "Received HTTP/0.9 when not allowed"),
                };
                self.curl_error(tool, number, text);
                return Next::Exit(number);
            }
            let text = tool.wording("error getting response", "No data received.");
            tool.complain(text);
            return Next::Exit(if tool.is_gnu() { 4 } else { 1 });
        }
        let follows = !self.is_curl || self.given.has('L');
        if (300..400).contains(&code)
            && follows
            && let Some(place) = self.header("location")
        {
            return self.redirect(tool, &place);
        }
        let body = self.body_start().map_or(&[][..], |start| &self.received[start..]).to_vec();
        let done = if self.is_curl {
            self.finish_curl(tool, code, &head, &body)
        } else {
            self.finish_wget(tool, code, &status_line, &head, &body)
        };
        if done != 0 || self.urls.is_empty() {
            return Next::Exit(done);
        }
        let text = self.urls.remove(0);
        match Url::parse(&text) {
            Ok(url) => self.url = url,
            Err(what) => return Next::Exit(tool.not_modelled(what)),
        }
        self.redirects = 0;
        self.phase = Phase::Connect;
        match self.resolve(tool) {
            Ok(()) => Next::Again,
            Err(code) => Next::Exit(code),
        }
    }

    fn redirect(&mut self, tool: &mut Tool<'_, '_>, place: &str) -> Next {
        self.redirects += 1;
        if self.redirects > REDIRECT_LIMIT {
            if self.is_curl {
                self.curl_error(tool, 47, "Maximum (50) redirects followed");
                return Next::Exit(47);
            }
            tool.complain("too many redirections");
            return Next::Exit(1);
        }
        if let Some(path) = place.strip_prefix('/') {
            self.url.path = format!("/{path}");
        } else {
            match Url::parse(place) {
                Ok(url) => self.url = url,
                Err(what) => return Next::Exit(tool.not_modelled(what)),
            }
        }
        self.phase = Phase::Connect;
        match self.resolve(tool) {
            Ok(()) => Next::Again,
            Err(code) => Next::Exit(code),
        }
    }

    fn finish_curl(&mut self, tool: &mut Tool<'_, '_>, code: u16, head: &str, body: &[u8]) -> i32 {
        if self.given.has('f') && code >= 400 {
            self.curl_error(tool, 22, &format!("The requested URL returned error: {code}"));
            self.write_out(tool, code, body.len());
            return 22;
        }
        let mut bytes = Vec::new();
        if self.given.has('i') || self.given.has('I') {
            bytes.extend(head.as_bytes());
        }
        bytes.extend(body);
        let output = match self.outputs.is_empty() {
            true if self.given.has('O') => Some(self.url.file_name().to_owned()),
            true => None,
            false => Some(self.outputs.remove(0)),
        };
        let code_of_write = match output.as_deref() {
            None | Some("-") => {
                tool.out(bytes);
                0
            }
            Some(path) => match tool.system.write_file(path, &bytes) {
                Ok(()) => 0,
                Err(_) => {
                    self.curl_error(tool, 23, "Failure writing output to destination");
                    23
                }
            },
        };
        self.write_out(tool, code, body.len());
        code_of_write
    }

    /// `-w`: what is said behind the body.
    fn write_out(&self, tool: &mut Tool<'_, '_>, code: u16, size: usize) {
        let Some(format) = self.given.value('w') else { return };
        let text = format
            .replace("%{http_code}", &format!("{code:03}"))
            .replace("%{response_code}", &format!("{code:03}"))
            .replace("%{size_download}", &size.to_string())
            .replace("\\n", "\n")
            .replace("\\t", "\t");
        tool.out(text);
    }

    fn finish_wget(&mut self, tool: &mut Tool<'_, '_>, code: u16, status: &str, head: &str, body: &[u8]) -> i32 {
        let gnu = tool.is_gnu();
        if self.is_loud() && gnu {
            let reason = status.split_once(' ').map_or("", |(_, reason)| reason);
            tool.output.push(2, format!("connected.\nHTTP request sent, awaiting response... {reason}\n").as_bytes());
        }
        if self.given.has('S') {
            let lines: String =
                head.lines().filter(|line| !line.is_empty()).map(|line| format!("  {line}\n")).collect();
            tool.output.push(2, lines.as_bytes());
        }
        if code >= 400 {
            let reason = status.split_once(' ').map_or("", |(_, reason)| reason);
            if !gnu {
                tool.complain(format_args!("server returned error: {status}"));
                return 1;
            }
            if self.is_loud() {
                tool.output.push(2, format!("ERROR {}.\n", reason.replacen(' ', ": ", 1)).as_bytes());
            }
            return 8;
        }
        if self.given.has('s') {
            if self.is_loud() {
                let text = tool.wording("remote file exists\n", "Remote file exists.\n\n");
                tool.output.push(2, text.as_bytes());
            }
            return 0;
        }
        let prefix = self.given.value('P').map(|prefix| format!("{prefix}/")).unwrap_or_default();
        let name = self.outputs.last().cloned().unwrap_or_else(|| format!("{prefix}{}", self.url.file_name()));
        if name == "-" {
            if self.is_loud() && !gnu {
                tool.output.push(2, b"writing to stdout\n");
            }
            tool.out(body);
            self.bar(tool, "-", body.len(), "written to stdout");
            return 0;
        }
        if !gnu && self.outputs.is_empty() && tool.system.status(&name, true).is_ok() {
            tool.complain(format_args!("can't open '{name}': File exists"));
            return 1;
        }
        if self.is_loud() && !gnu {
            tool.output.push(2, format!("saving to '{name}'\n").as_bytes());
        }
        if let Err(errno) = tool.system.write_file(&name, body) {
            let text = tool.wording(format!("can't open '{name}': {errno}"), format!("{name}: {errno}"));
            tool.complain(text);
            return if gnu { 3 } else { 1 };
        }
        self.bar(tool, &name, body.len(), &format!("'{name}' saved"));
        0
    }

    /// The finished progress bar.
    fn bar(&self, tool: &mut Tool<'_, '_>, name: &str, size: usize, done: &str) {
        if !self.is_loud() {
            return;
        }
        if tool.is_gnu() {
            let name = if name == "-" { "STDOUT" } else { name };
            tool.output.push(2, format!("Saving to: '{name}'\n\n'{name}' saved [{size}/{size}]\n\n").as_bytes());
            return;
        }
        let line = format!("{name:<20} 100% |{}| {size:>5}  0:00:00 ETA\n{done}\n", "*".repeat(32));
        tool.output.push(2, line.as_bytes());
    }
}
