//! `docker images`: docker/cli `formatter/image.go`.

use std::borrow::Cow;

use crate::client::execute::rows::{self, Columns};
use crate::client::program::Client;
use crate::client::template::output::Header;
use crate::client::truncation::truncate_id;
use crate::client::units::{go_time, human_duration, human_size, human_size_with_precision};
use crate::world::clock::Time;
use crate::world::daemon::api::{ImageSummary, Request, Response};
use crate::world::daemon::reference::Reference;
use crate::world::process::System;

const TABLE: &str = "table {{.Repository}}\t{{.Tag}}\t{{.ID}}\t\
                     {{if .CreatedSince }}{{.CreatedSince}}{{else}}N/A{{end}}\t{{.Size}}";
const TABLE_WITH_DIGEST: &str = "table {{.Repository}}\t{{.Tag}}\t{{.Digest}}\t{{.ID}}\t\
                                 {{if .CreatedSince }}{{.CreatedSince}}{{else}}N/A{{end}}\t{{.Size}}";
const NONE: &str = "<none>";

struct ImageRow<'i> {
    image: &'i ImageSummary,
    repository: String,
    tag: String,
    digest: String,
    whole: bool,
    now: Time,
}

impl Columns for ImageRow<'_> {
    const TYPE: &'static str = "*formatter.imageContext";
    const NAMES: &'static [&'static str] = &[
        "Containers",
        "CreatedAt",
        "CreatedSince",
        "Digest",
        "ID",
        "Repository",
        "SharedSize",
        "Size",
        "Tag",
        "UniqueSize",
        "VirtualSize",
    ];
    const TITLES: Header = Header(&[
        ("ID", "IMAGE ID"),
        ("Repository", "REPOSITORY"),
        ("Tag", "TAG"),
        ("Digest", "DIGEST"),
        ("CreatedSince", "CREATED"),
        ("CreatedAt", "CREATED AT"),
        ("Size", "SIZE"),
        ("Containers", "CONTAINERS"),
        ("SharedSize", "SHARED SIZE"),
        ("UniqueSize", "UNIQUE SIZE"),
        ("VirtualSize", "SIZE"),
    ]);

    fn column(&self, name: &str) -> Cow<'_, str> {
        let id = self.image.id.to_string();
        Cow::Owned(match name {
            "ID" if self.whole => id,
            "ID" => truncate_id(&id).to_owned(),
            "Repository" => self.repository.clone(),
            "Tag" => self.tag.clone(),
            "Digest" => self.digest.clone(),
            "CreatedSince" => {
                self.image.created.map_or_else(String::new, |made| human_duration(self.now.since(made)) + " ago")
            }
            "CreatedAt" => {
                self.image.created.map_or_else(String::new, |made| go_time(Time::from_seconds(made.seconds())))
            }
            "Size" => human_size_with_precision(self.image.size, 3),
            "Containers" => self.image.containers.to_string(),
            "VirtualSize" => human_size(self.image.size),
            "SharedSize" | "UniqueSize" => "N/A".to_owned(),
            _ => String::new(),
        })
    }
}

/// A row for each tag of an image, or for each of its digests if it has no tag.
fn rows_of(image: &ImageSummary, with_digests: bool, whole: bool, now: Time) -> Vec<ImageRow<'_>> {
    let row = |repository: &str, tag: &str, digest: &str| ImageRow {
        image,
        repository: repository.to_owned(),
        tag: tag.to_owned(),
        digest: digest.to_owned(),
        whole,
        now,
    };
    let references =
        |texts: &[String]| -> Vec<Reference> { texts.iter().filter_map(|text| Reference::parse(text).ok()).collect() };
    let (tags, digests) = (references(&image.tags), references(&image.digests));
    if tags.is_empty() && digests.is_empty() {
        return vec![row(NONE, NONE, NONE)];
    }
    let mut rows = Vec::new();
    let mut repositories: Vec<String> = Vec::new();
    for tag in &tags {
        if !repositories.contains(&tag.familiar_name()) {
            repositories.push(tag.familiar_name());
        }
    }
    for repository in &repositories {
        let of_repository = digests.iter().filter(|digest| digest.familiar_name() == *repository);
        let its_digests: Vec<&str> = of_repository.filter_map(Reference::digest).collect();
        for tag in tags.iter().filter(|tag| tag.familiar_name() == *repository).filter_map(Reference::tag) {
            if !with_digests || its_digests.is_empty() {
                rows.push(row(repository, tag, NONE));
            } else {
                rows.extend(its_digests.iter().map(|digest| row(repository, tag, digest)));
            }
        }
    }
    let mut untagged: Vec<String> = Vec::new();
    for digest in digests.iter().filter(|digest| !repositories.contains(&digest.familiar_name())) {
        let repository = digest.familiar_name();
        if with_digests {
            rows.push(row(&repository, NONE, digest.digest().unwrap_or(NONE)));
        } else if !untagged.contains(&repository) {
            rows.push(row(&repository, NONE, ""));
            untagged.push(repository);
        }
    }
    rows
}

/// `docker images`.
///
/// # Errors
/// The exit code.
pub fn list(client: &mut Client, system: &mut System<'_>) -> Result<(), i32> {
    let invocation = client.invocation.clone();
    let parsed = &invocation.parsed;
    let mut filters = rows::filters(client);
    if let Some(name) = parsed.arguments.first() {
        filters.entry("reference".to_owned()).or_default().push(name.clone());
    }
    let request = Request::ImageList { all: parsed.on("all"), filters };
    let Response::Images(images) = client.ask(system, request)? else { return Ok(()) };
    let format = parsed.text("format").unwrap_or_default();
    let digests = parsed.on("digests") || format.contains("{{.Digest}}");
    let (whole, now) = (parsed.on("no-trunc"), system.now());
    let rows: Vec<ImageRow<'_>> = images.iter().flat_map(|image| rows_of(image, digests, whole, now)).collect();
    match matches!(format, "" | "table") && parsed.on("quiet") {
        true => rows::print(client, "{{.ID}}", TABLE, &rows),
        false if parsed.on("digests") => rows::print(client, format, TABLE_WITH_DIGEST, &rows),
        false => rows::print(client, format, TABLE, &rows),
    }
}
