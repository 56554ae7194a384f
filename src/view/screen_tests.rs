//! The lesson screen, the playground and the inspector: key strings in, pictures and states out.

use super::testing::{dump, picture, portrait, row_text};
use crate::app::App;
use crate::app::course::{Course, CourseFile};
use crate::app::desk::Pane;
use crate::app::lesson::LessonScreen;
use crate::app::message::{Message, Size, Target};
use crate::app::overlay::Overlay;
use crate::app::playground::PlaygroundScreen;
use crate::app::screen::Screen;
use crate::app::settings::{ColourDepth, Motion, Settings, ThemeChoice};
use crate::learner::progress::{Progress, Standing};

const LESSON: &str = include_str!("../../tests/screens/small.toml");

/// The key strings that lead to each state of the lesson screen, from its first step.
const STATES: [(&str, &str); 9] = [
    ("say", ""),
    ("predict_before", "Right"),
    ("predict_after", "Right 2"),
    ("demo", "Right 1 Right Right"),
    ("task", "Right 1 Right Right Right Right F3"),
    ("compare", "Right 1 Right Right Right Right Esc s Right Right"),
    ("quiz", "Right 1 Right Right Right Right Esc s Right Right Right 1"),
    ("end", "Right 1 Right Right Right Right Esc s Right Right Right 1 Right"),
    ("inspector", "Right 1 Right Right Right i"),
];

fn app(theme: ThemeChoice, motion: Motion) -> App {
    let course = Course::new(CourseFile::new("1-screens/1-small.toml", LESSON));
    let settings = Settings { theme, motion, depth: ColourDepth::TrueColour, ..Settings::default() };
    App::new(course, Progress::default(), settings, Size::new(120, 40))
}

fn lesson_app(theme: ThemeChoice, keys: &str) -> App {
    let mut app = app(theme, Motion::Off);
    app.open_lesson("small");
    press(&mut app, keys);
    app
}

fn press(app: &mut App, keys: &str) {
    for key in keys.split_whitespace() {
        app.update(Message::Key(key.parse().unwrap()));
    }
}

fn type_line(app: &mut App, line: &str) {
    app.update(Message::Paste(line.to_owned()));
    press(app, "Enter");
}

fn lesson(app: &App) -> &LessonScreen {
    match app.screen() {
        Screen::Lesson(lesson) => lesson,
        other => panic!("{other:?}"),
    }
}

fn playground(app: &App) -> &PlaygroundScreen {
    match app.screen() {
        Screen::Playground(playground) => playground,
        other => panic!("{other:?}"),
    }
}

/// A playground with three containers, one of which waits for input.
fn busy_playground(theme: ThemeChoice) -> App {
    let mut app = app(theme, Motion::Off);
    app.open_playground();
    type_line(&mut app, "docker run -d --name one alpine sleep 1000");
    type_line(&mut app, "docker create --name two alpine");
    type_line(&mut app, "docker run -it --name three alpine sh");
    app
}

#[test]
fn the_screens_look_as_they_did() {
    let theme = ThemeChoice::Auto;
    let mut pictured: Vec<(&str, App)> = STATES.iter().map(|(state, keys)| (*state, lesson_app(theme, keys))).collect();
    pictured.push(("playground", busy_playground(theme)));
    let mut moving = app(theme, Motion::Full);
    moving.open_lesson("small");
    press(&mut moving, "Right 1");
    moving.update(Message::Tick(std::time::Duration::from_millis(500)));
    pictured.push(("moving", moving));
    for (state, app) in pictured {
        insta::assert_snapshot!(state, portrait(&app));
    }
}

fn quiz_app(theme: ThemeChoice) -> App {
    let mut app = app(theme, Motion::Off);
    app.open_quiz();
    app
}

/// Answers the question that is asked, right or wrong.
fn answer(app: &mut App, right: bool) {
    let Screen::Quiz(quiz) = app.screen() else { panic!("{:?}", app.screen()) };
    let question = quiz.round().question().unwrap();
    let place = quiz.round().order().iter().position(|choice| (*choice == question.right) == right).unwrap();
    press(app, &(place + 1).to_string());
}

/// A quiz at its beginning, after a right and after a wrong answer, and at its end.
fn quiz_states(theme: ThemeChoice) -> Vec<(&'static str, App)> {
    let asked = quiz_app(theme);
    let mut right = asked.clone();
    answer(&mut right, true);
    let mut wrong = asked.clone();
    answer(&mut wrong, false);
    let mut result = wrong.clone();
    press(&mut result, "Enter");
    while matches!(result.screen(), Screen::Quiz(quiz) if quiz.round().question().is_some()) {
        answer(&mut result, true);
        press(&mut result, "Enter");
    }
    vec![("round_asked", asked), ("round_right", right), ("round_wrong", wrong), ("round_result", result)]
}

#[test]
fn the_quiz_and_the_help_look_as_they_did() {
    let mut pictured = quiz_states(ThemeChoice::Auto);
    let mut help = lesson_app(ThemeChoice::Auto, "Right");
    press(&mut help, "?");
    pictured.push(("help", help));
    for (state, app) in pictured {
        insta::assert_snapshot!(state, portrait(&app));
    }
}

#[test]
fn a_question_that_went_wrong_comes_again_and_every_answer_is_kept() {
    let mut app = quiz_app(ThemeChoice::Auto);
    answer(&mut app, false);
    let repeated = |app: &App| matches!(app.screen(), Screen::Quiz(quiz) if quiz.round().is_repeated());
    assert!(!repeated(&app), "it went wrong just now, not before");
    press(&mut app, "Enter");
    while !repeated(&app) {
        answer(&mut app, true);
        press(&mut app, "Enter");
    }
    answer(&mut app, true);
    press(&mut app, "Enter");
    let Screen::Quiz(quiz) = app.screen() else { panic!("{:?}", app.screen()) };
    let result = quiz.round().result();
    assert_eq!((result.questions - result.right_at_once, result.missed.len()), (1, 1));
    let kept: u32 = app.progress.questions.values().map(|counts| counts.right + counts.wrong).sum();
    assert_eq!(kept as usize, result.questions + 1);
}

#[test]
fn every_state_at_every_size_is_drawn_without_a_panic() {
    let mut apps: Vec<App> = STATES.iter().map(|(_, keys)| lesson_app(ThemeChoice::Auto, keys)).collect();
    apps.push(busy_playground(ThemeChoice::Auto));
    apps.extend(quiz_states(ThemeChoice::Auto).into_iter().map(|(_, app)| app));
    for app in &apps {
        for columns in (0..=60).step_by(4).chain([61, 71, 72, 99, 100, 200]) {
            for rows in (0..=20).step_by(3).chain([16, 17, 18, 26, 60]) {
                picture(app, Size::new(columns, rows));
            }
        }
    }
}

#[test]
fn the_lesson_is_played_to_its_end_and_counted_as_done() {
    let mut app = lesson_app(ThemeChoice::Auto, "");
    assert_eq!(app.progress.standing("small"), Standing::Started);
    press(&mut app, "Right 1 Right Right Right Right Esc s Right Right Right 1 Right");
    assert!(lesson(&app).finished);
    assert_eq!(app.progress.standing("small"), Standing::Done);
}

#[test]
fn back_to_the_first_step_and_to_the_end_again_shows_the_same_pictures() {
    let mut app = lesson_app(ThemeChoice::Auto, "Right 1 Right Right Right Right Esc s Right Right Right 1");
    let size = Size::new(120, 40);
    let mut pictures = Vec::new();
    for _ in 0..5 {
        pictures.push(dump(&picture(&app, size)));
        press(&mut app, "Left");
    }
    press(&mut app, "Right");
    for expected in pictures.iter().rev() {
        assert_eq!(&dump(&picture(&app, size)), expected);
        press(&mut app, "Right");
    }
}

#[test]
fn a_prediction_stays_beside_its_outcome_and_is_kept() {
    let app = lesson_app(ThemeChoice::Auto, "Right c 2");
    let text = dump(&picture(&app, Size::new(120, 40)));
    assert!(
        text.contains("✓1 One container")
            && text.contains("✗2 Nothing")
            && text.contains("your prediction: you were certain"),
        "{text}"
    );
    let predictions = app.progress.lessons.get("small").map(|lesson| lesson.predictions.clone()).unwrap_or_default();
    assert!(predictions.len() == 1 && !predictions[0].right, "{predictions:?}");
}

#[test]
fn a_task_is_reached_by_typing_and_its_goal_says_what_is_seen() {
    let mut app = lesson_app(ThemeChoice::Auto, "Right 1 Right Right Right Right");
    assert_eq!(lesson(&app).desk.pane, Pane::Terminal);
    let text = dump(&picture(&app, Size::new(120, 40)));
    assert!(text.contains("○ web has stopped") && text.contains("now: state: running"), "{text}");
    type_line(&mut app, "docker stop -t 0 web");
    assert!(lesson(&app).player.record().reached);
    assert!(dump(&picture(&app, Size::new(120, 40))).contains("✓ web has stopped"));
    press(&mut app, "Right");
    assert_eq!(lesson(&app).player.at(), 4, "→ on an empty line goes on");
}

#[test]
fn a_command_in_the_past_asks_before_it_begins_a_branch() {
    let mut app = busy_playground(ThemeChoice::Auto);
    press(&mut app, "F6 F6");
    app.update(Message::Paste("docker ps".to_owned()));
    press(&mut app, "Enter");
    assert!(matches!(app.overlay, Some(Overlay::Confirm(_))));
    press(&mut app, "n");
    assert_eq!(playground(&app).timeline.steps().len(), 3);
    press(&mut app, "Enter y");
    assert_eq!((playground(&app).timeline.steps().len(), playground(&app).timeline.branches().len()), (2, 1));
}

#[test]
fn undo_and_redo_walk_the_commands() {
    let mut app = busy_playground(ThemeChoice::Auto);
    press(&mut app, "Esc u u U");
    assert_eq!(playground(&app).timeline.position(), 2);
    press(&mut app, "Home");
    assert_eq!(playground(&app).timeline.position(), 0);
    press(&mut app, "End");
    assert_eq!(playground(&app).timeline.position(), 3);
}

#[test]
fn the_timeline_is_scrubbed_by_key_and_by_mouse_and_the_stage_follows() {
    let mut app = busy_playground(ThemeChoice::Auto);
    let bottom = |app: &App| row_text(&picture(app, Size::new(120, 40)), 38);
    assert!(bottom(&app).contains("3/3 ├●─●─●─◉┤ docker run -it --name three alpine sh"), "{}", bottom(&app));
    press(&mut app, "Esc [ [");
    assert!(bottom(&app).contains("1/3 ├●─◉─○─○┤ docker run -d --name one"), "{}", bottom(&app));
    let stage = |app: &App| dump(&picture(app, Size::new(120, 40)));
    assert!(stage(&app).contains("● one") && !stage(&app).contains("two"), "{}", stage(&app));
    app.update(Message::Click(Target::Moment(2)));
    assert!(stage(&app).contains("◌ two") && !stage(&app).contains("● three"), "{}", stage(&app));
    app.update(Message::Click(Target::Moment(0)));
    assert_eq!(playground(&app).timeline.position(), 0);
}

#[test]
fn failures_are_marked_on_the_timeline_and_can_be_jumped_to() {
    let mut app = app(ThemeChoice::Auto, Motion::Off);
    app.open_playground();
    type_line(&mut app, "docker ps");
    type_line(&mut app, "docker start nobody");
    type_line(&mut app, "docker images");
    let bottom = row_text(&picture(&app, Size::new(120, 40)), 38);
    assert!(bottom.contains("├●─●─✗─◉┤"), "{bottom}");
    press(&mut app, "Esc {");
    assert_eq!(playground(&app).timeline.position(), 2);
}

#[test]
fn a_branch_that_was_left_is_found_again() {
    let mut app = busy_playground(ThemeChoice::Auto);
    press(&mut app, "Esc u u t");
    type_line(&mut app, "docker ps");
    press(&mut app, "y Esc b");
    let text = dump(&picture(&app, Size::new(120, 40)));
    assert!(text.contains("docker create --name two alpine") && text.contains("2 commands, parted after 1"), "{text}");
    press(&mut app, "Enter");
    assert_eq!(playground(&app).timeline.steps().len(), 3);
}

#[test]
fn a_lesson_goes_on_where_it_stood_on_a_branch_that_was_left() {
    // The task is done one way, the comparison behind it is entered; then the task is tried another way.
    let mut app = lesson_app(ThemeChoice::Auto, "Right 1 Enter Right Right Right Enter");
    press(&mut app, "Esc Right Right Right");
    while lesson(&app).player.at() < 3 {
        press(&mut app, "Right");
    }
    press(&mut app, "t");
    type_line(&mut app, "docker stop -t 1 web");
    press(&mut app, "Esc Right");
    assert_eq!((lesson(&app).player.at(), lesson(&app).player.furthest()), (4, 4));
    press(&mut app, "Left u t");
    type_line(&mut app, "docker kill web");
    press(&mut app, "y Esc");
    assert_eq!((lesson(&app).player.at(), lesson(&app).player.furthest()), (3, 3));
    let drawn = dump(&picture(&app, Size::new(120, 40)));
    assert!(drawn.contains("(+1 branch)") && drawn.contains("b branches"), "{drawn}");
    press(&mut app, "b");
    let drawn = dump(&picture(&app, Size::new(120, 40)));
    assert!(drawn.contains("docker stop -t 1 web") && drawn.contains("1 command, parted after"), "{drawn}");
    press(&mut app, "Enter");
    assert_eq!((lesson(&app).player.at(), lesson(&app).player.furthest()), (3, 4), "as it was left");
    let line = |app: &App| format!("{:?}", lesson(app).player.timeline().current().map(|step| step.action.clone()));
    assert!(line(&app).contains("docker stop"), "{}", line(&app));
    press(&mut app, "b Enter");
    assert!(line(&app).contains("docker kill"), "{}", line(&app));
    assert_eq!(lesson(&app).player.furthest(), 3);
}

#[test]
fn motion_takes_time_only_while_it_lasts_and_any_key_ends_it() {
    let mut app = app(ThemeChoice::Auto, Motion::Full);
    app.open_lesson("small");
    assert!(!app.moving());
    press(&mut app, "Right 1");
    assert!(app.moving());
    app.update(Message::Tick(std::time::Duration::from_secs(60)));
    assert!(!app.moving());
    press(&mut app, "p");
    assert!(app.moving(), "p plays it again");
    press(&mut app, "Right");
    assert!(!app.moving() && lesson(&app).player.at() == 1, "→ first ends the motion");
}

#[test]
fn the_key_bar_names_how_to_go_on_and_how_to_leave_at_every_step() {
    for (state, keys) in STATES.iter().filter(|(state, _)| *state != "inspector") {
        let app = lesson_app(ThemeChoice::Auto, keys);
        let bar = row_text(&picture(&app, Size::new(120, 40)), 39);
        assert!(bar.contains("→") || bar.contains("Enter"), "{state}: {bar}");
        assert!(bar.contains("help"), "{state}: {bar}");
    }
}

#[test]
fn no_two_commands_share_a_key_in_any_state() {
    let mut apps: Vec<App> = STATES.iter().map(|(_, keys)| lesson_app(ThemeChoice::Auto, keys)).collect();
    apps.push(busy_playground(ThemeChoice::Auto));
    for app in apps {
        let mut keys: Vec<_> = app.commands().into_iter().flat_map(|command| command.keys).collect();
        let all = keys.len();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), all, "{:?}", app.commands());
    }
}

#[test]
fn the_screens_are_ascii_where_asked() {
    let mut apps: Vec<App> = STATES.iter().map(|(_, keys)| lesson_app(ThemeChoice::Auto, keys)).collect();
    apps.push(busy_playground(ThemeChoice::Auto));
    for mut app in apps {
        app.settings.ascii = true;
        let picture = picture(&app, Size::new(120, 40));
        assert!(picture.content.iter().all(|cell| cell.symbol().is_ascii()), "{}", dump(&picture));
    }
}

#[test]
fn a_hint_and_the_end_of_a_task_are_in_sight_on_the_smallest_full_screen() {
    let size = Size::new(80, 24);
    let mut app = lesson_app(ThemeChoice::Auto, "Right 1 Right Right Right Right F3 F3 F3 F3");
    let text = dump(&picture(&app, size));
    assert!(text.contains("Solution 4 of 4") && text.contains("Tab ↑ more"), "{text}");
    type_line(&mut app, "docker stop -t 0 web");
    let text = dump(&picture(&app, size));
    assert!(text.contains("✓ Reached.") && !text.contains("Solution 4 of 4"), "{text}");
}

#[test]
fn a_comparison_shows_what_differs_and_leaves_out_what_both_lanes_have() {
    let app = lesson_app(ThemeChoice::Auto, "Right 1 Right Right Right Right Esc s Right Right");
    for size in [Size::new(80, 24), Size::new(120, 40)] {
        let text = dump(&picture(&app, size));
        assert!(text.contains("the same in both") && text.contains("● web"), "{text}");
        assert!(text.contains("nothing but what both have") && !text.contains("IMAGES"), "{text}");
    }
    let text = dump(&picture(&app, Size::new(120, 40)));
    assert!(text.contains("# docker start web") && text.contains("# docker rm web"), "both terminals: {text}");
}

#[test]
fn numbers_of_a_machine_are_not_cut_at_any_width() {
    let app = lesson_app(ThemeChoice::Auto, "Right 1");
    for columns in 80..140 {
        let picture = picture(&app, Size::new(columns, 40));
        let rows: Vec<String> = (0..40).map(|row| row_text(&picture, row)).collect();
        let gauges = rows.iter().find(|row| row.contains("memory ")).unwrap();
        assert!(!gauges.split_once("memory ").unwrap().1.contains('…'), "{gauges}");
    }
}
