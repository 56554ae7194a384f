//! What a `multipass` command does, from its request to its exit code.
//!
//! Promises: it waits on the world's clock for downloads, boots and shutdowns, and says in the end what Multipass says.

use std::sync::Arc;
use std::time::Duration;

use super::print;
use super::words::{COMMAND_FAIL, Launch, Names, Request};
use crate::world::clock::Time;
use crate::world::filesystem::errno::Errno;
use crate::world::machine::Hardware;
use crate::world::machine::figures::Figures;
use crate::world::machine::hypervisor::HypervisorError;
use crate::world::machine::session::{Session, SessionError};
use crate::world::machine::virtual_machine::{Specification, Stage, VirtualMachine};
use crate::world::process::descriptor::{Read, Stream};
use crate::world::process::{System, Wait};

/// How a turn ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flow {
    Done(i32),
    Again,
    Wait(Wait),
}

type Said = Vec<(u32, Vec<u8>)>;

/// A command under way.
#[derive(Clone, Debug)]
pub enum Task {
    /// Nothing was done yet.
    New(Request),
    /// The image comes over the network until this moment.
    Download(Specification, Time),
    /// These boot; then comes the rest.
    Booting(Vec<String>, Box<Next>),
    /// These shut down; then they are deleted, or deleted for ever.
    Stopping(Vec<String>, Option<bool>),
    Running(Session),
}

/// What comes after a boot.
#[derive(Clone, Debug)]
pub enum Next {
    Nothing,
    Launched(String),
    Exec(Request),
}

fn out(said: &mut Said, text: impl Into<String>) {
    said.push((1, text.into().into_bytes()));
}

fn fail(said: &mut Said, command: &str, text: &str) -> Flow {
    said.push((2, format!("{command} failed: {text}\n").into_bytes()));
    Flow::Done(COMMAND_FAIL)
}

impl Task {
    /// The task of a request.
    pub fn new(request: Request) -> Task {
        Task::New(request)
    }

    /// Goes on as far as it can.
    pub fn resume(&mut self, system: &mut System<'_>, figures: &Figures, said: &mut Said) -> Flow {
        match self {
            Task::New(request) => {
                let request = request.clone();
                self.begin(system, figures, request, said)
            }
            Task::Download(specification, until) if system.now() >= *until => {
                let specification = specification.clone();
                self.create(system, specification, said)
            }
            Task::Download(_, until) => Flow::Wait(Wait::Until(*until)),
            Task::Booting(names, next) => {
                let next = (**next).clone();
                let (ready, off) = settled(system, names);
                match next {
                    _ if off => fail(said, "start", &format!("instance \"{}\" is not running", names.join("\", \""))),
                    _ if !ready => Flow::Wait(Wait::Engine),
                    Next::Nothing => Flow::Done(0),
                    Next::Launched(name) => {
                        out(said, format!("Launched: {name}\n"));
                        Flow::Done(0)
                    }
                    Next::Exec(request) => {
                        *self = Task::New(request);
                        Flow::Again
                    }
                }
            }
            Task::Stopping(names, delete) => {
                let (names, delete) = (names.clone(), *delete);
                let runs = |name: &String| find(system, name).is_some_and(|machine| machine.powered_on.is_some());
                if names.iter().any(runs) {
                    return Flow::Wait(Wait::Engine);
                }
                if let Some(purge) = delete {
                    remove(system, &names, purge);
                }
                Flow::Done(0)
            }
            Task::Running(session) => run(system, session, said),
        }
    }

    fn begin(&mut self, system: &mut System<'_>, figures: &Figures, request: Request, said: &mut Said) -> Flow {
        match request {
            Request::Launch(launch) => self.launch(system, figures, launch, said),
            Request::List => {
                out(said, print::list(system.machine().hypervisor.machines().collect::<Vec<_>>().into_iter()));
                Flow::Done(0)
            }
            Request::Info(names) => {
                let names = if names.is_empty() { all(system, true) } else { names };
                if let Some(flow) = absent(system, "info", &names, true, said) {
                    return flow;
                }
                let infos: Vec<String> =
                    names.iter().filter_map(|name| find(system, name)).map(|m| print::info(m, system.now())).collect();
                out(said, if infos.is_empty() { "No instances found.\n".to_owned() } else { infos.join("\n") });
                Flow::Done(0)
            }
            Request::Start(names) => {
                let names = these(system, names);
                self.start(system, names, Next::Nothing, said)
            }
            Request::Stop { names, force } => {
                let names = these(system, names);
                if let Some(flow) = absent(system, "stop", &names, false, said) {
                    return flow;
                }
                for name in &names {
                    // All of them are there: it was looked before.
                    let _ =
                        system.hypervise(|hypervisor, host, context, _| hypervisor.stop(host, context, name, force));
                }
                *self = Task::Stopping(names, None);
                Flow::Again
            }
            Request::Delete { names, purge } => {
                let names = these(system, names);
                if let Some(flow) = absent(system, "delete", &names, true, said) {
                    return flow;
                }
                for name in &names {
                    // What is deleted already runs no more and may be purged.
                    let _ =
                        system.hypervise(|hypervisor, host, context, _| hypervisor.stop(host, context, name, purge));
                }
                *self = Task::Stopping(names, Some(purge));
                Flow::Again
            }
            Request::Recover(names) => {
                let names = match names {
                    Names::All => all(system, true),
                    Names::These(names) => names,
                };
                if let Some(flow) = absent(system, "recover", &names, true, said) {
                    return flow;
                }
                for name in &names {
                    system.hypervise(|hypervisor, _, _, _| hypervisor.recover(name));
                }
                Flow::Done(0)
            }
            Request::Purge => {
                system.hypervise(|hypervisor, _, _, _| hypervisor.purge(None));
                Flow::Done(0)
            }
            Request::Exec { ref name, ref directory, ref words } => {
                let (name, directory, words) = (name.clone(), directory.clone(), words.clone());
                self.exec(system, request, &name, directory.as_deref(), &words, said)
            }
            Request::Version => {
                out(said, print::version(figures));
                Flow::Done(0)
            }
            Request::Help => {
                out(said, print::HELP);
                Flow::Done(0)
            }
        }
    }

    fn launch(&mut self, system: &mut System<'_>, figures: &Figures, launch: Launch, said: &mut Said) -> Flow {
        let limits = &figures.multipass;
        let (remote, image) = launch.image.split_once(':').unwrap_or(("", &launch.image));
        let known = limits.aliases.iter().any(|alias| alias == image) && ["", "release"].contains(&remote);
        let Some(guest) = figures.guests.get(&limits.guest).filter(|_| known) else {
            let text = format!("Unable to find an image matching \"{image}\" in remote \"{remote}\".");
            return fail(said, "launch", &text);
        };
        if launch.disk < guest.disk {
            let text =
                format!("Requested disk ({} bytes) below minimum for this image ({} bytes)", launch.disk, guest.disk);
            return fail(said, "launch", &text);
        }
        let name = launch.name.unwrap_or_else(|| free_name(system));
        let hardware = Hardware { cpus: launch.cpus, memory: launch.memory, disk: launch.disk };
        let specification = Specification { name: name.into(), guest: limits.guest.clone(), hardware };
        let checked = system.hypervise(|hypervisor, _, _, room| {
            hypervisor.check(&specification, room).map(|()| hypervisor.has_image(&specification.guest))
        });
        match checked {
            Err(error) => fail(said, "launch", &error.to_string()),
            Ok(true) => self.create(system, specification, said),
            Ok(false) => {
                let seconds = guest.image as f64 / limits.download_rate.max(1) as f64;
                *self = Task::Download(specification, system.now() + Duration::from_secs_f64(seconds));
                Flow::Again
            }
        }
    }

    fn create(&mut self, system: &mut System<'_>, specification: Specification, said: &mut Said) -> Flow {
        let name = specification.name.to_string();
        let created = system.hypervise(|hypervisor, host, context, room| {
            hypervisor.create(host, context, &specification, room)?;
            hypervisor.start(host, context, &name, room)
        });
        if let Err(error) = created {
            if matches!(error, HypervisorError::NoMemory { .. }) {
                // As Multipass does with an instance that never started.
                remove(system, std::slice::from_ref(&name), true);
            }
            return fail(said, "launch", &error.to_string());
        }
        *self = Task::Booting(vec![name.clone()], Box::new(Next::Launched(name)));
        Flow::Again
    }

    fn start(&mut self, system: &mut System<'_>, names: Vec<String>, next: Next, said: &mut Said) -> Flow {
        let mut details = String::new();
        for name in &names {
            match system.machine().hypervisor.get(name) {
                Ok(_) => {}
                Err(HypervisorError::Deleted(_)) => details.push_str(&format!(
                    "Instance '{name}' is deleted. Use 'recover' to recover it or 'purge' to permanently delete it.\n"
                )),
                Err(_) => details.push_str(&format!("Instance '{name}' does not exist.\n")),
            }
        }
        if !details.is_empty() {
            return fail(said, "start", &format!("instance(s) missing\n{details}"));
        }
        for name in &names {
            let started =
                system.hypervise(|hypervisor, host, context, room| hypervisor.start(host, context, name, room));
            if let Err(error) = started {
                return fail(said, "start", &error.to_string());
            }
        }
        *self = Task::Booting(names, Box::new(next));
        Flow::Again
    }

    /// An instance that does not run is started first, as `exec.cpp` does.
    fn exec(
        &mut self,
        system: &mut System<'_>,
        request: Request,
        name: &str,
        directory: Option<&str>,
        words: &[String],
        said: &mut Said,
    ) -> Flow {
        if let Some(flow) = absent(system, "exec", &[name.to_owned()], false, said) {
            return flow;
        }
        let terminal = system.is_terminal(0) && system.is_terminal(1);
        let opened = system
            .hypervise(|hypervisor, _, context, _| hypervisor.open_session(context, name, words, directory, terminal));
        match opened {
            Ok(session) => {
                *self = Task::Running(session);
                Flow::Again
            }
            Err(SessionError::Refused(HypervisorError::NotRunning(_))) => {
                self.start(system, vec![name.to_owned()], Next::Exec(request), said)
            }
            Err(SessionError::Refused(error)) => fail(said, "exec", &error.to_string()),
            // What the guest's bash says.
            Err(SessionError::Program(errno)) => {
                let word = words.first().map_or("", String::as_str);
                let (what, code) = match errno {
                    Errno::ENOENT if !word.contains('/') => ("command not found".to_owned(), 127),
                    Errno::ENOENT => (errno.to_string(), 127),
                    _ => (errno.to_string(), 126),
                };
                said.push((2, format!("bash: line 1: {word}: {what}\n").into_bytes()));
                Flow::Done(code)
            }
        }
    }
}

/// Carries a session's output, input and end.
fn run(system: &mut System<'_>, session: &mut Session, said: &mut Said) -> Flow {
    // The end is asked for first: what was written before it is then all there.
    let result = system.hypervise(|hypervisor, _, _, _| hypervisor.session_result(session));
    for (stream, bytes) in system.hypervise(|hypervisor, _, _, _| hypervisor.session_output(session)) {
        said.push((if stream == Stream::Stdout { 1 } else { 2 }, bytes.to_vec()));
    }
    if let Some(code) = result {
        system.hypervise(|hypervisor, _, _, _| hypervisor.close_session(session));
        return Flow::Done(code);
    }
    if !system.hypervise(|hypervisor, _, _, _| hypervisor.session_reads(session)) {
        return Flow::Wait(Wait::Engine);
    }
    match system.read(0, 65_536) {
        Ok(Read::Data(bytes)) => {
            system.hypervise(|hypervisor, _, _, _| hypervisor.session_input(session, Some(&bytes)));
            Flow::Wait(Wait::Engine)
        }
        Ok(Read::WouldBlock) => Flow::Wait(Wait::Any(vec![Wait::Readable(0), Wait::Engine])),
        Ok(Read::EndOfFile) | Err(_) => {
            system.hypervise(|hypervisor, _, _, _| hypervisor.session_input(session, None));
            Flow::Wait(Wait::Engine)
        }
    }
}

fn find<'a>(system: &'a System<'_>, name: &str) -> Option<&'a VirtualMachine> {
    system.machine().hypervisor.find(name)
}

/// Whether all of these are ready, and whether one lost its power.
fn settled(system: &System<'_>, names: &[String]) -> (bool, bool) {
    let machines = || names.iter().map(|name| find(system, name));
    let ready = machines().all(|machine| machine.is_some_and(|machine| machine.stage == Stage::Ready));
    let off = machines().any(|machine| machine.is_none_or(|machine| machine.powered_on.is_none()));
    (ready, off)
}

fn all(system: &System<'_>, deleted_too: bool) -> Vec<String> {
    let machines = system.machine().hypervisor.machines();
    machines.filter(|machine| deleted_too || !machine.deleted).map(|machine| machine.name.to_string()).collect()
}

fn these(system: &System<'_>, names: Names) -> Vec<String> {
    match names {
        Names::All => all(system, false),
        Names::These(names) => names,
    }
}

/// Says which instances are not there (`grpc_status_for_selection` of `daemon.cpp`); none when all are.
fn absent(system: &System<'_>, command: &str, names: &[String], deleted_too: bool, said: &mut Said) -> Option<Flow> {
    let hypervisor = &system.machine().hypervisor;
    let wrong = |name: &String| match hypervisor.get(name) {
        Ok(_) => None,
        Err(HypervisorError::Deleted(_)) if deleted_too => None,
        Err(error) => Some(error.to_string()),
    };
    let errors: Vec<String> = names.iter().filter_map(wrong).collect();
    (!errors.is_empty()).then(|| fail(said, command, &format!("The following errors occurred:\n{}", errors.join("\n"))))
}

fn remove(system: &mut System<'_>, names: &[String], purge: bool) {
    for name in names {
        system.hypervise(|hypervisor, host, context, _| {
            // One that is deleted already stays so.
            let _ = hypervisor.delete(host, context, name);
            if purge {
                hypervisor.purge(Some(name));
            }
        });
    }
}

/// A name that no instance has: an adjective and an animal, as Multipass makes them.
fn free_name(system: &mut System<'_>) -> String {
    const ADJECTIVES: [&str; 16] = [
        "brave",
        "calm",
        "daring",
        "eager",
        "flowing",
        "gentle",
        "honest",
        "intrepid",
        "jovial",
        "keen",
        "lively",
        "modest",
        "noble",
        "patient",
        "quick",
        "relishing",
    ];
    const ANIMALS: [&str; 16] = [
        "badger", "coyote", "dolphin", "eland", "falcon", "gecko", "heron", "ibex", "jackal", "kiwi", "lionfish",
        "marmot", "narwhal", "otter", "puffin", "quokka",
    ];
    for _ in 0..64 {
        let bytes: Arc<[u8]> = system.random().into();
        let name = format!("{}-{}", ADJECTIVES[usize::from(bytes[0] % 16)], ANIMALS[usize::from(bytes[1] % 16)]);
        if find(system, &name).is_none() {
            return name;
        }
    }
    format!("instance-{}", system.machine().hypervisor.machines().count() + 1)
}
