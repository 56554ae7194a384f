//! What a static web server answers to a request.
//!
//! Promises: knows files only through what it is told; the answer is whole bytes. Sources: nginx's own pages and
//! headers; Python's `http.server`.

use crate::world::clock::Time;

use super::definition::AccessLog;

/// The longest head of a request, in bytes (nginx: four buffers of 8 KiB).
pub const HEAD_LIMIT: usize = 32 << 10;

/// A request, read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    pub method: String,
    /// As it was sent.
    pub target: String,
    pub version: String,
    pub agent: Option<String>,
    pub referer: Option<String>,
    pub forwarded: Option<String>,
    pub host: Option<String>,
    /// Whether the client wants the connection kept.
    pub keep: bool,
    /// Bytes of the body that follow.
    pub body: usize,
}

/// The next request among the bytes that came: it and its length. `None` when more are needed.
pub fn next(bytes: &[u8]) -> Option<(Request, usize)> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").map(|at| at + 4);
    let end = end.or_else(|| bytes.windows(2).position(|window| window == b"\n\n").map(|at| at + 2))?;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.lines();
    let mut words = lines.next().unwrap_or("").split(' ');
    let mut request = Request {
        method: words.next().unwrap_or("").to_owned(),
        target: words.next().unwrap_or("").to_owned(),
        version: words.next().unwrap_or("").to_owned(),
        ..Request::default()
    };
    request.keep = request.version == "HTTP/1.1";
    for line in lines {
        let Some((name, value)) = line.split_once(':') else { continue };
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "user-agent" => request.agent = Some(value.to_owned()),
            "referer" => request.referer = Some(value.to_owned()),
            "x-forwarded-for" => request.forwarded = Some(value.to_owned()),
            "host" => request.host = Some(value.to_owned()),
            "connection" => request.keep = value.eq_ignore_ascii_case("keep-alive"),
            "content-length" => request.body = value.parse().unwrap_or(0),
            _ => {}
        }
    }
    let body = request.body;
    (bytes.len() >= end.saturating_add(body)).then_some((request, end + body))
}

impl Request {
    /// The path of the target, percent-escapes read and `..` taken out, without the query.
    pub fn path(&self) -> String {
        let path = self.target.split(['?', '#']).next().unwrap_or("");
        let mut bytes = Vec::new();
        let mut rest = path.as_bytes();
        while let Some((byte, after)) = rest.split_first() {
            let code = after.get(..2).and_then(|digits| u8::from_str_radix(str::from_utf8(digits).ok()?, 16).ok());
            match code.filter(|_| *byte == b'%') {
                Some(code) => {
                    bytes.push(code);
                    rest = &after[2..];
                }
                None => {
                    bytes.push(*byte);
                    rest = after;
                }
            }
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let mut parts: Vec<&str> = Vec::new();
        for part in text.split('/') {
            match part {
                "" | "." => {}
                ".." => drop(parts.pop()),
                part => parts.push(part),
            }
        }
        let slash = if text.ends_with('/') && !parts.is_empty() { "/" } else { "" };
        format!("/{}{slash}", parts.join("/"))
    }
}

/// What stands at a path of the site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    File {
        bytes: std::sync::Arc<[u8]>,
        modified: Time,
        name: String,
    },
    /// A directory without an index: its names, directories with a slash.
    Listing(Vec<String>),
    /// A directory that was asked for without its slash.
    NeedsSlash,
    Missing,
    Forbidden,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub code: u16,
    /// Bytes of the body, as the log counts them.
    pub length: usize,
    pub bytes: Vec<u8>,
    pub keep: bool,
}

const fn reason(code: u16) -> &'static str {
    match code {
        200 => "OK",
        301 => "Moved Permanently",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Not Allowed",
        502 => "Bad Gateway",
        503 => "Service Temporarily Unavailable",
        _ => "Internal Server Error",
    }
}

fn content_type(name: &str, style: AccessLog) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "html" | "htm" => "text/html",
        "css" => "text/css",
        "js" if style == AccessLog::Python => "text/javascript",
        "js" => "application/javascript",
        "json" => "application/json",
        "txt" => "text/plain",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "svg" => "image/svg+xml",
        "ico" => "image/x-icon",
        _ => "application/octet-stream",
    }
}

/// Answers a request for what was found.
pub fn answer(request: &Request, found: &Found, server: &str, style: AccessLog, now: Time) -> Answer {
    let python = style == AccessLog::Python;
    let known = matches!(request.method.as_str(), "GET" | "HEAD");
    let malformed = !request.target.starts_with('/') || !request.version.starts_with("HTTP/");
    let mut headers = String::new();
    let (code, kind, body) = match found {
        _ if malformed => (400, "text/html", page(400, server, python)),
        _ if !known => (if python { 501 } else { 405 }, "text/html", page(405, server, python)),
        Found::File { bytes, modified, name } => {
            headers.push_str(&format!("Last-Modified: {}\r\n", http_date(*modified)));
            if !python {
                headers.push_str(&format!("ETag: \"{:x}-{:x}\"\r\n", modified.seconds(), bytes.len()));
                headers.push_str("Accept-Ranges: bytes\r\n");
            }
            (200, content_type(name, style), bytes.to_vec())
        }
        Found::Listing(names) => (200, "text/html; charset=utf-8", listing(&request.path(), names)),
        Found::NeedsSlash => {
            let host = request.host.as_deref().unwrap_or("localhost");
            let place =
                if python { format!("{}/", request.path()) } else { format!("http://{host}{}/", request.path()) };
            headers.push_str(&format!("Location: {place}\r\n"));
            (301, "text/html", if python { Vec::new() } else { page(301, server, python) })
        }
        Found::Missing => (404, "text/html", page(404, server, python)),
        Found::Forbidden => (403, "text/html", page(403, server, python)),
    };
    let keep = request.keep && !python && !malformed;
    let version = if python { "HTTP/1.0" } else { "HTTP/1.1" };
    let phrase = if python && code == 404 { "File not found" } else { reason(code) };
    let type_name = if python { "Content-type" } else { "Content-Type" };
    let date = http_date(now);
    let length = body.len();
    let mut head = format!("{version} {code} {phrase}\r\nServer: {server}\r\nDate: {date}\r\n");
    head.push_str(&format!("{type_name}: {kind}\r\nContent-Length: {length}\r\n"));
    if !python {
        head.push_str(if keep { "Connection: keep-alive\r\n" } else { "Connection: close\r\n" });
    }
    head.push_str(&headers);
    head.push_str("\r\n");
    let mut bytes = head.into_bytes();
    let sent = if request.method == "HEAD" { 0 } else { length };
    if sent > 0 {
        bytes.extend_from_slice(&body);
    }
    Answer { code, length: sent, bytes, keep }
}

/// A short answer that is no file: a text, or nginx's page for a code that went wrong.
pub fn short(request: &Request, code: u16, text: Option<&str>, server: &str, now: Time) -> Answer {
    let body = text.map_or_else(|| page(code, server, false), |text| text.as_bytes().to_vec());
    let kind = if text.is_some() { "text/plain" } else { "text/html" };
    let (date, length, keep) = (http_date(now), body.len(), request.keep);
    let connection = if keep { "keep-alive" } else { "close" };
    let mut bytes = format!(
        "HTTP/1.1 {code} {}\r\nServer: {server}\r\nDate: {date}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\
         Connection: {connection}\r\n\r\n",
        reason(code)
    )
    .into_bytes();
    let sent = if request.method == "HEAD" { 0 } else { length };
    if sent > 0 {
        bytes.extend(&body);
    }
    Answer { code, length: sent, bytes, keep }
}

/// A page that says what went wrong.
fn page(code: u16, server: &str, python: bool) -> Vec<u8> {
    let title = format!("{code} {}", reason(code));
    let text = if python {
        format!(
            "<!DOCTYPE HTML>\n<html lang=\"en\">\n    <head>\n        <meta charset=\"utf-8\">\n        \
             <title>Error response</title>\n    </head>\n    <body>\n        <h1>Error response</h1>\n        \
             <p>Error code: {code}</p>\n        <p>Message: {}.</p>\n    </body>\n</html>\n",
            if code == 404 { "File not found" } else { reason(code) }
        )
    } else {
        format!(
            "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n\
             <hr><center>{server}</center>\r\n</body>\r\n</html>\r\n"
        )
    };
    text.into_bytes()
}

fn listing(path: &str, names: &[String]) -> Vec<u8> {
    let items: String = names.iter().map(|name| format!("<li><a href=\"{name}\">{name}</a></li>\n")).collect();
    format!(
        "<!DOCTYPE HTML>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Directory listing for {path}</title>\n\
         </head>\n<body>\n<h1>Directory listing for {path}</h1>\n<hr>\n<ul>\n{items}</ul>\n<hr>\n</body>\n</html>\n"
    )
    .into_bytes()
}

pub fn http_date(time: Time) -> String {
    crate::world::process::tools::size::date(time, "%a, %d %b %Y %H:%M:%S GMT")
}

/// The log line of a request; nothing when none is written.
pub fn log_line(request: &Request, answer: &Answer, client: &str, style: AccessLog, now: Time) -> Option<String> {
    let date = |format| crate::world::process::tools::size::date(now, format);
    let line = format!("{} {} {}", request.method, request.target, request.version);
    match style {
        AccessLog::Off => None,
        AccessLog::NginxMain => {
            let or_dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
            Some(format!(
                "{client} - - [{}] \"{line}\" {} {} \"{}\" \"{}\" \"{}\"",
                date("%d/%b/%Y:%H:%M:%S +0000"),
                answer.code,
                answer.length,
                or_dash(&request.referer),
                or_dash(&request.agent),
                or_dash(&request.forwarded)
            ))
        }
        AccessLog::Python => {
            let at = date("%d/%b/%Y %H:%M:%S");
            let error = match answer.code {
                404 => format!("{client} - - [{at}] code 404, message File not found\n"),
                _ => String::new(),
            };
            Some(format!("{error}{client} - - [{at}] \"{line}\" {} -", answer.code))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_read_and_paths_kept_below_the_root() {
        let (request, length) = next(b"GET /a%20b/../../c?q HTTP/1.1\r\nHost: x\r\n\r\nrest").unwrap();
        assert_eq!((request.path().as_str(), request.keep, length), ("/c", true, 42));
        assert_eq!(next(b"GET / HTTP/1.1\r\n"), None);
    }

    #[test]
    fn nginx_answers_and_logs_as_nginx_does() {
        let (request, _) = next(b"GET /nosuch HTTP/1.1\r\nUser-Agent: curl/8.5.0\r\n\r\n").unwrap();
        let answer = answer(&request, &Found::Missing, "nginx/1.29.3", AccessLog::NginxMain, Time::WORLD_START);
        assert_eq!((answer.code, answer.length), (404, 153));
        let line = log_line(&request, &answer, "172.17.0.1", AccessLog::NginxMain, Time::WORLD_START);
        let expected =
            "172.17.0.1 - - [03/Nov/2025:09:00:00 +0000] \"GET /nosuch HTTP/1.1\" 404 153 \"-\" \"curl/8.5.0\" \"-\"";
        assert_eq!(line.as_deref(), Some(expected));
    }
}
