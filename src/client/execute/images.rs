//! `docker pull`, `tag` and `rmi`.
//!
//! Promises: the texts and exit codes of docker's client.

use super::pull::Pull;
use crate::client::program::{Client, Flow, Task, daemon_error};
use crate::world::daemon::api::{ImageRemoval, Request, Response};
use crate::world::daemon::reference::Reference;
use crate::world::process::System;

/// `docker tag`.
///
/// # Errors
/// The exit code.
pub fn tag(client: &mut Client, system: &mut System<'_>) -> Result<(), i32> {
    let invocation = client.invocation.clone();
    let [source, target] = invocation.parsed.arguments.as_slice() else { return Err(1) };
    // The client's own library checks the names before it asks (moby `client/image_tag.go`).
    let wrong = |name: &str| {
        let quoted = crate::client::units::go_quote(name);
        format!("Error parsing reference: {quoted} is not a valid repository/tag: invalid reference format\n")
    };
    let named = |name: &str| match Reference::parse(name) {
        Err(error) if error.to_string() == "invalid reference format" => Err(wrong(name)),
        Err(error) => {
            let quoted = crate::client::units::go_quote(name);
            Err(format!("Error parsing reference: {quoted} is not a valid repository/tag: {error}\n"))
        }
        Ok(reference) => Ok(reference),
    };
    if crate::world::daemon::reference::AnyReference::parse(source).is_err()
        && let Err(text) = named(source)
    {
        client.err(text);
        return Err(1);
    }
    match named(target) {
        Err(text) => {
            client.err(text);
            return Err(1);
        }
        Ok(reference) if reference.digest().is_some() => {
            client.err("refusing to create a tag with a digest reference\n");
            return Err(1);
        }
        Ok(_) => {}
    }
    client.ask(system, Request::ImageTag { source: source.clone(), target: target.clone() })?;
    Ok(())
}

/// `docker rmi`.
///
/// # Errors
/// The exit code.
pub fn remove(client: &mut Client, system: &mut System<'_>) -> Result<(), i32> {
    let invocation = client.invocation.clone();
    let parsed = &invocation.parsed;
    let (force, prune) = (parsed.on("force"), !parsed.on("no-prune"));
    let (mut errors, mut fatal) = (Vec::new(), false);
    for name in &parsed.arguments {
        match system.engine(Request::ImageRemove { name: name.clone(), force, prune }) {
            Ok(Response::Removed(removals)) => {
                for removal in removals {
                    client.out(match removal {
                        ImageRemoval::Untagged(name) => format!("Untagged: {name}\n"),
                        ImageRemoval::Deleted(id) => format!("Deleted: {id}\n"),
                    });
                }
            }
            Ok(_) => {}
            Err(error) => {
                fatal |= error.status != 404;
                errors.push(daemon_error(&error));
            }
        }
    }
    if errors.is_empty() {
        return Ok(());
    }
    client.err(errors.join("\n") + "\n");
    if force && !fatal { Ok(()) } else { Err(1) }
}

/// `docker pull`.
pub fn pull() -> Box<dyn Task> {
    Box::new(PullTask { under_way: None })
}

#[derive(Clone, Debug)]
struct PullTask {
    /// The pull, and the full name that is printed at its end.
    under_way: Option<(Pull, String)>,
}

impl PullTask {
    fn begin(&mut self, client: &mut Client, system: &mut System<'_>) -> Result<(), i32> {
        let invocation = client.invocation.clone();
        let parsed = &invocation.parsed;
        let name = parsed.arguments.first().map(String::as_str).unwrap_or_default();
        let (all, quiet) = (parsed.on("all-tags"), parsed.on("quiet"));
        let reference = match Reference::parse(name) {
            Ok(reference) => reference,
            Err(error) => {
                client.err(format!("{error}\n"));
                return Err(1);
            }
        };
        if all {
            let text = match reference.is_name_only() {
                true => crate::client::commands::not_modelled(&format!("{} --all-tags", invocation.path)),
                false => "tag can't be used with --all-tags/-a".to_owned(),
            };
            client.err(text + "\n");
            return Err(1);
        }
        if reference.is_name_only() && !quiet {
            client.out("Using default tag: latest\n");
        }
        let reference = reference.with_default_tag();
        let platform = parsed.text("platform").map(str::to_owned);
        match Pull::begin(system, &reference.familiar(), platform, quiet) {
            Ok(pull) => {
                self.under_way = Some((pull, reference.to_string()));
                Ok(())
            }
            Err(error) => {
                client.refuse(&error);
                Err(1)
            }
        }
    }
}

impl Task for PullTask {
    fn resume(&mut self, client: &mut Client, system: &mut System<'_>) -> Flow {
        if self.under_way.is_none()
            && let Err(code) = self.begin(client, system)
        {
            return Flow::Done(code);
        }
        let Some((pull, name)) = &mut self.under_way else { return Flow::Done(1) };
        match pull.resume(client, system, false) {
            Ok(Some(wait)) => Flow::Wait(wait),
            Ok(None) => {
                let line = format!("{name}\n");
                client.out(line);
                Flow::Done(0)
            }
            Err(error) => {
                client.refuse(&error);
                Flow::Done(1)
            }
        }
    }

    fn boxed_clone(&self) -> Box<dyn Task> {
        Box::new(self.clone())
    }
}
