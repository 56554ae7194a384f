//! `docker buildx version`, `ls`, `du` and `imagetools inspect`: the one builder that there is, its cache, and images in registries.
//!
//! Promises: the texts of Buildx 0.29. Must not know how an image is built.

use std::borrow::Cow;

use crate::client::credentials;
use crate::client::execute::rows::{self, Columns};
use crate::client::program::Client;
use crate::client::template::output::Header;
use crate::client::units::{go_time, human_duration, human_size};
use crate::world::clock::Time;
use crate::world::daemon::api::{BuildRecord, Request, Response};
use crate::world::daemon::reference::Reference;
use crate::world::process::System;
use crate::world::registry::RegistryError;

const USAGE: &str = "table {{.ID}}\t{{.Reclaimable}}\t{{.Size}}\t{{.LastAccessed}}";

/// `docker buildx version`.
///
/// # Errors
/// None.
pub fn version(client: &mut Client, _system: &mut System<'_>) -> Result<(), i32> {
    client.out("github.com/docker/buildx 0.29.1+ds1 0.29.1+ds1-4\n");
    Ok(())
}

/// `docker buildx ls`: the engine's own builder.
///
/// # Errors
/// None.
pub fn list(client: &mut Client, system: &mut System<'_>) -> Result<(), i32> {
    let platforms = match &*system.look().architecture {
        "aarch64" => "linux/arm64",
        _ => "linux/amd64 (+4), linux/386",
    };
    client.out(format!(
        "NAME/NODE     DRIVER/ENDPOINT   STATUS    BUILDKIT         PLATFORMS\n\
         default*      docker                                       \n \
         \\_ default    \\_ default       running   v0.0.0+unknown   {platforms}\n"
    ));
    Ok(())
}

struct UsageRow {
    record: BuildRecord,
    now: Time,
}

impl Columns for UsageRow {
    const TYPE: &'static str = "*commands.diskusageContext";
    const NAMES: &'static [&'static str] = &["ID", "LastAccessed", "Reclaimable", "Size"];
    const TITLES: Header =
        Header(&[("ID", "ID"), ("Reclaimable", "RECLAIMABLE"), ("Size", "SIZE"), ("LastAccessed", "LAST ACCESSED")]);

    fn column(&self, name: &str) -> Cow<'_, str> {
        Cow::Owned(match name {
            "ID" => shown_id(&self.record),
            "Reclaimable" => "true".to_owned(),
            "Size" if self.record.shared => human_size(self.record.size) + "*",
            "Size" => human_size(self.record.size),
            _ => ago(&self.record, self.now),
        })
    }
}

/// A record's ID, marked if the next build may change what it stands for.
pub fn shown_id(record: &BuildRecord) -> String {
    format!("{}{}", record.id, if record.mutable { "*" } else { "" })
}

/// How long ago a record was used.
pub fn ago(record: &BuildRecord, now: Time) -> String {
    human_duration(now.since(record.used)) + " ago"
}

/// `docker buildx du`.
///
/// # Errors
/// The exit code.
pub fn usage(client: &mut Client, system: &mut System<'_>) -> Result<(), i32> {
    let Response::BuildRecords(mut records) = client.ask(system, Request::BuildCacheList)? else { return Err(1) };
    records.sort_by(|a, b| (a.size, &a.id).cmp(&(b.size, &b.id)));
    let sum = |wanted: &dyn Fn(&BuildRecord) -> bool| {
        records.iter().filter(|record| wanted(record)).map(|record| record.size).fold(0, u64::saturating_add)
    };
    let (now, total, shared) = (system.now(), sum(&|_| true), sum(&|record| record.shared));
    if client.invocation.parsed.on("verbose") {
        client.out(records.iter().map(|record| described(record, now)).collect::<String>());
        client.out(totals(total, shared));
        return Ok(());
    }
    let rows: Vec<UsageRow> = records.into_iter().map(|record| UsageRow { record, now }).collect();
    rows::print(client, client.invocation.clone().parsed.text("format").unwrap_or_default(), USAGE, &rows)?;
    client.out(totals(total, shared));
    Ok(())
}

/// The last lines of `docker buildx du`: bytes of everything, and of what images share.
fn totals(total: u64, shared: u64) -> String {
    let mut text = String::new();
    if shared > 0 {
        let private = human_size(total.saturating_sub(shared));
        text.push_str(&format!("Shared:\t\t{}\nPrivate:\t{private}\n", human_size(shared)));
    }
    let total = human_size(total);
    text + &format!("Reclaimable:\t{total}\nTotal:\t\t{total}\n")
}

/// A record as `docker buildx du --verbose` tells it. What it stands on is left out.
fn described(record: &BuildRecord, now: Time) -> String {
    let BuildRecord { id, record_type, description, created, uses, mutable, shared, .. } = record;
    let (size, used) = (human_size(record.size), ago(record, now));
    format!(
        "ID:           {id}\nCreated at:   {}\nMutable:      {mutable}\nReclaimable:  true\nShared:       {shared}\n\
         Size:         {size}\nDescription:  {description}\nUsage count:  {uses}\nLast used:    {used}\n\
         Type:         {record_type}\n\n",
        go_time(*created)
    )
}

/// `docker buildx imagetools inspect`.
///
/// # Errors
/// The exit code.
pub fn inspect(client: &mut Client, system: &mut System<'_>) -> Result<(), i32> {
    let invocation = client.invocation.clone();
    let name = invocation.parsed.arguments.first().cloned().unwrap_or_default();
    let complain = |client: &mut Client, text: String| {
        client.err(format!("ERROR: {text}\n"));
        1
    };
    let reference = Reference::parse(&name).map(Reference::with_default_tag);
    let reference = reference.map_err(|error| complain(client, error.to_string()))?;
    let credentials = credentials::of(system, &reference.to_string());
    let served = system.registry_get(&reference, credentials.as_ref()).map_err(|error| {
        let text = match error {
            RegistryError::PullDenied { .. } => format!(
                "{reference}: pull access denied, repository does not exist or may require authorization: \
                 server message: insufficient_scope: authorization failed"
            ),
            RegistryError::ManifestUnknown { .. } | RegistryError::RepositoryUnknown { .. } => {
                format!("{reference}: not found")
            }
            other => format!("failed to do request: {other}"),
        };
        complain(client, text)
    })?;
    if invocation.parsed.on("raw") {
        client.out(served.bytes());
        return Ok(());
    }
    let mut text =
        format!("Name:      {reference}\nMediaType: {}\nDigest:    {}\n", served.media_type(), served.digest);
    if served.index.is_some() {
        text.push_str("           \nManifests: \n");
        let listed = served.variants.iter().map(|variant| {
            let (media_type, platform) = (variant.manifest.format.manifest(), &variant.platform);
            let digest = variant.digest;
            format!("  Name:      {reference}@{digest}\n  MediaType: {media_type}\n  Platform:  {platform}\n")
        });
        // The empty line between two is as wide as their first column.
        text.push_str(&listed.collect::<Vec<_>>().join("             \n"));
    }
    client.out(text);
    Ok(())
}
