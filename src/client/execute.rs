//! Which task does which command.
//!
//! Each file here does one group of commands. A command without a task is refused plainly, never done silently.

mod create_options;
mod follow;
mod lifecycle;
mod list;
mod pull;
mod rows;
mod run;

use super::commands::Invocation;
use super::program::{Once, Task};
use crate::world::filesystem::errno::Errno;

/// An error of the system as Go words it: in small letters.
fn go_error(error: Errno) -> String {
    let text = error.to_string();
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => first.to_lowercase().chain(characters).collect(),
        None => text,
    }
}

/// The task of a command that was understood.
pub fn task(invocation: &Invocation) -> Option<Box<dyn Task>> {
    let once = |function| -> Box<dyn Task> { Box::new(Once(function)) };
    Some(match invocation.action() {
        "container run" => run::run(),
        "container create" => run::create(),
        "container start" => lifecycle::start(),
        "container stop" => lifecycle::stop(),
        "container kill" => once(lifecycle::kill),
        "container rm" => once(lifecycle::remove),
        "container ls" => once(list::containers::list),
        "image ls" => once(list::images::list),
        "image history" => once(list::history::list),
        "volume ls" => once(list::volumes::list),
        "network ls" => once(list::networks::list),
        _ => return None,
    })
}
