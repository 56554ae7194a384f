//! `extends`: a service that begins as another one.
//!
//! Promises: chains across files, and an error for a chain that bites its tail (compose-go `loader/extends.go`).

use serde_json::{Map, Value};

use super::load::{Loader, NO_CHAIN, Place, reset};
use super::merge;
use crate::client::compose::ComposeError;

/// The services that extend each other so far: file and name.
#[derive(Clone, Debug, Default)]
pub(super) struct Chain(Vec<(String, String)>);

impl Chain {
    pub(super) const fn new() -> Chain {
        Chain(Vec::new())
    }

    /// The chain with one more.
    fn with(&self, file: &str, service: &str) -> Result<Chain, ComposeError> {
        let next = (file.to_owned(), service.to_owned());
        let mut links = self.0.clone();
        let closes = links.contains(&next);
        links.push(next);
        if !closes {
            return Ok(Chain(links));
        }
        let mut text = "Circular reference:".to_owned();
        for (index, (file, service)) in links.iter().enumerate() {
            let verb = if index == 0 { "" } else { "extends " };
            text.push_str(&format!("\n  {verb}{service} in {file}"));
        }
        Err(ComposeError::Message(text))
    }
}

/// Replaces each service that extends another by the two put together.
///
/// # Errors
/// Services that are not there, and circles.
pub(super) fn apply(
    loader: &mut Loader<'_>,
    file: &mut Value,
    name: &str,
    place: Place<'_>,
    resets: &[Vec<String>],
) -> Result<(), ComposeError> {
    let Some(services) = file.get_mut("services") else { return Ok(()) };
    let Value::Object(services) = services else {
        return Err(ComposeError::Message("services must be a mapping".to_owned()));
    };
    let names: Vec<String> = services.keys().cloned().collect();
    for service in names {
        let merged = one(loader, &service, services, name, place, &NO_CHAIN, resets)?;
        services.insert(service, merged);
    }
    Ok(())
}

fn one(
    loader: &mut Loader<'_>,
    name: &str,
    services: &mut Map<String, Value>,
    file: &str,
    place: Place<'_>,
    chain: &Chain,
    resets: &[Vec<String>],
) -> Result<Value, ComposeError> {
    let message = |text: String| Err(ComposeError::Message(text));
    let service = match services.get(name) {
        None | Some(Value::Null) => return Ok(Value::Null),
        Some(Value::Object(service)) => service.clone(),
        Some(_) => return message(format!("services.{name} must be a mapping")),
    };
    let (reference, other_file) = match service.get("extends") {
        None => return Ok(Value::Object(service)),
        Some(Value::String(reference)) => (reference.clone(), None),
        Some(Value::Object(extends)) => match extends.get("service") {
            Some(Value::String(reference)) => {
                let file = extends.get("file").and_then(Value::as_str).map(str::to_owned);
                (reference.clone(), file)
            }
            _ => return message(format!("extends.{name}.service is required")),
        },
        Some(_) => (String::new(), None),
    };
    let base = match &other_file {
        Some(other) => {
            let (mut others, their_resets) = loader.services_of(other, name, &reference, file, place)?;
            let chain = chain.with(other, name)?;
            one(loader, &reference, &mut others, file, place, &chain, &their_resets)?
        }
        None => {
            if !services.contains_key(&reference) {
                let quoted = crate::client::units::go_quote;
                return message(format!(
                    "cannot extend service {} in {file}: service {} not found",
                    quoted(name),
                    quoted(&reference)
                ));
            }
            let chain = chain.with(file, name)?;
            one(loader, &reference, services, file, place, &chain, &[])?
        }
    };
    if base.is_null() {
        return Ok(Value::Object(service));
    }
    let mut wrapped = serde_json::json!({"services": {name: base}});
    reset(&mut wrapped, resets);
    let base = wrapped.pointer_mut("/services").and_then(|services| services.get_mut(name)).map(Value::take);
    let mut merged = merge::extend_service(base.unwrap_or(Value::Null), Value::Object(service))?;
    if let Value::Object(merged) = &mut merged {
        merged.shift_remove("extends");
    }
    services.insert(name.to_owned(), merged.clone());
    Ok(merged)
}
