//! nginx's own side of a web server: its configuration, and the servers that it passes requests on to.
//!
//! Promises: what the configuration files say is done, or refused in nginx's words; a directive that is not modelled is refused, unless
//! it makes no difference to what the model shows. Names of servers are looked up when the configuration is read, as nginx does.
//! Must not know sockets of clients. Start reading at [`Site::read`].

pub mod command;
pub mod proxy;
mod syntax;

use std::net::Ipv4Addr;

use self::syntax::{Directive, Emergency, read};
use crate::world::process::System;
use crate::world::process::program::Balance;

/// Where the configuration begins.
pub const FILE: &str = "/etc/nginx/nginx.conf";
/// Most servers and locations.
const LIMIT: usize = 1_000;

/// What a web server does with requests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Site {
    pub port: u16,
    pub locations: Vec<Location>,
}

/// What is done with the paths that begin so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    pub path: String,
    /// Only this path.
    pub exact: bool,
    pub action: Action,
}

/// What is done with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    Files { root: String, index: String },
    Return { code: u16, text: String },
    Pass(Pass),
}

/// Servers that requests are passed on to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pass {
    /// As the configuration names them: the `Host` that they are asked by.
    pub host: String,
    /// In place of the location's path, if it is given.
    pub path: Option<String>,
    pub servers: Vec<(Ipv4Addr, u16)>,
    pub balance: Balance,
}

/// What `try_files` says in the configuration that Debian and Ubuntu ship: to do with files what is done anyway.
const FILES_OR_NOTHING: [&str; 3] = ["$uri", "$uri/", "=404"];
/// Directives of nginx that make no difference to what the model shows.
const WITHOUT_EFFECT: &[&str] = &[
    "access_log",
    "charset",
    "client_max_body_size",
    "daemon",
    "default_type",
    "error_log",
    "error_page",
    "gzip",
    "gzip_types",
    "keepalive",
    "keepalive_requests",
    "keepalive_timeout",
    "log_format",
    "pid",
    "proxy_buffering",
    "proxy_connect_timeout",
    "proxy_http_version",
    "proxy_next_upstream",
    "proxy_read_timeout",
    "proxy_redirect",
    "proxy_send_timeout",
    "proxy_set_header",
    "sendfile",
    "ssl_prefer_server_ciphers",
    "ssl_protocols",
    "server_name",
    "server_tokens",
    "tcp_nodelay",
    "tcp_nopush",
    "types_hash_max_size",
    "user",
    "worker_connections",
    "worker_processes",
    "worker_rlimit_nofile",
    "zone",
    "multi_accept",
    "use",
];
/// Directives of nginx that make a difference, and are not modelled.
const NOT_MODELLED: &[&str] = &[
    "add_header",
    "alias",
    "allow",
    "auth_basic",
    "autoindex",
    "deny",
    "expires",
    "fastcgi_pass",
    "geo",
    "grpc_pass",
    "hash",
    "if",
    "ip_hash",
    "limit_conn",
    "limit_req",
    "limit_req_zone",
    "map",
    "proxy_cache",
    "proxy_cache_path",
    "random",
    "resolver",
    "rewrite",
    "set",
    "split_clients",
    "ssl_certificate",
    "ssl_certificate_key",
    "stream",
    "sub_filter",
    "try_files",
    "uwsgi_pass",
];

impl Site {
    /// Reads the configuration of the process's own file system, and looks up the names in it.
    ///
    /// # Errors
    /// What nginx writes behind `nginx: ` before it ends.
    pub fn read(system: &System<'_>) -> Result<Site, String> {
        let whole = |path: &str| {
            let bytes = system.read_file(path);
            bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).map_err(|errno| {
                let number = if errno == crate::world::filesystem::errno::Errno::EACCES { 13 } else { 2 };
                Emergency(format!("open() \"{path}\" failed ({number}: {errno})"))
            })
        };
        let mut include = |pattern: &str| {
            let pattern = if pattern.starts_with('/') { pattern.to_owned() } else { format!("/etc/nginx/{pattern}") };
            if pattern.ends_with("mime.types") {
                // What kinds of files there are, the model knows.
                return Ok(Vec::new());
            }
            let Some((directory, name)) = pattern.rsplit_once('/') else { return Ok(Vec::new()) };
            let Some(ending) = name.strip_prefix('*') else {
                return whole(&pattern).map(|text| vec![(pattern.clone(), text)]);
            };
            let mut names = system.list(directory).unwrap_or_default();
            names.retain(|name| name.ends_with(ending) && !name.starts_with('.'));
            names.sort();
            names
                .iter()
                .map(|name| format!("{directory}/{name}"))
                .map(|path| Ok((path.clone(), whole(&path)?)))
                .collect()
        };
        let read = whole(FILE).and_then(|text| read(FILE, &text, &mut include));
        read.and_then(|directives| Site::of(system, &directives)).map_err(|Emergency(text)| format!("[emerg] {text}"))
    }

    fn of(system: &System<'_>, directives: &[Directive]) -> Result<Site, Emergency> {
        let mut site = Site { port: 80, locations: Vec::new() };
        let mut upstreams: Vec<(String, Vec<(Ipv4Addr, u16)>, Balance)> = Vec::new();
        let mut servers = Vec::new();
        for directive in directives {
            match (directive.name.as_str(), &directive.block) {
                ("events", Some(_)) => {}
                ("http", Some(inner)) => {
                    for directive in inner {
                        match (directive.name.as_str(), &directive.block) {
                            ("upstream", Some(inner)) => {
                                let name = directive.words.first().cloned().unwrap_or_default();
                                let (servers, balance) = upstream(system, inner)?;
                                if servers.is_empty() {
                                    let text = "no servers are inside upstream";
                                    return Err(at(directive, text));
                                }
                                upstreams.push((name, servers, balance));
                            }
                            ("server", Some(inner)) => servers.push(inner),
                            _ => other(directive)?,
                        }
                    }
                }
                _ => other(directive)?,
            }
        }
        // Without names and addresses to tell them apart, the first server of a port answers.
        if let Some(server) = servers.first() {
            site.server(system, server, &upstreams)?;
        }
        Ok(site)
    }

    fn server(
        &mut self,
        system: &System<'_>,
        directives: &[Directive],
        upstreams: &[(String, Vec<(Ipv4Addr, u16)>, Balance)],
    ) -> Result<(), Emergency> {
        let mut files = ("/etc/nginx/html".to_owned(), "index.html".to_owned());
        for directive in directives {
            let first = directive.words.first().map_or("", String::as_str);
            match (directive.name.as_str(), &directive.block) {
                ("listen", None) => {
                    let port = first.rsplit(':').next().unwrap_or(first);
                    if !first.starts_with('[') {
                        self.port = port.parse().map_err(|_| {
                            at(directive, &format!("invalid port in \"{first}\" of the \"listen\" directive"))
                        })?;
                    }
                }
                ("root", None) => first.clone_into(&mut files.0),
                ("index", None) => first.clone_into(&mut files.1),
                ("location" | "return", _) => {}
                ("try_files", None) if directive.words == FILES_OR_NOTHING => {}
                _ => other(directive)?,
            }
        }
        for directive in directives {
            if self.locations.len() >= LIMIT {
                return Err(at(directive, "too many locations"));
            }
            match (directive.name.as_str(), &directive.block) {
                ("location", Some(inner)) => {
                    let (exact, path) = match directive.words.as_slice() {
                        [path] => (false, path.clone()),
                        [sign, path] if sign == "=" => (true, path.clone()),
                        [sign, path] if sign == "^~" => (false, path.clone()),
                        _ => return Err(not_modelled(directive)),
                    };
                    let action = location(system, inner, &files, upstreams)?;
                    self.locations.push(Location { path, exact, action });
                }
                ("return", None) => {
                    let action = answer(directive)?;
                    self.locations.push(Location { path: "/".to_owned(), exact: false, action });
                }
                _ => {}
            }
        }
        if !self.locations.iter().any(|location| location.path == "/" && !location.exact) {
            let action = Action::Files { root: files.0, index: files.1 };
            self.locations.push(Location { path: "/".to_owned(), exact: false, action });
        }
        Ok(())
    }

    /// What is done with a path: the exact location, or the longest that it begins with.
    pub fn location(&self, path: &str) -> Option<&Location> {
        let exact = self.locations.iter().find(|location| location.exact && location.path == path);
        let begins = self.locations.iter().filter(|location| !location.exact && path.starts_with(&location.path));
        exact.or_else(|| begins.max_by_key(|location| location.path.len()))
    }
}

fn location(
    system: &System<'_>,
    directives: &[Directive],
    files: &(String, String),
    upstreams: &[(String, Vec<(Ipv4Addr, u16)>, Balance)],
) -> Result<Action, Emergency> {
    let mut action = Action::Files { root: files.0.clone(), index: files.1.clone() };
    for directive in directives {
        let first = directive.words.first().map_or("", String::as_str);
        match (directive.name.as_str(), &mut action) {
            ("root", Action::Files { root, .. }) => first.clone_into(root),
            ("index", Action::Files { index, .. }) => first.clone_into(index),
            ("return", _) => action = answer(directive)?,
            ("try_files", Action::Files { .. }) if directive.words == FILES_OR_NOTHING => {}
            ("proxy_pass", _) => {
                let Some(rest) = first.strip_prefix("http://") else {
                    return Err(match first.contains('$') || first.starts_with("https://") {
                        true => not_modelled(directive),
                        false => at(directive, "invalid URL prefix"),
                    });
                };
                if rest.contains('$') {
                    return Err(not_modelled(directive));
                }
                let (host, path) = match rest.split_once('/') {
                    Some((host, path)) => (host, Some(format!("/{path}"))),
                    None => (rest, None),
                };
                let group = upstreams.iter().find(|(name, ..)| name == host);
                let (servers, balance) = match group {
                    Some((_, servers, balance)) => (servers.clone(), *balance),
                    None => (look_up(system, host, directive)?, Balance::RoundRobin),
                };
                action = Action::Pass(Pass { host: host.to_owned(), path, servers, balance });
            }
            _ => other(directive)?,
        }
    }
    Ok(action)
}

fn answer(directive: &Directive) -> Result<Action, Emergency> {
    let code = directive.words.first().and_then(|code| code.parse().ok());
    let code = code.ok_or_else(|| at(directive, &format!("invalid return code \"{}\"", directive.words.concat())))?;
    let text = directive.words.get(1).cloned().unwrap_or_default();
    if text.contains('$') || (300..400).contains(&code) {
        return Err(not_modelled(directive));
    }
    Ok(Action::Return { code, text })
}

fn upstream(system: &System<'_>, directives: &[Directive]) -> Result<(Vec<(Ipv4Addr, u16)>, Balance), Emergency> {
    let (mut servers, mut balance) = (Vec::new(), Balance::RoundRobin);
    for directive in directives {
        match directive.name.as_str() {
            "server" => {
                let host = directive.words.first().map_or("", String::as_str);
                let known = |word: &&String| word.starts_with("max_fails=") || word.starts_with("fail_timeout=");
                if directive.words.iter().skip(1).any(|word| !known(&word)) {
                    return Err(not_modelled(directive));
                }
                servers.extend(look_up(system, host, directive)?);
            }
            "least_conn" => balance = Balance::LeastBusy,
            _ => other(directive)?,
        }
    }
    Ok((servers, balance))
}

/// All addresses of a `host:port`.
fn look_up(system: &System<'_>, written: &str, directive: &Directive) -> Result<Vec<(Ipv4Addr, u16)>, Emergency> {
    let (host, port) = match written.rsplit_once(':') {
        Some((host, port)) => {
            let port = port.parse().map_err(|_| at(directive, &format!("invalid port in upstream \"{written}\"")))?;
            (host, port)
        }
        None => (written, 80),
    };
    let addresses = system.lookup_all(host);
    if addresses.is_empty() {
        return Err(at(directive, &format!("host not found in upstream \"{written}\"")));
    }
    Ok(addresses.into_iter().map(|address| (address, port)).collect())
}

fn at(directive: &Directive, text: &str) -> Emergency {
    Emergency(format!("{text} in {}:{}", directive.file, directive.line))
}

fn not_modelled(directive: &Directive) -> Emergency {
    at(directive, &format!("\"{}\" as it is written here is not modelled in Layerlab", directive.name))
}

/// A directive that has no place of its own in the model.
fn other(directive: &Directive) -> Result<(), Emergency> {
    let name = directive.name.as_str();
    if WITHOUT_EFFECT.contains(&name) {
        return Ok(());
    }
    if NOT_MODELLED.contains(&name)
        || ["http", "server", "location", "upstream", "events", "proxy_pass", "root"].contains(&name)
    {
        return Err(not_modelled(directive));
    }
    Err(at(directive, &format!("unknown directive \"{name}\"")))
}
