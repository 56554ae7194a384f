//! What the learner chose for the look and the motion.
//!
//! Promises: plain choices; what the learner prefers, as far as the terminal and the command line leave it open. Must not know: colours and
//! signs (`view::theme`, `view::symbols`), or where a choice came from.

use super::keymap::KeyMap;
use super::message::Background;
use super::preferences::{Preferences, Signs};

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

/// How fast things move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Speed {
    Quarter,
    Half,
    #[default]
    Normal,
    Double,
    Fourfold,
}

impl Speed {
    const ALL: [Speed; 5] = [Speed::Quarter, Speed::Half, Speed::Normal, Speed::Double, Speed::Fourfold];

    /// As it is written on the screen.
    pub const fn written(self) -> &'static str {
        match self {
            Speed::Quarter => "¼×",
            Speed::Half => "½×",
            Speed::Normal => "1×",
            Speed::Double => "2×",
            Speed::Fourfold => "4×",
        }
    }

    pub const fn factor(self) -> f32 {
        match self {
            Speed::Quarter => 0.25,
            Speed::Half => 0.5,
            Speed::Normal => 1.0,
            Speed::Double => 2.0,
            Speed::Fourfold => 4.0,
        }
    }

    /// The next faster or slower one; at the ends, the same.
    pub fn changed(self, faster: bool) -> Speed {
        let at = self as usize;
        let to = if faster { at + 1 } else { at.saturating_sub(1) };
        Self::ALL.get(to).copied().unwrap_or(self)
    }
}

/// What is around the program and not the learner's choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Surroundings {
    /// `NO_COLOR` is set.
    pub no_colour: bool,
    /// The locale's encoding is UTF-8.
    pub utf8: bool,
    /// The day, in days since 1970-01-01: what is due for review follows from it.
    pub today: u32,
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
    /// The speed with which a screen opens.
    pub speed: Speed,
    /// The learner's own keys.
    pub keys: KeyMap,
    pub surroundings: Surroundings,
}

impl Settings {
    /// What follows from preferences in these surroundings.
    pub fn prefer(&mut self, preferences: &Preferences) {
        self.change(None, preferences);
    }

    /// The same, but only for what differs from the preferences before: the rest may have been asked for on the command line.
    pub fn change(&mut self, before: Option<&Preferences>, after: &Preferences) {
        if before.is_none_or(|before| before.theme != after.theme) {
            self.theme = match after.theme {
                ThemeChoice::Auto if self.surroundings.no_colour => ThemeChoice::NoColour,
                chosen => chosen,
            };
        }
        if before.is_none_or(|before| before.signs != after.signs) {
            self.ascii = match after.signs {
                Signs::Auto => !self.surroundings.utf8,
                Signs::Ascii => true,
                Signs::Unicode => false,
            };
        }
        if before.is_none_or(|before| before.motion != after.motion) {
            self.motion = after.motion;
        }
        self.mouse = after.mouse;
        self.speed = after.speed;
        self.keys = after.keys.clone();
    }
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
            speed: Speed::Normal,
            keys: KeyMap::default(),
            surroundings: Surroundings { no_colour: false, utf8: true, today: 0 },
        }
    }
}
