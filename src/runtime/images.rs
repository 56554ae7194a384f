//! `layerlab import-image` and `layerlab export-image`: real image archives into the model, and out of it.
//!
//! Promises: an archive that is imported is only read; one that is exported is there whole or not at all; who watches sees how far it
//! is. What is wrong with an archive is said with the name of what is at fault, and exit code 2.

use std::io::{self, IsTerminal, Read, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use super::{fail, headless, print, refuse, stored};
use crate::diagnostic::shown;
use crate::project::archive::Archive;
use crate::scenario;
use crate::world::daemon::reference::Reference;
use crate::world::filesystem::content::Content;
use crate::world::filesystem::entry::{Change, Node};
use crate::world::process::descriptor::Stream;
use crate::world::registry::archive::{LIMITS, images_in, read::Loaded};
use crate::world::registry::image::Image;
use crate::world::registry::platform::Platform;
use crate::world::units::human_size;
use crate::world::{Action, World, WorldSettings};

/// How often the bar is drawn.
const TICK: Duration = Duration::from_millis(100);
/// The width of the bar, in cells.
const BAR: usize = 30;
/// Bytes that are written at once.
const PIECE: usize = 256 << 10;

/// What is to be done with an archive.
#[derive(Debug)]
pub struct Import<'a> {
    pub file: &'a Path,
    pub platform: Option<&'a str>,
    /// Whether to list the files of each layer.
    pub files: bool,
    /// What to play with its images.
    pub scenario: Option<&'a Path>,
    pub json: bool,
}

/// What is to be written.
#[derive(Debug)]
pub struct Export<'a> {
    pub image: &'a str,
    pub file: &'a Path,
    /// What to play before.
    pub after: Option<&'a Path>,
    /// Whether to replace a file that is there.
    pub force: bool,
}

/// `layerlab import-image FILE`.
pub fn import(wish: &Import<'_>, folder: Option<&Path>, seed: u64) -> ExitCode {
    let own = Platform::linux("amd64");
    let platform = match wish.platform.map(|text| Platform::parse(text, &own)).transpose() {
        Ok(platform) => platform,
        Err(error) => return refuse(&format!("layerlab: {error}")),
    };
    let mut scenario = match wish.scenario.map(headless::read_scenario).transpose() {
        Ok(scenario) => scenario,
        Err(text) => return refuse(&text),
    };
    if let Some(scenario) = &mut scenario {
        // What is pulled where nothing is said could take a name away from an image of the archive.
        scenario.images.get_or_insert_default();
    }
    let loaded = match read(wish.file, platform) {
        Ok(loaded) => loaded,
        Err(sentence) => return refuse(&format!("layerlab: {sentence}")),
    };
    let Some(scenario) = scenario else { return print(&described(wish, &loaded)) };
    let settings = match headless::world_settings(folder, seed) {
        Ok(settings) => settings,
        Err(text) => return refuse(&text),
    };
    let mut world = World::new(&settings);
    if let Err(error) = world.load_images(loaded) {
        return refuse(&format!("layerlab: {}: {}", wish.file.display(), shown(&error.to_string())));
    }
    headless::play(world, &scenario, wish.json)
}

/// The images of an archive; who watches sees how far the reading is.
///
/// # Errors
/// A sentence that names the file, and what is wrong in it.
fn read(file: &Path, platform: Option<Platform>) -> Result<Vec<Loaded>, String> {
    let content = stored::content(file)?;
    let mut bar = Bar::new(content.size());
    let loaded = images_in(content, platform, LIMITS, &mut |bytes| bar.advance(bytes));
    bar.clear();
    loaded.map_err(|error| format!("{}: {}", file.display(), shown(&error.to_string())))
}

/// The images of an archive of the learner's own, for `layerlab play`, in worlds that begin with these settings.
///
/// # Errors
/// A sentence that names the file, and what is wrong in it.
pub fn read_own(file: &Path, settings: &WorldSettings) -> Result<Archive, String> {
    let wrong = |error: &str| format!("{}: {}", file.display(), shown(error));
    let loaded = read(file, None)?;
    if loaded.is_empty() {
        return Err(wrong("no image in the archive"));
    }
    let name = file.file_name().unwrap_or(file.as_os_str()).to_string_lossy();
    let archive = Archive::new(&name, loaded);
    archive.load(&mut World::new(settings)).map_err(|error| wrong(&error.to_string()))?;
    Ok(archive)
}

/// What is in an archive, for people.
fn described(wish: &Import<'_>, loaded: &[Loaded]) -> String {
    let mut text = String::new();
    for (number, Loaded { image, names, .. }) in loaded.iter().enumerate() {
        if number > 0 {
            text.push('\n');
        }
        text.push_str(&describe(image, names, wish.files));
    }
    if loaded.is_empty() {
        text.push_str("no image in the archive is for this platform\n");
    }
    text
}

fn describe(image: &Image, names: &[String], files: bool) -> String {
    let config = image.config();
    let run = &config.config;
    let mut text = match names {
        [] => "an image without a name\n".to_owned(),
        names => format!("{}\n", shown(&names.join(", "))),
    };
    let mut line = |title: &str, value: String| {
        if !value.is_empty() {
            text.push_str(&format!("  {title:<12}{}\n", shown(&value)));
        }
    };
    let joined = |words: &Option<Vec<String>>| words.as_ref().map_or_else(String::new, |words| words.join(" "));
    let list = |items: &mut dyn Iterator<Item = &String>| items.map(String::as_str).collect::<Vec<_>>().join(", ");
    let count: usize = image.layers().iter().map(|layer| layer.file_count()).sum();
    line("ID", image.id().to_string());
    line("platform", image.platform().to_string());
    line("created", config.created.map_or_else(String::new, |created| created.to_string()));
    line("size", format!("{} in {} layers with {count} files", human_size(image.size()), image.layers().len()));
    line("entrypoint", joined(&run.entrypoint));
    line("command", joined(&run.cmd));
    line("user", run.user.clone());
    line("directory", run.working_dir.clone());
    line("ports", list(&mut run.exposed_ports.iter()));
    line("volumes", list(&mut run.volumes.iter()));
    line("environment", list(&mut run.env.iter()));
    let mut steps = config.history.iter().filter(|step| !step.empty_layer);
    text.push_str("  layers, the lowest first\n");
    for layer in image.layers() {
        let step = steps.next().map_or("", |step| step.created_by.as_str());
        let step: String = step.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(80).collect();
        let (id, size) = (layer.diff_id().short(), human_size(layer.size()));
        text.push_str(&format!("    {id}  {size:>8}  {:>7} files  {}\n", layer.file_count(), shown(&step)));
        if files {
            for (path, change) in layer.changes() {
                text.push_str(&format!("      {}\n", shown(&listed(path, change))));
            }
        }
    }
    text
}

/// A line about what a layer says of a path.
fn listed(path: &str, change: &Change) -> String {
    let Change::Put { entry, opaque } = change else { return format!("deleted {path}") };
    let metadata = &entry.metadata;
    let (sign, more) = match &entry.node {
        Node::Directory if *opaque => ('d', " (hides what is below)".to_owned()),
        Node::Directory => ('d', String::new()),
        Node::File(_) => ('-', String::new()),
        Node::Symlink(target) => ('l', format!(" -> {target}")),
        Node::Device(_) => ('c', String::new()),
        Node::Fifo => ('p', String::new()),
    };
    let owner = format!("{}:{}", metadata.uid, metadata.gid);
    format!("{sign} {:04o} {owner:>11} {:>10} {path}{more}", metadata.mode, entry.node.size())
}

/// `layerlab export-image IMAGE FILE`.
pub fn export(wish: &Export<'_>, folder: Option<&Path>, seed: u64) -> ExitCode {
    let archive = match archive_of(wish, folder, seed) {
        Ok(archive) => archive,
        Err(text) => return refuse(&text),
    };
    let file = wish.file.display();
    match write(&archive, wish.file, wish.force) {
        Ok(()) => {
            let text = format!("{file}: {}; docker load -i {file}\n", human_size(archive.size()));
            print(&text)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            refuse(&format!("layerlab: {file} is there already; --force replaces it"))
        }
        Err(error) => fail(&format!("layerlab: {file}: {error}")),
    }
}

/// The archive that is asked for: of an image that is pulled, or that a scenario leaves.
fn archive_of(wish: &Export<'_>, folder: Option<&Path>, seed: u64) -> Result<Content, String> {
    if !wish.force && wish.file.exists() {
        return Err(format!("layerlab: {} is there already; --force replaces it", wish.file.display()));
    }
    let refusal = |text: &str| format!("layerlab: {}", shown(text.trim_end()));
    let scenario = wish.after.map(headless::read_scenario).transpose()?;
    let mut world = World::new(&headless::world_settings(folder, seed)?);
    if let Some(scenario) = scenario {
        world = scenario::play(world, &scenario, |_, _| {}).world().clone();
    } else {
        let reference = Reference::parse(wish.image).map_err(|error| refusal(&error.to_string()))?;
        let outcome = world.act(&Action::Command(format!("docker pull -q {reference}")));
        if outcome.exit_code() != Some(0) {
            return Err(refusal(&outcome.text(Stream::Stderr)));
        }
    }
    world.save_images(&[wish.image.to_owned()]).map_err(|error| refusal(&error.to_string()))
}

/// Writes a file whole: it appears when all of it is there, and in the place of another only when `force` says so.
fn write(archive: &Content, file: &Path, force: bool) -> io::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut temporary = tempfile::NamedTempFile::new_in(folder)?;
    let mut bar = Bar::new(archive.size());
    let mut reader = archive.reader();
    let mut piece = vec![0; PIECE];
    let written = loop {
        let length = match reader.read(&mut piece) {
            Ok(0) => break Ok(()),
            Ok(length) => length,
            Err(error) => break Err(error),
        };
        if let Err(error) = temporary.write_all(&piece[..length]).and_then(|()| bar.advance(length as u64)) {
            break Err(error);
        }
    };
    bar.clear();
    written?;
    let persisted = if force { temporary.persist(file) } else { temporary.persist_noclobber(file) };
    persisted.map(drop).map_err(|error| error.error)
}

/// A bar on standard error that shows how far something is, where somebody watches.
struct Bar {
    total: u64,
    done: u64,
    drawn: Option<Instant>,
    watched: bool,
}

impl Bar {
    fn new(total: u64) -> Bar {
        Bar { total, done: 0, drawn: None, watched: io::stderr().is_terminal() }
    }

    fn advance(&mut self, bytes: u64) -> io::Result<()> {
        self.done = self.done.saturating_add(bytes);
        if self.watched && self.drawn.is_none_or(|drawn| drawn.elapsed() >= TICK) {
            self.drawn = Some(Instant::now());
            // A terminal that cannot be written to is no reason to stop.
            let _ = write!(io::stderr(), "\r{}", self.text());
        }
        Ok(())
    }

    fn text(&self) -> String {
        let done = self.done.min(self.total);
        let cells = usize::try_from(u128::from(done) * BAR as u128 / u128::from(self.total.max(1))).unwrap_or(BAR);
        let percent = u128::from(done) * 100 / u128::from(self.total.max(1));
        let (full, empty) = ("#".repeat(cells), "-".repeat(BAR - cells));
        format!("[{full}{empty}] {percent:>3}%  {} of {}  ", human_size(done), human_size(self.total))
    }

    /// Takes the bar away.
    fn clear(&mut self) {
        if self.watched && self.drawn.is_some() {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_never_leaves_its_width() {
        let mut bar = Bar { total: 2_000_000_000, done: 0, drawn: None, watched: false };
        assert_eq!(bar.text(), "[------------------------------]   0%  0B of 2GB  ");
        bar.advance(1_000_000_000).unwrap();
        assert_eq!(bar.text(), "[###############---------------]  50%  1GB of 2GB  ");
        bar.advance(9_000_000_000).unwrap();
        assert!(bar.text().starts_with("[##############################] 100%"));
        let empty = Bar { total: 0, ..bar };
        assert!(empty.text().starts_with("[---"), "{}", empty.text());
    }
}
