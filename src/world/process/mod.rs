//! Processes: programs that run until they must wait, and the kernel that runs them.
//!
//! Promises: a process is a value (it can be cloned in the middle of anything); everything it does goes through
//! [`System`], its system calls; nothing here sleeps, blocks or reads a real clock.
//! Must not know: Docker. The daemon uses the kernel, never the other way round, but for one opening:
//! [`System::engine`], the socket on which the daemon listens.
//!
//! Start reading at [`program::Program`], then [`system::System`], then [`kernel::Kernel`].

pub mod capabilities;
pub mod control_group;
mod credentials;
pub mod descriptor;
mod foreign;
pub mod kernel;
pub mod life;
pub mod limits;
pub mod mounts;
pub mod namespaces;
pub mod network;
pub mod packages;
pub mod procfs;
pub mod program;
pub mod python;
mod relayed;
pub mod schedule;
pub mod service;
pub mod shell;
pub mod signal;
pub mod socket;
pub mod sysctl;
pub mod sysfs;
pub mod system;
pub mod tools;
pub mod vfs;

pub use credentials::Credentials;
pub use kernel::{ExitStatus, Kernel, Pid, Process};
pub use namespaces::Namespaces;
pub use program::{Invocation, Program, ProgramTable, Progress, Wait};
pub use signal::Signal;
pub use system::System;
