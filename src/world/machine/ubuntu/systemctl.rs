//! `systemctl`: starts, stops and asks for services by their unit files.

use std::time::Duration;

use crate::world::clock::Time;
use crate::world::machine::guest::{ENABLED, UNITS, Unit, service_environment};
use crate::world::process::descriptor::OpenOptions;
use crate::world::process::system::Spawn;
use crate::world::process::{Invocation, Pid, Program, Progress, Signal, System, Wait};

/// How often it looks whether a service has ended.
const LOOK: Duration = Duration::from_millis(50);
/// How long a service that listens nowhere is looked at before it counts as up.
const UP: Duration = Duration::from_secs(1);
/// After this a service that does not end is killed (systemd's `TimeoutStopSec`, 90 s).
const PATIENCE: Duration = Duration::from_secs(90);

/// `systemctl` under way.
#[derive(Clone, Debug)]
pub struct Systemctl {
    words: Vec<String>,
    /// Since when it waits for the end of a service.
    stopping: Option<Time>,
    /// Since when it waits for a service to be up.
    starting: Option<Time>,
}

impl Systemctl {
    /// As it was called.
    pub fn new(invocation: &Invocation) -> Systemctl {
        Systemctl { words: invocation.operands().to_vec(), stopping: None, starting: None }
    }

    fn act(&mut self, system: &mut System<'_>, command: &str, name: &str) -> Progress {
        let name = name.trim_end_matches(".service").to_owned();
        let changes = !matches!(command, "status" | "is-active" | "is-enabled");
        let path = format!("{UNITS}/{name}.service");
        let unit = system.read_file(&path).map(|bytes| Unit::parse(&String::from_utf8_lossy(&bytes)));
        let Ok(unit) = unit else {
            return match command {
                "is-active" => say(system, "inactive\n", 4),
                "is-enabled" => refuse(
                    system,
                    &format!("Failed to get unit file state for {name}.service: No such file or directory\n"),
                    1,
                ),
                "status" => refuse(system, &format!("Unit {name}.service could not be found.\n"), 4),
                _ => {
                    refuse(system, &format!("Failed to {command} {name}.service: Unit {name}.service not found.\n"), 5)
                }
            };
        };
        if changes && system.credentials().uid != 0 {
            let text = format!("Failed to {command} {name}.service: Interactive authentication required.\n");
            return refuse(system, &text, 1);
        }
        let running = running(system, &unit);
        let link = format!("{ENABLED}/{name}.service");
        match command {
            "start" => self.start(system, &name, &unit, running),
            "stop" | "restart" => self.stop(system, command, &name, &unit, running),
            "is-active" => match running {
                Some(_) => say(system, "active\n", 0),
                None => say(system, "inactive\n", 3),
            },
            "is-enabled" => match system.status(&link, false) {
                Ok(_) => say(system, "enabled\n", 0),
                Err(_) => say(system, "disabled\n", 1),
            },
            "status" => {
                let enabled = if system.status(&link, false).is_ok() { "enabled" } else { "disabled" };
                let (sign, state, code) = match running {
                    Some(pid) => ("●", format!("active (running)\n   Main PID: {pid}"), 0),
                    None => ("○", "inactive (dead)".to_owned(), 3),
                };
                let text = format!(
                    "{sign} {name}.service - {}\n     Loaded: loaded ({path}; {enabled})\n     Active: {state}\n",
                    unit.description
                );
                say(system, &text, code)
            }
            "enable" => match system.make_symlink(&path, &link) {
                Ok(()) => {
                    system.complain(&format!("Created symlink {link} → {path}.\n"));
                    Progress::Exited(0)
                }
                Err(_) => Progress::Exited(0),
            },
            "disable" => {
                if system.remove_file(&link).is_ok() {
                    system.complain(&format!("Removed \"{link}\".\n"));
                }
                Progress::Exited(0)
            }
            other => refuse(system, &format!("systemctl: Layerlab does not model `{other}` yet\n"), 1),
        }
    }

    /// Starts a service and waits until it listens, for a second at most: what it listens on is not in its description.
    fn start(&mut self, system: &mut System<'_>, name: &str, unit: &Unit, running: Option<Pid>) -> Progress {
        let Some(since) = self.starting else {
            return match running {
                Some(_) => Progress::Exited(0),
                None => {
                    self.starting = Some(system.now());
                    begin(system, name, unit)
                }
            };
        };
        let Some(pid) = running else { return failed(system, name) };
        let listens = system.look().networks.listeners.values().any(|listener| listener.process == pid);
        match listens || system.now() >= since + UP {
            // The service is left to the first process when this one ends.
            true => Progress::Exited(0),
            false => Progress::Waiting(Wait::Until(system.now() + LOOK)),
        }
    }

    fn stop(
        &mut self,
        system: &mut System<'_>,
        command: &str,
        name: &str,
        unit: &Unit,
        running: Option<Pid>,
    ) -> Progress {
        let Some(pid) = running else {
            return if command == "restart" { self.start(system, name, unit, None) } else { Progress::Exited(0) };
        };
        let signal = match self.stopping {
            None => Some(Signal::TERM),
            Some(since) if system.now() >= since + PATIENCE => Some(Signal::KILL),
            Some(_) => None,
        };
        self.stopping.get_or_insert(system.now());
        if let Some(signal) = signal {
            // It may have ended since it was seen.
            let _ = system.kill(i64::from(pid.0), Some(signal));
        }
        Progress::Waiting(Wait::Until(system.now() + LOOK))
    }
}

/// The main process of a service.
fn running(system: &System<'_>, unit: &Unit) -> Option<Pid> {
    let program = unit.command.first()?;
    let lives = |p: &&crate::world::process::Process| *p.executable == **program && p.exit_status().is_none();
    system.look().processes().find(lives).map(|process| process.pid)
}

fn begin(system: &mut System<'_>, name: &str, unit: &Unit) -> Progress {
    let null = system.open("/dev/null", OpenOptions::READ_WRITE).unwrap_or(0);
    let spawn = Spawn {
        path: unit.command.first().cloned().unwrap_or_default(),
        arguments: unit.command.clone(),
        environment: service_environment(unit),
        descriptors: Some(vec![(null, 0), (null, 1), (null, 2)]),
        working_directory: Some("/".to_owned()),
        new_group: true,
        ..Spawn::default()
    };
    match system.spawn(spawn) {
        Ok(_) => Progress::Waiting(Wait::Until(system.now() + LOOK)),
        Err(_) => failed(system, name),
    }
}

fn failed(system: &mut System<'_>, name: &str) -> Progress {
    let text = format!(
        "Job for {name}.service failed because the control process exited with error code.\n\
         See \"systemctl status {name}.service\" and \"journalctl -xeu {name}.service\" for details.\n"
    );
    refuse(system, &text, 1)
}

fn say(system: &mut System<'_>, text: &str, code: i32) -> Progress {
    system.print(text);
    Progress::Exited(code)
}

fn refuse(system: &mut System<'_>, text: &str, code: i32) -> Progress {
    system.complain(text);
    Progress::Exited(code)
}

impl Program for Systemctl {
    fn resume(&mut self, system: &mut System<'_>) -> Progress {
        let words: Vec<String> = self.words.iter().filter(|word| !word.starts_with("--")).cloned().collect();
        match words.as_slice() {
            [command, _] if self.starting.is_some() && command == "restart" => self.act(system, "start", &words[1]),
            [command, name] => self.act(system, command, name),
            _ => refuse(
                system,
                "usage: systemctl start|stop|restart|status|is-active|is-enabled|enable|disable UNIT\n",
                1,
            ),
        }
    }

    fn boxed_clone(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }
}
