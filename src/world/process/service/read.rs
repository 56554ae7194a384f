//! Reads a service's file into its definition.
//!
//! Promises: finds all mistakes at once; lines are in order of time; placeholders are known ones. Must not run anything.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use super::definition::{
    AccessLog, Child, ChildCount, Http, Listen, LogLine, MemoryPoint, Mode, Piece, Placeholder, Protocol, Reaction,
    ServiceDefinition, Stream,
};
use crate::diagnostic::{Diagnostics, Span};
use crate::world::process::signal::Signal;
use crate::world::table::{Placed, Reader, Table};

/// Milliseconds in an hour: nothing that a service does takes longer.
const HOUR: i64 = 3_600_000;
/// Bytes of memory of one process at most: 1 TiB.
const MEMORY: i64 = 1 << 40;
/// Lines of one mode at most.
const LINES: usize = 500;

/// Reads the file of the program `name`.
///
/// # Errors
/// All mistakes of the file.
pub fn read(name: &str, file: &str, bytes: &[u8]) -> Result<ServiceDefinition, Diagnostics> {
    let mut reader = Reader::new(file);
    let definition = reader.parse(bytes, |reader, table| {
        table.required_number("format", 1..=1, reader);
        let about = table.required_text("about", reader);
        let modes = table.tables("modes", reader, read_mode);
        if modes.is_empty() {
            table.missing("modes", reader);
        }
        Some(ServiceDefinition { name: Arc::from(name), about: about?.value, modes })
    });
    match definition {
        Some(definition) if !reader.found.has_errors() => Ok(definition),
        _ => Err(reader.found),
    }
}

fn read_mode(reader: &mut Reader, table: &mut Table<'_, '_>) -> Option<Mode> {
    let arguments = table.texts("arguments", reader).unwrap_or_default().into_iter().map(|word| word.value).collect();
    let start = milliseconds(reader, table, "start");
    let log = read_log(reader, table);
    let exit = exit_code(reader, table);
    let listen = table.table("listen", reader, read_listen).flatten();
    let protocol = match table.table("http", reader, read_http) {
        Some(http) => Protocol::Http(http),
        None => read_protocol(reader, table),
    };
    let children = table.tables("children", reader, read_child);
    let memory = table.tables("memory", reader, |reader, table| {
        let after = milliseconds(reader, table, "after");
        let bytes = table.required_number("bytes", 0..=MEMORY, reader).and_then(|bytes| u64::try_from(bytes).ok());
        Some(MemoryPoint { after, bytes: bytes? })
    });
    let signals = read_signals(reader, table);
    let creates = table.texts("creates", reader).unwrap_or_default().into_iter().map(|path| path.value).collect();
    let configured = table.flag("configured", reader);
    let in_order = memory.windows(2).all(|pair| pair[0].after <= pair[1].after);
    if !in_order {
        reader.mistake(table.place("memory"), "the points of `memory` are not in order of `after`");
    }
    Some(Mode { arguments, start, log, exit, listen, protocol, children, memory, signals, creates, configured })
}

fn milliseconds(reader: &mut Reader, table: &mut Table<'_, '_>, key: &'static str) -> Duration {
    let number = table.number(key, 0..=HOUR, reader).and_then(|number| u64::try_from(number).ok());
    Duration::from_millis(number.unwrap_or_default())
}

fn exit_code(reader: &mut Reader, table: &mut Table<'_, '_>) -> Option<u8> {
    table.number("exit", 0..=255, reader).and_then(|code| u8::try_from(code).ok())
}

fn read_log(reader: &mut Reader, table: &mut Table<'_, '_>) -> Vec<LogLine> {
    let log = table.tables("log", reader, |reader, line| {
        let after = milliseconds(reader, line, "after");
        let stream = match line.placed_text("stream", reader) {
            None => Stream::Stdout,
            Some(word) => one_of(reader, &word, "a stream", &[("stdout", Stream::Stdout), ("stderr", Stream::Stderr)])
                .unwrap_or(Stream::Stdout),
        };
        let text = line.required_text("text", reader)?;
        Some(LogLine { after, stream, text: read_pieces(reader, &text) })
    });
    if log.len() > LINES {
        reader.mistake(table.place("log"), format!("{} lines, at most {LINES} are allowed", log.len()));
    }
    if !log.windows(2).all(|pair| pair[0].after <= pair[1].after) {
        reader.mistake(table.place("log"), "the lines of `log` are not in order of `after`");
    }
    log
}

/// Takes a line apart at its placeholders. `{{` is a brace.
fn read_pieces(reader: &mut Reader, text: &Placed<String>) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut plain = String::new();
    let mut rest = text.value.as_str();
    while let Some(index) = rest.find('{') {
        plain.push_str(&rest[..index]);
        rest = &rest[index + 1..];
        if let Some(after) = rest.strip_prefix('{') {
            plain.push('{');
            rest = after;
            continue;
        }
        let Some((name, after)) = rest.split_once('}') else {
            reader.mistake(text.span, "a `{` without its `}`: write `{{` for a brace");
            return pieces;
        };
        rest = after;
        match placeholder(name) {
            Some(known) => {
                if !plain.is_empty() {
                    pieces.push(Piece::Text(std::mem::take(&mut plain)));
                }
                pieces.push(Piece::Placeholder(known));
            }
            None => unknown_placeholder(reader, text.span, name),
        }
    }
    plain.push_str(rest);
    if !plain.is_empty() {
        pieces.push(Piece::Text(plain));
    }
    pieces
}

const PLACEHOLDERS: [&str; 10] =
    ["pid", "child", "cpus", "kernel", "port", "signal", "clock:nginx", "clock:redis", "clock:postgres", "env:NAME"];

fn placeholder(name: &str) -> Option<Placeholder> {
    Some(match name {
        "pid" => Placeholder::Pid,
        "child" => Placeholder::Child,
        "cpus" => Placeholder::Cpus,
        "kernel" => Placeholder::Kernel,
        "port" => Placeholder::Port,
        "signal" => Placeholder::Signal,
        "clock:nginx" => Placeholder::ClockNginx,
        "clock:redis" => Placeholder::ClockRedis,
        "clock:postgres" => Placeholder::ClockPostgres,
        _ => Placeholder::Environment(name.strip_prefix("env:").filter(|variable| !variable.is_empty())?.to_owned()),
    })
}

fn unknown_placeholder(reader: &mut Reader, span: Span, name: &str) {
    let known = PLACEHOLDERS.map(|known| format!("`{{{known}}}`")).join(", ");
    let mistake = reader.error(span, format!("`{{{name}}}` is no placeholder")).did_you_mean(name, PLACEHOLDERS);
    reader.report(mistake.expected(format!("one of: {known}; or `{{{{` for a brace")));
}

fn read_listen(reader: &mut Reader, table: &mut Table<'_, '_>) -> Option<Listen> {
    let address = match table.placed_text("address", reader) {
        None => Ipv4Addr::UNSPECIFIED,
        Some(text) => text.value.parse().unwrap_or_else(|_| {
            let mistake = reader.error(text.span, format!("`{}` is not an IPv4 address", text.value));
            reader.report(mistake.expected("four numbers such as 0.0.0.0"));
            Ipv4Addr::UNSPECIFIED
        }),
    };
    let port = table.required_number("port", 1..=65_535, reader).and_then(|port| u16::try_from(port).ok());
    let port_option = table.text("port_option", reader);
    let port_operand = table.flag("port_operand", reader);
    Some(Listen { address, port: port?, port_option, port_operand })
}

fn read_protocol(reader: &mut Reader, table: &mut Table<'_, '_>) -> Protocol {
    let words = [("silent", Protocol::Silent), ("redis", Protocol::Redis), ("postgres", Protocol::Postgres)];
    match table.placed_text("protocol", reader) {
        None => Protocol::Silent,
        Some(word) => one_of(reader, &word, "a protocol (HTTP has a table of its own, `http`)", &words)
            .unwrap_or(Protocol::Silent),
    }
}

fn read_http(reader: &mut Reader, table: &mut Table<'_, '_>) -> Http {
    let words = [("nginx", AccessLog::NginxMain), ("python", AccessLog::Python), ("off", AccessLog::Off)];
    let root = table.text("root", reader);
    let index = table.text("index", reader).unwrap_or_default();
    let server = table.required_text("server", reader).map(|text| read_pieces(reader, &text)).unwrap_or_default();
    let access_log = match table.placed_text("access_log", reader) {
        None => AccessLog::Off,
        Some(word) => one_of(reader, &word, "a form of log lines", &words).unwrap_or(AccessLog::Off),
    };
    let work =
        table.number("work", 0..=1_000_000, reader).and_then(|work| u64::try_from(work).ok()).unwrap_or_default();
    let work = Duration::from_micros(work);
    Http { root, index, server, access_log, work, access_log_file: table.text("access_log_file", reader) }
}

fn read_child(reader: &mut Reader, table: &mut Table<'_, '_>) -> Option<Child> {
    let title = table.required_text("title", reader);
    let per_cpu = table.flag("per_cpu", reader);
    let count = table.number("count", 1..=1_000, reader).and_then(|count| u16::try_from(count).ok());
    if per_cpu && count.is_some() {
        reader.mistake(table.place("count"), "either `count` or `per_cpu = true`, not both");
    }
    let memory =
        table.number("memory", 0..=MEMORY, reader).and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or_default();
    let count = if per_cpu { ChildCount::PerCpu } else { ChildCount::Fixed(count.unwrap_or(1)) };
    Some(Child { title: title?.value, count, user: table.text("user", reader), memory })
}

fn read_signals(reader: &mut Reader, table: &mut Table<'_, '_>) -> BTreeMap<Signal, Reaction> {
    let mut signals = BTreeMap::new();
    for entry in table.entries("signals", reader) {
        let signal = Signal::parse(&entry.key.value);
        if signal.is_none() {
            let mistake = reader.error(entry.key.span, format!("`{}` is not a signal", entry.key.value));
            reader.report(mistake.expected("a name such as `TERM` or `QUIT`"));
        }
        let reaction = entry.table("reaction", reader, |reader, table| Reaction {
            log: read_log(reader, table),
            after: milliseconds(reader, table, "after"),
            exit: exit_code(reader, table),
        });
        if let (Some(signal), Some(reaction)) = (signal, reaction) {
            signals.insert(signal, reaction);
        }
    }
    signals
}

fn one_of<T: Clone>(reader: &mut Reader, word: &Placed<String>, what: &str, all: &[(&'static str, T)]) -> Option<T> {
    let found = all.iter().find(|(known, _)| *known == word.value).map(|(_, value)| value.clone());
    if found.is_none() {
        let names = all.iter().map(|(known, _)| format!("`{known}`")).collect::<Vec<_>>().join(", ");
        let mistake = reader.error(word.span, format!("`{}` is not {what}", word.value));
        let mistake = mistake.did_you_mean(&word.value, all.iter().map(|(known, _)| *known));
        reader.report(mistake.expected(format!("one of: {names}")));
    }
    found
}
