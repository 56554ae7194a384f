//! Python in the model and CPython: the same programs, the same output, errors and exit codes.
//!
//! Promises: `tests/python/NAME.cpython-3.N` is what CPython 3.N answered to `python3 -W ignore NAME.py one two`, never edited; each is
//! compared whole. Frames within Python's own modules are left out of tracebacks, as docs/fidelity.md says.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use layerlab::world::filesystem::content::Content;
use layerlab::world::machine::MachineSettings;
use layerlab::world::machine::software::Software;
use layerlab::world::process::descriptor::Stream;
use layerlab::world::registry::catalogue::Catalogue;
use layerlab::world::{Action, World, WorldSettings};
use layerlab::worlds;

fn world(python: &str) -> World {
    let catalogue = Arc::new(Catalogue::shipped().expect("the shipped catalogue is whole"));
    let software = vec![Software::Python { version: python.to_owned() }];
    let machine = MachineSettings { software, ..MachineSettings::default() };
    World::new(&WorldSettings { machines: vec![machine], ..worlds::settings(&catalogue) })
}

/// What the model answers, in the form of the recordings.
fn answer(world: &mut World, line: &str) -> String {
    let outcome = world.act(&Action::Command(line.to_owned()));
    let (output, errors) = (outcome.text(Stream::Stdout), outcome.text(Stream::Stderr));
    let code = outcome.exit_code().map_or("none".to_owned(), |code| code.to_string());
    format!("-- stdout\n{output}-- stderr\n{errors}exit {code}\n")
}

/// The versions of which there are recordings.
const VERSIONS: [&str; 4] = ["3.8.18", "3.11.7", "3.12.1", "3.13.0"];

/// A recording without what is another path on the recording machine, and without frames in Python's own modules.
fn normalise(recording: &str, version: &str) -> String {
    let text = recording.replace("/tmp/machines/run/", "/root/");
    let text = text.replace(&format!("/root/.pyenv/versions/{version}/lib"), "/usr/lib");
    let (mut kept, mut own) = (String::new(), false);
    for line in text.lines() {
        let frame = line.starts_with("  File ");
        own = (frame && (line.contains("<frozen") || line.contains("/usr/lib/"))) || (own && line.starts_with("    "));
        if !own {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

fn programs() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the folder is there")
        .map(|entry| entry.expect("it can be listed").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "py"))
        .collect();
    files.sort();
    files
}

#[test]
fn programs_do_what_cpython_does() {
    let (mut wrong, mut compared) = (Vec::new(), 0);
    let files = programs();
    assert!(files.len() >= 35, "{} programs", files.len());
    for version in VERSIONS {
        let fresh = world(version);
        let minor = version.rsplit_once('.').map_or(version, |(minor, _)| minor);
        for path in &files {
            let name = path.file_name().expect("a file").to_string_lossy().into_owned();
            let text = std::fs::read_to_string(path).expect("it can be read");
            let Ok(recording) = std::fs::read_to_string(path.with_extension(format!("cpython-{minor}"))) else {
                continue;
            };
            let recording = normalise(&recording, version);
            compared += 1;
            let mut world = fresh.clone();
            world.put_host_file(&name, Content::text(text)).expect("there is room");
            let answer = answer(&mut world, &format!("python3 {name} one two"));
            if answer != recording {
                wrong.push(format!("{name}, Python {version}\nmodel:\n{answer}CPython:\n{recording}"));
            }
        }
    }
    assert!(compared >= 150, "{compared} recordings");
    assert!(wrong.is_empty(), "{} differ\n{}", wrong.len(), wrong.join("\n"));
}

/// A web application of the course, and a machine on which what it needs is installed.
fn churn(software: &[&str]) -> World {
    let catalogue = layerlab::world::machine::software::Catalogue::known().expect("the software is described");
    let software = software.iter().map(|name| catalogue.find(name).expect("there is such software")).collect();
    let machine = MachineSettings { software, ..MachineSettings::default() };
    let shipped = Arc::new(Catalogue::shipped().expect("the shipped catalogue is whole"));
    let mut world = World::new(&WorldSettings { machines: vec![machine], ..worlds::settings(&shipped) });
    let text = "\
import socket
from flask import Flask, jsonify, request
import numpy as np

weights = np.fromfile(\"weights.bin\", dtype=\"uint8\")
app = Flask(__name__)

@app.get(\"/predict\")
def predict():
    return jsonify(host=socket.gethostname(), churn=round(float(weights.mean()) / 255, 1), months=request.args.get(\"months\"))

@app.route(\"/health\")
def health():
    return \"ok\"

@app.get(\"/broken\")
def broken():
    return {}[\"key\"]

if __name__ == \"__main__\":
    app.run(host=\"0.0.0.0\", port=8123)
";
    world.put_host_file("app.py", Content::text(text)).expect("there is room");
    world.put_host_file("weights.bin", Content::Synthetic { size: 40_000_000, seed: 1 }).expect("there is room");
    world
}

const ALL: [&str; 4] = ["python 3.11.7", "flask 3.1.3", "numpy 2.4.6", "gunicorn 23.0.0"];

fn out(world: &mut World, line: &str) -> String {
    world.act(&Action::Line(line.to_owned())).text(Stream::Stdout).replace('\r', "")
}

#[test]
fn flask_answers_and_logs_as_flask_does() {
    let mut world = churn(&ALL);
    out(&mut world, "python3 app.py > out 2> err & sleep 2");
    let answer = out(&mut world, "curl -si 'localhost:8123/predict?months=3'");
    let (head, body) = answer.split_once("\n\n").expect("a head and a body");
    assert!(body.starts_with("{\"churn\":0.") && body.ends_with(",\"host\":\"laptop\",\"months\":\"3\"}\n"), "{body}");
    let lines: Vec<&str> = head.lines().filter(|line| !line.starts_with("Date: ")).collect();
    assert_eq!(
        lines,
        [
            "HTTP/1.1 200 OK",
            "Server: Werkzeug/3.1.3 Python/3.11.7",
            "Content-Type: application/json",
            &format!("Content-Length: {}", body.len()),
            "Connection: close"
        ]
    );
    let missing = out(&mut world, "curl -si localhost:8123/nosuch");
    assert!(missing.starts_with("HTTP/1.1 404 NOT FOUND\n") && missing.contains("Content-Length: 207\n"), "{missing}");
    let refused = out(&mut world, "curl -si -X POST localhost:8123/health");
    assert!(
        refused.starts_with("HTTP/1.1 405 METHOD NOT ALLOWED\n") && refused.contains("Content-Length: 153\n"),
        "{refused}"
    );
    assert!(out(&mut world, "curl -si localhost:8123/broken").starts_with("HTTP/1.1 500 INTERNAL SERVER ERROR\n"));
    assert_eq!(out(&mut world, "cat out"), " * Serving Flask app 'app'\n * Debug mode: off\n");
    let log = out(&mut world, "cat err");
    assert!(log.starts_with("WARNING: This is a development server."), "{log}");
    assert!(log.contains("\"GET /predict?months=3 HTTP/1.1\" 200 -\n") && log.contains("KeyError: 'key'\n"), "{log}");
}

#[test]
fn a_request_takes_as_long_as_the_application_works_on_it() {
    let mut world = churn(&ALL);
    out(&mut world, "python3 app.py > out 2> err & sleep 2");
    let took = |outcome: layerlab::world::Outcome| outcome.ended.since(outcome.began).as_millis();
    let work = took(world.act(&Action::Line("curl -s localhost:8123/predict".to_owned())));
    let none = took(world.act(&Action::Line("curl -s localhost:8123/health".to_owned())));
    assert!((20..30).contains(&work), "40 MB are looked through at 2 GB a second: {work} ms");
    assert!(none < 5, "{none} ms");
}

#[test]
fn gunicorn_has_a_master_and_workers_that_share_the_port() {
    let mut world = churn(&ALL);
    out(&mut world, "gunicorn -b 127.0.0.1:8124 -w 2 app:app 2> err & sleep 2");
    let answer = out(&mut world, "curl -si localhost:8124/predict");
    assert!(answer.contains("\nServer: gunicorn\n") && answer.contains("\"churn\":0."), "{answer}");
    assert_eq!(out(&mut world, "ps -e | grep -c gunicorn").trim(), "3");
    let log =
        out(&mut world, "kill -TERM $(ps -e | grep gunicorn | head -1 | sed 's/^ *//; s/ .*//'); sleep 1; cat err");
    for part in ["Starting gunicorn 23.0.0", "Listening at: http://127.0.0.1:8124 (", "Using worker: sync"] {
        assert!(log.contains(part), "{part}: {log}");
    }
    assert_eq!(log.matches("Booting worker with pid: ").count(), 2, "{log}");
    assert!(log.trim_end().ends_with("[INFO] Shutting down: Master"), "{log}");
    assert_eq!(out(&mut world, "curl -s localhost:8124/health; echo $?"), "7\n");
}

#[test]
fn what_is_not_installed_fails_for_the_true_reason() {
    let fails = |software: &[&str], line: &str| {
        let outcome = churn(software).act(&Action::Line(line.to_owned()));
        let errors = outcome.text(Stream::Stderr);
        errors.lines().last().unwrap_or_default().to_owned()
    };
    let script = "python3 app.py";
    assert_eq!(fails(&["python 3.11.7"], script), "ModuleNotFoundError: No module named 'flask'");
    assert_eq!(fails(&["python 3.11.7", "flask 3.1.3"], script), "ModuleNotFoundError: No module named 'numpy'");
    assert_eq!(fails(&[], script), "sh: 1: python3: not found");
    let lightgbm = "python3 -c 'import lightgbm'";
    let missing = "OSError: libgomp.so.1: cannot open shared object file: No such file or directory";
    assert_eq!(fails(&["python 3.11.7", "lightgbm 4.7.0"], lightgbm), missing);
    assert_eq!(fails(&["python 3.11.7", "lightgbm 4.7.0", "libgomp1"], lightgbm), "");
    // A package of another version of Python is not looked at.
    let two = ["python 3.12.3", "python 3.8.10", "flask 2.0.3"];
    assert_eq!(fails(&two, "python3 -c 'import flask'"), "ModuleNotFoundError: No module named 'flask'");
    assert_eq!(fails(&two, "python3.8 -c 'import flask'"), "");
}
