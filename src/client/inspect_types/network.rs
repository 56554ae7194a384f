//! What `docker inspect` of a network answers, and a container's part in networks.
//!
//! Names, order, keys and types of `github.com/docker/docker/api/types`, Engine 28.5. Data only.

use super::super::template::{GoType, StructType};
use super::field;

pub(super) static NETWORK_ADDRESS: StructType = StructType {
    name: "network.Address",
    fields: &[field("Addr", "Addr", GoType::Text), field("PrefixLen", "PrefixLen", GoType::Int)],
};

pub(super) static NETWORK_ENDPOINT_IPAMCONFIG: StructType = StructType {
    name: "network.EndpointIPAMConfig",
    fields: &[
        field("IPv4Address", "IPv4Address", GoType::Text),
        field("IPv6Address", "IPv6Address", GoType::Text),
        field("LinkLocalIPs", "LinkLocalIPs", GoType::List(&GoType::Text)),
    ],
};

pub(super) static NETWORK_ENDPOINT_SETTINGS: StructType = StructType {
    name: "network.EndpointSettings",
    fields: &[
        field("IPAMConfig", "IPAMConfig", GoType::Pointer(&NETWORK_ENDPOINT_IPAMCONFIG)),
        field("Links", "Links", GoType::List(&GoType::Text)),
        field("Aliases", "Aliases", GoType::List(&GoType::Text)),
        field("MacAddress", "MacAddress", GoType::Text),
        field("DriverOpts", "DriverOpts", GoType::Map(&GoType::Text)),
        field("GwPriority", "GwPriority", GoType::Int),
        field("NetworkID", "NetworkID", GoType::Text),
        field("EndpointID", "EndpointID", GoType::Text),
        field("Gateway", "Gateway", GoType::Text),
        field("IPAddress", "IPAddress", GoType::Text),
        field("IPPrefixLen", "IPPrefixLen", GoType::Int),
        field("IPv6Gateway", "IPv6Gateway", GoType::Text),
        field("GlobalIPv6Address", "GlobalIPv6Address", GoType::Text),
        field("GlobalIPv6PrefixLen", "GlobalIPv6PrefixLen", GoType::Int),
        field("DNSNames", "DNSNames", GoType::List(&GoType::Text)),
    ],
};

pub(super) static NETWORK_IPAMCONFIG: StructType = StructType {
    name: "network.IPAMConfig",
    fields: &[
        field("Subnet", "Subnet", GoType::Text),
        field("IPRange", "IPRange", GoType::Text),
        field("Gateway", "Gateway", GoType::Text),
        field("AuxAddress", "AuxiliaryAddresses", GoType::Map(&GoType::Text)),
    ],
};

pub(super) static NETWORK_IPAM: StructType = StructType {
    name: "network.IPAM",
    fields: &[
        field("Driver", "Driver", GoType::Text),
        field("Options", "Options", GoType::Map(&GoType::Text)),
        field("Config", "Config", GoType::List(&GoType::Struct(&NETWORK_IPAMCONFIG))),
    ],
};

pub(super) static NETWORK_CONFIG_REFERENCE: StructType =
    StructType { name: "network.ConfigReference", fields: &[field("Network", "Network", GoType::Text)] };

pub(super) static NETWORK_ENDPOINT_RESOURCE: StructType = StructType {
    name: "network.EndpointResource",
    fields: &[
        field("Name", "Name", GoType::Text),
        field("EndpointID", "EndpointID", GoType::Text),
        field("MacAddress", "MacAddress", GoType::Text),
        field("IPv4Address", "IPv4Address", GoType::Text),
        field("IPv6Address", "IPv6Address", GoType::Text),
    ],
};

pub(super) static NETWORK_PEER_INFO: StructType = StructType {
    name: "network.PeerInfo",
    fields: &[field("Name", "Name", GoType::Text), field("IP", "IP", GoType::Text)],
};

pub(super) static NETWORK_TASK: StructType = StructType {
    name: "network.Task",
    fields: &[
        field("Name", "Name", GoType::Text),
        field("EndpointID", "EndpointID", GoType::Text),
        field("EndpointIP", "EndpointIP", GoType::Text),
        field("Info", "Info", GoType::Map(&GoType::Text)),
    ],
};

pub(super) static NETWORK_SERVICE_INFO: StructType = StructType {
    name: "network.ServiceInfo",
    fields: &[
        field("VIP", "VIP", GoType::Text),
        field("Ports", "Ports", GoType::List(&GoType::Text)),
        field("LocalLBIndex", "LocalLBIndex", GoType::Int),
        field("Tasks", "Tasks", GoType::List(&GoType::Struct(&NETWORK_TASK))),
    ],
};

pub(super) static NETWORK_INSPECT: StructType = StructType {
    name: "network.Inspect",
    fields: &[
        field("Name", "Name", GoType::Text),
        field("ID", "Id", GoType::Text),
        field("Created", "Created", GoType::Time),
        field("Scope", "Scope", GoType::Text),
        field("Driver", "Driver", GoType::Text),
        field("EnableIPv4", "EnableIPv4", GoType::Bool),
        field("EnableIPv6", "EnableIPv6", GoType::Bool),
        field("IPAM", "IPAM", GoType::Struct(&NETWORK_IPAM)),
        field("Internal", "Internal", GoType::Bool),
        field("Attachable", "Attachable", GoType::Bool),
        field("Ingress", "Ingress", GoType::Bool),
        field("ConfigFrom", "ConfigFrom", GoType::Struct(&NETWORK_CONFIG_REFERENCE)),
        field("ConfigOnly", "ConfigOnly", GoType::Bool),
        field("Containers", "Containers", GoType::Map(&GoType::Struct(&NETWORK_ENDPOINT_RESOURCE))),
        field("Options", "Options", GoType::Map(&GoType::Text)),
        field("Labels", "Labels", GoType::Map(&GoType::Text)),
        field("Peers", "Peers", GoType::List(&GoType::Struct(&NETWORK_PEER_INFO))),
        field("Services", "Services", GoType::Map(&GoType::Struct(&NETWORK_SERVICE_INFO))),
    ],
};
