//! `docker commit`: a container's writable layer becomes the top layer of a new image.
//!
//! Promises: as moby's `daemon/commit.go` and `image/image.go`: the image's configuration is the container's with `--change` on top;
//! a container that changed nothing adds a step to the history and no layer. Must not know: how the container came to be.

use std::sync::Arc;

use super::api::{ApiError, CommitContainer, ENGINE_VERSION, Response};
use super::build::configure;
use super::build::dockerfile::{self, instruction::InstructionKind};
use super::container::{Container, ContainerConfig, Status};
use super::reference::Reference;
use super::{Answer, Daemon};
use crate::world::context::Context;
use crate::world::event::EventKind;
use crate::world::filesystem::layer::Layer;
use crate::world::process::Kernel;
use crate::world::registry::config::{ContainerSettings, EngineForm, Form, History, ImageConfig, RunConfig};
use crate::world::registry::image::Image;
use crate::world::registry::manifest::ManifestFormat;

/// What `--change` may say (moby, `builder/dockerfile/builder.go`, `validCommitCommands`).
const CHANGES: [&str; 11] = [
    "cmd",
    "entrypoint",
    "healthcheck",
    "env",
    "expose",
    "label",
    "onbuild",
    "stopsignal",
    "user",
    "volume",
    "workdir",
];

impl Daemon {
    pub(super) fn image_commit(
        &mut self,
        kernel: &mut Kernel,
        context: &mut Context,
        commit: &CommitContainer,
    ) -> Answer {
        let container = self.container_to_commit(&commit.container)?;
        let reference = match &commit.reference {
            Some(name) if !name.is_empty() => {
                Some(Reference::parse(name).map_err(|error| ApiError::invalid(error.to_string()))?.with_default_tag())
            }
            _ => None,
        };
        let run = changed(&container.config.run, &commit.changes)?;
        let Some(root) = kernel.union(container.root) else {
            return Err(ApiError::failed(format!("the files of container {} are gone", container.id)));
        };
        // The root's lower layers include the engine's own init layer, which no image has.
        let base = self.images.held(&container.image).cloned();
        let lowers = base.map(|image| image.layers().to_vec()).unwrap_or_default();
        let top = root.commit();
        let pauses = commit.pause && container.state.status == Status::Running;
        if pauses {
            context.emit(EventKind::ContainerPaused { container: container.id.clone() });
            self.note_container(context, &container, "pause", &[]);
        }
        let image = self.committed(context, &container, commit, run, &lowers, top);
        let id = image.id();
        let has_layer = image.layers().len() > lowers.len();
        let layer = image.config().diff_ids.last().copied().filter(|_| has_layer);
        self.images.insert(Arc::new(image), Some(container.image));
        context.emit(EventKind::Committed { container: container.id.clone(), image: id, layer });
        self.log_image_event(context, "create", &id.to_string(), &id.to_string());
        let name = reference.as_ref().map(Reference::familiar).unwrap_or_default();
        if let Some(reference) = reference {
            self.name_image(context, &reference, id);
        }
        let told = [("comment", commit.comment.clone()), ("imageID", id.to_string()), ("imageRef", name)];
        self.note_container(context, &container, "commit", &told);
        if pauses {
            context.emit(EventKind::ContainerUnpaused { container: container.id.clone() });
            self.note_container(context, &container, "unpause", &[]);
        }
        Ok(Response::Created { id: id.to_string(), warnings: Vec::new() })
    }

    fn container_to_commit(&self, name: &str) -> Result<Arc<Container>, ApiError> {
        let container = Arc::clone(self.find(name)?);
        let refusal = match container.state.status {
            Status::Dead => "Dead",
            Status::Removing => "being removed",
            _ => return Ok(container),
        };
        Err(ApiError::conflict(format!("You cannot commit container {} which is {refusal}", container.id)))
    }

    fn committed(
        &self,
        context: &Context,
        container: &Container,
        commit: &CommitContainer,
        run: RunConfig,
        lowers: &[Arc<Layer>],
        top: Layer,
    ) -> Image {
        let base = self.images.held(&container.image).map(|image| image.config().clone()).unwrap_or_default();
        let empty_layer = top.changes().is_empty();
        let mut layers = lowers.to_vec();
        if !empty_layer {
            layers.push(Arc::new(top));
        }
        let mut history = base.history;
        history.push(History {
            created: Some(context.now),
            created_by: container.config.run.cmd.clone().unwrap_or_default().join(" "),
            author: commit.author.clone(),
            comment: commit.comment.clone(),
            empty_layer,
        });
        let form = EngineForm {
            docker_version: ENGINE_VERSION.to_owned(),
            container: container.id.to_string(),
            settings: settings(&container.config),
            container_config: container.config.run.clone(),
            container_settings: settings(&container.config),
        };
        let config = ImageConfig {
            architecture: base.architecture,
            variant: base.variant,
            os: "linux".to_owned(),
            author: commit.author.clone(),
            comment: String::new(),
            created: Some(context.now),
            config: run,
            history,
            diff_ids: Vec::new(),
            form: Form::Engine(Box::new(form)),
        };
        Image::new(config, layers, ManifestFormat::Docker)
    }
}

fn settings(config: &ContainerConfig) -> ContainerSettings {
    ContainerSettings {
        hostname: config.host_name.clone(),
        domainname: config.domain_name.clone(),
        attach_stdin: config.attach_stdin,
        attach_stdout: config.attach_stdout,
        attach_stderr: config.attach_stderr,
        tty: config.tty,
        open_stdin: config.open_stdin,
        stdin_once: config.stdin_once,
        image: config.image.clone(),
    }
}

/// The configuration with the instructions of `--change`.
pub(super) fn changed(run: &RunConfig, changes: &[String]) -> Result<RunConfig, ApiError> {
    let mut changed = run.clone();
    if changes.is_empty() {
        return Ok(changed);
    }
    if changes.iter().all(|change| change.trim().is_empty()) {
        return Err(ApiError::invalid("file with no instructions"));
    }
    for change in changes {
        let keyword = change.split_whitespace().next().unwrap_or_default();
        if !CHANGES.contains(&keyword.to_lowercase().as_str()) {
            return Err(ApiError::invalid(format!("{keyword} is not a valid change command")));
        }
    }
    let invalid = |error: &dyn std::fmt::Display| ApiError::invalid(error.to_string());
    let text = format!("FROM scratch\n{}\n", changes.join("\n"));
    let parsed = dockerfile::parse(&text).map_err(|error| invalid(&error))?;
    let mut cmd_is_set = false;
    for instruction in parsed.stages.iter().flat_map(|stage| &stage.instructions) {
        let variables = configure::variables(&changed.env);
        let expanded = dockerfile::expansion::expand(instruction, parsed.escape, &variables);
        let kind = expanded.map_err(|error| invalid(&error))?.kind;
        configure::apply(&kind, &mut changed, &mut cmd_is_set).map_err(|error| invalid(&error))?;
        if matches!(kind, InstructionKind::Cmd(_) | InstructionKind::Entrypoint(_)) {
            // BuildKit's note: the engine's own reader of these makes it on Windows only.
            changed.args_escaped = false;
        }
    }
    Ok(changed)
}
