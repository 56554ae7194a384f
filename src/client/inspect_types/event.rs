//! An entry of the engine's log, as `docker events --format` sees it.
//!
//! Names, order, keys and types of `github.com/docker/docker/api/types/events`, Engine 28.5. Data only.

use super::super::template::{GoType, StructType};
use super::field;

pub(super) static EVENTS_MESSAGE: StructType = StructType {
    name: "events.Message",
    fields: &[
        field("Status", "status", GoType::Text),
        field("ID", "id", GoType::Text),
        field("From", "from", GoType::Text),
        field("Type", "Type", GoType::Text),
        field("Action", "Action", GoType::Text),
        field("Actor", "Actor", GoType::Struct(&EVENTS_ACTOR)),
        field("Scope", "scope", GoType::Text),
        field("Time", "time", GoType::Int),
        field("TimeNano", "timeNano", GoType::Int),
    ],
};

static EVENTS_ACTOR: StructType = StructType {
    name: "events.Actor",
    fields: &[field("ID", "ID", GoType::Text), field("Attributes", "Attributes", GoType::Map(&GoType::Text))],
};
