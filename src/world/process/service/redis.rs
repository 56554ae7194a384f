//! What a Redis server answers: PING, ECHO, SET, GET, DEL, EXISTS, INCR, DECR, DBSIZE, KEYS, FLUSHALL, in RESP and inline.
//!
//! Promises: pure; the data is bounded. Source: the commands' pages and «RESP protocol spec» of redis.io.

use imbl::OrdMap;

/// Most keys that are kept.
const KEY_LIMIT: usize = 10_000;
/// The longest request, in bytes.
const REQUEST_LIMIT: usize = 1 << 20;

/// The data of a server.
#[derive(Clone, Debug, Default)]
pub struct Database {
    keys: OrdMap<String, String>,
}

/// What came of looking at what a client sent.
#[derive(Debug, PartialEq, Eq)]
pub enum Request {
    /// The words of a command, and how many bytes it took.
    Command(Vec<String>, usize),
    /// More bytes are needed.
    Incomplete,
    /// No command; the connection is to be closed.
    Broken,
}

/// The next command among the bytes that came.
pub fn next(bytes: &[u8]) -> Request {
    if bytes.len() > REQUEST_LIMIT {
        return Request::Broken;
    }
    let Some((line, mut at)) = line(bytes, 0) else { return Request::Incomplete };
    let Some(count) = line.strip_prefix('*') else {
        return Request::Command(line.split_whitespace().map(str::to_owned).collect(), at);
    };
    let Some(count) = count.parse::<usize>().ok().filter(|count| *count <= 1024) else { return Request::Broken };
    let mut words = Vec::new();
    for _ in 0..count {
        let Some((length, after)) = self::line(bytes, at) else { return Request::Incomplete };
        let Some(length) = length.strip_prefix('$').and_then(|length| length.parse::<usize>().ok()) else {
            return Request::Broken;
        };
        let end = after.saturating_add(length);
        if bytes.len() < end.saturating_add(2) {
            return if length > REQUEST_LIMIT { Request::Broken } else { Request::Incomplete };
        }
        words.push(String::from_utf8_lossy(&bytes[after..end]).into_owned());
        at = end + 2;
    }
    Request::Command(words, at)
}

fn line(bytes: &[u8], from: usize) -> Option<(String, usize)> {
    let length = bytes[from..].iter().position(|byte| *byte == b'\n')?;
    let line = String::from_utf8_lossy(&bytes[from..from + length]).trim_end_matches('\r').to_owned();
    Some((line, from + length + 1))
}

fn bulk(text: &str) -> String {
    format!("${}\r\n{text}\r\n", text.len())
}

impl Database {
    /// Carries out a command; gives the reply, and whether the connection ends with it.
    pub fn answer(&mut self, words: &[String]) -> (String, bool) {
        let Some((name, arguments)) = words.split_first() else { return (String::new(), false) };
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let wrong_number = || format!("-ERR wrong number of arguments for '{}' command\r\n", name.to_ascii_lowercase());
        let reply = match (name.to_ascii_uppercase().as_str(), arguments.as_slice()) {
            ("PING", []) => "+PONG\r\n".to_owned(),
            ("PING" | "ECHO", [text]) => bulk(text),
            ("SET", [key, value]) => {
                if self.keys.len() >= KEY_LIMIT && !self.keys.contains_key(*key) {
                    return ("-OOM Layerlab keeps at most 10000 keys\r\n".to_owned(), false);
                }
                self.keys.insert((*key).to_owned(), (*value).to_owned());
                "+OK\r\n".to_owned()
            }
            ("GET", [key]) => self.keys.get(*key).map_or_else(|| "$-1\r\n".to_owned(), |value| bulk(value)),
            ("DEL", keys @ [_, ..]) => {
                let gone = keys.iter().filter(|key| self.keys.remove(**key).is_some()).count();
                format!(":{gone}\r\n")
            }
            ("EXISTS", keys @ [_, ..]) => {
                let there = keys.iter().filter(|key| self.keys.contains_key(**key)).count();
                format!(":{there}\r\n")
            }
            (step @ ("INCR" | "DECR"), [key]) => {
                let Ok(number) = self.keys.get(*key).map_or("0", String::as_str).parse::<i64>() else {
                    return ("-ERR value is not an integer or out of range\r\n".to_owned(), false);
                };
                let number = number.saturating_add(if step == "INCR" { 1 } else { -1 });
                self.keys.insert((*key).to_owned(), number.to_string());
                format!(":{number}\r\n")
            }
            ("DBSIZE", []) => format!(":{}\r\n", self.keys.len()),
            ("KEYS", ["*"]) => {
                let keys: String = self.keys.keys().map(|key| bulk(key)).collect();
                format!("*{}\r\n{keys}", self.keys.len())
            }
            ("FLUSHALL" | "FLUSHDB", []) => {
                self.keys.clear();
                "+OK\r\n".to_owned()
            }
            ("SAVE", []) => "+OK\r\n".to_owned(),
            ("QUIT", _) => return ("+OK\r\n".to_owned(), true),
            ("GET" | "SET" | "DEL" | "EXISTS" | "INCR" | "DECR" | "DBSIZE" | "ECHO" | "PING", _) => wrong_number(),
            _ => {
                let given: String = arguments.iter().map(|argument| format!("'{argument}' ")).collect();
                format!("-ERR unknown command '{name}', with args beginning with: {given}\r\n")
            }
        };
        (reply, false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn both_forms_of_a_request_are_read() {
        assert_eq!(next(b"PING\r\nrest"), Request::Command(words("PING"), 6));
        assert_eq!(next(b"*2\r\n$4\r\nECHO\r\n$2\r\nhi\r\n"), Request::Command(words("ECHO hi"), 22));
        assert_eq!(next(b"*2\r\n$4\r\nECHO\r\n$2\r\nh"), Request::Incomplete);
        assert_eq!(next(b"*x\r\n"), Request::Broken);
        assert_eq!(next(b"*1\r\n$99999999999\r\n"), Request::Broken);
    }

    #[test]
    fn values_are_kept() {
        let mut database = Database::default();
        assert_eq!(database.answer(&words("set a 1")).0, "+OK\r\n");
        assert_eq!(database.answer(&words("INCR a")).0, ":2\r\n");
        assert_eq!(database.answer(&words("GET a")).0, "$1\r\n2\r\n");
        assert_eq!(database.answer(&words("GET b")).0, "$-1\r\n");
        assert_eq!(database.answer(&words("GET")).0, "-ERR wrong number of arguments for 'get' command\r\n");
    }
}
