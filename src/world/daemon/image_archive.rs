//! `docker save`, `docker load` and `docker import`: images as real archives.
//!
//! Promises: which images are meant, what is kept, and what is said, as moby's `image/tarexport` and `daemon/images/image_import.go`; an
//! archive that Docker would take in pieces is refused whole. Must not know the client's files.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::sync::Arc;

use super::api::{ApiError, ENGINE_VERSION, ImportImage, Response};
use super::image_store::no_such_image;
use super::reference::{AnyReference, Reference};
use super::system::{own_platform, parse_platform};
use super::{Answer, Daemon, commit};
use crate::world::context::Context;
use crate::world::digest::Digest;
use crate::world::filesystem::archive::ArchiveBytes;
use crate::world::filesystem::compression::Compression;
use crate::world::filesystem::content::Content;
use crate::world::filesystem::layer::{ChainId, Layer};
use crate::world::filesystem::untar::{Limits, TarError};
use crate::world::process::Kernel;
use crate::world::registry::archive::read::{Loaded, Reader};
use crate::world::registry::archive::write::{self, Name, Saved};
use crate::world::registry::archive::{ArchiveError, MANIFEST, Members};
use crate::world::registry::config::{EngineForm, Form, History, ImageConfig, RunConfig};
use crate::world::registry::image::Image;
use crate::world::registry::manifest::ManifestFormat;

/// Images of one archive, in the order in which they were asked for.
type Chosen = Vec<(Digest, Vec<Reference>)>;

impl Daemon {
    /// `GET /images/get`: an archive of images.
    pub(super) fn image_save(
        &mut self,
        kernel: &Kernel,
        context: &Context,
        names: &[String],
        platform: Option<&str>,
    ) -> Answer {
        self.image_archive(kernel, context, names, platform).map(Response::Content)
    }

    /// The archive of these images.
    ///
    /// # Errors
    /// There is no such image, or none for the platform.
    pub(crate) fn image_archive(
        &mut self,
        kernel: &Kernel,
        context: &Context,
        names: &[String],
        platform: Option<&str>,
    ) -> Result<Content, ApiError> {
        let platform = parse_platform(platform, kernel)?;
        let mut saved = Vec::new();
        for (id, references) in self.images_named(names)? {
            let Some(image) = self.images.get(&id).cloned() else { continue };
            if let Some(wanted) = platform.as_ref().filter(|wanted| !image.platform().satisfies(wanted)) {
                let text = format!("no suitable export target found for platform {wanted}");
                return Err(ApiError::failed(text));
            }
            if image.layers().is_empty() {
                return Err(ApiError::failed("empty export - not implemented"));
            }
            let name = |reference: &Reference| Name {
                full: reference.to_string(),
                repository: reference.familiar_name(),
                tag: reference.tag().unwrap_or_default().to_owned(),
            };
            let (names, parent) = (references.iter().map(name).collect(), self.images.parent(&id));
            saved.push(Saved { image, names, parent });
        }
        for image in &saved {
            let id = image.image.id().to_string();
            self.log_image_event(context, "save", &id, &id);
        }
        Ok(Content::Archive(Arc::new(ArchiveBytes::new(write::members(&saved)))))
    }

    /// The images that are meant, each with the tags that go along (`parseNames`).
    fn images_named(&self, names: &[String]) -> Result<Chosen, ApiError> {
        let mut chosen: Chosen = Vec::new();
        let mut add = |id: Digest, reference: Option<Reference>| {
            let place = chosen.iter().position(|(known, _)| *known == id).unwrap_or_else(|| {
                chosen.push((id, Vec::new()));
                chosen.len() - 1
            });
            let tags = reference.filter(|reference| reference.digest().is_none());
            if let Some((_, known)) = chosen.get_mut(place) {
                known.extend(tags.filter(|tag| !known.contains(tag)));
            }
        };
        for name in names {
            let parsed = AnyReference::parse(name).map_err(|error| ApiError::failed(error.to_string()))?;
            let reference = match parsed {
                AnyReference::Identifier(_) => {
                    add(self.images.lookup(name)?.id(), None);
                    continue;
                }
                AnyReference::Named(reference) => reference,
            };
            if !reference.is_name_only() {
                let id = self.images.named(&reference);
                add(id.ok_or_else(|| ApiError::not_found("reference does not exist"))?, Some(reference));
                continue;
            }
            let of_repository: Vec<(Reference, Digest)> = self
                .images
                .names()
                .filter(|(known, _)| known.name() == reference.name())
                .map(|(known, id)| (known.clone(), id))
                .collect();
            if of_repository.is_empty() {
                let id = self.images.lookup(name).map_err(|_| no_such_image(name))?.id();
                add(id, None);
            }
            for (known, id) in of_repository {
                add(id, Some(known));
            }
        }
        Ok(chosen)
    }

    /// `POST /images/load`: takes images out of an archive.
    pub(super) fn image_load(
        &mut self,
        kernel: &Kernel,
        context: &mut Context,
        archive: &Content,
        platform: Option<&str>,
    ) -> Answer {
        let platform = parse_platform(platform, kernel)?;
        let folder = format!("/var/lib/docker/tmp/docker-import-{}", context.random.below(4_000_000_000));
        let failed = |error: &ArchiveError| ApiError::new(0, words(error, &folder));
        let archive = unpacked(archive).map_err(|error| failed(&error))?;
        let members = Members::of(&archive).map_err(|error| failed(&error))?;
        if members.find(MANIFEST).map_err(|error| failed(&error))?.is_none() {
            // Without it, Docker looks for what its first versions wrote: a directory for each image.
            let missing = match members.folders().next() {
                Some(folder) if members.find(&format!("{folder}/json")).is_ok_and(|found| found.is_some()) => {
                    return Err(ApiError::not_modelled("docker load of an archive that has no manifest.json"));
                }
                Some(folder) => format!("{folder}/json"),
                None => "repositories".to_owned(),
            };
            return Err(ApiError::new(0, format!("open {folder}/{missing}: no such file or directory")));
        }
        let known = |chain_id: &ChainId| self.images.layer(chain_id);
        let mut reader = Reader {
            known: &known,
            advance: &mut |_| Ok(()),
            limits: Limits { once: true, ..Limits::default() },
            strict: false,
            platform,
            layers: BTreeMap::new(),
        };
        let loaded = reader.docker(&members).map_err(|error| failed(&error))?;
        self.keep_loaded(context, loaded).map(Response::Loaded)
    }

    /// Keeps images of an archive under their names, and says what `docker load` says.
    ///
    /// # Errors
    /// A name that cannot be one.
    pub(crate) fn keep_loaded(&mut self, context: &mut Context, loaded: Vec<Loaded>) -> Result<Vec<String>, ApiError> {
        let (mut said, mut ids, mut names_of_last) = (Vec::new(), Vec::new(), 0);
        for Loaded { image, names, parent } in loaded {
            let id = image.id();
            self.images.insert(image, parent);
            ids.push(format!("Loaded image ID: {id}"));
            names_of_last = names.len();
            for name in names {
                let reference = Reference::parse(&name).map_err(|error| ApiError::new(0, error.to_string()))?;
                if reference.tag().is_none() {
                    return Err(ApiError::new(0, format!("invalid tag {name:?}")));
                }
                let familiar = reference.familiar();
                if let Some(previous) = self.images.named(&reference).filter(|previous| *previous != id) {
                    said.push(format!(
                        "The image {familiar} already exists, renaming the old one with ID {previous} to empty string"
                    ));
                }
                self.images.tag(&reference, id);
                said.push(format!("Loaded image: {familiar}"));
                let kind =
                    crate::world::event::EventKind::ImageTagged { reference: familiar, image: id, previous: None };
                context.emit(kind);
            }
            self.log_image_event(context, "load", &id.to_string(), &id.to_string());
        }
        if names_of_last == 0 {
            // Docker sends an empty text where there was no image at all.
            said.extend(if ids.is_empty() { vec![String::new()] } else { ids });
        }
        Ok(said)
    }

    /// `POST /images/create?fromSrc=…`: an image of one layer, from the files in an archive.
    pub(super) fn image_import(&mut self, kernel: &Kernel, context: &mut Context, request: ImportImage) -> Answer {
        let ImportImage { archive, url, reference, message, changes, platform } = request;
        if url.is_some() {
            return Err(ApiError::not_modelled("docker import of a URL"));
        }
        let platform = parse_platform(platform.as_deref(), kernel)?.unwrap_or_else(|| own_platform(kernel));
        let reference = match reference.as_deref().filter(|reference| !reference.is_empty()) {
            None => None,
            Some(text) => Some(Reference::parse(text).map_err(|error| ApiError::invalid(error.to_string()))?),
        };
        if reference.as_ref().is_some_and(|reference| reference.digest().is_some()) {
            return Err(ApiError::invalid("cannot import digest reference"));
        }
        if platform.os != "linux" {
            return Err(ApiError::invalid("operating system is not supported"));
        }
        let config = commit::changed(&RunConfig::default(), &changes)?;
        let failed = |error: &ArchiveError| ApiError::failed(words(error, ""));
        let stream = unpacked(&archive).map_err(|error| failed(&error))?;
        let layer = Layer::from_stream(&stream, Limits::default(), &mut |_| Ok(()))
            .map_err(|error| failed(&ArchiveError::Outer(error)))?;
        let comment = if message.is_empty() { "Imported from -".to_owned() } else { message };
        let form = EngineForm { docker_version: ENGINE_VERSION.to_owned(), ..EngineForm::default() };
        let created = Some(context.now);
        let config = ImageConfig {
            architecture: platform.architecture,
            variant: platform.variant,
            os: platform.os,
            author: String::new(),
            comment: comment.clone(),
            created,
            config,
            history: vec![History { created, comment, ..History::default() }],
            diff_ids: Vec::new(),
            form: Form::Engine(Box::new(form)),
        };
        let image = Arc::new(Image::new(config, vec![Arc::new(layer)], ManifestFormat::Docker));
        let id = image.id();
        self.images.insert(image, None);
        if let Some(reference) = reference {
            self.name_image(context, &reference.with_default_tag(), id);
        }
        self.log_image_event(context, "import", &id.to_string(), &id.to_string());
        Ok(Response::Created { id: id.to_string(), warnings: Vec::new() })
    }
}

/// The archive behind a compressed one: Docker unpacks it on the way.
fn unpacked(archive: &Content) -> Result<Arc<Content>, ArchiveError> {
    let archive = Arc::new(archive.clone());
    let blob = || "the archive".to_owned();
    match Compression::detect(&archive) {
        Ok(None) => Ok(archive),
        Ok(Some(compression)) => {
            let unpacked = archive.unpacked(compression, Limits::default().bytes);
            unpacked.map_err(|source| ArchiveError::Packed { blob: blob(), source })
        }
        Err(with) => Err(ArchiveError::Compression { blob: blob(), with }),
    }
}

/// What Docker says of an archive, which it has unpacked to `folder`. What it would take, or says in a way of its own, is refused in the
/// model's words.
fn words(error: &ArchiveError, folder: &str) -> String {
    match error {
        ArchiveError::Outer(TarError::CutOff { .. }) => "unexpected EOF".to_owned(),
        ArchiveError::Outer(TarError::Unreadable { source, .. })
        | ArchiveError::Layer { source: TarError::Unreadable { source, .. }, .. } => match source.kind() {
            ErrorKind::UnexpectedEof => "unexpected EOF".to_owned(),
            // Less than a block, or a member that is cut off: the tar crate has no kind for it.
            _ if source.to_string().contains("EOF") || source.to_string().contains("entire block") => {
                "unexpected EOF".to_owned()
            }
            _ => "archive/tar: invalid tar header".to_owned(),
        },
        ArchiveError::Missing { name } => format!("open {folder}/{name}: no such file or directory"),
        ArchiveError::Malformed { name, why } if name == MANIFEST => why.clone(),
        ArchiveError::LayerCount { expected, actual, .. } => {
            format!("invalid manifest, layers length mismatch: expected {expected}, got {actual}")
        }
        ArchiveError::WrongLayer { number, expected, actual, .. } => {
            format!("invalid diffID for layer {number}: expected \"{expected}\", got \"{actual}\"")
        }
        other => other.to_string(),
    }
}
