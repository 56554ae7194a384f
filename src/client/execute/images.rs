//! `docker tag` and `rmi`.
//!
//! Promises: the texts and exit codes of docker's client.

use super::platform::check_platform;
use crate::client::program::{Client, daemon_error};
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
    let platforms: Vec<String> = parsed.list("platform").into_iter().map(str::to_owned).collect();
    for platform in &platforms {
        check_platform(client, platform, "")?;
    }
    let (mut errors, mut fatal) = (Vec::new(), false);
    for name in &parsed.arguments {
        let platforms = platforms.clone();
        match system.engine(Request::ImageRemove { name: name.clone(), force, prune, platforms }) {
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
