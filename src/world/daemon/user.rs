//! Who a container's process is: `--user`, looked up in the container's own `/etc/passwd` and `/etc/group`.
//!
//! Promises: numbers, groups, home directory and error texts as the Engine finds them (moby/sys `user.GetExecUser`).

use super::api::ApiError;
use super::container::HostConfig;
use super::{security, tree};
use crate::world::filesystem::entry::Node;
use crate::world::filesystem::union::UnionMount;
use crate::world::process::Credentials;

/// The highest number of a user or group (moby/sys `user`, `maxID`).
const MOST: u32 = i32::MAX as u32;
/// The largest file of users or groups that is read, in bytes.
const LIMIT: u64 = 1 << 20;

/// A user, with what the environment is to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    pub credentials: Credentials,
    pub home: String,
}

fn text(root: &UnionMount, path: &str) -> String {
    let Ok(path) = tree::follow(root, path) else { return String::new() };
    match root.lookup(&path).map(|found| &found.entry.node) {
        Some(Node::File(content)) => {
            content.bytes(LIMIT).map_or_else(|_| String::new(), |bytes| String::from_utf8_lossy(&bytes).into_owned())
        }
        _ => String::new(),
    }
}

/// A line of `/etc/passwd` or `/etc/group`, cut at its colons.
fn field(line: &str, index: usize) -> &str {
    line.split(':').nth(index).unwrap_or("")
}

/// A number of a user or group.
fn in_range(number: i64) -> Result<u32, ApiError> {
    u32::try_from(number)
        .ok()
        .filter(|number| *number <= MOST)
        .ok_or_else(|| ApiError::invalid(format!("uids and gids must be in range 0-{MOST}")))
}

/// Finds the user of a process in a container, with the groups and the rights that the container was given.
///
/// # Errors
/// As [`find`].
pub fn of_container(root: &UnionMount, asked: &str, host: &HostConfig) -> Result<User, ApiError> {
    let User { credentials, home } = find(root, asked, &host.groups_added)?;
    let credentials = Credentials {
        no_new_privileges: security::no_new_privileges(host),
        filtered: security::filters_system_calls(host),
        ..credentials.bounded(security::capabilities(host))
    };
    Ok(User { credentials, home })
}

/// Finds the user `asked` (`user[:group]`; empty is root), and the groups `more`.
///
/// # Errors
/// 400 when a name is in neither file, or a number out of range.
pub fn find(root: &UnionMount, asked: &str, more: &[String]) -> Result<User, ApiError> {
    let (wanted, group) = match asked.split_once(':') {
        Some((user, group)) => (user, Some(group)),
        None => (asked, None),
    };
    let wanted = if wanted.is_empty() { "0" } else { wanted };
    let (passwd, groups) = (text(root, "/etc/passwd"), text(root, "/etc/group"));
    let entry = passwd.lines().find(|line| field(line, 0) == wanted || field(line, 2) == wanted);
    let (uid, mut gid, home, name) = match entry {
        Some(line) => (
            field(line, 2).parse().unwrap_or(0),
            field(line, 3).parse().unwrap_or(0),
            field(line, 5).to_owned(),
            field(line, 0).to_owned(),
        ),
        None => match wanted.parse::<i64>() {
            Ok(number) => (in_range(number)?, 0, "/".to_owned(), String::new()),
            Err(_) => {
                return Err(ApiError::invalid(format!(
                    "unable to find user {wanted}: no matching entries in passwd file"
                )));
            }
        },
    };
    let number = |group: &str| -> Option<u32> {
        let entry = groups.lines().find(|line| field(line, 0) == group || field(line, 2) == group);
        entry.map_or_else(|| group.parse().ok(), |line| field(line, 2).parse().ok())
    };
    let mut members = Vec::new();
    match group {
        Some(group) if !group.is_empty() => {
            gid = number(group).ok_or_else(|| {
                ApiError::invalid(format!("unable to find group {group}: no matching entries in group file"))
            })?;
        }
        _ => {
            let is_member = |line: &&str| !name.is_empty() && field(line, 3).split(',').any(|member| member == name);
            members.extend(groups.lines().filter(is_member).filter_map(|line| field(line, 2).parse::<u32>().ok()));
        }
    }
    // The Engine puts the user's own group first among the supplementary ones (CVE-2022-36109).
    let mut all = vec![gid];
    all.extend(members);
    for group in more {
        all.push(number(group).ok_or_else(|| {
            ApiError::invalid(format!("unable to find group {group}: no matching entries in group file"))
        })?);
    }
    let home = if home.is_empty() { "/".to_owned() } else { home };
    Ok(User { credentials: Credentials::new(uid, gid, all), home })
}
