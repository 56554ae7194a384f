//! The program as lines: every shipped lesson is played to its end by its own answers and solutions, and a pipe is enough to play one.
//!
//! Promises: no control character comes out, and the end of the input is no failure.

use std::path::Path;

use layerlab::app::course::{Course, CourseFile};
use layerlab::learner::progress::{Progress, Standing};
use layerlab::lesson::format::StepKind;
use layerlab::plain::{Ending, LessonSession, Session};
use layerlab::worlds::Worlds;

/// More lines than any lesson takes.
const MOST_LINES: usize = 500;

fn course() -> Course {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("lessons");
    let mut lessons = Vec::new();
    for module in std::fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()) {
        for file in std::fs::read_dir(module).unwrap().map(|entry| entry.unwrap().path()) {
            let name = file.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
            if name.ends_with(".toml") {
                lessons.extend(CourseFile::new(name, std::fs::read_to_string(&file).unwrap()));
            }
        }
    }
    Course::new(lessons)
}

fn is_clean(text: &str) -> bool {
    text.chars().all(|sign| matches!(sign, '\n' | '\t') || !sign.is_control())
}

#[test]
fn every_lesson_plays_to_its_end_by_its_own_solutions() {
    let (course, worlds) = (course(), Worlds::default());
    assert!(course.lessons().count() >= 4);
    for (_, entry) in course.lessons() {
        let lesson = course.lesson(&entry.id).unwrap();
        let mut progress = Progress::default();
        let opened = LessonSession::open(&entry.id, &course, worlds.settings(), &progress, 0);
        let mut session = Session::Lesson(Box::new(opened.unwrap()));
        let mut text = session.start(&mut progress);
        let (mut at, mut typed) = (0, 0);
        for _ in 0..MOST_LINES {
            if text.contains(&format!("Step {} of ", at + 2)) {
                (at, typed) = (at + 1, 0);
            }
            assert!(is_clean(&text), "{}: {text:?}", entry.id);
            let line = match &lesson.steps[at].kind {
                StepKind::Do(task) if typed < task.solution.len() => {
                    let command = &task.solution[typed];
                    command
                        .on
                        .as_ref()
                        .map_or(command.line.clone(), |machine| format!("ssh {machine} '{}'", command.line))
                }
                StepKind::Predict(_) | StepKind::Quiz(_) if typed == 0 => "1".to_owned(),
                _ => String::new(),
            };
            typed += 1;
            let (answer, ending) = session.answer(&line, &mut progress);
            text = answer;
            assert!(!text.contains("not done yet"), "{} step {}: {text}", entry.id, at + 1);
            if ending == Ending::Over {
                break;
            }
        }
        assert!(text.contains("Lesson done"), "{} stands at step {}: {text}", entry.id, at + 1);
        assert_eq!(progress.standing(&entry.id), Standing::Done);
    }
}

fn piped(arguments: &[&str], input: &str, data: &Path) -> String {
    let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_layerlab"));
    let assert = command.arg("--data-dir").arg(data).args(arguments).write_stdin(input).assert().success();
    let text = String::from_utf8(assert.get_output().stdout.clone()).unwrap();
    assert!(is_clean(&text), "{text:?}");
    text
}

#[test]
fn a_lesson_can_be_piped_and_gone_on_with() {
    let data = tempfile::tempdir().unwrap();
    let text = piped(&["--plain", "learn", "2.1"], "\n1\n\n", data.path());
    assert!(text.contains("> 1\n$ docker pull nginx:1.27\n"), "{text}");
    assert!(text.ends_with("Go on with\n  layerlab --plain learn 2.1\n"), "{text}");
    let again = piped(&["learn", "2.1"], "", data.path());
    assert!(again.contains("You go on at step 3"), "{again}");
}

#[test]
fn the_playground_and_the_quiz_can_be_piped() {
    let data = tempfile::tempdir().unwrap();
    let text = piped(&["--plain", "play"], "echo hello\n\u{1b}[31m\n:quit\n", data.path());
    assert!(text.contains("echo hello\nhello\n"), "{text}");
    let text = piped(&["--plain", "quiz"], "1\n", data.path());
    assert!(text.contains("Question 2 of ") && text.contains("Result: "), "{text}");
}

#[test]
fn ones_own_files_are_put_on_the_host() {
    let data = tempfile::tempdir().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (dockerfile, compose) = (folder.path().join("app.Dockerfile"), folder.path().join("compose.yaml"));
    std::fs::write(&dockerfile, "FROM alpine\nCOPY mine.txt /\n").unwrap();
    std::fs::write(&compose, "services:\n  web:\n    image: nginx:1.27\n").unwrap();
    std::fs::write(folder.path().join("mine.txt"), "mine\n").unwrap();
    let text = piped(
        &["--plain", "play", "--dockerfile", dockerfile.to_str().unwrap()],
        "docker build -q -t own -f app.Dockerfile .\ndocker run --rm own cat /mine.txt\n",
        data.path(),
    );
    assert!(text.contains("Begin with\n  docker build -t ") && text.contains(" -f app.Dockerfile .\n"), "{text}");
    assert!(text.contains("cat /mine.txt\nmine\n"), "{text}");
    let text = piped(
        &["play", "--compose", compose.to_str().unwrap()],
        "docker compose up -d\ndocker compose ps --services\n",
        data.path(),
    );
    assert!(text.contains("Begin with\n  docker compose up -d\n") && text.contains("\nweb\n"), "{text}");
    refused(&["play", "--compose", "/no/such/file.yaml"], "/no/such/file.yaml: ");
}

fn refused(arguments: &[&str], reason: &str) {
    let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_layerlab"));
    let output = command.args(arguments).assert().code(2).get_output().stderr.clone();
    let text = String::from_utf8(output).unwrap();
    assert!(text.contains(reason), "{text}");
}

#[test]
fn ones_own_image_is_in_the_engine_from_the_beginning() {
    let data = tempfile::tempdir().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("own.tar");
    let file = archive.to_str().unwrap();
    let mut export = assert_cmd::Command::new(env!("CARGO_BIN_EXE_layerlab"));
    export.args(["export-image", "nginx:1.27", file]).assert().success();
    let text = piped(
        &["--plain", "play", "--image", file],
        "docker history -q nginx:1.27\ndocker run --rm nginx:1.27 echo it runs\n",
        data.path(),
    );
    assert!(text.contains("One image of own.tar is in the engine"), "{text}");
    assert!(text.contains("Begin with\n  docker history nginx:1.27\n"), "{text}");
    assert!(text.contains("echo it runs\nit runs\n"), "{text}");
    let whole = std::fs::read(&archive).unwrap();
    std::fs::write(&archive, &whole[..whole.len() / 2]).unwrap();
    refused(&["play", "--image", file], "own.tar: ");
    std::fs::write(&archive, "no archive at all").unwrap();
    refused(&["play", "--image", file], "own.tar: ");
    refused(&["play", "--image", "/no/such/file.tar"], "/no/such/file.tar: ");
    refused(&["play", "--image", file, "--compose", "compose.yaml"], "cannot be used with");
}

#[test]
fn a_prepared_playground_is_opened_by_its_name() {
    let data = tempfile::tempdir().unwrap();
    let text = piped(&["--plain", "play", "website"], "docker ps --format '{{.Names}}'\n", data.path());
    assert!(text.contains("docker network create shop") && text.contains("\nweb\ncache\n"), "{text}");
    refused(&["play", "nowhere"], "possible values: empty, website");
}
