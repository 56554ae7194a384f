//! `scp`: files from one machine to another.
//!
//! Promises: files arrive with their bytes and permissions, or the reason is said in the words of scp(1). Must not know what is in
//! them. A file is written on the other machine by its own shell, as everything that comes from outside.

use std::collections::VecDeque;
use std::sync::Arc;

use super::calls::CallId;
use super::ssh::{Destination, destination};
use crate::world::filesystem::errno::Errno;
use crate::world::process::descriptor::Stream;
use crate::world::process::tools::call::{Call, Flavour, Tool};
use crate::world::process::tools::options::Options;
use crate::world::process::tools::shape::{Machine, Next, machine};
use crate::world::process::{Invocation, ProgramTable, Wait};

const USAGE: &str = "\
usage: scp [-346ABCOpqRrsTv] [-c cipher] [-D sftp_server_path] [-F ssh_config]
           [-i identity_file] [-J destination] [-l limit] [-o ssh_option]
           [-P port] [-S program] [-X sftp_option] source ... target
";
/// How deep folders are copied.
const DEPTH: usize = 64;

/// Adds `scp` to a table.
pub(super) fn register(table: &mut ProgramTable) {
    table.insert("scp", |invocation: &Invocation| machine::<Scp>(Call::new(invocation, Flavour::Gnu)));
}

/// One thing to be done on the other machine: a line of its shell, and what that line reads.
#[derive(Clone, Debug)]
struct Job {
    line: String,
    input: Arc<[u8]>,
    /// Where what the line prints goes to, and with which mode; none for what is sent there.
    fetch: Option<String>,
}

/// `scp` under way.
#[derive(Clone, Debug)]
struct Scp {
    host: Destination,
    jobs: VecDeque<Job>,
    current: Option<(CallId, Job)>,
    /// How much of the input was sent.
    sent: usize,
    fetched: Vec<u8>,
    failed: bool,
}

/// `host:path`, if it is that: a colon before any slash.
fn remote(word: &str) -> Option<(&str, &str)> {
    word.split_once(':').filter(|(host, _)| !host.contains('/') && !host.is_empty())
}

/// A word as the shell on the other side reads it back.
fn quoted(path: &str) -> String {
    let path = if path.is_empty() { "." } else { path };
    match path.strip_prefix("~/") {
        Some(rest) => format!("~/'{}'", rest.replace('\'', "'\\''")),
        None => format!("'{}'", path.replace('\'', "'\\''")),
    }
}

fn last_part(path: &str) -> &str {
    path.trim_end_matches('/').rsplit('/').next().unwrap_or(path)
}

impl Machine for Scp {
    fn start(tool: &mut Tool<'_, '_>) -> Result<Scp, i32> {
        const OPTIONS: Options = Options::short("", "rqP:", "346ABCOopRsTvcDFiJlSX");
        let given = tool.options(&OPTIONS)?;
        let [sources @ .., target] = given.operands.as_slice() else {
            tool.output.push(2, USAGE.as_bytes());
            return Err(1);
        };
        if sources.is_empty() {
            tool.output.push(2, USAGE.as_bytes());
            return Err(1);
        }
        let (mut jobs, mut failed) = (VecDeque::new(), false);
        let host = match remote(target) {
            Some((host, path)) => {
                let host = destination(tool, host, None)?;
                for source in sources {
                    if remote(source).is_some() {
                        return Err(tool.not_modelled("copying between two other machines"));
                    }
                    failed |= send(tool, source, path, given.has('r'), &mut jobs);
                }
                host
            }
            None => {
                let mut host = None;
                for source in sources {
                    let Some((name, path)) = remote(source) else {
                        return Err(tool.not_modelled("copying from this machine to itself"));
                    };
                    if given.has('r') {
                        return Err(tool.not_modelled("fetching folders (-r)"));
                    }
                    let found = destination(tool, name, None)?;
                    let directory = tool.system.status(target, true).is_ok_and(|s| s.entry.node.is_directory());
                    let to = if directory { format!("{target}/{}", last_part(path)) } else { target.clone() };
                    let line = format!("cat {}", quoted(path));
                    jobs.push_back(Job { line, input: Arc::from([]), fetch: Some(to) });
                    host = Some(found);
                }
                host.ok_or(1)?
            }
        };
        Ok(Scp { host, jobs, current: None, sent: 0, fetched: Vec::new(), failed })
    }

    fn step(&mut self, tool: &mut Tool<'_, '_>) -> Next {
        let Some((call, job)) = self.current.clone() else {
            let Some(job) = self.jobs.pop_front() else { return Next::Exit(i32::from(self.failed)) };
            let Some(call) = tool.system.call(&self.host.machine, Some(job.line.clone()), None) else {
                return Next::Exit(255);
            };
            (self.sent, self.fetched) = (0, Vec::new());
            self.current = Some((call, job));
            return Next::Again;
        };
        let news = tool.system.call_news(call);
        for (stream, bytes) in &news.output {
            match stream {
                Stream::Stdout => self.fetched.extend(bytes),
                Stream::Stderr => tool.output.push(2, bytes),
            }
        }
        if let Some(code) = news.ended {
            self.current = None;
            self.failed |= code != 0;
            if let Some(path) = job.fetch.filter(|_| code == 0)
                && let Err(errno) = tool.system.write_file(&path, &self.fetched)
            {
                tool.complain(format_args!("{path}: {errno}"));
                self.failed = true;
            }
            return Next::Again;
        }
        let rest = job.input.get(self.sent..).unwrap_or_default();
        let piece = &rest[..rest.len().min(news.room)];
        if !piece.is_empty() {
            tool.system.call_input(call, Some(piece));
            self.sent += piece.len();
        }
        if self.sent == job.input.len() {
            tool.system.call_input(call, None);
        }
        Next::Wait(Wait::Engine)
    }
}

/// Lists what sending a path takes. Gives whether something cannot be sent; why was said.
fn send(tool: &mut Tool<'_, '_>, source: &str, target: &str, recursive: bool, jobs: &mut VecDeque<Job>) -> bool {
    let directory = tool.system.status(source, true).map(|status| status.entry.node.is_directory());
    match directory {
        Err(errno) => {
            tool.complain(match errno {
                Errno::ENOENT => format!("stat local \"{source}\": No such file or directory"),
                errno => format!("{source}: {errno}"),
            });
            true
        }
        Ok(true) if !recursive => {
            tool.complain(format_args!("local \"{source}\" is not a regular file"));
            tool.complain(format_args!("failed to upload file {source} to {target}"));
            true
        }
        Ok(is_directory) => {
            // Into a folder that is there, under its own name; else under the new name.
            let (target, name) = (quoted(target), quoted(last_part(source)));
            let place = format!("p={target}; [ -d \"$p\" ] && p=\"$p\"/{name};");
            let packed = if is_directory { pack(tool, source) } else { tool.system.read_file(source) };
            let input = match packed {
                Ok(bytes) => bytes,
                Err(errno) => {
                    tool.complain(format_args!("{source}: {errno}"));
                    return true;
                }
            };
            let mode = tool.system.status(source, true).map_or(0o644, |status| status.entry.metadata.mode & 0o777);
            let line = match is_directory {
                true => format!("{place} mkdir -p \"$p\" && tar -x -f - -C \"$p\""),
                false => format!("{place} cat > \"$p\" && chmod {mode:o} \"$p\""),
            };
            jobs.push_back(Job { line, input, fetch: None });
            false
        }
    }
}

/// The files of a folder as an archive, links followed.
fn pack(tool: &mut Tool<'_, '_>, folder: &str) -> Result<Arc<[u8]>, Errno> {
    let mut archive = tar::Builder::new(Vec::new());
    let mut left = vec![(folder.trim_end_matches('/').to_owned(), String::new(), 0)];
    while let Some((path, name, depth)) = left.pop() {
        let status = tool.system.status(&path, true)?;
        let mut header = tar::Header::new_ustar();
        header.set_mode(status.entry.metadata.mode & 0o777);
        header.set_mtime(u64::try_from(tool.system.now().seconds()).unwrap_or_default());
        let written = if status.entry.node.is_directory() {
            if depth >= DEPTH {
                return Err(Errno::ELOOP);
            }
            for inner in tool.system.list(&path)? {
                let below = if name.is_empty() { inner.clone() } else { format!("{name}/{inner}") };
                left.push((format!("{path}/{inner}"), below, depth + 1));
            }
            header.set_entry_type(tar::EntryType::Directory);
            header.set_size(0);
            if name.is_empty() { Ok(()) } else { archive.append_data(&mut header, &name, std::io::empty()) }
        } else {
            let bytes = tool.system.read_file(&path)?;
            header.set_size(bytes.len() as u64);
            archive.append_data(&mut header, &name, &*bytes)
        };
        written.map_err(|_| Errno::ENAMETOOLONG)?;
    }
    archive.into_inner().map(Arc::from).map_err(|_| Errno::EFBIG)
}
