//! The client's configuration file, `~/.docker/config.json`: who the user is at which registry.
//!
//! Promises: the file and its texts are those of docker/cli `cli/config`; what else stands in it is kept. Nothing is encrypted, as in
//! Docker without a credential helper. Must not know what is asked of a registry.

use serde_json::{Map, Value, json};

use super::base64;
use crate::world::daemon::reference::Reference;
use crate::world::process::System;
use crate::world::registry::{Credentials, DOCKER_HUB};

/// Under what the user of Docker Hub is kept.
pub const INDEX_SERVER: &str = "https://index.docker.io/v1/";

/// The file, as far as it could be read.
#[derive(Clone, Debug)]
pub struct ConfigFile {
    path: String,
    members: Map<String, Value>,
    /// Why it could not be read.
    pub problem: Option<String>,
}

impl ConfigFile {
    /// Reads the file of the calling process's user; one that is not there is empty.
    pub fn read(system: &System<'_>) -> ConfigFile {
        let path = format!("{}/config.json", ConfigFile::folder(system));
        let Ok(bytes) = system.read_file(&path) else { return ConfigFile { path, members: Map::new(), problem: None } };
        let read = match serde_json::from_slice::<Map<String, Value>>(&bytes) {
            Ok(members) => Ok(members),
            Err(error) if error.is_eof() && bytes.is_empty() => Ok(Map::new()),
            Err(error) => Err(go_error(&error, &bytes)),
        };
        let (members, problem) = match read {
            Ok(members) => (members, None),
            Err(problem) => (Map::new(), Some(problem)),
        };
        let mut file = ConfigFile { path, members, problem };
        let broken = file.auths().into_iter().flatten().find_map(|(_, entry)| decoded(entry).err());
        if let Some(problem) = broken {
            file.members = Map::new();
            file.problem = Some(problem);
        }
        file
    }

    /// The folder that it lies in: that of the calling process's user.
    pub fn folder(system: &System<'_>) -> String {
        let environment = system.environment();
        let value = |name: &str| {
            let pair = environment.iter().find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
            pair.filter(|value| !value.is_empty()).map(str::to_owned)
        };
        let home = || value("HOME").unwrap_or_else(|| "/root".to_owned());
        value("DOCKER_CONFIG").unwrap_or_else(|| format!("{}/.docker", home()))
    }

    /// The path of the file.
    pub fn path(&self) -> &str {
        &self.path
    }

    fn auths(&self) -> Option<&Map<String, Value>> {
        self.members.get("auths")?.as_object()
    }

    /// The user at a server, by the name that it is kept under.
    pub fn get(&self, server: &str) -> Option<Credentials> {
        let auths = self.auths()?;
        let legacy = || auths.iter().find(|(name, _)| host_name(name) == server).map(|(_, entry)| entry);
        auths.get(server).or_else(legacy).and_then(|entry| decoded(entry).ok().flatten())
    }

    /// Keeps the user at a server, and says whether that is new. The file must then be written.
    pub fn set(&mut self, server: &str, credentials: &Credentials) -> bool {
        if self.get(server).as_ref() == Some(credentials) {
            return false;
        }
        let auth = base64::encode(format!("{}:{}", credentials.user, credentials.password).as_bytes());
        let auths = self.members.entry("auths").or_insert_with(|| json!({}));
        if !auths.is_object() {
            *auths = json!({});
        }
        if let Some(auths) = auths.as_object_mut() {
            auths.insert(server.to_owned(), json!({"auth": auth}));
            auths.sort_keys();
        }
        true
    }

    /// Forgets the user at a server, and says whether there was one. The file must then be written.
    pub fn erase(&mut self, server: &str) -> bool {
        self.members.get_mut("auths").and_then(Value::as_object_mut).is_some_and(|auths| auths.remove(server).is_some())
    }

    /// Writes the file, for its owner alone.
    ///
    /// # Errors
    /// That of the file system.
    pub fn write(&self, system: &mut System<'_>) -> Result<(), crate::world::filesystem::errno::Errno> {
        if let Some((folder, _)) = self.path.rsplit_once('/')
            && system.status(folder, true).is_err()
        {
            system.make_directory(folder, 0o700)?;
        }
        let mut bytes = Vec::new();
        let formatter = serde_json::ser::PrettyFormatter::with_indent(b"\t");
        let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, formatter);
        // Values of JSON can always be written as JSON.
        let _ = serde::Serialize::serialize(&self.members, &mut serializer);
        system.write_file(&self.path, &bytes)?;
        system.set_metadata(&self.path, true, |metadata| metadata.mode = 0o600)
    }
}

/// The user at the registry of an image, if one is known.
pub fn of(system: &System<'_>, image: &str) -> Option<Credentials> {
    let reference = Reference::parse(image).ok()?;
    ConfigFile::read(system).get(server_of(reference.domain()))
}

/// Under what the user of a registry is kept.
pub fn server_of(domain: &str) -> &str {
    if domain == DOCKER_HUB { INDEX_SERVER } else { domain }
}

/// `credentials.ConvertToHostname`: the host and port of what may be a URL.
pub fn host_name(server: &str) -> &str {
    let stripped = server.split_once("://").map_or(server, |(_, rest)| rest);
    stripped.split('/').next().unwrap_or(stripped)
}

fn decoded(entry: &Value) -> Result<Option<Credentials>, String> {
    let Some(auth) = entry.get("auth").and_then(Value::as_str).filter(|auth| !auth.is_empty()) else { return Ok(None) };
    let bytes = base64::decode(auth).map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    match text.split_once(':') {
        Some((user, password)) if !user.is_empty() => {
            let password = password.trim_matches('\0').to_owned();
            Ok(Some(Credentials { user: user.to_owned(), password }))
        }
        _ => Err("Invalid auth configuration file".to_owned()),
    }
}

/// What Go's decoder says of text that is no JSON.
fn go_error(error: &serde_json::Error, bytes: &[u8]) -> String {
    if error.is_eof() {
        return "unexpected EOF".to_owned();
    }
    let text = String::from_utf8_lossy(bytes);
    let line = text.lines().nth(error.line().saturating_sub(1)).unwrap_or_default();
    match line.chars().nth(error.column().saturating_sub(1)) {
        Some(sign) => format!("invalid character '{sign}' looking for beginning of value"),
        None => "unexpected EOF".to_owned(),
    }
}
