//! What `docker inspect` of an image answers, and image configurations.
//!
//! Names, order, keys and types of `github.com/docker/docker/api/types`, Engine 28.5. Data only.

use super::super::template::{GoType, StructType};
use super::EMPTY;
use super::container::CONTAINER_CONFIG;
use super::field;
use super::host::STORAGE_DRIVER_DATA;

pub(super) static IMAGE_SPEC_HEALTHCHECK_CONFIG: StructType = StructType {
    name: "v1.HealthcheckConfig",
    fields: &[
        field("Test", "Test", GoType::List(&GoType::Text)),
        field("Interval", "Interval", GoType::Int),
        field("Timeout", "Timeout", GoType::Int),
        field("StartPeriod", "StartPeriod", GoType::Int),
        field("StartInterval", "StartInterval", GoType::Int),
        field("Retries", "Retries", GoType::Int),
    ],
};

pub(super) static OCI_PLATFORM: StructType = StructType {
    name: "v1.Platform",
    fields: &[
        field("Architecture", "architecture", GoType::Text),
        field("OS", "os", GoType::Text),
        field("OSVersion", "os.version", GoType::Text),
        field("OSFeatures", "os.features", GoType::List(&GoType::Text)),
        field("Variant", "variant", GoType::Text),
    ],
};

pub(super) static OCI_DESCRIPTOR: StructType = StructType {
    name: "v1.Descriptor",
    fields: &[
        field("MediaType", "mediaType", GoType::Text),
        field("Digest", "digest", GoType::Text),
        field("Size", "size", GoType::Int),
        field("URLs", "urls", GoType::List(&GoType::Text)),
        field("Annotations", "annotations", GoType::Map(&GoType::Text)),
        field("Data", "data", GoType::Text),
        field("Platform", "platform", GoType::Pointer(&OCI_PLATFORM)),
        field("ArtifactType", "artifactType", GoType::Text),
    ],
};

pub(super) static IMAGE_SPEC_DOCKER_OCIIMAGE_CONFIG: StructType = StructType {
    name: "v1.DockerOCIImageConfig",
    fields: &[
        field("User", "User", GoType::Text),
        field("ExposedPorts", "ExposedPorts", GoType::Map(&GoType::Struct(&EMPTY))),
        field("Env", "Env", GoType::List(&GoType::Text)),
        field("Entrypoint", "Entrypoint", GoType::List(&GoType::Text)),
        field("Cmd", "Cmd", GoType::List(&GoType::Text)),
        field("Volumes", "Volumes", GoType::Map(&GoType::Struct(&EMPTY))),
        field("WorkingDir", "WorkingDir", GoType::Text),
        field("Labels", "Labels", GoType::Map(&GoType::Text)),
        field("StopSignal", "StopSignal", GoType::Text),
        field("ArgsEscaped", "ArgsEscaped", GoType::Bool),
        field("Healthcheck", "Healthcheck", GoType::Pointer(&IMAGE_SPEC_HEALTHCHECK_CONFIG)),
        field("OnBuild", "OnBuild", GoType::List(&GoType::Text)),
        field("Shell", "Shell", GoType::List(&GoType::Text)),
    ],
};

pub(super) static IMAGE_ROOT_FS: StructType = StructType {
    name: "image.RootFS",
    fields: &[field("Type", "Type", GoType::Text), field("Layers", "Layers", GoType::List(&GoType::Text))],
};

pub(super) static IMAGE_METADATA: StructType =
    StructType { name: "image.Metadata", fields: &[field("LastTagTime", "LastTagTime", GoType::Time)] };

pub(super) static IMAGE_INSPECT_RESPONSE: StructType = StructType {
    name: "image.InspectResponse",
    fields: &[
        field("ID", "Id", GoType::Text),
        field("RepoTags", "RepoTags", GoType::List(&GoType::Text)),
        field("RepoDigests", "RepoDigests", GoType::List(&GoType::Text)),
        field("Parent", "Parent", GoType::Text),
        field("Comment", "Comment", GoType::Text),
        field("Created", "Created", GoType::Text),
        field("Container", "Container", GoType::Text),
        field("ContainerConfig", "ContainerConfig", GoType::Pointer(&CONTAINER_CONFIG)),
        field("DockerVersion", "DockerVersion", GoType::Text),
        field("Author", "Author", GoType::Text),
        field("Config", "Config", GoType::Pointer(&IMAGE_SPEC_DOCKER_OCIIMAGE_CONFIG)),
        field("Architecture", "Architecture", GoType::Text),
        field("Variant", "Variant", GoType::Text),
        field("Os", "Os", GoType::Text),
        field("OsVersion", "OsVersion", GoType::Text),
        field("Size", "Size", GoType::Int),
        field("VirtualSize", "VirtualSize", GoType::Int),
        field("GraphDriver", "GraphDriver", GoType::Struct(&STORAGE_DRIVER_DATA)),
        field("RootFS", "RootFS", GoType::Struct(&IMAGE_ROOT_FS)),
        field("Metadata", "Metadata", GoType::Struct(&IMAGE_METADATA)),
        field("Descriptor", "Descriptor", GoType::Pointer(&OCI_DESCRIPTOR)),
        field("Manifests", "Manifests", GoType::List(&GoType::Any)),
    ],
};
