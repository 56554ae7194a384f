//! Commands that change a container's state or its settings at once: pause, unpause, wait, rename, update, port, top,
//! diff, commit; and `restart`, which waits.
//!
//! Promises: the order, texts and exit codes of docker's client. Must not know how the daemon does it.

use serde_json::Value;

use super::create_options::{restart_policy, update_options};
use crate::client::natural::natural_order;
use crate::client::program::{Client, Flow, Task};
use crate::client::table;
use crate::world::daemon::api::{ChangeKind, CommitContainer, Request, Response, UpdateContainer, WaitCondition};
use crate::world::daemon::reference::Reference;
use crate::world::process::{System, Wait};

/// What `inspect` says of a container.
///
/// # Errors
/// The exit code, after a refusal was printed.
pub fn inspect(client: &mut Client, system: &mut System<'_>, container: &str) -> Result<Value, i32> {
    let request = Request::ContainerInspect { container: container.to_owned(), size: false };
    match client.ask(system, request)? {
        Response::Object(object) => Ok(*object),
        _ => Err(1),
    }
}

/// Does the same with each container; prints the names of those where it went well.
fn each(client: &mut Client, system: &mut System<'_>, request: impl Fn(&str) -> Request) -> Result<(), i32> {
    let invocation = client.invocation.clone();
    let mut result = Ok(());
    for container in &invocation.parsed.arguments {
        match client.ask(system, request(container)) {
            Ok(_) => client.out(format!("{container}\n")),
            Err(code) => result = Err(code),
        }
    }
    result
}

/// `docker pause`.
///
/// # Errors
/// The exit code.
pub fn pause(client: &mut Client, system: &mut System<'_>) -> Result<(), i32> {
    each(client, system, |container| Request::ContainerPause { container: container.to_owned() })
}

/// `docker unpause`.
///
/// # Errors
/// The exit code.
pub fn unpause(client: &mut Client, system: &mut System<'_>) -> Result<(), i32> {
    each(client, system, |container| Request::ContainerUnpause { container: container.to_owned() })
}

/// `docker rename`.
///
/// # Errors
/// The exit code.
pub fn rename(client: &mut Client, system: &mut System<'_>) -> Result<(), i32> {
    let invocation = client.invocation.clone();
    let [container, name] = invocation.parsed.arguments.as_slice() else { return Err(1) };
    let (container, name) = (container.trim().to_owned(), name.trim().to_owned());
    if container.is_empty() || name.is_empty() {
        client.err("Error: Neither old nor new names may be empty\n");
        return Err(1);
    }
    let request = Request::ContainerRename { container: container.clone(), name };
    if let Err(code) = client.ask(system, request) {
        client.err(format!("Error: failed to rename container named {container}\n"));
        return Err(code);
    }
    Ok(())
}

/// `docker update`.
///
/// # Errors
/// The exit code.
pub fn update(client: &mut Client, system: &mut System<'_>) -> Result<(), i32> {
    let invocation = client.invocation.clone();
    let parsed = &invocation.parsed;
    if parsed.flag_count() == 0 {
        client.err("you must provide one or more flags when using this command\n");
        return Err(1);
    }
    let policy = parsed.text("restart").unwrap_or_default();
    let restart_policy = match restart_policy(policy) {
        Ok(policy) => policy,
        Err(text) => {
            client.err(format!("{text}\n"));
            return Err(1);
        }
    };
    let resources = update_options(parsed);
    let changes = UpdateContainer { resources, restart_policy };
    let (mut warned, mut failed) = (Vec::new(), Vec::new());
    for container in &invocation.parsed.arguments {
        let changes = Box::new(changes.clone());
        match system.engine(Request::ContainerUpdate { container: container.clone(), changes }) {
            Ok(Response::Warnings(warnings)) => {
                client.out(format!("{container}\n"));
                warned.extend(warnings);
            }
            Ok(_) => client.out(format!("{container}\n")),
            Err(error) => failed.push(error),
        }
    }
    for warning in warned {
        client.out(format!("{warning}\n"));
    }
    for error in &failed {
        client.refuse(error);
    }
    if failed.is_empty() { Ok(()) } else { Err(1) }
}

/// `docker top`.
///
/// # Errors
/// The exit code.
pub fn top(client: &mut Client, system: &mut System<'_>) -> Result<(), i32> {
    let invocation = client.invocation.clone();
    let Some((container, arguments)) = invocation.parsed.arguments.split_first() else { return Err(1) };
    let request = Request::ContainerTop { container: container.clone(), arguments: arguments.to_vec() };
    let Response::Top { titles, processes } = client.ask(system, request)? else { return Err(1) };
    let mut text = titles.join("\t") + "\n";
    for process in processes {
        text.push_str(&process.join("\t"));
        text.push('\n');
    }
    client.out(table::align(&text, table::TOP));
    Ok(())
}

/// `docker diff`.
///
/// # Errors
/// The exit code.
pub fn diff(client: &mut Client, system: &mut System<'_>) -> Result<(), i32> {
    let invocation = client.invocation.clone();
    let container = invocation.parsed.arguments.first().cloned().unwrap_or_default();
    let Response::Changes(changes) = client.ask(system, Request::ContainerDiff { container })? else { return Err(1) };
    for (kind, path) in changes {
        let letter = match kind {
            ChangeKind::Added => 'A',
            ChangeKind::Changed => 'C',
            ChangeKind::Deleted => 'D',
        };
        client.out(format!("{letter} {path}\n"));
    }
    Ok(())
}

/// `docker commit`.
///
/// # Errors
/// The exit code.
pub fn commit(client: &mut Client, system: &mut System<'_>) -> Result<(), i32> {
    let invocation = client.invocation.clone();
    let parsed = &invocation.parsed;
    let mut arguments = parsed.arguments.iter();
    let container = arguments.next().cloned().unwrap_or_default();
    let reference = arguments.next().filter(|reference| !reference.is_empty()).cloned();
    if let Some(Err(error)) = reference.as_deref().map(Reference::parse) {
        client.err(format!("{error}\n"));
        return Err(1);
    }
    let request = Request::ContainerCommit(Box::new(CommitContainer {
        container,
        reference,
        comment: parsed.text("message").unwrap_or_default().to_owned(),
        author: parsed.text("author").unwrap_or_default().to_owned(),
        changes: parsed.list("change").into_iter().map(str::to_owned).collect(),
        pause: parsed.on("pause"),
    }));
    let Response::Created { id, .. } = client.ask(system, request)? else { return Err(1) };
    client.out(format!("{id}\n"));
    Ok(())
}

/// `docker port`.
///
/// # Errors
/// The exit code.
pub fn port(client: &mut Client, system: &mut System<'_>) -> Result<(), i32> {
    let invocation = client.invocation.clone();
    let mut arguments = invocation.parsed.arguments.iter();
    let container = arguments.next().cloned().unwrap_or_default();
    let object = inspect(client, system, &container)?;
    let empty = serde_json::Map::new();
    let ports = object.pointer("/NetworkSettings/Ports").and_then(Value::as_object).unwrap_or(&empty);
    let bindings = |value: &Value| -> Vec<String> {
        let bindings = value.as_array().map(Vec::as_slice).unwrap_or_default();
        let text = |binding: &Value, key: &str| binding.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let join = |binding| super::list::containers::join(&text(binding, "HostIp"), &text(binding, "HostPort"));
        bindings.iter().map(join).collect()
    };
    if let Some(wanted) = arguments.next().filter(|wanted| !wanted.is_empty()) {
        let (number, protocol) = wanted.split_once('/').unwrap_or((wanted, "tcp"));
        let protocol = if protocol.is_empty() { "tcp" } else { protocol };
        if number.parse::<u16>().is_err() {
            let quoted = crate::client::units::go_quote(number);
            let reason = if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) {
                "value out of range"
            } else {
                "invalid syntax"
            };
            client.err(format!("Error: invalid port ({number}): strconv.ParseUint: parsing {quoted}: {reason}\n"));
            return Err(1);
        }
        let Some(found) = ports.get(&format!("{number}/{protocol}")).filter(|value| !value.is_null()) else {
            client.err(format!("Error: No public port '{wanted}' published for {container}\n"));
            return Err(1);
        };
        client.out(bindings(found).iter().map(|binding| format!("{binding}\n")).collect::<String>());
        return Ok(());
    }
    let lines = |(port, value): (&String, &Value)| -> Vec<String> {
        bindings(value).into_iter().map(|binding| format!("{port} -> {binding}")).collect()
    };
    let mut lines: Vec<String> = ports.iter().flat_map(lines).collect();
    lines.sort_by(|a, b| natural_order(a, b));
    client.out(lines.into_iter().map(|line| line + "\n").collect::<String>());
    Ok(())
}

/// `docker wait`.
pub fn wait() -> Box<dyn Task> {
    Box::new(WaitTask { next: 0, failed: false })
}

#[derive(Clone, Debug)]
struct WaitTask {
    next: usize,
    failed: bool,
}

impl Task for WaitTask {
    fn resume(&mut self, client: &mut Client, system: &mut System<'_>) -> Flow {
        let invocation = client.invocation.clone();
        while let Some(container) = invocation.parsed.arguments.get(self.next) {
            let condition = WaitCondition::NotRunning;
            match client.ask(system, Request::ContainerWait { container: container.clone(), condition }) {
                Ok(Response::Waited(None)) => return Flow::Wait(Wait::Engine),
                Ok(Response::Waited(Some(result))) => client.out(format!("{}\n", result.exit_code)),
                Ok(_) | Err(_) => self.failed = true,
            }
            self.next += 1;
        }
        Flow::Done(i32::from(self.failed))
    }

    fn boxed_clone(&self) -> Box<dyn Task> {
        Box::new(self.clone())
    }
}

/// `docker restart`.
pub fn restart() -> Box<dyn Task> {
    Box::new(Restart { next: 0, exits: None, failed: false })
}

#[derive(Clone, Debug)]
struct Restart {
    next: usize,
    /// How often the container whose turn it is had exited, once it was asked to restart.
    exits: Option<u64>,
    failed: bool,
}

impl Restart {
    /// Asks for the restart, or looks whether it is done. `None`: not yet.
    fn progress(&mut self, client: &mut Client, system: &mut System<'_>, container: &str) -> Option<Result<(), i32>> {
        let Some(since) = self.exits else {
            let parsed = &client.invocation.clone().parsed;
            let request = Request::ContainerRestart {
                container: container.to_owned(),
                signal: parsed.text("signal").map(str::to_owned),
                timeout: parsed.int("timeout").or_else(|| parsed.int("time")),
            };
            return match client.ask(system, request) {
                Err(code) => Some(Err(code)),
                Ok(Response::ExitCount(exits)) => {
                    self.exits = Some(exits);
                    self.progress(client, system, container)
                }
                Ok(_) => Some(Ok(())),
            };
        };
        let condition = WaitCondition::NextExit { since };
        if let Ok(Response::Waited(None)) =
            system.engine(Request::ContainerWait { container: container.to_owned(), condition })
        {
            return None;
        }
        // It is started in the moment in which it ends.
        let object = match inspect(client, system, container) {
            Ok(object) => object,
            Err(code) => return Some(Err(code)),
        };
        let error = object.pointer("/State/Error").and_then(Value::as_str).unwrap_or_default();
        if object.pointer("/State/Running") == Some(&Value::Bool(false)) && !error.is_empty() {
            client.err(format!("Error response from daemon: Cannot restart container {container}: {error}\n"));
            return Some(Err(1));
        }
        Some(Ok(()))
    }
}

impl Task for Restart {
    fn resume(&mut self, client: &mut Client, system: &mut System<'_>) -> Flow {
        let invocation = client.invocation.clone();
        if let Err(code) = super::lifecycle::one_timeout(client) {
            return Flow::Done(code);
        }
        while let Some(container) = invocation.parsed.arguments.get(self.next) {
            match self.progress(client, system, container) {
                None => return Flow::Wait(Wait::Engine),
                Some(Ok(())) => client.out(format!("{container}\n")),
                Some(Err(_)) => self.failed = true,
            }
            self.exits = None;
            self.next += 1;
        }
        Flow::Done(i32::from(self.failed))
    }

    fn boxed_clone(&self) -> Box<dyn Task> {
        Box::new(self.clone())
    }
}
