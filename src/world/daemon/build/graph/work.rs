//! The parts of a step's work that follow from its instruction and the state alone.
//!
//! Promises: equal instructions on equal states give equal work. Must not know: the cache, files.

use super::*;

pub(super) fn copy_work(files: &SourcesAndDestination, directory: &str) -> CopyWork {
    let named = &files.destination;
    let mut destination = configure::working_directory(directory, named);
    let is_directory = named.ends_with('/') || named == "." || named.ends_with("/.") || named == "..";
    if is_directory && destination != "/" {
        destination.push('/');
    }
    CopyWork {
        input: Input::Context,
        paths: files.paths.clone(),
        heredocs: files.heredocs.clone(),
        destination,
        chown: None,
        chmod: None,
        exclude: Vec::new(),
        unpack: false,
        parents: false,
    }
}

pub(super) fn run_work(run: &Run, state: &State, mounts: Vec<(Mount, Input)>) -> RunWork {
    let config = &state.config.config;
    let (words, script) = match run.script() {
        Some(RunScript::Words(text)) => (configure::words(&CommandLine::Shell(text), config), None),
        Some(RunScript::File { name, content }) => {
            let path = format!("/dev/pipes/{name}");
            (vec![path.clone()], Some((path, content)))
        }
        None => (configure::words(&run.command, config), None),
    };
    RunWork {
        words,
        script,
        environment: state.environment.clone(),
        directory: if config.working_dir.is_empty() { "/".to_owned() } else { config.working_dir.clone() },
        user: config.user.clone(),
        mounts,
        isolated: run.network == crate::world::daemon::build::dockerfile::instruction::RunNetwork::None,
    }
}

/// The build arguments as RUN's history shows them: each once, with the value it has there.
pub(super) fn visible_arguments(state: &State) -> Vec<(String, String)> {
    let mut visible: Vec<(String, String)> = Vec::new();
    let variables = configure::variables(&state.environment);
    for (key, value) in &state.arguments {
        let value = variables.get(key).cloned().or_else(|| value.clone()).unwrap_or_default();
        match visible.iter_mut().find(|(known, _)| known == key) {
            Some((_, known)) => *known = value,
            None => visible.push((key.clone(), value)),
        }
    }
    visible
}

/// The instruction's name in capitals, the rest as written.
pub(super) fn capitalised(code: &str) -> String {
    match code.split_once(char::is_whitespace) {
        Some((name, rest)) => format!("{} {rest}", name.to_uppercase()),
        None => code.to_uppercase(),
    }
}
