//! The value of `--mount`: `type=volume,src=data,dst=/data,readonly`.
//!
//! Promises: the fields, defaults and error texts of docker's `opts.MountOpt`. Must not know whether the source exists.

use super::super::units::ram_in_bytes;

/// What `--mount` asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mount {
    /// `volume`, `bind`, `tmpfs`, `image`, or whatever was written: the daemon refuses the rest.
    pub kind: String,
    /// The volume's name, the host's path or the image; empty if none was given.
    pub source: String,
    /// Where in the container.
    pub target: String,
    /// Whether it may not be written to.
    pub read_only: bool,
    /// `bind-propagation`.
    pub propagation: Option<String>,
    /// `bind-recursive` or `bind-nonrecursive`, as one of `disabled`, `writable`, `readonly`.
    pub recursive: Option<String>,
    /// `volume-nocopy`: leave a new volume empty.
    pub no_copy: bool,
    /// `volume-subpath` or `image-subpath`.
    pub subpath: Option<String>,
    /// `volume-label`, in order.
    pub labels: Vec<(String, String)>,
    /// `volume-driver`.
    pub driver: Option<String>,
    /// `volume-opt`, in order.
    pub driver_options: Vec<(String, String)>,
    /// `tmpfs-size` in bytes.
    pub tmpfs_size: Option<i64>,
    /// `tmpfs-mode`.
    pub tmpfs_mode: Option<u32>,
}

/// Reads the value of `--mount`.
pub fn parse(value: &str) -> Result<Mount, String> {
    if value.is_empty() {
        return Err("EOF".to_owned());
    }
    let mut mount = Mount { kind: "volume".to_owned(), ..Mount::default() };
    // The families of options used, with the mount type that each belongs to.
    let (mut volume, mut image, mut bind, mut tmpfs) = (false, false, false, false);
    for field in fields(value)? {
        let Some((key, given)) = field.split_once('=') else {
            match field.to_lowercase().as_str() {
                "readonly" | "ro" => mount.read_only = true,
                "volume-nocopy" => (volume, mount.no_copy) = (true, true),
                "bind-nonrecursive" => (bind, mount.recursive) = (true, Some("disabled".to_owned())),
                _ => return Err(format!("invalid field '{field}' must be a key=value pair")),
            }
            continue;
        };
        let key = key.to_lowercase();
        let invalid = || format!("invalid value for {key}: {given}");
        let switch = || super::check::parse_bool(given).map_err(|_| invalid());
        let pair = || {
            let (name, value) = given.split_once('=').unwrap_or((given, ""));
            (name.to_owned(), value.to_owned())
        };
        match key.as_str() {
            "type" => mount.kind = given.to_lowercase(),
            "source" | "src" => mount.source = given.to_owned(),
            "target" | "dst" | "destination" => mount.target = given.to_owned(),
            "readonly" | "ro" => mount.read_only = switch()?,
            "consistency" => {}
            "bind-propagation" => (bind, mount.propagation) = (true, Some(given.to_lowercase())),
            "bind-nonrecursive" => {
                (bind, mount.recursive) = (true, switch()?.then(|| "disabled".to_owned()));
            }
            "bind-recursive" => match given {
                "enabled" => {}
                "disabled" | "writable" | "readonly" => (bind, mount.recursive) = (true, Some(given.to_owned())),
                _ => {
                    let choices = r#"(must be "enabled", "disabled", "writable", or "readonly")"#;
                    return Err(format!("{} {choices}", invalid()));
                }
            },
            "volume-subpath" => (volume, mount.subpath) = (true, Some(given.to_owned())),
            "volume-nocopy" => (volume, mount.no_copy) = (true, switch()?),
            "volume-label" => {
                volume = true;
                mount.labels.push(pair());
            }
            "volume-driver" => (volume, mount.driver) = (true, Some(given.to_owned())),
            "volume-opt" => {
                volume = true;
                mount.driver_options.push(pair());
            }
            "image-subpath" => (image, mount.subpath) = (true, Some(given.to_owned())),
            "tmpfs-size" => (tmpfs, mount.tmpfs_size) = (true, Some(ram_in_bytes(given).map_err(|_| invalid())?)),
            "tmpfs-mode" => {
                (tmpfs, mount.tmpfs_mode) = (true, Some(u32::from_str_radix(given, 8).map_err(|_| invalid())?));
            }
            _ => return Err(format!("unexpected key '{key}' in '{field}'")),
        }
    }
    let kind = mount.kind.as_str();
    if kind.is_empty() {
        return Err("type is required".to_owned());
    }
    if mount.target.is_empty() {
        return Err("target is required".to_owned());
    }
    for (used, family) in [(volume, "volume"), (image, "image"), (bind, "bind"), (tmpfs, "tmpfs")] {
        if used && kind != family {
            return Err(format!("cannot mix '{family}-*' options with mount type '{kind}'"));
        }
    }
    let needs = |other: &str| {
        let recursive = mount.recursive.as_deref().unwrap_or_default();
        Err(format!("option 'bind-recursive={recursive}' requires '{other}' to be specified in conjunction"))
    };
    match mount.recursive.as_deref() {
        Some("writable" | "readonly") if !mount.read_only => needs("readonly"),
        Some("readonly") if mount.propagation.as_deref() != Some("rprivate") => needs("bind-propagation=rprivate"),
        _ => Ok(mount),
    }
}

/// One line of comma-separated values; a field in double quotes may hold commas, and `""` in it is a quotation mark.
fn fields(line: &str) -> Result<Vec<String>, String> {
    let mut fields = Vec::new();
    let mut rest = line;
    loop {
        let mut field = String::new();
        if let Some(quoted) = rest.strip_prefix('"') {
            rest = quoted;
            loop {
                let Some((before, after)) = rest.split_once('"') else {
                    let column = line.len() + 1;
                    return Err(format!(
                        "parse error on line 1, column {column}: extraneous or missing \" in quoted-field"
                    ));
                };
                field.push_str(before);
                rest = after;
                match after.strip_prefix('"') {
                    Some(more) => {
                        field.push('"');
                        rest = more;
                    }
                    None => break,
                }
            }
            if !rest.is_empty() && !rest.starts_with(',') {
                let column = line.len() - rest.len() + 1;
                return Err(format!(
                    "parse error on line 1, column {column}: extraneous or missing \" in quoted-field"
                ));
            }
        } else {
            let end = rest.find(',').unwrap_or(rest.len());
            field.push_str(&rest[..end]);
            if let Some(quote) = field.find('"') {
                let column = line.len() - rest.len() + quote + 1;
                return Err(format!("parse error on line 1, column {column}: bare \" in non-quoted-field"));
            }
            rest = &rest[end..];
        }
        fields.push(field);
        match rest.strip_prefix(',') {
            Some(more) => rest = more,
            None => return Ok(fields),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_may_come_in_any_order_and_have_defaults() {
        let mount = parse("src=data,dst=/m,readonly,\"volume-opt=o=a,b\"").unwrap();
        assert_eq!((mount.kind.as_str(), mount.source.as_str(), mount.target.as_str()), ("volume", "data", "/m"));
        assert!(mount.read_only);
        assert_eq!(mount.driver_options, [("o".to_owned(), "a,b".to_owned())]);
        let mount = parse("type=tmpfs,target=/t,tmpfs-size=1m,tmpfs-mode=1770").unwrap();
        assert_eq!((mount.tmpfs_size, mount.tmpfs_mode), (Some(1_048_576), Some(0o1770)));
    }

    #[test]
    fn wrong_fields_are_refused_as_docker_refuses_them() {
        for (value, error) in [
            ("type=bind,src=/a,dst=/b,volume-nocopy", "cannot mix 'volume-*' options with mount type 'bind'"),
            ("dst=/m,wat", "invalid field 'wat' must be a key=value pair"),
            (
                "type=bind,dst=/m,bind-recursive=readonly",
                "option 'bind-recursive=readonly' requires 'readonly' to be specified in conjunction",
            ),
            ("dst=/m,ro=x", "invalid value for ro: x"),
        ] {
            assert_eq!(parse(value), Err(error.to_owned()));
        }
    }
}
