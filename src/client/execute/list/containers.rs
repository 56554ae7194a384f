//! `docker ps`: docker/cli `formatter/container.go`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::client::execute::rows::{self, Columns};
use crate::client::program::Client;
use crate::client::template::output::Header;
use crate::client::template::{MissingKey, Template, Value};
use crate::client::truncation::{command_column, ellipsis, truncate_id};
use crate::client::units::{go_time, human_duration, human_size_with_precision};
use crate::world::clock::Time;
use crate::world::daemon::api::{ContainerSummary, PortSummary, Request, Response};
use crate::world::digest::Digest;
use crate::world::process::System;

const TABLE: &str = "table {{.ID}}\t{{.Image}}\t{{.Command}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}\t{{.Names}}";
/// `--format raw`.
const RAW: &str = "container_id: {{.ID}}\nimage: {{.Image}}\ncommand: {{.Command}}\ncreated_at: {{.CreatedAt}}\n\
                   state: {{- pad .State 1 0}}\nstatus: {{- pad .Status 1 0}}\nnames: {{.Names}}\n\
                   labels: {{- pad .Labels 1 0}}\nports: {{- pad .Ports 1 0}}\n";
/// The width to which names of mounts are cut.
const MOUNT_WIDTH: usize = 15;

/// A row of `docker ps`.
pub struct ContainerRow {
    pub container: ContainerSummary,
    pub whole: bool,
    pub now: Time,
}

impl Columns for ContainerRow {
    const TYPE: &'static str = "*formatter.ContainerContext";
    const NAMES: &'static [&'static str] = &[
        "Command",
        "CreatedAt",
        "ID",
        "Image",
        "Labels",
        "LocalVolumes",
        "Mounts",
        "Names",
        "Networks",
        "Platform",
        "Ports",
        "RunningFor",
        "Size",
        "State",
        "Status",
    ];
    const TITLES: Header = Header(&[
        ("ID", "CONTAINER ID"),
        ("Names", "NAMES"),
        ("Image", "IMAGE"),
        ("Command", "COMMAND"),
        ("CreatedAt", "CREATED AT"),
        ("RunningFor", "CREATED"),
        ("Ports", "PORTS"),
        ("State", "STATE"),
        ("Status", "STATUS"),
        ("Size", "SIZE"),
        ("Labels", "LABELS"),
        ("Mounts", "MOUNTS"),
        ("LocalVolumes", "LOCAL VOLUMES"),
        ("Networks", "NETWORKS"),
        ("Platform", "PLATFORM"),
    ]);

    fn column(&self, name: &str) -> Cow<'_, str> {
        let container = &self.container;
        Cow::Owned(match name {
            "ID" if self.whole => return Cow::Borrowed(&container.id),
            "ID" => return Cow::Borrowed(truncate_id(&container.id)),
            // Names that links give have a slash in them.
            "Names" if self.whole => container.names.join(","),
            "Names" => match container.names.iter().find(|name| !name.contains('/')) {
                Some(own) => return Cow::Borrowed(own),
                None => container.names.join(","),
            },
            "Image" => return self.image(),
            "Command" => command_column(&container.command, self.whole),
            "CreatedAt" => go_time(Time::from_seconds(container.created.seconds())),
            "RunningFor" => human_duration(self.now.since(container.created)) + " ago",
            "Ports" => ports(&container.ports),
            "State" => return Cow::Borrowed(container.state),
            "Status" => return Cow::Borrowed(&container.status),
            "Size" => {
                let (own, total) = container.size.unwrap_or_default();
                let own = human_size_with_precision(own, 3);
                match total {
                    0 => own,
                    total => format!("{own} (virtual {})", human_size_with_precision(total, 3)),
                }
            }
            "Labels" => rows::joined_labels(&container.labels),
            "Mounts" => {
                let cut = |name: &String| if self.whole { name.clone() } else { ellipsis(name, MOUNT_WIDTH) };
                container.mounts.iter().map(cut).collect::<Vec<_>>().join(",")
            }
            "LocalVolumes" => container.mounts.iter().filter(|name| !name.starts_with('/')).count().to_string(),
            "Networks" => container.networks.join(","),
            _ => String::new(),
        })
    }

    fn value(&self, name: &str) -> Value<'_> {
        match name {
            // Only the containerd image store knows it.
            "Platform" => Value::NilPointer("formatter.Platform"),
            name => Value::text(self.column(name)),
        }
    }

    fn label(&self, name: &str) -> Option<String> {
        Some(self.container.labels.get(name).cloned().unwrap_or_default())
    }
}

impl ContainerRow {
    fn image(&self) -> Cow<'_, str> {
        let image = &*self.container.image;
        if image.is_empty() {
            return Cow::Borrowed("<no image>");
        }
        if self.whole {
            return Cow::Borrowed(image);
        }
        // An image that is called by its ID, however much of it.
        let short = truncate_id(image);
        if short.bytes().all(|sign| sign.is_ascii_hexdigit()) && short == self.container.image_id.short() {
            return Cow::Borrowed(short);
        }
        // A digest is left out.
        Cow::Borrowed(image.split_once('@').map_or(image, |(name, _)| name))
    }
}

/// Ports as `docker ps` shows them, neighbours together: docker/cli `DisplayablePorts`.
pub fn ports(ports: &[PortSummary]) -> String {
    if ports.is_empty() {
        return String::new();
    }
    let mut ports: Vec<&PortSummary> = ports.iter().collect();
    ports.sort_by(|a, b| {
        let key = |port: &PortSummary| (port.private, port.ip.clone(), port.public, port.protocol.clone());
        key(a).cmp(&key(b))
    });
    let mut shown = Vec::new();
    let mut mapped = Vec::new();
    // Groups of neighbours that are still open, by address and protocol, in order of appearance.
    let mut groups: Vec<((Option<&str>, &str), u16, u16)> = Vec::new();
    for port in ports {
        let address = port.ip.as_deref();
        if let (Some(address), Some(public)) = (address, port.public)
            && public != port.private
        {
            mapped.push(format!("{}->{}/{}", join(address, &public.to_string()), port.private, port.protocol));
            continue;
        }
        let key = (address, port.protocol.as_str());
        match groups.iter_mut().find(|(other, _, _)| *other == key) {
            None => groups.push((key, port.private, port.private)),
            Some((_, _, last)) if port.private == last.wrapping_add(1) => *last = port.private,
            Some((_, first, last)) => {
                shown.push(group(key, *first, *last));
                (*first, *last) = (port.private, port.private);
            }
        }
    }
    shown.extend(groups.into_iter().map(|(key, first, last)| group(key, first, last)));
    shown.extend(mapped);
    shown.join(", ")
}

fn group((address, protocol): (Option<&str>, &str), first: u16, last: u16) -> String {
    let range = if first == last { first.to_string() } else { format!("{first}-{last}") };
    match address {
        Some(address) => format!("{}->{range}/{protocol}", join(address, &range)),
        None => format!("{range}/{protocol}"),
    }
}

/// Address and port, an IPv6 address in brackets (`net.JoinHostPort`).
pub fn join(address: &str, port: &str) -> String {
    if address.contains(':') { format!("[{address}]:{port}") } else { format!("{address}:{port}") }
}

/// `docker ps`.
///
/// # Errors
/// The exit code.
pub fn list(client: &mut Client, system: &mut System<'_>) -> Result<(), i32> {
    let invocation = client.invocation.clone();
    let parsed = &invocation.parsed;
    let format = parsed.text("format").unwrap_or_default();
    let quiet = parsed.on("quiet");
    if quiet && !format.is_empty() {
        client.err("WARNING: Ignoring custom format, because both --format and --quiet are set.\n");
    }
    check_format(client, format)?;
    // A template that shows the size asks for it, unless that was decided already.
    let shows_size = format.contains(".Size") || format.contains("json .");
    let size = parsed.on("size") || (shows_size && !quiet && !parsed.changed("size"));
    let last = match parsed.on("latest") {
        true => Some(1),
        false => parsed.int("last").and_then(|last| u32::try_from(last).ok()).filter(|last| *last > 0),
    };
    let request = Request::ContainerList { all: parsed.on("all"), last, size, filters: rows::filters(client) };
    let Response::Containers(containers) = client.ask(system, request)? else { return Ok(()) };
    let (whole, now) = (parsed.on("no-trunc"), system.now());
    let rows: Vec<ContainerRow> =
        containers.into_iter().map(|container| ContainerRow { container, whole, now }).collect();
    let sized = |base: &str, more: &str| if size { format!("{base}{more}") } else { base.to_owned() };
    let format = match (format, quiet) {
        ("raw", true) => "container_id: {{.ID}}".to_owned(),
        (_, true) => "{{.ID}}".to_owned(),
        ("raw", false) => sized(RAW, "size: {{.Size}}\\n"),
        ("" | "table", false) => sized(TABLE, "\t{{.Size}}"),
        (format, false) => format.to_owned(),
    };
    rows::print(client, &format, TABLE, &rows)
}

/// A container without anything.
fn nothing() -> ContainerSummary {
    ContainerSummary {
        id: "".into(),
        names: Vec::new(),
        image: "".into(),
        image_id: Digest::of(""),
        command: String::new(),
        created: Time::EPOCH,
        state: "",
        status: String::new(),
        ports: Vec::new(),
        labels: BTreeMap::new(),
        mounts: Vec::new(),
        networks: Vec::new(),
        size: None,
    }
}

/// The template is tried out before the daemon is asked (docker/cli `buildContainerListOptions`).
fn check_format(client: &mut Client, format: &str) -> Result<(), i32> {
    if format.is_empty() {
        return Ok(());
    }
    let empty = ContainerRow { container: nothing(), whole: false, now: Time::EPOCH };
    let problem = match Template::parse(format) {
        Err(error) => format!("failed to parse template: {error}"),
        Ok(template) => match template.execute(Value::Object(&rows::Row(&empty)), MissingKey::NoValue) {
            Err(error) => format!("failed to execute template: {error}"),
            Ok(_) => return Ok(()),
        },
    };
    client.err(format!("{problem}\n"));
    Err(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn port(ip: Option<&str>, public: Option<u16>, private: u16, protocol: &str) -> PortSummary {
        PortSummary { ip: ip.map(str::to_owned), public, private, protocol: protocol.to_owned() }
    }

    #[test]
    fn neighbouring_ports_are_shown_together() {
        let mut all = vec![port(None, None, 1234, "tcp"), port(None, None, 5001, "udp"), port(None, None, 5000, "udp")];
        assert_eq!(ports(&all), "1234/tcp, 5000-5001/udp");
        all = Vec::new();
        for address in ["0.0.0.0", "::"] {
            all.extend((9000..9003).map(|number| port(Some(address), Some(number), number, "tcp")));
            all.push(port(Some(address), Some(5353), 53, "udp"));
        }
        assert_eq!(
            ports(&all),
            "0.0.0.0:9000-9002->9000-9002/tcp, [::]:9000-9002->9000-9002/tcp, 0.0.0.0:5353->53/udp, [::]:5353->53/udp"
        );
    }
}
