//! Services: long-running programs such as web servers and databases, described by data.
//!
//! Promises: a service's behaviour is in `assets/programs/NAME.toml` and nowhere else; what is read is checked whole, and every mistake
//! has its place. Must not know containers or images. Start reading at `definition.rs`; `docs/services.md` describes the format.

mod connection;
pub mod definition;
pub(in crate::world) mod http;
mod nginx;
mod program;
mod read;
mod redis;
mod under_load;
mod worker;

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use rust_embed::Embed;

use self::definition::ServiceDefinition;
pub use self::program::{program_of, register};
use crate::diagnostic::Diagnostics;

/// The shipped services, inside the program.
#[derive(Embed)]
#[folder = "assets/programs"]
#[include = "*.toml"]
struct ShippedFiles;

/// The services that the model knows, by the name of their program.
#[derive(Debug)]
pub struct Services {
    definitions: BTreeMap<String, OnceLock<Result<Arc<ServiceDefinition>, Diagnostics>>>,
}

impl Services {
    /// The services that are part of Layerlab. None is read before it is asked for.
    pub fn shipped() -> Services {
        let names = ShippedFiles::iter().filter_map(|file| file.strip_suffix(".toml").map(str::to_owned));
        Services { definitions: names.map(|name| (name, OnceLock::new())).collect() }
    }

    /// The names of all services, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.definitions.keys().map(String::as_str)
    }

    /// The service of that name; none if there is no such service.
    ///
    /// # Errors
    /// All mistakes of its file; a test sees to it that the shipped ones have none.
    pub fn get(&self, name: &str) -> Option<Result<Arc<ServiceDefinition>, Diagnostics>> {
        let slot = self.definitions.get(name)?;
        let read = slot.get_or_init(|| {
            let file = format!("{name}.toml");
            let bytes = ShippedFiles::get(&file).map(|file| file.data).unwrap_or_default();
            read::read(name, &file, &bytes).map(Arc::new)
        });
        Some(read.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_service_reads() {
        let services = Services::shipped();
        for name in services.names() {
            if let Some(Err(found)) = services.get(name) {
                panic!("assets/programs:\n{}", found.render_short());
            }
        }
        for name in ["nginx", "redis-server", "postgres", "python3", "hello"] {
            assert!(services.get(name).is_some(), "{name} is shipped");
        }
        assert!(services.get("nosuch").is_none());
    }

    #[test]
    fn the_arguments_choose_the_mode() {
        let nginx = Services::shipped().get("nginx").expect("shipped").expect("right");
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        assert!(nginx.mode(&words("-v")).expect("a mode").exit.is_some());
        let service = nginx.mode(&words("-g daemon")).expect("a mode");
        assert_eq!(service.listen.as_ref().map(|listen| listen.port), Some(80));
        assert!(service.exit.is_none());
    }
}
