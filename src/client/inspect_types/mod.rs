//! The Go structs of docker's answers to `inspect`, so that `--format` prints and refuses as Go does.
//!
//! Promises: names, order, JSON keys and types of the API types of Docker Engine 28.5 (`github.com/docker/docker/api/types`).
//! Must not know where the JSON comes from.

mod container;
mod event;
mod host;
mod image;
mod network;
mod volume;

use super::template::{Field, GoType, StructType};

/// What `docker inspect` of a container answers.
pub const CONTAINER: GoType = GoType::Pointer(&container::CONTAINER_INSPECT_RESPONSE);
/// An entry of `docker events`.
pub const EVENT: GoType = GoType::Pointer(&event::EVENTS_MESSAGE);
/// What `docker inspect` of an image answers.
pub const IMAGE: GoType = GoType::Pointer(&image::IMAGE_INSPECT_RESPONSE);
/// What `docker inspect` of a network answers.
pub const NETWORK: GoType = GoType::Struct(&network::NETWORK_INSPECT);
/// What `docker inspect` of a volume answers.
pub const VOLUME: GoType = GoType::Struct(&volume::VOLUME_VOLUME);

static EMPTY: StructType = StructType { name: "struct {}", fields: &[] };

const fn field(name: &'static str, json: &'static str, go_type: GoType) -> Field {
    Field { name, json, go_type }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::client::template::Template;
    use crate::client::template::output::inspect;

    #[test]
    fn structs_are_printed_as_structs_and_maps_as_maps() {
        let container = json!({
            "Id": "8147", "Created": "2026-11-21T01:46:25.9Z", "Name": "/cc", "Args": ["300"],
            "State": {"Status": "running", "Running": true, "ExitCode": 0},
            "HostConfig": {"RestartPolicy": {"Name": "on-failure", "MaximumRetryCount": 2}, "PidsLimit": 50, "Memory": 67108864,
                "PortBindings": {"80/tcp": [{"HostIp": "", "HostPort": "8080"}]}, "LogConfig": {"Type": "json-file", "Config": {}}},
            "Config": {"Env": ["A=1", "B=2"], "Labels": {"l": "1"}, "ExposedPorts": {"80/tcp": {}}},
            "Mounts": [{"Type": "volume", "Name": "v", "Destination": "/data", "Driver": "local", "RW": true}],
            "NetworkSettings": {"Networks": {"bridge": {"IPAddress": "172.17.0.2", "IPPrefixLen": 16}}}
        });
        for (format, text) in [
            (
                "{{.ID}} {{.HostConfig.RestartPolicy}} {{.Config.Env}} {{.HostConfig.PidsLimit}}",
                "8147 {on-failure 2} [A=1 B=2] 50\n",
            ),
            ("{{.HostConfig.PortBindings}} {{.Config.ExposedPorts}}", "map[80/tcp:[{ 8080}]] map[80/tcp:{}]\n"),
            ("{{.HostConfig.LogConfig}} {{.Mounts}}", "{json-file map[]} [{volume v  /data local  true }]\n"),
            ("{{.NetworkSettings.Networks.bridge.IPAddress}}/{{.State.OOMKilled}}", "172.17.0.2/false\n"),
            ("{{.Id}} {{.State.Status}}", "8147 running\n"),
        ] {
            let template = Template::parse(format).unwrap();
            assert_eq!(inspect(&template, &container, CONTAINER).unwrap(), text);
        }
        let network = json!({"Name": "bridge", "Created": "2026-11-20T23:42:52.25Z", "Containers": {}});
        let template = Template::parse("{{.Created}} {{.Internal}}").unwrap();
        assert_eq!(inspect(&template, &network, NETWORK).unwrap(), "2026-11-20 23:42:52.25 +0000 UTC false\n");
    }
}
