//! Lessons, quiz and playground fed with lines.

use super::*;
use crate::app::course::{Course, CourseFile};
use crate::app::prepared::{self, EMPTY};
use crate::learner::progress::Standing;
use crate::lesson::format::StepKind;
use crate::worlds::Worlds;

const LESSON: &str = include_str!("../../lessons/2-images-and-containers/1-image-and-container.toml");

fn course() -> Course {
    Course::new(CourseFile::new("2-images-and-containers/1-image-and-container.toml", LESSON))
}

fn lesson(progress: &Progress) -> Session {
    let session = LessonSession::open("image-and-container", &course(), Worlds::default().settings(), progress, 0);
    Session::Lesson(Box::new(session.unwrap()))
}

fn say(session: &mut Session, progress: &mut Progress, line: &str) -> String {
    session.answer(line, progress).0
}

/// The steps of the lesson up to the first of a kind are passed.
fn pass_to(session: &mut Session, progress: &mut Progress, heading: &str) -> String {
    let mut text = String::new();
    while !text.contains(heading) {
        let (next, ending) = session.answer(":next", progress);
        assert_eq!(ending, Ending::GoesOn, "there is no {heading}");
        text = next;
    }
    text
}

#[test]
fn a_prediction_is_asked_answered_and_explained() {
    let mut progress = Progress::default();
    let mut session = lesson(&progress);
    let start = session.start(&mut progress);
    assert!(start.contains("Step 1 of ") && start.ends_with("(Enter: next step)\n"), "{start}");
    let asked = say(&mut session, &mut progress, "");
    assert!(asked.contains(": Predict: ") && asked.contains("  $ docker pull nginx:1.27"), "{asked}");
    assert!(asked.contains("  1) None\n  2) One"), "{asked}");
    let refused = say(&mut session, &mut progress, "9");
    assert!(refused.contains("from 1 to 3"), "{refused}");
    let answered = say(&mut session, &mut progress, "2");
    assert!(answered.starts_with("$ docker pull nginx:1.27\n"), "{answered}");
    assert!(answered.contains("Why: ") && answered.contains("Not so: the right answer is 1."), "{answered}");
    assert!(answered.contains("2) One (wrong, your answer)"), "{answered}");
    assert_eq!(progress.lessons["image-and-container"].predictions.len(), 1);
    assert!(session.farewell().contains("layerlab --plain learn 2.1"));
}

#[test]
fn the_place_is_kept() {
    let mut progress = Progress::default();
    let mut session = lesson(&progress);
    session.start(&mut progress);
    say(&mut session, &mut progress, "");
    let again = lesson(&progress).start(&mut progress);
    assert!(again.contains("Step 2 of "), "{again}");
    assert!(say(&mut session, &mut progress, ":back").contains("Step 1 of "));
    assert!(say(&mut session, &mut progress, ":bakc").contains(":back"));
}

#[test]
fn a_task_is_done_with_commands_of_ones_own() {
    let mut progress = Progress::default();
    let mut session = lesson(&progress);
    session.start(&mut progress);
    let task = pass_to(&mut session, &mut progress, "Your turn");
    assert!(task.contains("  [ ] "), "{task}");
    assert!(say(&mut session, &mut progress, "").contains("not done yet"));
    assert!(say(&mut session, &mut progress, ":hint").starts_with("Hint 1 of 4: "));
    let wrong = say(&mut session, &mut progress, "docker frobnicate");
    assert!(wrong.contains("docker"), "{wrong}");
    let Session::Lesson(playing) = &session else { panic!("a lesson stays one") };
    let solution: Vec<String> = match &playing.step_kind() {
        StepKind::Do(task) => task.solution.iter().map(|command| command.line.clone()).collect(),
        other => panic!("{other:?}"),
    };
    let mut last = String::new();
    for line in &solution {
        last = say(&mut session, &mut progress, line);
    }
    assert!(last.contains("Reached.") && !last.contains("[ ]"), "{last}");
    assert!(say(&mut session, &mut progress, "").contains("Step "));
}

#[test]
fn only_next_leads_to_the_end() {
    let mut progress = Progress::default();
    let mut session = lesson(&progress);
    session.start(&mut progress);
    let mut steps = 1;
    while session.answer(":next", &mut progress).1 == Ending::GoesOn {
        steps += 1;
    }
    assert_eq!(steps, course().lesson("image-and-container").unwrap().steps.len());
    assert_eq!(progress.standing("image-and-container"), Standing::Done);
}

#[test]
fn a_quiz_repeats_what_was_wrong_and_gives_a_result() {
    let mut progress = Progress::default();
    let course = course();
    let mut session =
        Session::Quiz(Box::new(QuizSession::new(course.read_all(), Worlds::default().settings(), 1, 20_000)));
    let start = session.start(&mut progress);
    assert!(start.contains("Question 1 of "), "{start}");
    assert!(say(&mut session, &mut progress, "x").contains("Type a number"));
    let mut all = String::new();
    for round in 0..200 {
        let (text, ending) = session.answer(&(round % 3 + 1).to_string(), &mut progress);
        all.push_str(&text);
        if ending == Ending::Over {
            break;
        }
    }
    assert!(all.contains("Right.") && all.contains("Not so:") && all.contains("Again, "), "{all}");
    assert!(all.contains("Result: "), "{all}");
    assert!(!progress.questions.is_empty());
}

#[test]
fn the_playground_gives_output_and_a_reason() {
    let mut progress = Progress::default();
    let mut session =
        Session::Playground(Box::new(PlaygroundSession::new(Worlds::default().settings(), 1, &EMPTY, None)));
    session.start(&mut progress);
    let text = say(&mut session, &mut progress, "docker run --name once alpine echo 'hi\u{7}'");
    assert!(text.contains("hi") && text.matches("Why: ").count() == 1, "{text}");
    assert!(text.chars().all(|sign| sign == '\n' || sign == '\t' || !sign.is_control()), "{text:?}");
    assert!(say(&mut session, &mut progress, ":undo").contains("Taken back"));
    assert!(!say(&mut session, &mut progress, "docker ps -a").contains("alpine"));
    assert!(say(&mut session, &mut progress, ":redo").contains("nothing"));
    assert_eq!(session.answer(":quit", &mut progress).1, Ending::Over);
    let long = "x".repeat(LONGEST_INPUT + 1);
    assert!(say(&mut session, &mut progress, &long).contains("not taken"));
}

#[test]
fn how_sure_one_is_can_be_said_with_the_answer() {
    let mut progress = Progress::default();
    let mut session = lesson(&progress);
    session.start(&mut progress);
    let asked = say(&mut session, &mut progress, "");
    assert!(asked.contains("a guess, fairly sure, certain"), "{asked}");
    let refused = say(&mut session, &mut progress, "2 perhaps");
    assert!(refused.contains("from 1 to 3"), "{refused}");
    let answered = say(&mut session, &mut progress, "2 c");
    assert!(answered.contains("You said that it was certain."), "{answered}");
}

#[test]
fn any_step_can_be_gone_to_and_the_steps_say_what_was_done_in_them() {
    let mut progress = Progress::default();
    let mut session = lesson(&progress);
    session.start(&mut progress);
    say(&mut session, &mut progress, "");
    say(&mut session, &mut progress, "1");
    let there = say(&mut session, &mut progress, ":go 5");
    assert!(there.contains("Step 5 of "), "{there}");
    let steps = say(&mut session, &mut progress, ":steps");
    assert!(steps.contains("Step 2 of ") && steps.contains("(answered rightly)"), "{steps}");
    assert_eq!(steps.matches("(you are here)").count(), 1, "{steps}");
    assert!(say(&mut session, &mut progress, ":go 999").contains("The steps are 1 to "));
    assert!(say(&mut session, &mut progress, ":go 1").contains("Step 1 of "));
}

fn playground(name: Option<&str>) -> Session {
    let prepared = name.map_or(EMPTY, |name| prepared::named(name).unwrap());
    Session::Playground(Box::new(PlaygroundSession::new(Worlds::default().settings(), 1, &prepared, None)))
}

#[test]
fn a_file_is_written_line_by_line_and_that_can_be_taken_back() {
    let (mut progress, mut session) = (Progress::default(), playground(None));
    session.start(&mut progress);
    assert!(say(&mut session, &mut progress, "edit Dockerfile").contains(":edit FILE"));
    assert!(say(&mut session, &mut progress, ":edit Dockerfile").contains("a line with a dot alone"));
    assert_eq!(session.prompt(), "| ");
    for line in ["FROM alpine", "", ":help is no command here"] {
        assert_eq!(say(&mut session, &mut progress, line), "");
    }
    assert!(say(&mut session, &mut progress, ".").contains("Written."));
    let text = say(&mut session, &mut progress, "cat Dockerfile");
    assert!(text.starts_with("FROM alpine\n\n:help is no command here\n"), "{text}");
    let again = say(&mut session, &mut progress, ":edit Dockerfile");
    assert!(again.contains("   1  FROM alpine\n"), "{again}");
    assert!(say(&mut session, &mut progress, ".").contains("stays as it is"));
    say(&mut session, &mut progress, ":reset");
    assert!(say(&mut session, &mut progress, "cat Dockerfile").contains("No such file"));
}

#[test]
fn one_can_go_from_machine_to_machine() {
    let (mut progress, mut session) = (Progress::default(), playground(Some("team")));
    session.start(&mut progress);
    let machines = say(&mut session, &mut progress, ":sit");
    assert!(machines.contains("- laptop (you are here)\n- qa\n"), "{machines}");
    say(&mut session, &mut progress, ":sit qa");
    assert!(say(&mut session, &mut progress, "hostname").contains("qa"));
    assert!(say(&mut session, &mut progress, ":sit nowhere").contains("no machine called"));
}

#[test]
fn home_opens_everything_and_is_come_back_to() {
    let mut progress = Progress::default();
    let mut session = Session::Home(Box::new(HomeSession::new(course(), Worlds::default(), 1, 20_000)));
    let start = session.start(&mut progress);
    assert!(start.contains("2.1  Image and container") && start.contains("layerlab --help"), "{start}");
    assert!(start.ends_with("(Enter: 2.1 Image and container)\n"), "{start}");
    assert!(say(&mut session, &mut progress, ":find IMAGE").contains("2.1  "));
    assert!(say(&mut session, &mut progress, ":find swarm").contains("no such lesson"));
    assert!(say(&mut session, &mut progress, "9.9").contains(":list"));
    assert!(say(&mut session, &mut progress, "").contains("Step 1 of "));
    assert!(say(&mut session, &mut progress, ":quit").contains("You are home again."));
    assert!(say(&mut session, &mut progress, ":quiz").contains("Question 1 of "));
    say(&mut session, &mut progress, ":quit");
    assert!(say(&mut session, &mut progress, ":play nowhere").contains("there are: "));
    assert!(say(&mut session, &mut progress, ":play").contains("Playground"));
    assert_eq!(session.prompt(), "# ");
    say(&mut session, &mut progress, ":quit");
    assert_eq!(session.answer(":quit", &mut progress).1, Ending::Over);
}

#[test]
fn questions_that_are_due_are_asked_again() {
    let mut progress = Progress::default();
    let home = |today| Session::Home(Box::new(HomeSession::new(course(), Worlds::default(), 1, today)));
    let mut session = home(20_000);
    session.start(&mut progress);
    assert!(say(&mut session, &mut progress, ":review").contains("No question is due"));
    say(&mut session, &mut progress, ":quiz");
    say(&mut session, &mut progress, "1");
    assert_eq!(progress.questions.values().filter(|question| question.due.is_some()).count(), 1);
    let mut later = home(20_200);
    assert!(later.start(&mut progress).contains("Due for review: 1 question."));
    let asked = say(&mut later, &mut progress, ":review");
    assert!(asked.contains("1 question from the lessons"), "{asked}");
    let due = progress.due(20_200).concat();
    let quiz = QuizSession::new(course().read_all(), Worlds::default().settings(), 7, 20_200);
    let mut quiz = Session::Quiz(Box::new(quiz));
    let asked = quiz.start(&mut progress);
    assert!(asked.contains("Due for review: 1 question; these come first."), "{asked}");
    // What is answered now is the one that was due.
    say(&mut quiz, &mut progress, "1");
    assert_eq!((progress.questions.len(), progress.due(20_200).contains(&&*due)), (1, false));
}

#[test]
fn a_question_of_a_lesson_comes_back_for_review() {
    let mut progress = Progress::default();
    let mut session = lesson(&progress);
    pass_to(&mut session, &mut progress, ": Predict: ");
    say(&mut session, &mut progress, "1 g");
    assert_eq!(progress.due(1).len(), 1, "a guess is asked again the next day");
}

#[test]
fn the_help_names_every_prepared_playground() {
    let mut page = words::Page::default();
    commands::help(&mut page, commands::HOME);
    let help = page.finish();
    for prepared in prepared::PREPARED.iter().filter(|prepared| **prepared != EMPTY) {
        assert!(help.contains(prepared.name), "{}: {help}", prepared.name);
    }
}
