//! Lessons, quiz and playground fed with lines.

use super::*;
use crate::app::course::{Course, CourseFile};
use crate::learner::progress::Standing;
use crate::lesson::format::StepKind;
use crate::worlds::Worlds;

const LESSON: &str = include_str!("../../lessons/2-images-and-containers/1-image-and-container.toml");

fn course() -> Course {
    Course::new(CourseFile::new("2-images-and-containers/1-image-and-container.toml", LESSON))
}

fn lesson(progress: &Progress) -> Session {
    let session = LessonSession::open("image-and-container", &course(), Worlds::default().settings(), progress);
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
    let mut session = Session::Quiz(Box::new(QuizSession::new(course.read_all(), Worlds::default().settings(), 1)));
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
    let mut session = Session::Playground(Box::new(PlaygroundSession::new(Worlds::default().settings(), 1)));
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
