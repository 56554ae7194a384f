//! What a container may have of the machine: the daemon's rules for memory, processors and devices, in its order and words.
//!
//! Promises: pure checks (moby `daemon/daemon_unix.go`, `verifyPlatformContainerResources`); what this kernel has not is discarded with
//! a warning, as in Docker. Must not know how a limit is held.

use super::api::ApiError;
use super::container::Resources;

/// The least memory that a container can be given, in bytes (moby `linuxMinMemory`).
const MEMORY_LEAST: i64 = 6 << 20;

/// Checks them, takes out what the kernel has not, and gives the warnings. For a change of a container that is there
/// (`update`) a limit of swap may come without one of memory.
///
/// # Errors
/// 400.
pub fn resources(own: &mut Resources, cpus: u32, update: bool) -> Result<Vec<String>, ApiError> {
    memory(own, update)?;
    let mut warnings = Vec::new();
    if own.oom_kill_disable && own.memory == 0 {
        warnings.push(
            "OOM killer is disabled for the container, but no memory limit is set, this can result in the system running out of \
             resources."
                .to_owned(),
        );
    }
    processors(own, cpus)?;
    // Block I/O weights went with the CFQ scheduler, in Linux 5.0.
    if own.block_weight > 0 {
        own.block_weight = 0;
        let text = "Your kernel does not support Block I/O weight or the cgroup is not mounted. Weight discarded.";
        warnings.push(text.to_owned());
    }
    if !own.block_weight_devices.is_empty() {
        own.block_weight_devices.clear();
        let text = "Your kernel does not support Block I/O weight_device or the cgroup is not mounted. Weight-device discarded.";
        warnings.push(text.to_owned());
    }
    Ok(warnings)
}

fn refuse(text: impl Into<String>) -> Result<(), ApiError> {
    Err(ApiError::invalid(text))
}

fn memory(own: &Resources, update: bool) -> Result<(), ApiError> {
    let (memory, swap, reservation) = (own.memory, own.memory_swap, own.memory_reservation);
    if memory != 0 && memory < MEMORY_LEAST {
        return refuse("Minimum memory limit allowed is 6MB");
    }
    if memory > 0 && swap > 0 && swap < memory {
        return refuse("Minimum memoryswap limit should be larger than memory limit, see usage");
    }
    if memory == 0 && swap > 0 && !update {
        return refuse("You should always set the Memory limit when using Memoryswap limit, see usage");
    }
    if let Some(swappiness) = own.memory_swappiness.filter(|swappiness| !(0..=100).contains(swappiness)) {
        return refuse(format!("Invalid value: {swappiness}, valid memory swappiness range is 0-100"));
    }
    if reservation > 0 && reservation < MEMORY_LEAST {
        return refuse("Minimum memory reservation allowed is 6MB");
    }
    if memory > 0 && reservation > 0 && memory < reservation {
        return refuse("Minimum memory limit can not be less than memory reservation limit, see usage");
    }
    Ok(())
}

fn processors(own: &Resources, cpus: u32) -> Result<(), ApiError> {
    if own.nano_cpus > 0 && own.cpu_period > 0 {
        return refuse("Conflicting options: Nano CPUs and CPU Period cannot both be set");
    }
    if own.nano_cpus > 0 && own.cpu_quota > 0 {
        return refuse("Conflicting options: Nano CPUs and CPU Quota cannot both be set");
    }
    if own.nano_cpus < 0 || own.nano_cpus > i64::from(cpus) * 1_000_000_000 {
        return refuse(format!("range of CPUs is from 0.01 to {cpus}.00, as there are only {cpus} CPUs available"));
    }
    if own.cpu_period != 0 && !(1_000..=1_000_000).contains(&own.cpu_period) {
        return refuse("CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)");
    }
    if own.cpu_quota > 0 && own.cpu_quota < 1_000 {
        return refuse("CPU cfs quota can not be less than 1ms (i.e. 1000)");
    }
    let shown = |last: u32| if last == 0 { "0".to_owned() } else { format!("0-{last}") };
    let last = cpus.saturating_sub(1);
    for (asked, last, what, things) in
        [(&own.cpuset_cpus, last, "cpus", "CPUs"), (&own.cpuset_mems, 0, "mems", "memory nodes")]
    {
        let Some(highest) = highest(asked) else {
            return refuse(format!("Invalid value {asked} for cpuset {what}: invalid format: {asked}"));
        };
        if highest > u64::from(last) {
            return refuse(format!(
                "Requested {things} are not available - requested {asked}, available: {}",
                shown(last)
            ));
        }
    }
    Ok(())
}

/// How many of a list such as `0,3-4` there are; `None` when it is none.
pub fn count(list: &str) -> Option<usize> {
    let mut numbers = std::collections::BTreeSet::new();
    for (first, last) in ranges(list)? {
        // More than this no machine has.
        numbers.extend(first..=last.min(first.saturating_add(8192)));
    }
    Some(numbers.len())
}

/// The highest number of a list such as `0,3-4`; 0 for an empty one, `None` when it is none (moby `parsers.ParseUintList`).
fn highest(list: &str) -> Option<u64> {
    Some(ranges(list)?.into_iter().map(|(_, last)| last).max().unwrap_or(0))
}

fn ranges(list: &str) -> Option<Vec<(u64, u64)>> {
    if list.is_empty() {
        return Some(Vec::new());
    }
    let range = |part: &str| -> Option<(u64, u64)> {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (first.parse().ok()?, last.parse().ok()?);
        (first <= last).then_some((first, last))
    };
    list.split(',').map(range).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_processors_are_numbers_and_ranges() {
        assert_eq!((highest(""), highest("1"), highest("0-2,7,3-4")), (Some(0), Some(1), Some(7)));
        assert_eq!((highest("abc"), highest("2-1"), highest("1,")), (None, None, None));
        assert_eq!(count("0-2,1,7"), Some(4));
    }
}
