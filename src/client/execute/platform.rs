//! `--platform`: what the client checks before it asks.

use crate::client::program::Client;
use crate::world::registry::platform::Platform;

/// Refuses what is no platform, in the words of containerd behind those of the command.
///
/// # Errors
/// The exit code.
pub fn check_platform(client: &mut Client, platform: &str, before: &str) -> Result<(), i32> {
    // The client is built for amd64, and takes that where nothing is said.
    Platform::parse(platform, &Platform::linux("amd64")).map(drop).map_err(|error| {
        client.err(format!("{before}{error}\n"));
        1
    })
}

/// The value of `--platform`, if one was given.
///
/// # Errors
/// As [`check_platform`].
pub fn platform(client: &mut Client, before: &str) -> Result<Option<String>, i32> {
    let platform = client.invocation.parsed.text("platform").filter(|text| !text.is_empty()).map(str::to_owned);
    if let Some(platform) = &platform {
        check_platform(client, platform, before)?;
    }
    Ok(platform)
}
