//! What a table of contents says of a lesson: enough to list it, without reading its steps.
//!
//! Promises: the same as the lesson itself says, read in one pass. The build script includes this file, to list the shipped lessons
//! without reading them at every start; so it must not know any other module of this package.

use toml::de::{DeTable, DeValue};

/// A lesson in a table of contents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// The lesson's own id, as its file says.
    pub id: String,
    /// What it is called on the screen.
    pub title: String,
    /// How long it takes, in minutes.
    pub minutes: u32,
    /// How many steps it has.
    pub steps: usize,
    /// What the learner can do afterwards.
    pub objectives: Vec<String>,
}

impl Summary {
    /// Of the lesson in this text; none if it is not TOML, or lacks what is listed.
    pub fn of(text: &str) -> Option<Self> {
        let table = DeTable::parse(text).ok()?;
        let table = table.get_ref();
        let word = |value: &DeValue<'_>| value.as_str().map(str::to_owned);
        let words = |key: &str| word(table.get(key)?.get_ref());
        let items = |key: &str| table.get(key)?.get_ref().as_array().map(|array| array.iter());
        Some(Self {
            id: words("id")?,
            title: words("title")?,
            minutes: table.get("minutes")?.get_ref().as_integer()?.to_string().parse().ok()?,
            steps: items("steps")?.count(),
            objectives: items("objectives")?.map(|objective| word(objective.get_ref())).collect::<Option<_>>()?,
        })
    }
}
