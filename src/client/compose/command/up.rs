//! `docker compose up`, `create` and `scale`.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{load, named, refuse, timeout};
use crate::client::compose::ComposeError;
use crate::client::compose::machine::{says_yes, variable};
use crate::client::compose::model::{Project, Related};
use crate::client::compose::project::{self, Wish};
use crate::client::compose::work::{
    Attached, Bench, BuildPlan, Converge, Create, Job, OnExit, Recreation, Sequence, Start,
};
use crate::client::flags::Parsed;
use crate::client::units::go_quote;

/// `docker compose up`.
///
/// # Errors
/// Flags that exclude each other, files that are wrong.
pub fn up(bench: &mut Bench<'_, '_>) -> Result<Box<dyn Job>, ComposeError> {
    let invocation = bench.client.invocation.clone();
    let flags = &invocation.parsed;
    let on_exit = check_flags(flags)?;
    let detaches = flags.on("detach") || flags.on("wait");
    let services = named(bench);
    let mut project = load(bench, &services)?;
    let (ignores, removes) = orphans(bench, &project);
    if ignores && removes {
        return refuse("cannot combine COMPOSE_IGNORE_ORPHANS and --remove-orphans");
    }
    if !flags.list("attach").is_empty() && flags.on("attach-dependencies") {
        return refuse("cannot combine --attach and --attach-dependencies");
    }
    if project.services.is_empty() && !invocation.global.on("all-resources") {
        return refuse("no service selected");
    }
    apply(&mut project, flags)?;
    if flags.on("no-deps") {
        project.select(&services, Related::Nobody)?;
    }
    let exit_code_from = flags.text("exit-code-from").unwrap_or_default().to_owned();
    if !exit_code_from.is_empty() {
        project.service(&exit_code_from)?;
    }
    let build = (!flags.on("no-build")).then(|| BuildPlan {
        services: services.clone(),
        with_dependencies: !flags.on("no-deps"),
        quiet: flags.on("quiet-build"),
        ..BuildPlan::default()
    });
    let create = Create {
        build,
        quiet_pull: flags.on("quiet-pull"),
        assumes_yes: flags.on("yes"),
        ignores_orphans: ignores,
        removes_orphans: removes,
        converge: Converge {
            services: services.clone(),
            recreation: recreation(flags),
            of_dependencies: match (flags.on("no-recreate"), flags.on("always-recreate-deps")) {
                (true, _) => Recreation::Never,
                (false, true) => Recreation::Force,
                (false, false) => Recreation::Diverged,
            },
            inherits: !flags.on("renew-anon-volumes"),
            timeout: timeout(bench),
        },
    };
    let attach =
        if detaches || flags.on("no-start") { Vec::new() } else { attached_services(&project, flags, &services)? };
    bench.site.project = Arc::new(project);
    let mut jobs = vec![create.job()];
    if flags.on("no-start") {
        return Ok(jobs.remove(0));
    }
    jobs.push(match detaches {
        true => {
            let wait_timeout = flags.int("wait-timeout").unwrap_or(0);
            Start { waits: flags.on("wait"), wait_timeout }.job()
        }
        false => Attached {
            services,
            attach,
            prefixes: !flags.on("no-log-prefix"),
            timestamps: flags.on("timestamps"),
            on_exit,
            exit_code_from,
        }
        .job(),
    });
    Ok(Box::new(Sequence::new(jobs)))
}

/// Refuses flags that exclude each other; says what the exit of a container means.
fn check_flags(flags: &Parsed) -> Result<OnExit, ComposeError> {
    let fails = flags.on("abort-on-container-failure");
    let from = flags.text("exit-code-from").is_some_and(|service| !service.is_empty());
    let stops = flags.on("abort-on-container-exit") || (from && !fails);
    let (dependencies, attach) = (flags.on("attach-dependencies"), !flags.list("attach").is_empty());
    if stops && fails {
        return refuse("--abort-on-container-failure cannot be combined with --abort-on-container-exit");
    }
    if flags.on("wait") && (dependencies || stops || attach) {
        return refuse("--wait cannot be combined with --abort-on-container-exit, --attach or --attach-dependencies");
    }
    if flags.on("build") && flags.on("no-build") {
        return refuse("--build and --no-build are incompatible");
    }
    if (flags.on("detach") || flags.on("wait")) && (dependencies || stops || fails || attach) {
        let flag = if flags.on("wait") { "--wait" } else { "--detach" };
        let others =
            "--abort-on-container-exit, --abort-on-container-failure, --attach, --attach-dependencies or --watch";
        return refuse(format!("{flag} cannot be combined with {others}"));
    }
    if flags.on("renew-anon-volumes") && flags.on("no-recreate") {
        return refuse("--no-recreate and --renew-anon-volumes are incompatible");
    }
    if flags.on("force-recreate") && flags.on("no-recreate") {
        return refuse("--force-recreate and --no-recreate are incompatible");
    }
    if flags.on("always-recreate-deps") && flags.on("no-recreate") {
        return refuse("--always-recreate-deps and --no-recreate are incompatible");
    }
    Ok(match (stops, fails) {
        (true, _) => OnExit::Stop,
        (false, true) => OnExit::StopOnFailure,
        (false, false) => OnExit::Ignore,
    })
}

fn recreation(flags: &Parsed) -> Recreation {
    if flags.on("no-recreate") {
        Recreation::Never
    } else if flags.on("force-recreate") || flags.on("renew-anon-volumes") {
        Recreation::Force
    } else {
        Recreation::Diverged
    }
}

/// Whether orphans are left without a word, and whether they are removed.
fn orphans(bench: &Bench<'_, '_>, project: &Project) -> (bool, bool) {
    let flags = &bench.client.invocation.parsed;
    let ignores = says_yes(project.environment.get("COMPOSE_IGNORE_ORPHANS").map(String::as_str));
    let removes = match flags.changed("remove-orphans") {
        true => flags.on("remove-orphans"),
        false => says_yes(variable(bench.system, "COMPOSE_REMOVE_ORPHANS").as_deref()),
    };
    (ignores, removes)
}

/// What `--pull`, `--build` and `--scale` change in the project.
///
/// # Errors
/// Values that are none.
pub fn apply(project: &mut Project, flags: &Parsed) -> Result<(), ComposeError> {
    if flags.changed("pull") {
        let policy = flags.text("pull").unwrap_or_default();
        if !matches!(policy, "always" | "never" | "build" | "missing" | "if_not_present") {
            return refuse(format!("invalid --pull option {}", go_quote(policy)));
        }
        for service in project.services.values_mut() {
            policy.clone_into(&mut service.pull_policy);
        }
    }
    if flags.on("build") {
        for service in project.services.values_mut().filter(|service| service.build.is_some()) {
            "build".clone_into(&mut service.pull_policy);
        }
    }
    for scale in flags.list("scale") {
        let words: Vec<&str> = scale.split('=').collect();
        let [name, number] = words.as_slice() else {
            let given = go_quote(scale);
            return refuse(format!("invalid --scale option {given}. Should be SERVICE=NUM"));
        };
        let number = number.parse().map_err(|_| {
            ComposeError::Message(format!("strconv.Atoi: parsing {}: invalid syntax", go_quote(number)))
        })?;
        set_scale(project, name, number)?;
    }
    Ok(())
}

fn set_scale(project: &mut Project, name: &str, number: i64) -> Result<(), ComposeError> {
    project.service(name)?;
    if let Some(service) = project.services.get_mut(name) {
        service.set_scale(number);
    }
    Ok(())
}

/// The services whose output is shown.
fn attached_services(project: &Project, flags: &Parsed, services: &[String]) -> Result<Vec<String>, ComposeError> {
    let given: BTreeSet<String> = flags.list("attach").into_iter().map(str::to_owned).collect();
    let mut attach = given.clone();
    if given.is_empty() {
        let related = if flags.on("attach-dependencies") { Related::Dependencies } else { Related::Nobody };
        let shown = |name: &String| project.services.get(name).is_some_and(|service| service.attach != Some(false));
        attach = project.related(services, related)?.into_iter().filter(shown).collect();
    } else {
        let unknown: Vec<&str> =
            given.iter().filter(|name| !project.services.contains_key(*name)).map(String::as_str).collect();
        if !unknown.is_empty() {
            return refuse(format!("cannot attach to services not included in up: {}", unknown.join(", ")));
        }
    }
    for name in flags.list("no-attach") {
        attach.remove(name);
    }
    Ok(attach.into_iter().collect())
}

/// `docker compose create`.
///
/// # Errors
/// As [`up`].
pub fn create(bench: &mut Bench<'_, '_>) -> Result<Box<dyn Job>, ComposeError> {
    let invocation = bench.client.invocation.clone();
    let flags = &invocation.parsed;
    if flags.on("build") && flags.on("no-build") {
        return refuse("--build and --no-build are incompatible");
    }
    if flags.on("force-recreate") && flags.on("no-recreate") {
        return refuse("--force-recreate and --no-recreate are incompatible");
    }
    let services = named(bench);
    let mut project = load(bench, &services)?;
    apply(&mut project, flags)?;
    let build = (!flags.on("no-build")).then(|| BuildPlan { services: services.clone(), ..BuildPlan::default() });
    let create = Create {
        build,
        quiet_pull: flags.on("quiet-pull"),
        assumes_yes: flags.on("yes"),
        ignores_orphans: false,
        removes_orphans: flags.on("remove-orphans"),
        converge: Converge {
            services,
            recreation: recreation(flags),
            of_dependencies: if flags.on("no-recreate") { Recreation::Never } else { Recreation::Diverged },
            inherits: true,
            timeout: None,
        },
    };
    bench.site.project = Arc::new(project);
    Ok(create.job())
}

/// `docker compose scale`.
///
/// # Errors
/// What is no number, and what is no service.
pub fn scale(bench: &mut Bench<'_, '_>) -> Result<Box<dyn Job>, ComposeError> {
    let mut numbers = std::collections::BTreeMap::new();
    for word in named(bench) {
        let (name, number) = match word.split_once('=') {
            Some((name, number)) if !name.is_empty() && !number.is_empty() => (name, number),
            _ => return refuse(format!("invalid scale specifier: {word}")),
        };
        let Ok(number) = number.parse::<i64>() else {
            return refuse(format!("invalid scale specifier: can't parse replica value as int: {word}"));
        };
        numbers.insert(name.to_owned(), number);
    }
    let services: Vec<String> = numbers.keys().cloned().collect();
    let mut project = project::load(bench.client, bench.system, &bench.site.input, Wish::WHOLE, &services)?;
    if bench.client.invocation.parsed.on("no-deps") {
        project.select(&services, Related::Nobody)?;
    }
    for (name, number) in &numbers {
        set_scale(&mut project, name, *number)?;
    }
    bench.site.project = Arc::new(project);
    let converge = Converge { services, ..Converge::default() };
    let create = Create { converge, ..Create::default() };
    Ok(Box::new(Sequence::new(vec![create.job(), Start::default().job()])))
}
