//! Secrets and configs that no file holds: they are copied into a container before it starts.

use std::collections::BTreeMap;

use super::{Bench, mounts};
use crate::client::compose::ComposeError;
use crate::client::compose::model::parts::{FileObject, FileReference};
use crate::client::units::go_quote;
use crate::world::daemon::api::Request;
use crate::world::filesystem::archive::{Archive, Member};
use crate::world::filesystem::content::Content;
use crate::world::filesystem::entry::{Entry, Metadata, Node};

/// The mode that such a file has when none is given.
const MODE: u32 = 0o444;

/// Copies what a service needs into one of its containers.
///
/// # Errors
/// A variable that is not set, and what the engine refuses.
pub fn inject(bench: &mut Bench<'_, '_>, service: &str, container: &str) -> Result<(), ComposeError> {
    let project = bench.site.project.clone();
    let Some(found) = project.services.get(service) else { return Ok(()) };
    let kinds: [(&str, &str, &[FileReference], &BTreeMap<String, FileObject>); 2] = [
        ("secret", "/run/secrets/", &found.secrets, &project.secrets),
        ("config", "/", &found.configs, &project.configs),
    ];
    for (kind, directory, references, objects) in kinds {
        for reference in references {
            let Some(object) = objects.get(&reference.source) else { continue };
            let content = if !object.content.is_empty() {
                object.content.clone()
            } else if object.environment.is_empty() {
                continue;
            } else {
                match project.environment.get(&object.environment) {
                    Some(value) => value.clone(),
                    None => {
                        let (variable, name) = (go_quote(&object.environment), go_quote(&object.name));
                        let text = format!("environment variable {variable} required by {kind} {name} is not set");
                        return Err(ComposeError::Message(text));
                    }
                }
            };
            if content.is_empty() {
                continue;
            }
            if found.read_only {
                let name = go_quote(&object.name);
                let what = format!("cannot create {kind} {name} in read-only service {service}");
                return Err(ComposeError::Message(format!("{what}: `file` is the sole supported option")));
            }
            let target = mounts::target(reference, directory);
            copy(bench, container, &target, &content, reference)?;
        }
    }
    Ok(())
}

fn copy(
    bench: &mut Bench<'_, '_>,
    container: &str,
    target: &str,
    content: &str,
    reference: &FileReference,
) -> Result<(), ComposeError> {
    let number = |text: &str| match text {
        "" => Ok(0),
        text => text.parse::<u32>().map_err(|_| {
            let quoted = go_quote(text);
            ComposeError::Message(format!("strconv.Atoi: parsing {quoted}: invalid syntax"))
        }),
    };
    let mode = reference.mode.and_then(|mode| u32::try_from(mode.0).ok()).unwrap_or(MODE);
    let metadata =
        Metadata { mode, uid: number(&reference.uid)?, gid: number(&reference.gid)?, modified: bench.system.now() };
    let entry = Entry { node: Node::File(Content::text(content)), metadata };
    let mut archive = Archive::default();
    archive.members.push(Member { name: target.trim_start_matches('/').to_owned(), entry });
    bench.ask(Request::ContainerExtract {
        container: container.to_owned(),
        path: "/".to_owned(),
        archive: std::sync::Arc::new(archive),
        as_user: false,
    })?;
    Ok(())
}
