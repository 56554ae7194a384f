//! `RUN --mount=type=…,target=…` (`instructions/commands_runmount.go`).
//!
//! Promises: the fields are checked in BuildKit's order, so that of several errors the same one is told.
//! Must not know: how a mount is made.

use super::error::{ExpandError, MountProblem};
use super::suggest;

/// The kinds of mount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MountType {
    /// Files of the context, a stage or an image.
    #[default]
    Bind,
    /// A directory that outlives the build.
    Cache,
    /// An empty file system in memory.
    Tmpfs,
    /// A secret of the client, as a file or a variable.
    Secret,
    /// The client's SSH agent.
    Ssh,
}

impl MountType {
    const NAMES: [(&'static str, Self); 5] = [
        ("bind", Self::Bind),
        ("cache", Self::Cache),
        ("tmpfs", Self::Tmpfs),
        ("secret", Self::Secret),
        ("ssh", Self::Ssh),
    ];

    /// Its name in a Dockerfile.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bind => "bind",
            Self::Cache => "cache",
            Self::Tmpfs => "tmpfs",
            Self::Secret => "secret",
            Self::Ssh => "ssh",
        }
    }
}

/// Who may use a cache mount at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CacheSharing {
    /// Any number of writers.
    Shared,
    /// A new cache for each writer.
    Private,
    /// Writers wait for each other.
    Locked,
}

impl CacheSharing {
    const NAMES: [(&'static str, Self); 3] =
        [("shared", Self::Shared), ("private", Self::Private), ("locked", Self::Locked)];
}

/// A mount of a `RUN`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mount {
    /// `type`.
    pub mount_type: MountType,
    /// `from`: a stage or an image.
    pub from: Option<String>,
    /// `source`.
    pub source: Option<String>,
    /// `target`.
    pub target: Option<String>,
    /// `readonly`, or what is usual for the type.
    pub read_only: bool,
    /// `size` of a tmpfs, in bytes.
    pub size_limit: Option<i64>,
    /// `id`.
    pub id: Option<String>,
    /// `sharing`.
    pub sharing: Option<CacheSharing>,
    /// `required`.
    pub required: bool,
    /// `env`: the variable that holds a secret; empty means the secret's name.
    pub environment: Option<String>,
    /// `mode`.
    pub mode: Option<u32>,
    /// `uid`.
    pub user: Option<u32>,
    /// `gid`.
    pub group: Option<u32>,
}

const KEYS: [&str; 19] = [
    "type",
    "from",
    "source",
    "target",
    "readonly",
    "id",
    "sharing",
    "required",
    "size",
    "mode",
    "uid",
    "gid",
    "src",
    "dst",
    "destination",
    "ro",
    "rw",
    "readwrite",
    "env",
];

/// The `from` of a mount, which must be known before variables are: BuildKit allows none in it.
pub fn source_stage(text: &str) -> Result<Option<String>, MountProblem> {
    let mut from = None;
    for field in fields(text)? {
        if let Some((key, value)) = field.split_once('=')
            && key.eq_ignore_ascii_case("from")
        {
            if value.find('$').is_some_and(|at| at + 1 != value.len()) {
                return Err(MountProblem::Variable("from"));
            }
            from = (!value.is_empty()).then(|| value.to_owned());
        }
    }
    Ok(from)
}

/// Reads a mount; `expand` replaces the variables in a value.
pub fn parse(text: &str, expand: &mut dyn FnMut(&str) -> Result<String, ExpandError>) -> Result<Mount, MountProblem> {
    let mut mount = Mount::default();
    let mut read_only = None;
    for field in fields(text)? {
        let (key, value) = match field.split_once('=') {
            Some((key, value)) => (key.to_lowercase(), Some(expand(value)?)),
            None => (field.to_lowercase(), None),
        };
        match value {
            Some(value) => mount.set(&key, value, &field, &mut read_only)?,
            None => match key.as_str() {
                "readonly" | "ro" => read_only = Some(true),
                "readwrite" | "rw" => read_only = Some(false),
                "required" => mount.require(&key, true)?,
                _ => return Err(MountProblem::NotKeyValue(field)),
            },
        }
    }
    mount.read_only = read_only.unwrap_or(!matches!(mount.mount_type, MountType::Cache | MountType::Tmpfs));
    mount.check()?;
    Ok(mount)
}

impl Mount {
    fn set(&mut self, key: &str, value: String, field: &str, read_only: &mut Option<bool>) -> Result<(), MountProblem> {
        let invalid = |value: &str| MountProblem::Value { key: key.to_owned(), value: value.to_owned() };
        let given = |value: String| (!value.is_empty()).then_some(value);
        match key {
            "type" => {
                self.mount_type = named(&value, &MountType::NAMES)
                    .map_err(|suggestion| MountProblem::Type { value: value.clone(), suggestion })?
            }
            "from" => self.from = given(value),
            "source" | "src" => self.source = given(value),
            "target" | "dst" | "destination" => self.target = given(value),
            "readonly" | "ro" => *read_only = Some(truth(&value).ok_or_else(|| invalid(&value))?),
            "readwrite" | "rw" => *read_only = Some(!truth(&value).ok_or_else(|| invalid(&value))?),
            "required" => match self.mount_type {
                MountType::Secret | MountType::Ssh => {
                    self.required = truth(&value).ok_or_else(|| invalid(&value))?;
                }
                _ => self.require(key, true)?,
            },
            "size" if self.mount_type == MountType::Tmpfs => {
                self.size_limit = Some(bytes(&value).ok_or_else(|| invalid(&value))?);
            }
            "size" => return Err(self.key_for_type(key)),
            "id" => self.id = given(value),
            "sharing" => {
                self.sharing = Some(
                    named(&value, &CacheSharing::NAMES)
                        .map_err(|suggestion| MountProblem::Sharing { value: value.clone(), suggestion })?,
                );
            }
            "mode" => self.mode = Some(number("mode", &value, 8)?),
            "uid" => self.user = Some(number("uid", &value, 10)?),
            "gid" => self.group = Some(number("gid", &value, 10)?),
            "env" => self.environment = Some(value),
            _ => {
                let suggestion = suggest::nearest(key, KEYS);
                return Err(MountProblem::Key { key: key.to_owned(), field: field.to_owned(), suggestion });
            }
        }
        Ok(())
    }

    fn require(&mut self, key: &str, required: bool) -> Result<(), MountProblem> {
        if !matches!(self.mount_type, MountType::Secret | MountType::Ssh) {
            return Err(self.key_for_type(key));
        }
        self.required = required;
        Ok(())
    }

    fn key_for_type(&self, key: &str) -> MountProblem {
        MountProblem::KeyForType { key: key.to_owned(), mount_type: self.mount_type.name() }
    }

    /// What fields may not stand together.
    fn check(&self) -> Result<(), MountProblem> {
        let mount_type = self.mount_type.name();
        if matches!(self.mount_type, MountType::Bind | MountType::Tmpfs) {
            for (key, value) in [("mode", self.mode), ("uid", self.user), ("gid", self.group)] {
                if value.is_some() {
                    return Err(MountProblem::OwnerNotAllowed { key, mount_type });
                }
            }
        }
        if self.mount_type == MountType::Secret {
            if self.from.is_some() {
                return Err(MountProblem::SecretFrom);
            }
            if self.sharing.is_some() {
                return Err(MountProblem::SecretSharing);
            }
            if self.source.is_none() && self.target.is_none() && self.id.is_none() {
                return Err(MountProblem::SecretWithoutSource);
            }
            if self.source.is_some() && self.id.is_some() {
                return Err(MountProblem::SourceAndId);
            }
        }
        if self.sharing.is_some() && self.mount_type != MountType::Cache {
            return Err(MountProblem::SharingForType(mount_type));
        }
        Ok(())
    }
}

/// The value of that name, or a near name.
fn named<T: Copy>(text: &str, names: &[(&'static str, T)]) -> Result<T, Option<String>> {
    let lower = text.to_lowercase();
    let found = names.iter().find(|(name, _)| *name == lower).map(|(_, value)| *value);
    found.ok_or_else(|| suggest::nearest(text, names.iter().map(|(name, _)| *name)))
}

/// What Go's `strconv.ParseBool` reads.
fn truth(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

fn number(key: &'static str, text: &str, radix: u32) -> Result<u32, MountProblem> {
    let digits = (!text.starts_with('+')).then_some(text);
    digits
        .and_then(|text| u32::from_str_radix(text, radix).ok())
        .ok_or_else(|| MountProblem::Number { key, value: text.to_owned() })
}

/// A size such as `64m`, in bytes (`RAMInBytes` of docker/go-units).
fn bytes(text: &str) -> Option<i64> {
    let end = text.find(|character: char| !character.is_ascii_digit() && character != '.').unwrap_or(text.len());
    let (count, unit) = text.split_at(end);
    let count: f64 = count.parse().ok()?;
    let unit = unit.strip_prefix(' ').unwrap_or(unit).to_lowercase();
    let exponent = match unit.as_str() {
        "" | "b" => 0,
        "k" | "kb" | "kib" => 1,
        "m" | "mb" | "mib" => 2,
        "g" | "gb" | "gib" => 3,
        "t" | "tb" | "tib" => 4,
        "p" | "pb" | "pib" => 5,
        _ => return None,
    };
    Some((count * 1024_f64.powi(exponent)) as i64)
}

/// The fields of a line of comma-separated values; a field in quotes may hold commas.
fn fields(text: &str) -> Result<Vec<String>, MountProblem> {
    let text = text.strip_suffix('\n').map_or(text, |line| line.strip_suffix('\r').unwrap_or(line));
    if text.is_empty() {
        return Err(MountProblem::NoFields);
    }
    let mut fields = Vec::new();
    let mut rest = text;
    loop {
        let column = text.len() - rest.len();
        if let Some(inside) = rest.strip_prefix('"') {
            let (field, after) = quoted_field(inside).map_err(|unclosed| {
                let column = text.len() - unclosed.len() + 1;
                MountProblem::Csv { column, reason: "extraneous or missing \" in quoted-field" }
            })?;
            fields.push(field);
            match after.strip_prefix(',') {
                Some(next) => rest = next,
                None if after.is_empty() => return Ok(fields),
                None => {
                    let reason = "extraneous or missing \" in quoted-field";
                    return Err(MountProblem::Csv { column: text.len() - after.len(), reason });
                }
            }
            continue;
        }
        let (field, next) = match rest.split_once(',') {
            Some((field, next)) => (field, Some(next)),
            None => (rest, None),
        };
        if let Some(quote) = field.find('"') {
            return Err(MountProblem::Csv { column: column + quote + 1, reason: "bare \" in non-quoted field" });
        }
        fields.push(field.to_owned());
        match next {
            Some(next) => rest = next,
            None => return Ok(fields),
        }
    }
}

/// A field up to its closing quote, and what follows that; a doubled quote stands for one. Without a closing quote, what follows the
/// last quote.
fn quoted_field(text: &str) -> Result<(String, &str), &str> {
    let mut field = String::new();
    let mut rest = text;
    loop {
        let (before, after) = rest.split_once('"').ok_or(rest)?;
        field.push_str(before);
        match after.strip_prefix('"') {
            Some(after) => {
                field.push('"');
                rest = after;
            }
            None => return Ok((field, after)),
        }
    }
}
