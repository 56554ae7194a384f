//! `docker manifest`: manifests of registries, and lists of them that are put together locally.
//!
//! Promises: docker/cli `cli/command/manifest`: lists that are being made lie in `~/.docker/manifests`, one file for each image; the texts
//! and exit codes of docker's client. Registries on the machine itself speak plain HTTP, which needs `--insecure`.

use serde_json::Value;

use crate::client::base64;
use crate::client::credentials::{self, ConfigFile};
use crate::client::program::Client;
use crate::world::daemon::reference::Reference;
use crate::world::process::System;
use crate::world::registry::go_json::{self, Layout, Object};
use crate::world::registry::manifest::{Manifest, ManifestFormat};
use crate::world::registry::platform::Platform;
use crate::world::registry::{RegistryError, Served, Variant, scheme};

/// The pairs of system and architecture that a list may have (docker/cli `cli/command/manifest/util.go`, `validOSArches`).
const KNOWN: [(&str, &[&str]); 11] = [
    ("darwin", &["386", "amd64", "arm", "arm64"]),
    ("dragonfly", &["amd64"]),
    ("freebsd", &["386", "amd64", "arm"]),
    ("linux", &["386", "amd64", "arm", "arm64", "ppc64le", "mips64", "mips64le", "riscv64", "s390x", ""]),
    ("netbsd", &["386", "amd64", "arm"]),
    ("openbsd", &["386", "amd64", "arm"]),
    ("plan9", &["386", "amd64"]),
    ("solaris", &["amd64"]),
    ("windows", &["386", "amd64", "arm64"]),
    ("", &[]),
    ("unknown", &["unknown"]),
];

/// One image of a list that is being made.
#[derive(Clone, Debug)]
struct Entry {
    reference: Reference,
    digest: String,
    size: u64,
    format: ManifestFormat,
    platform: Platform,
    manifest: Value,
    raw: Vec<u8>,
}

fn complain(client: &mut Client, text: impl AsRef<str>) -> i32 {
    client.err(format!("{}\n", text.as_ref()));
    1
}

fn parse(client: &mut Client, text: &str, before: &str) -> Result<Reference, i32> {
    let parsed = Reference::parse(text).map(Reference::with_default_tag);
    parsed.map_err(|error| complain(client, format!("{before}{error}")))
}

/// The folder of a list (docker/cli `cli/manifest/store`, `makeFilesafeName`).
fn folder(system: &System<'_>, list: &Reference) -> String {
    let home = ConfigFile::folder(system);
    format!("{home}/manifests/{}", file_name(list))
}

fn file_name(reference: &Reference) -> String {
    reference.to_string().replace(':', "-").replace('/', "_")
}

/// What a name means in its registry, in the words of docker's client.
fn fetch(client: &mut Client, system: &mut System<'_>, reference: &Reference, insecure: bool) -> Result<Served, i32> {
    let credentials = credentials::of(system, &reference.to_string());
    let no_such = || format!("no such manifest: {reference}");
    if scheme(reference.domain()) == "http" && !insecure {
        return Err(complain(client, no_such()));
    }
    system.registry_get(reference, credentials.as_ref()).map_err(|error| {
        let text = match error {
            RegistryError::PullDenied { .. } | RegistryError::PushDenied => {
                "errors:\ndenied: requested access to the resource is denied\nunauthorized: authentication required\n"
                    .to_owned()
            }
            RegistryError::NoCredentials { host } => {
                let (path, tag) = (reference.path(), reference.digest().or(reference.tag()).unwrap_or("latest"));
                format!("Get \"{}://{host}/v2/{path}/manifests/{tag}\": no basic auth credentials", scheme(&host))
            }
            RegistryError::WrongCredentials { .. } => "unauthorized: authentication required".to_owned(),
            RegistryError::ManifestUnknown { .. } | RegistryError::RepositoryUnknown { .. } => no_such(),
            other @ (RegistryError::Unreachable { .. } | RegistryError::Catalogue(_)) => other.to_string(),
        };
        complain(client, text)
    })
}

impl Entry {
    fn of(reference: &Reference, variant: &Variant) -> Entry {
        let raw = variant.manifest.to_json();
        Entry {
            reference: reference.clone(),
            digest: variant.digest.to_string(),
            size: raw.len() as u64,
            format: variant.manifest.format,
            platform: variant.platform.clone(),
            manifest: structured(&variant.manifest),
            raw,
        }
    }

    /// As `docker manifest inspect -v` shows it, and as it is kept.
    fn json(&self) -> Value {
        let platform = platform_json(&self.platform);
        let descriptor = Object::new()
            .member("mediaType", self.format.manifest())
            .member("digest", self.digest.as_str())
            .member("size", self.size)
            .member("platform", platform);
        let kind = if self.format == ManifestFormat::Docker { "SchemaV2Manifest" } else { "OCIManifest" };
        Object::new()
            .member("Ref", self.reference.to_string())
            .member("Descriptor", descriptor)
            .member("Raw", base64::encode(&self.raw))
            .member(kind, self.manifest.clone())
            .into()
    }

    fn read(value: &Value) -> Option<Entry> {
        let text = |path: &str| value.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (format, manifest) = match value.get("SchemaV2Manifest") {
            Some(manifest) => (ManifestFormat::Docker, manifest),
            None => (ManifestFormat::Oci, value.get("OCIManifest")?),
        };
        Some(Entry {
            reference: Reference::parse(&text("/Ref")).ok()?,
            digest: text("/Descriptor/digest"),
            size: value.pointer("/Descriptor/size")?.as_u64()?,
            format,
            platform: Platform {
                os: text("/Descriptor/platform/os"),
                architecture: text("/Descriptor/platform/architecture"),
                variant: text("/Descriptor/platform/variant"),
            },
            manifest: manifest.clone(),
            raw: base64::decode(&text("/Raw")).ok()?,
        })
    }
}

fn platform_json(platform: &Platform) -> Object {
    Object::new()
        .member("architecture", platform.architecture.as_str())
        .member("os", platform.os.as_str())
        .member_unless_empty("variant", platform.variant.as_str())
}

/// A manifest as an object, its keys in the order of its format.
fn structured(manifest: &Manifest) -> Value {
    // What was written as JSON is JSON.
    serde_json::from_slice(&manifest.to_json()).unwrap_or_default()
}

fn tabs(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(b"\t");
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, formatter);
    // Values of JSON can always be written as JSON.
    let _ = serde::Serialize::serialize(value, &mut serializer);
    bytes.push(b'\n');
    bytes
}

/// The images of a list that is being made, by file name; `None` if there is no such list.
fn stored(system: &System<'_>, list: &Reference) -> Option<Vec<Entry>> {
    let folder = folder(system, list);
    let names = system.list(&folder).ok()?;
    let read = |name: &String| {
        let bytes = system.read_file(&format!("{folder}/{name}")).ok()?;
        Entry::read(&serde_json::from_slice(&bytes).ok()?)
    };
    Some(names.iter().filter_map(read).collect())
}

fn store(client: &mut Client, system: &mut System<'_>, list: &Reference, entry: &Entry) -> Result<(), i32> {
    let folder = folder(system, list);
    let mut path = String::new();
    for part in folder.split('/').filter(|part| !part.is_empty()) {
        path = format!("{path}/{part}");
        // One that is there already is as good.
        let _ = system.make_directory(&path, 0o755);
    }
    let bytes = go_json::encode(&entry.json(), Layout::Compact);
    let file = format!("{folder}/{}", file_name(&entry.reference));
    let written = system.write_file(&file, &bytes);
    written.map_err(|errno| complain(client, format!("open {file}: {}", super::go_error(errno))))
}

/// A list as its bytes are pushed and shown.
fn list_json(entries: &[Entry]) -> Vec<u8> {
    let manifests: Vec<Value> = entries
        .iter()
        .map(|entry| {
            Object::new()
                .member("mediaType", entry.format.manifest())
                .member("size", entry.size)
                .member("digest", entry.digest.as_str())
                .member("platform", platform_json(&entry.platform))
                .into()
        })
        .collect();
    let all_oci = !entries.is_empty() && entries.iter().all(|entry| entry.format == ManifestFormat::Oci);
    let format = if all_oci { ManifestFormat::Oci } else { ManifestFormat::Docker };
    let list =
        Object::new().member("schemaVersion", 2).member("mediaType", format.index()).member("manifests", manifests);
    go_json::encode(&list.into(), Layout::Indented(3))
}

/// `docker manifest inspect`.
///
/// # Errors
/// The exit code.
pub fn inspect(client: &mut Client, system: &mut System<'_>) -> Result<(), i32> {
    let invocation = client.invocation.clone();
    let parsed = &invocation.parsed;
    let (insecure, verbose) = (parsed.on("insecure"), parsed.on("verbose"));
    let (list, name) = match parsed.arguments.as_slice() {
        [name] => (None, name),
        [list, name] => (Some(list), name),
        _ => return Err(1),
    };
    let reference = parse(client, name, "")?;
    if let Some(list) = list {
        let list = parse(client, list, "")?;
        let found = stored(system, &list).into_iter().flatten().find(|entry| entry.reference == reference);
        let Some(entry) = found else { return Err(complain(client, format!("No such manifest: {reference}"))) };
        return show(client, &entry, verbose);
    }
    if let Some(entries) = stored(system, &reference) {
        return show_list(client, &entries, verbose);
    }
    let served = fetch(client, system, &reference, insecure)?;
    let entries: Vec<Entry> = served.variants.iter().map(|variant| Entry::of(&reference, variant)).collect();
    match (&served.index, entries.as_slice()) {
        (None, [entry]) => show(client, entry, verbose),
        _ => show_list(client, &with_digests(entries), verbose),
    }
}

/// The images of a list in a registry go by their digests.
fn with_digests(entries: Vec<Entry>) -> Vec<Entry> {
    let by_digest = |entry: Entry| {
        let reference = entry.reference.clone().name_only().with_digest(&entry.digest);
        Entry { reference: reference.unwrap_or_else(|_| entry.reference.clone()), ..entry }
    };
    entries.into_iter().map(by_digest).collect()
}

fn show(client: &mut Client, entry: &Entry, verbose: bool) -> Result<(), i32> {
    client.out(tabs(&if verbose { entry.json() } else { entry.manifest.clone() }));
    Ok(())
}

fn show_list(client: &mut Client, entries: &[Entry], verbose: bool) -> Result<(), i32> {
    if verbose {
        client.out(tabs(&entries.iter().map(Entry::json).collect()));
    } else {
        client.out(list_json(entries));
        client.out("\n");
    }
    Ok(())
}

/// `docker manifest create`.
///
/// # Errors
/// The exit code.
pub fn create(client: &mut Client, system: &mut System<'_>) -> Result<(), i32> {
    let invocation = client.invocation.clone();
    let parsed = &invocation.parsed;
    let Some((list, names)) = parsed.arguments.split_first() else { return Err(1) };
    let target = parse(client, list, &format!("error parsing name for manifest list {list}: "))?;
    let known = stored(system, &target);
    if known.is_some() && !parsed.on("amend") {
        return Err(complain(client, "refusing to amend an existing manifest list with no --amend flag"));
    }
    for name in names {
        let reference = parse(client, name, "")?;
        let kept = known.iter().flatten().find(|entry| entry.reference == reference).cloned();
        let entry = match kept {
            Some(entry) => entry,
            None => {
                let served = fetch(client, system, &reference, parsed.on("insecure"))?;
                match (served.index, served.variants.as_slice()) {
                    (None, [variant]) => Entry::of(&reference, variant),
                    _ => return Err(complain(client, format!("{reference} is a manifest list"))),
                }
            }
        };
        store(client, system, &target, &entry)?;
    }
    client.out(format!("Created manifest list {target}\n"));
    Ok(())
}

/// `docker manifest annotate`.
///
/// # Errors
/// The exit code.
pub fn annotate(client: &mut Client, system: &mut System<'_>) -> Result<(), i32> {
    let invocation = client.invocation.clone();
    let parsed = &invocation.parsed;
    let [list, name] = parsed.arguments.as_slice() else { return Err(1) };
    let target = parse(client, list, &format!("annotate: error parsing name for manifest list {list}: "))?;
    let reference = parse(client, name, &format!("annotate: error parsing name for manifest {name}: "))?;
    let found = stored(system, &target).into_iter().flatten().find(|entry| entry.reference == reference);
    let Some(mut entry) = found else {
        return Err(complain(client, format!("manifest for image {name} does not exist in {list}")));
    };
    let text = |flag: &str| parsed.text(flag).filter(|text| !text.is_empty()).map(str::to_owned);
    let (os, architecture) = (text("os"), text("arch"));
    entry.platform.os = os.clone().unwrap_or(entry.platform.os);
    entry.platform.architecture = architecture.clone().unwrap_or(entry.platform.architecture);
    entry.platform.variant = text("variant").unwrap_or(entry.platform.variant);
    let is_known = KNOWN
        .iter()
        .any(|(os, known)| *os == entry.platform.os && known.contains(&entry.platform.architecture.as_str()));
    if !is_known {
        let (os, architecture) = (os.unwrap_or_default(), architecture.unwrap_or_default());
        let text = format!("manifest entry for image has unsupported os/arch combination: {os}/{architecture}");
        return Err(complain(client, text));
    }
    store(client, system, &target, &entry)
}

/// `docker manifest push`.
///
/// # Errors
/// The exit code.
pub fn push(client: &mut Client, system: &mut System<'_>) -> Result<(), i32> {
    let invocation = client.invocation.clone();
    let parsed = &invocation.parsed;
    let [list] = parsed.arguments.as_slice() else { return Err(1) };
    let target = parse(client, list, "")?;
    let Some(entries) = stored(system, &target) else {
        return Err(complain(client, format!("No such manifest: {target}")));
    };
    let mut variants = Vec::new();
    for entry in &entries {
        let (own, wanted) = (entry.reference.domain(), target.domain());
        if own != wanted {
            let text =
                format!("cannot use source images from a different registry than the target image: {own} != {wanted}");
            return Err(complain(client, text));
        }
        let by_digest = entry.reference.clone().name_only().with_digest(&entry.digest);
        let Ok(by_digest) = by_digest else { return Err(complain(client, format!("{} is no digest", entry.digest))) };
        let served = fetch(client, system, &by_digest, parsed.on("insecure"))?;
        let Some(variant) = served.variants.into_iter().next() else { continue };
        variants.push(Variant { platform: entry.platform.clone(), ..variant });
        if entry.reference.path() != target.path() {
            let digest = &entry.digest;
            client.out(format!("Pushed ref {}@{digest} with digest: {digest}\n", target.name()));
        }
    }
    let all_oci = variants.iter().all(|variant| variant.manifest.format == ManifestFormat::Oci);
    let format = if all_oci { ManifestFormat::Oci } else { ManifestFormat::Docker };
    let credentials = credentials::of(system, &target.to_string());
    let put = system.registry_put(&target, Served::of_index(format, variants), credentials.as_ref());
    let digest = put.map_err(|error| complain(client, error.to_string()))?;
    client.out(format!("{digest}\n"));
    if parsed.on("purge") {
        remove_list(system, &target);
    }
    Ok(())
}

fn remove_list(system: &mut System<'_>, list: &Reference) {
    let folder = folder(system, list);
    for name in system.list(&folder).unwrap_or_default() {
        // What is gone already need not be removed.
        let _ = system.remove_file(&format!("{folder}/{name}"));
    }
    let _ = system.remove_directory(&folder);
}

/// `docker manifest rm`.
///
/// # Errors
/// The exit code.
pub fn remove(client: &mut Client, system: &mut System<'_>) -> Result<(), i32> {
    let invocation = client.invocation.clone();
    let mut errors = Vec::new();
    for name in &invocation.parsed.arguments {
        match Reference::parse(name).map(Reference::with_default_tag) {
            Err(error) => errors.push(error.to_string()),
            Ok(list) if stored(system, &list).is_none() => errors.push(format!("No such manifest: {list}")),
            Ok(list) => remove_list(system, &list),
        }
    }
    match errors.is_empty() {
        true => Ok(()),
        false => Err(complain(client, errors.join("\n"))),
    }
}
