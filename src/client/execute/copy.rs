//! `docker cp`: files between a container and the client's file system.
//!
//! Promises: what lands where, and the refusals, are those of docker's client (`cli/command/container/cp.go`, and the rules of
//! `PrepareArchiveCopy` in moby's `go-archive`). Must not know how the daemon reads and writes a container's files.

use std::sync::Arc;

use super::archive::{Receiving, Sending};
use super::go_error;
use crate::client::program::{Client, Flow, Task};
use crate::client::units::go_quote;
use crate::world::daemon::api::{PathStat, Request, Response};
use crate::world::filesystem::archive::{Archive, Member};
use crate::world::filesystem::entry::{Metadata, Node};
use crate::world::filesystem::errno::Errno;
use crate::world::process::System;

/// Files that one copy may take, and how deep their tree may be.
const MEMBERS: usize = 100_000;
const DEPTH: usize = 256;

/// `docker cp`.
pub fn copy() -> Box<dyn Task> {
    Box::new(Copy)
}

#[derive(Clone, Copy, Debug)]
struct Copy;

/// One end of a copy.
#[derive(Clone, Debug, PartialEq, Eq)]
struct End {
    /// The path, cleaned; with `/` or `/.` at its end if the user wrote that.
    path: String,
    exists: bool,
    is_directory: bool,
}

/// What is before the colon, and what is after it; a path that begins with `/` or `.` is never a container's.
fn split(argument: &str) -> (Option<&str>, &str) {
    match argument.split_once(':') {
        Some((container, path)) if !argument.starts_with('/') && !container.starts_with('.') => {
            (Some(container).filter(|container| !container.is_empty()), path)
        }
        _ => (None, argument),
    }
}

fn asserts_directory(path: &str) -> bool {
    path.ends_with('/') || is_current(path)
}

/// Whether a path means what is in a directory, not the directory itself.
fn is_current(path: &str) -> bool {
    path.is_empty() || path == "." || path.ends_with("/.")
}

/// A path without `.`, `..` and double slashes.
fn clean(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

/// Directory and last part (moby `SplitPathDirEntry`): what ends with `/.` is split there.
fn directory_and_entry(path: &str) -> (String, String) {
    let cleaned = clean(path);
    if is_current(path) {
        return (cleaned, ".".to_owned());
    }
    match cleaned.rsplit_once('/') {
        Some((_, "")) | None => ("/".to_owned(), "/".to_owned()),
        Some(("", name)) => ("/".to_owned(), name.to_owned()),
        Some((directory, name)) => (directory.to_owned(), name.to_owned()),
    }
}

/// The absolute path of a local one; what says that it is a directory stays.
fn local(system: &System<'_>, path: &str) -> String {
    let absolute = match path.starts_with('/') {
        true => clean(path),
        false => clean(&format!("{}/{path}", system.working_directory())),
    };
    match path {
        path if is_current(path) && absolute != "/" => format!("{absolute}/."),
        path if path.ends_with('/') && absolute != "/" => format!("{absolute}/"),
        _ => absolute,
    }
}

/// The directory to unpack in, and the new name of the archive's root, if it needs one (moby `PrepareArchiveCopy`).
///
/// # Errors
/// Docker's text.
fn prepare(source: &End, source_name: &str, target: &End) -> Result<(String, Option<(String, String)>), &'static str> {
    let (directory, name) = directory_and_entry(&target.path);
    let renamed = || Some((source_name.to_owned(), name.clone()));
    match (target.exists, target.is_directory, source.is_directory) {
        (true, true, _) => Ok((target.path.clone(), None)),
        (true, false, true) => Err("cannot copy directory"),
        (true, false, false) | (false, _, true) => Ok((directory, renamed())),
        (false, _, false) if asserts_directory(&target.path) => Err("no such directory"),
        (false, _, false) => Ok((directory, renamed())),
    }
}

/// The archive with its root under another name.
fn rebase(archive: &Archive, from: &str, to: &str) -> Archive {
    let members = archive.members.iter().map(|member| {
        let rest = match from {
            "." => Some(member.name.trim_start_matches('.').to_owned()),
            from => member.name.strip_prefix(from).map(str::to_owned),
        };
        let name = match rest {
            Some(rest) if rest.is_empty() || rest.starts_with('/') => format!("{to}{rest}"),
            _ => member.name.clone(),
        };
        Member { name, entry: member.entry.clone() }
    });
    Archive { members: members.collect() }
}

fn complain(client: &mut Client, text: &str) -> i32 {
    client.err(format!("{text}\n"));
    1
}

impl Copy {
    fn begin(client: &mut Client, system: &mut System<'_>) -> Result<Flow, i32> {
        let invocation = client.invocation.clone();
        let [source, target] = invocation.parsed.arguments.as_slice() else { return Err(1) };
        if source.is_empty() {
            return Err(complain(client, "source can not be empty"));
        }
        if target.is_empty() {
            return Err(complain(client, "destination can not be empty"));
        }
        match (split(source), split(target)) {
            ((Some(container), path), (None, target)) => Self::from_container(client, system, container, path, target),
            ((None, source), (Some(container), path)) => Self::to_container(client, system, source, container, path),
            ((Some(_), _), (Some(_), _)) => Err(complain(client, "copying between containers is not supported")),
            _ => Err(complain(client, "must specify at least one container source")),
        }
    }

    fn stat(system: &mut System<'_>, container: &str, path: &str) -> Option<PathStat> {
        let request = Request::ContainerStatPath { container: container.to_owned(), path: path.to_owned() };
        match system.engine(request) {
            Ok(Response::PathStat(stat)) => Some(stat),
            _ => None,
        }
    }

    /// Where a link of the container leads.
    fn link_target(stat: &PathStat, path: &str) -> Option<String> {
        match &stat.entry.node {
            Node::Symlink(target) if target.starts_with('/') => Some(target.to_string()),
            Node::Symlink(target) => Some(clean(&format!("{}/{target}", directory_and_entry(path).0))),
            _ => None,
        }
    }

    fn tell(client: &mut Client, system: &System<'_>, archive: &Archive, to: &str) {
        let parsed = &client.invocation.parsed;
        let quiet = if parsed.changed("quiet") { parsed.on("quiet") } else { !system.is_terminal(1) };
        if quiet {
            return;
        }
        let size: u64 = archive.members.iter().map(|member| 512 + member.entry.node.size().div_ceil(512) * 512).sum();
        let size = crate::client::units::human_size(size + 1024);
        client.err(format!("Successfully copied {size} to {to}\n"));
    }

    fn from_container(
        client: &mut Client,
        system: &mut System<'_>,
        container: &str,
        source: &str,
        target: &str,
    ) -> Result<Flow, i32> {
        let to_output = target == "-";
        let target_path = if to_output { "-".to_owned() } else { local(system, target) };
        if !to_output && let Some(problem) = output_problem(system, &target_path) {
            return Err(complain(client, &problem));
        }
        let (mut source, mut given_name) = (source.to_owned(), None);
        if client.invocation.parsed.on("follow-link")
            && let Some(stat) = Self::stat(system, container, &source)
            && let Some(target) = Self::link_target(&stat, &source)
        {
            given_name = Some(stat.name);
            source = target;
        }
        let request = Request::ContainerArchive { container: container.to_owned(), path: source.clone() };
        let Response::Archive { stat, archive } = client.ask(system, request)? else { return Err(1) };
        if to_output {
            return Ok(Flow::Then(Box::new(Sending::new(archive))));
        }
        let name = directory_and_entry(&source).1;
        let (archive, name) = match given_name {
            Some(given) => (Arc::new(rebase(&archive, &name, &given)), given),
            None => (archive, name),
        };
        let source = End { path: source, exists: true, is_directory: stat.entry.is_directory() };
        let target = destination(system, &target_path).map_err(|text| complain(client, &text))?;
        let (directory, renamed) = prepare(&source, &name, &target).map_err(|text| complain(client, text))?;
        let unpacked = match &renamed {
            Some((from, to)) => Arc::new(rebase(&archive, from, to)),
            None => archive,
        };
        unpack(system, &directory, &unpacked).map_err(|text| complain(client, &text))?;
        Self::tell(client, system, &unpacked, &target_path);
        Ok(Flow::Done(0))
    }

    fn to_container(
        client: &mut Client,
        system: &mut System<'_>,
        source: &str,
        container: &str,
        path: &str,
    ) -> Result<Flow, i32> {
        let as_user = client.invocation.parsed.on("archive");
        let mut target = End { path: path.to_owned(), exists: false, is_directory: false };
        let mut stat = Self::stat(system, container, path);
        if let Some(link) = stat.as_ref().and_then(|stat| Self::link_target(stat, path)) {
            stat = Self::stat(system, container, &link);
            target.path = link;
        }
        if let Some(stat) = &stat {
            if matches!(stat.entry.node, Node::Device(_)) {
                let text =
                    format!("destination \"{container}:{path}\" must be a directory or a regular file: got a device");
                return Err(complain(client, &text));
            }
            (target.exists, target.is_directory) = (true, stat.entry.is_directory());
        }
        if source == "-" {
            if !target.is_directory {
                let text = format!("destination \"{container}:{path}\" must be a directory");
                return Err(complain(client, &text));
            }
            return Ok(Flow::Then(Box::new(Receiving::new(container.to_owned(), target.path, as_user))));
        }
        let source = local(system, source);
        let follow = client.invocation.parsed.on("follow-link");
        let status = system.status(&source, follow || asserts_directory(&source)).map_err(|errno| {
            let text = match errno {
                Errno::ENOTDIR => "not a directory".to_owned(),
                errno => format!("lstat {}: {}", source.trim_end_matches('/'), go_error(errno)),
            };
            complain(client, &text)
        })?;
        let is_directory = status.entry.is_directory();
        let name = directory_and_entry(&source).1;
        let mut archive = Archive::default();
        gather(system, &source, follow, &name, &mut archive)
            .map_err(|errno| complain(client, &format!("{source}: {}", go_error(errno))))?;
        let end = End { path: source, exists: true, is_directory };
        let (directory, renamed) = prepare(&end, &name, &target).map_err(|text| complain(client, text))?;
        let archive = Arc::new(match &renamed {
            Some((from, to)) => rebase(&archive, from, to),
            None => archive,
        });
        let request = Request::ContainerExtract {
            container: container.to_owned(),
            path: directory,
            archive: archive.clone(),
            as_user,
        };
        client.ask(system, request)?;
        Self::tell(client, system, &archive, &format!("{container}:{}", target.path));
        Ok(Flow::Done(0))
    }
}

/// Why nothing can be put there (docker/cli `ValidateOutputPath`), if so.
fn output_problem(system: &System<'_>, path: &str) -> Option<String> {
    let directory = directory_and_entry(&clean(path)).0;
    if system.status(&directory, true).is_err_and(|errno| errno == Errno::ENOENT) {
        return Some(format!("invalid output path: directory {} does not exist", go_quote(&directory)));
    }
    match system.status(path, true).map(|status| status.entry.node) {
        Ok(Node::Device(_)) => {
            let quoted = go_quote(path);
            Some(format!("invalid output path: {quoted} must be a directory or a regular file: got a device"))
        }
        Err(errno) if errno != Errno::ENOENT => Some(format!("stat {path}: {}", go_error(errno))),
        _ => None,
    }
}

/// The local end that is copied to (moby `CopyInfoDestinationPath`).
fn destination(system: &System<'_>, path: &str) -> Result<End, String> {
    match system.status(path, true) {
        Ok(status) => Ok(End { path: path.to_owned(), exists: true, is_directory: status.entry.is_directory() }),
        Err(Errno::ENOENT) => {
            let parent = directory_and_entry(path).0;
            match system.status(&parent, true) {
                Ok(status) if status.entry.is_directory() => {
                    Ok(End { path: path.to_owned(), exists: false, is_directory: false })
                }
                Ok(_) => Err("not a directory".to_owned()),
                Err(errno) => Err(format!("stat {parent}: {}", go_error(errno))),
            }
        }
        Err(errno) => Err(format!("lstat {path}: {}", go_error(errno))),
    }
}

/// Adds a local file, or a directory and all below it.
fn gather(system: &System<'_>, at: &str, follow: bool, name: &str, archive: &mut Archive) -> Result<(), Errno> {
    if archive.members.len() >= MEMBERS || name.matches('/').count() > DEPTH {
        return Err(Errno::EFBIG);
    }
    let entry = system.status(at, follow || asserts_directory(at))?.entry;
    let is_directory = entry.is_directory();
    let prefix = if name == "/" { String::new() } else { format!("{name}/") };
    let member = if name == "/" { "." } else { name };
    archive.members.push(Member { name: member.to_owned(), entry });
    if is_directory {
        for child in system.list(at)? {
            gather(system, &clean(&format!("{at}/{child}")), false, &format!("{prefix}{child}"), archive)?;
        }
    }
    Ok(())
}

/// Puts the members into a local directory; they belong to whoever runs the client.
fn unpack(system: &mut System<'_>, directory: &str, archive: &Archive) -> Result<(), String> {
    let place_of = |name: &str| clean(&format!("{directory}/{name}"));
    for member in &archive.members {
        let place = place_of(&member.name);
        let failed = |errno: Errno| format!("open {place}: {}", go_error(errno));
        let there = system.status(&place, false).map(|status| status.entry.is_directory());
        let is_directory = member.entry.is_directory();
        match there {
            Ok(true) if is_directory => continue,
            Ok(true) => {
                return Err(format!("cannot overwrite directory \"{place}\" with non-directory \"{directory}\""));
            }
            Ok(false) if is_directory => {
                return Err(format!("cannot overwrite non-directory \"{place}\" with directory \"{directory}\""));
            }
            Ok(false) => system.remove_file(&place).map_err(failed)?,
            Err(_) => {}
        }
        let Metadata { mode, modified, .. } = member.entry.metadata;
        match &member.entry.node {
            Node::Directory => system.make_directory(&place, mode),
            Node::File(content) => system.put_content(&place, content.clone(), mode),
            Node::Symlink(target) => system.make_symlink(target, &place),
            Node::Device(_) | Node::Fifo => continue,
        }
        .map_err(failed)?;
        if !matches!(member.entry.node, Node::Symlink(_)) {
            let dated = system.set_metadata(&place, false, |metadata| {
                metadata.mode = mode;
                metadata.modified = modified;
            });
            dated.map_err(failed)?;
        }
    }
    // What was put into a directory has dated it anew.
    for member in archive.members.iter().filter(|member| member.entry.is_directory() && member.name != ".") {
        let modified = member.entry.metadata.modified;
        let _ = system.set_metadata(&place_of(&member.name), false, |metadata| metadata.modified = modified);
    }
    Ok(())
}

impl Task for Copy {
    fn resume(&mut self, client: &mut Client, system: &mut System<'_>) -> Flow {
        match Copy::begin(client, system) {
            Ok(flow) => flow,
            Err(code) => Flow::Done(code),
        }
    }

    fn boxed_clone(&self) -> Box<dyn Task> {
        Box::new(*self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn containers_and_paths_are_told_apart_as_docker_does() {
        assert_eq!(split("web:/etc/hosts"), (Some("web"), "/etc/hosts"));
        assert_eq!(split("web:etc"), (Some("web"), "etc"));
        assert_eq!(split("./a:b"), (None, "./a:b"));
        assert_eq!(split("/a:b"), (None, "/a:b"));
        assert_eq!(split("file"), (None, "file"));
    }

    #[test]
    fn what_lands_where_follows_dockers_table() {
        let end = |path: &str, exists, is_directory| End { path: path.to_owned(), exists, is_directory };
        let file = end("/src/f", true, false);
        let tree = end("/src/d", true, true);
        let renamed = |from: &str, to: &str| Some((from.to_owned(), to.to_owned()));
        assert_eq!(prepare(&file, "f", &end("/dst", true, true)), Ok(("/dst".into(), None)));
        assert_eq!(prepare(&file, "f", &end("/dst/g", true, false)), Ok(("/dst".into(), renamed("f", "g"))));
        assert_eq!(prepare(&file, "f", &end("/dst/g", false, false)), Ok(("/dst".into(), renamed("f", "g"))));
        assert_eq!(prepare(&file, "f", &end("/dst/g/", false, false)), Err("no such directory"));
        assert_eq!(prepare(&tree, "d", &end("/dst/g", true, false)), Err("cannot copy directory"));
        assert_eq!(prepare(&tree, "d", &end("/dst/g", false, false)), Ok(("/dst".into(), renamed("d", "g"))));
    }
}
