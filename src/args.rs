//! Layerlab's own command line, as types.
//!
//! Promises: everything that can be said on the command line is here, with its words for `--help`. Must not know: what any of it does.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

/// What the program's exit codes mean; shown at the end of `--help`.
const EXIT_CODES: &str = "Exit codes:
  0  all went well
  1  the terminal or the system failed
  2  what was given is wrong: the arguments, a lesson that cannot be read or proven, a scenario or a catalogue";

/// See Docker happen: a whole Docker world in memory, step by step, forwards and backwards.
///
/// Without a command, the home screen opens. Nothing that you do in Layerlab touches your machine.
#[derive(Debug, Clone, Parser)]
#[command(name = "layerlab", version, after_help = EXIT_CODES)]
pub struct Args {
    #[command(subcommand)]
    pub command: Option<Command>,

    /// Colours; `auto` leaves text and background as your terminal has them.
    #[arg(long, value_enum, global = true, value_name = "THEME")]
    pub theme: Option<ThemeArg>,

    /// Draw with ASCII signs only.
    #[arg(long, global = true)]
    pub ascii: bool,

    /// How much moves.
    #[arg(long, value_enum, global = true, default_value = "full", value_name = "AMOUNT")]
    pub motion: MotionArg,

    /// The number that IDs, names and random orders are made from.
    #[arg(long, global = true, default_value_t = 1, value_name = "N")]
    pub seed: u64,

    /// Plain lines instead of a full screen: for screen readers, pipes and logs.
    #[arg(long, global = true)]
    pub plain: bool,

    /// Take images, registry and machines from this folder instead of the shipped ones.
    #[arg(long, global = true, value_name = "DIR")]
    pub catalogue: Option<PathBuf>,

    /// Keep your progress in this folder instead of your data directory.
    #[arg(long, global = true, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Open a lesson: by its id or number, or the next one.
    Learn {
        /// A lesson's id (copy-on-write) or number (2.3).
        lesson: Option<String>,
    },
    /// Open the playground: a Docker host of your own, or several machines.
    Play {
        /// A world of several machines: team (laptop, QA, production, cloud) or desktops (Linux, Windows, macOS).
        world: Option<String>,
    },
    /// Answer questions from the lessons.
    Quiz,
    /// Prove lessons: replay each in the model and say what is wrong, with file and line.
    Check {
        /// A lesson file or a folder of them; without it, the shipped lessons.
        path: Option<PathBuf>,
    },
    /// Play a file of shell lines in a fresh world, and print what a terminal would show.
    Run {
        /// The scenario file.
        file: PathBuf,
        /// Print one JSON object a line: cmd, exit, stdout, stderr.
        #[arg(long)]
        json: bool,
        /// Play it on the first machine of a world of several, as `play` opens.
        #[arg(long, value_name = "WORLD")]
        world: Option<String>,
    },
}

/// The themes, as they are called on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ThemeArg {
    Auto,
    Dark,
    Light,
    HighContrast,
    /// The terminal's own sixteen colours.
    #[value(name = "16")]
    Sixteen,
    /// No colour; bold, underline and reverse remain.
    None,
}

/// How much moves, as it is called on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum MotionArg {
    Full,
    Reduced,
    Off,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        Args::command().debug_assert();
    }

    #[test]
    fn options_can_stand_behind_the_command() {
        let args = Args::try_parse_from(["layerlab", "run", "a.scn", "--json", "--catalogue", "dir", "--theme", "16"])
            .unwrap();
        assert_eq!(args.command, Some(Command::Run { file: "a.scn".into(), json: true, world: None }));
        assert_eq!((args.theme, args.catalogue), (Some(ThemeArg::Sixteen), Some("dir".into())));
    }

    #[test]
    fn a_mistake_is_answered_with_exit_code_2() {
        let error = Args::try_parse_from(["layerlab", "lern"]).unwrap_err();
        assert_eq!(error.exit_code(), 2);
    }
}
