//! `digests.lock.toml`: the digests of the layers, so that starting up needs no hashing of hundreds of megabytes.
//!
//! Promises: an entry counts only for exactly the files it was made from (its fingerprint says which), so that a lock that was not
//! renewed makes things slow, never wrong. That the digests are true is what `tests/catalogue.rs` checks.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::diagnostic::Diagnostics;
use crate::world::digest::Digest;
use crate::world::filesystem::layer::Blob;
use crate::world::table::{Placed, Reader, Table};

use super::LOCK_FILE;

/// How a lock file begins.
const HEADING: &str = "# The digests of the catalogue's layers. Made by a program, never by hand:\n\
                       # `LAYERLAB_RELOCK=1 cargo test --test catalogue` writes it, `cargo test --test catalogue` checks it.\n\
                       format = 1\n";

/// What the lock file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lock {
    images: BTreeMap<String, Locked>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Locked {
    fingerprint: Digest,
    /// The image's own layers, without its base's, lowest first.
    layers: Vec<(Digest, Blob)>,
}

impl Lock {
    /// Reads a lock file; an empty one locks nothing.
    ///
    /// # Errors
    /// All mistakes of the file.
    pub fn read(bytes: &[u8]) -> Result<Lock, Diagnostics> {
        if bytes.is_empty() {
            return Ok(Lock::default());
        }
        let mut reader = Reader::new(LOCK_FILE);
        let lock = reader.parse(bytes, |reader, table| {
            table.required_number("format", 1..=1, reader);
            let entries = table.entries("images", reader);
            let locked = entries.iter().filter_map(|entry| {
                let locked = entry.table("image", reader, read_image)??;
                Some((entry.key.value.clone(), locked))
            });
            Some(Lock { images: locked.collect() })
        });
        match lock {
            Some(lock) if !reader.found.has_errors() => Ok(lock),
            _ => Err(reader.found),
        }
    }

    /// The digests of an image's own layers, if they are locked for what it is made from now.
    pub fn digests(&self, image: &str, fingerprint: Digest) -> &[(Digest, Blob)] {
        match self.images.get(image) {
            Some(locked) if locked.fingerprint == fingerprint => &locked.layers,
            _ => &[],
        }
    }

    /// Locks an image's own layers.
    pub fn insert(&mut self, image: &str, fingerprint: Digest, layers: impl Iterator<Item = (Digest, Blob)>) {
        self.images.insert(image.to_owned(), Locked { fingerprint, layers: layers.collect() });
    }

    /// The file's text.
    pub fn to_toml(&self) -> String {
        let mut text = HEADING.to_owned();
        for (name, locked) in &self.images {
            // Writing to a string cannot fail.
            let _ = write!(text, "\n[images.\"{name}\"]\nmade_from = \"{}\"\nlayers = [\n", locked.fingerprint);
            for (diff_id, blob) in &locked.layers {
                let _ = writeln!(
                    text,
                    "  {{ diff_id = \"{diff_id}\", digest = \"{}\", size = {} }},",
                    blob.digest, blob.size
                );
            }
            text.push_str("]\n");
        }
        text
    }
}

fn read_image(reader: &mut Reader, table: &mut Table<'_, '_>) -> Option<Locked> {
    let fingerprint = table.required_text("made_from", reader).and_then(|text| digest(reader, &text));
    let layers = table.tables("layers", reader, |reader, table| {
        let diff_id = table.required_text("diff_id", reader).and_then(|text| digest(reader, &text));
        let blob = table.required_text("digest", reader).and_then(|text| digest(reader, &text));
        let size = table.required_number("size", 0..=i64::MAX, reader);
        Some((diff_id?, Blob { digest: blob?, size: u64::try_from(size?).ok()? }))
    });
    Some(Locked { fingerprint: fingerprint?, layers })
}

fn digest(reader: &mut Reader, text: &Placed<String>) -> Option<Digest> {
    match text.value.parse() {
        Ok(digest) => Some(digest),
        Err(error) => {
            let mistake = reader.error(text.span, format!("{error}"));
            reader.report(mistake.note("renew the file with `LAYERLAB_RELOCK=1 cargo test --test catalogue`"));
            None
        }
    }
}
