//! `docker images`: which images are listed, and what a row says.
//!
//! Promises: newest first; filters as moby's `daemon/images/images.go` has them. Must not know: how a row is printed.

use std::cmp::Reverse;
use std::time::Duration;

use super::api::{ApiError, Filters, ImageSummary, Response};
use super::glob;
use super::image_store::ImageStore;
use super::reference::Reference;
use super::{Answer, Daemon};
use crate::world::clock::Time;
use crate::world::context::Context;
use crate::world::registry::image::Image;

/// What a list of images asks for of each image.
#[derive(Clone, Debug, Default)]
pub(super) struct ImageFilter {
    labels: Vec<String>,
    without_labels: Vec<String>,
    /// Made before this moment.
    before: Option<Time>,
    /// Made after this moment.
    since: Option<Time>,
    /// Made no later than this moment.
    until: Option<Time>,
}

/// The filters of a list (moby, `daemon/images/image_list.go`, `acceptedImageFilterTags`).
const LIST_FILTERS: [&str; 6] = ["dangling", "label", "before", "since", "reference", "until"];
/// The filters of a prune (moby, `daemon/images/image_prune.go`, `imagesAcceptedFilters`).
const PRUNE_FILTERS: [&str; 4] = ["dangling", "label", "label!", "until"];

/// The values of a filter.
fn values<'f>(filters: &'f Filters, name: &str) -> &'f [String] {
    filters.get(name).map_or(&[], Vec::as_slice)
}

fn check_names(filters: &Filters, accepted: &[&str]) -> Result<(), ApiError> {
    match filters.keys().find(|name| !accepted.contains(&name.as_str())) {
        Some(unknown) => Err(ApiError::invalid(format!("invalid filter '{unknown}'"))),
        None => Ok(()),
    }
}

/// The filter `dangling`, if there is one (moby `filters.Args.GetBoolOrDefault`).
///
/// # Errors
/// 400 for what is neither true nor false, or both.
pub(super) fn dangling(filters: &Filters) -> Result<Option<bool>, ApiError> {
    let given = values(filters, "dangling");
    let meant = |wanted: [&str; 2]| given.iter().any(|value| wanted.contains(&value.as_str()));
    match (given, meant(["1", "true"]), meant(["0", "false"])) {
        ([], ..) => Ok(None),
        (_, true, false) => Ok(Some(true)),
        (_, false, true) => Ok(Some(false)),
        _ => Err(ApiError::invalid(format!("invalid filter 'dangling=[{}]'", given.join(" ")))),
    }
}

impl ImageFilter {
    /// The filter of `docker images`.
    ///
    /// # Errors
    /// 400 for a filter that it does not have, 404 for an image that is not there.
    fn for_list(filters: &Filters, images: &ImageStore, now: Time) -> Result<ImageFilter, ApiError> {
        check_names(filters, &LIST_FILTERS)?;
        let made = |name: &String| images.lookup(name).map(|image| image.created());
        let mut filter = ImageFilter { labels: values(filters, "label").to_vec(), ..ImageFilter::default() };
        for name in values(filters, "before") {
            filter.before = earlier(filter.before, made(name)?);
        }
        for text in values(filters, "until") {
            filter.before = earlier(filter.before, Some(parse_moment(text, now)?));
        }
        for name in values(filters, "since") {
            filter.since = filter.since.max(made(name)?);
        }
        Ok(filter)
    }

    /// The filter of `docker image prune`.
    ///
    /// # Errors
    /// 400 for a filter that it does not have.
    pub(super) fn for_prune(filters: &Filters, now: Time) -> Result<ImageFilter, ApiError> {
        check_names(filters, &PRUNE_FILTERS)?;
        let until = match values(filters, "until") {
            [] => None,
            [text] => Some(parse_moment(text, now)?),
            _ => return Err(ApiError::failed("more than one until filter specified")),
        };
        let (labels, without_labels) = (values(filters, "label").to_vec(), values(filters, "label!").to_vec());
        Ok(ImageFilter { labels, without_labels, until, ..ImageFilter::default() })
    }

    /// Whether an image is meant. One that does not say when it was made is neither before nor after anything.
    pub(super) fn admits(&self, image: &Image) -> bool {
        let created = image.created();
        let labels = &image.config().config.labels;
        let has = |label: &String| match label.split_once('=') {
            Some((name, value)) => labels.get(name).is_some_and(|known| known == value),
            None => labels.contains_key(label),
        };
        self.before.is_none_or(|before| created.is_some_and(|created| created < before))
            && self.since.is_none_or(|since| created.is_some_and(|created| created > since))
            && self.until.is_none_or(|until| created.is_some_and(|created| created <= until))
            && self.labels.iter().all(has)
            && (self.without_labels.is_empty() || !self.without_labels.iter().all(has))
    }
}

/// The earlier of two moments that are known.
fn earlier(one: Option<Time>, other: Option<Time>) -> Option<Time> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

impl Daemon {
    pub(super) fn image_list(&self, context: &Context, all: bool, filters: &Filters) -> Answer {
        let filter = ImageFilter::for_list(filters, &self.images, context.now)?;
        let dangling = dangling(filters)?;
        let references = filters.get("reference").map(Vec::as_slice);
        let mut summaries: Vec<ImageSummary> = self
            .images
            .iter()
            .filter(|image| filter.admits(image))
            .filter_map(|image| self.summary(image, all, dangling, references))
            .collect();
        // Docker sorts by whole seconds; what was made in the same second is here in the order in which it was made.
        summaries.sort_by_key(|summary| Reverse(summary.created));
        Ok(Response::Images(summaries))
    }

    /// The row of an image, unless the names that it has keep it off the list.
    fn summary(
        &self,
        image: &Image,
        all: bool,
        dangling: Option<bool>,
        references: Option<&[String]>,
    ) -> Option<ImageSummary> {
        let id = image.id();
        let (mut tags, mut digests) = (Vec::new(), Vec::new());
        for name in self.images.names_of(&id) {
            if references.is_some_and(|patterns| !patterns.iter().any(|pattern| matches_name(pattern, name))) {
                continue;
            }
            match name.digest() {
                Some(_) => digests.push(name.familiar()),
                None => tags.push(name.familiar()),
            }
        }
        let nameless = tags.is_empty() && digests.is_empty();
        let is_parent = self.images.has_children(&id);
        let kept_off = if nameless {
            dangling == Some(false) || references.is_some() || is_parent && (!all || dangling == Some(true))
        } else {
            dangling == Some(true) && (!tags.is_empty() || is_parent)
        };
        if kept_off {
            return None;
        }
        let containers = self.containers.values().filter(|container| container.image == id).count();
        Some(ImageSummary {
            id,
            tags,
            digests,
            created: image.created(),
            size: image.size(),
            containers: containers as u64,
            labels: image.config().config.labels.clone(),
        })
    }
}

/// `reference.FamiliarMatch`: the pattern of Go's `path.Match` against the name with and without its tag.
fn matches_name(text: &str, name: &Reference) -> bool {
    let matches = |name: &str| glob::matches(text, name).unwrap_or(false);
    matches(&name.familiar()) || matches(&name.familiar_name())
}

/// A moment, or how long ago: `2025-11-03T09:00:00Z`, `2025-11-03`, seconds since 1970, `24h`.
fn parse_moment(text: &str, now: Time) -> Result<Time, ApiError> {
    let moment = if let Ok(seconds) = text.parse::<i64>() {
        Some(Time::from_seconds(seconds))
    } else if let Ok(ago) = super::build::dockerfile::duration::parse(text) {
        Some(now - Duration::from_nanos(u64::try_from(ago).unwrap_or(0)))
    } else {
        Time::parse_rfc3339(text)
            .or_else(|| Time::parse_rfc3339(&format!("{text}Z")))
            .or_else(|| Time::parse_rfc3339(&format!("{text}T00:00:00Z")))
    };
    moment.ok_or_else(|| ApiError::invalid(format!("failed to parse value as time or duration: \"{text}\"")))
}
