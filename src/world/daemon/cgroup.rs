//! What the kernel's control groups refuse, as runc words it; and the group that a container gets.
//!
//! Promises: the limits of cgroup v1 in kernel 6.18, and the errors of runc's libcontainer. Must not know what the daemon allows.

use super::check_resources;
use super::container::{Container, Resources};
use crate::world::process::control_group::{self, ControlGroup};

/// The least and the most that `cpu.shares` takes (Linux, `MIN_SHARES` and `MAX_SHARES`).
const SHARES: (i64, i64) = (2, 262_144);
/// The longest host name that the kernel takes, in bytes (sethostname(2)).
const HOST_NAME_LONGEST: usize = 64;
/// The least that `cpu.cfs_quota_us` takes, in microseconds.
const QUOTA_LEAST: i64 = 1_000;
/// The period that Docker takes for `--cpus`, in microseconds.
const PERIOD: i64 = control_group::PERIOD;

/// Microseconds of processor time in each period: the period, and the quota, if there is one.
pub fn quota(own: &Resources) -> Option<(i64, i64)> {
    let period = if own.cpu_period == 0 { PERIOD } else { own.cpu_period };
    if own.nano_cpus > 0 {
        return Some((PERIOD, own.nano_cpus / 10_000));
    }
    (own.cpu_quota > 0).then_some((period, own.cpu_quota))
}

/// The control group of a container.
pub fn group(container: &Container, cpus: u32) -> ControlGroup {
    let own = &container.host_config.resources;
    let bytes = |number: i64| u64::try_from(number).ok().filter(|number| *number > 0);
    let quota = quota(own);
    ControlGroup {
        path: format!("{}/{}", parent(own), container.id).into(),
        memory: bytes(own.memory),
        memory_and_swap: bytes(own.memory_swap),
        memory_reservation: bytes(own.memory_reservation),
        swappiness: own.memory_swappiness.and_then(|number| u64::try_from(number).ok()).unwrap_or(60),
        oom_kill_disable: own.oom_kill_disable,
        processes: own.pids_limit.and_then(bytes),
        shares: if own.cpu_shares == 0 { control_group::SHARES } else { own.cpu_shares },
        period: quota.map_or(if own.cpu_period == 0 { PERIOD } else { own.cpu_period }, |(period, _)| period),
        quota: quota.map(|(_, quota)| quota),
        cpus: own.cpuset_cpus.as_str().into(),
        mems: own.cpuset_mems.as_str().into(),
        cpu_count: check_resources::count(&own.cpuset_cpus)
            .and_then(|count| u32::try_from(count).ok())
            .filter(|count| *count > 0)
            .unwrap_or(cpus),
    }
}

/// The group that a container's own is in.
fn parent(own: &Resources) -> String {
    match own.cgroup_parent.as_str() {
        "" => "/docker".to_owned(),
        parent => super::mount_points::clean(parent),
    }
}

/// Why the groups of a container that runs cannot be changed so, as runc says it.
pub fn update_refusal(container: &Container, new: &Resources) -> Option<String> {
    let own = &container.host_config.resources;
    if new.cpu_shares != 0 {
        // runc reads the number without its sign.
        match new.cpu_shares {
            shares if (0..SHARES.0).contains(&shares) => {
                return Some(format!("the minimum allowed cpu-shares is {}", SHARES.0));
            }
            shares if !(0..=SHARES.1).contains(&shares) => {
                return Some(format!("the maximum allowed cpu-shares is {}", SHARES.1));
            }
            _ => {}
        }
    }
    if new.memory_swap > 0 && new.memory_swap < own.memory {
        let (value, parent) = (new.memory_swap, parent(own));
        return Some(format!(
            "failed to write \"{value}\": write /sys/fs/cgroup/memory{parent}/{}/memory.memsw.limit_in_bytes: invalid argument",
            container.id
        ));
    }
    None
}

/// What the kernel refuses when a container is to begin, as runc says it.
pub fn refusal(container: &Container) -> Option<String> {
    let own = &container.host_config.resources;
    if container.config.host_name.len() > HOST_NAME_LONGEST {
        return Some("error during container init: sethostname: invalid argument".to_owned());
    }
    let parent = parent(own);
    let file = |name: &str| format!("/sys/fs/cgroup/cpu{parent}/{}/{name}", container.id);
    if own.cpu_realtime_runtime > 0 {
        let path = file("cpu.rt_runtime_us");
        let value = own.cpu_realtime_runtime;
        return Some(format!(
            "unable to apply cgroup configuration: failed to write \"{value}\": write {path}: invalid argument"
        ));
    }
    let setting = |why: String| {
        Some(format!("error during container init: error setting cgroup config for procHooks process: {why}"))
    };
    match own.cpu_shares {
        0 => {}
        shares if shares < SHARES.0 => return setting(format!("the minimum allowed cpu-shares is {}", SHARES.0)),
        shares if shares > SHARES.1 => return setting(format!("the maximum allowed cpu-shares is {}", SHARES.1)),
        _ => {}
    }
    if let Some((_, quota)) = quota(own).filter(|(_, quota)| *quota < QUOTA_LEAST) {
        let path = file("cpu.cfs_quota_us");
        return setting(format!("failed to write \"{quota}\": write {path}: invalid argument"));
    }
    None
}
