//! The inspector by its keys: every page of every kind of thing.

use crate::app::App;
use crate::app::message::{Message, Size, Target};
use crate::app::overlay::Overlay;
use crate::view::testing::{keys, picture, playground, portrait, text};

fn run(app: &mut App, line: &str) {
    app.update(Message::Paste(line.to_owned()));
    keys(app, "<Enter>");
}

/// A playground with a built image that wastes room, a container of it that changed, a volume and a network.
fn lab() -> App {
    let mut app = playground();
    for line in [
        "printf 'FROM alpine:3.22\\nCOPY big /big\\nRUN rm /big\\nRUN echo one > /note\\nRUN echo two > /note\\nCMD sleep 9999\\n' > Dockerfile",
        "seq 1 20000 > big; docker build -q -t mine .",
        "docker network create back; docker volume create data",
        "docker run -d --name web --network back -v data:/data --memory 64m mine",
        "docker exec web sh -c 'echo hi > /new; echo more >> /note; rm /etc/motd; echo x > /data/x'",
    ] {
        run(&mut app, line);
    }
    app
}

/// Opens the inspector and goes to the thing of this title.
fn look_at(app: &mut App, title: &str) {
    keys(app, "<F4>");
    for _ in 0..20 {
        if matches!(&app.overlay, Some(Overlay::Inspector(inspector)) if inspector.title() == title) {
            return;
        }
        keys(app, "n");
    }
    panic!("{title}: {}", text(app));
}

#[test]
fn the_files_of_a_container_say_where_they_come_from_and_how_they_differ() {
    let mut app = lab();
    look_at(&mut app, "Container web");
    insta::assert_snapshot!("files", portrait(&app));
    let shown = text(&app);
    assert!(shown.contains("A   new") && shown.contains("✎ writable layer"), "{shown}");
    assert!(shown.contains("C   note") && shown.contains("▸ bin/"), "{shown}");
    keys(&mut app, "c");
    let shown = text(&app);
    assert!(shown.contains("D   /etc/motd") && shown.contains("deleted") && !shown.contains("bin/"), "{shown}");
    keys(&mut app, "c/motd");
    assert!(text(&app).contains("search: motd"), "{}", text(&app));
    keys(&mut app, "<Esc>");
    assert!(matches!(app.overlay, Some(Overlay::Inspector(_))), "the search ends before the inspector");
}

#[test]
fn directories_open_and_close_and_files_are_read() {
    let mut app = lab();
    look_at(&mut app, "Container web");
    keys(&mut app, "/etc<Enter>");
    assert!(text(&app).contains("▾ etc/") && text(&app).contains("alpine-release"), "{}", text(&app));
    keys(&mut app, "<Down><Left><Left>");
    assert!(text(&app).contains("▸ etc/") && !text(&app).contains("alpine-release"), "{}", text(&app));
    keys(&mut app, "/note<Enter>");
    let shown = text(&app);
    assert!(shown.contains("│ two") && shown.contains("more") && shown.contains("from the writable layer"), "{shown}");
    insta::assert_snapshot!("contents", portrait(&app));
    keys(&mut app, "<Left><Esc><Esc>");
    assert!(app.overlay.is_none());
}

#[test]
fn processes_have_both_numbers_and_limits_their_use() {
    let mut app = lab();
    look_at(&mut app, "Container web");
    keys(&mut app, "<Tab>");
    let shown = text(&app);
    assert!(shown.contains("PID inside   PID on the host") && shown.contains("sleep 9999"), "{shown}");
    insta::assert_snapshot!("processes", portrait(&app));
    keys(&mut app, "<Tab>");
    assert!(text(&app).contains("of 64MiB"), "{}", text(&app));
    insta::assert_snapshot!("limits", portrait(&app));
    keys(&mut app, "<Tab>");
    let shown = text(&app);
    assert!(shown.contains("volume data at /data →") && shown.contains("back 172.18.0.2 →"), "{shown}");
    keys(&mut app, "<Tab>");
    assert!(text(&app).contains("RUN rm /big"), "{}", text(&app));
}

#[test]
fn an_images_layers_are_opened_one_by_one_and_its_waste_has_a_cause() {
    let mut app = lab();
    look_at(&mut app, "Image mine:latest");
    keys(&mut app, "<Tab>");
    insta::assert_snapshot!("layers", portrait(&app));
    // The second from above is the first `echo`, the third `rm`.
    keys(&mut app, "<Down><Down><Enter>");
    let shown = text(&app);
    assert!(shown.contains("layer 3 alone") && shown.contains("D   big") && shown.contains("deleted"), "{shown}");
    keys(&mut app, "<BackTab>");
    let shown = text(&app);
    assert!(shown.contains("/big") && shown.contains("deleted in layer 3"), "{shown}");
    assert!(shown.contains("/note") && shown.contains("replaced in layer 5"), "{shown}");
    insta::assert_snapshot!("waste", portrait(&app));
}

#[test]
fn volumes_and_networks_are_looked_into() {
    let mut app = lab();
    look_at(&mut app, "Volume data");
    assert!(text(&app).contains("    x"), "{}", text(&app));
    keys(&mut app, "<Esc>");
    look_at(&mut app, "Network back");
    let shown = text(&app);
    assert!(shown.contains("web") && shown.contains("172.18.0.2"), "{shown}");
    keys(&mut app, "<Enter>");
    assert!(text(&app).contains("Container web"), "{}", text(&app));
}

#[test]
fn the_requests_behind_a_command_are_shown_with_what_was_asked_and_answered() {
    let mut app = lab();
    run(&mut app, "docker create --name twin -p 8080:80 mine");
    keys(&mut app, "<F4>p");
    let shown = text(&app);
    assert!(shown.contains("Command docker create --name twin"), "{shown}");
    assert!(shown.contains("POST   /v1.51/containers/create?name=twin") && shown.contains("201"), "{shown}");
    insta::assert_snapshot!("requests", portrait(&app));
    keys(&mut app, "<Home><Down><Enter>");
    let shown = text(&app);
    assert!(shown.contains("\"Image\": \"mine\"") && shown.contains("HTTP/1.1"), "{shown}");
    keys(&mut app, "<End>");
    assert!(text(&app).contains("HTTP/1.1 201 Created") || text(&app).contains("\"Id\""), "{}", text(&app));
}

#[test]
fn what_is_listed_can_be_clicked() {
    let mut app = lab();
    look_at(&mut app, "Container web");
    app.update(Message::Click(Target::InspectorPage(2)));
    assert!(text(&app).contains("Writable layer"), "{}", text(&app));
    app.update(Message::Click(Target::InspectorThing(0)));
    assert!(text(&app).contains("Command docker exec web"), "{}", text(&app));
}

#[test]
fn every_page_at_every_size_is_drawn() {
    let mut app = lab();
    keys(&mut app, "<F4>");
    for _ in 0..8 {
        for _ in 0..5 {
            keys(&mut app, "<Tab><Down><Enter>");
            for size in [(0, 0), (1, 1), (20, 5), (60, 16), (80, 24), (97, 30), (200, 60)] {
                picture(&app, Size::new(size.0, size.1));
            }
            keys(&mut app, "<Left>");
        }
        keys(&mut app, "n");
    }
}
