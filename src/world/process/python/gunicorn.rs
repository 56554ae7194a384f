//! `gunicorn`: a master process with workers that share what it listens on, each with the application in it.
//!
//! Promises: the words of gunicorn 23 on standard error; a worker that ends is replaced; TERM ends the workers first. Must not know
//! what the application does.

use std::net::Ipv4Addr;

use super::library::{Interpreter, Library};
use super::serve::{Server, Style};
use super::session::{Session, Stop};
use super::traceback;
use super::value::Value;
use crate::world::filesystem::errno::Errno;
use crate::world::process::program::Service;
use crate::world::process::signal::Action;
use crate::world::process::system::WaitChild;
use crate::world::process::tools::size::date;
use crate::world::process::{Invocation, Program, Progress, Signal, System, Wait};

/// The version that is modelled, where none is written down beside the package.
const VERSION: &str = "23.0.0";
/// Most workers.
const WORKERS: u32 = 64;
/// What gunicorn exits with when its workers cannot start (`gunicorn.arbiter.Arbiter.WORKER_BOOT_ERROR`).
const BOOT_ERROR: i32 = 3;

/// What was asked for on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Settings {
    bind: (Ipv4Addr, u16),
    workers: u32,
    /// `module:name`.
    application: (String, String),
}

/// The master process.
#[derive(Clone, Debug)]
pub struct Master {
    words: Vec<String>,
    environment: Vec<String>,
    settings: Option<Settings>,
    listener: Option<u32>,
    workers: Vec<u32>,
    /// The exit code that it is on its way to.
    ending: Option<i32>,
}

impl Master {
    /// As it was called.
    pub fn new(invocation: &Invocation) -> Master {
        Master {
            words: invocation.operands().to_vec(),
            environment: invocation.environment.clone(),
            settings: None,
            listener: None,
            workers: Vec::new(),
            ending: None,
        }
    }

    fn read(&self) -> Result<Settings, String> {
        let mut settings =
            Settings { bind: (Ipv4Addr::LOCALHOST, 8000), workers: 1, application: (String::new(), String::new()) };
        let mut words = self.words.iter();
        while let Some(word) = words.next() {
            let (option, attached) = match word.split_once('=') {
                Some((option, value)) if option.starts_with("--") => (option, Some(value.to_owned())),
                _ => (word.as_str(), None),
            };
            let mut value = || {
                attached
                    .clone()
                    .or_else(|| words.next().cloned())
                    .ok_or(format!("argument {option}: expected one argument"))
            };
            match option {
                "-b" | "--bind" => {
                    let value = value()?;
                    let (host, port) = value.rsplit_once(':').unwrap_or((&value, "8000"));
                    let host = if host.is_empty() { "0.0.0.0" } else { host };
                    let address = if host == "localhost" { Some(Ipv4Addr::LOCALHOST) } else { host.parse().ok() };
                    let (Some(address), Ok(port)) = (address, port.parse()) else {
                        return Err(format!("argument -b/--bind: invalid value: '{value}'"));
                    };
                    settings.bind = (address, port);
                }
                "-w" | "--workers" => {
                    let value = value()?;
                    settings.workers = value
                        .parse()
                        .ok()
                        .filter(|workers| (1..=WORKERS).contains(workers))
                        .ok_or(format!("argument -w/--workers: invalid value: '{value}'"))?;
                }
                "--timeout" | "-t" | "--log-level" => drop(value()?),
                option if option.starts_with('-') => return Err(format!("{option}: not modelled in Layerlab")),
                application => {
                    let (module, name) = application.split_once(':').unwrap_or((application, "application"));
                    settings.application = (module.to_owned(), name.to_owned());
                }
            }
        }
        if settings.application.0.is_empty() {
            return Err("No application module specified.".to_owned());
        }
        Ok(settings)
    }

    fn begin(&mut self, system: &mut System<'_>) -> Result<(), i32> {
        let settings = match self.read() {
            Ok(settings) => settings,
            Err(text) if text.starts_with("No app") => {
                system.complain(&format!("\nError: {text}\n"));
                return Err(1);
            }
            Err(text) => {
                system.complain(&format!("usage: gunicorn [OPTIONS] [APP_MODULE]\ngunicorn: error: {text}\n"));
                return Err(2);
            }
        };
        for signal in [Signal::TERM, Signal::INT, Signal::CHLD] {
            system.set_action(signal, Action::Catch);
        }
        let (address, port) = settings.bind;
        log(system, &format!("Starting gunicorn {VERSION}"));
        match system.listen(address, port) {
            Ok(listener) => self.listener = Some(listener),
            Err(Errno::EADDRINUSE) => {
                complain(system, &format!("Connection in use: ('{address}', {port})"));
                complain(system, "connection to ('0.0.0.0', 8000) failed: [Errno 98] Address already in use");
                return Err(1);
            }
            Err(errno) => {
                complain(system, &format!("Can't connect to ('{address}', {port}): {errno}"));
                return Err(1);
            }
        }
        log(system, &format!("Listening at: http://{address}:{port} ({})", system.pid()));
        log(system, "Using worker: sync");
        let memory = Library::known().map_or(0, |library| library.cost("gunicorn").memory);
        if system.set_memory(memory).is_err() {
            return Err(137);
        }
        self.settings = Some(settings);
        Ok(())
    }

    fn fill(&mut self, system: &mut System<'_>) {
        let (Some(settings), Some(listener)) = (self.settings.clone(), self.listener) else { return };
        while self.workers.len() < settings.workers as usize {
            let worker = Worker::new(settings.clone(), self.environment.clone(), listener);
            match system.fork(Box::new(worker), false) {
                Ok(number) => self.workers.push(number),
                // At the limit of processes it goes on with fewer.
                Err(_) => return,
            }
        }
    }
}

impl Program for Master {
    fn resume(&mut self, system: &mut System<'_>) -> Progress {
        if self.settings.is_none() {
            if let Err(code) = self.begin(system) {
                return Progress::Exited(code);
            }
            if let Some(library) = Library::known() {
                system.spend(library.cost("gunicorn").time);
            }
            return Progress::Waiting(Wait::Until(system.now()));
        }
        while let Some(signal) = system.take_signal() {
            if signal == Signal::CHLD {
                while let WaitChild::Ended(number, status) = system.wait_child(None) {
                    self.workers.retain(|worker| *worker != number);
                    if status.code() == BOOT_ERROR && self.ending.is_none() {
                        log(system, "Shutting down: Master");
                        log(system, "Reason: Worker failed to boot.");
                        return Progress::Exited(BOOT_ERROR);
                    }
                }
            } else if self.ending.is_none() {
                let word = if signal == Signal::TERM { "term" } else { "int" };
                log(system, &format!("Handling signal: {word}"));
                self.ending = Some(0);
                for worker in &self.workers {
                    // One that has ended already is no matter.
                    let _ = system.kill(i64::from(*worker), Some(Signal::TERM));
                }
            }
        }
        match self.ending {
            Some(code) if self.workers.is_empty() => {
                log(system, "Shutting down: Master");
                return Progress::Exited(code);
            }
            Some(_) => {}
            None => self.fill(system),
        }
        Progress::Waiting(Wait::Signal)
    }

    fn boxed_clone(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }
}

/// A worker process.
#[derive(Clone, Debug)]
struct Worker {
    settings: Settings,
    environment: Vec<String>,
    session: Option<Box<Session>>,
    server: Server,
    ending: bool,
}

impl Worker {
    fn new(settings: Settings, environment: Vec<String>, listener: u32) -> Worker {
        let server = Server::new(Style::Gunicorn, listener);
        Worker { settings, environment, session: None, server, ending: false }
    }

    /// Imports the application.
    fn load(&mut self, system: &mut System<'_>) -> Result<(), Stop> {
        let Some(library) = Library::known() else { return Err(Stop::Exit(1)) };
        let path =
            super::builtins::variable(&self.environment, "PYTHON_VERSION").map_or("/usr/bin", |_| "/usr/local/bin");
        let name = system.read_link(&format!("{path}/python3")).unwrap_or_else(|_| "python3".to_owned());
        let interpreter = Interpreter::of(system, &format!("{path}/{name}"), &self.environment);
        let mut session = Session::new(interpreter, library, vec!["gunicorn".to_owned()], self.environment.clone());
        session.directory = system.working_directory();
        let (module, name) = self.settings.application.clone();
        let loaded = session.import(system, &module.as_str().into()).and_then(|()| {
            let found = session.modules.get(module.as_str()).and_then(|names| names.get(name.as_str())).cloned();
            match found {
                Some(Value::Object(_)) => Ok(()),
                _ => {
                    let text = format!("Failed to find attribute '{name}' in '{module}'.");
                    session.raise("gunicorn.errors.AppImportError", text, None)
                }
            }
        });
        if let Err(stop) = &loaded {
            complain(system, "Exception in worker process");
            let text = traceback::text(system, &session, stop);
            system.complain(&text);
            log(system, &format!("Worker exiting (pid: {})", system.pid()));
        }
        self.session = Some(Box::new(session));
        loaded
    }
}

impl Program for Worker {
    fn resume(&mut self, system: &mut System<'_>) -> Progress {
        if self.session.is_none() {
            log(system, &format!("Booting worker with pid: {}", system.pid()));
            system.set_action(Signal::TERM, Action::Catch);
            system.set_action(Signal::PIPE, Action::Ignore);
            if self.load(system).is_err() {
                return Progress::Exited(BOOT_ERROR);
            }
            let Some(session) = &mut self.session else { return Progress::Exited(BOOT_ERROR) };
            system.spend(std::mem::take(&mut session.work));
            if system.set_memory(session.memory).is_err() {
                return Progress::Exited(137);
            }
            return Progress::Waiting(Wait::Until(system.now()));
        }
        self.ending |= system.take_signal().is_some();
        let Some(session) = &mut self.session else { return Progress::Exited(1) };
        if self.ending && !self.server.is_busy() {
            log(system, &format!("Worker exiting (pid: {})", system.pid()));
            return Progress::Exited(0);
        }
        match self.server.serve(system, session) {
            Ok(_) if self.ending && !self.server.is_busy() => {
                log(system, &format!("Worker exiting (pid: {})", system.pid()));
                Progress::Exited(0)
            }
            Ok(wait) => Progress::Waiting(wait),
            Err(Stop::Exit(code)) => Progress::Exited(code),
            Err(_) => Progress::Exited(1),
        }
    }

    fn boxed_clone(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }

    fn service(&mut self, system: &mut System<'_>, request: &[u8]) -> Option<Service> {
        let session = self.session.as_mut().filter(|_| !self.ending)?;
        self.server.service(system, session, request)
    }
}

fn line(system: &mut System<'_>, level: &str, text: &str) {
    let stamp = date(system.now(), "%Y-%m-%d %H:%M:%S +0000");
    let pid = system.pid();
    system.complain(&format!("[{stamp}] [{pid}] [{level}] {text}\n"));
}

fn log(system: &mut System<'_>, text: &str) {
    line(system, "INFO", text);
}

fn complain(system: &mut System<'_>, text: &str) {
    line(system, "ERROR", text);
}
