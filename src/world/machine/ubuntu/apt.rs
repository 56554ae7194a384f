//! `apt-get`: installs the packages that the figures know. Words and order as apt 2.7 writes them without a terminal, as
//! far as they do not depend on mirrors and speeds.

use std::time::Duration;

use super::nginx;
use crate::world::clock::Time;
use crate::world::machine::figures::{Figures, PackageFigures};
use crate::world::machine::guest::{ENABLED, UNITS};
use crate::world::process::system::{Spawn, WaitChild};
use crate::world::process::{Invocation, Program, Progress, System, Wait};

/// How far it came.
#[derive(Clone, Debug)]
enum Step {
    Begin,
    /// Downloads until this moment.
    Download(Vec<String>, Time),
    /// Unpacks and sets up until this moment.
    SetUp(Vec<String>, Time),
    /// Waits for the services to start.
    Services,
}

/// `apt-get` under way.
#[derive(Clone, Debug)]
pub struct AptGet {
    words: Vec<String>,
    step: Step,
}

impl AptGet {
    /// As it was called.
    pub fn new(invocation: &Invocation) -> AptGet {
        AptGet { words: invocation.operands().to_vec(), step: Step::Begin }
    }

    fn begin(&mut self, system: &mut System<'_>) -> Progress {
        let operands: Vec<String> = self.words.iter().filter(|word| !word.starts_with('-')).cloned().collect();
        let unknown = self.words.iter().find(|word| {
            word.starts_with('-') && !["-y", "--yes", "-q", "-qq", "--no-install-recommends"].contains(&word.as_str())
        });
        if let Some(option) = unknown {
            system.complain(&format!("apt-get: Layerlab does not model the option {option} yet\n"));
            return Progress::Exited(100);
        }
        match operands.split_first().map(|(command, packages)| (command.as_str(), packages)) {
            Some(("update" | "install", _)) if system.credentials().uid != 0 => {
                system.complain(
                    "E: Could not open lock file /var/lib/dpkg/lock-frontend - open (13: Permission denied)\n\
                     E: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), are you root?\n",
                );
                Progress::Exited(100)
            }
            Some(("update", _)) => {
                system.print("Reading package lists...\n");
                Progress::Exited(0)
            }
            Some(("install", packages)) => self.install(system, packages),
            Some((command, _)) => {
                system.complain(&format!("apt-get: Layerlab does not model `{command}` yet\n"));
                Progress::Exited(100)
            }
            None => {
                system.complain("usage: apt-get [-y] update | install PACKAGE...\n");
                Progress::Exited(1)
            }
        }
    }

    fn install(&mut self, system: &mut System<'_>, packages: &[String]) -> Progress {
        let mut missing = Vec::new();
        let mut unknown = false;
        let mut said =
            String::from("Reading package lists...\nBuilding dependency tree...\nReading state information...\n");
        let mut errors = String::new();
        for name in packages {
            match package(name) {
                None => {
                    unknown = true;
                    errors.push_str(&format!("E: Unable to locate package {name}\n"));
                }
                Some(found) if system.status(&found.command, true).is_ok() => {
                    said.push_str(&format!("{name} is already the newest version ({}).\n", found.version));
                }
                Some(_) if missing.contains(name) => {}
                Some(_) => missing.push(name.clone()),
            }
        }
        system.print(&said);
        if unknown {
            system.complain(&errors);
            return Progress::Exited(100);
        }
        if missing.is_empty() {
            system.print("0 upgraded, 0 newly installed, 0 to remove and 0 not upgraded.\n");
            return Progress::Exited(0);
        }
        let with: Vec<&String> = missing.iter().filter_map(|name| package(name)).flat_map(|p| &p.with).collect();
        if !with.is_empty() {
            let names: Vec<&str> = with.iter().map(|name| name.as_str()).collect();
            system.print(&format!("The following additional packages will be installed:\n  {}\n", names.join(" ")));
        }
        let mut all: Vec<&str> = missing.iter().chain(with.iter().copied()).map(String::as_str).collect();
        all.sort_unstable();
        let sum =
            |size: fn(&PackageFigures) -> u64| missing.iter().filter_map(|name| package(name)).map(size).sum::<u64>();
        let (download, installed) = (sum(|package| package.download), sum(|package| package.installed));
        system.print(&format!(
            "The following NEW packages will be installed:\n  {}\n\
             0 upgraded, {} newly installed, 0 to remove and 0 not upgraded.\n\
             Need to get {} of archives.\nAfter this operation, {} of additional disk space will be used.\n",
            all.join(" "),
            all.len(),
            size(download),
            size(installed)
        ));
        let rate = Figures::known().map_or(1, |figures| figures.multipass.download_rate.max(1));
        let until = system.now() + Duration::from_secs_f64(download as f64 / rate as f64);
        self.step = Step::Download(missing, until);
        Progress::Waiting(Wait::Until(until))
    }

    fn unpack(&mut self, system: &mut System<'_>, packages: Vec<String>) -> Progress {
        let mut time = Duration::ZERO;
        for name in &packages {
            let Some(found) = package(name) else { continue };
            time += found.set_up;
            for name in found.with.iter().chain([name]) {
                system.print(&format!("Selecting previously unselected package {name}.\n"));
                system.print(&format!("Unpacking {name} ({}) ...\n", found.version));
            }
        }
        let until = system.now() + time;
        self.step = Step::SetUp(packages, until);
        Progress::Waiting(Wait::Until(until))
    }

    fn set_up(&mut self, system: &mut System<'_>, packages: &[String]) -> Progress {
        for name in packages {
            let Some(found) = package(name) else { continue };
            for name in found.with.iter().chain([name]) {
                system.print(&format!("Setting up {name} ({}) ...\n", found.version));
            }
            if let Err(errno) = nginx::put(system, name, found) {
                system.complain(&format!("dpkg: error processing package {name} (--configure): {errno}\n"));
                return Progress::Exited(100);
            }
            let enable = format!("{ENABLED}/{name}.service → {UNITS}/{name}.service");
            system.print(&format!("Created symlink {enable}.\n"));
            let spawn = Spawn {
                path: "/usr/bin/systemctl".to_owned(),
                arguments: ["systemctl", "start", name].map(str::to_owned).to_vec(),
                ..Spawn::default()
            };
            // As its package's script does, which lets the installation stand when the service does not start.
            let _ = system.spawn(spawn);
        }
        self.step = Step::Services;
        Progress::Waiting(Wait::Child)
    }
}

fn package(name: &str) -> Option<&'static PackageFigures> {
    Figures::known()?.packages.get(name)
}

/// A number of bytes as apt writes it (`SizeToStr`, `ShowSizes`): thousands, with one decimal below ten thousand.
fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..10_000_000 => {
            let kilobytes = bytes / 1_000;
            match kilobytes {
                0..1_000 => format!("{kilobytes} kB"),
                _ => format!("{},{:03} kB", kilobytes / 1_000, kilobytes % 1_000),
            }
        }
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

impl Program for AptGet {
    fn resume(&mut self, system: &mut System<'_>) -> Progress {
        match self.step.clone() {
            Step::Begin => self.begin(system),
            Step::Download(_, until) | Step::SetUp(_, until) if system.now() < until => {
                Progress::Waiting(Wait::Until(until))
            }
            Step::Download(packages, _) => self.unpack(system, packages),
            Step::SetUp(packages, _) => self.set_up(system, &packages),
            Step::Services => loop {
                match system.wait_child(None) {
                    WaitChild::Ended(..) => {}
                    WaitChild::Running => return Progress::Waiting(Wait::Child),
                    WaitChild::None => return Progress::Exited(0),
                }
            },
        }
    }

    fn boxed_clone(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }
}
