//! Ports as they are given to `-p` and `--expose`.
//!
//! Promises: the forms and the error texts of `github.com/docker/go-connections/nat`, which docker's client uses.

use std::collections::{BTreeMap, BTreeSet};

use crate::world::daemon::container::PortBinding;

/// Ports to expose, and those to publish: `80/tcp` → where.
type Published = (BTreeSet<String>, BTreeMap<String, Vec<PortBinding>>);

/// Reads `-p`.
///
/// # Errors
/// As `nat.ParsePortSpecs` words them.
pub fn bindings(values: &[&str]) -> Result<Published, String> {
    let mut published = Published::default();
    for value in values {
        let short = standard_notation(value)?;
        for (port, binding) in parse(&short)? {
            published.0.insert(port.clone());
            published.1.entry(port).or_default().push(binding);
        }
    }
    Ok(published)
}

/// `published=8080,target=80` as `8080:80/tcp`.
fn standard_notation(value: &str) -> Result<String, String> {
    if !value.contains('=') {
        return Ok(value.to_owned());
    }
    let (mut published, mut target, mut protocol) = ("", "", "tcp");
    for parameter in value.split(',') {
        match parameter.split_once('=').filter(|(key, _)| !key.is_empty()) {
            Some(("published", value)) => published = value,
            Some(("target", value)) => target = value,
            Some(("protocol", value)) => protocol = value,
            Some(_) => {}
            None => return Err(format!("invalid publish opts format (should be name=value but got '{parameter}')")),
        }
    }
    Ok(format!("{published}:{target}/{protocol}"))
}

/// Reads `--expose`.
///
/// # Errors
/// As docker/cli words them.
pub fn exposed(values: &[&str]) -> Result<BTreeSet<String>, String> {
    let mut exposed = BTreeSet::new();
    for value in values {
        if value.contains(':') {
            return Err(format!("invalid port format for --expose: {value}"));
        }
        let (protocol, port) = split_protocol(value);
        let (start, end) =
            range(port).map_err(|error| format!("invalid range format for --expose: {value}, error: {error}"))?;
        if !is_protocol(&protocol.to_lowercase()) {
            return Err(format!("invalid protocol: {protocol}"));
        }
        exposed.extend((start..=end).map(|port| format!("{port}/{}", protocol.to_lowercase())));
    }
    Ok(exposed)
}

/// Reads one `-p` in its short form: ports of the container, each with where on the host.
///
/// # Errors
/// As `nat.ParsePortSpecs` words them.
pub fn parse(value: &str) -> Result<Vec<(String, PortBinding)>, String> {
    let parts: Vec<&str> = value.split(':').collect();
    let (mut address, host, container) = match parts.as_slice() {
        [container] => (String::new(), "", *container),
        [host, container] => (String::new(), *host, *container),
        [address @ .., host, container] => (address.join(":"), *host, *container),
        [] => (String::new(), "", ""),
    };
    let (protocol, container) = split_protocol(container);
    if let Some(bare) = address.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        address = bare.to_owned();
    }
    if !address.is_empty() && address.parse::<std::net::IpAddr>().is_err() {
        // Go takes what has two colons and no brackets for an address whose port it cannot tell.
        let why = format!(": address {address}:: too many colons in address");
        return Err(match address.contains(':') {
            true => format!("Invalid ip address {address}{why}"),
            false => format!("Invalid ip address: {address}"),
        });
    }
    if container.is_empty() {
        return Err(format!("No port specified: {value}<empty>"));
    }
    let (start, end) = range(container).map_err(|_| format!("Invalid containerPort: {container}"))?;
    let host_range = match host {
        "" => None,
        host => Some(range(host).map_err(|_| format!("Invalid hostPort: {host}"))?),
    };
    if let Some((host_start, host_end)) = host_range
        && end - start != host_end - host_start
        && start != end
    {
        return Err(format!("Invalid ranges specified for container and host Ports: {container} and {host}"));
    }
    let protocol_name = protocol.to_lowercase();
    if !is_protocol(&protocol_name) {
        return Err(format!("Invalid proto: {protocol}"));
    }
    let bindings = (start..=end).map(|port| {
        let host_port = match host_range {
            None => String::new(),
            // One port of the container and several of the host: any of them will do.
            Some((host_start, host_end)) if start == end && host_start != host_end => {
                format!("{host_start}-{host_end}")
            }
            Some((host_start, _)) => (u32::from(host_start) + u32::from(port - start)).to_string(),
        };
        (format!("{port}/{protocol_name}"), PortBinding { host_ip: address.clone(), host_port })
    });
    Ok(bindings.collect())
}

fn is_protocol(name: &str) -> bool {
    matches!(name, "tcp" | "udp" | "sctp")
}

fn split_protocol(value: &str) -> (&str, &str) {
    let mut parts = value.split('/');
    let port = parts.next().unwrap_or_default();
    match (port, parts.next()) {
        ("", _) => ("", ""),
        (port, None | Some("")) => ("tcp", port),
        (port, Some(protocol)) => (protocol, port),
    }
}

fn number(text: &str) -> Result<u16, String> {
    let quoted = crate::client::units::go_quote(text);
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("strconv.ParseUint: parsing {quoted}: invalid syntax"));
    }
    text.parse().map_err(|_| format!("strconv.ParseUint: parsing {quoted}: value out of range"))
}

fn range(text: &str) -> Result<(u16, u16), String> {
    if text.is_empty() {
        return Err("Empty string specified for ports.".to_owned());
    }
    let Some((start, end)) = text.split_once('-') else {
        let port = number(text)?;
        return Ok((port, port));
    };
    let end = end.split('-').next().unwrap_or_default();
    let (start, end) = (number(start)?, number(end)?);
    if end < start {
        return Err(format!("Invalid range specified for the Port: {text}"));
    }
    Ok((start, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_ports_are_refused_in_dockers_words() {
        for (value, text) in [
            ("abc:80", "Invalid hostPort: abc"),
            ("80:abc", "Invalid containerPort: abc"),
            ("70000:80", "Invalid hostPort: 70000"),
            ("80:80/foo", "Invalid proto: foo"),
            ("8000-8001:80-82", "Invalid ranges specified for container and host Ports: 80-82 and 8000-8001"),
            ("1.2.3:80:80", "Invalid ip address: 1.2.3"),
            ("8080:", "No port specified: 8080:<empty>"),
        ] {
            assert_eq!(bindings(&[value]), Err(text.to_owned()), "{value}");
        }
    }

    #[test]
    fn ranges_go_in_step_or_leave_the_choice() {
        let (exposed, published) = bindings(&["9000-9001:80-81", "5353:53/udp", "7000-7009:90", "22"]).unwrap();
        assert_eq!(exposed.len(), 5);
        assert_eq!(published["81/tcp"][0].host_port, "9001");
        assert_eq!(published["53/udp"][0].host_port, "5353");
        assert_eq!(published["90/tcp"][0].host_port, "7000-7009");
        assert_eq!(published["22/tcp"][0].host_port, "");
    }
}
