//! Which container a person means: by ID, by name, or by the beginning of an ID.

use std::sync::Arc;

use super::Daemon;
use super::api::ApiError;
use super::container::Container;

impl Daemon {
    /// The container that `text` names (moby `GetContainer`: full ID, then name, then the beginning of an ID).
    ///
    /// # Errors
    /// 404 when there is none, 400 when several IDs begin so.
    pub fn find(&self, text: &str) -> Result<&Arc<Container>, ApiError> {
        if let Some(container) = self.containers.get(text) {
            return Ok(container);
        }
        let name = text.strip_prefix('/').unwrap_or(text);
        if let Some(container) = self.names.get(name).and_then(|id| self.containers.get(id)) {
            return Ok(container);
        }
        if text.is_empty() {
            return Err(ApiError::invalid("prefix can't be empty"));
        }
        let mut found = self
            .containers
            .range::<_, str>((std::ops::Bound::Included(text), std::ops::Bound::Unbounded))
            .take_while(|(id, _)| id.starts_with(text));
        let first = found.next().map(|(_, container)| container);
        match (first, found.next()) {
            (Some(container), None) => Ok(container),
            (Some(_), Some(_)) => Err(ApiError::invalid(format!("multiple IDs found with provided prefix: {text}"))),
            (None, _) => Err(ApiError::not_found(format!("No such container: {text}"))),
        }
    }

    /// As [`Daemon::find`], the ID alone.
    ///
    /// # Errors
    /// As [`Daemon::find`].
    pub(super) fn find_id(&self, text: &str) -> Result<Arc<str>, ApiError> {
        self.find(text).map(|container| container.id.clone())
    }

    /// Changes a container that is there.
    pub(super) fn change<T>(&mut self, id: &str, change: impl FnOnce(&mut Container) -> T) -> Option<T> {
        self.containers.get_mut(id).map(|container| change(Arc::make_mut(container)))
    }
}
