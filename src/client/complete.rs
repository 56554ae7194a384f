//! What may stand next on a docker command line: commands, flags and their values, and the names of what there is.
//!
//! Promises: only words that docker would take there are offered; what there is is read off the machine, nothing is changed. Must not
//! know: keys, menus, or how files are listed (it only says that a file may stand there).

use std::collections::BTreeSet;
use std::sync::Arc;

use super::commands::{Category, Command, Group, Node, ROOT, global_flags};
use super::flags::{Flag, Kind};
use super::units::human_size;
use crate::world::clock::Time;
use crate::world::daemon::container::{Container, Status};
use crate::world::digest::Digest;
use crate::world::machine::Machine;
use crate::world::registry::{Asker, Registry};

/// The most names of one kind that are offered.
const NAMES: usize = 300;

/// A word that may stand there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// The word; where a part of the word at the cursor is kept, what follows that part.
    pub word: String,
    /// What it is, in a few words.
    pub about: String,
}

/// Whose files may stand there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Files {
    Host,
    /// Only directories.
    HostDirectories,
    /// Those of the container with this ID.
    Container(Arc<str>),
}

/// Everything that may stand at the cursor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offer {
    /// So many bytes of the word at the cursor stay: `--network=`, `web:`.
    pub kept: usize,
    pub suggestions: Vec<Suggestion>,
    pub files: Option<Files>,
}

impl Offer {
    fn words(words: impl IntoIterator<Item = &'static str>) -> Offer {
        let suggestions = words.into_iter().map(|word| suggestion(word, "")).collect();
        Offer { suggestions, ..Offer::default() }
    }

    fn names(suggestions: Vec<Suggestion>) -> Offer {
        Offer { suggestions, ..Offer::default() }
    }

    fn files(files: Files) -> Offer {
        Offer { files: Some(files), ..Offer::default() }
    }
}

fn suggestion(word: impl Into<String>, about: impl Into<String>) -> Suggestion {
    Suggestion { word: word.into(), about: about.into() }
}

/// Where the words before the cursor lead.
enum Place {
    Group(&'static Group),
    /// A command, with its arguments so far, and the flag that waits for its value.
    Command {
        command: &'static Command,
        arguments: Vec<String>,
        waiting: Option<&'static Flag>,
    },
    /// Words that docker does not know.
    Nowhere,
}

/// What may stand after `words` (those behind `docker`) in place of `partial`, on this machine.
pub fn complete(words: &[String], partial: &str, machine: &Machine, registry: &Registry, now: Time) -> Offer {
    let see = Surroundings { machine, registry, now };
    let mut offer = match place(words) {
        Place::Nowhere => Offer::default(),
        Place::Group(group) if partial.starts_with('-') => {
            Offer::names(if std::ptr::eq(group, &ROOT) { flag_names(&[global_flags()]) } else { Vec::new() })
        }
        Place::Group(group) => Offer::names(entries(group)),
        Place::Command { command, waiting: Some(flag), .. } => see.value(command, flag, partial),
        Place::Command { command, arguments, waiting: None } => match partial.split_once('=') {
            Some((name, value)) if name.starts_with("--") => {
                let flag = flags_of(command).find(|flag| name.strip_prefix("--") == Some(flag.name));
                let offer = flag.map(|flag| see.value(command, flag, value)).unwrap_or_default();
                Offer { kept: offer.kept + name.len() + 1, ..offer }
            }
            _ if partial.starts_with('-') => Offer::names(flag_names(command.flags)),
            _ => see.argument(command, &arguments, partial),
        },
    };
    let typed = partial.get(offer.kept..).unwrap_or_default();
    offer.suggestions.retain(|suggestion| suggestion.word.starts_with(typed));
    offer
}

/// What a command wants to be given, as its usage line says it, while no argument was given yet: `[OPTIONS] IMAGE [COMMAND] [ARG...]`.
pub fn usage(words: &[String]) -> Option<&'static str> {
    match place(words) {
        Place::Command { command, arguments, waiting: None } if arguments.is_empty() => Some(command.usage),
        _ => None,
    }
}

fn place(words: &[String]) -> Place {
    let mut group = &ROOT;
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        if word.starts_with('-') {
            if global_flags().iter().any(|flag| takes_next(flag, word)) {
                rest.next();
            }
            continue;
        }
        match group.find(word).map(|entry| entry.node) {
            Some(Node::Group(inner)) => group = inner,
            Some(Node::Command(command)) => return in_command(command, rest.as_slice()),
            _ => return Place::Nowhere,
        }
    }
    Place::Group(group)
}

fn in_command(command: &'static Command, words: &[String]) -> Place {
    let mut arguments: Vec<String> = Vec::new();
    let mut waiting = None;
    let mut only_arguments = false;
    for word in words {
        if waiting.take().is_some() {
            continue;
        }
        if only_arguments || !word.starts_with('-') || word == "-" {
            arguments.push(word.clone());
            only_arguments |= !command.interspersed;
        } else if word == "--" {
            only_arguments = true;
        } else {
            waiting = flags_of(command).find(|flag| takes_next(flag, word));
        }
    }
    Place::Command { command, arguments, waiting }
}

/// Whether the word behind this one is the flag's value: `--name`, `-p`, `-dp`.
fn takes_next(flag: &Flag, word: &str) -> bool {
    if flag.kind == Kind::Bool {
        return false;
    }
    match word.strip_prefix("--") {
        Some(name) => name == flag.name,
        None => flag.short.is_some() && word.chars().next_back() == flag.short,
    }
}

fn flags_of(command: &'static Command) -> impl Iterator<Item = &'static Flag> {
    command.flags.iter().flat_map(|flags| flags.iter())
}

fn flag_names(flags: &[&'static [Flag]]) -> Vec<Suggestion> {
    let shown = flags.iter().flat_map(|flags| flags.iter()).filter(|flag| !flag.hidden && flag.deprecated.is_empty());
    let mut names: Vec<Suggestion> = shown
        .flat_map(|flag| {
            let about = flag.help.lines().next().unwrap_or_default().to_owned();
            let short = flag.short.map(|letter| suggestion(format!("-{letter}"), about.clone()));
            std::iter::once(suggestion(format!("--{}", flag.name), about)).chain(short)
        })
        .collect();
    names.sort_by(|one, other| one.word.cmp(&other.word));
    names
}

fn entries(group: &Group) -> Vec<Suggestion> {
    let shown = group.entries.iter().filter(|e| e.category != Category::Hidden && !matches!(e.node, Node::NotModelled));
    shown
        .map(|entry| {
            let about = match entry.node {
                _ if !entry.text.is_empty() => entry.text,
                Node::Command(command) => command.description,
                Node::Group(group) => group.description,
                Node::NotModelled => "",
            };
            suggestion(entry.name, about.lines().next().unwrap_or_default())
        })
        .collect()
}

/// What names are read off.
struct Surroundings<'a> {
    machine: &'a Machine,
    registry: &'a Registry,
    now: Time,
}

impl Surroundings<'_> {
    /// What may stand as argument number `given.len()` of a command.
    fn argument(&self, command: &Command, given: &[String], partial: &str) -> Offer {
        let first = given.is_empty();
        match command.action {
            "container start" => Offer::names(self.containers(given, |status| !status.is_running())),
            "container stop" | "container kill" | "container restart" | "container pause" | "container stats"
            | "container wait" => Offer::names(self.containers(given, Status::is_running)),
            "container unpause" => Offer::names(self.containers(given, |status| status == Status::Paused)),
            "container rm" | "container inspect" => Offer::names(self.containers(given, |_| true)),
            "container exec" if first => Offer::names(self.containers(&[], |status| status == Status::Running)),
            "container exec" => match given.first().and_then(|name| self.container(name)) {
                Some(container) => Offer::files(Files::Container(container.id.clone())),
                None => Offer::default(),
            },
            "container attach" | "container port" | "container top" if first => {
                Offer::names(self.containers(&[], Status::is_running))
            }
            "container logs" | "container diff" | "container export" | "container commit" | "container rename"
            | "container update"
                if first =>
            {
                Offer::names(self.containers(&[], |_| true))
            }
            "container cp" => self.copy_place(partial),
            "container run" | "container create" if first => {
                let mut names = self.images(&[]);
                names.extend(self.served());
                Offer::names(names)
            }
            "image pull" if first => Offer::names(self.served()),
            "image push" | "image history" | "image tag" if first => Offer::names(self.images(&[])),
            "image rm" | "image inspect" | "image save" => Offer::names(self.images(given)),
            "image build" if first => Offer::files(Files::HostDirectories),
            "image import" if first => Offer::files(Files::Host),
            "inspect" => {
                let mut names = self.containers(given, |_| true);
                names.extend(self.images(given));
                names.extend(self.networks(given));
                names.extend(self.volumes(given));
                Offer::names(names)
            }
            "network connect" | "network disconnect" if first => Offer::names(self.networks(&[])),
            "network connect" | "network disconnect" if given.len() == 1 => {
                Offer::names(self.containers(&[], |_| true))
            }
            "network rm" | "network inspect" => Offer::names(self.networks(given)),
            "volume rm" | "volume inspect" => Offer::names(self.volumes(given)),
            _ => Offer::default(),
        }
    }

    /// What may stand as the value of a flag.
    fn value(&self, command: &Command, flag: &Flag, partial: &str) -> Offer {
        match flag.name {
            "network" | "net" => Offer::names(self.networks(&[])),
            "volumes-from" | "link" => Offer::names(self.containers(&[], |_| true)),
            "volume" if !partial.contains(':') => {
                Offer { suggestions: self.volumes(&[]), files: Some(Files::HostDirectories), kept: 0 }
            }
            "env-file" | "label-file" | "cidfile" | "iidfile" | "input" | "output" | "file" => {
                Offer::files(Files::Host)
            }
            "restart" => Offer::words(["no", "always", "on-failure", "unless-stopped"]),
            "pull" if flag.kind != Kind::Bool => Offer::words(["always", "missing", "never"]),
            "platform" => Offer::words(["linux/amd64", "linux/arm64"]),
            "signal" | "stop-signal" => {
                Offer::words(["SIGTERM", "SIGKILL", "SIGINT", "SIGQUIT", "SIGHUP", "SIGUSR1", "SIGUSR2"])
            }
            "format" => Offer::words(["json", "table", "'{{json .}}'", "'{{.ID}}'", "'{{.Names}}'"]),
            "progress" => Offer::words(["auto", "plain", "quiet", "rawjson", "tty"]),
            "mount" => Offer::words(["type=bind,source=", "type=volume,source=", "type=tmpfs,target="]),
            "driver" if command.action.starts_with("network") => Offer::words(["bridge"]),
            "filter" => Offer::words(filters(command.action).iter().copied()),
            _ => Offer::default(),
        }
    }

    /// `docker cp`: a path here, or one behind `CONTAINER:`.
    fn copy_place(&self, partial: &str) -> Offer {
        if let Some((name, _)) = partial.split_once(':') {
            let files = self.container(name).map(|container| Files::Container(container.id.clone()));
            return Offer { kept: name.len() + 1, suggestions: Vec::new(), files };
        }
        let mut names = self.containers(&[], |_| true);
        names.iter_mut().for_each(|name| name.word.push(':'));
        Offer { kept: 0, suggestions: names, files: Some(Files::Host) }
    }

    fn container(&self, name: &str) -> Option<&Container> {
        let containers = &self.machine.daemon.containers;
        containers
            .values()
            .map(|container| &**container)
            .find(|container| container.name == name || *container.id == *name)
    }

    /// The containers in such a state that are not `given` yet, the newest first.
    fn containers(&self, given: &[String], wanted: impl Fn(Status) -> bool) -> Vec<Suggestion> {
        let all = self.machine.daemon.containers.values();
        let mut found: Vec<&Container> = all
            .map(|container| &**container)
            .filter(|container| wanted(container.state.status) && !given.contains(&container.name))
            .collect();
        found.sort_by(|one, other| (other.created, &one.name).cmp(&(one.created, &other.name)));
        found.truncate(NAMES);
        let about = |container: &Container| format!("{}, {}", container.state.status.name(), container.config.image);
        found.into_iter().map(|container| suggestion(container.name.clone(), about(container))).collect()
    }

    fn images(&self, given: &[String]) -> Vec<Suggestion> {
        let images = &self.machine.daemon.images;
        let about = |id: &Digest| images.get(id).map_or_else(String::new, |image| human_size(image.size()));
        let names = images.tags().map(|(name, id)| suggestion(name.familiar(), about(&id)));
        names.filter(|suggestion| !given.contains(&suggestion.word)).take(NAMES).collect()
    }

    /// What the registries have, and the machine has not: in familiar form.
    fn served(&self) -> Vec<Suggestion> {
        let here: BTreeSet<String> = self.machine.daemon.images.tags().map(|(name, _)| name.familiar()).collect();
        let mut names = Vec::new();
        for (host, repository) in self.registry.repositories() {
            let name = match repository.strip_prefix("library/") {
                Some(name) if host == "docker.io" => name.to_owned(),
                _ if host == "docker.io" => repository.to_owned(),
                _ => format!("{host}/{repository}"),
            };
            // What is not shown to strangers is not offered.
            let tags = self.registry.tags(host, repository, Asker::anonymous(self.now)).unwrap_or_default();
            names.extend(tags.iter().map(|tag| format!("{name}:{tag}")));
        }
        names.retain(|name| !here.contains(name));
        names.truncate(NAMES);
        names.into_iter().map(|name| suggestion(name, "in the registry")).collect()
    }

    fn networks(&self, given: &[String]) -> Vec<Suggestion> {
        let networks = self.machine.daemon.networks.iter();
        let names = networks.map(|(name, network)| suggestion(&**name, format!("{} network", network.driver.name())));
        names.filter(|suggestion| !given.contains(&suggestion.word)).take(NAMES).collect()
    }

    fn volumes(&self, given: &[String]) -> Vec<Suggestion> {
        let names = self.machine.daemon.volumes.keys().map(|name| suggestion(&**name, "volume"));
        names.filter(|suggestion| !given.contains(&suggestion.word)).take(NAMES).collect()
    }
}

/// The keys that `--filter` knows (docker's documentation of each command).
fn filters(action: &str) -> &'static [&'static str] {
    match action {
        "container ls" => &[
            "ancestor=",
            "before=",
            "exited=",
            "expose=",
            "health=",
            "id=",
            "label=",
            "name=",
            "network=",
            "publish=",
            "since=",
            "status=",
            "volume=",
        ],
        "image ls" => &["before=", "dangling=", "label=", "reference=", "since="],
        "network ls" => &["dangling=", "driver=", "id=", "label=", "name=", "scope=", "type="],
        "volume ls" => &["dangling=", "driver=", "label=", "name="],
        "system events" => &["container=", "event=", "image=", "label=", "network=", "type=", "volume="],
        "container prune" | "image prune" | "network prune" | "system prune" => &["label=", "until="],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::{Action, World};
    use crate::worlds::Worlds;
    use proptest::prelude::*;

    fn world() -> World {
        let mut world = World::new(Worlds::default().settings());
        for line in [
            "docker run -d --name web nginx:1.27",
            "docker create --name later alpine:3.22",
            "docker network create backend",
            "docker volume create data",
        ] {
            world.act(&Action::Command(line.to_owned()));
        }
        world
    }

    fn offered(world: &World, line: &str) -> Offer {
        let mut words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let partial = words.pop().unwrap();
        complete(&words, &partial, world.machine().unwrap(), world.registry(), world.now())
    }

    #[test]
    fn the_names_of_what_there_is_are_offered_where_they_fit() {
        let world = world();
        let words =
            |line: &str| -> Vec<String> { offered(&world, line).suggestions.into_iter().map(|s| s.word).collect() };
        assert_eq!(words("sto"), ["stop"]);
        assert_eq!(words("stop "), ["web"]);
        assert_eq!(words("start "), ["later"]);
        assert_eq!(words("rm -f "), ["later", "web"], "the newest first");
        assert_eq!(words("rm web "), ["later"]);
        assert_eq!(words("run --name x --network b"), ["backend", "bridge"]);
        assert_eq!(words("run --network=ba"), ["backend"]);
        assert_eq!(words("run -dp 80:80 nginx:1.27.")[..], ["nginx:1.27.5"]);
        assert_eq!(words("volume rm "), ["data"]);
        assert_eq!(words("run --restart un"), ["unless-stopped"]);
        assert!(words("run alpine:3.22 ").is_empty(), "what follows the image is its own");
        assert!(words("pull alpine:").contains(&"alpine:3.21".to_owned()));
        assert!(words("ps --no").contains(&"--no-trunc".to_owned()) && words("nonsense x").is_empty());
    }

    #[test]
    fn files_are_asked_for_where_a_file_may_stand() {
        let world = world();
        assert_eq!(offered(&world, "build ").files, Some(Files::HostDirectories));
        assert_eq!(offered(&world, "run --env-file ").files, Some(Files::Host));
        let inside = offered(&world, "cp web:/etc");
        assert!(inside.kept == 4 && matches!(inside.files, Some(Files::Container(_))));
    }

    #[test]
    fn a_command_says_what_it_wants() {
        let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(usage(&words("container rename")), Some("CONTAINER NEW_NAME"));
        assert_eq!(usage(&words("run --rm")), Some("[OPTIONS] IMAGE [COMMAND] [ARG...]"));
        assert_eq!(usage(&words("run --name")), None);
        assert_eq!(usage(&words("run alpine")), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn any_words_are_answered(
            words in prop::collection::vec("run|ps|container|network|cp|-{0,2}[a-z]{0,8}=?|\\PC{0,6}", 0..6),
            partial in "(--)?[a-z:=é-]{0,8}",
        ) {
            let world = World::new(Worlds::default().settings());
            let offer = complete(&words, &partial, world.machine().unwrap(), world.registry(), world.now());
            prop_assert!(offer.kept <= partial.len() && partial.is_char_boundary(offer.kept));
        }
    }
}
