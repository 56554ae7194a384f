//! The Engine API as types: what a client asks of the daemon, what it answers, and how it refuses.
//!
//! Promises: every request is answered at once. What takes time (a pull, a build, a stop) is begun by one request and
//! followed by others; the client waits between them with [`crate::world::process::Wait::Engine`].
//! Must not know: the command line.

mod request;
mod response;

pub use request::*;
pub use response::*;

/// The version of the Engine API that is modelled.
pub const API_VERSION: &str = "1.51";
/// The version of Docker Engine that is modelled, as Debian builds it.
pub const ENGINE_VERSION: &str = "28.5.2+dfsg4";

/// Why the daemon refuses, with the status that it answers over HTTP.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ApiError {
    /// The HTTP status: 304 not modified, 400 bad parameter, 404 not found, 409 conflict, 500 failed; 0 when there
    /// was no answer at all.
    pub status: u16,
    /// The daemon's text; the client puts «Error response from daemon: » in front.
    pub message: String,
}

impl ApiError {
    /// A refusal with an HTTP status.
    pub fn new(status: u16, message: impl Into<String>) -> ApiError {
        ApiError { status, message: message.into() }
    }

    /// 400.
    pub fn invalid(message: impl Into<String>) -> ApiError {
        ApiError::new(400, message)
    }

    /// 404.
    pub fn not_found(message: impl Into<String>) -> ApiError {
        ApiError::new(404, message)
    }

    /// 409.
    pub fn conflict(message: impl Into<String>) -> ApiError {
        ApiError::new(409, message)
    }

    /// 500.
    pub fn failed(message: impl Into<String>) -> ApiError {
        ApiError::new(500, message)
    }

    /// Nobody listens on the socket.
    pub fn unreachable() -> ApiError {
        let socket = "unix:///var/run/docker.sock";
        ApiError::new(0, format!("Cannot connect to the Docker daemon at {socket}. Is the docker daemon running?"))
    }

    /// 501: Docker has it, the model has not. The client says so plainly.
    pub fn not_modelled(what: impl Into<String>) -> ApiError {
        ApiError::new(501, what)
    }
}
