//! Real archives of images: what `layerlab export-image` writes and `layerlab import-image` reads.
//!
//! Promises: the bytes have the digests that they are named by, on every machine; a hostile archive is refused by name and nothing is
//! written. A real engine is asked where one answers (`docker`, or what `LAYERLAB_DOCKER` names); where none does, a line says so.

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use layerlab::world::digest::Digest;
use tar::{Builder, EntryType, Header};
use tempfile::TempDir;

/// What the exported image is called.
const NAME: &str = "layerlab-test/exported:1";
/// A scenario that makes an image with what an archive must carry: a whiteout, owners, links, a long name, a configuration.
const SCENARIO: &str = r#"
>>> Dockerfile
FROM busybox
RUN echo hello > /greeting && mkdir -p /srv/data && ln -s /greeting /srv/data/link && chown 1000:50 /srv/data
RUN rm /etc/motd /etc/hosts 2>/dev/null; rm -f /etc/passwd; echo x > /aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
ENV WHO=world
LABEL kind=test
CMD ["sh", "-c", "cat /greeting"]
<<<
$ docker build -q -t layerlab-test/exported:1 .
$ docker images --no-trunc -q layerlab-test/exported:1
$ docker history --no-trunc --format '{{.CreatedBy}}|{{.Size}}|{{.Comment}}' layerlab-test/exported:1
"#;

fn layerlab(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_layerlab")).args(arguments).stdin(Stdio::null()).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Exports the image of the scenario to a file of a folder.
fn exported(folder: &TempDir, name: &str) -> String {
    let (scenario, file) = (folder.path().join("scenario"), folder.path().join(name));
    fs::write(&scenario, SCENARIO).unwrap();
    let file = file.to_str().unwrap().to_owned();
    let output = layerlab(&["export-image", NAME, &file, "--after", scenario.to_str().unwrap()]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    file
}

/// What the scenario itself says: the ID, and the history.
fn said(folder: &TempDir) -> (String, String) {
    let output = layerlab(&["run", "--json", folder.path().join("scenario").to_str().unwrap()]);
    let answers: Vec<serde_json::Value> =
        text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let said = |number: usize| answers[number]["stdout"].as_str().unwrap().trim().to_owned();
    (said(1), said(2))
}

#[test]
fn the_bytes_have_the_digests_that_they_are_named_by() {
    let folder = TempDir::new().unwrap();
    let file = exported(&folder, "image.tar");
    let mut blobs = 0;
    for member in tar::Archive::new(fs::File::open(&file).unwrap()).entries().unwrap() {
        let mut member = member.unwrap();
        let name = member.path().unwrap().to_string_lossy().into_owned();
        let mut bytes = Vec::new();
        member.read_to_end(&mut bytes).unwrap();
        if let Some(hex) = name.strip_prefix("blobs/sha256/").filter(|hex| !hex.is_empty()) {
            assert_eq!(Digest::of(&bytes).hex(), hex);
            blobs += 1;
        }
    }
    assert_eq!(blobs, 3 + 3 + 1 + 1, "layers, their old configurations, the configuration and the manifest");
    let again = exported(&folder, "again.tar");
    assert!(fs::read(file).unwrap() == fs::read(again).unwrap(), "the same image has the same bytes");
}

#[test]
fn what_was_exported_is_imported_under_the_same_id_and_runs() {
    let folder = TempDir::new().unwrap();
    let file = exported(&folder, "image.tar");
    let (id, _) = said(&folder);
    let output = layerlab(&["import-image", &file, "--files"]);
    let described = text(&output.stdout);
    assert!(described.starts_with(&format!("{NAME}\n  ID          {id}\n")), "{described}");
    assert!(described.contains("deleted /etc/passwd\n"), "{described}");
    assert!(described.contains("l 0777         0:0          9 /srv/data/link -> /greeting\n"), "{described}");
    assert_eq!(text(&output.stderr), "", "no bar where nobody watches");
    let scenario = folder.path().join("run");
    fs::write(&scenario, format!("$ docker run --rm {NAME}\n$ docker run --rm {NAME} ls /etc/passwd\n")).unwrap();
    let played = layerlab(&["import-image", &file, "--run", scenario.to_str().unwrap(), "--json"]);
    let played = text(&played.stdout);
    assert!(played.contains(r#""stdout":"hello\n""#), "{played}");
    assert!(played.contains("ls: /etc/passwd: No such file or directory"), "{played}");
}

#[test]
fn a_file_that_is_there_is_not_replaced_unless_it_is_said() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("mine.tar");
    fs::write(&file, "precious").unwrap();
    let path = file.to_str().unwrap();
    let refused = layerlab(&["export-image", "busybox", path]);
    assert_eq!((refused.status.code(), fs::read(&file).unwrap().as_slice()), (Some(2), &b"precious"[..]));
    assert!(text(&refused.stderr).contains("is there already; --force replaces it"), "{}", text(&refused.stderr));
    let unknown = layerlab(&["export-image", "nosuchimage", path, "--force"]);
    assert_eq!((unknown.status.code(), fs::read(&file).unwrap().as_slice()), (Some(2), &b"precious"[..]));
    assert!(layerlab(&["export-image", "busybox", path, "--force"]).status.success());
    assert_ne!(fs::read(&file).unwrap(), b"precious");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left");
}

/// An archive with one member that should not be.
fn hostile(file: &Path, name: &str, kind: EntryType, target: &str) {
    let mut archive = Builder::new(fs::File::create(file).unwrap());
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_size(0);
    header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
    header.set_link_name_literal(target).unwrap();
    header.set_cksum();
    archive.append(&header, std::io::empty()).unwrap();
    archive.into_inner().unwrap();
}

#[test]
fn a_hostile_archive_is_refused_by_name_and_nothing_is_written() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("bad.tar");
    let path = file.to_str().unwrap();
    for (name, kind, target, why) in [
        ("../escaped", EntryType::Regular, "", "\"../escaped\" leaves the root directory"),
        ("manifest.json", EntryType::Symlink, "/etc/passwd", "\"manifest.json\" is a link to \"/etc/passwd\""),
        ("sda", EntryType::Block, "", "\"sda\" is neither a file nor a directory"),
    ] {
        hostile(&file, name, kind, target);
        let output = layerlab(&["import-image", path]);
        assert_eq!((output.status.code(), text(&output.stdout).as_str()), (Some(2), ""), "{name}");
        let said = text(&output.stderr);
        assert!(said.starts_with(&format!("layerlab: {path}: ")) && said.contains(why), "{said}");
    }
    fs::write(&file, "no archive").unwrap();
    assert_eq!(layerlab(&["import-image", path]).status.code(), Some(2));
    assert_eq!(layerlab(&["import-image", "/no/such/archive.tar"]).status.code(), Some(2));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing was written");
}

/// The seeds of the fuzz target `archive`, and what is said of each; nothing where it is a sound archive.
const SEEDS: [(&str, &str); 21] = [
    ("absolute-link", "\"/g\" is a hard link to the absolute path \"/f\""),
    ("below-a-link", "\"/a/passwd\" lies below something that is not a directory"),
    ("compressed-zeros-in-a-layer", ""),
    ("cut-off", " is cut off: the archive ends within it"),
    ("device", "\"/sda\" is a block device"),
    ("endless-compression", "\"manifest.json\" is larger than the 8388608 bytes that are read of it"),
    ("layer-count", "\"manifest.json\" is not what it should be: it is no JSON object"),
    ("link-through-link", "\"/g\" is a hard link to \"s\", which is itself a link"),
    ("manifest-is-a-link", "\"manifest.json\" is a link to \"/etc/passwd\""),
    ("manifest-leaves-root", "\"../manifest.json\" leaves the root directory"),
    ("manifest-null", "\"manifest.json\" is not what it should be: invalid manifest"),
    ("many-members", "the archive has more than 20000 members"),
    ("name-twice", "\"/f\" is in the archive twice"),
    ("packed-twice", "the archive cannot be read after 0 members"),
    ("path-leaves-root", "\"../out\" leaves the root directory"),
    ("size-larger-than-archive", "\"manifest.json\" is cut off"),
    ("size-lies", "\"manifest.json\" is said to have 1 bytes and to have 4"),
    ("sound", ""),
    ("sound-gzip-layer", ""),
    ("sound-packed-whole", ""),
    ("wrong-digest", "layer 0 of blobs/sha256/"),
];

#[test]
fn every_seed_is_sound_or_refused_by_name() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds/archive");
    let count = fs::read_dir(&folder).unwrap().count();
    assert_eq!(count, SEEDS.len());
    for (name, why) in SEEDS {
        let output = layerlab(&["import-image", folder.join(name).to_str().unwrap()]);
        let said = text(&output.stderr);
        if why.is_empty() {
            assert!(text(&output.stdout).starts_with("seed:1\n"), "{name}: {said}");
        } else {
            assert_eq!(output.status.code(), Some(2), "{name}");
            assert!(said.contains(why), "{name}: {said}");
        }
    }
}

/// A command of a real engine; none where none answers.
fn docker(arguments: &[&str], input: Option<&str>) -> Option<Output> {
    let program = std::env::var("LAYERLAB_DOCKER").unwrap_or_else(|_| "docker".to_owned());
    let input = input.map_or_else(Stdio::null, |file| fs::File::open(file).unwrap().into());
    let output = Command::new(program).args(arguments).stdin(input).output().ok()?;
    output.status.success().then_some(output)
}

#[test]
fn a_real_engine_loads_it_under_the_same_id_and_what_it_saves_is_read() {
    let Some(version) = docker(&["version", "--format", "{{.Server.Version}}"], None) else {
        println!("skipped: no Docker Engine answers here; the digests of the bytes are tested without one");
        return;
    };
    let folder = TempDir::new().unwrap();
    let file = exported(&folder, "image.tar");
    let (id, history) = said(&folder);
    let loaded = docker(&["load"], Some(&file)).expect("the engine loads it");
    assert_eq!(text(&loaded.stdout).trim(), format!("Loaded image: {NAME}"), "Docker {}", text(&version.stdout));
    let inspected = docker(&["image", "inspect", "--format", "{{.Id}}", NAME], None).unwrap();
    assert_eq!(text(&inspected.stdout).trim(), id);
    let format = "{{.CreatedBy}}|{{.Size}}|{{.Comment}}";
    let told = docker(&["history", "--no-trunc", "--format", format, NAME], None).unwrap();
    assert_eq!(text(&told.stdout).trim(), history);
    let saved = docker(&["save", NAME], None).unwrap();
    docker(&["rmi", NAME], None).unwrap();
    let saved_file = folder.path().join("saved.tar");
    fs::write(&saved_file, saved.stdout).unwrap();
    let described = layerlab(&["import-image", saved_file.to_str().unwrap()]);
    assert!(text(&described.stdout).contains(&id), "{}", text(&described.stderr));
}
