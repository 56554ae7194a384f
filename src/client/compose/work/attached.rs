//! `docker compose up` in the foreground: the output of all containers, until the last of them has ended.
//!
//! Promises: the rules of Compose's `up.go`: what the exit of a container means, and what an interrupt does.

use super::containers::{Listed, OneOff, list, name_without_project};
use super::monitor::{Happening, Monitor, What};
use super::pause::Kill;
use super::start::Start;
use super::stop::Stop;
use super::streams::{Line, Stream};
use super::{Bench, Job, Later, Step};
use crate::client::compose::ComposeError;
use crate::client::compose::log::LogConsumer;
use crate::client::compose::progress::Mode;
use crate::world::clock::Time;
use crate::world::process::Wait;

/// What an interrupted program ends with.
const INTERRUPTED: i32 = 130;

/// What the exit of a container means for the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnExit {
    #[default]
    Ignore,
    Stop,
    /// The same, where it failed.
    StopOnFailure,
}

/// Starts the project and shows its output.
#[derive(Clone, Debug, Default)]
pub struct Attached {
    /// The services that were named.
    pub services: Vec<String>,
    /// Those whose output is shown.
    pub attach: Vec<String>,
    pub prefixes: bool,
    pub timestamps: bool,
    pub on_exit: OnExit,
    /// The service whose exit code is that of the program; empty: none.
    pub exit_code_from: String,
}

impl Attached {
    /// The job.
    pub fn job(self) -> Box<dyn Job> {
        Box::new(Later::new(self, |plan, bench| Ok(Box::new(Running::begin(plan.clone(), bench)?))))
    }
}

#[derive(Clone, Debug)]
struct Running {
    plan: Attached,
    consumer: LogConsumer,
    streams: Vec<Stream>,
    /// The containers that were attached to before they began.
    attached: Vec<String>,
    monitor: Monitor,
    start: Option<Box<dyn Job>>,
    stops: Vec<Box<dyn Job>>,
    aborted: bool,
    code_is_known: bool,
    exit_code: i32,
    interrupts: u32,
    failure: Option<ComposeError>,
}

/// Something to be shown.
enum Shown {
    Line(Line),
    Happening(Happening),
}

impl Shown {
    /// What a container writes comes before the news of its end.
    fn order(&self) -> (Time, u8) {
        match self {
            Shown::Line(line) => (line.at, 1),
            Shown::Happening(happening) => {
                (happening.at, if matches!(happening.what, What::Exited { .. }) { 2 } else { 0 })
            }
        }
    }
}

impl Running {
    fn begin(plan: Attached, bench: &mut Bench<'_, '_>) -> Result<Running, ComposeError> {
        bench.site.takes_signals = true;
        let project = bench.site.project.name.clone();
        let followed = if plan.services.is_empty() { &plan.attach } else { &plan.services };
        let monitor = Monitor::new(bench, &project, followed)?;
        let mut containers = list(bench, &project, OneOff::Exclude, true, &plan.attach)?;
        containers.sort_by(|a, b| a.name().cmp(b.name()));
        let name = |container: &Listed| name_without_project(container.name(), &container.0.labels);
        if !containers.is_empty() {
            let names: Vec<String> = containers.iter().map(name).collect();
            bench.client.out(format!("Attaching to {}\n", names.join(", ")));
        }
        let mut streams = Vec::new();
        for container in &containers {
            streams.push(Stream::attach(bench, &container.0.id, &name(container))?);
        }
        Ok(Running {
            consumer: LogConsumer::new(plan.prefixes, plan.timestamps),
            streams,
            attached: containers.iter().map(|container| container.0.id.to_string()).collect(),
            monitor,
            start: Some(Start::default().job()),
            stops: Vec::new(),
            aborted: false,
            code_is_known: false,
            exit_code: 0,
            interrupts: 0,
            failure: None,
            plan,
        })
    }

    /// Shows what is new; whether there was anything.
    fn show(&mut self, bench: &mut Bench<'_, '_>) -> Result<bool, ComposeError> {
        let mut shown = Vec::new();
        if self.interrupts > 0 {
            // Who interrupts Compose sees no more output.
            return Ok(false);
        }
        for stream in &mut self.streams {
            shown.extend(stream.read(bench)?.into_iter().map(Shown::Line));
        }
        shown.extend(self.monitor.look(bench)?.into_iter().map(Shown::Happening));
        shown.sort_by_key(Shown::order);
        let is_new = !shown.is_empty();
        for shown in shown {
            match shown {
                Shown::Line(line) => {
                    self.consumer.line(bench.client, &line.name, &line.bytes, line.at, line.on_stderr);
                }
                Shown::Happening(happening) => self.happened(bench, &happening)?,
            }
        }
        self.streams.retain(|stream| !stream.finished);
        Ok(is_new)
    }

    fn happened(&mut self, bench: &mut Bench<'_, '_>, happening: &Happening) -> Result<(), ComposeError> {
        match happening.what {
            What::Recreated => {
                self.consumer.status(bench.client, &happening.replaces, "has been recreated");
            }
            What::Started { again } => {
                if self.attached.contains(&happening.id) && !again {
                    let own = self.streams.iter_mut().find(|stream| stream.container == happening.id);
                    own.into_iter().for_each(|stream| stream.begun = true);
                    return Ok(());
                }
                let started = bench.inspect(&happening.id)?["State"]["StartedAt"].take();
                let since = started.as_str().and_then(Time::parse_rfc3339);
                self.streams.push(Stream::log(&happening.id, &happening.name).between(since, None));
            }
            What::Exited { code, restarts } => {
                self.finish_stream(bench, &happening.id)?;
                let restarting = if restarts { " (restarting)" } else { "" };
                let text = format!("exited with code {code}{restarting}");
                self.consumer.status(bench.client, &happening.name, &text);
                self.exited(bench, &happening.service, code);
            }
        }
        Ok(())
    }

    /// What a container wrote last is shown before the news of its end.
    fn finish_stream(&mut self, bench: &mut Bench<'_, '_>, container: &str) -> Result<(), ComposeError> {
        for stream in self.streams.iter_mut().filter(|stream| stream.container == container) {
            stream.begun = true;
            for line in stream.read(bench)? {
                self.consumer.line(bench.client, &line.name, &line.bytes, line.at, line.on_stderr);
            }
        }
        Ok(())
    }

    fn exited(&mut self, bench: &mut Bench<'_, '_>, service: &str, code: i32) {
        let counts = match self.plan.on_exit {
            OnExit::Ignore => false,
            OnExit::Stop => true,
            OnExit::StopOnFailure => code != 0,
        };
        if counts && !self.aborted {
            self.aborted = true;
            if !self.code_is_known {
                self.exit_code = code;
            }
            bench.client.err("\x1b[31m\x1b[1mAborting on container exit...\x1b[0m\n");
            self.stops.push(self.stop());
        }
        if service == self.plan.exit_code_from && !self.code_is_known {
            (self.exit_code, self.code_is_known) = (code, true);
        }
    }

    fn stop(&self) -> Box<dyn Job> {
        Stop { services: self.plan.services.clone(), timeout: None }.job()
    }

    fn take_signals(&mut self, bench: &mut Bench<'_, '_>) {
        while bench.system.take_signal().is_some() {
            self.interrupts += 1;
            match self.interrupts {
                1 => {
                    bench.client.out("Gracefully Stopping... press Ctrl+C again to force\n");
                    self.stops.push(self.stop());
                }
                2 => {
                    let project = &bench.site.project;
                    self.stops.push(Box::new(Kill {
                        project: project.name.clone(),
                        services: self.plan.services.clone(),
                        known: project.services.keys().cloned().collect(),
                        signal: String::new(),
                        orphans: false,
                        all: true,
                    }));
                }
                _ => {}
            }
        }
    }

    /// Goes on with the jobs that stop containers.
    fn go_on_stopping(&mut self, bench: &mut Bench<'_, '_>, waits: &mut Vec<Wait>) {
        let mut left = Vec::new();
        for mut job in std::mem::take(&mut self.stops) {
            match job.resume(bench) {
                Ok(Some(wait)) => {
                    waits.push(wait);
                    left.push(job);
                }
                Ok(None) => {}
                Err(error) => drop(self.failure.get_or_insert(error)),
            }
        }
        left.append(&mut self.stops);
        self.stops = left;
    }

    /// Goes on with the start, of which nothing is told.
    fn go_on_starting(&mut self, bench: &mut Bench<'_, '_>, waits: &mut Vec<Wait>) -> Result<(), ComposeError> {
        let Some(start) = &mut self.start else { return Ok(()) };
        let mode = std::mem::replace(&mut bench.site.progress.mode, Mode::Quiet);
        let step = start.resume(bench);
        bench.site.progress.mode = mode;
        match step {
            Ok(Some(wait)) => waits.push(wait),
            Ok(None) => self.start = None,
            Err(error) => {
                self.start = None;
                // Who interrupts it does not want to know.
                if self.interrupts == 0 {
                    while self.show(bench)? {}
                    return Err(error);
                }
            }
        }
        Ok(())
    }
}

impl Job for Running {
    fn resume(&mut self, bench: &mut Bench<'_, '_>) -> Step {
        let mut waits = vec![Wait::Engine];
        self.take_signals(bench);
        self.go_on_starting(bench, &mut waits)?;
        while self.show(bench)? {}
        self.go_on_stopping(bench, &mut waits);
        while self.show(bench)? {}
        let is_over = self.monitor.is_over() || self.interrupts > 0;
        if !is_over || self.start.is_some() || !self.stops.is_empty() {
            return Ok(Some(Wait::Any(waits)));
        }
        let text = self.failure.take().map(|error| error.to_string());
        match (self.interrupts, self.exit_code, text) {
            (0, 0, None) => Ok(None),
            (0, 0, Some(text)) => Err(ComposeError::Message(text)),
            (0, code, text) => Err(ComposeError::Exit { code, text: text.unwrap_or_default() }),
            (_, _, _) => Err(ComposeError::Exit { code: INTERRUPTED, text: String::new() }),
        }
    }

    fn boxed_clone(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}
