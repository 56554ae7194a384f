//! Images from an archive of the learner's own, in the engine of a world.
//!
//! Promises: what is said of them is what the archive says. Must not know: where the archive lies (`runtime` reads it), the screen.

use super::{EXAMPLES, Opened};
use crate::diagnostic::shown;
use crate::world::World;
use crate::world::daemon::api::ApiError;
use crate::world::registry::archive::read::Loaded;
use crate::world::units::human_size;

/// What `docker save` wrote, read.
#[derive(Debug, Clone)]
pub struct Archive {
    file: String,
    loaded: Vec<Loaded>,
}

impl Archive {
    /// The images that were found in `file`, in the order in which they stand there.
    pub fn new(file: &str, loaded: Vec<Loaded>) -> Self {
        Self { file: file.to_owned(), loaded }
    }

    /// Puts them into the engine of the first machine of a world, as `docker load` does.
    ///
    /// # Errors
    /// A name in the archive that cannot be one.
    pub fn load(&self, world: &mut World) -> Result<(), ApiError> {
        world.load_images(self.loaded.clone())
    }

    /// As [`Archive::load`]; says what is there.
    pub fn open(&self, world: &mut World) -> Opened {
        let failed = self.load(world).err();
        let images = match self.loaded.len() {
            1 => format!("One image of {} is", self.file),
            count => format!("{count} images of {} are", self.file),
        };
        let mut sentences = vec![format!(
            "{images} in the engine of the simulated host; the file is only read, and must stay as it is meanwhile."
        )];
        sentences.extend(self.loaded.iter().take(EXAMPLES).map(described));
        if self.loaded.len() > EXAMPLES {
            sentences.push("`docker images` lists them all.".to_owned());
        }
        sentences.push(
            "Every layer can be looked into. Programs run as far as Layerlab has them: BusyBox, shells, and the services it ships."
                .to_owned(),
        );
        sentences.extend(failed.map(|error| format!("They could not be loaded: {}.", shown(&error.to_string()))));
        let command = self.loaded.first().map_or_else(String::new, |first| format!("docker history {}", name(first)));
        Opened { command, sentences }
    }
}

/// How an image is called in commands: by its first name, or the beginning of its ID.
fn name(loaded: &Loaded) -> String {
    loaded.names.first().cloned().unwrap_or_else(|| loaded.image.id().short().to_owned())
}

fn described(loaded: &Loaded) -> String {
    let image = &loaded.image;
    let run = &image.config().config;
    let words = run.entrypoint.iter().chain(&run.cmd).flatten();
    let command = words.map(String::as_str).collect::<Vec<_>>().join(" ");
    let begins = if command.is_empty() { String::new() } else { format!("; it runs `{command}`") };
    let layers = match image.layers().len() {
        1 => "1 layer".to_owned(),
        count => format!("{count} layers"),
    };
    let text = format!("{}: {layers}, {}, {}{begins}.", name(loaded), human_size(image.size()), image.platform());
    shown(&text).to_string()
}
