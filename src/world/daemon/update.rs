//! `POST /containers/{id}/update`: a container's limits and its restart policy change while it is there.
//!
//! Promises: the checks, texts and order of moby's `daemon/update.go` and `container.UpdateContainer`; a container that runs feels
//! the change at once. What is 0 or empty stays as it is.

use super::api::{ApiError, Response, UpdateContainer};
use super::container::{HostConfig, Resources};
use super::{Answer, Daemon, cgroup, check, check_resources};
use crate::world::context::Context;
use crate::world::process::Kernel;

impl Daemon {
    /// Changes a container's limits.
    ///
    /// # Errors
    /// 404, 400 for what cannot be, 500 for what the kernel refuses.
    pub(super) fn container_update(
        &mut self,
        kernel: &mut Kernel,
        context: &Context,
        name: &str,
        mut changes: UpdateContainer,
    ) -> Answer {
        check::restart_policy(&changes.restart_policy)?;
        let warnings = check_resources::resources(&mut changes.resources, kernel.cpus, true)?;
        let container = self.find(name)?.clone();
        let id = container.id.clone();
        let refused = |why: &str| ApiError::invalid(format!("Cannot update container {id}: {why}"));
        let mut host = (*container.host_config).clone();
        apply(&mut host, &changes).map_err(refused)?;
        let runs = container.state.status.is_running();
        let mut updated = (*container).clone();
        updated.host_config = host.into();
        if runs && let Some(why) = cgroup::update_refusal(&updated, &changes.resources) {
            let text = format!("runc did not terminate successfully: exit status 1: {why}");
            return Err(ApiError { status: 500, ..refused(&text) });
        }
        if runs {
            kernel.set_control_group(id.clone(), cgroup::group(&updated, kernel.cpus));
        }
        self.change(&id, |container| container.host_config = updated.host_config.clone());
        self.note_container(context, &updated, "update", &[]);
        Ok(Response::Warnings(warnings))
    }
}

/// Takes over what is to change.
fn apply(host: &mut HostConfig, changes: &UpdateContainer) -> Result<(), &'static str> {
    let (own, new) = (&mut host.resources, &changes.resources);
    conflicts(own, new)?;
    for (own, new) in [
        (&mut own.cpu_shares, new.cpu_shares),
        (&mut own.nano_cpus, new.nano_cpus),
        (&mut own.cpu_period, new.cpu_period),
        (&mut own.cpu_quota, new.cpu_quota),
        (&mut own.cpu_realtime_period, new.cpu_realtime_period),
        (&mut own.cpu_realtime_runtime, new.cpu_realtime_runtime),
        (&mut own.memory_reservation, new.memory_reservation),
    ] {
        if new != 0 {
            *own = new;
        }
    }
    for (own, new) in [(&mut own.cpuset_cpus, &new.cpuset_cpus), (&mut own.cpuset_mems, &new.cpuset_mems)] {
        if !new.is_empty() {
            own.clone_from(new);
        }
    }
    if new.memory != 0 {
        if new.memory > own.memory_swap && new.memory_swap == 0 {
            return Err(
                "Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time",
            );
        }
        own.memory = new.memory;
    }
    if new.memory_swap != 0 {
        own.memory_swap = new.memory_swap;
    }
    // 0 is «no limit» here: it was said.
    own.pids_limit = new.pids_limit.or(own.pids_limit);
    let policy = &changes.restart_policy;
    if !policy.name.is_empty() {
        if host.auto_remove && policy.name != "no" {
            return Err("Restart policy cannot be updated because AutoRemove is enabled for the container");
        }
        host.restart_policy = policy.clone();
    }
    Ok(())
}

/// `--cpus` and the quota that it stands for exclude each other.
fn conflicts(own: &Resources, new: &Resources) -> Result<(), &'static str> {
    if new.nano_cpus > 0 && own.cpu_period > 0 {
        return Err("Conflicting options: Nano CPUs cannot be updated as CPU Period has already been set");
    }
    if new.nano_cpus > 0 && own.cpu_quota > 0 {
        return Err("Conflicting options: Nano CPUs cannot be updated as CPU Quota has already been set");
    }
    if new.cpu_period > 0 && own.nano_cpus > 0 {
        return Err("Conflicting options: CPU Period cannot be updated as NanoCPUs has already been set");
    }
    if new.cpu_quota > 0 && own.nano_cpus > 0 {
        return Err("Conflicting options: CPU Quota cannot be updated as NanoCPUs has already been set");
    }
    Ok(())
}
