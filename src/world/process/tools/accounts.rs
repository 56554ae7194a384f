//! Users and groups by name and number, as `/etc/passwd` and `/etc/group` of the root file system have them.

use crate::world::process::System;

/// A line of `/etc/passwd`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    pub name: String,
    pub uid: u32,
    pub gid: u32,
    pub home: String,
    pub shell: String,
}

/// A line of `/etc/group`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    pub name: String,
    pub gid: u32,
    pub members: Vec<String>,
}

/// The accounts of a root file system, read once.
#[derive(Clone, Debug, Default)]
pub struct Accounts {
    pub users: Vec<User>,
    pub groups: Vec<Group>,
}

impl Accounts {
    /// Reads both files; a missing one has nobody in it.
    pub fn read(system: &System<'_>) -> Accounts {
        let text =
            |path| system.read_file(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
        let user = |line: &str| {
            let mut fields = line.split(':');
            let name = fields.next()?.to_owned();
            let uid = fields.nth(1)?.parse().ok()?;
            let gid = fields.next()?.parse().ok()?;
            let home = fields.nth(1).unwrap_or("/").to_owned();
            Some(User { name, uid, gid, home, shell: fields.next().unwrap_or("/bin/sh").to_owned() })
        };
        let group = |line: &str| {
            let mut fields = line.split(':');
            let name = fields.next()?.to_owned();
            let gid = fields.nth(1)?.parse().ok()?;
            let members = fields.next().unwrap_or("").split(',').filter(|name| !name.is_empty());
            Some(Group { name, gid, members: members.map(str::to_owned).collect() })
        };
        Accounts {
            users: text("/etc/passwd").lines().filter_map(user).collect(),
            groups: text("/etc/group").lines().filter_map(group).collect(),
        }
    }

    /// The user with this number.
    pub fn user(&self, uid: u32) -> Option<&User> {
        self.users.iter().find(|user| user.uid == uid)
    }

    /// The user of this name.
    pub fn user_named(&self, name: &str) -> Option<&User> {
        self.users.iter().find(|user| user.name == name)
    }

    /// The group with this number.
    pub fn group(&self, gid: u32) -> Option<&Group> {
        self.groups.iter().find(|group| group.gid == gid)
    }

    /// The group of this name.
    pub fn group_named(&self, name: &str) -> Option<&Group> {
        self.groups.iter().find(|group| group.name == name)
    }

    /// A user's name, or the number where it has none.
    pub fn user_name(&self, uid: u32) -> String {
        self.user(uid).map_or_else(|| uid.to_string(), |user| user.name.clone())
    }

    /// A group's name, or the number where it has none.
    pub fn group_name(&self, gid: u32) -> String {
        self.group(gid).map_or_else(|| gid.to_string(), |group| group.name.clone())
    }
}
