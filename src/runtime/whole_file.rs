//! Writes small files of our own so that they are always whole.
//!
//! Promises: there is the old file or the new one at every moment, also after a power cut; no temporary file is left. Must not know:
//! what the files hold.

use std::fs;
use std::io::{self, Read, Write};
use std::path::Path;

/// The text of a file, if there is one; at most `limit` bytes and one more of it are read. `InvalidData` means that it is no text.
pub fn read(file: &Path, limit: usize) -> io::Result<Option<String>> {
    let opened = match fs::File::open(file) {
        Ok(opened) => opened,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let limit = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    let mut text = String::new();
    opened.take(limit).read_to_string(&mut text)?;
    Ok(Some(text))
}

/// A new file beside the old one, brought to the disk, then put in its place. The folder is made if there is none.
pub fn write(folder: &Path, name: &str, text: &str) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(folder.join(name)).map_err(|error| error.error)?;
    // The new name is itself an entry of the folder, which must reach the disk too.
    fs::File::open(folder)?.sync_all()
}
