//! Keeps the learner's progress in a file.
//!
//! Promises: the file is always whole, the old or the new one, also after a power cut; a file that cannot be read as progress is set
//! aside under a new name and never overwritten; one of a later version, or one that may not be read, is left alone and nothing is
//! written. Must not know: what the progress says.

use std::fs;
use std::io;
use std::path::PathBuf;

use etcetera::{BaseStrategy, choose_base_strategy};

use super::whole_file;
use crate::learner::progress::{MAXIMUM_BYTES, Progress, ProgressError, parse, print};

const FILE: &str = "progress.json";
/// How many damaged files can lie beside each other.
const MOST_SET_ASIDE: usize = 999;

/// Where the progress is kept, or that it is not.
#[derive(Debug)]
pub struct ProgressStore {
    /// Nothing is written if there is none.
    folder: Option<PathBuf>,
    /// A failure was told; it is not told again.
    told: bool,
}

/// A store with what it held, and what to tell the learner.
#[derive(Debug)]
pub struct Opened {
    pub store: ProgressStore,
    pub progress: Progress,
    pub notice: Option<String>,
}

/// The user's data directory for Layerlab, as the XDG base directory specification (or the system's own custom) has it.
pub fn default_folder() -> Option<PathBuf> {
    choose_base_strategy().ok().map(|strategy| strategy.data_dir().join("layerlab"))
}

impl ProgressStore {
    /// Reads what is kept in `folder`; without one, nothing is kept.
    pub fn open(folder: Option<PathBuf>) -> Opened {
        let Some(folder) = folder else {
            return opened(
                None,
                Progress::default(),
                Some("There is no home directory: progress is not kept.".to_owned()),
            );
        };
        let file = folder.join(FILE);
        match whole_file::read(&file, MAXIMUM_BYTES) {
            Ok(None) => opened(Some(folder), Progress::default(), None),
            Ok(Some(text)) => match parse(&text) {
                Ok(progress) => opened(Some(folder), progress, None),
                Err(error @ ProgressError::OtherFormat(_)) => {
                    let notice = format!("{}: {error}. It is left as it is, and nothing is kept.", file.display());
                    opened(None, Progress::default(), Some(notice))
                }
                Err(_) => set_aside(folder),
            },
            Err(error) if matches!(error.kind(), io::ErrorKind::InvalidData) => set_aside(folder),
            Err(error) => {
                let notice = format!("{} cannot be read ({error}): progress is not kept.", file.display());
                opened(None, Progress::default(), Some(notice))
            }
        }
    }

    /// Keeps the progress. Gives a sentence for the learner if that fails, the first time.
    pub fn save(&mut self, progress: &Progress) -> Option<String> {
        let folder = self.folder.as_ref()?;
        let result = print(progress).map_err(io::Error::other).and_then(|text| whole_file::write(folder, FILE, &text));
        match result {
            Ok(()) => {
                self.told = false;
                None
            }
            Err(error) if !std::mem::replace(&mut self.told, true) => {
                Some(format!("Progress cannot be kept in {}: {error}.", folder.display()))
            }
            Err(_) => None,
        }
    }
}

fn opened(folder: Option<PathBuf>, progress: Progress, notice: Option<String>) -> Opened {
    Opened { store: ProgressStore { folder, told: false }, progress, notice }
}

/// Renames the damaged file to a free name.
fn set_aside(folder: PathBuf) -> Opened {
    let file = folder.join(FILE);
    let names = (1..=MOST_SET_ASIDE).map(|number| folder.join(format!("progress.damaged-{number}.json")));
    let renamed = match names.into_iter().find(|name| fs::symlink_metadata(name).is_err()) {
        Some(name) => fs::rename(&file, &name).map(|()| name),
        None => Err(io::Error::other("too many damaged files lie there already")),
    };
    match renamed {
        Ok(name) => {
            let notice = format!("Your progress file was damaged. It is kept as {}; you begin anew.", name.display());
            opened(Some(folder), Progress::default(), Some(notice))
        }
        Err(error) => {
            let notice =
                format!("{} is damaged and cannot be set aside ({error}): progress is not kept.", file.display());
            opened(None, Progress::default(), Some(notice))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn open(folder: &Path) -> Opened {
        ProgressStore::open(Some(folder.to_owned()))
    }

    #[test]
    fn what_is_kept_is_there_again() {
        let folder = tempfile::tempdir().unwrap();
        let below = folder.path().join("new").join("layerlab");
        let mut progress = Progress::default();
        progress.reach("copy-on-write", 2);
        assert_eq!(open(&below).store.save(&progress), None);
        let again = open(&below);
        assert_eq!((again.progress, again.notice), (progress, None));
        assert_eq!(fs::read_dir(&below).unwrap().count(), 1, "no temporary file is left");
    }

    #[test]
    fn a_damaged_file_is_set_aside_and_told() {
        let folder = tempfile::tempdir().unwrap();
        for (number, damaged) in
            [b"{ not json".as_slice(), b"\xff\xfe", &[b' '; MAXIMUM_BYTES + 2]].into_iter().enumerate()
        {
            fs::write(folder.path().join(FILE), damaged).unwrap();
            let mut opened = open(folder.path());
            let name = folder.path().join(format!("progress.damaged-{}.json", number + 1));
            assert!(opened.notice.unwrap().contains(&*name.to_string_lossy()));
            opened.store.save(&Progress::default());
            assert_eq!(fs::read(name).unwrap(), damaged);
        }
    }

    #[test]
    fn the_file_of_a_later_version_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let later = r#"{"format": 7}"#;
        fs::write(folder.path().join(FILE), later).unwrap();
        let mut opened = open(folder.path());
        assert!(opened.notice.unwrap().contains("format 7"));
        opened.store.save(&Progress::default());
        assert_eq!(fs::read_to_string(folder.path().join(FILE)).unwrap(), later);
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_told_once() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a file");
        fs::write(&file, "").unwrap();
        let mut store = ProgressStore { folder: Some(file.join("below")), told: false };
        assert!(store.save(&Progress::default()).is_some());
        assert!(store.save(&Progress::default()).is_none());
    }
}
