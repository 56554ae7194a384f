//! What Compose sees to before any of its commands: flags that exclude each other, the form of the progress.
//!
//! Promises: the checks of Compose's `PersistentPreRunE`, in its order.

use super::ComposeError;
use super::machine::{says_yes, variable};
use super::progress::{Mode, Progress};
use super::work::Site;
use crate::client::program::Client;
use crate::client::units::go_quote;
use crate::world::process::System;
use crate::world::registry::go_json;

fn refuse<T>(text: String) -> Result<T, ComposeError> {
    Err(ComposeError::Message(text))
}

/// Checks the flags before the command, and settles how progress is told.
///
/// # Errors
/// The first thing that does not fit.
pub fn prepare(client: &mut Client, system: &System<'_>, site: &mut Site) -> Result<(), ComposeError> {
    let invocation = client.invocation.clone();
    let flags = &invocation.global;
    let mut ansi = flags.text("ansi").unwrap_or("auto").to_owned();
    if flags.on("no-ansi") {
        if ansi != "auto" {
            let text = "cannot specify DEPRECATED \"--no-ansi\" and \"--ansi\". Please use only \"--ansi\"";
            return refuse(text.to_owned());
        }
        "never".clone_into(&mut ansi);
        client.err("option '--no-ansi' is DEPRECATED ! Please use '--ansi' instead.\n");
    }
    if let Some(value) = variable(system, "COMPOSE_ANSI").filter(|_| !flags.changed("ansi")) {
        ansi = value;
    }
    if ansi == "always" {
        return Err(ComposeError::NotModelled("docker compose --ansi always".to_owned()));
    }
    let from_environment = variable(system, "COMPOSE_PROGRESS").unwrap_or_default();
    let progress = flags.text("progress").map_or(from_environment, str::to_owned);
    let mode = match progress.as_str() {
        "" | "auto" | "plain" => Mode::Plain,
        "tty" if ansi == "never" => {
            return refuse("can't use --progress tty while ANSI support is disabled".to_owned());
        }
        "tty" => return Err(ComposeError::NotModelled("docker compose --progress tty".to_owned())),
        "quiet" | "none" => Mode::Quiet,
        "json" => Mode::Json,
        other => return refuse(format!("unsupported --progress value {}", go_quote(other))),
    };
    let on_stdout = says_yes(variable(system, "COMPOSE_STATUS_STDOUT").as_deref());
    site.progress = Progress { mode, on_stdout };
    if flags.text("workdir").is_some_and(|path| !path.is_empty()) {
        if flags.text("project-directory").is_some_and(|path| !path.is_empty()) {
            let advice = "Please use only \"--project-directory\" instead";
            return refuse(format!("cannot specify DEPRECATED \"--workdir\" and \"--project-directory\". {advice}"));
        }
        let advice = "Please use '--project-directory' instead.\n";
        client.err(format!("\x1b[31moption '--workdir' is DEPRECATED at root level! {advice}\x1b[0m"));
    }
    if let Some(limit) = variable(system, "COMPOSE_PARALLEL_LIMIT").filter(|_| !flags.changed("parallel"))
        && limit.parse::<i64>().is_err()
    {
        let found = go_quote(&limit);
        return refuse(format!("COMPOSE_PARALLEL_LIMIT must be an integer (found: {found})"));
    }
    Ok(())
}

/// An error as `--progress json` shows it.
pub fn error_as_json(text: &str) -> String {
    let mut members = vec![("error", serde_json::Value::Bool(true))];
    if !text.is_empty() {
        members.push(("message", text.into()));
    }
    let object = members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    let bytes = go_json::encode(&serde_json::Value::Object(object), go_json::Layout::Compact);
    String::from_utf8_lossy(&bytes).into_owned()
}
