//! What a learner brings of their own into a world: a Dockerfile or a Compose file with the files around it on its host, or the images of
//! an archive in its engine.
//!
//! Promises: what is put there is what was read, with its paths and modes; what was left out, and what the world cannot serve, is said in
//! sentences (`told`). Must not know: files of the real machine (`runtime` reads them), the screen.

pub mod archive;
mod told;

use std::collections::BTreeMap;

use archive::Archive;

use crate::world::World;
use crate::world::filesystem::entry::Node;

/// Where the folder comes to stand.
const HOME: &str = "/root";
/// What a folder is called whose own name is no name for an image.
const NAMELESS: &str = "app";
/// How many of those left out for one reason are named.
const EXAMPLES: usize = 3;

/// What the learner brought, and so what the first command is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recipe {
    Dockerfile,
    Compose,
}

/// Why something of the folder is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// `.dockerignore` names it.
    Ignored,
    /// It is the folder of a version control system.
    VersionControl,
    /// It is larger than the largest file that is read.
    Large,
    /// There is no room left, by number or by bytes.
    NoRoom,
    /// It is a link that leads out of the folder.
    Outside,
    /// It is a socket, a device or a pipe.
    NoFile,
    /// Its name is no text.
    Nameless,
    /// The machine does not let it be read.
    Unreadable,
}

/// What was left out for one reason.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LeftOut {
    pub count: usize,
    /// The first of them, by their paths.
    pub examples: Vec<String>,
}

/// A file, link or folder, by its path in the project's folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectEntry {
    pub path: String,
    pub node: Node,
    pub mode: u32,
}

/// A folder of the learner's own.
#[derive(Debug, Clone)]
pub struct Project {
    pub recipe: Recipe,
    /// The Dockerfile or Compose file, by its path in the folder.
    pub file: String,
    pub entries: Vec<ProjectEntry>,
    pub left_out: BTreeMap<Reason, LeftOut>,
    name: String,
}

/// What the learner brought.
#[derive(Debug, Clone)]
pub enum Own {
    Folder(Project),
    Images(Archive),
}

impl Own {
    /// Puts it into a world.
    pub fn open(&self, world: &mut World) -> Opened {
        match self {
            Own::Folder(project) => project.open(world),
            Own::Images(archive) => archive.open(world),
        }
    }
}

/// What the learner is told when what they brought stands in the world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The command that begins with it.
    pub command: String,
    /// What is there, what is not, and what will not work.
    pub sentences: Vec<String>,
}

impl Project {
    /// A project without files as yet; `folder` is the name of its folder.
    pub fn new(recipe: Recipe, folder: &str, file: &str) -> Self {
        let name = image_name(folder);
        Self { recipe, file: file.to_owned(), entries: Vec::new(), left_out: BTreeMap::new(), name }
    }

    /// Notes that something was left out.
    pub fn leave_out(&mut self, reason: Reason, path: &str) {
        let left_out = self.left_out.entry(reason).or_default();
        left_out.count += 1;
        if left_out.examples.len() < EXAMPLES {
            left_out.examples.push(path.to_owned());
        }
    }

    /// Where it stands on the host.
    pub fn directory(&self) -> String {
        format!("{HOME}/{}", self.name)
    }

    /// The command that one begins with.
    pub fn command(&self) -> String {
        match (self.recipe, self.file.as_str()) {
            (Recipe::Dockerfile, "Dockerfile") => format!("docker build -t {} .", self.name),
            (Recipe::Dockerfile, file) => format!("docker build -t {} -f {} .", self.name, quoted(file)),
            (Recipe::Compose, file) if is_default_compose_file(file) => "docker compose up -d".to_owned(),
            (Recipe::Compose, file) => format!("docker compose -f {} up -d", quoted(file)),
        }
    }

    /// Puts it on the first machine of a world, whose shells then begin in its folder.
    pub fn open(&self, world: &mut World) -> Opened {
        let directory = self.directory();
        let mut failed = Vec::new();
        for entry in &self.entries {
            let path = format!("{directory}/{}", entry.path);
            if let Err(errno) = world.put_entry(None, &path, entry.node.clone(), entry.mode) {
                failed.push(format!("{} could not be put there: {errno}.", entry.path));
            }
        }
        if let Err(errno) = world.set_working_directory(&directory) {
            failed.push(format!("{directory} could not be made: {errno}."));
        }
        let mut sentences = told::sentences(self, world);
        sentences.extend(failed.into_iter().take(EXAMPLES));
        Opened { command: self.command(), sentences }
    }

    /// The text of one of its files.
    fn text(&self, path: &str) -> Option<String> {
        let entry = self.entries.iter().find(|entry| entry.path == path)?;
        let Node::File(content) = &entry.node else { return None };
        let bytes = content.bytes(content.size()).ok()?;
        String::from_utf8(bytes.to_vec()).ok()
    }
}

/// The names under which Compose finds its file by itself.
fn is_default_compose_file(name: &str) -> bool {
    matches!(name, "compose.yaml" | "compose.yml" | "docker-compose.yaml" | "docker-compose.yml")
}

/// A folder's name as one for an image and for a Compose project: lower-case letters, digits, and single signs between them.
fn image_name(folder: &str) -> String {
    let mut name = String::new();
    for sign in folder.chars().map(|sign| sign.to_ascii_lowercase()) {
        if sign.is_ascii_lowercase() || sign.is_ascii_digit() {
            name.push(sign);
        } else if !name.is_empty() && !name.ends_with('-') {
            name.push('-');
        }
    }
    let name = name.trim_end_matches('-');
    if name.is_empty() { NAMELESS.to_owned() } else { name.to_owned() }
}

/// A word as the shell reads it back.
fn quoted(word: &str) -> String {
    let plain = |sign: char| sign.is_ascii_alphanumeric() || "._-/+".contains(sign);
    if word.chars().all(plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::Action;
    use crate::world::filesystem::content::Content;
    use crate::world::process::descriptor::Stream;
    use crate::worlds::Worlds;

    fn project(recipe: Recipe, file: &str, files: &[(&str, &str)]) -> Project {
        let mut project = Project::new(recipe, "My App", file);
        for (path, text) in files {
            let node = Node::File(Content::text(text));
            project.entries.push(ProjectEntry { path: (*path).to_owned(), node, mode: 0o644 });
        }
        project
    }

    fn opened(project: &Project) -> (World, Opened) {
        let mut world = World::new(Worlds::default().settings());
        let opened = project.open(&mut world);
        (world, opened)
    }

    #[test]
    fn the_first_command_builds_ones_own_dockerfile() {
        let files = [("Dockerfile", "FROM alpine\nCOPY src/a.txt /a.txt\n"), ("src/a.txt", "mine\n")];
        let (mut world, opened) = opened(&project(Recipe::Dockerfile, "Dockerfile", &files));
        assert_eq!(opened.command, "docker build -t my-app .");
        assert_eq!(world.act(&Action::Line(opened.command)).exit_code(), Some(0));
        let outcome = world.act(&Action::Line("docker run --rm my-app cat /a.txt".to_owned()));
        assert_eq!(outcome.text(Stream::Stdout), "mine\n");
    }

    #[test]
    fn the_first_command_brings_ones_own_compose_file_up() {
        let files = [("stack.yml", "services:\n  web:\n    image: nginx:1.27\n")];
        let (mut world, opened) = opened(&project(Recipe::Compose, "stack.yml", &files));
        assert_eq!(opened.command, "docker compose -f stack.yml up -d");
        assert_eq!(world.act(&Action::Line(opened.command)).exit_code(), Some(0));
        let outcome = world.act(&Action::Line("docker ps --format '{{.Names}}'".to_owned()));
        assert_eq!(outcome.text(Stream::Stdout), "my-app-web-1\n");
    }

    #[test]
    fn names_of_folders_become_names_of_images() {
        for (folder, name) in [("My App", "my-app"), ("..a__b..", "a-b"), ("日本", "app"), ("", "app")] {
            assert_eq!(image_name(folder), name);
        }
        assert_eq!(quoted("it's a.yml"), r"'it'\''s a.yml'");
    }
}
