//! Layerlab's own command line, as types.
//!
//! Promises: everything that can be said on the command line is here, with its words for `--help`. Must not know: what any of it does.

use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::app::prepared::PREPARED;

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

    /// How much moves; without it, as your settings say.
    #[arg(long, value_enum, global = true, value_name = "AMOUNT")]
    pub motion: Option<MotionArg>,

    /// The number that IDs, names and random orders are made from.
    #[arg(long, global = true, default_value_t = 1, value_name = "N")]
    pub seed: u64,

    /// Plain lines instead of a full screen: for screen readers, pipes and logs.
    #[arg(long, global = true)]
    pub plain: bool,

    /// Take images, registry and machines from this folder instead of the shipped ones.
    #[arg(long, global = true, value_name = "DIR")]
    pub catalogue: Option<PathBuf>,

    /// Keep your progress and your settings in this folder instead of your own directories.
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
        /// A prepared playground; several machines: team (laptop, QA, production, cloud), desktops (Linux, Windows, macOS).
        #[arg(value_parser = prepared_names())]
        name: Option<String>,
        /// Put this Dockerfile on the host, with the folder around it, to step through its build.
        #[arg(long, value_name = "FILE", conflicts_with_all = ["compose", "image"])]
        dockerfile: Option<PathBuf>,
        /// Put this Compose file on the host, with the folder around it, to bring it up there.
        #[arg(long, value_name = "FILE", conflicts_with = "image")]
        compose: Option<PathBuf>,
        /// Load this archive of images (docker save), to look through its layers and to run it.
        #[arg(long, value_name = "FILE")]
        image: Option<PathBuf>,
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
    /// Look through a real image archive: what `docker save` wrote, in Docker's or OCI's layout; it is only read.
    ImportImage {
        /// The archive, packed with gzip or zstd or not.
        file: PathBuf,
        /// Take only images for this platform, such as linux/arm64.
        #[arg(long, value_name = "PLATFORM")]
        platform: Option<String>,
        /// List the files of each layer.
        #[arg(long)]
        files: bool,
        /// Play a file of shell lines in a fresh world that has the images.
        #[arg(long, value_name = "SCENARIO")]
        run: Option<PathBuf>,
        /// Print what was played as JSON, one object a line.
        #[arg(long, requires = "run")]
        json: bool,
    },
    /// Write an image as a real archive that Docker loads (`docker load -i FILE`) under the same ID.
    ExportImage {
        /// The image: a name in the registry, or after a scenario any name or ID.
        image: String,
        /// The file to write.
        file: PathBuf,
        /// Play a file of shell lines first, and take the image from the world that it leaves.
        #[arg(long, value_name = "SCENARIO")]
        after: Option<PathBuf>,
        /// Replace the file if it is there.
        #[arg(long)]
        force: bool,
    },
    /// Record a lesson that plays itself: for a terminal player, as a picture, or as a page.
    Record(Record),
    /// Print a completion script for a shell, made from these arguments.
    Completions {
        /// The shell to print it for.
        shell: Shell,
    },
    /// Print the manual page, for `man -l -` or a file layerlab.1.
    Man,
}

/// What is to be recorded, and as what.
#[derive(Debug, Clone, PartialEq, Eq, clap::Args)]
pub struct Record {
    /// A lesson's id (copy-on-write) or number (2.3).
    pub lesson: String,
    /// The file to write, or - for the output; .svg and .html say what it becomes, all others are an asciicast.
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// Write pictures as SVG, one after the other.
    #[arg(long, conflicts_with = "html")]
    pub svg: bool,
    /// Write a page to step through, complete in itself.
    #[arg(long)]
    pub html: bool,
    /// With SVG: only the last picture of this step.
    #[arg(long, value_name = "N")]
    pub step: Option<usize>,
    /// The version of the asciicast format.
    #[arg(long, value_name = "2|3", default_value_t = 2, value_parser = clap::value_parser!(u8).range(2..=3))]
    pub cast_version: u8,
    /// How many columns and rows the screen has.
    #[arg(long, value_name = "COLUMNSxROWS", default_value = "120x40", value_parser = size)]
    pub size: (u16, u16),
}

fn prepared_names() -> PossibleValuesParser {
    PossibleValuesParser::new(PREPARED.map(|prepared| PossibleValue::new(prepared.name).help(prepared.about)))
}

/// The smallest and the largest screen that is recorded.
const SIZES: [(u16, u16); 2] = [(60, 16), (300, 100)];

fn size(text: &str) -> Result<(u16, u16), String> {
    let [least, most] = SIZES;
    let parsed = text.split_once('x').and_then(|(columns, rows)| Some((columns.parse().ok()?, rows.parse().ok()?)));
    match parsed {
        Some((columns, rows)) if (least.0..=most.0).contains(&columns) && (least.1..=most.1).contains(&rows) => {
            Ok((columns, rows))
        }
        _ => Err(format!("a size is 120x40, from {}x{} to {}x{}", least.0, least.1, most.0, most.1)),
    }
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
    fn sizes_are_read_and_kept_within_bounds() {
        assert_eq!(size("120x40"), Ok((120, 40)));
        for wrong in ["120", "x", "120x", "59x40", "120x101", "-1x40", "99999x40"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_mistake_is_answered_with_exit_code_2() {
        let error = Args::try_parse_from(["layerlab", "lern"]).unwrap_err();
        assert_eq!(error.exit_code(), 2);
    }
}
