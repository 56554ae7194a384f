//! Whole flows by their keys, and what must hold on every screen: any size, any keys, any text.

use std::collections::BTreeSet;
use std::time::Duration;

use super::testing::{dump, keys, picture, portrait, row_text, targets, text};
use crate::app::App;
use crate::app::command::Action;
use crate::app::course::{Course, CourseFile};
use crate::app::key::{Key, KeyCode};
use crate::app::message::{Effect, Message, Size, Target};
use crate::app::overlay::Overlay;
use crate::app::preferences::Signs;
use crate::app::screen::Screen;
use crate::app::settings::{ColourDepth, Motion, Settings, Speed, ThemeChoice};
use crate::learner::progress::{Progress, Standing};
use crate::world::context::Random;

const LESSON: &str = include_str!("../../tests/screens/small.toml");
const WIDEST: u16 = 200;
const TALLEST: u16 = 60;

fn app() -> App {
    let course = Course::new(CourseFile::new("1-screens/1-small.toml", LESSON));
    let settings = Settings { motion: Motion::Off, depth: ColourDepth::TrueColour, ..Settings::default() };
    App::new(course, Progress::default(), settings, Size::new(120, 40))
}

/// The app after these keys.
fn after(pressed: &str) -> App {
    let mut app = app();
    keys(&mut app, pressed);
    app
}

/// The task of the small lesson, before anything is typed.
const TASK: &str = "<Enter><Right>1<Right><Right><Right><Right>";

#[test]
fn the_task_is_done_by_typing_and_ones_own_way_stands_beside_the_reference() {
    let mut app = after(TASK);
    keys(&mut app, "docker stopp web<Enter>");
    keys(&mut app, "docker stop -t 0 web<Enter>");
    let shown = text(&app);
    assert!(shown.contains("✓ web has stopped") && shown.contains("✓ Reached."), "{shown}");
    assert!(shown.contains("✗ docker stopp web") && shown.contains("• docker stop -t 0 web"), "{shown}");
    assert!(shown.contains("The reference solution") && shown.contains("• docker stop -t 1 web"), "{shown}");
    assert!(shown.contains("Its writable layer is still there."), "{shown}");
    // One goes on trying, and nothing of what was reached is lost.
    keys(&mut app, "docker ps -a<Enter>");
    assert!(text(&app).contains("✓ Reached."), "{}", text(&app));
}

#[test]
fn who_types_the_reference_solution_is_told_so() {
    let mut app = after(TASK);
    keys(&mut app, "docker stop -t 1 web<Enter>");
    assert!(text(&app).contains("Your way is that of the reference"), "{}", text(&app));
}

#[test]
fn how_sure_one_was_stays_beside_the_outcome() {
    for (key, words) in
        [("g", "you guessed"), ("f", "you were fairly sure"), ("c", "you were certain"), ("", "you said so")]
    {
        let app = after(&format!("<Enter><Right>{key}1"));
        assert!(text(&app).contains(words), "{}", text(&app));
    }
}

#[test]
fn any_step_can_be_jumped_to_from_the_list_and_by_the_mouse() {
    let mut app = after("<Enter>l");
    let shown = text(&app);
    assert!(shown.contains("Go to a step") && shown.contains("1  An image lies ready"), "{shown}");
    keys(&mut app, "4");
    assert!(text(&app).contains("step 4 of 6") && text(&app).contains("Your turn"), "{}", text(&app));
    assert!(targets(&app, Size::new(120, 40)).contains(&Target::Action(Action::GoToStep(5))));
    app.update(Message::Click(Target::Action(Action::GoToStep(0))));
    assert!(text(&app).contains("step 1 of 6"), "{}", text(&app));
    app.update(Message::Click(Target::Action(Action::GoToStep(99))));
    assert!(text(&app).contains("step 6 of 6"), "{}", text(&app));
}

#[test]
fn what_went_wrong_is_due_the_next_day_and_leaves_the_list_once_it_is_known() {
    let mut app = after("<Enter><Right>2<Esc>");
    assert!(!text(&app).contains("Review"), "{}", text(&app));
    app.settings.surroundings.today = 1;
    assert!(text(&app).contains("Review   1 question"), "{}", text(&app));
    keys(&mut app, "<Home><Down><Enter>");
    assert!(text(&app).contains("What does docker run leave behind?"), "{}", text(&app));
    keys(&mut app, "1<Enter><Esc>");
    assert!(matches!(app.screen(), Screen::Home(_)));
    assert!(!text(&app).contains("Review"), "{}", text(&app));
    app.settings.surroundings.today = 3;
    assert!(text(&app).contains("Review   1 question"), "{}", text(&app));
}

#[test]
fn a_guess_comes_back_the_next_day_though_it_was_right() {
    let app = after("<Enter><Right>g1");
    assert_eq!(app.progress.due(1), ["small/1"]);
    assert_eq!(after("<Enter><Right>c1").progress.due(1), Vec::<&str>::new());
}

#[test]
fn a_setting_is_seen_at_once_and_kept() {
    let mut app = after("s");
    let saved = |effects: Vec<Effect>| {
        let mut saved = effects.into_iter().filter_map(|effect| match effect {
            Effect::SaveSettings(preferences) => Some(*preferences),
            _ => None,
        });
        saved.next_back()
    };
    let kept = saved(keys(&mut app, "<Right>")).unwrap();
    assert_eq!((app.settings.theme, kept.theme), (ThemeChoice::Dark, ThemeChoice::Dark));
    keys(&mut app, "<Left>");
    assert_eq!(app.settings.theme, ThemeChoice::Auto);
    let kept = saved(keys(&mut app, "<Down><Right><Down><Right><Down><Right><Right>")).unwrap();
    assert_eq!((kept.motion, kept.speed, kept.signs), (Motion::Reduced, Speed::Double, Signs::Unicode));
    assert_eq!(keys(&mut app, "<Down><Enter>").last(), Some(&Effect::Mouse(true)));
    let kept = saved(keys(&mut app, "<Backspace>")).unwrap();
    assert!(!kept.mouse && !app.settings.mouse);
    keys(&mut app, "<Esc>p");
    assert!(text(&app).contains("2×"), "a screen opens at the chosen speed: {}", text(&app));
}

#[test]
fn an_own_key_works_is_shown_and_can_be_taken_away() {
    let mut app = after("s<Down><Down><Down><Down><Down><Enter>");
    assert!(text(&app).contains("press the key"), "{}", text(&app));
    keys(&mut app, "<Ctrl-b>");
    keys(&mut app, "<Esc>pdocker version<Enter>");
    let bar = |app: &App| row_text(&picture(app, Size::new(120, 40)), 39);
    assert!(bar(&app).contains("Ctrl-B undo"), "{}", bar(&app));
    let position = |app: &App| match app.screen() {
        Screen::Playground(playground) => playground.timeline.position(),
        other => panic!("{other:?}"),
    };
    assert_eq!(position(&app), 1);
    keys(&mut app, "<Ctrl-b>");
    assert_eq!(position(&app), 0);
    keys(&mut app, "<Esc><Esc>s<Down><Down><Down><Down><Down><Backspace><Esc>pdocker version<Enter>");
    assert!(bar(&app).contains("F6 undo"), "{}", bar(&app));
}

#[test]
fn a_key_that_leads_out_cannot_be_given_away() {
    let mut app = after("s<End><Enter><Tab>");
    assert!(app.notice.as_deref().is_some_and(|notice| notice.contains("keeps its meaning")));
    keys(&mut app, "<Esc>");
    assert!(matches!(app.screen(), Screen::Home(_)));
}

#[test]
fn a_prepared_playground_opens_with_what_it_promises() {
    let mut app = after("/prepared<Enter>");
    assert!(matches!(app.overlay, Some(Overlay::Choices(_))));
    keys(&mut app, "2");
    let shown = text(&app);
    assert!(shown.contains("● web") && shown.contains("● cache") && shown.contains("pages"), "{shown}");
    keys(&mut app, "<F6>");
    assert!(!text(&app).contains("● web"), "what was prepared can be taken back: {}", text(&app));
}

#[test]
fn a_command_typed_in_the_playground_changes_state_and_screen() {
    let mut app = after("pdocker run -d --name web alpine:3.22 sleep 99<Enter>docker ps<Enter>");
    let shown = text(&app);
    assert!(shown.contains("● web") && shown.contains("CONTAINER ID") && shown.contains("sleep 99"), "{shown}");
    keys(&mut app, "docker kill web<Enter>docker ps<Enter>");
    let shown = text(&app);
    assert!(shown.contains("○ web") && shown.contains("Exited (137)"), "{shown}");
}

/// The states in which screens and overlays are pictured here, beside those of the other tests.
const STATES: [(&str, &str); 9] = [
    ("settings", "s<Down>"),
    ("settings_key", "s<Down><Down><Down><Down><Down><Down><Enter>"),
    ("home_search", "/image"),
    ("home_nothing", "/zebra"),
    ("prepared", "<End><Up><Up><Enter>"),
    ("steps", "<Enter><Right>l"),
    ("task_reached", "<Enter><Right>1<Right><Right><Right><Right>docker stop -t 0 web<Enter>"),
    ("branch_question", "pdocker version<Enter><F6>docker ps<Enter>"),
    ("copy", "pdocker version<Enter><F9>"),
];

#[test]
fn screens_and_overlays_look_as_they_did() {
    for (state, pressed) in STATES {
        insta::assert_snapshot!(state, portrait(&after(pressed)));
    }
    let mut due = after("<Enter><Right>2<Esc>");
    due.settings.surroundings.today = 1;
    insta::assert_snapshot!("home_due", portrait(&due));
    insta::assert_snapshot!("too_small", {
        let sizes = [(59, 16), (33, 7), (12, 2), (5, 1)];
        let app = after("p");
        let drawn = sizes.map(|(columns, rows)| dump(&picture(&app, Size::new(columns, rows))));
        drawn.join("\n")
    });
}

/// Sizes up to this one are all drawn: within it lie all the sizes at which a layout changes but one.
const DENSE: Size = Size::new(108, 28);
/// How many screens share the larger sizes among them.
const SHARED_BY: u16 = 7;

/// Draws screen number `screen` of seven at sizes from nothing to the largest, each size in one of its states: all small ones, and of the
/// larger a seventh, so that the seven draw every size between them, and each of them every width and every height.
fn every_size(screen: u16, states: &[App]) {
    let mut number = 0;
    for columns in 0..=WIDEST {
        for rows in 0..=TALLEST {
            let dense = columns <= DENSE.columns && rows <= DENSE.rows;
            if !dense && !(columns + 3 * rows + screen).is_multiple_of(SHARED_BY) {
                continue;
            }
            let drawn = picture(&states[number % states.len()], Size::new(columns, rows));
            assert_eq!((drawn.area.width, drawn.area.height), (columns, rows));
            number += 1;
        }
    }
}

#[test]
fn home_is_drawn_at_every_size() {
    let mut due = after("<Enter><Right>2<Esc>");
    due.settings.surroundings.today = 1;
    every_size(0, &[app(), due, after("/image"), after("/zebra"), after("?"), after("<End><Up><Up><Enter>")]);
}

#[test]
fn settings_are_drawn_at_every_size() {
    every_size(1, &[after("s"), after("s<End>"), after("s<End><Enter>")]);
}

#[test]
fn lessons_are_drawn_at_every_size() {
    let typed = "<Enter><Right>1<Right><Right><Right><Right>docker stop -t 0 web<Enter>";
    let end = format!("{typed}<Right><Right><Right>1<Right><Right>");
    every_size(
        2,
        &[after("<Enter>"), after("<Enter><Right>"), after("<Enter><Right>2"), after(TASK), after(typed), after(&end)],
    );
}

/// A playground with a few things on it.
const BUSY: &str =
    "pdocker run -d --name web -p 80:80 nginx:1.27<Enter>docker run alpine:3.22 true<Enter>curl -s localhost<Enter>";

#[test]
fn playgrounds_are_drawn_at_every_size() {
    let team = after("/prepared<Enter>6");
    every_size(3, &[after(BUSY), after(&format!("{BUSY}docker <Tab>")), after(&format!("{BUSY}<Esc>zz<Down>")), team]);
}

#[test]
fn quizzes_are_drawn_at_every_size() {
    every_size(4, &[after("z"), after("z1"), after("z2"), after("z1<Enter>1<Enter>1<Enter>1<Enter>")]);
}

#[test]
fn the_inspector_is_drawn_at_every_size() {
    every_size(
        5,
        &[after(&format!("{BUSY}<F4>")), after(&format!("{BUSY}<F4>n<Right>")), after(&format!("{BUSY}<F4>nn"))],
    );
}

#[test]
fn the_editor_is_drawn_at_every_size() {
    let typed = "pedit Dockerfile<Enter>FROM alpine<Enter>RUNN echo";
    every_size(6, &[after(typed), after(&format!("{typed}<Esc>")), after(&format!("{BUSY}<F9>"))]);
}

/// Keys that do something, and letters that are typed.
fn any_key(random: &mut Random) -> Key {
    const NAMED: [KeyCode; 14] = [
        KeyCode::Enter,
        KeyCode::Escape,
        KeyCode::Tab,
        KeyCode::BackTab,
        KeyCode::Backspace,
        KeyCode::Delete,
        KeyCode::Up,
        KeyCode::Down,
        KeyCode::Left,
        KeyCode::Right,
        KeyCode::Home,
        KeyCode::End,
        KeyCode::PageUp,
        KeyCode::PageDown,
    ];
    let mut below = |count: usize| usize::try_from(random.below(count as u64)).unwrap();
    match below(20) {
        0..=8 => Key::plain(NAMED[below(NAMED.len())]),
        9..=10 => Key::plain(KeyCode::Function(u8::try_from(below(12) + 1).unwrap())),
        11 => Key::control(char::from(b'a' + u8::try_from(below(26)).unwrap())),
        12 => Key { alt: true, ..Key::char(char::from(b'a' + u8::try_from(below(26)).unwrap())) },
        13 => Key::char(['é', '中', '\u{5d0}', '🐳', '\u{301}'][below(5)]),
        _ => Key::char(char::from(b' ' + u8::try_from(below(95)).unwrap())),
    }
}

/// What is true of the program at every moment.
fn holds(app: &App, pressed: &Key) {
    let commands = app.commands();
    let mut seen = BTreeSet::new();
    for key in commands.iter().flat_map(|command| &command.keys) {
        assert!(seen.insert(*key), "after {pressed}: {key} does two things: {commands:?}");
    }
    let escape = Key::plain(KeyCode::Escape);
    let way_out = seen.contains(&escape) || commands.iter().any(|command| command.action == Action::Quit);
    assert!(way_out, "after {pressed}: there is no way out: {commands:?}");
    let timeline = match app.screen() {
        Screen::Lesson(lesson) => {
            assert!(lesson.player.at() <= lesson.player.furthest());
            lesson.player.timeline()
        }
        Screen::Playground(playground) => &playground.timeline,
        _ => return,
    };
    assert!(timeline.position() <= timeline.steps().len());
}

#[test]
fn ten_thousand_random_keys_and_resizes_break_nothing() {
    let mut random = Random::new(20_261_201);
    let mut app = app();
    let lines = [
        "docker run -d --name a alpine:3.22 sleep 9",
        "docker ps -a",
        "docker rm -f a",
        "edit Dockerfile",
        "ls /nowhere",
    ];
    let mut visited = BTreeSet::new();
    for number in 0..10_000_u32 {
        let key = any_key(&mut random);
        let message = match random.below(40) {
            0 => Message::Resize(Size::new(
                u16::try_from(random.below(201)).unwrap(),
                u16::try_from(random.below(61)).unwrap(),
            )),
            1 => Message::Tick(Duration::from_millis(random.below(500))),
            2 => Message::Scroll(None, if random.below(2) == 0 { -3 } else { 3 }),
            // Some lines make sense, so that something happens in the worlds; not too many, for each costs time.
            3 if number.is_multiple_of(5) => {
                let line = lines[usize::try_from(random.below(lines.len() as u64)).unwrap()];
                Message::Paste(line.to_owned())
            }
            _ => Message::Key(key),
        };
        for effect in app.update(message) {
            if effect == Effect::Quit {
                let progress = std::mem::take(&mut app.progress);
                app = self::app();
                app.progress = progress;
            }
        }
        holds(&app, &key);
        visited.insert(match (app.screen(), &app.overlay) {
            (_, Some(_)) => "an overlay",
            (Screen::Home(_), _) => "home",
            (Screen::Lesson(_), _) => "a lesson",
            (Screen::Playground(_), _) => "a playground",
            (Screen::Quiz(_), _) => "the quiz",
            (Screen::Settings(_), _) => "settings",
        });
        if number.is_multiple_of(20) {
            let size = app.size;
            picture(&app, size);
            let shown = targets(&app, size);
            if let Some(target) = shown.get(usize::try_from(random.below(shown.len().max(1) as u64)).unwrap()) {
                app.update(Message::Click(target.clone()));
                holds(&app, &key);
            }
        }
    }
    assert_eq!(visited.len(), 6, "the keys came only to {visited:?}");
}

#[test]
fn wide_and_right_to_left_text_stays_within_its_cells() {
    let mut app = after("p");
    for line in [
        "echo '中文字符 דברים בעברית نص عربي 🐳🐳' > 'שם קובץ 文件'",
        "cat *",
        "docker run --name x alpine:3.22 echo '\u{202e}abc 한국어'",
        "docker exec x sh -c 'echo 1 > /中文'",
    ] {
        app.update(Message::Paste(line.to_owned()));
        keys(&mut app, "<Enter>");
    }
    keys(&mut app, "echo 中文 אבג");
    for columns in (60..=140).chain([200]) {
        let drawn = picture(&app, Size::new(columns, 30));
        for row in 0..30 {
            let line = row_text(&drawn, row);
            assert!(super::wrap::width(&line) <= usize::from(columns), "{columns}: {line}");
            assert!(!line.contains('\u{202e}'), "{line}");
        }
        // The frame stands where it stands whatever is between: no character pushed it.
        for row in 2..26 {
            let edge = drawn[(columns - 1, row)].symbol();
            assert!("│┤┐┘├".contains(edge), "{columns} row {row}: {edge:?}");
        }
    }
}

#[test]
fn every_screen_is_ascii_where_asked() {
    for (state, pressed) in STATES {
        let mut app = after(pressed);
        app.settings.ascii = true;
        for size in [Size::new(80, 24), Size::new(120, 40)] {
            let drawn = picture(&app, size);
            assert!(drawn.content.iter().all(|cell| cell.symbol().is_ascii()), "{state}: {}", dump(&drawn));
        }
    }
}

#[test]
fn a_lesson_counts_as_begun_once_it_is_opened_and_as_done_at_its_end() {
    let mut app = after("<Enter>");
    assert_eq!(app.progress.standing("small"), Standing::Started);
    keys(&mut app, "l6<Right><Right>");
    assert_eq!(app.progress.standing("small"), Standing::Done);
    assert!(text(&app).contains("Lesson done"), "{}", text(&app));
}

/// A lesson that points at parts of the screen.
fn pointing() -> App {
    let lesson = "format = 1\nid = \"point\"\ntitle = \"Point\"\nmodule = \"Screens\"\nminutes = 1\nteaches = [\"screens\"]\n\
                  objectives = [\"Find your way\"]\ncommands = [\"docker run\"]\n\
                  [start]\ncommands = [\"docker run -d --name web alpine sleep 600\"]\n\
                  [[steps]]\nkind = \"say\"\ntext = \"Look.\"\nhighlight = [\"pane:terminal\", \"pane:timeline\", \"container:web\"]\n\
                  [[steps]]\nkind = \"say\"\ntext = \"And here.\"\nhighlight = [\"pane:why\", \"pane:stage\"]\n";
    let course = Course::new(CourseFile::new("1-screens/1-point.toml", lesson));
    let settings = Settings { motion: Motion::Off, depth: ColourDepth::TrueColour, ..Settings::default() };
    let mut app = App::new(course, Progress::default(), settings, Size::new(120, 40));
    app.open_lesson("point");
    app
}

#[test]
fn what_a_lesson_points_at_has_a_sign() {
    let mut app = pointing();
    let shown = text(&app);
    assert!(shown.contains("▸ Terminal") && shown.contains("▸ 0/0") && shown.contains("▸ ● web"), "{shown}");
    assert!(!shown.contains("▸ Stage") && !shown.contains("▸ Why"), "{shown}");
    insta::assert_snapshot!("pointing", portrait(&app));
    keys(&mut app, "<Right>");
    let shown = text(&app);
    assert!(shown.contains("▸ Stage") && shown.contains("▸ Why") && !shown.contains("▸ Terminal"), "{shown}");
}

#[test]
fn any_key_ends_the_motion_and_nothing_else_happens() {
    for key in ["x", "<Insert>", "<Ctrl-y>"] {
        let mut app = app();
        app.settings.motion = Motion::Full;
        keys(&mut app, "<Enter><Right>1");
        assert!(app.moving());
        keys(&mut app, key);
        assert!(!app.moving(), "{key}");
        assert!(matches!(app.screen(), Screen::Lesson(lesson) if lesson.player.at() == 1));
    }
}

#[test]
fn reduced_motion_shows_each_change_and_nothing_on_its_way() {
    let mut app = app();
    app.settings.motion = Motion::Reduced;
    keys(&mut app, "<Enter><Right>1");
    let mut pictures = BTreeSet::new();
    while app.moving() {
        if let Screen::Lesson(lesson) = app.screen() {
            assert!(lesson.desk.show.scenes().iter().all(|scene| scene.travels.is_empty()));
        }
        pictures.insert(text(&app));
        app.update(Message::Tick(Duration::from_millis(50)));
    }
    assert!(pictures.len() > 2, "each change has its picture");
}
