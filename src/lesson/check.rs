//! Proves a lesson by playing it (law 7): its solution reaches its goal, the goal is not true at the start, each
//! prediction has exactly one right option, commands were introduced before they are needed, what is pointed at is there.
//!
//! Promises: every finding points at its place in the file; what one finding makes wrong further on is still looked at.
//! Must not know: how a lesson is drawn; whether its texts fit is found by the view.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::condition::{Condition, Observed, Operand, Test};
use super::format::{Command, Highlight, HighlightKind, Lesson, Located, PredictOption, Step, StepKind, When};
use super::observe::Viewpoint;
use super::player::Player;
use super::scene;
use crate::client::commands::{Node, ROOT};
use crate::diagnostic::{Diagnostic, Diagnostics, Span};
use crate::timeline::Timeline;
use crate::world::action::EFFORT_LIMIT;
use crate::world::machine::Machine;
use crate::world::process::descriptor::Stream;
use crate::world::{Ending, Outcome, World, WorldSettings};

/// What lessons before this one have introduced.
#[derive(Clone, Debug, Default)]
pub struct Introduced {
    /// Commands, by what they mean: `container run` for `docker run` too.
    commands: BTreeSet<&'static str>,
    ideas: BTreeSet<String>,
}

impl Introduced {
    /// Adds what a lesson introduces.
    pub fn add(&mut self, lesson: &Lesson) {
        self.commands.extend(lesson.commands.iter().filter_map(|command| actions(&command.value).into_iter().next()));
        self.ideas.extend(lesson.teaches.iter().map(|idea| idea.value.clone()));
    }
}

/// What the docker commands of a shell line mean, in order.
fn actions(line: &str) -> Vec<&'static str> {
    let mut actions = Vec::new();
    let mut words =
        line.split(|c: char| c.is_whitespace() || matches!(c, ';' | '|' | '&' | '(' | ')' | '`')).peekable();
    while let Some(word) = words.next() {
        if word.trim_start_matches('$') != "docker" {
            continue;
        }
        let mut group = &ROOT;
        while let Some(entry) = words.peek().and_then(|word| group.find(word)) {
            words.next();
            match entry.node {
                Node::Group(inner) => group = inner,
                Node::Command(command) => {
                    actions.push(command.action);
                    break;
                }
                Node::NotModelled => break,
            }
        }
    }
    actions
}

/// Plays a lesson and says what is wrong with it. `file` and `source` are the lesson's own, to point at.
pub fn prove(
    file: &str,
    source: &str,
    lesson: &Arc<Lesson>,
    settings: &WorldSettings,
    before: &Introduced,
) -> Diagnostics {
    let mut check = Check { file, found: Diagnostics::new(), lesson, introduced: before.clone() };
    check.found.add_source(file, source);
    check.header(settings);
    check.introduced.add(lesson);
    if check.found.has_errors() {
        return check.found;
    }
    let mut player = Player::new(lesson.clone(), settings);
    for (command, outcome) in player.failed_start.clone() {
        check.failed(&command, &outcome);
    }
    loop {
        check.step(&mut player);
        if !player.next() {
            break;
        }
    }
    check.found
}

struct Check<'a> {
    file: &'a str,
    found: Diagnostics,
    lesson: &'a Lesson,
    introduced: Introduced,
}

impl Check<'_> {
    fn error(&self, span: Span, title: impl Into<String>) -> Diagnostic {
        Diagnostic::error(self.file, title).at(span)
    }

    /// Machines, presets and ideas that the lesson names.
    fn header(&mut self, settings: &WorldSettings) {
        let lesson = self.lesson;
        for need in &lesson.needs {
            if !self.introduced.ideas.contains(&need.value) {
                let error = self.error(need.span, format!("no lesson before this one teaches `{}`", need.value));
                let known = self.introduced.ideas.clone();
                self.found.push(error.label("this idea").did_you_mean(&need.value, known.iter().map(String::as_str)));
            }
        }
        let start = lesson.start.as_ref();
        let (machines, mut found) = scene::machines(lesson, settings);
        found.extend(start.map_or_else(Vec::new, |start| scene::impossible(start, &machines)));
        for impossible in found {
            let mut error = self.error(impossible.span, impossible.title).label(impossible.label);
            if let Some((written, known)) = &impossible.known {
                error = error.did_you_mean(written, known.iter().map(String::as_str));
            }
            self.found.push(match impossible.expected {
                Some(expected) => error.expected(expected),
                None => error,
            });
        }
        let names: Vec<&str> = machines.iter().map(|machine| &*machine.name).collect();
        let lists = lesson.steps.iter().flat_map(|step| step.kind.command_lists());
        let commands = start.map_or(&[][..], |start| &start.commands).iter().chain(lists.flatten());
        for command in commands {
            let Some(on) = command.on.as_deref().filter(|on| !names.contains(on)) else { continue };
            let error = self.error(command.span, format!("there is no machine called `{on}`"));
            self.found.push(error.label("typed on that machine").did_you_mean(on, names.iter().copied()));
        }
        for on in lesson.steps.iter().flat_map(asked_of).filter(|on| !names.contains(&on.value.as_str())) {
            let error = self.error(on.span, format!("there is no machine called `{}`", on.value));
            self.found.push(error.label("asked about that machine").did_you_mean(&on.value, names.iter().copied()));
        }
    }

    /// A command that had to succeed and did not.
    fn failed(&mut self, command: &Command, outcome: &Outcome) {
        let title = match outcome.ending {
            Ending::Finished(code) => format!("the command ended with exit code {code}"),
            Ending::AwaitsInput => "the command does not exit: it waits for input".to_owned(),
            Ending::Running => "the command does not exit: it runs on".to_owned(),
            Ending::Limit => {
                format!("the command does not exit: it did the most that one may, {EFFORT_LIMIT} turns of programs")
            }
        };
        let said = outcome.text(Stream::Stderr);
        let said = said.lines().find(|line| !line.trim().is_empty()).unwrap_or_default().to_owned();
        let error = self.error(command.span, title).label("this command").expected("exit code 0");
        self.found.push(if said.is_empty() { error } else { error.note(format!("it printed: {said}")) });
    }

    fn step(&mut self, player: &mut Player) {
        let lesson = self.lesson;
        let Some(step) = lesson.steps.get(player.at()) else { return };
        let before = player.timeline().world().clone();
        match &step.kind {
            StepKind::Say(_) => {}
            StepKind::Quiz(_) => player.complete(),
            StepKind::Demo(demo) => {
                player.complete();
                self.all_succeed(&demo.commands, player.timeline(), player.record().began);
            }
            StepKind::Predict(predict) => {
                player.complete();
                self.one_right_option(step, player);
                if let Some(observation) = &predict.observe
                    && let Observed::Missing(what) = player.viewpoint().observe(observation)
                {
                    let error = self.error(observation.span, format!("the model has no answer: {what}"));
                    self.found.push(error.label("asked here"));
                }
            }
            StepKind::Do(task) => {
                self.taught(&task.solution);
                let goals = player.goals();
                if let Some(first) = task.goal.iter().next().filter(|_| goals.iter().all(|goal| goal.met)) {
                    let label = &first.label.value;
                    let error = self.error(first.condition.span, format!("the goal `{label}` is true at the start"));
                    self.found.push(error.label("nothing is left to do").expected("a condition that is not met yet"));
                    player.complete();
                    return;
                }
                player.complete();
                self.all_succeed(&task.solution, player.timeline(), player.record().began);
                for (goal, state) in task.goal.iter().zip(player.goals()) {
                    if !state.met {
                        let title =
                            format!("the goal `{}` is not reached by the solution: {}", state.label, state.seen);
                        let error = self.error(goal.condition.span, title);
                        self.found.push(error.label("still not met when the solution is done"));
                    }
                }
            }
            StepKind::Compare(compare) => {
                player.complete();
                let record = player.record();
                for (lane, timeline) in compare.lanes.iter().zip(&record.lanes) {
                    self.all_end(&lane.commands, timeline);
                }
                for measure in &compare.measure {
                    let answered = record.lanes.iter().any(|lane| {
                        let viewpoint = Viewpoint { timeline: lane, since: 0 };
                        matches!(viewpoint.observe(&measure.observation), Observed::Value(_))
                    });
                    if !answered {
                        let error = self.error(measure.observation.span, "the model has no answer in any lane");
                        self.found.push(error.label("asked here"));
                    }
                }
            }
        }
        self.header_of(step, player, &before);
    }

    /// What a step points at, and the values that its texts show.
    fn header_of(&mut self, step: &Step, player: &Player, before: &World) {
        for highlight in &step.header.highlight {
            if !is_there(highlight, before) && !is_there(highlight, player.timeline().world()) {
                let title = format!("there is no {} called `{}` to point at", highlight.kind.word(), highlight.name);
                let error = self.error(highlight.span, title);
                let known = all_names(highlight.kind, player.timeline().world());
                self.found.push(
                    error.label("points at nothing").did_you_mean(&highlight.name, known.iter().map(String::as_str)),
                );
            }
        }
        for observation in step.header.values.values() {
            if let Observed::Missing(what) = player.viewpoint().observe(observation) {
                let error = self.error(observation.span, format!("the model has no answer: {what}"));
                self.found.push(error.label("asked here"));
            }
        }
    }

    fn one_right_option(&mut self, step: &Step, player: &Player) {
        let StepKind::Predict(predict) = &step.kind else { return };
        let viewpoint = player.viewpoint();
        let holds = |option: &&PredictOption| match (&option.when, &predict.observe) {
            (When::Conditions(conditions), _) => conditions.iter().all(|condition| viewpoint.holds(condition)),
            (When::Value(tests), Some(observation)) => {
                let (seen, before) = (viewpoint.observe(observation), viewpoint.before(observation));
                tests.iter().all(|test| test.holds(&seen, &before, |other| viewpoint.observe(other)))
            }
            (When::Value(_), None) => false,
        };
        let right: Vec<&str> = predict.options.iter().filter(holds).map(|option| option.text.value.as_str()).collect();
        let title = match right.as_slice() {
            [_] => return,
            [] if predict.observe.as_ref().is_some_and(|o| matches!(viewpoint.observe(o), Observed::Missing(_))) => {
                return;
            }
            [] => "no option is right after the commands".to_owned(),
            several => format!("{} options are right after the commands: {}", several.len(), several.join(" / ")),
        };
        let mut error = self.error(step.span, title).label("this prediction").expected("exactly one right option");
        if let Some(observation) = &predict.observe
            && let Observed::Value(value) = viewpoint.observe(observation)
        {
            error = error.note(format!("the model answers: {}", super::observe::show(&value, observation.show)));
        }
        self.found.push(error);
    }

    /// The docker commands that a learner needs were introduced, here or before.
    fn taught(&mut self, solution: &[Command]) {
        for command in solution {
            for action in actions(&command.line) {
                if !self.introduced.commands.contains(action) {
                    let short = action.strip_prefix("container ").unwrap_or(action);
                    let title = format!("`docker {short}` is needed here and was not introduced");
                    let error = self.error(command.span, title).label("needs it");
                    self.found.push(error.note("add it to `commands` of this lesson, or of one before"));
                }
            }
        }
    }

    fn all_succeed(&mut self, commands: &[Command], timeline: &Timeline, began: usize) {
        let steps = timeline.steps().get(began..).unwrap_or_default();
        for (command, step) in commands.iter().zip(steps) {
            if step.outcome.exit_code() != Some(0) {
                self.failed(command, &step.outcome);
            }
        }
    }

    /// In a comparison a command may fail, if that is what is compared; but it must end.
    fn all_end(&mut self, commands: &[Command], timeline: &Timeline) {
        for (command, step) in commands.iter().zip(timeline.steps()) {
            if step.outcome.exit_code().is_none() {
                self.failed(command, &step.outcome);
            }
        }
    }
}

/// The machines that a step's observations and conditions name.
fn asked_of(step: &Step) -> Vec<&Located<String>> {
    fn tests<'a>(tests: &'a [Test], machines: &mut Vec<&'a Located<String>>) {
        for test in tests {
            if let Operand::Observation(other) = &test.operand {
                machines.extend(&other.on);
            }
        }
    }
    fn conditions<'a>(all: &'a [Condition], machines: &mut Vec<&'a Located<String>>) {
        for condition in all {
            machines.extend(&condition.on);
            condition.tests.iter().for_each(|property| tests(&property.tests, machines));
        }
    }
    let mut machines: Vec<&Located<String>> =
        step.header.values.values().filter_map(|observation| observation.on.as_ref()).collect();
    match &step.kind {
        StepKind::Predict(predict) => {
            machines.extend(predict.observe.iter().filter_map(|observation| observation.on.as_ref()));
            for option in &predict.options {
                match &option.when {
                    When::Value(values) => tests(values, &mut machines),
                    When::Conditions(all) => conditions(all, &mut machines),
                }
            }
        }
        StepKind::Do(task) => {
            task.goal.iter().for_each(|goal| conditions(std::slice::from_ref(&goal.condition), &mut machines));
        }
        StepKind::Compare(compare) => {
            machines.extend(compare.measure.iter().filter_map(|measure| measure.observation.on.as_ref()));
        }
        StepKind::Say(_) | StepKind::Demo(_) | StepKind::Quiz(_) => {}
    }
    machines
}

/// Whether what a highlight names is in a world, on any of its machines.
pub fn is_there(highlight: &Highlight, world: &World) -> bool {
    let name = highlight.name.as_str();
    let mut machines = world.machines();
    match highlight.kind {
        HighlightKind::Pane => matches!(name, "stage" | "why" | "terminal" | "timeline" | "lesson"),
        HighlightKind::Port => {
            machines.any(|machine| name.parse().is_ok_and(|port: u16| machine.kernel.networks.is_published(port)))
        }
        HighlightKind::Image => machines.any(|machine| machine.daemon.images.find(name).is_some()),
        HighlightKind::Layer => machines.any(|machine| {
            let (reference, number) = name.split_once('#').unwrap_or((name, "1"));
            let layers = machine.daemon.images.find(reference).map_or(0, |image| image.layers().len());
            number.parse().is_ok_and(|number: usize| (1..=layers).contains(&number))
        }),
        HighlightKind::Machine => machines.any(|machine| *machine.name == *name),
        kind => machines.any(|machine| names(kind, machine).iter().any(|known| known == name)),
    }
}

/// The names of all things of a kind in a world, to suggest the nearest.
fn all_names(kind: HighlightKind, world: &World) -> Vec<String> {
    match kind {
        HighlightKind::Machine => world.machines().map(|machine| machine.name.to_string()).collect(),
        kind => world.machines().flat_map(|machine| names(kind, machine)).collect(),
    }
}

/// The names of all things of a kind on a machine.
fn names(kind: HighlightKind, machine: &Machine) -> Vec<String> {
    let containers = || machine.daemon.containers.values();
    match kind {
        HighlightKind::Container | HighlightKind::Writable => containers().map(|c| c.name.clone()).collect(),
        HighlightKind::Image | HighlightKind::Layer | HighlightKind::Repository => {
            machine.daemon.images.tags().map(|(name, _)| name.familiar()).collect()
        }
        HighlightKind::Volume => machine.volumes().into_iter().map(|(name, _)| name.to_string()).collect(),
        HighlightKind::Network => {
            let joined = containers().flat_map(|container| container.endpoints.keys().cloned());
            joined.chain(["bridge".to_owned()]).collect()
        }
        HighlightKind::VirtualMachine => machine.virtual_machine_names(),
        HighlightKind::Machine | HighlightKind::Port | HighlightKind::Pane => Vec::new(),
    }
}
