//! `docker login` and `docker logout`.
//!
//! Promises: the texts, warnings and exit codes of docker/cli `cli/command/registry`. Credentials are asked for only at a terminal.

use crate::client::credentials::{ConfigFile, INDEX_SERVER, host_name};
use crate::client::note::note;
use crate::client::program::{Client, Flow, Task, daemon_error};
use crate::world::daemon::api::{ApiError, Request};
use crate::world::process::descriptor::Read;
use crate::world::process::{System, Wait};
use crate::world::registry::{Credentials, DOCKER_HUB};

/// The longest name or password that is read, in bytes.
const INPUT: usize = 4096;
const NO_TERMINAL: &str = "Error: Cannot perform an interactive login from a non TTY device";
const SUGGESTION: &str = "Log in with your Docker ID or email address to push and pull images from Docker Hub. \
                          If you don't have a Docker ID, head over to https://hub.docker.com/ to create one.";

/// `docker login`.
pub fn login() -> Box<dyn Task> {
    Box::new(Login::default())
}

#[derive(Clone, Debug, Default)]
struct Login {
    begun: bool,
    server: String,
    user: String,
    password: String,
    /// What was read of the line that is being typed, or of standard input.
    input: Vec<u8>,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stage {
    /// The whole of standard input is the password.
    PasswordFromInput,
    #[default]
    Stored,
    AskUser,
    User,
    AskPassword,
    Password,
    Ask,
}

fn complain(client: &mut Client, text: &str) -> i32 {
    client.err(format!("{text}\n"));
    1
}

impl Login {
    fn begin(&mut self, client: &mut Client) -> Result<(), i32> {
        let invocation = client.invocation.clone();
        let parsed = &invocation.parsed;
        let text = |name: &str| parsed.text(name).unwrap_or_default().to_owned();
        let problem = match parsed.changed("password-stdin") {
            true if parsed.changed("password") => {
                Some("conflicting options: cannot specify both --password and --password-stdin")
            }
            true if !parsed.changed("username") => Some("the --password-stdin option requires --username to be set"),
            _ if parsed.changed("username") && text("username").is_empty() => Some("username is empty"),
            _ if parsed.changed("password") && text("password").is_empty() => Some("password is empty"),
            _ => None,
        };
        if let Some(problem) = problem {
            return Err(complain(client, problem));
        }
        (self.user, self.password) = (text("username").trim().to_owned(), text("password").trim().to_owned());
        if !self.password.is_empty() {
            client.err("WARNING! Using --password via the CLI is insecure. Use --password-stdin.\n");
        }
        self.server = match parsed.arguments.first().map(String::as_str) {
            None | Some("" | DOCKER_HUB) => INDEX_SERVER.to_owned(),
            Some(server) => host_name(server).to_owned(),
        };
        if parsed.on("password-stdin") {
            self.stage = Stage::PasswordFromInput;
        }
        Ok(())
    }

    /// Reads a line, or all there is; `None` when there is none yet.
    fn read(&mut self, system: &mut System<'_>, all: bool) -> Result<String, Wait> {
        loop {
            match system.read(0, 1) {
                Ok(Read::WouldBlock) => return Err(Wait::Readable(0)),
                Ok(Read::Data(bytes)) if self.input.len() < INPUT && (all || bytes != b"\n") => {
                    self.input.extend(bytes);
                }
                _ => break,
            }
        }
        let text = String::from_utf8_lossy(&std::mem::take(&mut self.input)).into_owned();
        Ok(text)
    }

    /// Tries with what is stored, where nothing was said.
    fn with_stored(&mut self, client: &mut Client, system: &mut System<'_>) -> Result<bool, i32> {
        let stored =
            ConfigFile::read(system).get(&self.server).filter(|_| self.user.is_empty() && self.password.is_empty());
        let Some(stored) = stored.filter(|stored| !stored.password.is_empty()) else { return Ok(false) };
        client.err(format!("Authenticating with existing credentials... [Username: {}]\n", stored.user));
        client.err(note("To login with a different account, run 'docker logout' followed by 'docker login'"));
        client.err("\n\n");
        match self.ask(system, &stored) {
            Ok(()) => {
                client.out("Login Succeeded\n");
                Ok(true)
            }
            Err(error) => {
                client.err(format!("Login did not succeed, error: {}\n", daemon_error(&error)));
                Ok(false)
            }
        }
    }

    fn ask(&self, system: &mut System<'_>, credentials: &Credentials) -> Result<(), ApiError> {
        let request = Request::RegistryLogin { server: self.server.clone(), credentials: credentials.clone() };
        system.engine(request).map(drop)
    }

    /// Asks the registry, and keeps what it knows.
    fn finish(&self, client: &mut Client, system: &mut System<'_>) -> Result<(), i32> {
        let credentials = Credentials { user: self.user.clone(), password: self.password.clone() };
        self.ask(system, &credentials).map_err(|error| {
            client.refuse(&error);
            1
        })?;
        let mut file = ConfigFile::read(system);
        if file.set(&self.server, &credentials) {
            file.write(system)
                .map_err(|errno| complain(client, &format!("Error saving credentials: {}", super::go_error(errno))))?;
            client.err(format!(
                "\nWARNING! Your credentials are stored unencrypted in '{}'.\n\
                 Configure a credential helper to remove this warning. See\n\
                 https://docs.docker.com/go/credential-store/\n\n",
                file.path()
            ));
        }
        client.out("Login Succeeded\n");
        Ok(())
    }

    fn step(&mut self, client: &mut Client, system: &mut System<'_>) -> Result<Flow, i32> {
        if !std::mem::replace(&mut self.begun, true) {
            self.begin(client)?;
        }
        loop {
            self.stage = match self.stage {
                Stage::PasswordFromInput => match self.read(system, true) {
                    Err(wait) => return Ok(Flow::Wait(wait)),
                    Ok(text) => {
                        let text = text.strip_suffix('\n').unwrap_or(&text);
                        self.password = text.strip_suffix('\r').unwrap_or(text).to_owned();
                        Stage::Stored
                    }
                },
                Stage::Stored => {
                    if self.with_stored(client, system)? {
                        return Ok(Flow::Done(0));
                    }
                    if (self.user.is_empty() || self.password.is_empty()) && !system.is_terminal(0) {
                        return Err(complain(client, NO_TERMINAL));
                    }
                    Stage::AskUser
                }
                Stage::AskUser if self.user.is_empty() => {
                    if self.server == INDEX_SERVER {
                        client.out(format!("{SUGGESTION}\n"));
                    }
                    client.out("Username: ");
                    self.stage = Stage::User;
                    return Ok(Flow::Wait(Wait::Until(system.now())));
                }
                Stage::AskUser => Stage::AskPassword,
                Stage::User => match self.read(system, false) {
                    Err(wait) => return Ok(Flow::Wait(wait)),
                    Ok(line) if line.trim().is_empty() => {
                        return Err(complain(client, "Error: Non-null Username Required"));
                    }
                    Ok(line) => {
                        self.user = line.trim().to_owned();
                        Stage::AskPassword
                    }
                },
                Stage::AskPassword if self.password.is_empty() => {
                    client.out("Password: ");
                    self.stage = Stage::Password;
                    return Ok(Flow::Wait(Wait::Until(system.now())));
                }
                Stage::AskPassword => Stage::Ask,
                Stage::Password => match self.read(system, false) {
                    Err(wait) => return Ok(Flow::Wait(wait)),
                    Ok(line) if line.trim().is_empty() => {
                        return Err(complain(client, "\nError: Password Required"));
                    }
                    Ok(line) => {
                        client.out("\n");
                        self.password = line.trim().to_owned();
                        Stage::Ask
                    }
                },
                Stage::Ask => return self.finish(client, system).map(|()| Flow::Done(0)),
            };
        }
    }
}

impl Task for Login {
    fn resume(&mut self, client: &mut Client, system: &mut System<'_>) -> Flow {
        self.step(client, system).unwrap_or_else(Flow::Done)
    }

    fn boxed_clone(&self) -> Box<dyn Task> {
        Box::new(self.clone())
    }
}

/// `docker logout`.
///
/// # Errors
/// The exit code.
pub fn logout(client: &mut Client, system: &mut System<'_>) -> Result<(), i32> {
    let server = client.invocation.parsed.arguments.first().cloned().filter(|server| !server.is_empty());
    let (host, keys) = match &server {
        None => (INDEX_SERVER.to_owned(), vec![INDEX_SERVER.to_owned()]),
        Some(server) => {
            let host = host_name(server).to_owned();
            let keys = vec![server.clone(), host.clone(), format!("http://{host}"), format!("https://{host}")];
            (host, keys)
        }
    };
    client.out(format!("Removing login credentials for {host}\n"));
    let mut file = ConfigFile::read(system);
    let erased = keys.iter().filter(|key| file.erase(key)).count();
    if erased > 0
        && let Err(errno) = file.write(system)
    {
        client.err(format!("WARNING: could not erase credentials:\n{host}: {}\n", super::go_error(errno)));
    }
    Ok(())
}
