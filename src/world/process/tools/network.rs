//! Networks as users see them: `ip`, `ifconfig`, `route`, `netstat`, `ping`, `nslookup`.

use std::net::Ipv4Addr;
use std::time::Duration;

use super::busybox::Edition;
use super::call::{Flavour, Tool};
use super::options::Options;
use super::shape::{Machine, Next};
use crate::world::clock::Time;
use crate::world::filesystem::errno::Errno;
use crate::world::process::capabilities::Capability;
use crate::world::process::network::{Interface, NetworkNamespace};
use crate::world::process::{Signal, System, Wait};

/// The caller's network namespace.
fn here(system: &System<'_>) -> Option<NetworkNamespace> {
    let namespace = system.me()?.namespaces.network;
    system.look().networks.namespaces.get(&namespace).map(|namespace| (**namespace).clone())
}

/// The addresses of the caller's namespace, the loopback apart.
pub fn own_addresses(system: &System<'_>) -> Vec<Ipv4Addr> {
    here(system).map_or_else(Vec::new, |here| here.interfaces.iter().map(|i| i.address).collect())
}

fn mask(prefix: u8) -> u32 {
    u32::MAX.checked_shl(32 - u32::from(prefix.min(32))).unwrap_or(0)
}

fn broadcast(interface: &Interface) -> Ipv4Addr {
    Ipv4Addr::from(u32::from(interface.address) | !mask(interface.prefix))
}

fn network(interface: &Interface) -> Ipv4Addr {
    Ipv4Addr::from(u32::from(interface.address) & mask(interface.prefix))
}

fn mac(interface: &Interface) -> String {
    interface.mac.map(|byte| format!("{byte:02x}")).join(":")
}

/// `ip addr`, `ip link`, `ip route`.
pub fn ip(tool: &mut Tool<'_, '_>) -> i32 {
    let mut one_line = false;
    let mut words = Vec::new();
    for word in tool.call.arguments.clone() {
        match word.as_str() {
            "-o" | "-oneline" => one_line = true,
            "-4" | "-brief" | "-br" if word == "-4" => {}
            "-6" => return 0,
            option if option.starts_with('-') => return tool.not_modelled(format_args!("the option {option}")),
            _ => words.push(word),
        }
    }
    let only_addresses = tool.call.arguments.iter().any(|word| word == "-4");
    let Some(here) = here(tool.system) else { return 1 };
    let first = words.first().map_or("", String::as_str);
    let mut rest: Vec<&str> = words.iter().skip(1).map(String::as_str).collect();
    if rest.first().is_some_and(|word| ["show", "list", "ls", "s"].contains(word)) {
        rest.remove(0);
    }
    if rest.first() == Some(&"dev") {
        rest.remove(0);
    }
    if let Some(word) = rest.first().filter(|word| ["add", "del", "set", "flush", "change"].contains(*word)) {
        tool.output.push(2, format!("ip: RTNETLINK answers: Operation not permitted ({word})\n").as_bytes());
        return 2;
    }
    let device = rest.first().copied();
    match first {
        "a" | "ad" | "addr" | "address" => addresses(tool, &here, device, one_line, only_addresses, true),
        "l" | "link" => addresses(tool, &here, device, one_line, false, false),
        "r" | "ro" | "route" => {
            routes(tool, &here);
            0
        }
        "" => tool.refuse(&Options::short("[OPTIONS] address|route|link [ARGS]", "", "")),
        other => tool.not_modelled(format_args!("ip {other}")),
    }
}

fn addresses(
    tool: &mut Tool<'_, '_>,
    here: &NetworkNamespace,
    device: Option<&str>,
    one_line: bool,
    only: bool,
    with_address: bool,
) -> i32 {
    let mut shown = false;
    let gap = if one_line { "\\" } else { "\n" };
    let mut line = |tool: &mut Tool<'_, '_>, index: usize, interface: Option<&Interface>| {
        let name = interface.map_or("lo", |interface| &interface.name);
        if device.is_some_and(|wanted| wanted != name) {
            return;
        }
        shown = true;
        let (flags, hardware, address) = match interface {
            None => (
                "<LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN qlen 1000".to_owned(),
                "link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00".to_owned(),
                "inet 127.0.0.1/8 scope host lo".to_owned(),
            ),
            Some(i) => (
                format!("<BROADCAST,MULTICAST,UP,LOWER_UP> mtu {} qdisc noqueue state UP", i.mtu),
                format!("link/ether {} brd ff:ff:ff:ff:ff:ff", mac(i)),
                format!("inet {}/{} brd {} scope global {}", i.address, i.prefix, broadcast(i), i.name),
            ),
        };
        let life = format!("{gap}       valid_lft forever preferred_lft forever");
        if one_line && with_address {
            tool.say(format_args!("{index}: {name}    {address}{life}"));
            return;
        }
        tool.out(format!("{index}: {name}: {flags}{gap}"));
        if !only {
            tool.out(format!("    {hardware}{}", if with_address { gap } else { "\n" }));
        }
        if with_address {
            tool.say(format_args!("    {address}{life}"));
        }
    };
    line(tool, 1, None);
    for (at, interface) in here.interfaces.iter().enumerate() {
        line(tool, at + 2, Some(interface));
    }
    if !shown && let Some(device) = device {
        let gnu = format!("Device \"{device}\" does not exist.");
        if tool.is_gnu() {
            tool.output.push(2, format!("{gnu}\n").as_bytes());
        } else {
            tool.complain(format_args!("can't find device '{device}'"));
        }
        return 1;
    }
    0
}

fn routes(tool: &mut Tool<'_, '_>, here: &NetworkNamespace) {
    if let Some(gateway) = here.gateway {
        let through =
            here.interfaces.iter().find(|i| crate::world::process::network::in_subnet(gateway, i.address, i.prefix));
        let name = through.or(here.interfaces.first()).map_or("eth0", |i| &i.name);
        tool.say(format_args!("default via {gateway} dev {name} "));
    }
    for i in &here.interfaces {
        tool.say(format_args!("{}/{} dev {} scope link  src {} ", network(i), i.prefix, i.name, i.address));
    }
}

/// `ifconfig`, looking only.
pub fn ifconfig(tool: &mut Tool<'_, '_>) -> i32 {
    let Some(here) = here(tool.system) else { return 1 };
    let wanted = tool.call.arguments.iter().find(|word| !word.starts_with('-')).cloned();
    let mut shown = false;
    for i in &here.interfaces {
        if wanted.as_deref().is_some_and(|wanted| wanted != &*i.name) {
            continue;
        }
        shown = true;
        tool.say(format_args!("{:<10}Link encap:Ethernet  HWaddr {}  ", i.name, mac(i).to_uppercase()));
        let mask = Ipv4Addr::from(mask(i.prefix));
        tool.say(format_args!("          inet addr:{}  Bcast:{}  Mask:{mask}", i.address, broadcast(i)));
        tool.say("          UP BROADCAST RUNNING MULTICAST  MTU:1500  Metric:1\n");
    }
    if wanted.as_deref().is_none_or(|wanted| wanted == "lo") {
        shown = true;
        tool.say("lo        Link encap:Local Loopback  ");
        tool.say("          inet addr:127.0.0.1  Mask:255.0.0.0");
        tool.say("          UP LOOPBACK RUNNING  MTU:65536  Metric:1\n");
    }
    if shown {
        return 0;
    }
    tool.complain(format_args!(
        "{}: error fetching interface information: Device not found",
        wanted.unwrap_or_default()
    ));
    1
}

/// `route`, looking only.
pub fn route(tool: &mut Tool<'_, '_>) -> i32 {
    let Some(here) = here(tool.system) else { return 1 };
    tool.say("Kernel IP routing table");
    tool.say("Destination     Gateway         Genmask         Flags Metric Ref    Use Iface");
    let name = here.interfaces.first().map_or_else(String::new, |i| i.name.to_string());
    if let Some(gateway) = here.gateway {
        let destination = if tool.call.arguments.iter().any(|word| word == "-n") { "0.0.0.0" } else { "default" };
        tool.say(format_args!(
            "{destination:<15} {:<15} 0.0.0.0         UG    0      0        0 {name}",
            gateway.to_string()
        ));
    }
    for i in &here.interfaces {
        let mask = Ipv4Addr::from(mask(i.prefix)).to_string();
        let to = network(i).to_string();
        tool.say(format_args!("{to:<15} 0.0.0.0         {mask:<15} U     0      0        0 {}", i.name));
    }
    0
}

/// `netstat -tln` and `ss -tln`: who listens.
pub fn netstat(tool: &mut Tool<'_, '_>) -> i32 {
    let Some(namespace) = tool.system.me().map(|me| me.namespaces.network) else { return 1 };
    let kernel = tool.system.look();
    let own = tool.system.me().map(|me| me.namespaces.pid);
    let mut lines = Vec::new();
    let with_program = tool.call.arguments.iter().any(|word| word.starts_with('-') && word.contains('p'));
    for listener in kernel.networks.listeners.values().filter(|listener| listener.namespace == namespace) {
        let program = own
            .and_then(|own| kernel.number_in(own, listener.process))
            .zip(kernel.process(listener.process))
            .map_or_else(|| "-".to_owned(), |(number, process)| format!("{number}/{}", process.name));
        let address = format!("{}:{}", listener.address, listener.port);
        lines.push(if tool.call.name == "ss" {
            format!("LISTEN 0      4096   {address:>18}      0.0.0.0:*          ")
        } else {
            let program = if with_program { program } else { String::new() };
            format!("tcp        0      0 {address:<23} {:<23} LISTEN      {program}", "0.0.0.0:*")
        });
    }
    if tool.call.name == "ss" {
        tool.say("State  Recv-Q Send-Q Local Address:Port  Peer Address:PortProcess");
    } else {
        tool.say("Active Internet connections (only servers)");
        let program = if with_program { "PID/Program name    " } else { "" };
        tool.say(format_args!(
            "Proto Recv-Q Send-Q Local Address           Foreign Address         State       {program}"
        ));
    }
    for line in lines {
        tool.say(line);
    }
    0
}

/// Whether packets reach an address: a host that refuses a port is there.
fn reaches(system: &System<'_>, address: Ipv4Addr) -> Result<(), Errno> {
    if address.is_loopback() {
        return Ok(());
    }
    match system.probe(address, 0) {
        Ok(()) | Err(Errno::ECONNREFUSED | Errno::ECONNRESET) => Ok(()),
        Err(errno) => Err(errno),
    }
}

/// `ping`.
#[derive(Clone, Debug)]
pub struct Ping {
    name: String,
    address: Ipv4Addr,
    count: Option<u32>,
    wait: Duration,
    sent: u32,
    received: u32,
    next: Time,
    quiet: bool,
    interval: Duration,
    ending: bool,
}

impl Machine for Ping {
    fn start(tool: &mut Tool<'_, '_>) -> Result<Ping, i32> {
        const OPTIONS: Options = Options::short("[OPTIONS] HOST", "c:W:qi:4w:ns:", "ItIA6M");
        let given = tool.options(&OPTIONS)?;
        let Some(name) = given.operands.first().cloned() else { return Err(tool.refuse(&OPTIONS)) };
        let Some(address) = tool.system.lookup_host(&name) else {
            let gnu = format!("{name}: Name or service not known");
            let code = if tool.is_gnu() { 2 } else { 1 };
            let text = tool.wording(format!("bad address '{name}'"), gnu);
            tool.complain(text);
            return Err(code);
        };
        tool.system.set_action(Signal::INT, crate::world::process::signal::Action::Catch);
        let seconds = |letter, default| given.value(letter).and_then(super::size::duration).unwrap_or(default);
        tool.say(format_args!("PING {name} ({address}): 56 data bytes"));
        // Alpine's BusyBox and GNU's ping have a socket for everybody (`net.ipv4.ping_group_range`); BusyBox as it is has not.
        let is_alpine = tool.call.flavour == Flavour::BusyBox(Edition::Hub)
            && tool.system.status("/etc/alpine-release", true).is_ok();
        let is_plain = !tool.is_gnu() && !is_alpine;
        if is_plain && !tool.system.credentials().has(Capability::NET_RAW) {
            tool.complain("permission denied (are you root?)");
            return Err(1);
        }
        Ok(Ping {
            name,
            address,
            count: given.value('c').and_then(|count| count.parse().ok()),
            wait: seconds('W', Duration::from_secs(10)),
            sent: 0,
            received: 0,
            next: tool.system.now(),
            quiet: given.has('q'),
            interval: seconds('i', Duration::from_secs(1)),
            ending: false,
        })
    }

    fn step(&mut self, tool: &mut Tool<'_, '_>) -> Next {
        if tool.system.take_signal().is_some() {
            return self.summary(tool);
        }
        let now = tool.system.now();
        if now < self.next {
            return Next::Wait(Wait::Until(self.next));
        }
        if self.ending || self.count == Some(self.sent) {
            return self.summary(tool);
        }
        self.sent += 1;
        let last = self.count == Some(self.sent);
        match reaches(tool.system, self.address) {
            Ok(()) => {
                self.received += 1;
                if !self.quiet {
                    let line = format!("64 bytes from {}: seq={} ttl=64 time={TRIP} ms", self.address, self.sent - 1);
                    tool.say(line);
                }
                self.next = if last { now } else { now + self.interval };
                Next::Again
            }
            Err(Errno::ENETUNREACH) => {
                tool.complain("sendto: Network is unreachable");
                Next::Exit(1)
            }
            Err(_) => {
                self.ending = last;
                self.next = now + if last { self.wait } else { self.interval };
                Next::Again
            }
        }
    }
}

/// How long a packet takes there and back in the model, in milliseconds.
const TRIP: &str = "0.085";

impl Ping {
    fn summary(&self, tool: &mut Tool<'_, '_>) -> Next {
        let lost = (self.sent - self.received) * 100 / self.sent.max(1);
        tool.say(format_args!("\n--- {} ping statistics ---", self.name));
        tool.say(format_args!(
            "{} packets transmitted, {} packets received, {lost}% packet loss",
            self.sent, self.received
        ));
        if self.received > 0 {
            tool.say(format_args!("round-trip min/avg/max = {TRIP}/{TRIP}/{TRIP} ms"));
        }
        Next::Exit(i32::from(self.received == 0))
    }
}

/// What `nslookup` asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Query {
    /// Addresses of both kinds, as BusyBox does by itself.
    Both,
    Address,
    Address6,
    /// What a name points to, as it is written.
    Pointer,
    /// The name of an address.
    Name(Ipv4Addr),
}

/// `nslookup`.
pub fn nslookup(tool: &mut Tool<'_, '_>) -> i32 {
    let words: Vec<String> = tool.call.arguments.iter().filter(|word| !word.starts_with('-')).cloned().collect();
    let Some(name) = words.first() else {
        return tool.refuse(&Options::short("[-type=QUERY_TYPE] [-debug] HOST [DNS_SERVER]", "", ""));
    };
    let asked = tool.call.arguments.iter().find_map(|word| word.strip_prefix("-type="));
    let query = match (asked.map(str::to_ascii_lowercase).as_deref(), name.parse()) {
        (None, Ok(address)) => Query::Name(address),
        (None, Err(_)) => Query::Both,
        (Some("a"), _) => Query::Address,
        (Some("aaaa"), _) => Query::Address6,
        (Some("ptr"), _) => Query::Pointer,
        (Some(other), _) => return tool.not_modelled(format_args!("a query of type {other}")),
    };
    let servers = tool.system.read_file("/etc/resolv.conf").unwrap_or_else(|_| std::sync::Arc::from([]));
    let servers = String::from_utf8_lossy(&servers).into_owned();
    let configured =
        servers.lines().find_map(|line| line.strip_prefix("nameserver")).map(|rest| rest.trim().to_owned());
    let server = words.get(1).cloned().or(configured).unwrap_or_else(|| "127.0.0.1".to_owned());
    let Some(here) = here(tool.system) else { return 1 };
    let networks = &tool.system.look().networks;
    let bridges = here.interfaces.iter().map(|interface| &interface.bridge).filter(|_| server == "127.0.0.11");
    // The engine's own server knows what is on the container's networks; there is no other.
    let (title, found): (String, Vec<String>) = match query {
        Query::Name(address) => {
            let [a, b, c, d] = address.octets();
            let title = format!("{d}.{c}.{b}.{a}.in-addr.arpa");
            let names = bridges.filter_map(|bridge| networks.addresses.get(&(bridge.clone(), address)));
            let names = names.map(|name| format!("{title}\tname = {name}")).collect();
            (title, names)
        }
        Query::Pointer => (name.clone(), Vec::new()),
        _ => {
            let key = |bridge: &std::sync::Arc<str>| (bridge.clone(), std::sync::Arc::from(name.to_ascii_lowercase()));
            let addresses = bridges.filter_map(|bridge| networks.names.get(&key(bridge)));
            let addresses = addresses.flat_map(|addresses| addresses.iter());
            (name.clone(), addresses.map(|address| format!("Name:\t{name}\nAddress: {address}")).collect())
        }
    };
    tool.say(format_args!("Server:\t\t{server}"));
    tool.say(format_args!("Address:\t{server}:53\n"));
    let questions = if query == Query::Both { 2 } else { 1 };
    if found.is_empty() {
        for _ in 0..questions {
            tool.say(format_args!("** server can't find {title}: NXDOMAIN\n"));
        }
        return 1;
    }
    // The model's networks have no IPv6: that answer is empty.
    if matches!(query, Query::Both | Query::Address6) {
        tool.say("Non-authoritative answer:\n");
    }
    if query != Query::Address6 {
        tool.say("Non-authoritative answer:");
        for line in found {
            tool.say(line);
        }
        tool.say("");
    }
    0
}
