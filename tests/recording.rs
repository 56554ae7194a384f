//! Recordings of lessons: what is written is what the screen shows, the same each time, and well-formed.
//!
//! Promises: a lesson's recording reaches the lesson's end; nothing in it comes from outside.

use std::path::Path;
use std::time::Duration;

use layerlab::app::App;
use layerlab::app::course::{Course, CourseFile};
use layerlab::app::message::Size;
use layerlab::app::settings::{Motion, Settings, ThemeChoice};
use layerlab::learner::progress::Progress;
use layerlab::recording::cast::{Cast, Version};
use layerlab::recording::html::Html;
use layerlab::recording::svg::Svg;
use layerlab::recording::{Frame, perform};
use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier};
use serde_json::Value;

const SIZE: Size = Size::new(100, 30);

/// A lesson with every kind of step, and with words that are markup.
const LESSON: &str = include_str!("recording/lesson.toml");

fn app(theme: ThemeChoice, motion: Motion) -> App {
    let course = Course::new(CourseFile::new("1-tests/1-recorded.toml", LESSON));
    assert_eq!(course.lessons().count(), 1);
    let settings = Settings { theme, motion, ..Settings::default() };
    let mut app = App::new(course, Progress::default(), settings, SIZE);
    app.open_lesson("recorded");
    app
}

/// The recording, and the frames that it was made from.
fn cast(version: Version) -> (String, Vec<Frame>) {
    let (mut cast, mut frames) = (Cast::new(version, SIZE, "a <title>"), Vec::new());
    perform(app(ThemeChoice::Dark, Motion::Full), |frame| {
        cast.add(frame);
        frames.push(frame.clone());
    })
    .unwrap();
    (cast.finish(), frames)
}

/// Each event: its time as it is written, its code, its data.
fn events(cast: &str) -> Vec<(f64, String, String)> {
    let event = |line: &str| {
        let value: Value = serde_json::from_str(line).unwrap();
        let word = |number: usize| value[number].as_str().unwrap().to_owned();
        (value[0].as_f64().unwrap(), word(1), word(2))
    };
    cast.lines().skip(1).map(event).collect()
}

fn same_colour(shown: vt100::Color, drawn: Option<Color>) -> bool {
    match (shown, drawn) {
        (vt100::Color::Default, None | Some(Color::Reset)) => true,
        (vt100::Color::Rgb(r, g, b), Some(Color::Rgb(red, green, blue))) => (r, g, b) == (red, green, blue),
        _ => false,
    }
}

fn assert_shows(screen: &vt100::Screen, picture: &Buffer) {
    for row in 0..picture.area.height {
        for column in 0..picture.area.width {
            let (shown, drawn) = (screen.cell(row, column).unwrap(), &picture[(column, row)]);
            if shown.is_wide_continuation() {
                continue;
            }
            let text = if shown.has_contents() { shown.contents() } else { " " };
            assert_eq!(text, drawn.symbol(), "row {row}, column {column}");
            let style = drawn.style();
            assert!(same_colour(shown.fgcolor(), style.fg), "row {row}, column {column}: {shown:?} {style:?}");
            assert!(same_colour(shown.bgcolor(), style.bg), "row {row}, column {column}: {shown:?} {style:?}");
            assert_eq!(shown.bold(), style.add_modifier.contains(Modifier::BOLD));
            assert_eq!(shown.inverse(), style.add_modifier.contains(Modifier::REVERSED));
        }
    }
}

#[test]
fn a_terminal_that_replays_the_recording_shows_the_last_picture() {
    let (cast, frames) = cast(Version::V2);
    let header: Value = serde_json::from_str(cast.lines().next().unwrap()).unwrap();
    assert_eq!((&header["version"], &header["width"], &header["height"]), (&2.into(), &100.into(), &30.into()));
    let mut terminal = vt100::Parser::new(30.try_into().unwrap(), 100.try_into().unwrap(), 0);
    for (_, _, data) in events(&cast).iter().filter(|(_, code, _)| code == "o") {
        terminal.process(data.as_bytes());
    }
    let last = frames.last().unwrap();
    assert!(last.page.as_ref().is_some_and(|page| page.heading == "Lesson done"));
    assert_shows(terminal.screen(), &last.picture);
}

#[test]
fn both_versions_tell_the_same_times_and_mark_every_step() {
    let ((two, frames), (three, _)) = (cast(Version::V2), cast(Version::V3));
    let (two, three) = (events(&two), events(&three));
    let marks: Vec<&str> = two.iter().filter(|(_, code, _)| code == "m").map(|(.., data)| data.as_str()).collect();
    assert_eq!(marks.len(), 7, "{marks:?}");
    assert_eq!((marks[0], marks[6]), ("Step 1 of 6: Words & <signs>", "Lesson done"));
    assert!(two.is_sorted_by(|one, other| one.0 <= other.0));
    let end: f64 = three.iter().map(|(interval, ..)| interval).sum();
    assert!((two.last().unwrap().0 - end).abs() < 0.01);
    assert!(Duration::from_secs_f64(end) > frames.last().unwrap().at);
    assert_eq!(three.last().unwrap().1, "x");
}

#[test]
fn the_same_lesson_gives_the_same_bytes() {
    assert_eq!(cast(Version::V2).0, cast(Version::V2).0);
}

#[test]
fn the_task_is_typed_and_the_right_answers_are_given() {
    let mut commands = Vec::new();
    let mut last = None;
    perform(app(ThemeChoice::Dark, Motion::Off), |frame| {
        commands.extend(frame.page.as_ref().and_then(|page| page.command.clone()));
        last = Some(frame.picture.clone());
    })
    .unwrap();
    for command in ["docker pull -q alpine", "echo '<b>&</b>'", "docker run --name web alpine true"] {
        assert!(commands.iter().any(|run| run == command), "{command}: {commands:?}");
    }
    let typed = |picture: &Buffer| picture.content.iter().map(|cell| cell.symbol()).collect::<String>();
    let mut half = false;
    perform(app(ThemeChoice::Dark, Motion::Off), |frame| half |= typed(&frame.picture).contains("# docker run --na "))
        .unwrap();
    assert!(half, "the command is not typed letter by letter");
}

#[test]
fn the_page_is_well_formed_complete_in_itself_and_says_what_the_screen_says() {
    let app = app(ThemeChoice::Light, Motion::Off);
    let (mut html, mut pictures) = (Html::new("a <title> & more", &app.settings), Vec::new());
    perform(app, |frame| {
        html.add(frame);
        pictures.extend(frame.page.is_some().then(|| frame.picture.clone()));
    })
    .unwrap();
    let html = html.finish();
    let options = roxmltree::ParsingOptions { allow_dtd: true, ..roxmltree::ParsingOptions::default() };
    let page = roxmltree::Document::parse_with_options(&html, options).unwrap();
    let named = |name: &'static str| page.descendants().filter(move |node| node.has_tag_name(name));
    let screens: Vec<String> = named("pre")
        .map(|pre| pre.descendants().filter_map(|node| node.text().filter(|_| node.is_text())).collect())
        .collect();
    assert_eq!(screens.len(), pictures.len());
    for (screen, picture) in screens.iter().zip(&pictures) {
        let width = usize::from(picture.area.width);
        let rows: Vec<String> =
            picture.content.chunks(width).map(|row| row.iter().map(|cell| cell.symbol()).collect()).collect();
        assert_eq!(screen.trim_end_matches('\n'), rows.join("\n"));
    }
    assert!(named("h1").any(|title| title.text() == Some("a <title> & more")));
    assert!(named("section").all(|section| section.attribute("aria-labelledby").is_some()));
    for outside in ["src=", "href=", "url(", "@import", "http://", "https://"] {
        assert!(!html.contains(outside), "{outside}");
    }
}

#[test]
fn the_pictures_are_well_formed_and_one_can_be_taken_alone() {
    for theme in [ThemeChoice::Dark, ThemeChoice::NoColour, ThemeChoice::Sixteen] {
        let app = app(theme, Motion::Off);
        let mut svg = Svg::new("a <title> & more", &app.settings);
        let mut pages = 0;
        perform(app, |frame| {
            svg.add(frame);
            pages += usize::from(frame.page.is_some());
        })
        .unwrap();
        let all = svg.finish(None).unwrap();
        let parsed = roxmltree::Document::parse(&all).unwrap();
        let pictures =
            parsed.descendants().filter(|node| node.has_tag_name((("http://www.w3.org/2000/svg"), "desc"))).count();
        assert_eq!(pictures, pages);
        assert!(all.contains("prefers-reduced-motion") && !all.contains("<script"));
        let texts = parsed.descendants().filter(|node| node.has_tag_name(("http://www.w3.org/2000/svg", "text")));
        assert!(texts.filter_map(|text| text.text()).any(|text| text.contains("<b>&</b>")));
    }
    let app = app(ThemeChoice::Dark, Motion::Off);
    let mut svg = Svg::new("one", &app.settings);
    perform(app, |frame| svg.add(frame)).unwrap();
    let one = svg.finish(Some(1)).unwrap();
    let parsed = roxmltree::Document::parse(&one).unwrap();
    let title = parsed.descendants().find(|node| node.has_tag_name(("http://www.w3.org/2000/svg", "title"))).unwrap();
    assert_eq!(title.text(), Some("one, Step 1 of 6: Words & <signs>"));
    assert!(!one.contains("@keyframes"));
}

fn record(arguments: &[&str]) -> assert_cmd::assert::Assert {
    let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_layerlab"));
    command.env("NO_COLOR", "1").env("TERM", "dumb").arg("record").args(arguments).args(["--motion", "off"]).assert()
}

fn recorded(folder: &Path, name: &str, arguments: &[&str]) -> String {
    let file = folder.join(name);
    record(&[&["2.1", "--output", file.to_str().unwrap()], arguments].concat()).success();
    let left: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().starts_with('.')), "{left:?}");
    std::fs::read_to_string(file).unwrap()
}

#[test]
fn the_program_writes_files_that_the_environment_has_no_say_in() {
    let folder = tempfile::tempdir().unwrap();
    let svg = recorded(folder.path(), "one.svg", &["--step", "1", "--size", "80x24"]);
    assert!(svg.starts_with("<svg ") && svg.contains("#14191f"), "{svg}");
    record(&["no-such-lesson", "-o", "-"]).code(2);
    record(&["2.1", "-o", "/no/such/folder/x.cast"]).code(1);
    record(&["2.1", "-o", "x.cast", "--step", "1"]).code(2);
}
