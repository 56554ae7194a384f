//! The end of a build: the result becomes an image with a name.
//!
//! Promises: the same steps from the cache give the same image ID, because steps keep the dates of their layers. Must not know: how
//! the layers were made.

use std::sync::Arc;

use super::super::Daemon;
use super::super::api::JobMessage;
use super::super::reference::Reference;
use super::execute::STEP;
use super::graph::Graph;
use super::progress::BuildMessage;
use super::{Build, build, history};
use crate::world::clock::Time;
use crate::world::context::Context;
use crate::world::event::EventKind;
use crate::world::registry::config::History;
use crate::world::registry::image::Image;
use crate::world::registry::manifest::ManifestFormat;

impl Daemon {
    pub(super) fn export(
        &mut self,
        context: &mut Context,
        job: &mut Build,
        graph: &Graph,
        began: Time,
        said: &mut Vec<JobMessage>,
    ) {
        let snapshot = graph.result.and_then(|result| job.snapshots.get(&result));
        let layers = snapshot.map(|snapshot| snapshot.layers.to_vec()).unwrap_or_default();
        let created = snapshot.map(|snapshot| snapshot.created.clone()).unwrap_or_default();
        let mut config = graph.config.clone();
        let told = config.history.iter().filter(|step| !step.empty_layer).count();
        // A base image may have more layers than its history tells of.
        for at in created.iter().skip(told) {
            let comment = "buildkit.exporter.image.v0".to_owned();
            config.history.push(History { created: Some(*at), comment, ..History::default() });
        }
        history::date(&mut config.history, &created);
        config.created = config.history.iter().rev().find_map(|step| step.created).or(Some(context.now));
        let image = Arc::new(Image::new(config, layers, ManifestFormat::Docker));
        let id = image.id();
        self.images.insert(image, None);

        let vertex = job.next_vertex();
        let took = context.now.since(began);
        let status = |text: String, took| build(BuildMessage::Status { vertex, text, took: Some(took) });
        said.push(build(BuildMessage::Started { vertex, name: "exporting to image".to_owned() }));
        said.push(status("exporting layers".to_owned(), took.saturating_sub(STEP)));
        said.push(status(format!("writing image {id}"), std::time::Duration::ZERO));
        for tag in &job.request.tags {
            // The request was refused if one of its tags is none.
            let Ok(reference) = Reference::parse(tag) else { continue };
            said.push(status(format!("naming to {reference}"), std::time::Duration::ZERO));
            self.name_image(context, &reference.with_default_tag(), id);
        }
        said.push(build(BuildMessage::Finished { vertex, cached: false, took }));
        said.push(build(BuildMessage::Warnings(std::mem::take(&mut job.warnings))));
        said.push(JobMessage::Image { id });
        context.emit(EventKind::BuildFinished { image: id });
    }
}
