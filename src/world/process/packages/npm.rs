//! `npm install` and `npm ci`: what `package.json` asks for, into `node_modules`.
//!
//! Promises: npm 10's words without a terminal; `ci` takes the versions of `package-lock.json` and nothing else; archives that were
//! fetched stay in `~/.npm`. Must not know: layers, JavaScript.

use std::collections::{BTreeMap, VecDeque};

use serde_json::{Map, Value, json};

use super::requirement::Requirement;
use super::transcript::{Session, made_up};
use crate::world::filesystem::errno::Errno;

/// What is installed: name → version.
type Tree = BTreeMap<String, String>;

/// `npm …`.
pub fn run(session: &mut Session<'_, '_>) -> i32 {
    session.on_failure(|path, errno| {
        let code = if errno == Errno::EACCES { "EACCES" } else { "EIO" };
        (format!("npm error code {code}\nnpm error syscall mkdir\nnpm error path {path}\nnpm error {errno}"), 243)
    });
    let words: Vec<String> = session.arguments.to_vec();
    let production =
        words.iter().any(|word| matches!(word.as_str(), "--production" | "--omit=dev" | "--only=production"))
            || session.variable("NODE_ENV") == Some("production");
    let names: Vec<String> = words.iter().filter(|word| !word.starts_with('-')).cloned().collect();
    match names.split_first() {
        None if words.iter().any(|word| matches!(word.as_str(), "-v" | "--version")) => {
            session.say("10.9.3");
            0
        }
        None => {
            session.say("npm <command>\n\nUsage:\n\nnpm install        install all the dependencies in your project");
            1
        }
        Some((command, more)) => match command.as_str() {
            "install" | "i" | "add" => install(session, more, production),
            "ci" | "clean-install" => ci(session, production),
            "cache" if more.first().is_some_and(|word| word == "clean") => {
                let cache = cache(session);
                session.remove(cache);
                0
            }
            "ls" | "list" => list(session),
            other => {
                session.complain(format_args!("npm {other} is not modelled in Layerlab"));
                1
            }
        },
    }
}

fn cache(session: &Session<'_, '_>) -> String {
    format!("{}/.npm", session.variable("HOME").filter(|home| !home.is_empty()).unwrap_or("/root"))
}

fn read_json(session: &Session<'_, '_>, name: &str) -> Option<Result<Map<String, Value>, String>> {
    let path = crate::world::process::System::join(&session.system.working_directory(), name);
    let text = session.text(&path)?;
    Some(serde_json::from_str(&text).map_err(|error| error.to_string()))
}

/// `package.json`; without one an empty one will do for `npm install NAME`.
fn manifest(session: &mut Session<'_, '_>) -> Result<Map<String, Value>, i32> {
    match read_json(session, "package.json") {
        None => Ok(Map::new()),
        Some(Ok(map)) => Ok(map),
        Some(Err(error)) => {
            let path = session.system.working_directory();
            session.complain(format_args!(
                "npm error code EJSONPARSE\nnpm error JSON.parse Invalid package.json: {error}\n\
                 npm error JSON.parse Failed to parse JSON data.\nnpm error path {path}/package.json"
            ));
            Err(1)
        }
    }
}

fn asked_for(manifest: &Map<String, Value>, production: bool) -> Vec<(String, String)> {
    let mut fields = vec!["dependencies"];
    if !production {
        fields.push("devDependencies");
    }
    let entries = fields.iter().filter_map(|field| manifest.get(*field)?.as_object()).flatten();
    entries.filter_map(|(name, range)| Some((name.clone(), range.as_str()?.to_owned()))).collect()
}

fn install(session: &mut Session<'_, '_>, names: &[String], production: bool) -> i32 {
    let mut package_json = match manifest(session) {
        Ok(map) => map,
        Err(code) => return code,
    };
    let mut wanted = asked_for(&package_json, production);
    if package_json.is_empty() && names.is_empty() {
        let folder = session.system.working_directory();
        session.complain(format_args!(
            "npm error code ENOENT\nnpm error syscall open\nnpm error path {folder}/package.json\nnpm error errno -2\n\
             npm error enoent Could not read package.json: Error: ENOENT: no such file or directory, open '{folder}/package.json'\n\
             npm error enoent This is related to npm not being able to find a file.\nnpm error enoent"
        ));
        return 254;
    }
    let mut added = Vec::new();
    for name in names {
        let Some(requirement) = Requirement::parse(name) else { continue };
        wanted.retain(|(known, _)| *known != requirement.name);
        wanted.push((requirement.name.clone(), requirement.written.trim_start_matches('@').to_owned()));
        added.push(requirement.name);
    }
    let locked = lock(session).unwrap_or_default();
    let tree = match resolve(session, &wanted, &locked) {
        Ok(tree) => tree,
        Err(code) => return code,
    };
    for name in &added {
        let range = format!("^{}", tree.get(name).map_or("0.0.0", String::as_str));
        let dependencies = package_json.entry("dependencies").or_insert_with(|| json!({}));
        if let Some(dependencies) = dependencies.as_object_mut() {
            dependencies.insert(name.clone(), Value::String(range));
        }
    }
    if !added.is_empty() {
        let text = serde_json::to_string_pretty(&package_json).unwrap_or_default();
        let path = crate::world::process::System::join(&session.system.working_directory(), "package.json");
        session.put_text(path, &format!("{text}\n"));
    }
    carry_out(session, &tree, &package_json, true)
}

fn ci(session: &mut Session<'_, '_>, production: bool) -> i32 {
    let Some(locked) = lock(session) else {
        session.complain(
            "npm error code EUSAGE\nnpm error\n\
             npm error The `npm ci` command can only install with an existing package-lock.json or\n\
             npm error npm-shrinkwrap.json with lockfileVersion >= 1. Run an install with npm@5 or\n\
             npm error later to generate a package-lock.json file, then try again.\nnpm error\n\
             npm error Clean install a project",
        );
        return 1;
    };
    let package_json = match manifest(session) {
        Ok(map) => map,
        Err(code) => return code,
    };
    let wanted = asked_for(&package_json, production);
    let missing: Vec<String> = wanted
        .iter()
        .filter(|(name, range)| !locked.get(name).is_some_and(|version| allows(name, range, version)))
        .map(|(name, range)| format!("npm error Missing: {name}@{range} from lock file"))
        .collect();
    if !missing.is_empty() {
        session.complain(format_args!(
            "npm error code EUSAGE\nnpm error\nnpm error `npm ci` can only install packages when your package.json and \
             package-lock.json or npm-shrinkwrap.json are in sync. Please update your lock file with `npm install` before continuing.\n\
             npm error\n{}\nnpm error",
            missing.join("\n")
        ));
        return 1;
    }
    match resolve(session, &wanted, &locked) {
        Ok(tree) => {
            let folder = crate::world::process::System::join(&session.system.working_directory(), "node_modules");
            session.remove(folder);
            carry_out(session, &tree, &package_json, false)
        }
        Err(code) => code,
    }
}

fn allows(name: &str, range: &str, version: &str) -> bool {
    Requirement::parse(&format!("{name}@{range}")).is_some_and(|requirement| requirement.allows(version))
}

/// The versions in `package-lock.json`.
fn lock(session: &Session<'_, '_>) -> Option<Tree> {
    let lock = read_json(session, "package-lock.json")?.ok()?;
    let packages = lock.get("packages")?.as_object()?;
    let entries = packages.iter().filter_map(|(path, entry)| {
        let name = path.rsplit_once("node_modules/")?.1;
        Some((name.to_owned(), entry.get("version")?.as_str()?.to_owned()))
    });
    Some(entries.collect())
}

/// Versions for everything that is wanted and needed: the locked one where there is one, else the newest.
fn resolve(session: &mut Session<'_, '_>, wanted: &[(String, String)], locked: &Tree) -> Result<Tree, i32> {
    let index = session.indexes.npm();
    let now = session.now();
    let mut tree = Tree::new();
    let mut waiting: VecDeque<(String, String)> = wanted.iter().cloned().collect();
    while let Some((name, range)) = waiting.pop_front() {
        if tree.contains_key(&name) {
            continue;
        }
        let Some(package) = index.get(&name) else {
            session.complain(format_args!(
                "npm error code E404\nnpm error 404 Not Found - GET https://registry.npmjs.org/{name} - Not found\nnpm error 404\n\
                 npm error 404  '{name}@{}' is not in this registry.\nnpm error 404\n\
                 npm error 404 Note that you can also install from a\nnpm error 404 tarball, folder, http url, or git folder.",
                if range.is_empty() { "*" } else { &range }
            ));
            return Err(1);
        };
        let held = locked.get(&name).filter(|version| allows(&name, &range, version)).cloned();
        let newest = || package.at(now).find(|version| allows(&name, &range, version)).map(str::to_owned);
        let Some(version) = held.or_else(newest) else {
            session.complain(format_args!(
                "npm error code ETARGET\nnpm error notarget No matching version found for {name}@{range}.\n\
                 npm error notarget In most cases you or one of your dependencies are requesting\n\
                 npm error notarget a package version that doesn't exist."
            ));
            return Err(1);
        };
        for need in package.needs.iter().filter_map(|need| Requirement::parse(need)) {
            waiting.push_back((need.name, need.written));
        }
        tree.insert(name, version);
    }
    Ok(tree)
}

fn carry_out(session: &mut Session<'_, '_>, tree: &Tree, package_json: &Map<String, Value>, write_lock: bool) -> i32 {
    let index = session.indexes.npm();
    let folder = session.system.working_directory();
    let modules = crate::world::process::System::join(&folder, "node_modules");
    let cache = cache(session);
    let mut took = std::time::Duration::ZERO;
    let mut added = 0;
    for (name, version) in tree {
        let Some(package) = index.get(name) else { continue };
        let there = format!("{modules}/{name}/package.json");
        if session.text(&there).is_some_and(|text| text.contains(&format!("\"version\": \"{version}\""))) && write_lock
        {
            continue;
        }
        added += 1;
        let held = format!("{cache}/_cacache/content-v2/{}-{version}.tgz", name.replace('/', "-"));
        if !session.exists(&held) {
            took += session.download(package.download);
            session.put(held, made_up(name, version, package.download), 0o644);
        }
        session.unpack(package.installed);
        session.put_text(there, &format!("{{\n  \"name\": \"{name}\",\n  \"version\": \"{version}\"\n}}\n"));
        session.put(format!("{modules}/{name}/index.js"), made_up(name, version, package.installed), 0o644);
    }
    if write_lock {
        let name = package_json.get("name").and_then(Value::as_str).unwrap_or_default();
        let mut packages = Map::new();
        packages.insert(String::new(), Value::Object(package_json.clone()));
        for (name, version) in tree {
            packages.insert(format!("node_modules/{name}"), json!({ "version": version }));
        }
        let lock = json!({ "name": name, "lockfileVersion": 3, "requires": true, "packages": packages });
        let text = serde_json::to_string_pretty(&lock).unwrap_or_default();
        session.put_text(crate::world::process::System::join(&folder, "package-lock.json"), &format!("{text}\n"));
    }
    let audited = tree.len() + 1;
    let noun = |count: usize| if count == 1 { "package" } else { "packages" };
    let seconds = took.as_secs().max(1);
    if added == 0 {
        session.say(format_args!("\nup to date, audited {audited} packages in {seconds}s\n\nfound 0 vulnerabilities"));
    } else {
        session.say(format_args!(
            "\nadded {added} {}, and audited {audited} {} in {seconds}s\n\nfound 0 vulnerabilities",
            noun(added),
            noun(audited)
        ));
    }
    0
}

fn list(session: &mut Session<'_, '_>) -> i32 {
    let folder = session.system.working_directory();
    let name = read_json(session, "package.json").and_then(Result::ok).unwrap_or_default();
    let name = name.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
    session.say(format_args!("{name}@ {folder}"));
    let locked = lock(session).unwrap_or_default();
    let last = locked.len();
    if last == 0 {
        session.say("└── (empty)");
    }
    for (at, (name, version)) in locked.iter().enumerate() {
        let branch = if at + 1 == last { "└──" } else { "├──" };
        session.say(format_args!("{branch} {name}@{version}"));
    }
    0
}
