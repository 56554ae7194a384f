//! Completion: the words that may stand at the cursor, and the menu in which one is chosen.
//!
//! Promises: what is offered is read off the world where we stand, and nothing there changes. Must not know: how a menu is drawn.

use std::collections::BTreeMap;

use super::words::{Situation, quoted, situation};
use crate::client::complete::{Files, Offer, Suggestion, complete};
use crate::client::units::human_size;
use crate::world::World;
use crate::world::daemon::container::Status;
use crate::world::filesystem::entry::Node;
use crate::world::machine::Machine;
use crate::world::process::vfs::{Caller, join};

/// The most words that a menu holds.
const MOST: usize = 400;
/// The words of the shell itself.
const BUILTINS: [(&str, &str); 8] = [
    ("cd", "go to another directory"),
    ("echo", "write words"),
    ("exit", "end this shell"),
    ("export", "set a variable for programs"),
    ("for", "do something for each word"),
    ("pwd", "say which directory this is"),
    ("set", "show or change the shell's settings"),
    ("unset", "forget a variable"),
];
/// More words of the shell, which nobody needs to be offered.
const OTHERS: [&str; 25] = [
    ".", ":", "[", "alias", "bg", "break", "command", "continue", "eval", "exec", "fg", "getopts", "hash", "jobs",
    "local", "printf", "read", "readonly", "return", "shift", "source", "test", "trap", "type", "wait",
];
/// What Layerlab's terminal itself does.
pub const EDIT: &str = "edit";

/// The words that may stand at the cursor, one of which is selected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Menu {
    /// Where in the line that which is completed begins.
    pub start: usize,
    pub candidates: Vec<Candidate>,
    /// Which of them is in the line.
    pub selected: usize,
}

/// A word that may stand at the cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// What comes into the line, quoted where it must be, with a blank where a word ends.
    pub insert: String,
    /// As the menu shows it.
    pub shown: String,
    /// What it is, in a few words.
    pub about: String,
}

/// What may stand at the end of `before_cursor`; none if nothing is known.
pub fn candidates(before_cursor: &str, world: &World) -> Option<Menu> {
    let (machine, caller) = world.reader()?;
    let Situation { words, word, redirected } = situation(before_cursor);
    let word = word?;
    // A completed part of a word is quoted as a whole.
    let partial = word.value.as_str();
    let offer = if redirected {
        Offer { files: Some(Files::Host), ..Offer::default() }
    } else {
        offer(&words, partial, machine, &caller, world)
    };
    let kept = partial.get(..offer.kept).unwrap_or_default();
    let typed = partial.get(offer.kept..).unwrap_or_default();
    let mut found: Vec<Candidate> = offer
        .suggestions
        .iter()
        .map(|suggestion| Candidate {
            insert: finished(&format!("{kept}{}", suggestion.word)),
            shown: suggestion.word.clone(),
            about: suggestion.about.clone(),
        })
        .collect();
    if let Some(files) = offer.files {
        found.extend(paths(typed, kept, &files, machine, &caller));
    }
    found.truncate(MOST);
    (!found.is_empty()).then_some(Menu { start: word.range.start, candidates: found, selected: 0 })
}

/// A word as it stands in the line: with a blank behind it, unless it goes on (`--network=`, `web:`).
fn finished(word: &str) -> String {
    // What docker's own templates need is quoted already.
    let text = if word.starts_with('\'') { word.to_owned() } else { quoted(word) };
    if word.ends_with(['=', ':', '/']) { text } else { text + " " }
}

fn offer(words: &[String], partial: &str, machine: &Machine, caller: &Caller, world: &World) -> Offer {
    let files = |files| Offer { files: Some(files), ..Offer::default() };
    let Some((program, arguments)) = words.split_first() else {
        return if partial.contains('/') {
            files(Files::Host)
        } else {
            Offer { suggestions: programs(partial, machine, caller), ..Offer::default() }
        };
    };
    match program.as_str() {
        "docker" => complete(arguments, partial, machine, world.registry(), world.now()),
        "cd" | "rmdir" => files(Files::HostDirectories),
        "curl" | "wget" if !partial.starts_with('-') => {
            Offer { suggestions: addresses(partial, machine), ..Offer::default() }
        }
        "echo" | "exit" | "export" | "unset" | "sleep" => Offer::default(),
        _ if partial.starts_with('-') => Offer::default(),
        _ => files(Files::Host),
    }
}

/// The programs on the path and the words of the shell.
fn programs(partial: &str, machine: &Machine, caller: &Caller) -> Vec<Suggestion> {
    let path = machine.environment.iter().find_map(|pair| pair.strip_prefix("PATH=")).unwrap_or_default();
    let mut found: BTreeMap<String, &str> = BUILTINS.iter().map(|(name, about)| ((*name).to_owned(), *about)).collect();
    found.insert(EDIT.to_owned(), "write a file in an editor");
    for directory in path.split(':').filter(|directory| !directory.is_empty()) {
        for name in machine.kernel.list(caller, directory).unwrap_or_default() {
            found.entry(name).or_insert("");
        }
    }
    let starts = found.into_iter().filter(|(name, _)| name.starts_with(partial));
    starts.map(|(word, about)| Suggestion { word, about: about.to_owned() }).collect()
}

/// Whether the shell would find such a program, a word of its own, or a file under this path.
pub fn is_program(name: &str, world: &World) -> bool {
    let Some((machine, caller)) = world.reader() else { return false };
    // What the shell puts together itself is not known before it has.
    if name.contains(['$', '`', '*', '~'])
        || BUILTINS.iter().any(|(builtin, _)| *builtin == name)
        || OTHERS.contains(&name)
        || name == EDIT
    {
        return true;
    }
    let path = machine.environment.iter().find_map(|pair| pair.strip_prefix("PATH=")).unwrap_or_default();
    let found = |directory: &str| machine.kernel.status(&caller, &join(directory, name), true).is_ok();
    name.contains('/') && found(".") || path.split(':').any(found)
}

/// Where containers answer on this machine.
fn addresses(partial: &str, machine: &Machine) -> Vec<Suggestion> {
    let running = machine.daemon.containers.values().filter(|container| container.state.status == Status::Running);
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    for container in running {
        for binding in container.published.values().flatten() {
            let address = format!("localhost:{}", binding.host_port);
            found.insert(address, format!("published by {}", container.name));
        }
    }
    let starts = found.into_iter().filter(|(address, _)| address.starts_with(partial));
    starts.map(|(word, about)| Suggestion { word, about }).collect()
}

/// The files and directories whose path begins with `typed`.
fn paths(typed: &str, kept: &str, files: &Files, machine: &Machine, caller: &Caller) -> Vec<Candidate> {
    let inside;
    let caller = match files {
        Files::Container(id) => match in_container(id, machine) {
            Some(found) => {
                inside = found;
                &inside
            }
            None => return Vec::new(),
        },
        Files::Host | Files::HostDirectories => caller,
    };
    let (directory, name) = match typed.rsplit_once('/') {
        Some((directory, name)) => (format!("{directory}/"), name),
        None => (String::new(), typed),
    };
    let place = match directory.strip_prefix("~/") {
        Some(rest) => join(crate::world::machine::host::HOME, rest),
        None if directory.is_empty() => ".".to_owned(),
        None => directory.clone(),
    };
    let names = machine.kernel.list(caller, &place).unwrap_or_default();
    let wanted = names.into_iter().filter(|known| {
        // Hidden files show when one asks for them.
        known.starts_with(name) && (name.starts_with('.') || !known.starts_with('.'))
    });
    wanted
        .filter_map(|known| {
            let status = machine.kernel.status(caller, &join(&place, &known), true).ok()?;
            let is_directory = status.entry.node == Node::Directory;
            if *files == Files::HostDirectories && !is_directory {
                return None;
            }
            let slash = if is_directory { "/" } else { "" };
            Some(Candidate {
                insert: finished(&format!("{kept}{directory}{known}{slash}")),
                shown: format!("{known}{slash}"),
                about: if is_directory { String::new() } else { human_size(status.size) },
            })
        })
        .collect()
}

/// The eyes of root in a container that runs.
fn in_container(id: &str, machine: &Machine) -> Option<Caller> {
    let container = machine.daemon.containers.get(id)?;
    let process = machine.kernel.process(container.state.pid?)?;
    Some(Caller {
        mounts: process.namespaces.mount,
        working_directory: process.working_directory.clone(),
        credentials: process.credentials.clone(),
        umask: process.umask,
        pid: Some(process.pid),
    })
}

impl Menu {
    /// What all candidates begin with, as far as that is more than what was typed.
    pub fn common(&self, typed: &str) -> Option<String> {
        let first = &self.candidates.first()?.insert;
        let mut common = first.trim_end();
        for candidate in &self.candidates {
            while !candidate.insert.starts_with(common) {
                let mut signs = common.chars();
                signs.next_back();
                common = signs.as_str();
            }
        }
        (common.len() > typed.len() && common.starts_with(typed)).then(|| common.to_owned())
    }

    /// The candidate that is selected.
    pub fn candidate(&self) -> Option<&Candidate> {
        self.candidates.get(self.selected)
    }

    /// Selects the next or the one before, going round.
    pub fn go(&mut self, forward: bool) {
        let count = self.candidates.len().max(1);
        self.selected = (self.selected + if forward { 1 } else { count - 1 }) % count;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::Action;
    use crate::worlds::Worlds;

    fn world() -> World {
        let mut world = World::new(Worlds::default().settings());
        for line in [
            "mkdir -p app/src 'my files'",
            "touch app/Dockerfile app/.hidden notes.txt",
            "docker run -d --name web -p 8080:80 nginx:1.27",
            "cd app",
        ] {
            world.act(&Action::Line(line.to_owned()));
        }
        world
    }

    fn inserts(world: &World, line: &str) -> Vec<String> {
        candidates(line, world).map_or_else(Vec::new, |menu| menu.candidates.into_iter().map(|c| c.insert).collect())
    }

    #[test]
    fn programs_and_files_are_offered_as_the_shell_sees_them() {
        let world = world();
        assert_eq!(inserts(&world, "multip"), ["multipass "]);
        assert_eq!(inserts(&world, "cat "), ["Dockerfile ", "src/"]);
        assert_eq!(inserts(&world, "cat ."), [".hidden "]);
        assert_eq!(inserts(&world, "ls ../n"), ["../notes.txt "]);
        assert_eq!(inserts(&world, "cd ../"), ["../app/", "'../my files/'"]);
        assert_eq!(inserts(&world, "cat > D"), ["Dockerfile "]);
        assert_eq!(inserts(&world, "curl localhost"), ["localhost:8080 "]);
        assert_eq!(inserts(&world, "docker ps; docker stop w"), ["web "]);
        assert_eq!(inserts(&world, "edit Do"), ["Dockerfile "]);
    }

    #[test]
    fn files_in_a_container_are_the_containers() {
        let world = world();
        assert_eq!(inserts(&world, "docker cp web:/etc/nginx/ng"), ["web:/etc/nginx/nginx.conf "]);
        assert_eq!(inserts(&world, "docker exec web cat /etc/nginx/ng"), ["/etc/nginx/nginx.conf "]);
        let mut world = world;
        world.act(&Action::Line("docker exec -it web sh".to_owned()));
        assert_eq!(inserts(&world, "cat /etc/nginx/ng"), ["/etc/nginx/nginx.conf "]);
    }

    #[test]
    fn what_all_have_in_common_is_found() {
        let candidate = |insert: &str| Candidate { insert: insert.into(), shown: String::new(), about: String::new() };
        let menu = Menu { start: 0, candidates: vec![candidate("worker-1 "), candidate("worker-2 ")], selected: 0 };
        assert_eq!(menu.common("w").as_deref(), Some("worker-"));
        assert_eq!(menu.common("worker-"), None);
    }
}
