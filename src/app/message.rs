//! What comes into the app, and what it wants done outside.
//!
//! Promises: plain data both ways. Must not know: how a message arose (a key, a test, a follower in a classroom) or how an effect is
//! carried out (`runtime` does that).

use std::time::Duration;

use super::command::Action;
use super::key::Key;
use super::preferences::Preferences;
use crate::learner::progress::Progress;
use crate::stage::scene::Subject;

/// The size of the screen, in cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Size {
    pub columns: u16,
    pub rows: u16,
}

impl Size {
    pub const fn new(columns: u16, rows: u16) -> Self {
        Self { columns, rows }
    }
}

/// Whether the terminal's background is dark or light.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Background {
    Dark,
    Light,
}

/// Something on the screen that the mouse can point at. Drawing says which cells are which target, so that the app knows no geometry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// An entry of the key bar, or a button.
    Action(Action),
    /// Row number N of the screen's list, counted from 0.
    Item(usize),
    /// Pane number N of the screen, counted from 0.
    Pane(usize),
    /// Word number N of the completion menu, counted from 0.
    Candidate(usize),
    /// Row number N of what lies over the screen, counted from 0.
    OverlayItem(usize),
    /// Thing number N, or page number N, of the inspector, counted from 0.
    InspectorThing(usize),
    InspectorPage(usize),
    /// A place of the timeline: after so many steps.
    Moment(usize),
    /// A thing on the stage.
    Thing(Subject),
}

/// Everything that can happen to the app.
#[derive(Debug, Clone, PartialEq)]
pub enum Message {
    Key(Key),
    /// Text pasted into the terminal, already cleaned of control characters other than line ends.
    Paste(String),
    /// A click.
    Click(Target),
    /// The wheel: lines down (or, below zero, up) over a target, if over one.
    Scroll(Option<Target>, i16),
    Resize(Size),
    /// Time passed; sent only while something moves.
    Tick(Duration),
    /// The terminal told its background.
    Background(Background),
    /// The outside has something to say to the learner, in one sentence.
    Tell(String),
}

/// What the app wants done outside. `runtime` does it, in order.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// End the program.
    Quit,
    /// Keep the progress.
    Save(Box<Progress>),
    /// Keep the settings.
    SaveSettings(Box<Preferences>),
    /// Give the terminal back to the shell until it continues us.
    Suspend,
    /// Clear the terminal and draw all of it again.
    Redraw,
    /// Put a text on the terminal's clipboard (OSC 52).
    Copy(String),
    /// Turn mouse capture on or off.
    Mouse(bool),
}
