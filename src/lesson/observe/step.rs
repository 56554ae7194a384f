//! What the model answers about a step as a whole: what it built, what it pulled, what the machine uses then.
//!
//! Promises: the last build or pull of the step counts. Must not know: containers and images.

use super::*;

impl<'a> Look<'a> {
    pub(super) fn build(&self, events: impl Iterator<Item = &'a Event>) -> Observed {
        let (mut cached, mut run, mut began, mut ended) = (0, 0, None, None);
        for event in events {
            match &event.kind {
                EventKind::BuildStarted { .. } => (cached, run, began, ended) = (0, 0, Some(event.at), None),
                EventKind::BuildStep { cached: true, .. } => cached += 1,
                EventKind::BuildStep { .. } => run += 1,
                EventKind::BuildFinished { .. } | EventKind::BuildFailed { .. } => ended = Some(event.at),
                _ => {}
            }
        }
        let Some(began) = began else { return missing("nothing was built in this step") };
        match self.show {
            Property::Steps => count(cached + run),
            Property::CachedSteps => count(cached),
            Property::RunSteps => count(run),
            _ => duration(ended.unwrap_or(self.world.now()).since(began)),
        }
    }

    pub(super) fn pull(&self, events: impl Iterator<Item = &'a Event>) -> Observed {
        let (mut pulled, mut present, mut began, mut ended) = (0, 0, None, None);
        for event in events {
            match &event.kind {
                EventKind::LayerPulled { .. } | EventKind::LayerExists { .. } => {
                    if ended.is_some() {
                        (pulled, present, began, ended) = (0, 0, None, None);
                    }
                    began.get_or_insert(event.at);
                    let counter =
                        if matches!(event.kind, EventKind::LayerPulled { .. }) { &mut pulled } else { &mut present };
                    *counter += 1;
                }
                EventKind::ImagePulled { .. } => ended = Some(event.at),
                _ => {}
            }
        }
        if began.is_none() && ended.is_none() {
            return missing("nothing was pulled in this step");
        }
        match self.show {
            Property::PulledLayers => count(pulled),
            Property::PresentLayers => count(present),
            _ => match began.or(ended) {
                Some(began) => duration(ended.unwrap_or(self.world.now()).since(began)),
                None => missing("nothing was pulled in this step"),
            },
        }
    }

    pub(super) fn machine(&self) -> Observed {
        match self.show {
            Property::Exists => truth(true),
            Property::MemoryUsed => bytes(self.machine.memory_used()),
            Property::DiskUsed => bytes(self.machine.disk_used()),
            Property::Processes => count(self.machine.kernel.processes().count()),
            Property::Architecture => text(match &*self.machine.kernel.architecture {
                "x86_64" => "amd64",
                "aarch64" => "arm64",
                other => other,
            }),
            Property::Kernel => text(&*self.machine.kernel.release),
            Property::Cpus => number(i64::from(self.machine.hardware.cpus)),
            Property::System => text(self.machine.system_name()),
            _ => not_modelled(self.show),
        }
    }
}
