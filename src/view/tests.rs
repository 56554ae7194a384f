//! Every screen at every size, and pictures of the home screen in every theme.

use super::testing::{dump, picture, portrait, row_text};
use crate::app::App;
use crate::app::command::Action;
use crate::app::course::{Course, CourseFile};
use crate::app::message::{Message, Size};
use crate::app::overlay::{Confirm, Overlay};
use crate::app::settings::{ColourDepth, Settings, ThemeChoice};
use crate::learner::progress::Progress;

fn lesson(path: &str, id: &str, title: &str) -> CourseFile {
    let steps = "\n[[steps]]\nkind = \"say\"\ntext = \"Words.\"\n".repeat(8);
    let text = format!(
        "format = 1\nid = \"{id}\"\ntitle = \"{title}\"\nminutes = 6\nteaches = [\"layers\"]\nobjectives = [\n\
         \"Say what an image is made of, and what a container adds to it\",\n\"Find out in which layer a file lies\"]\n{steps}"
    );
    CourseFile::new(path, text).unwrap()
}

fn course() -> Course {
    let lessons = [
        lesson("2-images-and-containers/1.toml", "image-and-container", "Image and container"),
        lesson("2-images-and-containers/2.toml", "immutability", "Immutability: change makes a new image"),
        lesson("2-images-and-containers/10.toml", "copy-on-write", "Mutability and copy-on-write"),
        lesson("8-containers-and-virtual-machines/1.toml", "container-and-vm", "Container and virtual machine"),
    ];
    Course::new(lessons)
}

fn some_progress() -> Progress {
    let mut progress = Progress::default();
    progress.reach("image-and-container", 7);
    progress.finish("image-and-container");
    progress.reach("immutability", 3);
    progress
}

fn app(theme: ThemeChoice, progress: Progress) -> App {
    let settings = Settings { theme, depth: ColourDepth::TrueColour, ..Settings::default() };
    App::new(course(), progress, settings, Size::new(80, 24))
}

fn press(app: &mut App, keys: &str) {
    for key in keys.split_whitespace() {
        app.update(Message::Key(key.parse().unwrap()));
    }
}

#[test]
fn every_screen_at_every_size_is_drawn_without_a_panic() {
    let home = app(ThemeChoice::Auto, some_progress());
    let mut search = home.clone();
    press(&mut search, "/ c o p y");
    let mut help = home.clone();
    press(&mut help, "? Down Down");
    let mut question = home.clone();
    question.overlay = Some(Overlay::Confirm(Confirm {
        question: "Begin a new branch here? The three commands after this point are set aside.".to_owned(),
        yes: "new branch",
        no: "stay",
        action: Action::Reset,
    }));
    let mut playground = home.clone();
    playground.open_playground();
    let mut quiz = home.clone();
    quiz.open_quiz();
    let mut lesson = home.clone();
    lesson.open_lesson("immutability");
    for app in [home, search, help, question, playground, quiz, lesson] {
        for columns in 0..=60 {
            for rows in 0..=20 {
                picture(&app, Size::new(columns, rows));
            }
        }
    }
}

#[test]
fn home_looks_as_it_did() {
    insta::assert_snapshot!("home", portrait(&app(ThemeChoice::Auto, some_progress())));
    insta::assert_snapshot!("home_first", portrait(&app(ThemeChoice::Auto, Progress::default())));
}

#[test]
fn a_newcomer_sees_what_to_press() {
    let picture = picture(&app(ThemeChoice::Auto, Progress::default()), Size::new(80, 24));
    let text = dump(&picture);
    assert!(text.contains("▸ Start here   2.1 Image and container"), "{text}");
    let keys = row_text(&picture, 23);
    assert!(keys.contains("Enter open") && keys.contains("? help") && keys.contains("q quit"), "{keys}");
}

#[test]
fn the_selected_row_is_always_in_sight() {
    let mut app = app(ThemeChoice::Auto, some_progress());
    for _ in 0..12 {
        for rows in [8, 10, 14, 24] {
            let text = dump(&picture(&app, Size::new(60, rows)));
            assert!(text.contains('▸'), "{text}");
        }
        press(&mut app, "Down");
    }
}

#[test]
fn help_is_in_the_key_bar_however_narrow_it_is() {
    let app = app(ThemeChoice::Auto, some_progress());
    for columns in 34..=120 {
        let keys = row_text(&picture(&app, Size::new(columns, 24)), 23);
        assert!(keys.contains("? help"), "{columns}: {keys}");
    }
}

#[test]
fn the_whole_home_screen_is_ascii_where_asked() {
    let mut app = app(ThemeChoice::Auto, some_progress());
    app.settings.ascii = true;
    press(&mut app, "?");
    let picture = picture(&app, Size::new(120, 40));
    assert!(picture.content.iter().all(|cell| cell.symbol().is_ascii()), "{}", dump(&picture));
}
