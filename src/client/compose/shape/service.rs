//! A service, and what belongs to it alone.

use super::deploy::{DEPLOY, DEVELOP, GPUS};
use super::{
    BOOLEAN, CLOSED, COMMAND, LIST_OR_MAPPING, Mapping, NUMBER, OPTIONS, SWITCH, Shape, TEXT, TEXT_OR_TEXTS, TEXT_SET,
    TEXTS, Type, WHOLE, is_identifier, is_named,
};

pub(super) const SERVICE: Shape = Shape::Mapping(&Mapping {
    keys: &[
        ("develop", DEVELOP),
        ("deploy", DEPLOY),
        ("annotations", LIST_OR_MAPPING),
        ("attach", SWITCH),
        ("build", Shape::OneOf(&[TEXT, Shape::Mapping(&BUILD)])),
        ("blkio_config", Shape::Mapping(&BLOCK_IO)),
        ("cap_add", TEXT_SET),
        ("cap_drop", TEXT_SET),
        ("cgroup", Shape::Choice(&["host", "private"])),
        ("cgroup_parent", TEXT),
        ("command", COMMAND),
        ("configs", FILE_REFERENCES),
        ("container_name", Shape::Pattern("[a-zA-Z0-9][a-zA-Z0-9_.-]+", holds_container_name)),
        ("cpu_count", Shape::OneOf(&[TEXT, Shape::Range(0, None)])),
        ("cpu_percent", Shape::OneOf(&[TEXT, Shape::Range(0, Some(100))])),
        ("cpu_shares", NUMBER),
        ("cpu_quota", NUMBER),
        ("cpu_period", NUMBER),
        ("cpu_rt_period", NUMBER),
        ("cpu_rt_runtime", NUMBER),
        ("cpus", NUMBER),
        ("cpuset", TEXT),
        (
            "credential_spec",
            Shape::Mapping(&Mapping { keys: &[("config", TEXT), ("file", TEXT), ("registry", TEXT)], ..CLOSED }),
        ),
        ("depends_on", Shape::OneOf(&[TEXT_SET, Shape::Mapping(&DEPENDENCIES)])),
        ("device_cgroup_rules", TEXT_SET),
        ("devices", Shape::List(&DEVICE)),
        ("dns", TEXT_OR_TEXTS),
        ("dns_opt", TEXT_SET),
        ("dns_search", TEXT_OR_TEXTS),
        ("domainname", TEXT),
        ("entrypoint", COMMAND),
        ("env_file", Shape::OneOf(&[TEXT, Shape::List(&ENV_FILE)])),
        ("label_file", Shape::OneOf(&[TEXT, TEXTS])),
        ("environment", LIST_OR_MAPPING),
        ("expose", Shape::Set(&Shape::Types(&[Type::Text, Type::Number]))),
        ("extends", Shape::OneOf(&[TEXT, Shape::Mapping(&EXTENDS)])),
        ("provider", Shape::Mapping(&PROVIDER)),
        ("external_links", TEXT_SET),
        ("extra_hosts", EXTRA_HOSTS),
        ("gpus", GPUS),
        ("group_add", Shape::Set(&Shape::Types(&[Type::Text, Type::Number]))),
        ("healthcheck", Shape::Mapping(&HEALTH_CHECK)),
        ("hostname", TEXT),
        ("image", TEXT),
        ("init", SWITCH),
        ("ipc", TEXT),
        ("isolation", TEXT),
        ("labels", LIST_OR_MAPPING),
        ("links", TEXT_SET),
        ("logging", Shape::Mapping(&LOGGING)),
        ("mac_address", TEXT),
        ("mem_limit", NUMBER),
        ("mem_reservation", WHOLE),
        ("mem_swappiness", WHOLE),
        ("memswap_limit", NUMBER),
        ("network_mode", TEXT),
        ("models", Shape::OneOf(&[TEXT_SET, Shape::Mapping(&MODELS)])),
        ("networks", Shape::OneOf(&[TEXT_SET, Shape::Mapping(&NETWORKS)])),
        ("oom_kill_disable", SWITCH),
        ("oom_score_adj", Shape::OneOf(&[TEXT, Shape::Range(-1000, Some(1000))])),
        ("pid", Shape::Types(&[Type::Text, Type::Null])),
        ("pids_limit", NUMBER),
        ("platform", TEXT),
        ("ports", Shape::Set(&PORT)),
        ("post_start", Shape::List(&HOOK)),
        ("pre_stop", Shape::List(&HOOK)),
        ("privileged", SWITCH),
        ("profiles", TEXT_SET),
        ("pull_policy", Shape::Pattern(PULL_POLICIES, holds_pull_policy)),
        ("pull_refresh_after", TEXT),
        ("read_only", SWITCH),
        ("restart", TEXT),
        ("runtime", TEXT),
        ("scale", WHOLE),
        ("security_opt", TEXT_SET),
        ("shm_size", NUMBER),
        ("secrets", FILE_REFERENCES),
        ("sysctls", LIST_OR_MAPPING),
        ("stdin_open", SWITCH),
        ("stop_grace_period", TEXT),
        ("stop_signal", TEXT),
        ("storage_opt", Shape::Types(&[Type::Mapping])),
        ("tmpfs", TEXT_OR_TEXTS),
        ("tty", SWITCH),
        ("ulimits", ULIMITS),
        ("use_api_socket", BOOLEAN),
        ("user", TEXT),
        ("uts", TEXT),
        ("userns_mode", TEXT),
        ("volumes", Shape::Set(&VOLUME)),
        ("volumes_from", TEXT_SET),
        ("working_dir", TEXT),
    ],
    ..CLOSED
});

const PULL_POLICIES: &str = "always|never|build|if_not_present|missing|refresh|daily|weekly|every_([0-9]+[wdhms])+";

fn holds_pull_policy(text: &str) -> bool {
    let words = ["always", "never", "build", "if_not_present", "missing", "refresh", "daily", "weekly"];
    let every = |rest: &str| {
        let unit = rest.trim_start_matches(|digit: char| digit.is_ascii_digit());
        unit.len() < rest.len() && unit.starts_with(['w', 'd', 'h', 'm', 's'])
    };
    words.iter().any(|word| text.contains(word)) || text.split("every_").skip(1).any(every)
}

fn holds_container_name(text: &str) -> bool {
    let follows = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    text.as_bytes().windows(2).any(|pair| pair[0].is_ascii_alphanumeric() && follows(pair[1]))
}

const BUILD: Mapping = Mapping {
    keys: &[
        ("context", TEXT),
        ("dockerfile", TEXT),
        ("dockerfile_inline", TEXT),
        ("entitlements", TEXTS),
        ("args", LIST_OR_MAPPING),
        ("ssh", LIST_OR_MAPPING),
        ("labels", LIST_OR_MAPPING),
        ("cache_from", TEXTS),
        ("cache_to", TEXTS),
        ("no_cache", SWITCH),
        ("additional_contexts", LIST_OR_MAPPING),
        ("network", TEXT),
        ("provenance", SWITCH),
        ("sbom", SWITCH),
        ("pull", SWITCH),
        ("target", TEXT),
        ("shm_size", WHOLE),
        ("extra_hosts", EXTRA_HOSTS),
        ("isolation", TEXT),
        ("privileged", SWITCH),
        ("secrets", FILE_REFERENCES),
        ("tags", TEXTS),
        ("ulimits", ULIMITS),
        ("platforms", TEXTS),
    ],
    ..CLOSED
};

const BLOCK_IO_LIMIT: Shape =
    Shape::List(&Shape::Mapping(&Mapping { keys: &[("path", TEXT), ("rate", WHOLE)], extensions: false, ..CLOSED }));

const BLOCK_IO: Mapping = Mapping {
    keys: &[
        ("device_read_bps", BLOCK_IO_LIMIT),
        ("device_read_iops", BLOCK_IO_LIMIT),
        ("device_write_bps", BLOCK_IO_LIMIT),
        ("device_write_iops", BLOCK_IO_LIMIT),
        ("weight", WHOLE),
        (
            "weight_device",
            Shape::List(&Shape::Mapping(&Mapping {
                keys: &[("path", TEXT), ("weight", WHOLE)],
                extensions: false,
                ..CLOSED
            })),
        ),
    ],
    extensions: false,
    ..CLOSED
};

const FILE_REFERENCES: Shape = Shape::List(&Shape::OneOf(&[
    TEXT,
    Shape::Mapping(&Mapping {
        keys: &[("source", TEXT), ("target", TEXT), ("uid", TEXT), ("gid", TEXT), ("mode", NUMBER)],
        ..CLOSED
    }),
]));

const DEPENDENCIES: Mapping = Mapping {
    named: Some((
        is_identifier,
        Shape::Mapping(&Mapping {
            keys: &[
                ("restart", SWITCH),
                ("required", BOOLEAN),
                ("condition", Shape::Choice(&["service_started", "service_healthy", "service_completed_successfully"])),
            ],
            required: &["condition"],
            ..CLOSED
        }),
    )),
    extensions: false,
    ..CLOSED
};

const DEVICE: Shape = Shape::OneOf(&[
    TEXT,
    Shape::Mapping(&Mapping {
        keys: &[("source", TEXT), ("target", TEXT), ("permissions", TEXT)],
        required: &["source"],
        ..CLOSED
    }),
]);

const ENV_FILE: Shape = Shape::OneOf(&[
    TEXT,
    Shape::Mapping(&Mapping {
        keys: &[("path", TEXT), ("format", TEXT), ("required", SWITCH)],
        required: &["path"],
        extensions: false,
        ..CLOSED
    }),
]);

const EXTENDS: Mapping =
    Mapping { keys: &[("service", TEXT), ("file", TEXT)], required: &["service"], extensions: false, ..CLOSED };

const SIMPLE: &[Type] = &[Type::Text, Type::Number, Type::Boolean];

const PROVIDER: Mapping = Mapping {
    keys: &[
        ("type", TEXT),
        (
            "options",
            Shape::Mapping(&Mapping {
                named: Some((is_named, Shape::OneOf(&[Shape::Types(SIMPLE), Shape::List(&Shape::Types(SIMPLE))]))),
                open: true,
                ..CLOSED
            }),
        ),
    ],
    required: &["type"],
    ..CLOSED
};

const EXTRA_HOSTS: Shape = Shape::OneOf(&[
    Shape::Mapping(&Mapping { named: Some((is_named, Shape::OneOf(&[TEXT, TEXTS]))), extensions: false, ..CLOSED }),
    TEXT_SET,
]);

const HEALTH_CHECK: Mapping = Mapping {
    keys: &[
        ("disable", SWITCH),
        ("interval", TEXT),
        ("retries", NUMBER),
        ("test", Shape::OneOf(&[TEXT, TEXTS])),
        ("timeout", TEXT),
        ("start_period", TEXT),
        ("start_interval", TEXT),
    ],
    ..CLOSED
};

const LOGGING: Mapping = Mapping {
    keys: &[
        ("driver", TEXT),
        (
            "options",
            Shape::Mapping(&Mapping {
                named: Some((is_named, Shape::Types(&[Type::Text, Type::Number, Type::Null]))),
                open: true,
                ..CLOSED
            }),
        ),
    ],
    ..CLOSED
};

const NULL: Shape = Shape::Types(&[Type::Null]);

const MODELS: Mapping = Mapping {
    named: Some((
        is_identifier,
        Shape::OneOf(&[
            Shape::Mapping(&Mapping { keys: &[("endpoint_var", TEXT), ("model_var", TEXT)], ..CLOSED }),
            NULL,
        ]),
    )),
    open: true,
    ..CLOSED
};

const NETWORKS: Mapping = Mapping {
    named: Some((is_identifier, Shape::OneOf(&[Shape::Mapping(&ATTACHMENT), NULL]))),
    extensions: false,
    ..CLOSED
};

const ATTACHMENT: Mapping = Mapping {
    keys: &[
        ("aliases", TEXT_SET),
        ("interface_name", TEXT),
        ("ipv4_address", TEXT),
        ("ipv6_address", TEXT),
        ("link_local_ips", TEXT_SET),
        ("mac_address", TEXT),
        ("driver_opts", OPTIONS),
        ("priority", Shape::Types(&[Type::Number])),
        ("gw_priority", Shape::Types(&[Type::Number])),
    ],
    ..CLOSED
};

const PORT: Shape = Shape::OneOf(&[
    Shape::Types(&[Type::Number]),
    TEXT,
    Shape::Mapping(&Mapping {
        keys: &[
            ("name", TEXT),
            ("mode", TEXT),
            ("host_ip", TEXT),
            ("target", WHOLE),
            ("published", WHOLE),
            ("protocol", TEXT),
            ("app_protocol", TEXT),
        ],
        ..CLOSED
    }),
]);

pub(super) const HOOK: Shape = Shape::Mapping(&Mapping {
    keys: &[
        ("command", COMMAND),
        ("user", TEXT),
        ("privileged", SWITCH),
        ("working_dir", TEXT),
        ("environment", LIST_OR_MAPPING),
    ],
    required: &["command"],
    ..CLOSED
});

const ULIMITS: Shape = Shape::Mapping(&Mapping {
    named: Some((
        |name| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase()),
        Shape::OneOf(&[
            WHOLE,
            Shape::Mapping(&Mapping {
                keys: &[("hard", WHOLE), ("soft", WHOLE)],
                required: &["soft", "hard"],
                ..CLOSED
            }),
        ]),
    )),
    open: true,
    ..CLOSED
});

const VOLUME: Shape = Shape::OneOf(&[
    TEXT,
    Shape::Mapping(&Mapping {
        keys: &[
            ("type", Shape::Choice(&["bind", "volume", "tmpfs", "cluster", "npipe", "image"])),
            ("source", TEXT),
            ("target", TEXT),
            ("read_only", SWITCH),
            ("consistency", TEXT),
            (
                "bind",
                Shape::Mapping(&Mapping {
                    keys: &[
                        ("propagation", TEXT),
                        ("create_host_path", SWITCH),
                        ("recursive", Shape::Choice(&["enabled", "disabled", "writable", "readonly"])),
                        ("selinux", Shape::Choice(&["z", "Z"])),
                    ],
                    ..CLOSED
                }),
            ),
            (
                "volume",
                Shape::Mapping(&Mapping {
                    keys: &[("labels", LIST_OR_MAPPING), ("nocopy", SWITCH), ("subpath", TEXT)],
                    ..CLOSED
                }),
            ),
            (
                "tmpfs",
                Shape::Mapping(&Mapping {
                    keys: &[("size", Shape::OneOf(&[Shape::Range(0, None), TEXT])), ("mode", NUMBER)],
                    ..CLOSED
                }),
            ),
            ("image", Shape::Mapping(&Mapping { keys: &[("subpath", TEXT)], ..CLOSED })),
        ],
        required: &["type"],
        ..CLOSED
    }),
]);
