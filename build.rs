//! Lists the shipped lessons when the program is built, so that its start does not read them all.
//!
//! Promises: `course.rs` in the build's output folder, one entry for each file below `lessons/`, in the order of their names.

#[path = "src/lesson/summary.rs"]
mod summary;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use summary::Summary;

fn main() -> io::Result<()> {
    let lessons = PathBuf::from(variable("CARGO_MANIFEST_DIR")?).join("lessons");
    println!("cargo::rerun-if-changed={}", lessons.display());
    println!("cargo::rerun-if-changed=src/lesson/summary.rs");
    let mut files = Vec::new();
    for module in fs::read_dir(&lessons)? {
        let module = module?.path();
        if module.is_dir() {
            files.extend(lesson_files(&module)?);
        }
    }
    files.sort();
    let mut list = String::from("&[\n");
    for file in &files {
        entry(&lessons, file, &mut list)?;
    }
    list.push_str("]\n");
    fs::write(PathBuf::from(variable("OUT_DIR")?).join("course.rs"), list)
}

fn variable(name: &str) -> io::Result<String> {
    env::var(name).map_err(io::Error::other)
}

fn lesson_files(module: &Path) -> io::Result<Vec<PathBuf>> {
    let paths = fs::read_dir(module)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    Ok(paths.into_iter().filter(|path| path.extension().is_some_and(|ending| ending == "toml")).collect())
}

/// A lesson that cannot be summed up is listed without a summary: the program says so, and `layerlab check` says why.
fn entry(lessons: &Path, file: &Path, list: &mut String) -> io::Result<()> {
    let path: Vec<_> = file.strip_prefix(lessons).unwrap_or(file).iter().filter_map(|part| part.to_str()).collect();
    let summary = match Summary::of(&fs::read_to_string(file)?) {
        Some(Summary { id, title, minutes, steps, objectives }) => {
            format!(
                "Some(Listed {{ id: {id:?}, title: {title:?}, minutes: {minutes}, steps: {steps}, objectives: &{objectives:?} }})"
            )
        }
        None => "None".to_owned(),
    };
    writeln!(list, "({:?}, include_str!({:?}), {summary}),", path.join("/"), file.display().to_string())
        .map_err(io::Error::other)
}
