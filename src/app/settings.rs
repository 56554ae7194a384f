//! What the learner chose for the look and the motion.
//!
//! Promises: plain choices. Must not know: colours and signs (`view::theme`, `view::symbols`), or where a choice came from.

use super::message::Background;

/// Which theme to draw with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ThemeChoice {
    /// The terminal's own text and background; accents for a dark or light background, whichever it is.
    #[default]
    Auto,
    Dark,
    Light,
    HighContrast,
    /// The terminal's own sixteen colours.
    Sixteen,
    /// No colour at all: bold, underline and reverse remain.
    NoColour,
}

/// How many colours the terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ColourDepth {
    Sixteen,
    Palette256,
    TrueColour,
}

/// How much moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Motion {
    #[default]
    Full,
    /// Things jump to where they go; only what tells something new is shown between.
    Reduced,
    /// Nothing moves.
    Off,
}

/// All the choices together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    pub theme: ThemeChoice,
    pub depth: ColourDepth,
    /// What the terminal said of its background; dark until it says otherwise.
    pub background: Background,
    /// Draw with ASCII signs only.
    pub ascii: bool,
    pub motion: Motion,
    /// The seed of every world and every random order.
    pub seed: u64,
    /// Whether the mouse is captured.
    pub mouse: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: ThemeChoice::Auto,
            depth: ColourDepth::TrueColour,
            background: Background::Dark,
            ascii: false,
            motion: Motion::Full,
            seed: 1,
            mouse: false,
        }
    }
}
