//! `docker … prune`: removes what nobody uses, after asking.
//!
//! Promises: the warnings, questions and reports of docker's client. Without an answer nothing is removed.

use crate::client::program::{Client, Flow, Task};
use crate::client::units::human_size;
use crate::world::daemon::api::{Filters, Request, Response};
use crate::world::process::descriptor::Read;
use crate::world::process::{System, Wait};

/// The longest answer to a question that is read, in bytes.
const ANSWER_BYTES: usize = 1024;

/// What is pruned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    Containers,
    Images,
    Networks,
    Volumes,
    BuildCache,
    System,
}

/// `docker container|image|network|volume|system prune`.
pub fn prune(target: Target) -> Box<dyn Task> {
    Box::new(Prune { target, asked: false, answer: Vec::new() })
}

#[derive(Clone, Debug)]
struct Prune {
    target: Target,
    asked: bool,
    answer: Vec<u8>,
}

impl Target {
    fn warning(self, all: bool, volumes: bool) -> String {
        match self {
            Target::Containers => "WARNING! This will remove all stopped containers.".to_owned(),
            Target::Networks => {
                "WARNING! This will remove all custom networks not used by at least one container.".to_owned()
            }
            Target::Images if all => {
                "WARNING! This will remove all images without at least one container associated to them.".to_owned()
            }
            Target::Images => "WARNING! This will remove all dangling images.".to_owned(),
            Target::Volumes if all => {
                "WARNING! This will remove all local volumes not used by at least one container.".to_owned()
            }
            Target::Volumes => {
                "WARNING! This will remove anonymous local volumes not used by at least one container.".to_owned()
            }
            Target::BuildCache if all => "WARNING! This will remove all build cache.".to_owned(),
            Target::BuildCache => "WARNING! This will remove all dangling build cache.".to_owned(),
            Target::System => {
                let mut text = "WARNING! This will remove:\n  - all stopped containers\n  \
                                - all networks not used by at least one container\n"
                    .to_owned();
                if volumes {
                    text.push_str("  - all anonymous volumes not used by at least one container\n");
                }
                text.push_str(match all {
                    true => "  - all images without at least one container associated to them\n  - all build cache\n",
                    false => "  - all dangling images\n  - unused build cache\n",
                });
                text
            }
        }
    }
}

impl Prune {
    /// Whether the answer is yes. `None`: it is not known yet.
    fn confirmed(&mut self, client: &mut Client, system: &mut System<'_>) -> Result<bool, Wait> {
        let parsed = &client.invocation.clone().parsed;
        if parsed.on("force") {
            return Ok(true);
        }
        if !self.asked {
            self.asked = true;
            let warning = self.target.warning(parsed.on("all"), parsed.on("volumes"));
            // Buildx asks on the same line.
            let between = if self.target == Target::BuildCache { ' ' } else { '\n' };
            client.out(format!("{warning}{between}Are you sure you want to continue? [y/N] "));
            return Err(Wait::Until(system.now()));
        }
        loop {
            match system.read(0, 1) {
                Ok(Read::Data(bytes)) => {
                    self.answer.extend_from_slice(&bytes);
                    if bytes.contains(&b'\n') || self.answer.len() > ANSWER_BYTES {
                        break;
                    }
                }
                Ok(Read::WouldBlock) => return Err(Wait::Readable(0)),
                Ok(Read::EndOfFile) | Err(_) => break,
            }
        }
        Ok(String::from_utf8_lossy(&self.answer).trim().eq_ignore_ascii_case("y"))
    }

    fn run(&self, client: &mut Client, system: &mut System<'_>) -> Result<(), i32> {
        let parsed = &client.invocation.clone().parsed;
        if self.target == Target::BuildCache {
            return build_cache(client, system, parsed.on("all"));
        }
        let filters = super::rows::filters(client);
        let (all, volumes) = (parsed.on("all"), parsed.on("volumes"));
        let mut reclaimed = 0;
        let parts: &[Target] = match self.target {
            Target::System if volumes => &[Target::Containers, Target::Networks, Target::Volumes, Target::Images],
            Target::System => &[Target::Containers, Target::Networks, Target::Images],
            Target::Containers => &[Target::Containers],
            Target::Images => &[Target::Images],
            Target::Networks => &[Target::Networks],
            Target::Volumes => &[Target::Volumes],
            Target::BuildCache => &[],
        };
        for part in parts {
            // `-a` of `system prune` is about images.
            let all = all && (self.target != Target::System || *part == Target::Images);
            reclaimed += one(client, system, *part, all, filters.clone())?;
        }
        if self.target == Target::System {
            let Response::BuildRecords(records) = client.ask(system, Request::BuildCachePrune { all, filters })? else {
                return Err(1);
            };
            if !records.is_empty() {
                let ids: Vec<&str> = records.iter().map(|record| record.id.as_str()).collect();
                client.out(format!("Deleted build cache objects:\n{}\n\n", ids.join("\n")));
            }
            reclaimed += records.iter().map(|record| record.size).sum::<u64>();
        }
        if self.target != Target::Networks {
            client.out(format!("Total reclaimed space: {}\n", human_size(reclaimed)));
        }
        Ok(())
    }
}

/// Prunes the build cache, and lists what went as Buildx does: each line is aligned alone, by tabs.
fn build_cache(client: &mut Client, system: &mut System<'_>, all: bool) -> Result<(), i32> {
    let request = Request::BuildCachePrune { all, filters: Filters::new() };
    let Response::BuildRecords(records) = client.ask(system, request)? else { return Err(1) };
    let now = system.now();
    let mut total = 0_u64;
    for (number, record) in records.iter().enumerate() {
        let (size, ago) = (human_size(record.size), super::buildx::ago(record, now));
        let tabs = match number {
            0 => {
                client.out("ID\t\t\t\t\t\tRECLAIMABLE\tSIZE\t\tLAST ACCESSED\n");
                "\t\t"
            }
            _ => "\t",
        };
        client.out(format!("{:<40}\ttrue {tabs}{size:<10}\t{ago}\n", super::buildx::shown_id(record)));
        total = total.saturating_add(record.size);
    }
    client.out(format!("Total:\t{}\n", human_size(total)));
    Ok(())
}

/// Prunes one kind of thing and lists what went; the bytes that came free.
fn one(
    client: &mut Client,
    system: &mut System<'_>,
    target: Target,
    all: bool,
    mut filters: Filters,
) -> Result<u64, i32> {
    let set = |filters: &mut Filters, name: &str, value: &str| {
        filters.insert(name.to_owned(), vec![value.to_owned()]);
    };
    let (request, title) = match target {
        Target::Containers => (Request::ContainerPrune { filters }, "Deleted Containers:"),
        Target::Networks => (Request::NetworkPrune { filters }, "Deleted Networks:"),
        Target::Volumes => {
            if all {
                set(&mut filters, "all", "true");
            }
            (Request::VolumePrune { filters }, "Deleted Volumes:")
        }
        Target::Images | Target::System | Target::BuildCache => {
            set(&mut filters, "dangling", if all { "false" } else { "true" });
            (Request::ImagePrune { filters }, "Deleted Images:")
        }
    };
    let Response::Pruned { deleted, reclaimed } = client.ask(system, request)? else { return Err(1) };
    if !deleted.is_empty() {
        client.out(format!("{title}\n{}\n\n", deleted.join("\n")));
    }
    Ok(reclaimed)
}

impl Task for Prune {
    fn resume(&mut self, client: &mut Client, system: &mut System<'_>) -> Flow {
        let parsed = &client.invocation.clone().parsed;
        if self.target == Target::System && parsed.on("volumes") && super::rows::filters(client).contains_key("until") {
            client.err("ERROR: The \"until\" filter is not supported with \"--volumes\"\n");
            return Flow::Done(1);
        }
        match self.confirmed(client, system) {
            Err(wait) => Flow::Wait(wait),
            // Docker's client keeps its «has been cancelled» to itself, and calls that a success (docker/cli `cmd/docker/docker.go`).
            Ok(false) => Flow::Done(0),
            Ok(true) => Flow::Done(self.run(client, system).err().unwrap_or(0)),
        }
    }

    fn boxed_clone(&self) -> Box<dyn Task> {
        Box::new(self.clone())
    }
}
