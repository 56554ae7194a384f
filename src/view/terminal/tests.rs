//! The terminal by its keys: what is typed, offered, searched and copied.

use crate::app::App;
use crate::app::message::{Effect, Message};
use crate::app::screen::Screen;
use crate::timeline::Timeline;
use crate::view::testing::{keys, playground, portrait, text};
use crate::world::Action;

fn timeline(app: &App) -> &Timeline {
    match app.screen() {
        Screen::Playground(playground) => &playground.timeline,
        other => panic!("{other:?}"),
    }
}

fn last_line(app: &App) -> &str {
    match timeline(app).current().map(|step| &step.action) {
        Some(Action::Line(line)) => line,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_command_is_typed_completed_and_run() {
    let mut app = playground();
    keys(&mut app, "docker cre<Tab>--na<Tab>web alpine:3.22<Enter>");
    assert_eq!(last_line(&app), "docker create --name web alpine:3.22");
    keys(&mut app, "docker st<Tab>");
    let shown = text(&app);
    assert!(shown.contains("start  Start one or more stopped containers"), "{shown}");
    keys(&mut app, "<Enter><Tab><Enter>");
    assert_eq!(last_line(&app), "docker start web ");
}

#[test]
fn the_menu_looks_as_it_did() {
    let mut app = playground();
    keys(&mut app, "docker run --ne<Tab><Down>");
    insta::assert_snapshot!("menu", portrait(&app));
}

#[test]
fn with_an_empty_line_tab_goes_to_the_next_pane() {
    let mut app = playground();
    keys(&mut app, "<Tab>");
    assert!(!app.screen().typing());
    keys(&mut app, "<Tab>ls<Tab>");
    assert!(app.screen().typing());
}

#[test]
fn an_unknown_program_is_marked_while_it_is_typed() {
    let mut app = playground();
    let marked = |app: &App| {
        let bad = crate::view::theme::Theme::of(&app.settings).bad.fg;
        let picture = crate::view::testing::picture(app, app.size);
        picture.content.iter().any(|cell| cell.style().fg == bad)
    };
    keys(&mut app, "dockr");
    assert!(marked(&app));
    keys(&mut app, "<Backspace>er");
    assert!(!marked(&app));
}

#[test]
fn what_was_typed_before_is_found_and_run() {
    let mut app = playground();
    keys(&mut app, "echo one<Enter>echo two<Enter>");
    keys(&mut app, "<Ctrl-r>on");
    assert!(text(&app).contains("search before: on echo one"), "{}", text(&app));
    keys(&mut app, "<Enter>");
    assert_eq!((last_line(&app), timeline(&app).steps().len()), ("echo one", 3));
    keys(&mut app, "echo t<Right><Enter>");
    assert_eq!(last_line(&app), "echo two", "the grey rest was taken");
}

#[test]
fn several_pasted_lines_wait_for_enter_and_run_as_one_step() {
    let mut app = playground();
    app.update(Message::Paste("cat <<END\nhello\nEND\necho done\n".to_owned()));
    assert_eq!(timeline(&app).steps().len(), 0);
    assert!(text(&app).contains("> hello"), "{}", text(&app));
    keys(&mut app, "<Enter>");
    let shown = text(&app);
    assert!(timeline(&app).steps().len() == 1 && shown.contains("│ hello") && shown.contains("│ done"), "{shown}");
}

#[test]
fn a_command_that_goes_on_asks_for_its_next_line() {
    let mut app = playground();
    keys(&mut app, "echo 'one<Enter>");
    assert!(text(&app).contains("│ > "), "{}", text(&app));
    keys(&mut app, "two'<Enter>");
    assert!(text(&app).contains("│ two"), "{}", text(&app));
}

#[test]
fn the_output_is_searched_from_the_newest_line_on() {
    let mut app = playground();
    keys(&mut app, "seq 1 200<Enter><F5>17");
    assert!(text(&app).contains("find: 17 (1 of 12)"), "{}", text(&app));
    assert!(text(&app).contains("│ 179"), "the newest place is in sight: {}", text(&app));
    for _ in 0..11 {
        keys(&mut app, "<Up>");
    }
    assert!(text(&app).contains("│ 17 "), "{}", text(&app));
    keys(&mut app, "<Esc>");
    assert!(text(&app).contains("│ 200") && app.screen().typing());
}

#[test]
fn a_command_or_its_output_is_copied() {
    let mut app = playground();
    keys(&mut app, "echo hello<Enter>");
    assert_eq!(keys(&mut app, "<F9>1"), [Effect::Copy("echo hello".to_owned())]);
    assert_eq!(keys(&mut app, "<F9><Down><Enter>"), [Effect::Copy("hello".to_owned())]);
    assert_eq!(keys(&mut app, "<F9>3"), [Effect::Copy("echo hello\nhello".to_owned())]);
    assert!(matches!(keys(&mut app, "<F9>4").as_slice(), [Effect::Copy(all)] if all.contains("# echo hello\nhello")));
}
