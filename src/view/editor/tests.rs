//! The editor by its keys: a file is written, mended, saved as a step of the timeline, and left.

use crate::app::App;
use crate::app::overlay::Overlay;
use crate::app::screen::Screen;
use crate::view::testing::{keys, playground, portrait, text};
use crate::world::Action;

fn steps(app: &App) -> usize {
    match app.screen() {
        Screen::Playground(playground) => playground.timeline.steps().len(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_dockerfile_is_written_mended_saved_and_built() {
    let mut app = playground();
    keys(&mut app, "edit Dockerfile<Enter>FROM alpine<Enter>RUNN echo hi<Enter>CMD [\"sh\"]<Up>");
    assert!(text(&app).contains("✗ 2  RUNN echo hi"), "{}", text(&app));
    assert!(text(&app).contains("unknown instruction: RUNN (did you mean RUN?)"), "{}", text(&app));
    insta::assert_snapshot!("mistake", portrait(&app));
    keys(&mut app, "<Home><Right><Right><Right><Right><Backspace><Ctrl-s>");
    assert!(text(&app).contains("No problem found.") && !text(&app).contains("(changed)"), "{}", text(&app));
    keys(&mut app, "<Esc>docker build -q -t mine .<Enter>docker images -q mine | wc -l<Enter>");
    assert_eq!(steps(&app), 3);
    assert!(text(&app).contains("│ 1\n") || text(&app).contains("│ 1 "), "{}", text(&app));
}

#[test]
fn saving_is_a_step_that_can_be_taken_back() {
    let mut app = playground();
    keys(&mut app, "edit notes.txt<Enter>one<Ctrl-s><Esc><F6>cat notes.txt<Enter>y");
    assert!(text(&app).contains("No such file"), "{}", text(&app));
    let Screen::Playground(playground) = app.screen() else { panic!() };
    let left = &playground.timeline.branches()[0].steps[0].action;
    assert_eq!(left, &Action::Write { path: "/root/notes.txt".to_owned(), text: "one\n".to_owned() });
}

#[test]
fn leaving_with_changes_asks_first() {
    let mut app = playground();
    keys(&mut app, "edit a.txt<Enter>x<Esc>");
    assert!(text(&app).contains("There are changes that are not saved."), "{}", text(&app));
    keys(&mut app, "<Esc>y<Esc>n");
    assert!(app.overlay.is_none() && steps(&app) == 0);
    keys(&mut app, "edit a.txt<Enter>x<Esc>y");
    assert!(app.overlay.is_none() && steps(&app) == 1);
    keys(&mut app, "edit a.txt<Enter>");
    assert!(matches!(&app.overlay, Some(Overlay::Editor(editor)) if editor.content() == "x\n"));
    keys(&mut app, "<Esc>");
    assert!(app.overlay.is_none());
}

#[test]
fn what_cannot_be_edited_is_said() {
    let mut app = playground();
    for (line, words) in
        [("edit", "Say which file"), ("edit /root", "is a directory"), ("edit /bin/docker", "not a text")]
    {
        keys(&mut app, &format!("{line}<Enter>"));
        assert!(app.overlay.is_none() && text(&app).contains(words), "{line}: {}", text(&app));
        keys(&mut app, "<Ctrl-u>");
    }
}

#[test]
fn the_terminals_cursor_is_where_one_writes_also_behind_tabs_and_wide_signs() {
    let mut app = playground();
    keys(&mut app, "edit a.py<Enter>中x");
    let size = app.size;
    let mut buffer = ratatui::buffer::Buffer::empty(ratatui::layout::Rect::new(0, 0, size.columns, size.rows));
    let drawn = crate::view::draw(&app, &mut buffer);
    let cursor = drawn.cursor.unwrap();
    assert_eq!(buffer[(cursor.x - 1, cursor.y)].symbol(), "x");
}
