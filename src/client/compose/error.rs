//! Why Compose does not do what it was asked to.

use super::shape::Violation;
use super::yaml::YamlError;
use crate::world::daemon::api::ApiError;

/// A refusal, in Compose's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ComposeError {
    /// A file that is not YAML, where its name is not told.
    #[error(transparent)]
    Yaml(#[from] YamlError),
    /// A file that is not YAML.
    #[error("failed to parse {file}: {error}")]
    Unreadable { file: String, error: YamlError },
    /// A file of the wrong shape.
    #[error("validating {file}: {violation}")]
    Shape { file: String, violation: Violation },
    #[error("top-level object must be a mapping")]
    TopLevel,
    /// Parts of a project that do not fit together.
    #[error("{0}: invalid compose project")]
    Invalid(String),
    #[error("no such service: {name}: {why}")]
    NoService { name: String, why: &'static str },
    /// What the daemon refused.
    #[error("{}", crate::client::program::daemon_error(.0))]
    Engine(#[from] ApiError),
    /// The program ends with this code, as something in a container did.
    #[error("{text}")]
    Exit { code: i32, text: String },
    /// Anything else.
    #[error("{0}")]
    Message(String),
    /// What Compose has and Layerlab has not.
    #[error("{}", crate::client::commands::not_modelled(.0))]
    NotModelled(String),
}
