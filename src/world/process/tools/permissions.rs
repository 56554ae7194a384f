//! `chmod`, `chown`, `chgrp`.

use super::accounts::Accounts;
use super::call::Tool;
use super::files::below;
use super::mode;
use super::options::{Given, Options};
use crate::world::filesystem::errno::Errno;

const OPTIONS_CHMOD: Options =
    Options::short("[-Rcvf] MODE[,MODE]... FILE...", "Rf", "cv").with_long(&[("recursive", 'R')]);
const OPTIONS_CHOWN: Options = Options::short("[-Rhf]... USER[:[GRP]] FILE...", "Rhf", "cvLHP")
    .with_long(&[("recursive", 'R'), ("no-dereference", 'h')]);

/// `chmod`.
pub fn chmod(tool: &mut Tool<'_, '_>) -> i32 {
    // A mode such as `-x` looks like an option.
    let mut arguments = tool.call.arguments.clone();
    let is_mode = |text: &String| {
        text.len() > 1 && text.starts_with('-') && text[1..].chars().all(|letter| "rwxXst,+-=ugoa".contains(letter))
    };
    if let Some(at) = arguments.iter().position(is_mode) {
        arguments[at] = format!("a{}", arguments[at]);
    }
    let given = match tool.options_of(&OPTIONS_CHMOD, &arguments) {
        Ok(given) => given,
        Err(code) => return code,
    };
    let [text, paths @ ..] = given.operands.as_slice() else { return tool.missing_operand(&OPTIONS_CHMOD) };
    if paths.is_empty() {
        if tool.is_gnu() {
            tool.complain(format_args!("missing operand after '{text}'"));
        }
        return tool.refuse(&OPTIONS_CHMOD);
    }
    if mode::change(text, 0, false, 0).is_none() {
        let wrong = tool.wording(format!("invalid mode '{text}'"), format!("invalid mode: '{text}'"));
        tool.complain(wrong);
        if tool.is_gnu() {
            tool.refuse(&OPTIONS_CHMOD);
        }
        return 1;
    }
    let umask = tool.system.umask();
    let change = |tool: &mut Tool<'_, '_>, path: &str| {
        let is_directory = tool.system.status(path, true)?.entry.node.is_directory();
        tool.system.set_metadata(path, true, |metadata| {
            metadata.mode = mode::change(text, metadata.mode, is_directory, umask).unwrap_or(metadata.mode);
        })
    };
    walk(tool, &given, paths, &change, "changing permissions of")
}

/// `chown` and `chgrp`.
pub fn chown(tool: &mut Tool<'_, '_>) -> i32 {
    let given = match tool.options(&OPTIONS_CHOWN) {
        Ok(given) => given,
        Err(code) => return code,
    };
    let [owner, paths @ ..] = given.operands.as_slice() else { return tool.missing_operand(&OPTIONS_CHOWN) };
    if paths.is_empty() {
        if tool.is_gnu() {
            tool.complain(format_args!("missing operand after '{owner}'"));
        }
        return tool.refuse(&OPTIONS_CHOWN);
    }
    let accounts = Accounts::read(tool.system);
    let (user, group) = match tool.call.name.as_str() {
        "chgrp" => ("", Some(owner.as_str())),
        _ => match owner.split_once([':', '.']) {
            Some((user, group)) => (user, Some(group)),
            None => (owner.as_str(), None),
        },
    };
    let number = |text: &str| text.parse::<u32>().ok();
    let uid = match user {
        "" => None,
        name => match accounts.user_named(name).map(|user| user.uid).or_else(|| number(name)) {
            Some(uid) => Some(uid),
            None => {
                let text = tool.wording(format!("unknown user {name}"), format!("invalid user: '{owner}'"));
                tool.complain(text);
                return 1;
            }
        },
    };
    let gid = match group {
        None => None,
        // `user:` means the user's own group.
        Some("") => accounts.user_named(user).map(|user| user.gid),
        Some(name) => match accounts.group_named(name).map(|group| group.gid).or_else(|| number(name)) {
            Some(gid) => Some(gid),
            None => {
                let text = tool.wording(
                    if owner.starts_with(':') {
                        format!("unknown group {name}")
                    } else {
                        format!("unknown user/group {owner}")
                    },
                    format!("invalid group: '{owner}'"),
                );
                tool.complain(text);
                return 1;
            }
        },
    };
    let follow = !given.has('h');
    let change = |tool: &mut Tool<'_, '_>, path: &str| {
        tool.system.set_metadata(path, follow, |metadata| {
            metadata.uid = uid.unwrap_or(metadata.uid);
            metadata.gid = gid.unwrap_or(metadata.gid);
        })
    };
    walk(tool, &given, paths, &change, "changing ownership of")
}

type Change<'c> = &'c dyn Fn(&mut Tool<'_, '_>, &str) -> Result<(), Errno>;

fn walk(tool: &mut Tool<'_, '_>, given: &Given, paths: &[String], change: Change<'_>, doing: &str) -> i32 {
    let mut code = 0;
    let mut rest: Vec<String> = paths.iter().rev().cloned().collect();
    while let Some(path) = rest.pop() {
        let is_link = tool.system.read_link(&path).is_ok();
        if is_link && given.has('R') && !paths.contains(&path) {
            continue;
        }
        if let Err(errno) = change(tool, &path) {
            code = 1;
            if given.has('f') {
                continue;
            }
            let gnu = match errno {
                Errno::ENOENT => format!("cannot access '{path}': {errno}"),
                _ => format!("{doing} '{path}': {errno}"),
            };
            let text = tool.wording(format!("{path}: {errno}"), gnu);
            tool.complain(text);
            continue;
        }
        if given.has('R') && !is_link {
            // What is no directory has no names in it.
            let names = tool.system.list(&path).unwrap_or_default();
            rest.extend(names.iter().rev().map(|name| below(&path, name)));
        }
    }
    code
}
