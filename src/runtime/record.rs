//! `layerlab record`: a lesson that plays itself, written to a file.
//!
//! Promises: the environment has no say in what is recorded; a file is there whole or not at all. Must not know: how a lesson is played or
//! written (`recording`).

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use super::{fail, headless, print, refuse, shipped_lessons};
use crate::app::App;
use crate::app::message::Size;
use crate::app::settings::{Motion, Settings, ThemeChoice};
use crate::args::{Args, MotionArg, Record, ThemeArg};
use crate::learner::progress::Progress;
use crate::recording::cast::{Cast, Version};
use crate::recording::html::Html;
use crate::recording::svg::Svg;
use crate::recording::{PerformanceError, perform};
use crate::worlds::Worlds;

/// What the lesson becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Cast,
    Svg,
    Html,
}

/// Plays the lesson and writes it.
pub fn record(args: &Args, wanted: &Record) -> ExitCode {
    let form = form(wanted);
    if wanted.step.is_some() && form != Form::Svg {
        return refuse("layerlab: --step chooses a picture for SVG: give it with --svg or a file that ends in .svg");
    }
    let (app, title) = match stage(args, wanted) {
        Ok(prepared) => prepared,
        Err(sentence) => return refuse(&sentence),
    };
    let text = match recorded(app, wanted, form, &title) {
        Ok(Some(text)) => text,
        Ok(None) => return refuse(&format!("layerlab: {title} has no such step")),
        Err(error) => return refuse(&format!("layerlab: {title}: {error}")),
    };
    if wanted.output.as_os_str() == "-" {
        return print(&text);
    }
    match write(&wanted.output, &text) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&format!("layerlab: {}: {error}", wanted.output.display())),
    }
}

fn form(wanted: &Record) -> Form {
    let ending = wanted.output.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase();
    match ending.as_str() {
        _ if wanted.svg => Form::Svg,
        _ if wanted.html => Form::Html,
        "svg" => Form::Svg,
        "html" | "htm" => Form::Html,
        _ => Form::Cast,
    }
}

/// The program with the lesson open, and how the lesson is called.
fn stage(args: &Args, wanted: &Record) -> Result<(App, String), String> {
    let (course, _) = shipped_lessons::load();
    let Some((module, entry)) = course.find(&wanted.lesson) else {
        return Err(format!("layerlab: there is no lesson called {:?}; `layerlab --plain` lists them", wanted.lesson));
    };
    let title = format!("{}.{} {}", module.number, entry.number, entry.title);
    let id = entry.id.clone();
    let (columns, rows) = wanted.size;
    let mut app = App::new(course, Progress::default(), settings(args), Size::new(columns, rows));
    app.worlds = Worlds::of(headless::world_settings(args.catalogue.as_deref(), args.seed)?);
    app.open_lesson(&id);
    Ok((app, title))
}

/// What was asked for by arguments, and nothing that the environment says.
fn settings(args: &Args) -> Settings {
    let theme = match args.theme {
        None | Some(ThemeArg::Auto | ThemeArg::Dark) => ThemeChoice::Dark,
        Some(ThemeArg::Light) => ThemeChoice::Light,
        Some(ThemeArg::HighContrast) => ThemeChoice::HighContrast,
        Some(ThemeArg::Sixteen) => ThemeChoice::Sixteen,
        Some(ThemeArg::None) => ThemeChoice::NoColour,
    };
    // A recording does not depend on the settings of whoever makes it.
    let motion = match args.motion {
        None | Some(MotionArg::Full) => Motion::Full,
        Some(MotionArg::Reduced) => Motion::Reduced,
        Some(MotionArg::Off) => Motion::Off,
    };
    Settings { theme, motion, ascii: args.ascii, seed: args.seed, ..Settings::default() }
}

fn recorded(app: App, wanted: &Record, form: Form, title: &str) -> Result<Option<String>, PerformanceError> {
    let title = format!("Layerlab: {title}");
    match form {
        Form::Cast => {
            let version = if wanted.cast_version == 3 { Version::V3 } else { Version::V2 };
            let mut cast = Cast::new(version, app.size, &title);
            perform(app, |frame| cast.add(frame))?;
            Ok(Some(cast.finish()))
        }
        Form::Svg => {
            let mut svg = Svg::new(&title, &app.settings);
            perform(app, |frame| svg.add(frame))?;
            Ok(svg.finish(wanted.step))
        }
        Form::Html => {
            let mut html = Html::new(&title, &app.settings);
            perform(app, |frame| html.add(frame))?;
            Ok(Some(html.finish()))
        }
    }
}

/// A new file beside the old one, put in its place when it is whole.
fn write(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".layerlab-").tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    readable(file.path())?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// A temporary file is its owner's alone; a recording is there to be shown.
#[cfg(unix)]
fn readable(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable(_path: &Path) -> io::Result<()> {
    Ok(())
}
