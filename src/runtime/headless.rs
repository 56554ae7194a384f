//! `layerlab run` and `layerlab check`: the model without a screen.
//!
//! Promises: what is printed is clean (no control character of a file reaches the terminal as a command to it), unless it is
//! JSON, where it is escaped; exit codes as `args` says.

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use super::folder::{read_file, read_folder};
use super::{BAD_INPUT, fail, refuse, shipped_lessons};
use crate::diagnostic::{Diagnostics, Rendering, shown};
use crate::lesson::check::{Introduced, prove};
use crate::lesson::format::Lesson;
use crate::lesson::read::read_lesson;
use crate::scenario::{self, Answer, Scenario};
use crate::view::lesson::fit;
use crate::world::action::EFFORT_LIMIT;
use crate::world::registry::catalogue::Catalogue;
use crate::world::{Ending, Outcome, World, WorldSettings};
use crate::worlds;

/// The file that makes a folder a catalogue.
const CATALOGUE_FILE: &str = "catalogue.toml";

/// The catalogue of a folder, or the shipped one.
///
/// # Errors
/// What is wrong with it, as it is to be printed.
pub fn catalogue(folder: Option<&Path>) -> Result<Arc<Catalogue>, String> {
    let opened = match folder {
        None => Catalogue::shipped(),
        Some(folder) => {
            let files = read_folder(folder).map_err(|sentence| format!("layerlab: {sentence}"))?;
            if !files.contains_key(CATALOGUE_FILE) {
                return Err(format!("layerlab: {}: no {CATALOGUE_FILE} in this folder", folder.display()));
            }
            Catalogue::open(files.into_iter().map(|(path, bytes)| (path.into(), bytes.into())).collect())
        }
    };
    opened.map(Arc::new).map_err(|found| found.render(rendering()))
}

/// The settings of the worlds that lessons, scenarios and the playground begin with.
///
/// # Errors
/// As [`catalogue`].
pub fn world_settings(folder: Option<&Path>, seed: u64) -> Result<WorldSettings, String> {
    let catalogue = catalogue(folder)?;
    if folder.is_some() {
        catalogue.check().map_err(|found| found.render(rendering()))?;
    }
    Ok(WorldSettings { seed, ..worlds::settings(&catalogue) })
}

fn rendering() -> Rendering {
    match io::IsTerminal::is_terminal(&io::stderr()) && std::env::var_os("NO_COLOR").is_none() {
        true => Rendering::Styled,
        false => Rendering::Plain,
    }
}

/// The scenario in a file.
///
/// # Errors
/// What is wrong with it, as it is to be printed.
pub fn read_scenario(file: &Path) -> Result<Scenario, String> {
    let bytes = read_file(file).map_err(|sentence| format!("layerlab: {sentence}"))?;
    let text = String::from_utf8(bytes).map_err(|_| format!("layerlab: {}: not UTF-8 text", file.display()))?;
    Scenario::parse(&text).map_err(|errors| {
        let lines = errors.iter().map(|error| format!("{}: {}", file.display(), shown(&error.to_string())));
        lines.collect::<Vec<_>>().join("\n")
    })
}

/// `layerlab run FILE`.
pub fn run(file: &Path, json: bool, folder: Option<&Path>, seed: u64, world: Option<&str>) -> ExitCode {
    let prepared = read_scenario(file).and_then(|scenario| {
        let settings = world_settings(folder, seed)?;
        let group = world.map_or(Ok(settings.clone()), |name| worlds::group(&settings, name));
        group.map(|settings| (scenario, settings)).map_err(|sentence| format!("layerlab: {sentence}"))
    });
    match prepared {
        Ok((scenario, settings)) => play(World::new(&settings), &scenario, json),
        Err(text) => refuse(&text),
    }
}

/// Plays a scenario in a world, and prints what a terminal would show.
pub fn play(world: World, scenario: &Scenario, json: bool) -> ExitCode {
    let mut out = io::stdout().lock();
    let mut written = Ok(());
    scenario::play(world, scenario, |line, outcome| {
        if written.is_ok() {
            written = if json { print_json(&mut out, line, outcome) } else { print_terminal(&mut out, line, outcome) };
        }
    });
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => fail(&format!("layerlab: {error}")),
        _ => ExitCode::SUCCESS,
    }
}

fn print_json(out: &mut impl Write, line: &str, outcome: &Outcome) -> io::Result<()> {
    let text = serde_json::to_string(&Answer::new(line, outcome))?;
    writeln!(out, "{text}")
}

/// A command and what it wrote, as a terminal shows them.
fn print_terminal(out: &mut impl Write, line: &str, outcome: &Outcome) -> io::Result<()> {
    writeln!(out, "$ {}", shown(line))?;
    let mut ends_line = true;
    for chunk in &outcome.output {
        let text = String::from_utf8_lossy(&chunk.bytes);
        ends_line = text.ends_with('\n');
        write!(out, "{}", shown(&text))?;
    }
    if !ends_line {
        writeln!(out)?;
    }
    if outcome.dropped > 0 {
        writeln!(out, "[{} more bytes were not kept]", outcome.dropped)?;
    }
    match outcome.ending {
        Ending::Finished(_) => Ok(()),
        Ending::AwaitsInput => writeln!(out, "[waits for input]"),
        Ending::Running => writeln!(out, "[runs on]"),
        Ending::Limit => {
            writeln!(out, "[held: it did the most that one command may, {EFFORT_LIMIT} turns of programs]")
        }
    }
}

/// A lesson file that is to be checked: how it is called, and its bytes.
type LessonFile = (String, Vec<u8>);

/// `layerlab check [PATH]`.
pub fn check(path: Option<&Path>, folder: Option<&Path>) -> ExitCode {
    if let Some(path) = path.filter(|path| path.join(CATALOGUE_FILE).is_file()) {
        return check_catalogue(path);
    }
    let files = match path {
        None => Ok(shipped_lessons::files().map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec())).collect()),
        Some(path) if path.is_dir() => lesson_files(path),
        Some(path) => read_file(path).map(|bytes| vec![(path.display().to_string(), bytes)]),
    };
    let files = match files {
        Ok(files) if files.is_empty() => return refuse("layerlab: there is no lesson (*.toml) there"),
        Ok(files) => files,
        Err(sentence) => return refuse(&format!("layerlab: {sentence}")),
    };
    let settings = match world_settings(folder, 1) {
        Ok(settings) => settings,
        Err(text) => return refuse(&text),
    };
    // One lesson alone may build on all that are shipped before it.
    let before = if files.len() == 1 { before(&files[0].0) } else { Introduced::default() };
    report(&files, &settings, before)
}

fn lesson_files(folder: &Path) -> Result<Vec<LessonFile>, String> {
    let files = read_folder(folder)?.into_iter().filter(|(path, _)| path.ends_with(".toml"));
    Ok(files.map(|(path, bytes)| (folder.join(path).display().to_string(), bytes)).collect())
}

/// What the shipped lessons introduce before the lesson of this file; all of them, if it is none of theirs.
fn before(file: &str) -> Introduced {
    let mut introduced = Introduced::default();
    for (name, text) in shipped_lessons::files() {
        if file.ends_with(name) {
            break;
        }
        if let Ok(lesson) = read_lesson(name, text.as_bytes()) {
            introduced.add(&lesson);
        }
    }
    introduced
}

fn report(files: &[LessonFile], settings: &WorldSettings, mut introduced: Introduced) -> ExitCode {
    let mut wrong = 0;
    let mut out = io::stdout().lock();
    let mut lines = String::new();
    for (name, bytes) in files {
        let (found, lesson) = match read_lesson(name, bytes) {
            Ok(lesson) => {
                let lesson = Arc::new(lesson);
                (proof(name, bytes, &lesson, settings, &introduced), Some(lesson))
            }
            Err(found) => (found, None),
        };
        wrong += usize::from(found.has_errors());
        let verdict = match &lesson {
            _ if found.has_errors() => "wrong",
            Some(_) => "proven",
            None => "wrong",
        };
        let steps = lesson.as_ref().map_or_else(String::new, |lesson| format!(" ({} steps)", lesson.steps.len()));
        lines.push_str(&format!("{verdict}  {}{steps}\n", shown(name)));
        if !found.is_empty() {
            let text = found.render(rendering());
            lines.push_str(&text);
            lines.push('\n');
        }
        if let Some(lesson) = lesson {
            introduced.add(&lesson);
        }
    }
    let lessons = if files.len() == 1 { "lesson" } else { "lessons" };
    lines.push_str(&format!("{} {lessons}, {wrong} wrong\n", files.len()));
    // Nobody may be reading any more: the exit code still says it.
    let _ = out.write_all(lines.as_bytes());
    if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::from(BAD_INPUT) }
}

/// Everything that is wrong with a lesson that could be read: what playing shows, and what does not fit the screen.
fn proof(
    name: &str,
    bytes: &[u8],
    lesson: &Arc<Lesson>,
    settings: &WorldSettings,
    introduced: &Introduced,
) -> Diagnostics {
    let source = String::from_utf8_lossy(bytes);
    let mut found = prove(name, &source, lesson, settings, introduced);
    found.append(fit::check(name, &source, lesson, settings));
    found
}

fn check_catalogue(folder: &Path) -> ExitCode {
    match catalogue(Some(folder)) {
        Err(text) => refuse(&text),
        Ok(catalogue) => match catalogue.check() {
            Err(found) => refuse(&found.render(rendering())),
            Ok(()) => {
                let count = catalogue.image_names().count();
                let _ = writeln!(io::stdout().lock(), "proven  {} ({count} images)", folder.display());
                ExitCode::SUCCESS
            }
        },
    }
}
