//! Every kind of mistake in a catalogue is found, at its place.

use std::borrow::Cow;

use rstest::rstest;

use super::{Catalogue, Files, INDEX_FILE};
use crate::diagnostic::Diagnostics;

const INDEX: &str = "format = 1\n[repositories.app]\ntags = { latest = \"app\" }\n";
const IMAGE: &str = "created = 2025-01-01T00:00:00Z\n[[step]]\nfiles = [{ path = \"/a\", text = \"a\" }]\n";

fn files(index: &str, image: &str) -> Files {
    let file = |name: &'static str, text: &str| (Cow::Borrowed(name), Cow::Owned(text.as_bytes().to_vec()));
    Files::from([file(INDEX_FILE, index), file("images/app.toml", image), file("files/motd", "hello\n")])
}

fn mistakes(index: &str, image: &str) -> Diagnostics {
    let checked = Catalogue::open(files(index, image)).and_then(|catalogue| catalogue.check());
    checked.expect_err("something is wrong in it")
}

#[test]
fn a_right_catalogue_reads_and_the_same_files_give_the_same_image() {
    let image =
        || Catalogue::open(files(INDEX, IMAGE)).and_then(|catalogue| catalogue.image("app")).expect("it is right");
    assert_eq!(image().config_bytes(), image().config_bytes());
    assert_eq!(image().published(), image().published());
}

/// `@` stands for where the mistake is.
#[rstest]
#[case("format = @2\n[repositories.app]\ntags = { latest = \"app\" }\n", "out of range")]
#[case("format = 1\n[repositories.app]\ntags = { latest = @\"ap\" }\n", "there is no image `ap`")]
#[case("format = 1\n[repositories.app]\n@tagz = { latest = \"app\" }\n", "unknown key `tagz`")]
#[case("format = 1\n[repositories.app]\ntags = { @\"-x\" = \"app\" }\n", "`-x` is not a tag")]
#[case("format = 1\n[repositories.@\"App\"]\ntags = { latest = \"app\" }\n", "`App` is not a repository name")]
#[case("format = 1\n[repositories.app]\ntags = @[]\n", "expected a table, found a list")]
fn a_mistake_in_the_index_is_found_at_its_place(#[case] marked: &str, #[case] title: &str) {
    assert_found(marked, title, |index| mistakes(index, IMAGE));
}

#[rstest]
#[case("base = @\"deban\"\n", "there is no image `deban`")]
#[case("base = @\"app\"\n", "is built on itself")]
#[case("platform = @\"linux/amd46\"\n[[step]]\nlayer = true\n", "is not a platform")]
#[case("manifest = @\"oic\"\n[[step]]\nlayer = true\n", "is not a manifest format")]
#[case("created = @\"yesterday\"\n[[step]]\nlayer = true\n", "is not a date and time")]
#[case("[config]\nenv = [@\"PATH\"]\n[[step]]\nlayer = true\n", "sets no variable")]
#[case("[config]\nexposed_ports = [@\"80/tpc\"]\n[[step]]\nlayer = true\n", "is not a port")]
#[case("[config]\nvolumes = [@\"data\"]\n[[step]]\nlayer = true\n", "not an absolute path")]
#[case("[config]\nstop_signal = @\"SIGQUITT\"\n[[step]]\nlayer = true\n", "is not a signal")]
#[case("[config]\n@entrypiont = [\"a\"]\n[[step]]\nlayer = true\n", "unknown key `entrypiont`")]
#[case("[[step]]\nfiles = [{ path = @\"a\", text = \"\" }]\n", "cannot be a path")]
#[case("[[step]]\nfiles = [{ path = \"/a\", text = \"\" }, { path = @\"/a\", text = \"\" }]\n", "in this step twice")]
#[case("[[step]]\nfiles = [@{ path = \"/a\" }]\n", "has no content")]
#[case("[[step]]\nfiles = [@{ path = \"/a\", text = \"\", symlink = \"b\" }]\n", "one content")]
#[case("[[step]]\nfiles = [{ path = \"/a\", from = @\"files/modt\" }]\n", "no file `files/modt`")]
#[case("[[step]]\nfiles = [{ path = \"/a\", size = @-1 }]\n", "out of range")]
#[case("[[step]]\nfiles = [{ path = \"/a\", text = \"\", mode = @\"0798\" }]\n", "is not a mode")]
#[case("[[step]]\nfiles = [{ path = \"/a\", text = \"\", owner = @\"root\" }]\n", "is not an owner")]
#[case("[[step]]\nfiles = [{ path = \"/a\", program = @\"a b\" }]\n", "is not a program's name")]
#[case("[[step]]\nfiles = [{ path = \"/a\", text = \"\" }, { path = @\"/a/b\", text = \"\" }]\n", "is not a directory")]
#[case("[[step]]\nfiles = [{ path = @\"/gone\", whiteout = true }]\n", "nothing to delete")]
#[case("[[step]]\n[[step.links]]\nin = \"/bin\"\nto = @5\nnames = \"ls\"\n", "expected a string")]
#[case("created = 2025-01-01T00:00:00Z\n[[step]\n@layer = true\n", "not valid TOML")]
fn a_mistake_in_an_image_is_found_at_its_place(#[case] marked: &str, #[case] title: &str) {
    assert_found(marked, title, |image| mistakes(INDEX, image));
}

fn assert_found(marked: &str, title: &str, find: impl Fn(&str) -> Diagnostics) {
    let place = marked.find('@').expect("the mistake is marked");
    let line = marked[..place].matches('\n').count() + 1;
    let found = find(&marked.replacen('@', "", 1));
    let text = found.render_short();
    let mistake = found.iter().find(|mistake| mistake.title.contains(title));
    let mistake = mistake.unwrap_or_else(|| panic!("«{title}» was not found, but:\n{text}"));
    let at = found.line_column(mistake).unwrap_or_else(|| panic!("no place:\n{text}"));
    let near = if title == "not valid TOML" { line - 1..=line } else { line..=line };
    assert!(near.contains(&at.line), "line {line} was expected:\n{text}");
    if title != "not valid TOML" {
        let column = marked[..place].chars().rev().take_while(|sign| *sign != '\n').count() + 1;
        assert_eq!(at.column, column, "{text}");
    }
}

#[test]
fn all_mistakes_of_a_file_are_found_at_once_with_suggestions() {
    let image = "basee = \"app\"\n[config]\nstop_signal = \"SIGTREM\"\n[[step]]\nfiles = [{ path = \"/a\", from = \"files/modt\" }]\n";
    let found = mistakes(INDEX, image);
    assert_eq!(found.len(), 3, "{}", found.render_short());
    let suggestions: Vec<&str> = found.iter().filter_map(|mistake| mistake.suggestion.as_deref()).collect();
    assert_eq!(suggestions, ["base", "SIGTERM", "files/motd"]);
}

#[test]
fn a_lock_that_was_made_from_other_files_is_not_believed() {
    let catalogue = Catalogue::open(files(INDEX, IMAGE)).expect("it is right");
    let lock = catalogue.relock().expect("it is right");
    let other = IMAGE.replace("text = \"a\"", "text = \"b\"");
    let mut changed = files(INDEX, &other);
    let unlocked = Catalogue::open(changed.clone()).and_then(|catalogue| catalogue.image("app")).expect("it is right");
    changed.insert(Cow::Borrowed(super::LOCK_FILE), Cow::Owned(lock.into_bytes()));
    let stale = Catalogue::open(changed).and_then(|catalogue| catalogue.image("app")).expect("it is right");
    assert_eq!(stale.id(), unlocked.id());
}

#[test]
fn a_folder_without_an_index_says_so() {
    let found = Catalogue::open(Files::new()).expect_err("nothing is there");
    assert!(found.render_short().contains("has no catalogue.toml"));
}
