//! The programs that an Ubuntu guest has beside the small tools: `sudo`, `apt-get`, `systemctl`.
//!
//! Promises: they say what the real ones say, as far as they are modelled, and refuse the rest in plain words.
//! Must not know that they run in a virtual machine.

mod apt;
mod nginx;
mod sudo;
mod systemctl;

use crate::world::process::{Invocation, ProgramTable};

/// Adds the programs to a world's table; they lie on guests' disks only.
pub fn register(table: &mut ProgramTable) {
    table.insert_for_images("ubuntu-sudo", |invocation: &Invocation| Box::new(sudo::Sudo::new(invocation)));
    table.insert_for_images("ubuntu-apt-get", |invocation: &Invocation| Box::new(apt::AptGet::new(invocation)));
    table.insert_for_images("ubuntu-systemctl", |invocation: &Invocation| {
        Box::new(systemctl::Systemctl::new(invocation))
    });
}
