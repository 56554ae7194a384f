//! What `docker inspect` of a volume answers.
//!
//! Names, order, keys and types of `github.com/docker/docker/api/types`, Engine 28.5. Data only.

use super::super::template::{GoType, StructType};
use super::field;

pub(super) static VOLUME_USAGE_DATA: StructType = StructType {
    name: "volume.UsageData",
    fields: &[field("RefCount", "RefCount", GoType::Int), field("Size", "Size", GoType::Int)],
};

pub(super) static VOLUME_VOLUME: StructType = StructType {
    name: "volume.Volume",
    fields: &[
        field("ClusterVolume", "ClusterVolume", GoType::Any),
        field("CreatedAt", "CreatedAt", GoType::Text),
        field("Driver", "Driver", GoType::Text),
        field("Labels", "Labels", GoType::Map(&GoType::Text)),
        field("Mountpoint", "Mountpoint", GoType::Text),
        field("Name", "Name", GoType::Text),
        field("Options", "Options", GoType::Map(&GoType::Text)),
        field("Scope", "Scope", GoType::Text),
        field("Status", "Status", GoType::Map(&GoType::Any)),
        field("UsageData", "UsageData", GoType::Pointer(&VOLUME_USAGE_DATA)),
    ],
};
