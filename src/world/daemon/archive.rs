//! `GET` and `PUT /containers/{id}/archive`, `GET /containers/{id}/export`: files in and out of a container (`docker cp`, `docker export`).
//!
//! Promises: as moby's `daemon/archive_unix.go`: works whether the container runs or not; volumes and bind mounts are seen, tmpfs,
//! `/proc` and `/dev` of a running container are not; links are followed inside the container only.
//! Must not know: the files of the client.

use std::sync::Arc;

use super::api::{ApiError, PathStat, Response};
use super::container::Container;
use super::mount_points::clean;
use super::{Answer, Daemon, tree, user};
use crate::world::context::Context;
use crate::world::filesystem::archive::{Archive, Member};
use crate::world::filesystem::entry::{Entry, Node};
use crate::world::filesystem::errno::Errno;
use crate::world::filesystem::union::UnionMount;
use crate::world::process::mounts::{Mount, MountNamespace};
use crate::world::process::namespaces::NamespaceId;
use crate::world::process::vfs::{Caller, join, parent};
use crate::world::process::{Credentials, Kernel, Namespaces};

/// How deep a tree that is copied may be.
const DEPTH: usize = 256;
/// Members of one archive.
const MEMBERS: usize = 100_000;

/// Whether a path says that it is a directory: it ends with a slash or with `/.`.
fn asserts_directory(path: &str) -> bool {
    path.ends_with('/') || path == "." || path.ends_with("/.")
}

/// moby `httputils.ArchiveFormValues`, with its missing space.
fn check(path: &str) -> Result<(), ApiError> {
    if path.is_empty() { Err(ApiError::invalid("bad parameter: pathcannot be empty")) } else { Ok(()) }
}

fn missing(path: &str, container: &str) -> ApiError {
    ApiError::not_found(format!("Could not find the file {path} in container {container}"))
}

impl Daemon {
    /// The container's files as the daemon mounts them for a copy; whoever asks gives the namespace back.
    fn view(&self, kernel: &mut Kernel, container: &Container) -> Caller {
        let mount = |target: &str, filesystem, source: &str, read_only| {
            Mount::new(target, filesystem, "ext4").from(source).read_only(read_only)
        };
        let read_only = container.host_config.read_only_root;
        let mut mounts = MountNamespace::new(mount("/", container.root, "/", read_only));
        let points = match container.has_files {
            true => self.points(container, &format!("{}/{}", super::sandbox::DIRECTORY, container.id)),
            false => container.mounts.clone(),
        };
        for point in points.iter().filter(|point| point.kind != "tmpfs") {
            let source = kernel.union(Kernel::HOST_ROOT).and_then(|host| tree::follow(host, &point.source).ok());
            let target = kernel.union(container.root).and_then(|root| tree::follow(root, &point.target).ok());
            if let (Some(source), Some(target)) = (source, target) {
                mounts.mount(mount(&target, Kernel::HOST_ROOT, &source, !point.read_write));
            }
        }
        Caller {
            mounts: kernel.create_mount_namespace(mounts),
            working_directory: "/".into(),
            credentials: Credentials::default(),
            umask: 0,
            pid: None,
        }
    }

    fn close_view(kernel: &mut Kernel, mount: NamespaceId) {
        let namespaces = Namespaces { mount, ..kernel.host };
        kernel.remove_namespaces(namespaces);
    }

    /// What stands at a path of the container; its last part is not followed, unless the path says that it is a directory.
    pub(super) fn container_stat_path(&self, kernel: &mut Kernel, name: &str, path: &str) -> Answer {
        let container = self.find(name)?.clone();
        check(path)?;
        let view = self.view(kernel, &container);
        let found = stat(kernel, &view, path).map(|(_, stat)| Response::PathStat(stat));
        Self::close_view(kernel, view.mounts);
        found.map_err(|_| missing(path, name))
    }

    /// What stands at a path and all below it.
    pub(super) fn container_archive(
        &mut self,
        kernel: &mut Kernel,
        context: &Context,
        name: &str,
        path: &str,
    ) -> Answer {
        let container = self.find(name)?.clone();
        check(path)?;
        let view = self.view(kernel, &container);
        let found = stat(kernel, &view, path).and_then(|(at, stat)| {
            let base = if asserts_directory(path) && path.ends_with('.') { "." } else { &*stat.name };
            let mut archive = Archive::default();
            gather(kernel, &view, &at, base, &mut archive)?;
            Ok(Response::Archive { stat, archive: Arc::new(archive) })
        });
        Self::close_view(kernel, view.mounts);
        let answer = found.map_err(|errno| match errno {
            Errno::ENOTDIR => ApiError::failed(format!("lstat {path}: not a directory")),
            Errno::EFBIG => {
                ApiError::failed(format!("{path} has more than {MEMBERS} files or is too deep to be copied"))
            }
            _ => missing(path, name),
        })?;
        self.note_container(context, &container, "archive-path", &[]);
        Ok(answer)
    }

    /// The files of a container, without what is mounted into it.
    pub(super) fn container_export(&mut self, kernel: &Kernel, context: &Context, name: &str) -> Answer {
        let container = self.find(name)?.clone();
        let mut archive = Archive::default();
        if let Some(root) = kernel.union(container.root) {
            gather_union(root, "/", "", &mut archive).map_err(|errno| {
                ApiError::failed(format!("the files of container {name} cannot be exported: {errno}"))
            })?;
        }
        let stat = PathStat { name: "/".to_owned(), entry: root_entry(kernel, &container) };
        self.note_container(context, &container, "export", &[]);
        Ok(Response::Archive { stat, archive: Arc::new(archive) })
    }

    /// Puts the members of an archive into a directory of the container.
    pub(super) fn container_extract(
        &mut self,
        kernel: &mut Kernel,
        context: &mut Context,
        name: &str,
        path: &str,
        archive: &Archive,
        as_user: bool,
    ) -> Answer {
        let container = self.find(name)?.clone();
        let owner = match (as_user, kernel.union(container.root)) {
            (true, Some(root)) => Some(user::find(root, &container.config.run.user, &[])?.credentials),
            _ => None,
        };
        let view = self.view(kernel, &container);
        let answer = extract(kernel, context, &view, (name, path), archive, owner.as_ref());
        Self::close_view(kernel, view.mounts);
        answer.map_err(|error| match error.message.as_str() {
            "EROFS" if container.host_config.read_only_root && !is_below_mount(&container, path) => {
                ApiError::new(403, "container rootfs is marked read-only")
            }
            "EROFS" => ApiError::new(403, "mounted volume is marked read-only"),
            _ => error,
        })?;
        self.note_container(context, &container, "extract-to-dir", &[]);
        Ok(Response::Done)
    }
}

fn is_below_mount(container: &Container, path: &str) -> bool {
    let path = clean(path);
    container.mounts.iter().any(|point| {
        path.strip_prefix(point.target.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

fn root_entry(kernel: &Kernel, container: &Container) -> Entry {
    let root = kernel.union(container.root).and_then(|root| root.lookup("/")).map(|found| found.entry.clone());
    root.unwrap_or_else(|| {
        Entry::directory(crate::world::filesystem::entry::Metadata::root(0o755, crate::world::clock::Time::EPOCH))
    })
}

/// Where a path leads, and what is there.
fn stat(kernel: &Kernel, view: &Caller, path: &str) -> Result<(String, PathStat), Errno> {
    let absolute = clean(&format!("/{path}"));
    let at = kernel.resolve(view, &absolute, asserts_directory(path))?;
    let entry = kernel.entry(view, &at)?;
    if asserts_directory(path) && !entry.is_directory() {
        return Err(Errno::ENOTDIR);
    }
    let name = match absolute.rsplit('/').next() {
        None | Some("") => "/".to_owned(),
        Some(name) => name.to_owned(),
    };
    Ok((at, PathStat { name, entry }))
}

/// Adds what stands at a path, under a name, and all below it.
fn gather(kernel: &Kernel, view: &Caller, at: &str, name: &str, archive: &mut Archive) -> Result<(), Errno> {
    let entry = kernel.entry(view, at)?;
    let is_directory = entry.is_directory();
    if archive.members.len() >= MEMBERS || name.matches('/').count() > DEPTH {
        return Err(Errno::EFBIG);
    }
    let prefix = if name == "/" { String::new() } else { format!("{name}/") };
    let member = if name == "/" { "." } else { name };
    archive.members.push(Member { name: member.to_owned(), entry });
    if is_directory {
        for child in kernel.list(view, at)? {
            gather(kernel, view, &join(at, &child), &format!("{prefix}{child}"), archive)?;
        }
    }
    Ok(())
}

fn gather_union(union: &UnionMount, at: &str, prefix: &str, archive: &mut Archive) -> Result<(), Errno> {
    if archive.members.len() >= MEMBERS || prefix.matches('/').count() > DEPTH {
        return Err(Errno::EFBIG);
    }
    for found in union.list(at)? {
        let name = format!("{prefix}{}", found.name);
        archive.members.push(Member { name: name.clone(), entry: found.entry.clone() });
        if found.entry.is_directory() {
            gather_union(union, &join(at, found.name), &format!("{name}/"), archive)?;
        }
    }
    Ok(())
}

/// Puts every member in its place; a directory stays a directory and a file a file (`noOverwriteDirNonDir`).
fn extract(
    kernel: &mut Kernel,
    context: &mut Context,
    view: &Caller,
    (container, path): (&str, &str),
    archive: &Archive,
    owner: Option<&Credentials>,
) -> Result<(), ApiError> {
    let absolute = clean(&format!("/{path}"));
    let at = kernel.resolve(view, &absolute, true).map_err(|_| missing(path, container))?;
    if !kernel.entry(view, &at).is_ok_and(|entry| entry.is_directory()) {
        return Err(ApiError::invalid("extraction point is not a directory"));
    }
    let writable = kernel.mounts(view.mounts).and_then(|mounts| mounts.locate(&at)).is_some_and(|at| !at.read_only);
    if !writable {
        return Err(ApiError::failed("EROFS"));
    }
    let failed = |errno: Errno| match errno {
        Errno::EROFS => ApiError::failed("EROFS"),
        errno => ApiError::failed(errno.to_string().to_lowercase()),
    };
    for member in &archive.members {
        let place = clean(&join(&at, &member.name));
        let mut metadata = member.entry.metadata;
        if let Some(owner) = owner {
            (metadata.uid, metadata.gid) = (owner.uid, owner.gid);
        }
        make_parents(kernel, context, view, &place).map_err(failed)?;
        let there = kernel.status(view, &place, false).map(|status| status.entry.is_directory());
        match (there, member.entry.is_directory()) {
            (Ok(true), true) => {
                if place != at {
                    kernel.set_metadata(context, view, &place, true, |there| *there = metadata).map_err(failed)?;
                }
                continue;
            }
            (Ok(true), false) => {
                let text = format!("cannot overwrite directory \"{place}\" with non-directory \"{at}\"");
                return Err(ApiError::invalid(text));
            }
            (Ok(false), true) => {
                let text = format!("cannot overwrite non-directory \"{place}\" with directory \"{at}\"");
                return Err(ApiError::invalid(text));
            }
            (Ok(false), false) => kernel.unlink(context, view, &place).map_err(|errno| match errno {
                Errno::EBUSY => ApiError::failed(format!("RemoveAll {}: device or resource busy", member.name)),
                errno => failed(errno),
            })?,
            (Err(_), _) => {}
        }
        if member.entry.node != Node::Fifo {
            kernel.create(context, view, &place, member.entry.node.clone(), metadata).map_err(failed)?;
        }
    }
    Ok(())
}

fn make_parents(kernel: &mut Kernel, context: &mut Context, view: &Caller, place: &str) -> Result<(), Errno> {
    let mut wanted = Vec::new();
    let mut above = parent(place);
    while above != "/" && kernel.status(view, above, true).is_err() {
        wanted.push(above.to_owned());
        above = parent(above);
    }
    while let Some(directory) = wanted.pop() {
        let metadata = kernel.fresh(context.now, view, 0o755);
        kernel.create(context, view, &directory, Node::Directory, metadata)?;
    }
    Ok(())
}
