//! BuildKit's plain progress: `util/progress/progressui/printer.go`, and what buildx prints at the end.
//!
//! Promises: a block for each vertex, a blank line between blocks; the logs of what failed once more; the excerpt; the
//! error. Must not know how a build is done.

use std::collections::BTreeMap;

use crate::client::program::Client;
use crate::world::daemon::build::progress::{BuildMessage, BuildWarning, Vertex};

/// The least time that is worth telling, in seconds.
const LEAST_SECONDS: f64 = 0.01;
/// How many lines of a failed vertex are printed again.
const LOG_LINES: usize = 10;

/// Prints the messages of a build.
#[derive(Clone, Debug)]
pub struct Printer {
    quiet: bool,
    /// Whether it prints on standard output, as bake's progress does, instead of standard error.
    aside: bool,
    vertexes: BTreeMap<Vertex, Shown>,
    /// The vertex whose block is open.
    last: Option<Vertex>,
    warnings: Vec<BuildWarning>,
    failed: Vec<Vertex>,
    error: Option<(String, Option<String>)>,
    check_error: Option<(String, Option<String>)>,
}

/// A vertex as it is shown.
#[derive(Clone, Debug, Default)]
struct Shown {
    name: String,
    /// Whole lines that it wrote, with their times.
    log: Vec<String>,
    /// The beginning of a line.
    open: Vec<u8>,
}

impl Printer {
    /// A printer for a build that begins.
    pub fn new(quiet: bool) -> Printer {
        let (vertexes, warnings, failed) = (BTreeMap::new(), Vec::new(), Vec::new());
        Printer { quiet, aside: false, vertexes, last: None, warnings, failed, error: None, check_error: None }
    }

    /// The same for a build that another program shows, on its standard output.
    pub fn on_standard_output(mut self) -> Printer {
        self.aside = true;
        self
    }

    fn write(&self, client: &mut Client, text: &str) {
        if self.aside { client.out(text) } else { client.err(text) }
    }

    /// Prints a message.
    pub fn print(&mut self, client: &mut Client, message: BuildMessage) {
        match message {
            BuildMessage::Started { vertex, name } => {
                self.vertexes.insert(vertex, Shown { name, ..Shown::default() });
                self.open_block(client, vertex);
            }
            BuildMessage::Status { vertex, text, took } => {
                let took = match took {
                    None => String::new(),
                    Some(took) if took.as_secs_f64() > LEAST_SECONDS => format!(" {:.1}s done", took.as_secs_f64()),
                    Some(_) => " done".to_owned(),
                };
                self.line(client, vertex, &format!("{text}{took}"));
            }
            BuildMessage::Log { vertex, after, bytes, .. } => {
                for part in bytes.split_inclusive(|byte| *byte == b'\n') {
                    let shown = self.vertexes.entry(vertex).or_default();
                    shown.open.extend_from_slice(part);
                    if part.ends_with(b"\n") {
                        self.log_line(client, vertex, after.as_secs_f64());
                    }
                }
            }
            BuildMessage::Finished { vertex, cached, took } => {
                self.log_line(client, vertex, took.as_secs_f64());
                let text = if cached { "CACHED".to_owned() } else { format!("DONE {:.1}s", took.as_secs_f64()) };
                self.line(client, vertex, &text);
            }
            BuildMessage::Failed { vertex, error } => {
                self.log_line(client, vertex, 0.0);
                self.line(client, vertex, &format!("ERROR: {error}"));
                self.failed.push(vertex);
            }
            BuildMessage::Canceled { vertex } => self.line(client, vertex, "CANCELED"),
            BuildMessage::Warnings(warnings) => self.warnings = warnings,
            BuildMessage::Error { text, excerpt } => self.error = Some((text, excerpt)),
            BuildMessage::CheckFailed { text, excerpt } => self.check_error = Some((text, excerpt)),
        }
    }

    /// Prints a line that is whole, or is not to become so.
    fn log_line(&mut self, client: &mut Client, vertex: Vertex, seconds: f64) {
        let Some(shown) = self.vertexes.get_mut(&vertex).filter(|shown| !shown.open.is_empty()) else { return };
        let bytes = std::mem::take(&mut shown.open);
        let text = String::from_utf8_lossy(&bytes);
        let line = format!("{seconds:.3} {}", text.trim_end_matches(['\n', '\r']));
        shown.log.push(line.clone());
        self.line(client, vertex, &line);
    }

    fn open_block(&mut self, client: &mut Client, vertex: Vertex) {
        if self.last == Some(vertex) || self.quiet {
            return;
        }
        // What another program shows has no line above its first block.
        let space = if self.aside && self.last.is_none() { "" } else { "\n" };
        self.last = Some(vertex);
        let name = self.vertexes.get(&vertex).map_or("", |shown| shown.name.as_str());
        self.write(client, &format!("{space}#{vertex} {name}\n"));
    }

    fn line(&mut self, client: &mut Client, vertex: Vertex, text: &str) {
        if !self.quiet {
            self.open_block(client, vertex);
            self.write(client, &format!("#{vertex} {text}\n"));
        }
    }

    /// Prints the last lines of what failed once more.
    fn print_failed(&self, client: &mut Client) {
        for vertex in self.failed.iter().filter(|_| !self.quiet) {
            let Some(shown) = self.vertexes.get(vertex) else { continue };
            let skipped = shown.log.len().saturating_sub(LOG_LINES);
            let log: String = shown.log.iter().skip(skipped).map(|line| format!("{line}\n")).collect();
            self.write(client, &format!("------\n > {}:\n{log}------\n", shown.name));
        }
    }

    /// Whether the build has failed.
    pub fn has_failed(&self) -> bool {
        self.error.is_some()
    }

    /// The end for a program that tells the error itself: the excerpt and the error, if it failed.
    pub fn end(&self, client: &mut Client, failure: Option<&str>) -> Option<String> {
        self.print_failed(client);
        let (text, excerpt) = match (&self.error, failure) {
            (Some((text, excerpt)), _) => (text.as_str(), excerpt.as_deref().unwrap_or_default()),
            (None, failure) => (failure?, ""),
        };
        Some(format!("{excerpt}failed to solve: {text}\n"))
    }

    /// Prints what is printed at the end; true when all went well.
    pub fn finish(&mut self, client: &mut Client, failure: Option<&str>, check: bool) -> bool {
        self.print_failed(client);
        if check && self.error.is_none() {
            return self.print_check(client, failure);
        }
        if !self.quiet && !self.warnings.is_empty() {
            // The same told twice is told once: `dedupWarnings` of buildx.
            let mut warnings: Vec<&BuildWarning> = Vec::new();
            for warning in &self.warnings {
                if !warnings.contains(&warning) {
                    warnings.push(warning);
                }
            }
            let count = warnings.len();
            let noun = if count == 1 { "warning" } else { "warnings" };
            client.err(format!("\n \x1b[33m{count} {noun} found (use docker --debug to expand):\n\x1b[0m"));
            for warning in warnings {
                client.err(format!(" - {}: {} (line {})\n", warning.rule, warning.detail, warning.line));
            }
        }
        let text = match (&self.error, failure) {
            (Some((text, excerpt)), _) => {
                client.err(excerpt.as_deref().unwrap_or_default());
                text.clone()
            }
            (None, Some(failure)) => failure.to_owned(),
            (None, None) => return true,
        };
        client.err(format!("ERROR: failed to build: failed to solve: {text}\n"));
        false
    }

    /// What `--check` prints on standard output: BuildKit `frontend/subrequests/lint`.
    fn print_check(&self, client: &mut Client, failure: Option<&str>) -> bool {
        let error = self.check_error.as_ref();
        let count = self.warnings.len();
        match (count, error) {
            (0, None) if failure.is_none() => {
                client.out("Check complete, no warnings found.\n");
                return true;
            }
            (0, None) => {}
            (0, Some(_)) => {}
            (1, _) => client.out("Check complete, 1 warning has been found!\n"),
            (count, _) => client.out(format!("Check complete, {count} warnings have been found!\n")),
        }
        for warning in &self.warnings {
            let (rule, url, detail) = (&warning.rule, &warning.url, &warning.detail);
            let page = if url.is_empty() { String::new() } else { format!(" - {url}") };
            client.out(format!("\nWARNING: {rule}{page}\n{detail}\n{}", warning.excerpt));
        }
        match (error, failure) {
            (Some((text, excerpt)), _) => {
                if count > 0 {
                    client.out("\n");
                }
                client.err(format!("ERROR: {text}\n{}\n", excerpt.as_deref().unwrap_or_default()));
            }
            (None, Some(failure)) => client.err(format!("ERROR: failed to build: failed to solve: {failure}\n")),
            (None, None) => {}
        }
        false
    }
}

/// What is shown of a build whose Dockerfile is not there.
pub fn no_dockerfile(client: &mut Client, quiet: bool, name: &str) {
    if !quiet {
        client.err(format!(
            "#0 building with \"default\" instance using docker driver\n\n\
             #1 [internal] load build definition from {name}\n#1 transferring dockerfile: 2B done\n#1 DONE 0.0s\n"
        ));
    }
}
