//! What commands wrote and changed, as lines: the output as it is, then why things are as they are now.
//!
//! Promises: what is said is read off the timeline; nothing is acted on. Must not know: lessons.

use super::words::Page;
use crate::app::transcript::{Waiting, waiting, written};
use crate::stage::why::{Names, telling, why};
use crate::timeline::{Step, Timeline};
use crate::world::action::EFFORT_LIMIT;
use crate::world::{Action, World};

/// The most sentences said about one command.
const MOST_SENTENCES: usize = 8;
/// What tells of a world as it stands.
const LOOK: &[&str] = &["docker images", "docker ps -a"];

/// The commands from `from` up to where the timeline stands: each with its output, and what it changed.
pub fn played(page: &mut Page, timeline: &Timeline, from: usize) {
    for at in from..timeline.position() {
        let Some(step) = timeline.steps().get(at) else { return };
        match &step.action {
            Action::LineAt { machine, line } => page.line(&format!("$ {line}    (at {machine})")),
            action => {
                if let Some(line) = action.typed() {
                    page.line(&format!("$ {line}"));
                }
            }
        }
        outcome(page, timeline, at);
    }
}

/// The output of the command at `at`, and the sentences that say what it changed.
pub fn outcome(page: &mut Page, timeline: &Timeline, at: usize) {
    let Some(step) = timeline.steps().get(at) else { return };
    output(page, step);
    let names = Names { before: timeline.world_at(at), after: &step.world };
    let mut sentences: Vec<String> = Vec::new();
    for sentence in step.outcome.events.iter().filter_map(|event| why(event, names)) {
        if !sentences.contains(&sentence) {
            sentences.push(sentence);
        }
    }
    let left_out = sentences.split_off(sentences.len().min(MOST_SENTENCES));
    page_sentences(page, &sentences);
    let unsaid = telling(&step.outcome.events, names).filter(|sentence| left_out.contains(sentence));
    let more = left_out.len() - usize::from(unsaid.is_some());
    if more > 0 {
        page.wrapped("  ", &format!("({more} more of this kind)"));
    }
    page_sentences(page, unsaid.as_slice());
}

/// The output of the command at `at`, and the one sentence that tells most.
pub fn told(page: &mut Page, timeline: &Timeline, at: usize) {
    let Some(step) = timeline.steps().get(at) else { return };
    output(page, step);
    let names = Names { before: timeline.world_at(at), after: &step.world };
    page_sentences(page, telling(&step.outcome.events, names).as_slice());
}

fn output(page: &mut Page, step: &Step) {
    for line in written(step) {
        page.line(&line);
    }
}

fn page_sentences(page: &mut Page, sentences: &[String]) {
    for sentence in sentences {
        page.wrapped("  Why: ", sentence);
    }
}

/// Says what a program that has not ended waits for, if one has not.
pub fn state(page: &mut Page, timeline: &Timeline) {
    match waiting(timeline) {
        Waiting::Prompt => {}
        Waiting::Input => {
            page.wrapped("", "The program reads what you type. :ctrl-d ends its input, :ctrl-c interrupts it.")
        }
        Waiting::Running => page.wrapped("", "The program runs on. :ctrl-c interrupts it."),
        Waiting::Exhausted => {
            let limit = format!("{EFFORT_LIMIT} turns of programs");
            page.wrapped(
                "",
                &format!("The program is held: it did the most that one command may ({limit}). :ctrl-c interrupts it."),
            );
        }
    }
}

/// The machines there are, and at which of them one sits.
pub fn machines(page: &mut Page, world: &World) {
    page.line("Machines:");
    for machine in world.machines() {
        let here = if *machine.name == *world.here() { " (you are here)" } else { "" };
        page.line(&format!("- {}{here}", machine.name));
    }
}

/// What takes one to another machine; none if there is none of that name or nowhere to go from, which is said.
pub fn seat(page: &mut Page, timeline: &Timeline, name: &str) -> Option<Action> {
    let world = timeline.world();
    if waiting(timeline) != Waiting::Prompt {
        state(page, timeline);
        return None;
    }
    match world.machines().find(|machine| *machine.name == *name) {
        Some(machine) => Some(Action::Sit(machine.name.clone())),
        None => {
            if !name.is_empty() {
                page.line(&format!("There is no machine called {name:?}."));
            }
            machines(page, world);
            None
        }
    }
}

/// The images and containers of a world, as docker lists them. The world itself stays as it is.
pub fn look(page: &mut Page, world: &World) {
    let mut timeline = Timeline::new(world.clone());
    for command in LOOK {
        timeline.act(Action::Line((*command).to_owned()));
    }
    played(page, &timeline, 0);
}
