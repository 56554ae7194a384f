//! Reading Compose files: from text to a tree in canonical form.
//!
//! Promises: what compose-go 2.9 reads, with its errors; bounded time and memory for any files. Must not know the engine, nor touch
//! the machine but through [`Files`].
//! Start reading at `load`.

mod canonical;
mod dotenv;
mod environment;
mod extends;
mod include;
mod interpolate;
mod load;
mod merge;
mod normalize;
mod path;
mod template;
mod unique;
mod volume;

pub use canonical::short_port;
pub use interpolate::{boolean, whole};
pub use load::{ConfigFile, Environment, FileKind, Files, Loader, Settings, absolute, parent};
pub use merge::shown;
pub use template::{Used, used};
pub use volume::parse as short_volume;
