//! The playgrounds that one can begin with: an empty machine, machines on which something is at work already, several machines.
//!
//! Promises: what is at work was put there by commands, which stand on the timeline and can be taken back. Must not know: how a
//! playground is shown.

use super::command::Action;
use super::overlay::{Choice, Choices};
use crate::world::{World, WorldSettings};
use crate::worlds;

/// A playground to begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prepared {
    pub name: &'static str,
    pub about: &'static str,
    /// The world of several machines that it is, as `worlds::group` calls it.
    world: Option<&'static str>,
    /// What was typed there.
    pub commands: &'static [&'static str],
}

const fn on_the_laptop(name: &'static str, about: &'static str, commands: &'static [&'static str]) -> Prepared {
    Prepared { name, about, world: None, commands }
}

/// The one that opens where none is asked for.
pub const EMPTY: Prepared = PREPARED[0];

/// All of them.
pub const PREPARED: [Prepared; 7] = [
    on_the_laptop("empty", "a machine with Docker, nothing on it yet", &[]),
    on_the_laptop(
        "website",
        "a web server, a cache, a network, a volume",
        &[
            "docker network create shop",
            "docker run -d --name cache --network shop redis:7",
            "docker run -d --name web --network shop -p 8080:80 -v pages:/usr/share/nginx/html nginx:1.27",
        ],
    ),
    on_the_laptop(
        "build",
        "a Dockerfile, ready to be built and changed",
        &[
            "mkdir app; cd app",
            "echo 'Hello from an image' > hello.txt",
            "printf 'FROM alpine:3.22\\nRUN apk add --no-cache curl\\nCOPY hello.txt /hello.txt\\nCMD [\"cat\", \"/hello.txt\"]\\n' > Dockerfile",
        ],
    ),
    on_the_laptop(
        "leftovers",
        "stopped containers and more: something to clean up",
        &[
            "docker run --name done alpine:3.22 true",
            "docker run --name failed alpine:3.22 false",
            "docker volume create forgotten",
            "echo 'FROM alpine:3.22\nRUN echo one > /one' | docker build -q -t note -",
            "echo 'FROM alpine:3.22\nRUN echo two > /two' | docker build -q -t note -",
        ],
    ),
    on_the_laptop(
        "crowd",
        "forty containers of one image",
        &[
            "docker pull -q alpine:3.22",
            "for i in $(seq 1 40); do docker run -d --name w$i alpine:3.22 sleep 9999; done",
        ],
    ),
    Prepared {
        name: "team",
        about: "four machines: laptop, QA, production, cloud",
        world: Some("team"),
        commands: &[],
    },
    Prepared {
        name: "desktops",
        about: "the same Docker on Linux, Windows and macOS",
        world: Some("desktops"),
        commands: &[],
    },
];

/// The one of this name.
///
/// # Errors
/// A sentence that names those that there are.
pub fn named(name: &str) -> Result<Prepared, String> {
    PREPARED.into_iter().find(|prepared| prepared.name == name).ok_or_else(|| {
        let names = PREPARED.map(|prepared| prepared.name).join(", ");
        format!("there is no playground called {name:?}; there are: {names}")
    })
}

/// The list to choose from.
pub fn choices() -> Choices {
    let entries = PREPARED.iter().enumerate();
    let entries =
        entries.map(|(number, prepared)| Choice::new(prepared.name, prepared.about, Action::OpenPrepared(number)));
    Choices::new("Begin with", entries.collect())
}

impl Prepared {
    /// Its world, before anything is typed there; the machines that it does not name itself are those of `settings`.
    pub fn world(&self, settings: &WorldSettings, seed: u64) -> World {
        let group = self.world.and_then(|name| worlds::group(settings, name).ok());
        World::new(&WorldSettings { seed, ..group.unwrap_or_else(|| settings.clone()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::Timeline;
    use crate::world::{Action as Deed, Ending};
    use crate::worlds::Worlds;

    #[test]
    fn every_prepared_playground_is_there_and_only_what_shall_fail_fails() {
        let worlds = Worlds::default();
        for prepared in PREPARED {
            if let Some(name) = prepared.world {
                let machines = worlds::group(worlds.settings(), name).map(|settings| settings.machines.len());
                assert!(machines.is_ok_and(|count| count > 1), "{name}");
            }
            let mut timeline = Timeline::new(prepared.world(worlds.settings(), 1));
            for command in prepared.commands {
                let ending = timeline.act(Deed::Line((*command).to_owned())).outcome.ending;
                let expected = i32::from(command.ends_with(" false"));
                assert_eq!(ending, Ending::Finished(expected), "{}: {command}", prepared.name);
            }
        }
    }
}
