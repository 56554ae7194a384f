//! `sudo`: runs a command as root. The guests' user may do so without a password, as on a cloud image.

use crate::world::filesystem::errno::Errno;
use crate::world::machine::host::PATH;
use crate::world::process::Credentials;
use crate::world::process::system::{Spawn, WaitChild};
use crate::world::process::{Invocation, Program, Progress, System, Wait};

/// `sudo` under way.
#[derive(Clone, Debug)]
pub struct Sudo {
    words: Vec<String>,
    environment: Vec<String>,
    child: Option<u32>,
}

impl Sudo {
    /// As it was called.
    pub fn new(invocation: &Invocation) -> Sudo {
        Sudo { words: invocation.operands().to_vec(), environment: invocation.environment.clone(), child: None }
    }

    fn begin(&mut self, system: &mut System<'_>) -> Progress {
        if self.words.first().is_some_and(|word| word == "--") {
            self.words.remove(0);
        }
        // sudo(8), «Command environment»: variables may stand before the command.
        let is_variable = |word: &String| word.split_once('=').is_some_and(|(name, _)| !name.contains('/'));
        while self.words.first().is_some_and(is_variable) {
            let pair = self.words.remove(0);
            self.environment.push(pair);
        }
        let Some(name) = self.words.first().cloned() else {
            system.complain("usage: sudo [VAR=value] [command [arg ...]]\n");
            return Progress::Exited(1);
        };
        if name.starts_with('-') {
            system.complain(&format!("sudo: Layerlab does not model the option {name} yet\n"));
            return Progress::Exited(1);
        }
        let Some(path) = find(system, &name) else {
            system.complain(&format!("sudo: {name}: command not found\n"));
            return Progress::Exited(1);
        };
        let kept = ["HOME=", "USER=", "LOGNAME=", "PATH="];
        let mut environment: Vec<String> =
            self.environment.iter().filter(|pair| !kept.iter().any(|name| pair.starts_with(name))).cloned().collect();
        environment.extend(["HOME=/root", "USER=root", "LOGNAME=root"].map(str::to_owned));
        environment.push(format!("PATH={PATH}"));
        let spawn = |path: String, arguments: Vec<String>| Spawn {
            path,
            arguments,
            environment: environment.clone(),
            credentials: Some(Credentials::default()),
            ..Spawn::default()
        };
        let started = match system.spawn(spawn(path.clone(), self.words.clone())) {
            Err(Errno::ENOEXEC) => {
                let mut script = vec!["sh".to_owned(), path];
                script.extend(self.words.iter().skip(1).cloned());
                system.spawn(spawn("/bin/sh".to_owned(), script))
            }
            other => other,
        };
        match started {
            Ok(child) => {
                self.child = Some(child);
                Progress::Waiting(Wait::Child)
            }
            Err(errno) => {
                system.complain(&format!("sudo: unable to execute {name}: {errno}\n"));
                Progress::Exited(1)
            }
        }
    }
}

fn find(system: &System<'_>, name: &str) -> Option<String> {
    let runs = |path: &String| system.status(path, true).is_ok_and(|s| !s.entry.node.is_directory());
    if name.contains('/') {
        return Some(name.to_owned()).filter(runs);
    }
    PATH.split(':').map(|directory| System::join(directory, name)).find(runs)
}

impl Program for Sudo {
    fn resume(&mut self, system: &mut System<'_>) -> Progress {
        let Some(child) = self.child else { return self.begin(system) };
        match system.wait_child(Some(child)) {
            WaitChild::Ended(_, status) => Progress::Exited(status.code()),
            WaitChild::Running => Progress::Waiting(Wait::Child),
            WaitChild::None => Progress::Exited(1),
        }
    }

    fn boxed_clone(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }
}
