//! Whether the parts of a project fit together: compose-go `loader/validate.go`.

use super::project::Project;
use super::service::Service;
use crate::client::compose::ComposeError;
use crate::client::units::go_quote;

type Result = std::result::Result<(), ComposeError>;

fn invalid(text: String) -> Result {
    Err(ComposeError::Invalid(text))
}

fn refuse(text: String) -> Result {
    Err(ComposeError::Message(text))
}

/// Checks a project.
///
/// # Errors
/// The first thing that does not fit, services in the order of their names.
pub fn check(project: &Project) -> Result {
    for (name, service) in &project.services {
        check_build(project, name, service)?;
        check_references(project, name, service)?;
        check_scale(name, service)?;
        check_resources(name, service)?;
        check_mounts(name, service)?;
    }
    for (name, secret) in &project.secrets {
        if !secret.external && secret.file.is_empty() && secret.environment.is_empty() {
            return invalid(format!("secret {} must declare either `file` or `environment`", go_quote(name)));
        }
    }
    check_cycles(project)
}

fn check_build(project: &Project, name: &str, service: &Service) -> Result {
    let quoted = go_quote(name);
    if service.build.is_none() && service.image.is_empty() && service.provider.is_none() {
        return invalid(format!("service {quoted} has neither an image nor a build context specified"));
    }
    let Some(build) = &service.build else { return Ok(()) };
    if !build.dockerfile_inline.is_empty() && !build.dockerfile.is_empty() {
        return invalid(format!("service {quoted} declares mutualy exclusive dockerfile and dockerfile_inline"));
    }
    for (context, source) in &build.additional_contexts.0 {
        let Some(target) = source.strip_prefix("service:") else { continue };
        let target_quoted = go_quote(target);
        match project.services.get(target) {
            None => {
                let text = format!(
                    "service {quoted} declares unknown service {target_quoted} as additional contexts {context}"
                );
                return refuse(text);
            }
            Some(other) if other.build.is_none() => {
                let what = format!("non-buildable service {target_quoted} as additional contexts {context}");
                return refuse(format!("service {quoted} declares {what}"));
            }
            Some(_) => {}
        }
    }
    let platforms = &build.platforms.0;
    if !platforms.is_empty() && !service.platform.is_empty() && !platforms.contains(&service.platform) {
        let platform = go_quote(&service.platform);
        return invalid(format!("service.build.platforms MUST include service.platform {platform}"));
    }
    Ok(())
}

fn check_references(project: &Project, name: &str, service: &Service) -> Result {
    let quoted = go_quote(name);
    if !service.network_mode.is_empty() && !service.networks.is_empty() {
        return invalid(format!("service {name} declares mutually exclusive `network_mode` and `networks`"));
    }
    if let Some(network) = service.networks.keys().find(|network| !project.networks.contains_key(*network)) {
        return invalid(format!("service {quoted} refers to undefined network {network}"));
    }
    let test = service.healthcheck.as_ref().and_then(|check| check.test.first());
    if test.is_some_and(|first| !matches!(first.as_str(), "CMD" | "CMD-SHELL" | "NONE")) {
        return refuse(r#"healthcheck.test must start either by "CMD", "CMD-SHELL" or "NONE""#.to_owned());
    }
    for (other, dependency) in &service.depends_on {
        let skipped = project.disabled.contains_key(other) && !dependency.required;
        if !project.services.contains_key(other) && !skipped {
            return invalid(format!("service {quoted} depends on undefined service {}", go_quote(other)));
        }
    }
    if let Some(other) = service.network_mode.strip_prefix("service:")
        && !project.services.contains_key(other)
    {
        return refuse(format!("service {} not found for network_mode 'service:{other}'", go_quote(other)));
    }
    for volume in service.volumes.iter().filter(|volume| volume.kind == "volume" && !volume.source.is_empty()) {
        if !project.volumes.contains_key(&volume.source) {
            return invalid(format!("service {quoted} refers to undefined volume {}", volume.source));
        }
    }
    for secret in service.build.iter().flat_map(|build| &build.secrets) {
        if !project.secrets.contains_key(&secret.source) {
            return invalid(format!("service {quoted} refers to undefined build secret {}", secret.source));
        }
    }
    for config in &service.configs {
        if !project.configs.contains_key(&config.source) {
            return invalid(format!("service {quoted} refers to undefined config {}", config.source));
        }
    }
    if let Some(model) = service.models.keys().find(|model| !project.models.contains_key(*model)) {
        return invalid(format!("service {quoted} refers to undefined model {model}"));
    }
    for secret in &service.secrets {
        if !project.secrets.contains_key(&secret.source) {
            return invalid(format!("service {quoted} refers to undefined secret {}", secret.source));
        }
    }
    Ok(())
}

fn check_scale(name: &str, service: &Service) -> Result {
    let replicas = service.deploy.as_ref().and_then(|deploy| deploy.replicas);
    if let (Some(scale), Some(replicas)) = (service.scale, replicas)
        && scale != replicas
    {
        return invalid(format!("services.{name}: can't set distinct values on 'scale' and 'deploy.replicas'"));
    }
    if service.scale.is_some_and(|scale| scale < 0) {
        return refuse(format!("services.{name}.scale: must be greater than or equal to 0"));
    }
    if replicas.is_some_and(|replicas| replicas < 0) {
        return refuse(format!("services.{name}.deploy.replicas: must be greater than or equal to 0"));
    }
    if service.scale() > 1 && !service.container_name.is_empty() {
        // compose-go puts the two words in the wrong order.
        let attribute = if service.scale.is_none() { "deploy.replicas" } else { "scale" };
        return invalid(format!(
            "services.{attribute}: can't set container_name and {name} as container name must be unique"
        ));
    }
    Ok(())
}

fn check_resources(name: &str, service: &Service) -> Result {
    let Some(deploy) = &service.deploy else { return Ok(()) };
    let twice = |own: &str, deployed: &str| {
        invalid(format!("services.{name}: can't set distinct values on '{own}' and 'deploy.resources.{deployed}'"))
    };
    if let Some(limits) = &deploy.resources.limits {
        if service.cpus.0 != 0.0 && limits.cpus != service.cpus {
            return twice("cpus", "limits.cpus");
        }
        if service.mem_limit.0 != 0 && limits.memory != service.mem_limit {
            return twice("mem_limit", "limits.memory");
        }
    }
    if let Some(reservations) = &deploy.resources.reservations
        && service.mem_reservation.0 != 0
        && reservations.memory != service.mem_reservation
    {
        return twice("mem_reservation", "reservations.memory");
    }
    if let Some(limits) = &deploy.resources.limits
        && service.pids_limit != 0
        && limits.pids != service.pids_limit
    {
        return twice("pids_limit", "limits.pids");
    }
    Ok(())
}

fn check_mounts(name: &str, service: &Service) -> Result {
    let mut targets: Vec<(&str, String)> = Vec::new();
    let tmpfs =
        service.tmpfs.0.iter().enumerate().map(|(index, mount)| {
            (mount.split(':').next().unwrap_or(mount), format!("services.{name}.tmpfs[{index}]"))
        });
    let volumes = service
        .volumes
        .iter()
        .enumerate()
        .map(|(index, volume)| (volume.target.as_str(), format!("services.{name}.volumes[{index}]")));
    for (target, place) in tmpfs.chain(volumes) {
        if let Some((_, before)) = targets.iter().find(|(taken, _)| *taken == target) {
            return refuse(format!("{place}: target {target} already mounted as {before}"));
        }
        targets.push((target, place));
    }
    Ok(())
}

/// Looks for services that wait for each other.
fn check_cycles(project: &Project) -> Result {
    for name in project.services.keys() {
        search(project, &mut vec![name], &mut Vec::new())?;
    }
    Ok(())
}

fn search<'p>(project: &'p Project, path: &mut Vec<&'p String>, done: &mut Vec<&'p String>) -> Result {
    let Some(here) = path.last().copied() else { return Ok(()) };
    let Some(service) = project.services.get(here) else { return Ok(()) };
    for (name, dependency) in &service.depends_on {
        if let Some(place) = path.iter().position(|known| *known == name) {
            let circle: Vec<&str> = path[place..].iter().map(|name| name.as_str()).collect();
            return refuse(format!("dependency cycle detected: {} -> {name}", circle.join(" -> ")));
        }
        if !project.services.contains_key(name) {
            if let Some(disabled) = project.disabled.get(name).filter(|_| dependency.required) {
                let (name, here) = (go_quote(name), go_quote(here));
                let profiles = disabled.profiles.0.join(" ");
                let advice = format!("Can be enabled by profiles [{profiles}]");
                return refuse(format!("service {name} is required by {here} but is disabled. {advice}"));
            }
            continue;
        }
        // What was walked through once without a circle has none.
        if !done.contains(&name) {
            path.push(name);
            search(project, path, done)?;
            path.pop();
            done.push(name);
        }
    }
    Ok(())
}
