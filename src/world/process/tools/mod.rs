//! The small tools that containers and the host have. Promises each as BusyBox has it; what two callers need (the tool and the shell's
//! built-in of the same name) is a pure function here. Must not know Docker.

pub mod echo;
pub mod printf;
pub mod test;
