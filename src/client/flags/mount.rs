//! The value of `--mount`: `type=volume,src=data,dst=/data,readonly`.
//!
//! Promises: the fields, defaults and error texts of docker's `opts.MountOpt`. Must not know whether the source exists.

use super::super::units::ram_in_bytes;
use crate::world::daemon::container::MountRequest;

/// Reads the value of `--mount`.
pub fn parse(value: &str) -> Result<MountRequest, String> {
    let mut mount = MountRequest { kind: "volume".to_owned(), ..MountRequest::default() };
    for field in fields(value)? {
        let Some((key, given)) = field.split_once('=') else {
            switch_on(&mut mount, &field)?;
            continue;
        };
        set(&mut mount, &key.to_lowercase(), given, &field)?;
    }
    let kind = mount.kind.as_str();
    if kind.is_empty() {
        return Err("type is required".to_owned());
    }
    if mount.target.is_empty() {
        return Err("target is required".to_owned());
    }
    for (used, family) in [
        (mount.volume.is_some(), "volume"),
        (mount.image_subpath.is_some(), "image"),
        (mount.bind.is_some(), "bind"),
        (mount.tmpfs.is_some(), "tmpfs"),
    ] {
        if used && kind != family {
            return Err(format!("cannot mix '{family}-*' options with mount type '{kind}'"));
        }
    }
    let needs = |value: &str, other: &str| {
        Err(format!("option 'bind-recursive={value}' requires '{other}' to be specified in conjunction"))
    };
    match &mount.bind {
        Some(bind) if bind.read_only_non_recursive && !mount.read_only => needs("writable", "readonly"),
        Some(bind) if bind.read_only_force_recursive && !mount.read_only => needs("readonly", "readonly"),
        Some(bind) if bind.read_only_force_recursive && bind.propagation != "rprivate" => {
            needs("readonly", "bind-propagation=rprivate")
        }
        _ => Ok(mount),
    }
}

/// A field without a value.
fn switch_on(mount: &mut MountRequest, field: &str) -> Result<(), String> {
    match field.to_lowercase().as_str() {
        "readonly" | "ro" => mount.read_only = true,
        "volume-nocopy" => mount.volume.get_or_insert_default().no_copy = true,
        "bind-nonrecursive" => mount.bind.get_or_insert_default().non_recursive = true,
        _ => return Err(format!("invalid field '{field}' must be a key=value pair")),
    }
    Ok(())
}

/// A field with a value.
fn set(mount: &mut MountRequest, key: &str, given: &str, field: &str) -> Result<(), String> {
    let invalid = || format!("invalid value for {key}: {given}");
    let switch = || super::check::parse_bool(given).map_err(|_| invalid());
    let pair = || {
        let (name, value) = given.split_once('=').unwrap_or((given, ""));
        Some((name.to_owned(), value.to_owned())).filter(|(name, _)| !name.is_empty())
    };
    match key {
        "type" => mount.kind = given.to_lowercase(),
        "source" | "src" => given.clone_into(&mut mount.source),
        "target" | "dst" | "destination" => given.clone_into(&mut mount.target),
        "readonly" | "ro" => mount.read_only = switch()?,
        "consistency" => mount.consistency = given.to_lowercase(),
        "bind-propagation" => mount.bind.get_or_insert_default().propagation = given.to_lowercase(),
        "bind-nonrecursive" => mount.bind.get_or_insert_default().non_recursive = switch()?,
        "bind-recursive" => match given {
            "enabled" => {}
            "disabled" => mount.bind.get_or_insert_default().non_recursive = true,
            "writable" => mount.bind.get_or_insert_default().read_only_non_recursive = true,
            "readonly" => mount.bind.get_or_insert_default().read_only_force_recursive = true,
            _ => {
                let choices = r#"(must be "enabled", "disabled", "writable", or "readonly")"#;
                return Err(format!("{} {choices}", invalid()));
            }
        },
        "volume-subpath" => given.clone_into(&mut mount.volume.get_or_insert_default().subpath),
        "volume-nocopy" => mount.volume.get_or_insert_default().no_copy = switch()?,
        "volume-label" => mount.volume.get_or_insert_default().labels.extend(pair()),
        "volume-driver" => given.clone_into(&mut mount.volume.get_or_insert_default().driver),
        "volume-opt" => mount.volume.get_or_insert_default().driver_options.extend(pair()),
        "image-subpath" => mount.image_subpath = Some(given.to_owned()),
        "tmpfs-size" => mount.tmpfs.get_or_insert_default().size = ram_in_bytes(given).map_err(|_| invalid())?,
        "tmpfs-mode" => {
            mount.tmpfs.get_or_insert_default().mode = u32::from_str_radix(given, 8).map_err(|_| invalid())?;
        }
        _ => return Err(format!("unexpected key '{key}' in '{field}'")),
    }
    Ok(())
}

/// One line of comma-separated values (Go's `encoding/csv`); a field in double quotes may hold commas, and `""` in it is a quotation mark.
pub(super) fn fields(line: &str) -> Result<Vec<String>, String> {
    if line.is_empty() {
        return Err("EOF".to_owned());
    }
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
    use crate::world::daemon::container::TmpfsOptions;

    #[test]
    fn fields_may_come_in_any_order_and_have_defaults() {
        let mount = parse("src=data,dst=/m,readonly,\"volume-opt=o=a,b\"").unwrap();
        let options = mount.volume.clone().unwrap().driver_options;
        assert_eq!((mount.kind.as_str(), mount.source.as_str(), mount.target.as_str()), ("volume", "data", "/m"));
        assert!(mount.read_only);
        assert_eq!(options.into_iter().collect::<Vec<_>>(), [("o".to_owned(), "a,b".to_owned())]);
        let mount = parse("type=tmpfs,target=/t,tmpfs-size=1m,tmpfs-mode=1770").unwrap();
        assert_eq!(mount.tmpfs, Some(TmpfsOptions { size: 1_048_576, mode: 0o1770 }));
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
