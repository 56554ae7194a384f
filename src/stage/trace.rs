//! What a step leaves to be seen although it is no state: the build that ran, the registry that was asked, the path of a request.
//!
//! Promises: follows from the step's events and the world after it; a step that did nothing of the kind leaves nothing. Must not know: how
//! it came to the picture, in motion or at rest.

use std::net::Ipv4Addr;

use super::request::{Asked, path};
use super::scene::{
    BuildScene, BuildStepScene, LayerScene, LoadScene, MachineScene, RegistryLayerScene, RegistryScene, Scene, Shade,
};
use crate::world::World;
use crate::world::digest::Digest;
use crate::world::event::{Event, EventKind};
use crate::world::machine::Machine;

/// The most requests that are shown; of more, the last.
const REQUESTS: usize = 3;
/// The most seconds of a load that are kept; of more, the last.
const SECONDS: usize = 600;
/// The most steps of a build that are shown.
const BUILD_STEPS: usize = 60;

/// Puts what the events left into the picture of the world after them.
pub fn leave(scene: &mut Scene, world: &World, events: &[Event]) {
    for machine in &mut scene.machines {
        let own: Vec<&EventKind> =
            events.iter().filter(|event| event.machine == machine.name).map(|event| &event.kind).collect();
        machine.build = build(&own);
        machine.registry = registry(&own, machine);
        let told = own.iter().any(|event| matches!(event, EventKind::LoadBegan { .. } | EventKind::LoadSample(_)));
        machine.load = load(world, &machine.name).filter(|load| told || load.under_way);
        if let Some(known) = world.machines().find(|known| known.name == machine.name) {
            machine.requests = requests(&own, known);
        }
    }
}

/// The load that is under way, or else the last one, if its users are on this machine.
pub fn load(world: &World, machine: &str) -> Option<LoadScene> {
    let (users, _, target, report) = world.loads().latest()?;
    if *target.machine != *machine {
        return None;
    }
    let skipped = report.samples.len().saturating_sub(SECONDS);
    Some(LoadScene {
        users,
        target: address(target.address, target.port),
        samples: report.samples.iter().skip(skipped).cloned().collect(),
        under_way: world.loads().is_under_way(),
    })
}

/// An address as one writes it.
pub fn address(address: Ipv4Addr, port: u16) -> String {
    if address.is_loopback() { format!("localhost:{port}") } else { format!("{address}:{port}") }
}

fn build(events: &[&EventKind]) -> Option<BuildScene> {
    let begun = events.iter().rposition(|event| matches!(event, EventKind::BuildStarted { .. }))?;
    let mut build = BuildScene::default();
    for event in events.iter().skip(begun) {
        match event {
            EventKind::BuildStarted { steps } => build.total = *steps,
            EventKind::BuildStep { number, instruction, cached } if build.steps.len() < BUILD_STEPS => {
                build.begin(*number, instruction, *cached, 1.0);
            }
            EventKind::LayerBuilt { number, layer, bytes } => build.layer(*number, (*layer, Shade::of(*layer), *bytes)),
            EventKind::BuildFailed { step } => build.fail(*step),
            _ => {}
        }
    }
    Some(build)
}

impl BuildScene {
    /// A step begins, or has come so far.
    pub fn begin(&mut self, number: u32, instruction: &str, cached: bool, progress: f32) {
        self.total = self.total.max(number);
        self.steps.retain(|step| step.number != number);
        let instruction = instruction.to_owned();
        self.steps.push(BuildStepScene { number, instruction, cached, progress, layer: None, failed: false });
    }

    /// A step has made a layer.
    pub fn layer(&mut self, number: u32, layer: (Digest, Shade, u64)) {
        if let Some(step) = self.steps.iter_mut().find(|step| step.number == number) {
            step.layer = Some(layer);
        }
    }

    /// The build ended at a step.
    pub fn fail(&mut self, number: u32) {
        if let Some(step) = self.steps.iter_mut().find(|step| step.number == number) {
            step.failed = true;
        }
    }
}

/// The image that was fetched or sent last.
fn registry(events: &[&EventKind], machine: &MachineScene) -> Option<RegistryScene> {
    let (name, id, pushed) = events.iter().rev().find_map(|event| match event {
        EventKind::ImagePulled { reference, image } => Some((reference, *image, false)),
        EventKind::ImagePushed { reference, image } => Some((reference, *image, true)),
        _ => None,
    })?;
    let image = machine.images.iter().find(|image| image.id == id)?;
    let known = |id| {
        events.iter().any(|event| match event {
            EventKind::LayerExists { layer, .. } => !pushed && *layer == id,
            EventKind::LayerInRegistry { image, layer } => pushed && image == name && *layer == id,
            _ => false,
        })
    };
    let layer = |layer: &LayerScene| RegistryLayerScene {
        id: layer.id,
        shade: layer.shade,
        known: known(layer.id),
        progress: 1.0,
    };
    Some(RegistryScene { name: name.clone(), image: id, pushed, layers: image.layers.iter().map(layer).collect() })
}

impl RegistryScene {
    /// As it is before anything was sent. What is fetched from is there from the beginning.
    pub fn before(mut self) -> Self {
        for layer in self.layers.iter_mut().filter(|_| self.pushed) {
            layer.progress = 0.0;
        }
        self
    }

    /// A layer is there, or has come so far.
    pub fn arrive(&mut self, id: Digest, progress: f32) {
        for layer in self.layers.iter_mut().filter(|layer| layer.id == id) {
            layer.progress = progress;
        }
    }
}

fn requests(events: &[&EventKind], machine: &Machine) -> Vec<super::scene::RequestScene> {
    let mut found = Vec::new();
    for event in events.iter().rev() {
        if let EventKind::Connection { from, to, address, port, failed } = event {
            let asked = Asked {
                from: from.as_ref(),
                to: to.as_ref(),
                address: *address,
                port: *port,
                failed: failed.as_deref(),
            };
            let scene = path(machine, asked);
            if !found.contains(&scene) {
                found.push(scene);
            }
        }
        if found.len() >= REQUESTS {
            break;
        }
    }
    found.reverse();
    found
}
