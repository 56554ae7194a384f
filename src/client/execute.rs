//! Which task does which command.
//!
//! Each file here does one group of commands. A command without a task is refused plainly, never done silently.

mod about;
mod archive;
mod build;
mod buildx;
mod copy;
mod create_options;
mod detach_keys;
mod distribution;
mod events;
mod exec;
mod follow;
mod image_archive;
mod images;
mod inspect;
mod ipam;
mod lifecycle;
mod list;
mod login;
mod logs;
mod manifest;
mod moment;
mod objects;
mod platform;
mod prune;
pub(in crate::client) mod rows;
mod run;
mod state;
mod stats;
mod transfer;

pub(in crate::client) use self::follow::{Follow, Followed};
pub(in crate::client) use self::list::containers::ContainerRow;
pub(in crate::client) use self::list::volumes::print as print_volumes;
pub(in crate::client) use self::logs::timestamp;
pub(in crate::client) use self::moment::parse as parse_moment;
pub(in crate::client) use self::run::NOT_A_TERMINAL;
pub(in crate::client) use build::{Context, ContextError, Printer};
pub(in crate::client) use create_options::ports::parse as parse_port;
pub(in crate::client) use create_options::security::{capabilities, options as security_options};
pub(in crate::client) use create_options::variables::lines as env_file_lines;

use super::commands::Invocation;
use super::program::{Once, Task};
use crate::world::filesystem::errno::Errno;

/// An error of the system as Go words it: in small letters.
pub(in crate::client) fn go_error(error: Errno) -> String {
    let text = error.to_string();
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => first.to_lowercase().chain(characters).collect(),
        None => text,
    }
}

/// The task of a command that was understood.
pub fn task(invocation: &Invocation) -> Option<Box<dyn Task>> {
    let once = |function| -> Box<dyn Task> { Box::new(Once(function)) };
    if invocation.action().starts_with("compose ") {
        return Some(super::compose::task());
    }
    Some(match invocation.action() {
        "container run" => run::run(),
        "container create" => run::create(),
        "container start" => lifecycle::start(),
        "container stop" => lifecycle::stop(),
        "container kill" => once(lifecycle::kill),
        "container rm" => once(lifecycle::remove),
        "container ls" => once(list::containers::list),
        "image ls" => once(list::images::list),
        "image history" => once(list::history::list),
        "volume ls" => once(list::volumes::list),
        "network ls" => once(list::networks::list),
        "container restart" => state::restart(),
        "container pause" => once(state::pause),
        "container unpause" => once(state::unpause),
        "container wait" => state::wait(),
        "container rename" => once(state::rename),
        "container update" => once(state::update),
        "container top" => once(state::top),
        "container diff" => once(state::diff),
        "container commit" => once(state::commit),
        "container port" => once(state::port),
        "container exec" => exec::exec(),
        "container attach" => exec::attach(),
        "container export" => archive::export(),
        "container cp" => copy::copy(),
        "container logs" => logs::logs(),
        "inspect" => once(inspect::any),
        "container inspect" => once(inspect::container),
        "image inspect" => once(inspect::image),
        "network inspect" => once(inspect::network),
        "volume inspect" => once(inspect::volume),
        "image pull" => distribution::pull(),
        "image push" => distribution::push(),
        "login" => login::login(),
        "logout" => once(login::logout),
        "image save" => image_archive::save(),
        "image load" => image_archive::load(),
        "image import" => image_archive::import(),
        "builder prune" => prune::prune(prune::Target::BuildCache),
        "buildx du" => once(buildx::usage),
        "buildx imagetools inspect" => once(buildx::inspect),
        "buildx ls" => once(buildx::list),
        "buildx version" => once(buildx::version),
        "manifest annotate" => once(manifest::annotate),
        "manifest create" => once(manifest::create),
        "manifest inspect" => once(manifest::inspect),
        "manifest push" => once(manifest::push),
        "manifest rm" => once(manifest::remove),
        "image tag" => once(images::tag),
        "image rm" => once(images::remove),
        "volume create" => once(objects::create_volume),
        "volume rm" => once(objects::remove_volumes),
        "volume update" => once(objects::update_volume),
        "network create" => once(objects::create_network),
        "network rm" => once(objects::remove_networks),
        "network connect" => once(objects::connect),
        "network disconnect" => once(objects::disconnect),
        "image build" => build::build(),
        "container stats" => once(stats::stats),
        "container prune" => prune::prune(prune::Target::Containers),
        "image prune" => prune::prune(prune::Target::Images),
        "network prune" => prune::prune(prune::Target::Networks),
        "volume prune" => prune::prune(prune::Target::Volumes),
        "system prune" => prune::prune(prune::Target::System),
        "version" => once(about::version),
        "system info" => once(about::info),
        "system df" => once(about::disk_usage),
        "system events" => events::events(),
        _ => return None,
    })
}
