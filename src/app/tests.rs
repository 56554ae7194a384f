//! The app as a value: key strings in, state and effects out.

use super::*;
use crate::app::message::Background;

fn app() -> App {
    App::new(Course::default(), Progress::default(), Settings::default(), Size::new(80, 24))
}

/// Presses the keys, and gives the effects of all of them.
fn press(app: &mut App, keys: &str) -> Vec<Effect> {
    keys.split_whitespace().flat_map(|key| app.update(Message::Key(key.parse().unwrap()))).collect()
}

#[test]
fn ctrl_c_leaves_only_when_pressed_twice_in_a_row() {
    let mut app = app();
    assert_eq!(press(&mut app, "Ctrl-c"), []);
    assert!(app.notice.is_some());
    assert_eq!(press(&mut app, "Down Ctrl-c"), []);
    assert_eq!(press(&mut app, "Ctrl-c"), [Effect::Quit]);
}

#[test]
fn q_leaves_from_home_but_is_a_letter_in_a_search() {
    let mut app = app();
    assert_eq!(press(&mut app, "/ q u i z"), []);
    assert!(matches!(app.screen(), Screen::Home(home) if home.search.as_deref() == Some("quiz")));
    assert_eq!(press(&mut app, "Esc q"), [Effect::Quit]);
}

#[test]
fn a_screen_opens_on_home_and_closes_to_it() {
    let mut app = app();
    press(&mut app, "p");
    assert!(matches!(app.screen(), Screen::Playground(_)));
    assert_eq!(press(&mut app, "Esc Esc"), []);
    assert!(matches!(app.screen(), Screen::Home(_)));
}

#[test]
fn help_lists_the_commands_of_the_screen_below_and_takes_the_keys() {
    let mut app = app();
    let commands = app.commands();
    press(&mut app, "?");
    assert!(matches!(&app.overlay, Some(Overlay::Help(help)) if help.commands == commands));
    assert_eq!(press(&mut app, "p Down q"), []);
    assert!(app.overlay.is_none() && matches!(app.screen(), Screen::Home(_)));
}

#[test]
fn every_command_shown_can_be_clicked() {
    let mut app = app();
    assert_eq!(app.update(Message::Click(Target::Action(Action::Quit))), [Effect::Quit]);
}

#[test]
fn the_mouse_is_off_until_asked_for() {
    let mut app = app();
    assert!(!app.settings.mouse);
    assert_eq!(press(&mut app, "F2 F2"), [Effect::Mouse(true), Effect::Mouse(false)]);
}

#[test]
fn the_terminals_background_is_taken_over() {
    let mut app = app();
    app.update(Message::Background(Background::Light));
    assert_eq!(app.settings.background, Background::Light);
}

#[test]
fn an_unknown_lesson_is_told_and_nothing_opens() {
    let mut app = app();
    app.open_lesson("no-such-lesson");
    assert!(app.notice.is_some() && matches!(app.screen(), Screen::Home(_)));
}

#[test]
fn where_the_window_is_too_small_the_learner_can_still_leave() {
    let mut app = app();
    app.update(Message::Resize(Size::new(5, 2)));
    assert!(!app.fits());
    assert_eq!(press(&mut app, "q"), [Effect::Quit]);
}

#[test]
fn no_two_commands_of_a_screen_share_a_key() {
    let mut app = app();
    for keys in ["/", "Esc", "p", "Esc z", "Esc ?"] {
        press(&mut app, keys);
        let mut keys: Vec<Key> = app.commands().into_iter().flat_map(|command| command.keys).collect();
        let all = keys.len();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), all, "{:?}", app.commands());
    }
}
