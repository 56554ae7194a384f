//! The value of `--network`: a network's name, or `name=…,alias=…,ip=…`.
//!
//! Promises: the fields and error texts of docker/cli's `opts.NetworkOpt`. Must not know which networks there are.

use super::mount::fields;
use crate::world::daemon::container::EndpointConfig;

/// The network's name, and how it is to be joined.
pub fn parse(value: &str) -> Result<(String, EndpointConfig), String> {
    if !is_long(value) {
        return Ok((value.to_owned(), EndpointConfig::default()));
    }
    let (mut name, mut endpoint) = (String::new(), EndpointConfig::default());
    for field in fields(value)? {
        let lower = field.to_lowercase();
        let Some((key, given)) = lower.split_once('=').filter(|(key, _)| !key.is_empty()) else {
            return Err(format!("invalid field {field}"));
        };
        let given = given.trim().to_owned();
        match key.trim() {
            "name" => name = given,
            "alias" => endpoint.aliases.push(given),
            "ip" => endpoint.address = given,
            "ip6" => endpoint.address6 = given,
            "mac-address" => endpoint.mac = given,
            "link-local-ip" => endpoint.link_local.push(given),
            "driver-opt" => {
                let Some((option, value)) = given.split_once('=').filter(|(option, _)| !option.is_empty()) else {
                    return Err("invalid key value pair format in driver options".to_owned());
                };
                endpoint.driver_options.insert(option.trim().to_owned(), value.trim().to_owned());
            }
            "gw-priority" => {
                endpoint.gateway_priority =
                    given.parse().map_err(|_| format!("invalid gw-priority ({given}): invalid syntax"))?;
            }
            key => return Err(format!("invalid field key {key}")),
        }
    }
    if name.is_empty() {
        return Err("network name/id is not specified".to_owned());
    }
    Ok((name, endpoint))
}

/// Whether there is a `word=word` somewhere (docker/cli: `\w+=\w+(,\w+=\w+)*`).
fn is_long(value: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    value.as_bytes().windows(3).any(|three| is_word(three[0]) && three[1] == b'=' && is_word(three[2]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_alone_or_fields() {
        assert_eq!(parse("n1"), Ok(("n1".to_owned(), EndpointConfig::default())));
        let (name, endpoint) = parse("name=n1,alias=x,ip=10.0.0.5,gw-priority=2").unwrap();
        assert_eq!((name.as_str(), endpoint.address.as_str()), ("n1", "10.0.0.5"));
        assert_eq!((endpoint.aliases, endpoint.gateway_priority), (vec!["x".to_owned()], 2));
        for (value, error) in [
            ("alias=x", "network name/id is not specified"),
            ("name=n1,bogus=1", "invalid field key bogus"),
            ("name=n1,bogus", "invalid field bogus"),
            ("name=n1,driver-opt=x", "invalid key value pair format in driver options"),
        ] {
            assert_eq!(parse(value), Err(error.to_owned()), "{value}");
        }
    }
}
