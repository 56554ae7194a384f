//! The shipped lessons are right: each is proven in the order of the course, fits the screen, and plays to its end, back and to the end
//! again with the same pictures.
//!
//! Promises: a lesson that teaches something the model does not do fails here, with the line.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use layerlab::diagnostic::Rendering;
use layerlab::lesson::check::{Introduced, prove};
use layerlab::lesson::format::Lesson;
use layerlab::lesson::player::Player;
use layerlab::lesson::read::read_lesson;
use layerlab::stage::scene::Scene;
use layerlab::stage::still;
use layerlab::view::lesson::fit;
use layerlab::world::WorldSettings;
use layerlab::world::registry::catalogue::Catalogue;

/// The lesson files in the order of the course: modules and lessons begin with their numbers.
fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("lessons");
    let entries = |folder: &Path| -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder).expect("the folder is there");
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("it can be listed").path()).collect();
        paths.sort();
        paths
    };
    let modules = entries(&folder).into_iter().filter(|path| path.is_dir());
    let files = modules.flat_map(|module| entries(&module));
    files.filter(|path| path.extension().is_some_and(|extension| extension == "toml")).collect()
}

fn lesson(path: &Path) -> (String, Arc<Lesson>) {
    let source = std::fs::read_to_string(path).expect("it can be read");
    match read_lesson(&path.to_string_lossy(), source.as_bytes()) {
        Ok(lesson) => (source, Arc::new(lesson)),
        Err(found) => panic!("{}", found.render(Rendering::Plain)),
    }
}

fn settings() -> WorldSettings {
    layerlab::worlds::settings(&Arc::new(Catalogue::shipped().expect("the shipped catalogue is whole")))
}

#[test]
fn every_lesson_is_proven() {
    let settings = settings();
    let mut introduced = Introduced::default();
    let mut wrong = String::new();
    let files = files();
    assert!(files.len() >= 4, "{} lessons", files.len());
    for path in files {
        let (source, lesson) = lesson(&path);
        let name = path.to_string_lossy();
        let mut found = prove(&name, &source, &lesson, &settings, &introduced);
        found.append(fit::check(&name, &source, &lesson, &settings));
        if !found.is_empty() {
            wrong.push_str(&found.render(Rendering::Plain));
        }
        introduced.add(&lesson);
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// What is on the stage at the end of the present step: of its world, or of each lane that it compares.
fn pictures(player: &Player) -> Vec<Scene> {
    let lanes = player.record().lanes;
    let worlds = lanes.iter().map(|lane| lane.world()).chain([player.timeline().world()]);
    worlds.map(still::scene).collect()
}

/// Plays from the present step to the last one, with the picture at the end of each.
fn to_the_end(player: &mut Player) -> Vec<Vec<Scene>> {
    let mut seen = Vec::new();
    loop {
        player.complete();
        seen.push(pictures(player));
        if !player.next() {
            return seen;
        }
    }
}

#[test]
fn to_the_end_and_back_and_to_the_end_again_shows_the_same_pictures() {
    let settings = settings();
    for path in files() {
        let (_, lesson) = lesson(&path);
        let mut player = Player::new(lesson.clone(), &settings);
        let first = to_the_end(&mut player);
        assert_eq!(first.len(), lesson.steps.len());
        let mut back = vec![pictures(&player)];
        while player.back() {
            back.push(pictures(&player));
        }
        back.reverse();
        assert_eq!(player.at(), 0);
        assert!(back == first, "{}: going back shows other pictures", path.display());
        let again = to_the_end(&mut player);
        assert!(again == first, "{}: the second time shows other pictures", path.display());
        // A lesson that is begun anew is the same lesson.
        let anew = to_the_end(&mut Player::new(lesson, &settings));
        assert!(anew == first, "{}: a second beginning shows other pictures", path.display());
    }
}
