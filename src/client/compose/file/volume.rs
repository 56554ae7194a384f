//! The short form of a mount in a Compose file: `data:/data:ro`.
//!
//! Promises: reads what compose-go's `format.ParseVolume` reads, single letters before a colon taken for drives of Windows.

use serde_json::{Map, Value, json};

use crate::client::compose::ComposeError;

/// A mount.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShortVolume {
    /// `bind` or `volume`.
    pub kind: &'static str,
    pub source: String,
    pub target: String,
    pub read_only: bool,
    pub no_copy: bool,
    pub propagation: String,
    pub selinux: String,
    /// A text of one or two letters is taken for a target before anything else is looked at.
    pub bare: bool,
}

/// Reads a mount.
///
/// # Errors
/// In compose-go's words.
pub fn parse(spec: &str) -> Result<ShortVolume, ComposeError> {
    let mut volume = ShortVolume { kind: "volume", ..ShortVolume::default() };
    if spec.is_empty() {
        return Err(ComposeError::Message("invalid empty volume spec".to_owned()));
    }
    if spec.len() < 3 {
        (volume.target, volume.bare) = (spec.to_owned(), true);
        return Ok(volume);
    }
    let mut buffer = String::new();
    let mut variables = 0_u32;
    let mut characters = spec.chars().peekable();
    loop {
        let character = characters.next();
        match character {
            Some('$') if characters.peek() == Some(&'{') => {
                variables += 1;
                buffer.push('$');
            }
            Some('}') if variables > 0 => {
                variables -= 1;
                buffer.push('}');
            }
            Some(':') if is_drive(&buffer) => buffer.push(':'),
            Some(':') | None if variables == 0 => {
                field(&mut volume, &std::mem::take(&mut buffer), character.is_none())
                    .map_err(|why| ComposeError::Message(format!("invalid spec: {spec}: {why}")))?;
            }
            Some(character) => buffer.push(character),
            None => {}
        }
        if character.is_none() {
            break;
        }
    }
    if is_file_path(&volume.source) {
        volume.kind = "bind";
    }
    Ok(volume)
}

fn is_drive(buffer: &str) -> bool {
    let mut characters = buffer.chars();
    characters.next().is_some_and(char::is_alphabetic) && characters.next().is_none()
}

fn field(volume: &mut ShortVolume, text: &str, last: bool) -> Result<(), &'static str> {
    if text.is_empty() {
        return Err("empty section between colons");
    }
    if volume.source.is_empty() && last && volume.target.is_empty() {
        text.clone_into(&mut volume.target);
        return Ok(());
    }
    if volume.source.is_empty() {
        text.clone_into(&mut volume.source);
        return Ok(());
    }
    if volume.target.is_empty() {
        text.clone_into(&mut volume.target);
        return Ok(());
    }
    if !last {
        return Err("too many colons");
    }
    for option in text.split(',') {
        match option {
            "ro" => volume.read_only = true,
            "rw" => volume.read_only = false,
            "nocopy" => volume.no_copy = true,
            "rprivate" | "private" | "rshared" | "shared" | "rslave" | "slave" => {
                option.clone_into(&mut volume.propagation);
            }
            "z" | "Z" => option.clone_into(&mut volume.selinux),
            // compose-go lets other options pass.
            _ => {}
        }
    }
    Ok(())
}

fn is_file_path(source: &str) -> bool {
    if source.starts_with(['.', '/', '~']) || source.starts_with("\\\\") {
        return true;
    }
    source.split_once(':').is_some_and(|(drive, _)| is_drive(drive))
}

impl ShortVolume {
    /// The long form.
    pub fn to_value(&self) -> Value {
        let mut map = Map::new();
        map.insert("type".to_owned(), json!(self.kind));
        if !self.source.is_empty() {
            map.insert("source".to_owned(), json!(self.source));
        }
        map.insert("target".to_owned(), json!(clean(&self.target)));
        if self.read_only {
            map.insert("read_only".to_owned(), json!(true));
        }
        let mut bind = Map::new();
        for (name, value) in [("selinux", &self.selinux), ("propagation", &self.propagation)] {
            if !value.is_empty() {
                bind.insert(name.to_owned(), json!(value));
            }
        }
        if self.kind == "bind" {
            bind.insert("create_host_path".to_owned(), json!(true));
        }
        if !bind.is_empty() {
            map.insert("bind".to_owned(), Value::Object(bind));
        }
        if self.no_copy {
            map.insert("volume".to_owned(), json!({"nocopy": true}));
        } else if self.kind == "volume" && !self.bare {
            map.insert("volume".to_owned(), json!({}));
        }
        Value::Object(map)
    }
}

/// A path as Go's `path.Clean` leaves it.
pub fn clean(path: &str) -> String {
    if path.is_empty() {
        return String::new();
    }
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    match (rooted, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_forms_are_read() {
        for (spec, kind, source, target) in [
            ("/anon", "volume", "", "/anon"),
            ("data:/data", "volume", "data", "/data"),
            ("./x:/x:ro,z", "bind", "./x", "/x"),
            ("v:/data", "volume", "", "v:/data"),
            ("a:b:c:d", "bind", "a:b", "c:d"),
            ("${HOME:-x}:/y", "volume", "${HOME:-x}", "/y"),
        ] {
            let volume = parse(spec).unwrap();
            assert_eq!((volume.kind, volume.source.as_str(), volume.target.as_str()), (kind, source, target), "{spec}");
        }
        assert_eq!(parse(":/x").unwrap_err().to_string(), "invalid spec: :/x: empty section between colons");
        assert_eq!(parse("aa:/x:ro:rw").unwrap_err().to_string(), "invalid spec: aa:/x:ro:rw: too many colons");
        assert_eq!((clean("/a//b/../c/"), clean("a/.."), clean("/..")), ("/a/c".into(), ".".into(), "/".into()));
    }
}
