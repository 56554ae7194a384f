//! `docker images`: which images are listed, and what a row says.
//!
//! Promises: newest first; filters as moby's `daemon/images/images.go` has them. Must not know: how a row is printed.

use std::cmp::Reverse;
use std::time::Duration;

use super::api::{ApiError, Filters, ImageSummary, Response};
use super::glob;
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

/// The filters of a list (moby, `daemon/images/images.go`, `acceptedImageFilterTags`).
const LIST_FILTERS: [&str; 7] = ["dangling", "label", "label!", "before", "since", "reference", "until"];
/// The filters of a prune (moby, `daemon/images/image_prune.go`, `imagesAcceptedFilters`).
const PRUNE_FILTERS: [&str; 4] = ["dangling", "label", "label!", "until"];

impl ImageFilter {
    fn parse(filters: &Filters, accepted: &[&str], now: Time) -> Result<ImageFilter, ApiError> {
        if let Some(unknown) = filters.keys().find(|name| !accepted.contains(&name.as_str())) {
            return Err(ApiError::invalid(format!("invalid filter '{unknown}'")));
        }
        let values = |name: &str| filters.get(name).cloned().unwrap_or_default();
        let until = match values("until").first() {
            Some(text) => Some(parse_moment(text, now)?),
            None => None,
        };
        let (labels, without_labels) = (values("label"), values("label!"));
        Ok(ImageFilter { labels, without_labels, until, ..ImageFilter::default() })
    }

    /// The filter of `docker image prune`.
    ///
    /// # Errors
    /// 400 for a filter that it does not have.
    pub(super) fn for_prune(filters: &Filters, now: Time) -> Result<ImageFilter, ApiError> {
        ImageFilter::parse(filters, &PRUNE_FILTERS, now)
    }

    /// Whether an image is meant.
    pub(super) fn admits(&self, image: &Image) -> bool {
        let created = image.created().unwrap_or(Time::EPOCH);
        let labels = &image.config().config.labels;
        let has = |label: &String| match label.split_once('=') {
            Some((name, value)) => labels.get(name).is_some_and(|known| known == value),
            None => labels.contains_key(label),
        };
        self.before.is_none_or(|before| created < before)
            && self.since.is_none_or(|since| created > since)
            && self.until.is_none_or(|until| created <= until)
            && self.labels.iter().all(has)
            && !self.without_labels.iter().any(has)
    }
}

impl Daemon {
    pub(super) fn image_list(&self, context: &Context, all: bool, filters: &Filters) -> Answer {
        let mut filter = ImageFilter::parse(filters, &LIST_FILTERS, context.now)?;
        for (name, bound) in [("before", &mut filter.before), ("since", &mut filter.since)] {
            for image in filters.get(name).into_iter().flatten() {
                *bound = Some(self.images.lookup(image)?.created().unwrap_or(Time::EPOCH));
            }
        }
        let dangling = match filters.get("dangling").and_then(|values| values.first()) {
            Some(value) => {
                Some(parse_bool(value).ok_or_else(|| ApiError::invalid(format!("invalid filter 'dangling={value}'")))?)
            }
            None => None,
        };
        let references = filters.get("reference").map(Vec::as_slice);
        let mut summaries: Vec<ImageSummary> = self
            .images
            .iter()
            .filter(|image| filter.admits(image))
            .filter_map(|image| self.summary(image, all, dangling, references))
            .collect();
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
        let kept_off = if nameless {
            dangling == Some(false) || references.is_some() || (!all && self.images.has_children(&id))
        } else {
            dangling == Some(true) && !tags.is_empty()
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

/// Go's `strconv.ParseBool`.
pub(super) fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
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
