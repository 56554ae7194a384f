//! What nginx's own command line says and does: start, `-t`, `-s`, and a configuration that is read again.
//!
//! Promises: the words and exit codes of nginx. Must not know what a configuration means.

use super::Site;
use crate::world::process::tools::size::date;
use crate::world::process::{Signal, System};

/// Where the master process says its number.
const NUMBER: &str = "/run/nginx.pid";

/// The beginning of a line of nginx's error log.
fn head(system: &System<'_>, level: &str) -> String {
    let (date, pid) = (date(system.now(), "%Y/%m/%d %H:%M:%S"), system.pid());
    format!("{date} [{level}] {pid}#{pid}: ")
}

/// Reads the configuration; `-s` then sends a signal to the nginx that runs.
///
/// # Errors
/// The exit code, if the command ends here.
pub fn begin(system: &mut System<'_>, arguments: &[String]) -> Result<Site, i32> {
    let asked = arguments.first().map(String::as_str);
    let site = match Site::read(system) {
        Ok(site) => site,
        Err(text) => {
            complain(system, &text);
            system.complain(&format!("nginx: {text}\n"));
            if asked == Some("-t") {
                system.complain("nginx: configuration file /etc/nginx/nginx.conf test failed\n");
            }
            return Err(1);
        }
    };
    match asked {
        Some("-s") => Err(signal(system, arguments.get(1).map_or("", String::as_str))),
        _ => Ok(site),
    }
}

/// Reads the configuration again; one that is wrong changes nothing.
pub fn again(system: &mut System<'_>) -> Option<Site> {
    match Site::read(system) {
        Ok(site) => Some(site),
        Err(text) => {
            complain(system, &text);
            None
        }
    }
}

fn complain(system: &mut System<'_>, text: &str) {
    let what = text.strip_prefix("[emerg] ").unwrap_or(text);
    system.complain(&format!("{}{what}\n", head(system, "emerg")));
}

/// `nginx -s WORD`: gives the exit code.
fn signal(system: &mut System<'_>, word: &str) -> i32 {
    let signal = match word {
        "reload" => Signal::HUP,
        "quit" => Signal::QUIT,
        "stop" => Signal::TERM,
        _ => {
            system.complain(&format!("nginx: invalid option: \"-s {word}\"\n"));
            return 1;
        }
    };
    system.complain(&format!("{}signal process started\n", head(system, "notice")));
    let master = system.read_file(NUMBER).ok();
    let master = master.and_then(|bytes| String::from_utf8_lossy(&bytes).trim().parse::<i64>().ok());
    if let Some(Ok(())) = master.map(|master| system.kill(master, Some(signal))) {
        return 0;
    }
    let what = format!("open() \"{NUMBER}\" failed (2: No such file or directory)");
    system.complain(&format!("{}{what}\nnginx: [error] {what}\n", head(system, "error")));
    1
}
