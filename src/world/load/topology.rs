//! Who answers a request in the world: the way from whoever asks to the servers, and on to the servers behind them.
//!
//! Promises: the way is the one that a single connection would go; whom a server passes requests on to is asked of the server.
//! Must not know queues.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;

use super::simulation::DEPTH;
use super::station::{Plan, PlannedGroup, PlannedHost, PlannedStation, StationKey};
use crate::world::context::Context;
use crate::world::machine::Machine;
use crate::world::process::control_group::SHARES;
use crate::world::process::descriptor::OpenFile;
use crate::world::process::network::{ListenerId, NetworkNamespaceId};
use crate::world::process::program::Service;
use crate::world::process::{Pid, System};

/// Whom users ask, and what.
#[derive(Clone, Debug)]
pub struct Target {
    /// Where the users are.
    pub machine: Arc<str>,
    pub namespace: NetworkNamespaceId,
    pub address: Ipv4Addr,
    pub port: u16,
    pub request: Arc<[u8]>,
}

/// What was found out about the world and stays as it is.
#[derive(Clone, Debug, Default)]
pub struct Known {
    hosts: Vec<Arc<str>>,
    /// Groups of each host, by the container; none is what runs on the machine itself.
    groups: Vec<Vec<Option<Arc<str>>>>,
    services: BTreeMap<(Arc<str>, Pid), Service>,
    /// Stations, with the container and the processes that they were.
    pub stations: BTreeMap<StationKey, Owner>,
}

/// Who a station is in the world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    pub container: Option<Arc<str>>,
    pub servers: Vec<Pid>,
    /// Who asks it, as it sees it.
    pub client: Ipv4Addr,
}

type Machines = BTreeMap<Arc<str>, Machine>;

/// Finds the servers that there are now.
pub fn plan(machines: &mut Machines, context: &mut Context, target: &Target, known: &mut Known) -> Plan {
    let mut plan = Plan::default();
    let before = std::mem::take(&mut known.stations);
    plan.target = add(machines, context, known, &mut plan, target, (target.address, target.port), 0);
    for (key, owner) in &before {
        if !known.stations.contains_key(key) && was_killed(machines, key, owner) {
            plan.killed.push(key.clone());
        }
    }
    plan.hosts = known
        .hosts
        .iter()
        .zip(&known.groups)
        .map(|(name, groups)| {
            let machine = machines.get(name);
            let processors = machine.map_or(1.0, |machine| f64::from(machine.hardware.cpus));
            let groups = groups.iter().map(|container| group(machine, container.as_deref())).collect();
            PlannedHost { processors, groups }
        })
        .collect();
    plan
}

/// Adds the station that a connection arrives at, and those behind it.
fn add(
    machines: &mut Machines,
    context: &mut Context,
    known: &mut Known,
    plan: &mut Plan,
    from: &Target,
    (address, port): (Ipv4Addr, u16),
    depth: usize,
) -> Option<StationKey> {
    let (machine, listener, client) = route(machines, context, from, address, port)?;
    let key = StationKey { machine: machine.clone(), listener: listener.0 };
    if plan.stations.iter().any(|station| station.key == key) || depth > DEPTH {
        return Some(key);
    }
    let kernel = &machines.get(&machine)?.kernel;
    let owner = kernel.networks.listeners.get(&listener)?;
    let container = kernel.process(owner.process).and_then(|process| process.container.clone());
    let holders: Vec<Pid> = match &container {
        Some(container) => kernel.processes_of(container).map(|process| process.pid).collect(),
        None => kernel.processes().filter(|process| process.container.is_none()).map(|process| process.pid).collect(),
    };
    let holds = |pid: &Pid| {
        let descriptors = kernel.process(*pid).map(|process| &process.descriptors);
        let mut files = descriptors.into_iter().flat_map(|all| all.keys());
        files.any(
            |descriptor| matches!(kernel.open_file(*pid, *descriptor), Some(OpenFile::Listener(id)) if *id == listener),
        )
    };
    let holders: Vec<Pid> = holders.into_iter().filter(holds).collect();
    let (mut servers, mut service) = (Vec::new(), None);
    for pid in holders {
        if let Some(answer) = ask(machines, context, known, &machine, pid, &from.request) {
            servers.push(pid);
            service.get_or_insert(answer);
        }
    }
    let service = service?;
    let name = name_of(machines.get(&machine)?, container.as_deref(), servers.first().copied());
    let (host, group) = known.place(&machine, container.clone());
    let upstream = service.upstream.clone();
    let namespace = machines.get(&machine)?.kernel.process(*servers.first()?)?.namespaces.network;
    let at = plan.stations.len();
    let numbers = servers.iter().map(|pid| pid.0).collect();
    plan.stations.push(PlannedStation {
        key: key.clone(),
        name,
        host,
        group,
        servers: numbers,
        service,
        behind: Vec::new(),
    });
    known.stations.insert(key.clone(), Owner { container, servers, client });
    let here = Target { machine, namespace, ..from.clone() };
    let behind: Vec<StationKey> =
        upstream.into_iter().filter_map(|place| add(machines, context, known, plan, &here, place, depth + 1)).collect();
    if let Some(station) = plan.stations.get_mut(at) {
        station.behind = behind;
    }
    Some(key)
}

/// The listening socket that a connection arrives at, on its machine, and the address that it comes from.
fn route(
    machines: &Machines,
    context: &Context,
    from: &Target,
    address: Ipv4Addr,
    port: u16,
) -> Option<(Arc<str>, ListenerId, Ipv4Addr)> {
    let kernel = &machines.get(&from.machine)?.kernel;
    let there = context.neighbour_at(address).filter(|(name, _)| **name != from.machine);
    match there {
        Some((name, neighbour)) => {
            kernel.route_across(context, from.namespace, name, port).ok()?;
            let networks = &machines.get(name)?.kernel.networks;
            let (listener, _) = networks.route(neighbour.host, neighbour.address, port).ok()?;
            let client = context.neighbours.get(&from.machine).map_or(Ipv4Addr::UNSPECIFIED, |here| here.address);
            Some((name.clone(), listener, client))
        }
        None => {
            let (listener, at) = kernel.networks.route(from.namespace, address, port).ok()?;
            Some((from.machine.clone(), listener, kernel.networks.source(from.namespace, at)))
        }
    }
}

/// Asks a process how it answers; those that answer by themselves are asked once.
fn ask(
    machines: &mut Machines,
    context: &mut Context,
    known: &mut Known,
    machine: &Arc<str>,
    pid: Pid,
    request: &[u8],
) -> Option<Service> {
    let id = (machine.clone(), pid);
    if let Some(service) = known.services.get(&id) {
        return Some(service.clone());
    }
    let service = with_program(machines, context, machine, pid, |program, system| program.service(system, request))??;
    // What an application works out is worked out once; a web server can be given another configuration.
    if service.at_once == 1 {
        known.services.insert(id, service.clone());
    }
    Some(service)
}

/// Lets a process's program do something outside of its turns.
pub fn with_program<R>(
    machines: &mut Machines,
    context: &mut Context,
    machine: &Arc<str>,
    pid: Pid,
    act: impl FnOnce(&mut Box<dyn crate::world::process::Program>, &mut System<'_>) -> R,
) -> Option<R> {
    let machine = machines.get_mut(machine)?;
    let outside = std::mem::replace(&mut context.machine, machine.name.clone());
    let program = machine.kernel.lend_program(pid);
    let result = program.map(|mut program| {
        let result = act(&mut program, &mut System { machine, context, pid });
        machine.kernel.give_back(pid, program);
        result
    });
    context.machine = outside;
    result
}

fn name_of(machine: &Machine, container: Option<&str>, server: Option<Pid>) -> Arc<str> {
    let by_id = container.and_then(|id| machine.daemon.containers.get(id)).map(|container| container.name.as_str());
    match by_id {
        Some(name) => name.into(),
        None => server
            .and_then(|pid| machine.kernel.process(pid))
            .map_or_else(|| "server".into(), |process| process.name.to_string().into()),
    }
}

/// Whether the processes of a station were ended without being asked: what they worked on is then lost.
fn was_killed(machines: &Machines, key: &StationKey, owner: &Owner) -> bool {
    let Some(machine) = machines.get(&key.machine) else { return true };
    match &owner.container {
        Some(id) => machine.daemon.containers.get(id).is_none_or(|container| container.state.exit_code == 137),
        None => false,
    }
}

fn group(machine: Option<&Machine>, container: Option<&str>) -> PlannedGroup {
    let limits = machine.zip(container).and_then(|(machine, id)| {
        let group = machine.kernel.control_group(id)?;
        let processors = f64::from(machine.kernel.cpus_of(Some(id)));
        let quota = group.quota.map_or(f64::MAX, |quota| quota as f64 / group.period.max(1) as f64);
        Some(PlannedGroup { quota: quota.min(processors), weight: group.shares.max(1) as f64 })
    });
    limits.unwrap_or(PlannedGroup { quota: f64::MAX, weight: SHARES as f64 })
}

impl Known {
    /// The numbers of a host and of a group on it.
    fn place(&mut self, machine: &Arc<str>, container: Option<Arc<str>>) -> (usize, usize) {
        let host = self.hosts.iter().position(|known| known == machine).unwrap_or_else(|| {
            self.hosts.push(machine.clone());
            self.groups.push(Vec::new());
            self.hosts.len() - 1
        });
        let groups = &mut self.groups[host];
        let group = groups.iter().position(|known| *known == container).unwrap_or_else(|| {
            groups.push(container);
            groups.len() - 1
        });
        (host, group)
    }
}
