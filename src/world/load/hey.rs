//! `hey`: many users who send requests, and a summary of what they got (github.com/rakyll/hey).
//!
//! Promises: the flags, words and figures of hey 0.1.4; what is not modelled is refused. Must not know how requests are reckoned.

use std::sync::Arc;
use std::time::Duration;

use super::report::{Failure, Report};
use super::running::LoadId;
use super::simulation::Demand;
use super::topology::Target;
use super::users::Arrivals;
use crate::world::process::signal::Action;
use crate::world::process::tools::call::{Call, Flavour, Tool};
use crate::world::process::tools::shape::{Machine, Next, machine};
use crate::world::process::tools::url::Url;
use crate::world::process::{Invocation, ProgramTable, Signal, Wait};

/// Most users of one call.
const USERS: u32 = 10_000;
/// Most requests of one call, which `hey` keeps too.
const REQUESTS: u64 = 1_000_000;
/// How wide the longest bar of the histogram is.
const BAR: usize = 40;
const BUCKETS: usize = 10;

const USAGE: &str = "\
Usage: hey [options...] <url>

Options:
  -n  Number of requests to run. Default is 200.
  -c  Number of workers to run concurrently. Total number of requests cannot
      be smaller than the concurrency level. Default is 50.
  -q  Rate limit, in queries per second (QPS) per worker. Default is no rate limit.
  -z  Duration of application to send requests. When duration is reached,
      application stops and exits. If duration is specified, n is ignored.
      Examples: -z 10s -z 3m.
  -o  Output type. If none provided, a summary is printed.
      \"csv\" is the only supported alternative. Dumps the response
      metrics in comma-separated values format.

  -m  HTTP method, one of GET, POST, PUT, DELETE, HEAD, OPTIONS.
  -t  Timeout for each request in seconds. Default is 20, use 0 for infinite.
";

/// Adds `hey` to a table.
pub(super) fn register(table: &mut ProgramTable) {
    table.insert("hey", |invocation: &Invocation| machine::<Hey>(Call::new(invocation, Flavour::Gnu)));
}

/// `hey` under way.
#[derive(Clone, Debug)]
struct Hey {
    load: LoadId,
    url: String,
    host: (String, u16),
}

/// What the words ask for.
struct Wanted {
    requests: u64,
    users: u32,
    rate: f64,
    duration: Option<Duration>,
    patience: f64,
    method: String,
    url: String,
}

fn refuse(tool: &mut Tool<'_, '_>, text: &str) -> i32 {
    let text = if text.is_empty() { String::new() } else { format!("{text}\n\n") };
    tool.output.push(2, format!("{text}{USAGE}\n").as_bytes());
    1
}

fn wanted(tool: &mut Tool<'_, '_>) -> Result<Wanted, i32> {
    let mut wanted = Wanted {
        requests: 200,
        users: 50,
        rate: 0.0,
        duration: None,
        patience: 20.0,
        method: "GET".to_owned(),
        url: String::new(),
    };
    let arguments = tool.call.arguments.clone();
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        let Some(flag) = word.strip_prefix('-').map(|flag| flag.trim_start_matches('-')) else {
            wanted.url.clone_from(word);
            break;
        };
        let (flag, attached) = match flag.split_once('=') {
            Some((flag, value)) => (flag, Some(value.to_owned())),
            None => (flag, None),
        };
        if flag == "h" || flag == "help" {
            return Err(refuse(tool, ""));
        }
        if !["n", "c", "q", "z", "t", "m"].contains(&flag) {
            let real = ["o", "H", "A", "d", "D", "T", "U", "a", "x", "h2", "host", "cpus"];
            let switches = ["disable-compression", "disable-keepalive", "disable-redirects"];
            return Err(match real.contains(&flag) || switches.contains(&flag) {
                true => tool.not_modelled(format_args!("the flag -{flag}")),
                false => {
                    tool.output.push(2, format!("flag provided but not defined: -{flag}\n").as_bytes());
                    refuse(tool, "");
                    2
                }
            });
        }
        let Some(value) = attached.or_else(|| words.next().cloned()) else {
            tool.output.push(2, format!("flag needs an argument: -{flag}\n").as_bytes());
            refuse(tool, "");
            return Err(2);
        };
        let read = match flag {
            "n" => value.parse().map(|number| wanted.requests = number).is_ok(),
            "c" => value.parse().map(|number| wanted.users = number).is_ok(),
            "q" => value.parse().map(|number| wanted.rate = number).is_ok(),
            "t" => value.parse::<u32>().map(|number| wanted.patience = f64::from(number)).is_ok(),
            "z" => {
                wanted.duration = crate::world::process::tools::size::duration(&value);
                wanted.duration.is_some()
            }
            _ => {
                wanted.method = value.to_uppercase();
                true
            }
        };
        if !read {
            let text = format!("invalid value \"{value}\" for flag -{flag}: parse error\n");
            tool.output.push(2, text.as_bytes());
            refuse(tool, "");
            return Err(2);
        }
    }
    Ok(wanted)
}

impl Machine for Hey {
    fn start(tool: &mut Tool<'_, '_>) -> Result<Hey, i32> {
        let wanted = wanted(tool)?;
        if wanted.url.is_empty() {
            return Err(refuse(tool, ""));
        }
        if wanted.duration.is_none() && (wanted.requests == 0 || wanted.users == 0) {
            return Err(refuse(tool, "-n and -c cannot be smaller than 1."));
        }
        if wanted.duration.is_none() && wanted.requests < u64::from(wanted.users) {
            return Err(refuse(tool, "-n cannot be less than -c."));
        }
        if wanted.users == 0 {
            return Err(refuse(tool, "-c cannot be smaller than 1."));
        }
        if wanted.users > USERS || wanted.requests > REQUESTS {
            let text = format!("more than {USERS} workers or {REQUESTS} requests");
            return Err(tool.not_modelled(text));
        }
        let url = match Url::parse(&wanted.url) {
            Ok(url) if wanted.url.starts_with("http://") => url,
            Ok(_) => {
                let text = format!("Get \"{}\": unsupported protocol scheme \"\"", wanted.url);
                return Err(refuse(tool, &text));
            }
            Err(what) => return Err(tool.not_modelled(what)),
        };
        let request = format!(
            "{} {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: hey/0.0.1\r\nContent-Type: text/html\r\n\r\n",
            wanted.method,
            url.path,
            url.authority()
        );
        let address = tool.system.lookup_host(&url.host);
        let Some((address, namespace)) = address.zip(tool.system.me().map(|me| me.namespaces.network)) else {
            // Every request fails alike, at once.
            let mut report = Report::default();
            (0..wanted.requests).for_each(|_| report.fail(Failure::NoHost));
            tool.out(summary(&report, &wanted.url, &(url.host.clone(), url.port)));
            return Err(0);
        };
        let target = Target {
            machine: tool.system.context.machine.clone(),
            namespace,
            address,
            port: url.port,
            request: Arc::from(request.into_bytes()),
        };
        let demand = Demand {
            users: wanted.users,
            arrivals: if wanted.rate > 0.0 { Arrivals::Ticks(1.0 / wanted.rate) } else { Arrivals::AtOnce },
            // Workers share the requests evenly; what is left over is not sent.
            requests: Some(match wanted.duration {
                None => wanted.requests - wanted.requests % u64::from(wanted.users),
                Some(_) => REQUESTS,
            }),
            until: wanted.duration.map(|duration| duration.as_secs_f64()),
            patience: wanted.patience,
        };
        let Ok(load) = tool.system.begin_load(target, demand) else {
            return Err(tool.not_modelled("a second load while another is under way"));
        };
        tool.system.set_action(Signal::INT, Action::Catch);
        Ok(Hey { load, url: wanted.url.clone(), host: (address.to_string(), url.port) })
    }

    fn step(&mut self, tool: &mut Tool<'_, '_>) -> Next {
        if tool.system.take_signal().is_some() {
            tool.system.stop_load(self.load);
        }
        let Some(report) = tool.system.load_report(self.load) else { return Next::Wait(Wait::Engine) };
        let text = summary(report, &self.url, &self.host);
        tool.out(text);
        Next::Exit(0)
    }
}

/// The summary, as hey prints it: with «NaN» for a mean of no answers.
fn summary(report: &Report, url: &str, host: &(String, u16)) -> String {
    let sorted = report.sorted();
    let (fastest, slowest) = (sorted.first().copied().unwrap_or(0.0), sorted.last().copied().unwrap_or(0.0));
    let mean = report.mean().map_or_else(|| "NaN".to_owned(), |mean| format!("{mean:.4}"));
    let mut text = format!(
        "\nSummary:\n  Total:\t{:.4} secs\n  Slowest:\t{slowest:.4} secs\n  Fastest:\t{fastest:.4} secs\n  Average:\t{mean} secs\n  \
         Requests/sec:\t{:.4}\n  \n",
        report.total,
        report.rate()
    );
    if report.bytes > 0 && !sorted.is_empty() {
        let each = report.bytes / sorted.len() as u64;
        text.push_str(&format!("  Total data:\t{} bytes\n  Size/request:\t{each} bytes\n", report.bytes));
    }
    text.push_str("\nResponse time histogram:\n");
    if !sorted.is_empty() {
        text.push_str(&histogram(&sorted, fastest, slowest));
    }
    text.push_str("\n\nLatency distribution:\n");
    if !sorted.is_empty() {
        distribution(&sorted)
            .iter()
            .for_each(|(percent, time)| text.push_str(&format!("  {percent}% in {time:.4} secs\n")));
    }
    // Names are looked up and connections made in no time; all of it is waiting for the answer.
    text.push_str("\nDetails (average, fastest, slowest):\n");
    let none = if sorted.is_empty() { "NaN" } else { "0.0000" };
    for part in ["DNS+dialup", "DNS-lookup", "req write"] {
        text.push_str(&format!("  {part}:\t{none} secs, 0.0000 secs, 0.0000 secs\n"));
    }
    text.push_str(&format!("  resp wait:\t{mean} secs, {fastest:.4} secs, {slowest:.4} secs\n"));
    text.push_str(&format!("  resp read:\t{none} secs, 0.0000 secs, 0.0000 secs\n"));
    text.push_str("\nStatus code distribution:\n");
    for (status, count) in &report.statuses {
        text.push_str(&format!("  [{status}]\t{count} responses\n"));
    }
    text.push('\n');
    if !report.failures.is_empty() {
        text.push_str("Error distribution:\n");
        let (address, port) = host;
        for (failure, count) in &report.failures {
            let what = match failure {
                Failure::NoHost => format!("dial tcp: lookup {address}: no such host"),
                Failure::Refused => format!("dial tcp {address}:{port}: connect: connection refused"),
                Failure::Reset => format!("read tcp {address}:{port}: read: connection reset by peer"),
                Failure::TimedOut => {
                    "context deadline exceeded (Client.Timeout exceeded while awaiting headers)".to_owned()
                }
            };
            text.push_str(&format!("  [{count}]\tGet \"{url}\": {what}\n"));
        }
        text.push('\n');
    } else {
        text.push_str("\n\n");
    }
    text
}

/// The percentiles that hey prints, each the first time that is past its share; one that few answers leave out is 0 of 0.
fn distribution(sorted: &[f64]) -> Vec<(usize, f64)> {
    const SHARES: [usize; 7] = [10, 25, 50, 75, 90, 95, 99];
    let mut found = Vec::new();
    for (at, time) in sorted.iter().enumerate() {
        if let Some(share) = SHARES.get(found.len()).filter(|share| at * 100 / sorted.len() >= **share) {
            found.push(if *time > 0.0 { (*share, *time) } else { (0, 0.0) });
        }
    }
    found.resize(SHARES.len(), (0, 0.0));
    found
}

fn histogram(sorted: &[f64], fastest: f64, slowest: f64) -> String {
    let size = (slowest - fastest) / BUCKETS as f64;
    let mut marks: Vec<f64> = (0..BUCKETS).map(|at| fastest + size * at as f64).collect();
    marks.push(slowest);
    let mut counts = vec![0_usize; marks.len()];
    let mut bucket = 0;
    for time in sorted {
        while *time > marks[bucket] && bucket + 1 < marks.len() {
            bucket += 1;
        }
        counts[bucket] += 1;
    }
    let most = counts.iter().copied().max().unwrap_or(0).max(1);
    let row = |(mark, count): (&f64, &usize)| {
        let bar = "■".repeat((count * BAR + most / 2) / most);
        format!("  {mark:.3} [{count}]\t|{bar}\n")
    };
    marks.iter().zip(&counts).map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_is_heys() {
        let mut report = Report { total: 2.0, ..Report::default() };
        for at in 1..=10 {
            report.answer(f64::from(at) / 10.0, 200, 25);
        }
        report.fail(Failure::TimedOut);
        let text = summary(&report, "http://prod/", &("10.0.0.2".to_owned(), 80));
        insta::assert_snapshot!(text);
    }
}
