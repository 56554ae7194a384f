//! Keeps the learner's settings in a file.
//!
//! Promises: the file is always whole; one that cannot be understood is told with the line at fault, left as it is, and never written
//! over. Must not know: what the settings mean.

use std::io;
use std::path::{Path, PathBuf};

use etcetera::{BaseStrategy, choose_base_strategy};

use super::whole_file;
use crate::app::preferences::{MAXIMUM_BYTES, Preferences, parse, print};

/// The file's name.
pub const FILE: &str = "settings.toml";

/// Where settings are kept, or why they are not.
#[derive(Debug)]
pub enum SettingsFile {
    In(PathBuf),
    /// The sentence that is told when a setting is changed.
    NotKept(String),
}

/// What was read.
#[derive(Debug)]
pub struct Opened {
    pub file: SettingsFile,
    pub preferences: Preferences,
    /// What to tell the learner.
    pub notice: Option<String>,
}

/// The user's configuration directory for Layerlab, as the XDG base directory specification (or the system's own custom) has it.
pub fn default_folder() -> Option<PathBuf> {
    choose_base_strategy().ok().map(|strategy| strategy.config_dir().join("layerlab"))
}

impl SettingsFile {
    /// Reads the settings in `folder`; without one, nothing is kept.
    pub fn open(folder: Option<PathBuf>) -> Opened {
        let Some(folder) = folder else {
            let sentence = "There is no home directory: settings are not kept.".to_owned();
            return Opened { file: Self::NotKept(sentence), preferences: Preferences::default(), notice: None };
        };
        let path = folder.join(FILE);
        let understood = match whole_file::read(&path, MAXIMUM_BYTES) {
            Ok(None) => Ok(Preferences::default()),
            Ok(Some(text)) => parse(&text).map_err(|error| error.to_string()),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => Err("it is not UTF-8 text".to_owned()),
            Err(error) => Err(error.to_string()),
        };
        match understood {
            Ok(preferences) => Opened { file: Self::In(folder), preferences, notice: None },
            Err(problem) => {
                let told = format!("{}: {problem}. Layerlab uses its own settings.", path.display());
                let kept = format!("Not kept: {} has a mistake and is left as it is: {problem}.", path.display());
                Opened { file: Self::NotKept(kept), preferences: Preferences::default(), notice: Some(told) }
            }
        }
    }

    /// Keeps the settings. Gives a sentence for the learner if they are not kept.
    pub fn save(&self, preferences: &Preferences) -> Option<String> {
        match self {
            Self::NotKept(sentence) => Some(sentence.clone()),
            Self::In(folder) => save_in(folder, preferences)
                .err()
                .map(|error| format!("Settings cannot be kept in {}: {error}.", folder.join(FILE).display())),
        }
    }
}

fn save_in(folder: &Path, preferences: &Preferences) -> io::Result<()> {
    whole_file::write(folder, FILE, &print(preferences))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::app::settings::ThemeChoice;

    #[test]
    fn what_is_kept_is_there_again_and_nothing_else_is() {
        let folder = tempfile::tempdir().unwrap();
        let below = folder.path().join("new");
        let opened = SettingsFile::open(Some(below.clone()));
        assert_eq!((&opened.preferences, &opened.notice), (&Preferences::default(), &None));
        let preferences = Preferences { theme: ThemeChoice::Light, ..Preferences::default() };
        assert_eq!(opened.file.save(&preferences), None);
        assert_eq!(SettingsFile::open(Some(below.clone())).preferences, preferences);
        assert_eq!(fs::read_dir(&below).unwrap().count(), 1);
    }

    #[test]
    fn a_file_with_a_mistake_is_told_and_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        for wrong in [b"mouse = true\ntheme = \"blue\"\n".as_slice(), b"\xff", &[b'#'; MAXIMUM_BYTES + 2]] {
            fs::write(folder.path().join(FILE), wrong).unwrap();
            let opened = SettingsFile::open(Some(folder.path().to_owned()));
            assert!(opened.notice.is_some_and(|notice| notice.contains("settings.toml")));
            assert!(opened.file.save(&Preferences::default()).is_some_and(|sentence| sentence.contains("Not kept")));
            assert_eq!(fs::read(folder.path().join(FILE)).unwrap(), wrong);
        }
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let kept = SettingsFile::In(file).save(&Preferences::default());
        assert!(kept.is_some_and(|sentence| sentence.contains("cannot be kept")));
    }
}
