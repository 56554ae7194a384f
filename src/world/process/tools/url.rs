//! What `wget` and `curl` are called with: URLs and options.

use super::options::Options;

/// The parts of a URL.
#[derive(Clone, Debug)]
pub struct Url {
    pub host: String,
    pub port: u16,
    pub path: String,
}

impl Url {
    /// Reads a URL; else says what of it is not modelled.
    pub fn parse(text: &str) -> Result<Url, &'static str> {
        if text.starts_with("https://") {
            return Err("HTTPS");
        }
        let rest = text.strip_prefix("http://").unwrap_or(text);
        if rest.contains("://") {
            return Err("this kind of URL");
        }
        let (place, path) = rest.find(['/', '?']).map_or((rest, ""), |at| rest.split_at(at));
        let place = place.rsplit_once('@').map_or(place, |(_, place)| place);
        let (host, port) = match place.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().map_err(|_| "this port")?),
            None => (place, 80),
        };
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        Ok(Url { host: host.to_owned(), port, path: path.split('#').next().unwrap_or("/").to_owned() })
    }

    /// The host, with its port unless it is HTTP's.
    pub fn authority(&self) -> String {
        if self.port == 80 { self.host.clone() } else { format!("{}:{}", self.host, self.port) }
    }

    /// The last part of the path: what `wget` names the file after.
    pub fn file_name(&self) -> &str {
        let path = self.path.split('?').next().unwrap_or("");
        path.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or("index.html")
    }
}

/// `wget`'s options.
pub(super) const WGET: Options = Options {
    usage: "[-cqS] [--spider] [-O FILE] [-o LOGFILE] [--header STR] [-U AGENT] [-T SEC] URL...",
    short: "qO:ST:t:U:H:sP:D:nvd",
    long: &[
        ("quiet", 'q'),
        ("output-document", 'O'),
        ("server-response", 'S'),
        ("timeout", 'T'),
        ("tries", 't'),
        ("user-agent", 'U'),
        ("header", 'H'),
        ("spider", 's'),
        ("post-data", 'D'),
        ("directory-prefix", 'P'),
        ("no-verbose", 'n'),
        ("no-check-certificate", 'd'),
    ],
    missing: "crkpmN",
    failure: 1,
};

/// `curl`'s options.
pub(super) const CURL: Options = Options {
    usage: "[options...] <url>",
    short: "so:iISfLOvX:d:H:A:m:w:kgN",
    long: &[
        ("silent", 's'),
        ("output", 'o'),
        ("include", 'i'),
        ("head", 'I'),
        ("show-error", 'S'),
        ("fail", 'f'),
        ("location", 'L'),
        ("remote-name", 'O'),
        ("verbose", 'v'),
        ("request", 'X'),
        ("data", 'd'),
        ("header", 'H'),
        ("user-agent", 'A'),
        ("max-time", 'm'),
        ("connect-timeout", 'm'),
        ("write-out", 'w'),
        ("insecure", 'k'),
    ],
    missing: "FTuxebcCrzEj",
    failure: 2,
};
