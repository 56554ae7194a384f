//! The build context as the daemon takes it in: the client's files without those that are ignored, all of them root's.
//!
//! Promises: nothing that `.dockerignore` leaves out can be seen by a step. Must not know: where the client found the files.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::api::BuildRequest;
use super::super::tree;
use super::cache::BuildCache;
use super::copy;
use super::graph::{Graph, Step, Work};
use super::ignore::Patterns;
use super::open::PACKET;
use crate::world::clock::Time;
use crate::world::filesystem::entry::{Change, Entry, Metadata, Node};
use crate::world::filesystem::layer::LayerBuilder;
use crate::world::filesystem::union::UnionMount;

/// The context as a file system of root's, without what `.dockerignore` leaves out.
pub(super) fn context_files(request: &BuildRequest) -> Result<UnionMount, String> {
    let patterns = Patterns::parse(request.ignore.as_deref().unwrap_or_default());
    let mut layer = LayerBuilder::new();
    for (name, entry) in &request.context {
        if patterns.matches(name) {
            continue;
        }
        let metadata = Metadata { uid: 0, gid: 0, ..entry.metadata };
        let entry = Entry { metadata, node: entry.node.clone() };
        layer.insert(format!("/{name}"), Change::put(entry)).map_err(|errno| format!("{name}: {errno}"))?;
    }
    let layer = layer.build().map_err(|errno| format!("the build context cannot be: {errno}"))?;
    Ok(UnionMount::new(vec![Arc::new(layer)]))
}

/// About how many bytes the context takes on its way.
pub(super) fn context_bytes(files: &UnionMount) -> u64 {
    let entries = files.lowers().iter().flat_map(|layer| layer.changes());
    let bytes = entries.filter_map(|(path, change)| {
        let entry = change.entry()?;
        let size = if let Node::File(content) = &entry.node { content.size() } else { 0 };
        Some(size + path.len() as u64 + PACKET as u64)
    });
    bytes.fold(2, u64::saturating_add)
}

/// Notes in the cache what the client sent: the Dockerfile, `.dockerignore` and, if a step needs it, the context; BuildKit keeps each to
/// send only what changed the next time.
pub(super) fn keep_sources(
    cache: &mut BuildCache,
    request: &BuildRequest,
    graph: Option<&Graph>,
    files: &UnionMount,
    now: Time,
) {
    cache.keep_source("dockerfile", request.dockerfile.len() as u64, "local source for dockerfile", now);
    let Some(graph) = graph else { return };
    let ignored = request.ignore.as_ref().map_or(0, |text| text.len() as u64);
    cache.keep_source("ignore", ignored, "local source for context", now);
    if graph.steps.iter().any(Step::needs_context) {
        cache.keep_source("context", wanted_bytes(graph, files), "local source for context", now);
    }
}

/// The bytes of what steps take from the context: a client sends nothing else. A bind mount takes all of it.
fn wanted_bytes(graph: &Graph, files: &UnionMount) -> u64 {
    let mut wanted = BTreeMap::new();
    for step in graph.steps.iter().filter(|step| step.needs_context()) {
        let Work::Copy(work) = &step.work else { return tree::size(files, "/") };
        for selected in copy::select(files, work).unwrap_or_default() {
            wanted.insert(selected.path.clone(), tree::size(files, &selected.path));
        }
    }
    wanted.values().copied().fold(0, u64::saturating_add)
}
