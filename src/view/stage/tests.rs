//! The stage: few and many things, near and far, selected by key and by mouse, and what a step leaves to be seen.

use std::time::Duration;

use crate::app::App;
use crate::app::desk::Zoom;
use crate::app::message::{Message, Size, Target};
use crate::app::overlay::Overlay;
use crate::app::screen::Screen;
use crate::app::settings::Motion;
use crate::stage::scene::Subject;
use crate::view::testing::{keys, picture, playground, portrait, row_text, text};

/// A playground in which these lines were run.
fn after(lines: &[&str]) -> App {
    let mut app = playground();
    for line in lines {
        app.update(Message::Paste((*line).to_owned()));
        keys(&mut app, "<Enter>");
    }
    app
}

/// Two hundred containers of one image, some of which have ended.
fn crowd() -> App {
    after(&[
        "docker pull -q alpine:3.22",
        "for i in $(seq 1 197); do docker run -d --name w$i alpine:3.22 sleep 9999 > /dev/null; done",
        "docker run --name e1 alpine:3.22 true; docker run --name e2 alpine:3.22 true; docker create --name c1 alpine:3.22",
    ])
}

fn network() -> App {
    after(&[
        "docker network create back",
        "docker run -d --name web --network back -p 8080:80 -v site:/srv nginx:1.27",
        "docker run -d --name cache --network back redis:7",
        "curl -s localhost:8080 > /dev/null; curl -s localhost:99",
    ])
}

fn selected(app: &App) -> Option<Subject> {
    match app.screen() {
        Screen::Playground(playground) => playground.desk.stage.selected.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn two_hundred_containers_are_all_in_sight_and_each_can_be_looked_into() {
    let mut app = crowd();
    insta::assert_snapshot!("crowd", portrait(&app));
    for size in [Size::new(80, 24), Size::new(120, 40)] {
        let picture = picture(&app, size);
        let rows: Vec<String> = (0..size.rows).map(|row| row_text(&picture, row)).collect();
        let signs = |sign: char| rows.iter().map(|row| row.matches(sign).count()).sum::<usize>();
        assert!(signs('●') >= 197, "{rows:#?}");
        assert!(rows.iter().any(|row| row.contains("197 running, 1 created, 2 exited")), "{rows:#?}");
    }
    for columns in (0..=200).step_by(25) {
        for rows in (0..=60).step_by(9) {
            picture(&app, Size::new(columns, rows));
        }
    }
    // The machine, its image, then the containers.
    keys(&mut app, "<Esc><Down><Down><Down>");
    assert!(matches!(selected(&app), Some(Subject::Container(_))));
    keys(&mut app, "<Enter>");
    assert!(text(&app).contains("Container w1"), "{}", text(&app));
    assert!(matches!(app.overlay, Some(Overlay::Inspector(_))));
}

#[test]
fn networks_and_the_paths_of_requests_are_drawn() {
    let app = network();
    insta::assert_snapshot!("network", portrait(&app));
    let shown = text(&app);
    assert!(shown.contains("laptop → port 8080 → back") && shown.contains("→ ✓ web:80"), "{shown}");
    assert!(shown.contains("laptop → ✗ localhost:99") && shown.contains("no container publishes port 99"), "{shown}");
}

#[test]
fn a_build_stays_in_sight_until_the_next_command() {
    let mut app = after(&[
        "printf 'FROM alpine:3.22\\nRUN echo hi > /hi\\nCMD [\"cat\", \"/hi\"]\\n' > Dockerfile",
        "docker build -q .",
        "docker build -q .",
    ]);
    insta::assert_snapshot!("build", portrait(&app));
    assert!(text(&app).contains("CACHED"), "{}", text(&app));
    keys(&mut app, "docker ps<Enter>");
    assert!(!text(&app).contains("CACHED"), "{}", text(&app));
}

#[test]
fn one_looks_from_afar_and_from_near() {
    let mut app = network();
    let zoom = |app: &App| match app.screen() {
        Screen::Playground(playground) => playground.desk.stage.zoom,
        other => panic!("{other:?}"),
    };
    keys(&mut app, "<Esc>z");
    assert_eq!(zoom(&app), Zoom::Overview);
    insta::assert_snapshot!("afar", portrait(&app));
    keys(&mut app, "z");
    assert_eq!(zoom(&app), Zoom::Detail);
    insta::assert_snapshot!("near", portrait(&app));
    keys(&mut app, "z");
    assert_eq!(zoom(&app), Zoom::Fit);
}

#[test]
fn what_is_selected_is_kept_in_sight_and_a_second_click_looks_into_it() {
    let mut app = network();
    keys(&mut app, "<Esc>zz");
    for _ in 0..9 {
        keys(&mut app, "<Down>");
        let thing = selected(&app).unwrap();
        let shown = crate::view::testing::targets(&app, Size::new(80, 24));
        assert!(shown.contains(&Target::Thing(thing.clone())), "{thing:?} is not in sight");
    }
    let Some(thing) = selected(&app) else { panic!() };
    app.update(Message::Click(Target::Thing(thing)));
    assert!(matches!(app.overlay, Some(Overlay::Inspector(_))));
}

#[test]
fn any_size_draws_any_scene() {
    let app = network();
    for columns in (0..=200).step_by(17).chain([58, 59, 60, 72, 106]) {
        for rows in (0..=60).step_by(9).chain([16, 17]) {
            picture(&app, Size::new(columns, rows));
        }
    }
}

const LOAD: &str = "hey -z 8s -c 5 -q 20 http://localhost:8080/";

#[test]
fn load_is_a_chart_that_grows_second_by_second_and_goes_with_the_next_command() {
    let mut app = after(&["docker run -d --name web -p 8080:80 nginx:1.27"]);
    app.settings.motion = Motion::Full;
    keys(&mut app, LOAD);
    keys(&mut app, "<Enter>");
    let mut seen = Vec::new();
    while app.moving() {
        app.update(Message::Tick(Duration::from_millis(100)));
        let shown = text(&app);
        let seconds = (1..=9).rev().find(|second| shown.contains(&format!(" {second} s, under way")));
        seen.extend(seconds.filter(|second| seen.last() != Some(second)));
    }
    assert!(seen.is_sorted() && seen.len() > 5, "{seen:?}");
    assert!(text(&app).contains("5 users → localhost:8080") && text(&app).contains("s, over"), "{}", text(&app));
    insta::assert_snapshot!("load", portrait(&app));
    let chart: Vec<String> = text(&app).lines().filter(|line| line.contains("answers/s")).map(str::to_owned).collect();
    assert!(chart.len() == 1 && chart[0].contains("100"), "20 requests a second of 5 users: {chart:?}");
    keys(&mut app, "docker ps<Enter>");
    app.update(Message::Tick(Duration::from_secs(60)));
    assert!(!text(&app).contains("LOAD"), "{}", text(&app));
}

#[test]
fn a_load_is_looked_at_from_near_and_second_by_second() {
    let mut app = after(&["docker run -d --name web -p 8080:80 nginx:1.27", LOAD]);
    let rows = |app: &App| {
        let shown = text(app);
        let place = |name: &str| shown.lines().position(|line| line.contains(name)).unwrap();
        place("failed/s") - place("answers/s")
    };
    assert_eq!(rows(&app), 1);
    keys(&mut app, "<Esc><Down><Down><Down>");
    assert!(matches!(selected(&app), Some(Subject::Load(_))), "{:?}", selected(&app));
    assert!(rows(&app) > 1, "{}", text(&app));
    insta::assert_snapshot!("load_near", portrait(&app));
    keys(&mut app, "<Enter>");
    let shown = text(&app);
    assert!(shown.contains("Load localhost:8080") && shown.contains("Second by second"), "{shown}");
    assert!(shown.lines().any(|line| line.contains("     7") && line.contains("100")), "{shown}");
}

#[test]
fn what_is_pushed_travels_to_the_registry_and_what_is_there_already_stays() {
    let mut app = after(&[
        "docker login -u me -p secret localhost:5000",
        "printf 'FROM alpine:3.22\\nRUN echo one > /one\\n' > Dockerfile",
        "docker build -q -t localhost:5000/me/app:1 .",
    ]);
    app.settings.motion = Motion::Full;
    let mut watch = |line: &str| {
        keys(&mut app, line);
        keys(&mut app, "<Enter>");
        let mut seen = Vec::new();
        while app.moving() {
            app.update(Message::Tick(Duration::from_millis(50)));
            seen.push(text(&app));
        }
        seen
    };
    let first = watch("docker push localhost:5000/me/app:1");
    let counts = |seen: &[String]| {
        let mut counts: Vec<u32> = Vec::new();
        for shown in seen {
            let count = (0..=2).find(|count| shown.contains(&format!("{count} of 2 layers")));
            counts.extend(count.filter(|count| counts.last() != Some(count)));
        }
        counts
    };
    assert_eq!(counts(&first), [0, 1], "{}", first.concat());
    assert!(first.iter().any(|shown| shown.contains("↑ ")), "no layer travels");
    assert!(first.last().is_some_and(|shown| shown.contains("2 layers") && !shown.contains("already")));
    watch(
        "printf 'FROM localhost:5000/me/app:1\\nRUN echo two > /two\\n' | docker build -q -t localhost:5000/me/app:2 -",
    );
    let second = watch("docker push localhost:5000/me/app:2");
    assert!(second.last().is_some_and(|shown| shown.contains("3 layers, 2 were there already")), "{:?}", second.last());
    insta::assert_snapshot!("pushed", portrait(&app));
}
