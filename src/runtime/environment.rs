//! What the environment says about the terminal and the learner's wishes.
//!
//! Promises: reads variables and nothing else; what was asked for on the command line wins. Must not know: the terminal itself.
//!
//! Sources: no-color.org; the COLORTERM and COLORFGBG customs; POSIX 8.2 for the order of LC_ALL, LC_CTYPE, LANG.

use std::env;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::app::message::Background;
use crate::app::preferences::Preferences;
use crate::app::settings::{ColourDepth, Motion, Settings, Surroundings, ThemeChoice};
use crate::args::{Args, MotionArg, ThemeArg};

const SECONDS_OF_A_DAY: u64 = 24 * 60 * 60;

/// The settings that follow from arguments, preferences and environment; an argument goes before a preference.
pub fn settings(args: &Args, preferences: &Preferences) -> Settings {
    let today = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() / SECONDS_OF_A_DAY);
    settings_from(args, preferences, u32::try_from(today).unwrap_or(0), |name| env::var(name).ok())
}

/// Whether the terminal can show a full screen at all.
pub fn terminal_is_capable() -> bool {
    env::var("TERM").is_ok_and(|term| !term.is_empty() && term != "dumb")
}

/// Whether the terminal can be asked for its background: the Linux console would print a part of the question.
pub fn may_ask_background(settings: &Settings) -> bool {
    settings.theme == ThemeChoice::Auto && env::var("TERM").is_ok_and(|term| term != "linux")
}

fn settings_from(
    args: &Args,
    preferences: &Preferences,
    today: u32,
    variable: impl Fn(&str) -> Option<String>,
) -> Settings {
    let set = |name: &str| variable(name).is_some_and(|value| !value.is_empty());
    let term = variable("TERM").unwrap_or_default();
    let depth = match variable("COLORTERM").as_deref() {
        Some("truecolor" | "24bit") => ColourDepth::TrueColour,
        _ if term.contains("256color") || term.contains("direct") => ColourDepth::Palette256,
        _ => ColourDepth::Sixteen,
    };
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().filter_map(&variable).find(|value| !value.is_empty());
    let utf8 = locale.is_some_and(|locale| {
        let locale = locale.to_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    });
    let mut settings = Settings {
        depth,
        background: variable("COLORFGBG").as_deref().and_then(background).unwrap_or(Background::Dark),
        seed: args.seed,
        surroundings: Surroundings { no_colour: set("NO_COLOR"), utf8, today },
        ..Settings::default()
    };
    settings.prefer(preferences);
    if let Some(theme) = args.theme {
        settings.theme = match theme {
            ThemeArg::Auto => ThemeChoice::Auto,
            ThemeArg::Dark => ThemeChoice::Dark,
            ThemeArg::Light => ThemeChoice::Light,
            ThemeArg::HighContrast => ThemeChoice::HighContrast,
            ThemeArg::Sixteen => ThemeChoice::Sixteen,
            ThemeArg::None => ThemeChoice::NoColour,
        };
    }
    if let Some(motion) = args.motion {
        settings.motion = match motion {
            MotionArg::Full => Motion::Full,
            MotionArg::Reduced => Motion::Reduced,
            MotionArg::Off => Motion::Off,
        };
    }
    settings.ascii |= args.ascii;
    settings
}

/// `COLORFGBG` is `fore;back`, or `fore;something;back`, with the numbers of the sixteen colours: 7 and 15 are white, 0 to 6 and 8 dark.
fn background(value: &str) -> Option<Background> {
    match value.rsplit(';').next()?.parse::<u8>().ok()? {
        0..=6 | 8 => Some(Background::Dark),
        7 | 9..=15 => Some(Background::Light),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    fn settings_with(arguments: &[&str], variables: &[(&str, &str)]) -> Settings {
        let args = Args::try_parse_from(std::iter::once("layerlab").chain(arguments.iter().copied())).unwrap();
        settings_from(&args, &Preferences::default(), 0, |name| {
            variables.iter().find(|(variable, _)| *variable == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn no_color_takes_colour_away_unless_a_theme_is_asked_for() {
        assert_eq!(settings_with(&[], &[("NO_COLOR", "1")]).theme, ThemeChoice::NoColour);
        assert_eq!(settings_with(&[], &[("NO_COLOR", "")]).theme, ThemeChoice::Auto);
        assert_eq!(settings_with(&["--theme", "light"], &[("NO_COLOR", "1")]).theme, ThemeChoice::Light);
    }

    #[test]
    fn the_number_of_colours_is_not_guessed_too_high() {
        assert_eq!(settings_with(&[], &[("TERM", "xterm-256color")]).depth, ColourDepth::Palette256);
        assert_eq!(settings_with(&[], &[("TERM", "xterm")]).depth, ColourDepth::Sixteen);
        let both = [("TERM", "xterm-256color"), ("COLORTERM", "truecolor")];
        assert_eq!(settings_with(&[], &both).depth, ColourDepth::TrueColour);
    }

    #[test]
    fn without_utf_8_the_signs_are_ascii() {
        assert!(!settings_with(&[], &[("LANG", "de_DE.UTF-8")]).ascii);
        assert!(settings_with(&[], &[("LANG", "de_DE.UTF-8"), ("LC_ALL", "C")]).ascii);
        assert!(settings_with(&[], &[]).ascii);
        assert!(settings_with(&["--ascii"], &[("LANG", "C.UTF-8")]).ascii);
    }

    #[test]
    fn an_argument_goes_before_a_preference_and_a_preference_before_no_color() {
        let preferences =
            Preferences { theme: ThemeChoice::Light, motion: Motion::Off, mouse: true, ..Preferences::default() };
        let with = |arguments: &[&str]| {
            let args = Args::try_parse_from(std::iter::once("layerlab").chain(arguments.iter().copied())).unwrap();
            settings_from(&args, &preferences, 0, |name| (name == "NO_COLOR").then(|| "1".to_owned()))
        };
        assert_eq!((with(&[]).theme, with(&[]).motion, with(&[]).mouse), (ThemeChoice::Light, Motion::Off, true));
        let asked = with(&["--theme", "dark", "--motion", "full"]);
        assert_eq!((asked.theme, asked.motion), (ThemeChoice::Dark, Motion::Full));
    }

    #[test]
    fn colorfgbg_tells_the_background() {
        assert_eq!(settings_with(&[], &[("COLORFGBG", "0;15")]).background, Background::Light);
        assert_eq!(settings_with(&[], &[("COLORFGBG", "15;default;0")]).background, Background::Dark);
        assert_eq!(settings_with(&[], &[("COLORFGBG", "nonsense")]).background, Background::Dark);
    }
}
