//! What a container's processes may do: capabilities, `--privileged`, `--security-opt`.
//!
//! Promises: moby's `oci/caps.TweakCapabilities` and `daemon/daemon_unix.go`, `parseSecurityOpt`. There are no AppArmor, SELinux and
//! seccomp to speak of: their options are read and change nothing that can be seen, but for `/proc/PID/status`.

use super::api::ApiError;
use super::container::HostConfig;
use crate::world::process::capabilities::{Capability, CapabilitySet, capability};
use crate::world::units::go_quote;

/// The capabilities of a container's processes, as far as root has them.
pub fn capabilities(host: &HostConfig) -> CapabilitySet {
    if host.privileged {
        return CapabilitySet::ALL;
    }
    let (added, dropped) = (&host.capabilities_added, &host.capabilities_dropped);
    let has_all = |names: &[String]| names.iter().any(|name| name == "ALL");
    let known = |names: &'_ [String]| -> Vec<Capability> { names.iter().filter_map(|name| capability(name)).collect() };
    let base = match (has_all(added), has_all(dropped)) {
        (true, _) => return known(dropped).into_iter().fold(CapabilitySet::ALL, CapabilitySet::without),
        (false, true) => CapabilitySet::NONE,
        (false, false) => known(dropped).into_iter().fold(CapabilitySet::DOCKER, CapabilitySet::without),
    };
    known(added).into_iter().fold(base, CapabilitySet::with)
}

/// Whether programs of the container cannot gain privileges (`no-new-privileges`).
pub fn no_new_privileges(host: &HostConfig) -> bool {
    let mut options = host.security_options.iter().filter_map(|option| {
        let value = option.strip_prefix("no-new-privileges")?;
        Some(matches!(value.trim_start_matches(['=', ':']), "" | "1" | "t" | "T" | "true" | "TRUE" | "True"))
    });
    options.next_back().unwrap_or(false)
}

/// Whether system calls are filtered.
pub fn filters_system_calls(host: &HostConfig) -> bool {
    !host.privileged && !host.security_options.iter().any(|option| option == "seccomp=unconfined")
}

/// Checks `--security-opt`.
///
/// # Errors
/// 500 for an option that Docker does not know.
pub fn check_options(options: &[String]) -> Result<(), ApiError> {
    for option in options {
        if matches!(option.as_str(), "no-new-privileges" | "writable-cgroups" | "disable") {
            continue;
        }
        let Some((key, value)) = option.split_once('=').or_else(|| option.split_once(':')) else {
            return Err(ApiError::failed(format!("invalid --security-opt 1: {}", go_quote(option))));
        };
        let is_switch =
            || ["1", "t", "T", "true", "TRUE", "True", "0", "f", "F", "false", "FALSE", "False"].contains(&value);
        let good = match key {
            "label" | "apparmor" | "seccomp" => true,
            "no-new-privileges" | "writable-cgroups" => is_switch(),
            _ => false,
        };
        if !good {
            return Err(ApiError::failed(format!("invalid --security-opt 2: {}", go_quote(option))));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(added: &[&str], dropped: &[&str]) -> String {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let host = HostConfig {
            capabilities_added: owned(added),
            capabilities_dropped: owned(dropped),
            ..HostConfig::default()
        };
        capabilities(&host).hex()
    }

    #[test]
    fn capabilities_are_dropped_and_then_added() {
        assert_eq!(set(&[], &[]), "00000000a80425fb");
        assert_eq!(set(&[], &["ALL"]), "0000000000000000");
        assert_eq!(set(&["CAP_CHOWN"], &["ALL"]), "0000000000000001");
        assert_eq!(set(&["CAP_NET_ADMIN"], &[]), "00000000a80435fb");
        assert_eq!(set(&["ALL"], &["CAP_NET_ADMIN"]), "000001ffffffefff");
    }
}
