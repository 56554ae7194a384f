//! `docker pull` and `docker push`.
//!
//! Promises: the texts and exit codes of docker's client, without a terminal.

use super::platform::platform;
use super::transfer::Transfer;
use crate::client::credentials;
use crate::client::note::note;
use crate::client::program::{Client, Flow, Task};
use crate::world::daemon::api::{PullImage, PushImage, Request};
use crate::world::daemon::reference::Reference;
use crate::world::process::System;

/// What `docker push --platform` says first.
const PLATFORM_NOTE: &str = "Using --platform pushes only the specified platform manifest of a multi-platform image index.\n\
                             Other components, like attestations, will not be included.\n\
                             To push the complete multi-platform image, remove the --platform flag.\n";

/// `docker pull`.
pub fn pull() -> Box<dyn Task> {
    Box::new(Distribution { pushes: false, under_way: None })
}

/// `docker push`.
pub fn push() -> Box<dyn Task> {
    Box::new(Distribution { pushes: true, under_way: None })
}

#[derive(Clone, Debug)]
struct Distribution {
    pushes: bool,
    /// The transfer, and the full name that is printed at its end.
    under_way: Option<(Transfer, Option<String>)>,
}

impl Distribution {
    fn begin(&mut self, client: &mut Client, system: &mut System<'_>) -> Result<(), i32> {
        let invocation = client.invocation.clone();
        let parsed = &invocation.parsed;
        let name = parsed.arguments.first().map(String::as_str).unwrap_or_default();
        let (all, quiet) = (parsed.on("all-tags"), parsed.on("quiet"));
        let platform = match self.pushes {
            false => parsed.text("platform").map(str::to_owned),
            true => {
                let platform = platform(client, "")?;
                if platform.is_some() {
                    client.out(note(PLATFORM_NOTE));
                }
                platform
            }
        };
        let complain = |client: &mut Client, text: &str| {
            client.err(format!("{text}\n"));
            1
        };
        let reference = Reference::parse(name).map_err(|error| complain(client, &error.to_string()))?;
        if all && !reference.is_name_only() {
            return Err(complain(client, "tag can't be used with --all-tags/-a"));
        }
        if self.pushes && reference.digest().is_some() {
            return Err(complain(client, "cannot push a digest reference"));
        }
        if !all && reference.is_name_only() && !quiet {
            client.out("Using default tag: latest\n");
        }
        let reference = if all { reference } else { reference.with_default_tag() };
        let (familiar, full) = (reference.familiar(), reference.to_string());
        let credentials = credentials::of(system, &familiar);
        // A push names the image again only where it says nothing else.
        let last = (!self.pushes || quiet).then_some(full);
        let request = match self.pushes {
            false => Request::ImagePull(Box::new(PullImage { reference: familiar, platform, all, credentials })),
            true => Request::ImagePush(Box::new(PushImage { reference: familiar, platform, all, credentials })),
        };
        match Transfer::begin(system, request, quiet) {
            Ok(transfer) => {
                self.under_way = Some((transfer, last));
                Ok(())
            }
            Err(error) => {
                client.refuse(&error);
                Err(1)
            }
        }
    }
}

impl Task for Distribution {
    fn resume(&mut self, client: &mut Client, system: &mut System<'_>) -> Flow {
        if self.under_way.is_none()
            && let Err(code) = self.begin(client, system)
        {
            return Flow::Done(code);
        }
        let Some((transfer, last)) = &mut self.under_way else { return Flow::Done(1) };
        match transfer.resume(client, system, false) {
            Ok(Some(wait)) => Flow::Wait(wait),
            Ok(None) => {
                if let Some(name) = last {
                    let line = format!("{name}\n");
                    client.out(line);
                }
                Flow::Done(0)
            }
            Err(error) => {
                client.refuse(&error);
                Flow::Done(1)
            }
        }
    }

    fn boxed_clone(&self) -> Box<dyn Task> {
        Box::new(self.clone())
    }
}
