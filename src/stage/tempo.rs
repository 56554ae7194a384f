//! How long each event is shown.
//!
//! Promises: an event that has a picture of its own takes between 200 and 600 ms; all others take none. Must not know: what is drawn.

use crate::world::event::EventKind;

/// How long an event is shown, in milliseconds; none for what has no picture of its own.
pub fn length(kind: &EventKind) -> Option<u64> {
    Some(match kind {
        EventKind::LayerPulled { .. } | EventKind::LayerPushed { .. } => 450,
        EventKind::LayerExists { .. } | EventKind::LayerInRegistry { .. } => 200,
        EventKind::ImageTagged { .. } | EventKind::ImageUntagged { .. } => 250,
        EventKind::ImageDeleted { .. } => 350,
        EventKind::Committed { .. } => 600,
        EventKind::BuildStep { cached: true, .. } => 200,
        EventKind::BuildStep { .. } | EventKind::LayerBuilt { .. } => 400,
        EventKind::ContainerCreated { .. } => 350,
        EventKind::MountAssembled { .. } => 400,
        EventKind::ContainerStarted { .. }
        | EventKind::ContainerPaused { .. }
        | EventKind::ContainerUnpaused { .. }
        | EventKind::ContainerRestarting { .. }
        | EventKind::ContainerRenamed { .. }
        | EventKind::HealthChanged { .. }
        | EventKind::PortPublished { .. } => 200,
        EventKind::ContainerDied { .. } => 350,
        EventKind::ContainerRemoved { .. } => 500,
        EventKind::ProcessStarted { container: Some(_), .. } | EventKind::ProcessExited { container: Some(_), .. } => {
            220
        }
        EventKind::OutOfMemory { .. } => 400,
        EventKind::CopiedUp { .. } => 600,
        EventKind::FileWritten { .. } => 250,
        EventKind::FileDeleted { .. } => 350,
        EventKind::Signalled { container: Some(_), .. } => 300,
        EventKind::Connection { .. } | EventKind::Crossing { .. } => 450,
        EventKind::LoadBegan { .. } | EventKind::LoadSample(_) | EventKind::LoadEnded { .. } => 200,
        EventKind::VolumeCreated { .. } | EventKind::VolumeFilled { .. } | EventKind::VolumeRemoved { .. } => 300,
        EventKind::NetworkCreated { .. } | EventKind::NetworkRemoved { .. } => 250,
        EventKind::NetworkConnected { .. } | EventKind::NetworkDisconnected { .. } => 200,
        EventKind::LoggedIn { .. } => 350,
        EventKind::BootStage { .. } => 400,
        EventKind::FirstAnswer { .. } => 400,
        _ => return None,
    })
}
