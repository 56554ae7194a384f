//! Python: scripts run with what is installed where they run.
//!
//! Promises: a script runs statement by statement, with the standard library of its version and the packages on its disk; what
//! fails, fails for the true reason in Python's words; what is not modelled is refused with its line. Must not know Docker.
//! Start reading at [`Python`], then `session` and `execute`; `library` says what can be imported.

mod builtins;
mod evaluate;
mod execute;
mod gunicorn;
mod lex;
pub mod library;
mod modules;
mod parse;
mod parse_expression;
mod serve;
mod session;
mod syntax;
#[cfg(test)]
mod tests;
mod traceback;
mod value;
mod web;

use std::net::Ipv4Addr;
use std::sync::Arc;

use self::execute::{Flow, Frame};
use self::library::{Interpreter, Library};
use self::parse::parse;
use self::serve::{Server, Style};
use self::session::{MAIN, Session, Stop};
use super::descriptor::Read;
use super::program::Service;
use super::service::{self, Services};
use super::signal::Action;
use super::{Invocation, Program, ProgramTable, Progress, Signal, System, Wait};
use crate::world::clock::Time;

/// Statements that a program carries out before others have their turn.
const STEPS: usize = 1_000;
/// Printed bytes that are kept back where standard output is no terminal (`io.DEFAULT_BUFFER_SIZE`).
const BUFFER: usize = 8_192;
/// The largest script, in bytes.
const SCRIPT_LIMIT: usize = 1 << 20;

/// Adds `python3` and `gunicorn` to a table. They are in images, and on machines where they are installed.
pub fn register(table: &mut ProgramTable, services: &Arc<Services>) {
    let shared = services.clone();
    table
        .insert_for_images("python3", move |invocation: &Invocation| Box::new(Python::new(invocation, shared.clone())));
    table.insert_for_images("gunicorn", |invocation: &Invocation| Box::new(gunicorn::Master::new(invocation)));
}

/// What an interpreter was asked to run.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Asked {
    Version,
    Script(String),
    Command(String),
    Module(String),
    /// The program comes on standard input.
    Input,
}

/// How far it is.
#[derive(Clone, Debug)]
enum Phase {
    New,
    Reading(Vec<u8>),
    Running(Box<Session>, Vec<Frame>),
    Sleeping(Box<Session>, Vec<Frame>, Time),
    Serving(Box<Session>, Server),
    /// Another program does it.
    Other(Box<dyn Program>),
    Over(i32),
}

/// A Python interpreter.
#[derive(Clone, Debug)]
pub struct Python {
    words: Vec<String>,
    environment: Vec<String>,
    path: String,
    services: Arc<Services>,
    unbuffered: bool,
    phase: Phase,
}

impl Python {
    /// As it was called.
    fn new(invocation: &Invocation, services: Arc<Services>) -> Python {
        Python {
            words: invocation.operands().to_vec(),
            environment: invocation.environment.clone(),
            path: invocation.path.clone(),
            services,
            unbuffered: false,
            phase: Phase::New,
        }
    }

    /// Reads the options: what is to be run, and the arguments of that.
    fn asked(&mut self) -> Result<(Asked, Vec<String>), (String, i32)> {
        let mut words = self.words.iter();
        while let Some(word) = words.next() {
            let rest = |words: std::slice::Iter<'_, String>| words.cloned().collect::<Vec<_>>();
            match word.as_str() {
                "-V" | "--version" => return Ok((Asked::Version, Vec::new())),
                "-u" => self.unbuffered = true,
                "-B" | "-E" | "-s" | "-S" | "-I" | "-O" | "-OO" | "-q" => {}
                "-W" | "-X" => drop(words.next()),
                "-c" => {
                    let Some(text) = words.next().cloned() else {
                        return Err(("Argument expected for the -c option\n".to_owned(), 2));
                    };
                    return Ok((Asked::Command(text), rest(words)));
                }
                "-m" => {
                    let Some(module) = words.next().cloned() else {
                        return Err(("Argument expected for the -m option\n".to_owned(), 2));
                    };
                    return Ok((Asked::Module(module), rest(words)));
                }
                "-" => return Ok((Asked::Input, rest(words))),
                option if option.starts_with('-') => {
                    let letter = option.trim_start_matches('-').chars().next().unwrap_or('-');
                    let text = format!(
                        "unknown option -{letter}\nusage: {} [option] ... [-c cmd | -m mod | file | -] [arg] ...\nTry `python -h' for \
                         more information.\n",
                        self.path
                    );
                    return Err((text, 2));
                }
                script => return Ok((Asked::Script(script.to_owned()), rest(words))),
            }
        }
        Ok((Asked::Input, Vec::new()))
    }

    fn begin(&mut self, system: &mut System<'_>) -> Phase {
        let (asked, arguments) = match self.asked() {
            Ok(asked) => asked,
            Err((text, code)) => {
                system.complain(&text);
                return Phase::Over(code);
            }
        };
        let variable = |name: &str| builtins::variable(&self.environment, name).is_some_and(|value| !value.is_empty());
        self.unbuffered |= variable("PYTHONUNBUFFERED") || system.is_terminal(1);
        let interpreter = Interpreter::of(system, &self.path, &self.environment);
        match asked {
            Asked::Version => {
                system.print(&format!("Python {}\n", interpreter.version));
                Phase::Over(0)
            }
            Asked::Script(script) => match system.read_file(&script) {
                Ok(bytes) if bytes.len() > SCRIPT_LIMIT => {
                    system.complain(&format!("python3: Layerlab reads scripts of at most {SCRIPT_LIMIT} bytes\n"));
                    Phase::Over(1)
                }
                Ok(bytes) => {
                    let text = String::from_utf8_lossy(&bytes).into_owned();
                    let mut all = vec![script.clone()];
                    all.extend(arguments);
                    self.start(system, interpreter, &text, &script, all)
                }
                Err(errno) => {
                    let (_, number) = modules::os_error(errno);
                    let name = System::join(&system.working_directory(), &script);
                    let path = &self.path;
                    system.complain(&format!("{path}: can't open file '{name}': [Errno {number}] {errno}\n"));
                    Phase::Over(2)
                }
            },
            Asked::Command(text) => {
                let mut all = vec!["-c".to_owned()];
                all.extend(arguments);
                self.start(system, interpreter, &text, "<string>", all)
            }
            Asked::Module(module) => self.module(system, &interpreter, &module, &arguments),
            Asked::Input if system.is_terminal(0) => {
                system.complain(
                    "python3: working in Python line by line is not modelled in Layerlab; give it a script, or -c\n",
                );
                Phase::Over(1)
            }
            Asked::Input => Phase::Reading(Vec::new()),
        }
    }

    /// `-m`: one of Python's own programs, or a command that a package brought.
    fn module(&self, system: &mut System<'_>, interpreter: &Interpreter, module: &str, arguments: &[String]) -> Phase {
        let mut environment = self.environment.clone();
        environment.push(format!("PYTHON_VERSION={}", interpreter.version));
        let invocation = Invocation {
            arguments: [&["python3".to_owned()], &self.words[..]].concat(),
            environment,
            path: self.path.clone(),
        };
        if let Some(program) = service::program_of(&self.services, "python3", &invocation) {
            return Phase::Other(program);
        }
        for directory in ["/usr/local/bin", "/usr/bin"] {
            let path = format!("{directory}/{module}");
            if system.status(&path, true).is_ok() {
                let mut words = vec![path.clone()];
                words.extend(arguments.iter().cloned());
                if let Ok(Progress::Exec(program)) = system.exec(&path, &words, &self.environment) {
                    return Phase::Other(program);
                }
            }
        }
        let known = Library::known().is_some_and(|library| library.has(module, interpreter.minor));
        let text = match known {
            true => format!("-m {module} is not modelled in Layerlab"),
            false => format!("No module named {module}"),
        };
        system.complain(&format!("{}: {text}\n", self.path));
        Phase::Over(1)
    }

    fn start(
        &mut self,
        system: &mut System<'_>,
        interpreter: Interpreter,
        text: &str,
        file: &str,
        arguments: Vec<String>,
    ) -> Phase {
        let Some(library) = Library::known() else { return Phase::Over(1) };
        let block = match parse(text, interpreter.minor) {
            Ok(block) => block,
            Err(error) => {
                let whole = System::join(&system.working_directory(), file);
                let named = if file.starts_with('<') || interpreter.minor < 9 { file } else { &whole };
                system.complain(&traceback::source_error(text, named, &error, interpreter.minor));
                return Phase::Over(1);
            }
        };
        let mut session = Session::new(interpreter, library, arguments, self.environment.clone());
        let script = System::join(&system.working_directory(), file);
        let own = !file.starts_with('<');
        session.directory = if own { System::parent_of(&script).to_owned() } else { system.working_directory() };
        // Since 3.9 a script is called by its whole path.
        session.enter(MAIN, if own && session.interpreter.minor >= 9 { &script } else { file });
        Phase::Running(Box::new(session), vec![Frame::new(block)])
    }

    /// Carries out statements until it must wait.
    fn run(&mut self, system: &mut System<'_>, mut session: Box<Session>, mut frames: Vec<Frame>) -> (Phase, Progress) {
        for _ in 0..STEPS {
            match session.step(system, &mut frames) {
                Ok(Flow::On) => {}
                Ok(Flow::Done | Flow::Return(_)) => return self.end(system, session, 0),
                Err(Stop::Exit(code)) => return self.end(system, session, code),
                Err(Stop::Serve(_, host, port)) => return self.serve(system, session, &host, port),
                Err(stop) => {
                    session.flush(system);
                    let text = traceback::text(system, &session, &stop);
                    system.complain(&text);
                    return self.end(system, session, 1);
                }
            }
            if self.unbuffered && !session.output.is_empty()
                || session.output.len() > BUFFER
                || !session.errors.is_empty()
            {
                session.flush_as(system, self.unbuffered);
            }
            if !session.sleep.is_zero() {
                let until = system.now() + session.work + session.sleep;
                session.sleep = std::time::Duration::ZERO;
                system.spend(std::mem::take(&mut session.work));
                return (Phase::Sleeping(session, frames, until), Progress::Waiting(Wait::Until(until)));
            }
            if session.work > super::schedule::QUANTUM {
                break;
            }
        }
        if system.set_memory(session.memory).is_err() {
            return (Phase::Over(137), Progress::Exited(137));
        }
        system.spend(std::mem::take(&mut session.work));
        (Phase::Running(session, frames), Progress::Waiting(Wait::Until(system.now())))
    }

    fn end(&self, system: &mut System<'_>, mut session: Box<Session>, code: i32) -> (Phase, Progress) {
        session.flush(system);
        system.spend(session.work);
        (Phase::Over(code), Progress::Exited(code))
    }

    /// `app.run(…)`: Flask's own server.
    fn serve(
        &mut self,
        system: &mut System<'_>,
        mut session: Box<Session>,
        host: &str,
        port: u16,
    ) -> (Phase, Progress) {
        let address = if host == "localhost" { Some(Ipv4Addr::LOCALHOST) } else { host.parse().ok() };
        let name = session.arguments.first().map_or("app", |script| script.rsplit('/').next().unwrap_or(script));
        let name = name.strip_suffix(".py").unwrap_or(name).to_owned();
        session.output.extend(format!(" * Serving Flask app '{name}'\n * Debug mode: off\n").bytes());
        session.flush_as(system, self.unbuffered);
        let listener = address.map(|address| system.listen(address, port));
        let Some(Ok(listener)) = listener else {
            match listener {
                Some(Err(crate::world::filesystem::errno::Errno::EADDRINUSE)) => system.complain(&format!(
                    "Address already in use\nPort {port} is in use by another program. Either identify and stop that program, or \
                     start the server with a different port.\n"
                )),
                _ => system.complain("Cannot assign requested address\n"),
            }
            return self.end(system, session, 1);
        };
        let mut text =
            "WARNING: This is a development server. Do not use it in a production deployment. Use a production WSGI \
                        server instead.\n"
                .to_owned();
        if address.is_some_and(|address| address.is_unspecified()) {
            text.push_str(" * Running on all addresses (0.0.0.0)\n");
            text.push_str(&format!(" * Running on http://127.0.0.1:{port}\n"));
            let own = super::tools::network::own_addresses(system);
            if let Some(own) = own.first() {
                text.push_str(&format!(" * Running on http://{own}:{port}\n"));
            }
        } else {
            text.push_str(&format!(" * Running on http://{host}:{port}\n"));
        }
        text.push_str("Press CTRL+C to quit\n");
        system.complain(&text);
        system.set_action(Signal::INT, Action::Catch);
        system.set_action(Signal::PIPE, Action::Ignore);
        if system.set_memory(session.memory).is_err() {
            return (Phase::Over(137), Progress::Exited(137));
        }
        system.spend(std::mem::take(&mut session.work));
        let server = Server::new(Style::Flask, listener);
        (Phase::Serving(session, server), Progress::Waiting(Wait::Until(system.now())))
    }

    /// Takes the program from standard input.
    fn read(&mut self, system: &mut System<'_>, mut text: Vec<u8>) -> (Phase, Progress) {
        loop {
            match system.read(0, 65_536) {
                Ok(Read::Data(bytes)) if text.len() + bytes.len() <= SCRIPT_LIMIT => text.extend(bytes),
                Ok(Read::WouldBlock) => return (Phase::Reading(text), Progress::Waiting(Wait::Readable(0))),
                _ => break,
            }
        }
        let source = String::from_utf8_lossy(&text).into_owned();
        let interpreter = Interpreter::of(system, &self.path, &self.environment);
        let phase = self.start(system, interpreter, &source, "<stdin>", vec![String::new()]);
        (phase, Progress::Waiting(Wait::Until(system.now())))
    }
}

impl Session {
    /// Sends on their way what was written to standard error, and what was printed if that is not kept back.
    fn flush_as(&mut self, system: &mut System<'_>, unbuffered: bool) {
        let kept = !unbuffered && self.output.len() <= BUFFER;
        let output = if kept { std::mem::take(&mut self.output) } else { Vec::new() };
        self.flush(system);
        self.output = output;
    }
}

impl Program for Python {
    fn resume(&mut self, system: &mut System<'_>) -> Progress {
        if let Phase::Other(program) = &mut self.phase {
            return program.resume(system);
        }
        let phase = std::mem::replace(&mut self.phase, Phase::Over(1));
        let (phase, progress) = match phase {
            Phase::New => match self.begin(system) {
                Phase::Other(mut program) => {
                    let progress = program.resume(system);
                    (Phase::Other(program), progress)
                }
                Phase::Over(code) => (Phase::Over(code), Progress::Exited(code)),
                phase => (phase, Progress::Waiting(Wait::Until(system.now()))),
            },
            Phase::Reading(text) => self.read(system, text),
            Phase::Running(session, frames) => self.run(system, session, frames),
            Phase::Sleeping(session, frames, until) if system.now() < until => {
                (Phase::Sleeping(session, frames, until), Progress::Waiting(Wait::Until(until)))
            }
            Phase::Sleeping(session, frames, _) => self.run(system, session, frames),
            Phase::Serving(mut session, mut server) => {
                let ended = system.take_signal().map(|_| 0);
                match ended {
                    Some(code) => (Phase::Over(code), Progress::Exited(code)),
                    None => match server.serve(system, &mut session) {
                        Ok(wait) => (Phase::Serving(session, server), Progress::Waiting(wait)),
                        Err(Stop::Exit(code)) => self.end(system, session, code),
                        Err(_) => self.end(system, session, 1),
                    },
                }
            }
            Phase::Other(program) => (Phase::Other(program), Progress::Exited(1)),
            Phase::Over(code) => (Phase::Over(code), Progress::Exited(code)),
        };
        self.phase = phase;
        progress
    }

    fn boxed_clone(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }

    fn service(&mut self, system: &mut System<'_>, request: &[u8]) -> Option<Service> {
        match &mut self.phase {
            Phase::Serving(session, server) => server.service(system, session, request),
            Phase::Other(program) => program.service(system, request),
            _ => None,
        }
    }

    fn answered(&mut self, system: &mut System<'_>, request: &[u8], client: Ipv4Addr, answers: &[(u16, u64)]) {
        match &mut self.phase {
            Phase::Serving(_, server) => {
                let text = server.log(system, request, client, answers);
                system.complain(&text);
            }
            Phase::Other(program) => program.answered(system, request, client, answers),
            _ => {}
        }
    }
}
