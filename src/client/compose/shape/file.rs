//! The top of a Compose file: networks, volumes, secrets, configs, models.

use super::service::SERVICE;
use super::{
    CLOSED, LIST_OR_MAPPING, Mapping, OPTIONS, SWITCH, Shape, TEXT, TEXT_OR_TEXTS, TEXTS, Type, is_identifier, is_named,
};

pub(super) const FILE: Mapping = Mapping {
    keys: &[
        ("version", TEXT),
        ("name", TEXT),
        ("include", Shape::List(&INCLUDE)),
        ("services", Shape::Mapping(&Mapping { named: Some((is_identifier, SERVICE)), extensions: false, ..CLOSED })),
        ("models", Shape::Mapping(&Mapping { named: Some((is_identifier, MODEL)), open: true, ..CLOSED })),
        ("networks", Shape::Mapping(&Mapping { named: Some((is_identifier, NETWORK)), open: true, ..CLOSED })),
        ("volumes", Shape::Mapping(&Mapping { named: Some((is_identifier, VOLUME)), extensions: false, ..CLOSED })),
        ("secrets", Shape::Mapping(&Mapping { named: Some((is_identifier, SECRET)), extensions: false, ..CLOSED })),
        ("configs", Shape::Mapping(&Mapping { named: Some((is_identifier, CONFIG)), extensions: false, ..CLOSED })),
    ],
    ..CLOSED
};

const INCLUDE: Shape = Shape::OneOf(&[
    TEXT,
    Shape::Mapping(&Mapping {
        keys: &[("path", TEXT_OR_TEXTS), ("env_file", TEXT_OR_TEXTS), ("project_directory", TEXT)],
        extensions: false,
        ..CLOSED
    }),
]);

const MODEL: Shape = Shape::Mapping(&Mapping {
    keys: &[
        ("name", TEXT),
        ("model", TEXT),
        ("context_size", Shape::Types(&[Type::Integer])),
        ("runtime_flags", TEXTS),
    ],
    required: &["model"],
    ..CLOSED
});

/// `external`, once a mapping with a name.
const EXTERNAL: Shape =
    Shape::Mapping(&Mapping { or: &[Type::Boolean, Type::Text], keys: &[("name", TEXT)], ..CLOSED });

const NETWORK: Shape = Shape::Mapping(&Mapping {
    or: &[Type::Null],
    keys: &[
        ("name", TEXT),
        ("driver", TEXT),
        ("driver_opts", OPTIONS),
        ("ipam", Shape::Mapping(&IPAM)),
        ("external", EXTERNAL),
        ("internal", SWITCH),
        ("enable_ipv4", SWITCH),
        ("enable_ipv6", SWITCH),
        ("attachable", SWITCH),
        ("labels", LIST_OR_MAPPING),
    ],
    ..CLOSED
});

const TEXT_MAPPING: Shape = Shape::Mapping(&Mapping { named: Some((is_named, TEXT)), extensions: false, ..CLOSED });

const IPAM: Mapping = Mapping {
    keys: &[
        ("driver", TEXT),
        (
            "config",
            Shape::List(&Shape::Mapping(&Mapping {
                keys: &[("subnet", TEXT), ("ip_range", TEXT), ("gateway", TEXT), ("aux_addresses", TEXT_MAPPING)],
                ..CLOSED
            })),
        ),
        ("options", TEXT_MAPPING),
    ],
    ..CLOSED
};

const VOLUME: Shape = Shape::Mapping(&Mapping {
    or: &[Type::Null],
    keys: &[
        ("name", TEXT),
        ("driver", TEXT),
        ("driver_opts", OPTIONS),
        ("external", EXTERNAL),
        ("labels", LIST_OR_MAPPING),
    ],
    ..CLOSED
});

const SECRET: Shape = Shape::Mapping(&Mapping {
    keys: &[
        ("name", TEXT),
        ("environment", TEXT),
        ("file", TEXT),
        ("external", EXTERNAL),
        ("labels", LIST_OR_MAPPING),
        ("driver", TEXT),
        ("driver_opts", OPTIONS),
        ("template_driver", TEXT),
    ],
    ..CLOSED
});

const CONFIG: Shape = Shape::Mapping(&Mapping {
    keys: &[
        ("name", TEXT),
        ("content", TEXT),
        ("environment", TEXT),
        ("file", TEXT),
        ("external", EXTERNAL),
        ("labels", LIST_OR_MAPPING),
        ("template_driver", TEXT),
    ],
    ..CLOSED
});
