//! The only place that touches the terminal, files, the wall clock, the network, signals and the environment.
//!
//! Promises: the terminal is given back in every case (`terminal`); nothing runs while nothing happens (`event_loop`); the learner's
//! progress is never lost or overwritten unread (`progress`). Must not know: what a lesson teaches or how a screen looks.
//! Start reading at `launch`.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "clippy.toml keeps the machine out of the pure modules; this is the one that touches it"
)]

mod clipboard;
mod command_line;
pub mod environment;
pub mod event_loop;
mod folder;
pub mod headless;
pub mod images;
mod input;
mod lines;
mod own_files;
pub mod progress;
mod record;
pub mod settings_file;
mod shipped_lessons;
mod signals;
mod stored;
pub mod terminal;
mod whole_file;

use std::io::{self, Write};
use std::process::ExitCode;

use crate::app::App;
use crate::app::course::Course;
use crate::app::home::next_lesson;
use crate::app::message::{Message, Size};
use crate::app::prepared::{self, EMPTY, Prepared};
use crate::args::{Args, Command};
use crate::learner::progress::Progress;
use crate::plain::{HomeSession, LessonSession, PlaygroundSession, QuizSession, Session};
use crate::project::{Own, Recipe};
use crate::worlds::Worlds;
use event_loop::{Ending, Kept, run};
use progress::{Opened, ProgressStore, default_folder};
use settings_file::SettingsFile;

/// Something failed that was not the learner's doing.
const FAILED: u8 = 1;
/// What was given is wrong.
const BAD_INPUT: u8 = 2;

/// Does what the arguments say; gives the exit code.
pub fn launch(args: &Args) -> ExitCode {
    match &args.command {
        Some(Command::Check { path }) => headless::check(path.as_deref(), args.catalogue.as_deref()),
        Some(Command::Run { file, json, world }) => {
            headless::run(file, *json, args.catalogue.as_deref(), args.seed, world.as_deref())
        }
        Some(Command::ImportImage { file, platform, files, run, json }) => {
            let platform = platform.as_deref();
            let wish = images::Import { file, platform, files: *files, scenario: run.as_deref(), json: *json };
            images::import(&wish, args.catalogue.as_deref(), args.seed)
        }
        Some(Command::ExportImage { image, file, after, force }) => {
            let wish = images::Export { image, file, after: after.as_deref(), force: *force };
            images::export(&wish, args.catalogue.as_deref(), args.seed)
        }
        Some(Command::Record(wanted)) => record::record(args, wanted),
        Some(Command::Completions { shell }) => print(&command_line::completions(*shell)),
        Some(Command::Man) => match command_line::manual() {
            Ok(page) => print(&page),
            Err(error) => fail(&format!("layerlab: {error}")),
        },
        None | Some(Command::Learn { .. } | Command::Play { .. } | Command::Quiz) => open(args),
    }
}

/// Opens the program on the screen that was asked for, or as lines where there is no screen.
fn open(args: &Args) -> ExitCode {
    let settings_folder = args.data_dir.clone().or_else(settings_file::default_folder);
    let kept = SettingsFile::open(settings_folder);
    let settings = environment::settings(args, &kept.preferences);
    let worlds = match &args.catalogue {
        None => Worlds::default(),
        Some(folder) => match headless::world_settings(Some(folder), settings.seed) {
            Ok(settings) => Worlds::of(settings),
            Err(text) => return refuse(&text),
        },
    };
    let own = match own(args, &worlds) {
        Ok(own) => own,
        Err(sentence) => return refuse(&format!("layerlab: {sentence}")),
    };
    let (course, unread) = shipped_lessons::load();
    let Opened { store, progress, notice } = ProgressStore::open(args.data_dir.clone().or_else(default_folder));
    let notice = notice.or(kept.notice);
    let lesson =
        match wanted_lesson(args, &App::new(course.clone(), progress.clone(), settings.clone(), Size::default())) {
            Ok(lesson) => lesson,
            Err(sentence) => return refuse(&sentence),
        };
    if args.plain || !terminal::is_there() || !environment::terminal_is_capable() {
        if let Some(sentence) = notice.or_else(|| unread_lessons(&unread)) {
            complain(&sentence);
        }
        let (seed, today) = (settings.seed, settings.surroundings.today);
        let asked = Asked { args, worlds: &worlds, seed, today, own, lesson };
        return open_plain(&asked, &course, progress, store);
    }
    let ask_background = environment::may_ask_background(&settings);
    let mut app = App::new(course, progress, settings, Size::default());
    app.worlds = worlds;
    app.preferences = kept.preferences;
    match &args.command {
        Some(Command::Play { name, .. }) => app.open_prepared(&wanted_playground(name.as_deref()), own.as_ref()),
        Some(Command::Quiz) => app.open_quiz(),
        _ => {}
    }
    if let Some(id) = lesson {
        app.open_lesson(&id);
    }
    if let Some(sentence) = notice.or_else(|| unread_lessons(&unread)) {
        app.update(Message::Tell(sentence));
    }
    full_screen(app, Kept { progress: store, settings: kept.file }, ask_background)
}

fn unread_lessons(unread: &[String]) -> Option<String> {
    (!unread.is_empty()).then(|| format!("These lessons cannot be read: {}.", unread.join(", ")))
}

/// What the learner brought, if `play` was given something.
fn own(args: &Args, worlds: &Worlds) -> Result<Option<Own>, String> {
    let Some(Command::Play { dockerfile, compose, image, .. }) = &args.command else { return Ok(None) };
    let folder = |file, recipe| own_files::read_project(file, recipe).map(Own::Folder);
    match (dockerfile, compose, image) {
        (Some(file), ..) => folder(file, Recipe::Dockerfile).map(Some),
        (_, Some(file), _) => folder(file, Recipe::Compose).map(Some),
        (.., Some(file)) => images::read_own(file, worlds.settings()).map(|archive| Some(Own::Images(archive))),
        (None, None, None) => Ok(None),
    }
}

/// The playground of a name that the arguments let through.
fn wanted_playground(name: Option<&str>) -> Prepared {
    name.and_then(|name| prepared::named(name).ok()).unwrap_or(EMPTY)
}

/// What the program was asked to open.
struct Asked<'a> {
    args: &'a Args,
    worlds: &'a Worlds,
    seed: u64,
    /// In days since 1970-01-01.
    today: u32,
    own: Option<Own>,
    /// By its id.
    lesson: Option<String>,
}

/// The program as lines.
fn open_plain(asked: &Asked<'_>, course: &Course, progress: Progress, store: ProgressStore) -> ExitCode {
    let Asked { args, worlds, seed, today, own, lesson } = asked;
    let session = match &args.command {
        Some(Command::Play { name, .. }) => {
            let prepared = wanted_playground(name.as_deref());
            let playground = PlaygroundSession::new(worlds.settings(), *seed, &prepared, own.as_ref());
            Some(Session::Playground(Box::new(playground)))
        }
        Some(Command::Quiz) => {
            Some(Session::Quiz(Box::new(QuizSession::new(course.read_all(), worlds.settings(), *seed, *today))))
        }
        _ => lesson
            .as_deref()
            .and_then(|id| LessonSession::open(id, course, worlds.settings(), &progress, *today))
            .map(|lesson| Session::Lesson(Box::new(lesson))),
    };
    let home = || Session::Home(Box::new(HomeSession::new(course.clone(), (*worlds).clone(), *seed, *today)));
    let session = session.unwrap_or_else(home);
    match lines::play(session, progress, store) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => fail(&format!("layerlab: {error}")),
        _ => ExitCode::SUCCESS,
    }
}

/// The id of the lesson that `learn` names; without a name, the next one. It is an error to name one that there is not.
fn wanted_lesson(args: &Args, app: &App) -> Result<Option<String>, String> {
    match &args.command {
        Some(Command::Learn { lesson: Some(name) }) => match app.course.find(name) {
            Some((_, lesson)) => Ok(Some(lesson.id.clone())),
            None => Err(format!("layerlab: there is no lesson called {name:?}; `layerlab --plain` lists them")),
        },
        Some(Command::Learn { lesson: None }) => {
            Ok(next_lesson(&app.course, &app.progress).map(|(_, lesson)| lesson.id.clone()))
        }
        _ => Ok(None),
    }
}

fn full_screen(app: App, kept: Kept, ask_background: bool) -> ExitCode {
    match run(app, kept, ask_background) {
        Ok(Ending::Quit) => ExitCode::SUCCESS,
        Ok(Ending::Signal(signal)) => {
            signals::die_of(signal);
            ExitCode::from(FAILED)
        }
        Ok(Ending::TerminalGone) => ExitCode::from(FAILED),
        Err(error) => fail(&format!("layerlab: {error}")),
    }
}

/// Prints to the output; a reader that has gone (`layerlab | head`) is no failure.
fn print(text: &str) -> ExitCode {
    match io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => fail(&format!("layerlab: {error}")),
        _ => ExitCode::SUCCESS,
    }
}

fn refuse(sentence: &str) -> ExitCode {
    complain(sentence);
    ExitCode::from(BAD_INPUT)
}

fn fail(sentence: &str) -> ExitCode {
    complain(sentence);
    ExitCode::from(FAILED)
}

fn complain(sentence: &str) {
    // If even the error output is gone, the exit code still says it.
    let _gone = writeln!(io::stderr().lock(), "{sentence}");
}
