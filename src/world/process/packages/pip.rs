//! `pip`: Python's package manager.
//!
//! Promises: pip 25's words without a terminal; what is installed is in `site-packages`, wheels that were fetched stay in
//! `~/.cache/pip` unless `--no-cache-dir` is given; a version can be had from its date on. Must not know: layers.

use super::index::{Index, Package};
use super::requirement::{Requirement, normal};
use super::transcript::{Session, made_up};
use crate::world::filesystem::errno::Errno;

/// What is asked for, and by whom: ` (from flask==3.0.0)`.
struct Wanted {
    requirement: Requirement,
    origin: String,
}

/// A package that will be installed.
struct Chosen<'a> {
    package: &'a Package,
    version: String,
}

/// `pip …`.
pub fn run(session: &mut Session<'_, '_>) -> i32 {
    session.on_failure(|path, errno| match errno {
        Errno::EACCES | Errno::EPERM => (
            format!(
                "ERROR: Could not install packages due to an OSError: [Errno 13] Permission denied: '{path}'\n\
                 Consider using the `--user` option or check the permissions.\n"
            ),
            1,
        ),
        errno => (format!("ERROR: Could not install packages due to an OSError: {errno}: '{path}'\n"), 1),
    });
    let words = session.arguments.to_vec();
    let Some((command, rest)) = words.split_first() else {
        session.say("\nUsage:   \n  pip <command> [options]");
        return 0;
    };
    let Some(python) = python(session) else {
        session.complain("pip: there is no Python here");
        return 127;
    };
    match command.as_str() {
        "install" => install(session, &python, rest),
        "uninstall" => uninstall(session, &python, rest),
        "list" | "freeze" => list(session, &python, command == "freeze"),
        "show" => show(session, &python, rest),
        "check" => {
            session.say("No broken requirements found.");
            0
        }
        "--version" | "-V" => {
            session.say(format_args!("pip 25.0.1 from {python}/pip (python {})", python_version(&python)));
            0
        }
        "cache" if rest.first().is_some_and(|word| word == "purge") => {
            let cache = cache(session);
            session.remove(cache);
            session.say("Files removed: 0");
            0
        }
        other => {
            session.complain(format_args!("ERROR: unknown command \"{other}\""));
            1
        }
    }
}

/// The folder that packages go to.
fn python(session: &Session<'_, '_>) -> Option<String> {
    let names = session.system.list("/usr/local/lib").ok()?;
    let found = names.into_iter().find(|name| name.starts_with("python3."))?;
    Some(format!("/usr/local/lib/{found}/site-packages"))
}

fn python_version(site: &str) -> &str {
    site.split('/').find_map(|part| part.strip_prefix("python")).unwrap_or("3")
}

fn cache(session: &Session<'_, '_>) -> String {
    let home = session.variable("HOME").filter(|home| !home.is_empty()).unwrap_or("/root");
    session.variable("PIP_CACHE_DIR").map_or_else(|| format!("{home}/.cache/pip"), str::to_owned)
}

/// The packages in `site-packages`: name and version as their metadata has them.
fn installed(session: &Session<'_, '_>, site: &str) -> Vec<(String, String)> {
    let names = session.system.list(site).unwrap_or_default();
    let mut found: Vec<(String, String)> = names
        .iter()
        .filter_map(|name| name.strip_suffix(".dist-info")?.rsplit_once('-'))
        .map(|(name, version)| (name.replace('_', "-"), version.to_owned()))
        .collect();
    found.sort_by_key(|(name, _)| name.to_lowercase());
    found
}

struct Options {
    cache: bool,
    upgrade: bool,
    quiet: bool,
    root_warning: bool,
}

fn install(session: &mut Session<'_, '_>, site: &str, words: &[String]) -> i32 {
    let mut options = Options {
        cache: session.variable("PIP_NO_CACHE_DIR").is_none_or(|value| matches!(value, "" | "0" | "off" | "false")),
        upgrade: false,
        quiet: false,
        root_warning: session.variable("PIP_ROOT_USER_ACTION") != Some("ignore"),
    };
    let mut wanted = Vec::new();
    let mut given = words.iter();
    while let Some(word) = given.next() {
        let (flag, value) = word
            .split_once('=')
            .filter(|_| word.starts_with("--"))
            .map_or((word.as_str(), None), |(flag, value)| (flag, Some(value.to_owned())));
        match flag {
            "-r" | "--requirement" => {
                let Some(path) = value.or_else(|| given.next().cloned()) else {
                    return usage(session, "-r option requires 1 argument");
                };
                match requirements(session, &path) {
                    Ok(more) => wanted.extend(more),
                    Err(text) => {
                        session.complain(format_args!("ERROR: {text}"));
                        return 1;
                    }
                }
            }
            "--no-cache-dir" => options.cache = false,
            "-U" | "--upgrade" => options.upgrade = true,
            "-q" | "--quiet" | "-qq" => options.quiet = true,
            "--root-user-action" => {
                options.root_warning = value.or_else(|| given.next().cloned()).as_deref() != Some("ignore")
            }
            "-i" | "--index-url" | "--extra-index-url" | "-f" | "--find-links" | "--timeout" | "--retries" => {
                drop(value.or_else(|| given.next().cloned()));
            }
            "--disable-pip-version-check"
            | "--no-input"
            | "--prefer-binary"
            | "--no-compile"
            | "--break-system-packages"
            | "--user"
            | "--progress-bar" => {}
            flag if flag.starts_with('-') => {
                session.complain(format_args!("pip: the option {flag} is not modelled in Layerlab"));
                return 2;
            }
            name => match Requirement::parse(word) {
                Some(requirement) => wanted.push(Wanted { requirement, origin: String::new() }),
                None => {
                    session.complain(format_args!("ERROR: Invalid requirement: '{name}'"));
                    return 1;
                }
            },
        }
    }
    if options.cache && !is_writable(session, &cache(session)) {
        options.cache = false;
        let folder = cache(session);
        session.complain(format_args!(
            "WARNING: The directory '{folder}' or its parent directory is not owned or is not writable by the current user. The \
             cache has been disabled. Check the permissions and owner of that directory. If executing pip with sudo, you should use \
             sudo's -H flag."
        ));
    }
    if wanted.is_empty() {
        return usage(session, "You must give at least one requirement to install (see \"pip help install\")");
    }
    if !is_writable(session, site) {
        session.say("Defaulting to user installation because normal site-packages is not writeable");
    }
    let index = session.indexes.pip();
    match choose(session, index, site, wanted, &options) {
        Ok(chosen) => carry_out(session, site, &chosen, &options),
        Err(code) => code,
    }
}

/// Whether a directory can be written, or made where it is missing.
fn is_writable(session: &Session<'_, '_>, path: &str) -> bool {
    let mut at = path;
    while !session.exists(at) && at != "/" {
        at = crate::world::process::System::parent_of(at);
    }
    session.system.may(at, 2)
}

fn usage(session: &mut Session<'_, '_>, text: &str) -> i32 {
    session.complain(format_args!("ERROR: {text}"));
    1
}

fn requirements(session: &Session<'_, '_>, path: &str) -> Result<Vec<Wanted>, String> {
    let missing = || format!("Could not open requirements file: [Errno 2] No such file or directory: '{path}'");
    let text = session.text(path).ok_or_else(missing)?;
    let mut wanted = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.split(" #").next().unwrap_or_default().trim();
        if line.is_empty() || line.starts_with(['#', '-']) {
            continue;
        }
        let place = format!("-r {path} (line {})", number + 1);
        let requirement = Requirement::parse(line)
            .ok_or_else(|| format!("Invalid requirement: '{line}' (from line {} of {path})", number + 1))?;
        wanted.push(Wanted { requirement, origin: place });
    }
    Ok(wanted)
}

/// Finds a version for everything that is asked for and needed: the newest that all conditions allow.
fn choose<'a>(
    session: &mut Session<'_, '_>,
    index: &'a Index,
    site: &str,
    wanted: Vec<Wanted>,
    options: &Options,
) -> Result<Vec<Chosen<'a>>, i32> {
    let now = session.now();
    let there = installed(session, site);
    let mut chosen: Vec<Chosen<'a>> = Vec::new();
    let mut waiting: std::collections::VecDeque<(Wanted, bool)> =
        wanted.into_iter().map(|wanted| (wanted, true)).collect();
    // Conditions that are known from the start narrow what comes later.
    let asked: Vec<Requirement> = waiting.iter().map(|(wanted, _)| wanted.requirement.clone()).collect();
    while let Some((Wanted { requirement, origin }, direct)) = waiting.pop_front() {
        let name = requirement.normal_name();
        let from = if origin.is_empty() { String::new() } else { format!(" (from {origin})") };
        if let Some(known) = chosen.iter().find(|known| normal(&known.package.name) == name) {
            if requirement.allows(&known.version) {
                continue;
            }
            session.complain(format_args!(
                "ERROR: Cannot install {} because these package versions have conflicting dependencies.\n\
                 ERROR: ResolutionImpossible: for help visit https://pip.pypa.io/en/latest/topics/dependency-resolution/#dealing-with-dependency-conflicts",
                known.package.name
            ));
            return Err(1);
        }
        let old = there.iter().find(|(known, _)| normal(known) == name);
        if let Some((_, version)) =
            old.filter(|(_, version)| requirement.allows(version) && !(options.upgrade && direct))
        {
            if !options.quiet {
                let written = format!("{}{}", requirement.name, requirement.written);
                session.say(format_args!("Requirement already satisfied: {written} in {site}{from} ({version})"));
            }
            continue;
        }
        let package = index.packages().iter().find(|package| normal(&package.name) == name);
        let versions: Vec<&str> = package.map(|package| package.at(now).collect()).unwrap_or_default();
        let others: Vec<&Requirement> = asked.iter().filter(|other| other.normal_name() == name).collect();
        let found = versions
            .iter()
            .find(|version| requirement.allows(version) && others.iter().all(|other| other.allows(version)));
        let (Some(package), Some(version)) = (package, found) else {
            let mut known: Vec<&str> = versions;
            known.reverse();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            let written = format!("{}{}", requirement.name, requirement.written);
            session.complain(format_args!(
                "ERROR: Could not find a version that satisfies the requirement {written}{from} (from versions: {known})\n\
                 ERROR: No matching distribution found for {written}"
            ));
            return Err(1);
        };
        if !options.quiet {
            session.say(format_args!("Collecting {}{}{from}", requirement.name, requirement.written));
            let held = options.cache && session.exists(&wheel_in_cache(session, package, version));
            let verb = if held { "Using cached" } else { "Downloading" };
            session.say(format_args!(
                "  {verb} {}.metadata ({})",
                wheel(package, version, site),
                size(3_000 + package.name.len() as u64 * 97)
            ));
        }
        session.download(3_000);
        let origin = if origin.is_empty() {
            format!("{}{}", package.name, requirement.written)
        } else {
            format!("{}{}->{origin}", package.name, requirement.written)
        };
        for need in package.needs.iter().filter_map(|need| Requirement::parse(need)) {
            waiting.push_back((Wanted { requirement: need, origin: origin.clone() }, false));
        }
        chosen.push(Chosen { package, version: (*version).to_owned() });
    }
    Ok(chosen)
}

fn carry_out(session: &mut Session<'_, '_>, site: &str, chosen: &[Chosen<'_>], options: &Options) -> i32 {
    let say = |session: &mut Session<'_, '_>, line: String| {
        if !options.quiet {
            session.say(line);
        }
    };
    for Chosen { package, version } in chosen {
        let file = wheel(package, version, site);
        let held = wheel_in_cache(session, package, version);
        if options.cache && session.exists(&held) {
            say(session, format!("Using cached {file} ({})", size(package.download)));
            continue;
        }
        say(session, format!("Downloading {file} ({})", size(package.download)));
        let took = session.download(package.download).as_secs_f64();
        if package.download > 40_000 {
            let (done, speed) = (size(package.download), (package.download as f64 / took) as u64);
            say(session, format!("   ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ {done} {}/s eta 0:00:00", size(speed)));
        }
        if options.cache {
            session.put(held, made_up(&package.name, version, package.download), 0o644);
        }
    }
    let there = installed(session, site);
    if !chosen.is_empty() {
        // What is needed comes before what needs it.
        let names: Vec<&str> = chosen.iter().rev().map(|one| one.package.name.as_str()).collect();
        say(session, format!("Installing collected packages: {}", names.join(", ")));
    }
    for Chosen { package, version } in chosen.iter().rev() {
        if let Some((name, old)) = there.iter().find(|(known, _)| normal(known) == normal(&package.name)) {
            say(session, format!("  Attempting uninstall: {name}\n    Found existing installation: {name} {old}"));
            say(session, format!("    Uninstalling {name}-{old}:\n      Successfully uninstalled {name}-{old}"));
            remove_files(session, site, name, old);
        }
        session.unpack(package.installed);
        install_files(session, site, package, version);
    }
    if !chosen.is_empty() {
        let mut all: Vec<String> = chosen.iter().map(|one| format!("{}-{}", one.package.name, one.version)).collect();
        all.sort_by_key(|text| text.to_lowercase());
        say(session, format!("Successfully installed {}", all.join(" ")));
    }
    if options.root_warning && session.system.credentials().uid == 0 {
        session.complain(
            "WARNING: Running pip as the 'root' user can result in broken permissions and conflicting behaviour with the system \
             package manager, possibly rendering your system unusable. It is recommended to use a virtual environment instead: \
             https://pip.pypa.io/warnings/venv. Use the --root-user-action option if you know what you are doing and want to suppress this warning.",
        );
    }
    0
}

/// The modules that a package brings.
fn modules(package: &Package) -> Vec<String> {
    if package.modules.is_empty() {
        vec![package.name.to_lowercase().replace('-', "_")]
    } else {
        package.modules.clone()
    }
}

fn metadata_folder(site: &str, name: &str, version: &str) -> String {
    format!("{site}/{}-{version}.dist-info", name.replace('-', "_"))
}

fn install_files(session: &mut Session<'_, '_>, site: &str, package: &Package, version: &str) {
    let modules = modules(package);
    let share = package.data_size() / modules.len().max(1) as u64;
    for module in &modules {
        session.put_text(format!("{site}/{module}/__init__.py"), &format!("__version__ = \"{version}\"\n"));
        let name = if package.native { "_core.so" } else { "_code.py" };
        session.put(format!("{site}/{module}/{name}"), made_up(module, version, share), 0o644);
    }
    for (path, size) in &package.programs {
        session.put_program(path, *size);
    }
    let folder = metadata_folder(site, &package.name, version);
    let requires: String = package.needs.iter().map(|need| format!("Requires-Dist: {need}\n")).collect();
    let text = format!("Metadata-Version: 2.1\nName: {}\nVersion: {version}\n{requires}", package.name);
    session.put_text(format!("{folder}/METADATA"), &text);
    session.put_text(format!("{folder}/INSTALLER"), "pip\n");
    session.put_text(format!("{folder}/top_level.txt"), &format!("{}\n", modules.join("\n")));
}

fn remove_files(session: &mut Session<'_, '_>, site: &str, name: &str, version: &str) {
    let folder = metadata_folder(site, name, version);
    let modules = session.text(&format!("{folder}/top_level.txt")).unwrap_or_default();
    for module in modules.lines().filter(|module| !module.is_empty()) {
        session.remove(format!("{site}/{module}"));
    }
    let index = session.indexes.pip();
    if let Some(package) = index.packages().iter().find(|package| normal(&package.name) == normal(name)) {
        package.programs.keys().for_each(|path| session.remove(path));
    }
    session.remove(folder);
}

fn uninstall(session: &mut Session<'_, '_>, site: &str, words: &[String]) -> i32 {
    let yes = words.iter().any(|word| matches!(word.as_str(), "-y" | "--yes"));
    for name in words.iter().filter(|word| !word.starts_with('-')) {
        let there = installed(session, site);
        let Some((found, version)) = there.into_iter().find(|(known, _)| normal(known) == normal(name)) else {
            session.complain(format_args!("WARNING: Skipping {name} as it is not installed."));
            continue;
        };
        session.say(format_args!("Found existing installation: {found} {version}\nUninstalling {found}-{version}:"));
        if !yes {
            session.say(format_args!("  Would remove:\n    {}/*", metadata_folder(site, &found, &version)));
            session.complain("Proceed (Y/n)? ERROR: Exception:\nEOFError: EOF when reading a line");
            return 2;
        }
        remove_files(session, site, &found, &version);
        session.say(format_args!("  Successfully uninstalled {found}-{version}"));
    }
    0
}

fn list(session: &mut Session<'_, '_>, site: &str, freeze: bool) -> i32 {
    let there = installed(session, site);
    if freeze {
        for (name, version) in there.iter().filter(|(name, _)| !matches!(name.as_str(), "pip" | "setuptools" | "wheel"))
        {
            session.say(format_args!("{name}=={version}"));
        }
        return 0;
    }
    let name_width = there.iter().map(|(name, _)| name.len()).max().unwrap_or(0).max("Package".len());
    let version_width = there.iter().map(|(_, version)| version.len()).max().unwrap_or(0).max("Version".len());
    session.say(format_args!("{:name_width$} Version", "Package"));
    session.say(format_args!("{} {}", "-".repeat(name_width), "-".repeat(version_width)));
    for (name, version) in &there {
        session.say(format_args!("{name:name_width$} {version}"));
    }
    0
}

fn show(session: &mut Session<'_, '_>, site: &str, names: &[String]) -> i32 {
    let there = installed(session, site);
    let mut shown = 0;
    for name in names.iter().filter(|name| !name.starts_with('-')) {
        let Some((found, version)) = there.iter().find(|(known, _)| normal(known) == normal(name)) else {
            session.complain(format_args!("WARNING: Package(s) not found: {name}"));
            continue;
        };
        if shown > 0 {
            session.say("---");
        }
        shown += 1;
        session.say(format_args!("Name: {found}\nVersion: {version}\nLocation: {site}"));
    }
    i32::from(shown == 0)
}

/// The file name of a package's wheel.
fn wheel(package: &Package, version: &str, site: &str) -> String {
    let name = package.name.replace('-', "_");
    if package.native {
        let tag = format!("cp{}", python_version(site).replace('.', ""));
        format!("{name}-{version}-{tag}-{tag}-manylinux_2_17_x86_64.manylinux2014_x86_64.whl")
    } else {
        format!("{name}-{version}-py3-none-any.whl")
    }
}

fn wheel_in_cache(session: &Session<'_, '_>, package: &Package, version: &str) -> String {
    format!("{}/http-v2/{}-{version}.body", cache(session), package.name)
}

/// A size as pip prints it: decimal units.
fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..10_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        10_000..1_000_000 => format!("{} kB", bytes / 1_000),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}
