//! `DELETE /containers/{id}` and prune: the container, its writable layer, and with `-v` its anonymous volumes go.
//!
//! Promises: one that runs is refused, or killed first when that is forced. For a while the engine remembers how a container that
//! removed itself ended and what it wrote, for the clients that are still attached.

use std::sync::Arc;

use super::api::{ApiError, Filters, Response};
use super::container::{Container, Status};
use super::{Answer, Daemon, list};
use crate::world::context::Context;
use crate::world::event::EventKind;
use crate::world::process::Kernel;

/// How many containers that are gone are remembered.
const REMEMBERED: usize = 16;

impl Daemon {
    /// Removes a container.
    ///
    /// # Errors
    /// 404; 409 when it runs and nothing is forced.
    pub(super) fn container_remove(
        &mut self,
        kernel: &mut Kernel,
        context: &mut Context,
        name: &str,
        force: bool,
        volumes: bool,
    ) -> Answer {
        let container = self.find(name)?;
        let (id, status) = (container.id.clone(), container.state.status);
        if status.is_running() || status == Status::Restarting {
            if !force {
                let advice = match status {
                    Status::Paused => "and must be unpaused first".to_owned(),
                    _ => String::new(),
                };
                let state = status.name();
                let why = match advice.is_empty() {
                    true => format!("container is {state}: stop the container before removing or force remove"),
                    false => format!("container is {state} {advice}"),
                };
                return Err(ApiError::conflict(format!("cannot remove container \"{}\": {why}", container.name)));
            }
            self.set_restart_at(&id, None);
            self.change(&id, |container| {
                container.state.stopped_by_user = true;
                container.restart_when_stopped = false;
                if container.state.status == Status::Restarting {
                    container.state.status = Status::Exited;
                }
            });
            self.kill_now(kernel, context, &id);
        }
        self.erase(kernel, context, &id, volumes);
        Ok(Response::Done)
    }

    /// Takes a container that does not run away.
    pub(super) fn erase(&mut self, kernel: &mut Kernel, context: &mut Context, id: &Arc<str>, volumes: bool) {
        let Some(container) = self.containers.remove(id) else { return };
        self.names.remove(container.name.as_str());
        self.linking.remove(id);
        for exec in self.execs_of.remove(id).unwrap_or_default() {
            if let Some(exec) = self.execs.remove(&exec) {
                kernel.remove_sink(exec.sink);
            }
        }
        let writable_bytes = kernel.union(container.root).map_or(0, |root| root.upper_size());
        kernel.remove_filesystem(container.root);
        self.remove_files(kernel, id);
        context.emit(EventKind::ContainerRemoved { container: id.clone(), writable_bytes });
        self.note_container(context, &container, "destroy", &[]);
        if volumes {
            let anonymous = container.mounts.iter().filter(|mount| mount.anonymous);
            let names = anonymous.filter_map(|mount| mount.name.clone()).collect();
            self.drop_anonymous_volumes(kernel, context, names);
        }
        self.gone.push_back(container);
        if self.gone.len() > REMEMBERED
            && let Some(oldest) = self.gone.pop_front()
        {
            kernel.remove_sink(oldest.sink);
        }
    }

    /// A container that is gone, by its ID or name: the last of that name.
    pub(super) fn find_gone(&self, text: &str) -> Option<&Arc<Container>> {
        self.gone.iter().rev().find(|container| &*container.id == text || container.name == text)
    }

    /// `POST /containers/prune`.
    ///
    /// # Errors
    /// 400 for a filter that is none.
    pub(super) fn container_prune(&mut self, kernel: &mut Kernel, context: &mut Context, filters: &Filters) -> Answer {
        list::check_filters(filters, &["label", "label!", "until"])?;
        let until = list::until(filters, context.now)?;
        let chosen = self.containers.values().filter(|container| {
            !container.state.status.is_running()
                && container.state.status != Status::Restarting
                && until.is_none_or(|until| container.created < until)
                && list::has_labels(filters, "label", &container.config.run.labels)
                && list::lacks_labels(filters, "label!", &container.config.run.labels)
        });
        let chosen: Vec<Arc<str>> = chosen.map(|container| container.id.clone()).collect();
        let mut reclaimed = 0;
        for id in &chosen {
            let root = self.containers.get(id).map(|container| container.root);
            reclaimed += root.and_then(|root| kernel.union(root)).map_or(0, |root| root.upper_size());
            self.erase(kernel, context, id, false);
        }
        Ok(Response::Pruned { deleted: chosen.iter().map(|id| id.to_string()).collect(), reclaimed })
    }
}
