//! `deploy`, `develop` and devices of a service.

use super::service::HOOK;
use super::{
    BOOLEAN, CLOSED, LIST_OR_MAPPING, Mapping, NUMBER, Shape, TEXT, TEXT_OR_TEXTS, TEXT_SET, TEXTS, Type, WHOLE,
};

pub(super) const DEPLOY: Shape = Shape::Mapping(&Mapping {
    or: &[Type::Null],
    keys: &[
        ("mode", TEXT),
        ("endpoint_mode", TEXT),
        ("replicas", WHOLE),
        ("labels", LIST_OR_MAPPING),
        ("rollback_config", UPDATE),
        ("update_config", UPDATE),
        ("resources", Shape::Mapping(&RESOURCES)),
        (
            "restart_policy",
            Shape::Mapping(&Mapping {
                keys: &[("condition", TEXT), ("delay", TEXT), ("max_attempts", WHOLE), ("window", TEXT)],
                ..CLOSED
            }),
        ),
        (
            "placement",
            Shape::Mapping(&Mapping {
                keys: &[
                    ("constraints", TEXTS),
                    ("preferences", Shape::List(&Shape::Mapping(&Mapping { keys: &[("spread", TEXT)], ..CLOSED }))),
                    ("max_replicas_per_node", WHOLE),
                ],
                ..CLOSED
            }),
        ),
    ],
    ..CLOSED
});

const UPDATE: Shape = Shape::Mapping(&Mapping {
    keys: &[
        ("parallelism", WHOLE),
        ("delay", TEXT),
        ("failure_action", TEXT),
        ("monitor", TEXT),
        ("max_failure_ratio", NUMBER),
        ("order", Shape::Choice(&["start-first", "stop-first"])),
    ],
    ..CLOSED
});

const RESOURCES: Mapping = Mapping {
    keys: &[
        ("limits", Shape::Mapping(&Mapping { keys: &[("cpus", NUMBER), ("memory", TEXT), ("pids", WHOLE)], ..CLOSED })),
        (
            "reservations",
            Shape::Mapping(&Mapping {
                keys: &[
                    ("cpus", NUMBER),
                    ("memory", TEXT),
                    ("generic_resources", Shape::List(&GENERIC_RESOURCE)),
                    (
                        "devices",
                        Shape::List(&Shape::Mapping(&Mapping { required: &["capabilities"], ..DEVICE_REQUEST })),
                    ),
                ],
                ..CLOSED
            }),
        ),
    ],
    ..CLOSED
};

const GENERIC_RESOURCE: Shape = Shape::Mapping(&Mapping {
    keys: &[(
        "discrete_resource_spec",
        Shape::Mapping(&Mapping { keys: &[("kind", TEXT), ("value", NUMBER)], ..CLOSED }),
    )],
    ..CLOSED
});

const DEVICE_REQUEST: Mapping = Mapping {
    keys: &[
        ("capabilities", TEXT_SET),
        ("count", Shape::Types(&[Type::Text, Type::Integer])),
        ("device_ids", TEXT_SET),
        ("driver", TEXT),
        ("options", LIST_OR_MAPPING),
    ],
    ..CLOSED
};

pub(super) const GPUS: Shape =
    Shape::OneOf(&[Shape::Choice(&["all"]), Shape::List(&Shape::Mapping(&Mapping { open: true, ..DEVICE_REQUEST }))]);

pub(super) const DEVELOP: Shape =
    Shape::Mapping(&Mapping { or: &[Type::Null], keys: &[("watch", Shape::List(&Shape::Mapping(&WATCH)))], ..CLOSED });

const WATCH: Mapping = Mapping {
    keys: &[
        ("ignore", TEXT_OR_TEXTS),
        ("include", TEXT_OR_TEXTS),
        ("path", TEXT),
        ("action", Shape::Choice(&["rebuild", "sync", "restart", "sync+restart", "sync+exec"])),
        ("target", TEXT),
        ("exec", HOOK),
        ("initial_sync", BOOLEAN),
    ],
    required: &["path", "action"],
    ..CLOSED
};
