//! The image catalogue: the images that the simulated registries offer, written as a folder of TOML files.
//!
//! ```text
//! catalogue.toml          which repositories and tags there are, and which image each names
//! images/NAME.toml        one image: its configuration, and its steps with the files of each layer
//! digests.lock.toml       digests of the layers, made by a program; without it they are computed when they are needed
//! anything/else           files that images take in with `from`
//! ```
//!
//! `docs/catalogue.md` describes every key. Promises: pure (it is given the folder's files as bytes); only `catalogue.toml` is read
//! at once, an image when it is asked for, and both only once; all mistakes of a file are found at once; the same folder gives the
//! same images. Must not know registries, the daemon or programs.

mod files;
mod image_file;
mod index;
pub mod lock;
mod recipe;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use rust_embed::Embed;

use self::index::Index;
use self::lock::Lock;
use super::image::Image;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::world::digest::Digest;

pub use self::index::{Host, HostSettings, ImageNames, Repository};

/// The name of the file that lists repositories and tags.
pub const INDEX_FILE: &str = "catalogue.toml";
/// The name of the file with the layers' digests.
pub const LOCK_FILE: &str = "digests.lock.toml";
/// Images on one another, the lowest FROM nothing.
const BASE_DEPTH: usize = 16;

/// The files of a catalogue's folder: paths relative to it, with `/`, and their bytes.
pub type Files = BTreeMap<Cow<'static, str>, Cow<'static, [u8]>>;

/// The shipped catalogue's folder, inside the program.
#[derive(Embed)]
#[folder = "assets/catalogue"]
#[exclude = "*.md"]
struct ShippedFiles;

/// A folder of images. Share it as `Arc<Catalogue>`.
#[derive(Debug)]
pub struct Catalogue {
    files: Files,
    index: Index,
    lock: OnceLock<Lock>,
    images: BTreeMap<Arc<str>, Slot>,
}

/// What became of one image file.
type Slot = OnceLock<Result<Loaded, Diagnostics>>;

/// An image that was read.
#[derive(Clone, Debug)]
struct Loaded {
    image: Arc<Image>,
    /// SHA-256 of all that the image is made from: a lock entry holds for exactly this.
    fingerprint: Digest,
    /// How many of its layers are its base's.
    inherited_layers: usize,
}

impl Catalogue {
    /// The catalogue that is part of Layerlab.
    ///
    /// # Errors
    /// The shipped files are wrong; a test sees to it that they are not.
    pub fn shipped() -> Result<Catalogue, Diagnostics> {
        let file = |name: Cow<'static, str>| ShippedFiles::get(&name).map(|file| (name, file.data));
        Catalogue::open(ShippedFiles::iter().filter_map(file).collect())
    }

    /// The catalogue in these files. Only the index is read: [`Catalogue::check`] reads everything.
    ///
    /// # Errors
    /// All mistakes of `catalogue.toml`.
    pub fn open(files: Files) -> Result<Catalogue, Diagnostics> {
        let Some(bytes) = files.get(INDEX_FILE) else {
            let mut found = Diagnostics::new();
            let mistake = Diagnostic::error(INDEX_FILE, "the catalogue's folder has no catalogue.toml");
            found.push(mistake.note("it lists the repositories and their tags; see docs/catalogue.md"));
            return Err(found);
        };
        let image_names: Vec<&str> = files.keys().filter_map(|path| image_name(path)).collect();
        let index = Index::read(bytes, &image_names)?;
        let images = image_names.iter().map(|name| (Arc::from(*name), OnceLock::new())).collect();
        Ok(Catalogue { files, index, lock: OnceLock::new(), images })
    }

    /// Reads every image.
    ///
    /// # Errors
    /// All mistakes of all files.
    pub fn check(&self) -> Result<(), Diagnostics> {
        let mut found = Diagnostics::new();
        if let Err(mistakes) = Lock::read(self.files.get(LOCK_FILE).map_or(b"".as_slice(), |bytes| bytes)) {
            found.append(mistakes);
        }
        for name in self.images.keys() {
            if let Err(mistakes) = self.image(name) {
                found.append(mistakes);
            }
        }
        if found.has_errors() { Err(found) } else { Ok(()) }
    }

    /// The image of that name (`images/NAME.toml`).
    ///
    /// # Errors
    /// All mistakes of its file and of its bases' files.
    pub fn image(&self, name: &str) -> Result<Arc<Image>, Diagnostics> {
        self.load(name, BASE_DEPTH).map(|loaded| Arc::clone(&loaded.image)).map_err(Clone::clone)
    }

    /// The names of all images, sorted.
    pub fn image_names(&self) -> impl Iterator<Item = &str> {
        self.images.keys().map(|name| &**name)
    }

    /// The repositories, sorted by host and name.
    pub fn repositories(&self) -> &[Repository] {
        &self.index.repositories
    }

    /// The registries' hosts.
    pub fn hosts(&self) -> &BTreeMap<Arc<str>, HostSettings> {
        &self.index.hosts
    }

    /// The machine that the images are to be tried on.
    pub fn host(&self) -> &Host {
        &self.index.host
    }

    /// Bytes a second from a registry.
    pub fn bandwidth(&self) -> u64 {
        self.index.bandwidth
    }

    /// The text of a true lock file: every layer is hashed and compressed for it, which takes seconds.
    ///
    /// # Errors
    /// All mistakes of the images.
    pub fn relock(&self) -> Result<String, Diagnostics> {
        self.check()?;
        let mut lock = Lock::default();
        for name in self.images.keys() {
            if let Ok(loaded) = self.load(name, BASE_DEPTH) {
                let own = &loaded.image.layers()[loaded.inherited_layers..];
                lock.insert(name, loaded.fingerprint, own.iter().map(|layer| layer.computed_digests()));
            }
        }
        Ok(lock.to_toml())
    }

    fn load(&self, name: &str, depth: usize) -> Result<&Loaded, &Diagnostics> {
        static NO_IMAGE: OnceLock<Diagnostics> = OnceLock::new();
        let Some(slot) = self.images.get(name) else {
            return Err(NO_IMAGE.get_or_init(|| {
                let mut found = Diagnostics::new();
                found.push(Diagnostic::error(INDEX_FILE, "an image was asked for that the catalogue does not have"));
                found
            }));
        };
        slot.get_or_init(|| self.read(name, depth)).as_ref()
    }

    fn read(&self, name: &str, depth: usize) -> Result<Loaded, Diagnostics> {
        let file = image_path(name);
        let bytes: &[u8] = self.files.get(file.as_str()).map_or(b"", |bytes| bytes);
        let known: Vec<&str> = self.image_names().collect();
        let recipe = image_file::read(&file, bytes, &self.files, &known)?;
        let base = match &recipe.base {
            None => None,
            Some(base) if depth == 0 || self.is_below(&base.value, name) => {
                let mut found = Diagnostics::new();
                let title = format!("`{}` is built on itself, or on more than {BASE_DEPTH} images", base.value);
                found.add_source(file.clone(), String::from_utf8_lossy(bytes));
                found.push(Diagnostic::error(&file, title).at(base.span).label("this base leads back here"));
                return Err(found);
            }
            Some(base) => Some(self.load(&base.value, depth - 1).map_err(Clone::clone)?),
        };
        let fingerprint = recipe.fingerprint(bytes, &self.files, base.map(|base| base.fingerprint));
        let locked = self.lock().digests(name, fingerprint);
        let inherited_layers = base.map_or(0, |base| base.image.layers().len());
        let image = recipe.build(&file, bytes, &self.files, base.map(|base| &*base.image), locked)?;
        Ok(Loaded { image: Arc::new(image), fingerprint, inherited_layers })
    }

    /// Whether the bases of `name` lead to `wanted`. Only the bases are read, so that a circle does no harm.
    fn is_below(&self, name: &str, wanted: &str) -> bool {
        let mut current = name.to_owned();
        for _ in 0..BASE_DEPTH {
            if current == wanted {
                return true;
            }
            let bytes: &[u8] = self.files.get(image_path(&current).as_str()).map_or(b"", |bytes| bytes);
            match image_file::base_of(bytes) {
                Some(base) => current = base,
                None => return false,
            }
        }
        true
    }

    fn lock(&self) -> &Lock {
        // A lock that cannot be read is no lock: `check` reports it.
        self.lock.get_or_init(|| self.files.get(LOCK_FILE).and_then(|bytes| Lock::read(bytes).ok()).unwrap_or_default())
    }
}

fn image_name(path: &str) -> Option<&str> {
    path.strip_prefix("images/")?.strip_suffix(".toml").filter(|name| !name.contains('/'))
}

fn image_path(name: &str) -> String {
    format!("images/{name}.toml")
}

#[cfg(test)]
mod tests;
