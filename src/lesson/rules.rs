//! The rules of a lesson that its types cannot express and that need no playing.
//!
//! Promises: every breach is found, each at its place. Must not know the model: what only playing shows (a goal that is
//! true at the start, two right options) is the checker's.

use std::collections::BTreeMap;

use crate::diagnostic::{Span, nearest};
use crate::lesson::condition::{Literal, Operand, Operator, Test};
use crate::lesson::format::{Compare, Do, HighlightKind, Lesson, Located, Predict, Quiz, Start, Step, StepKind, When};
use crate::lesson::misconception::{MISCONCEPTIONS, misconception};
use crate::lesson::table::{Reader, TableReader};
use crate::lesson::text;

/// Minutes of the longest lesson: longer ones are better as two.
const MINUTES: u32 = 90;
/// Steps of the longest lesson.
const STEPS: usize = 60;
/// Bytes of the largest file of a scene.
const FILE_BYTES: u64 = 1_000_000_000;
/// Options of a question: each has a digit as its key.
const OPTIONS: usize = 9;

/// Reports breaches in the header and the start, as far as they were understood: a mistake elsewhere hides none here.
pub(super) fn header(header: &Header, reader: &mut Reader<'_>) {
    let mut rules = Rules { reader };
    if let Some(id) = &header.id {
        rules.name(id, "an id");
    }
    if let Some(minutes) = header.minutes.as_ref().filter(|minutes| !(1..=MINUTES).contains(&minutes.value)) {
        rules.breach(minutes.span, format!("a lesson of {} minutes", minutes.value), "1 to 90 minutes");
    }
    for idea in header.teaches.iter().chain(&header.needs) {
        rules.name(idea, "the name of an idea");
    }
    rules.no_doubles(header.teaches.iter().chain(&header.needs), "idea");
    rules.no_doubles(&header.objectives, "objective");
    rules.no_doubles(&header.commands, "command");
    if let Some(start) = &header.start {
        rules.start(start);
    }
}

/// Reports breaches in one step.
pub(super) fn step(step: &Step, reader: &mut Reader<'_>) {
    Rules { reader }.step(step);
}

/// Reports a lesson with too many steps.
pub(super) fn length(lesson: &Lesson, reader: &mut Reader<'_>) {
    if let Some(step) = lesson.steps.get(STEPS) {
        let title = format!("a lesson of {} steps", lesson.steps.len());
        Rules { reader }.breach(step.span, title, &format!("at most {STEPS} steps"));
    }
}

/// The keys of a lesson that stand before its steps, each as far as it was understood.
pub(super) struct Header {
    id: Option<Located<String>>,
    minutes: Option<Located<u32>>,
    teaches: Vec<Located<String>>,
    needs: Vec<Located<String>>,
    objectives: Vec<Located<String>>,
    commands: Vec<Located<String>>,
    start: Option<Start>,
}

impl Header {
    /// Reads each key for itself; what is wrong with its type is reported by the reading of the lesson.
    pub(super) fn read(table: &mut TableReader<'_, '_, '_, '_>) -> Self {
        Self {
            id: table.key("id"),
            minutes: table.key("minutes"),
            teaches: table.key("teaches").unwrap_or_default(),
            needs: table.key("needs").unwrap_or_default(),
            objectives: table.key("objectives").unwrap_or_default(),
            commands: table.key("commands").unwrap_or_default(),
            start: table.key("start"),
        }
    }
}

struct Rules<'r, 'd> {
    reader: &'r mut Reader<'d>,
}

impl Rules<'_, '_> {
    fn breach(&mut self, span: Span, title: impl Into<String>, expected: &str) {
        let error = self.reader.error(span, title).label("here").expected(expected);
        self.reader.found.push(error);
    }

    fn name(&mut self, name: &Located<String>, what: &str) {
        let signs_right = name.chars().all(|sign| sign.is_ascii_lowercase() || sign.is_ascii_digit() || sign == '-');
        if !signs_right || name.starts_with('-') || name.ends_with('-') || name.len() > 60 {
            let expected = "at most 60 lower-case letters, digits and hyphens, as in `copy-on-write`";
            self.breach(name.span, format!("`{}` is not {what}", name.value), expected);
        }
    }

    fn no_doubles<'n>(&mut self, names: impl IntoIterator<Item = &'n Located<String>>, what: &str) {
        let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
        for name in names {
            if seen.insert(name.as_str(), name.span).is_some() {
                let error = self.reader.error(name.span, format!("the {what} `{}` is there twice", name.value));
                self.reader
                    .found
                    .push(error.label("a second time").note("delete one of the two, or give it another name"));
            }
        }
    }

    fn start(&mut self, start: &Start) {
        if let (Some(preset), false) = (&start.preset, start.machines.is_empty()) {
            self.breach(
                preset.span,
                "`preset` and `machines` exclude each other",
                "the preset of each machine in `machines`",
            );
        }
        self.no_doubles(start.machines.iter().map(|machine| &machine.name), "machine");
        for file in &start.files {
            if file.path.split('/').any(|part| part == "..") || file.path.ends_with('/') {
                let expected = "an absolute path, or one from the home directory, without `..`";
                self.breach(file.path.span, format!("`{}` is not the path of a file", file.path.value), expected);
            }
            if file.text.is_some() == file.size.is_some() {
                let title = format!("`{}` needs one of `text` and `size`", file.path.value);
                self.breach(file.span, title, "`text = \"…\"`, or `size = \"40MB\"` for made-up bytes");
            }
            if let Some(size) = file.size.as_ref().filter(|size| size.value.0 > FILE_BYTES) {
                self.breach(size.span, format!("a file of {} bytes", size.value.0), "at most 1 GB");
            }
        }
    }

    fn step(&mut self, step: &Step) {
        self.values(step);
        for highlight in &step.header.highlight {
            let whole = match highlight.kind {
                HighlightKind::Layer => highlight.name.rsplit_once('#').is_some_and(|(image, layer)| {
                    !image.is_empty() && layer.parse::<u8>().is_ok_and(|layer| layer > 0)
                }),
                HighlightKind::Port => highlight.name.parse::<u16>().is_ok(),
                HighlightKind::Pane => ["stage", "why", "terminal", "timeline"].contains(&highlight.name.as_str()),
                _ => true,
            };
            if !whole {
                let title = format!("`{}` does not name {}", highlight.name, highlight.kind.word());
                self.breach(highlight.span, title, highlight.kind.meaning());
            }
        }
        match &step.kind {
            StepKind::Predict(predict) => self.predict(step, predict),
            StepKind::Quiz(quiz) => self.quiz(step, quiz),
            StepKind::Compare(compare) => self.compare(compare),
            StepKind::Do(task) => self.task(task),
            StepKind::Say(_) | StepKind::Demo(_) => {}
        }
    }

    /// Every `{name}` is a value of the step, every value is used, and no text holds a digest.
    fn values(&mut self, step: &Step) {
        let values = &step.header.values;
        let mut used = Vec::new();
        for text in step.texts() {
            for name in text::value_names(text) {
                if !values.contains_key(&name) {
                    let title = format!("the text shows `{{{name}}}`, but the step has no such value");
                    let error = self.reader.error(text.span, title).label("in this text");
                    let error = error.did_you_mean(&name, values.keys().map(String::as_str));
                    self.reader.found.push(error.note(format!(
                        "write `values = {{ {name} = {{ …, show = \"…\" }} }}` in the step, or `` `{{{name}}}` `` if the braces are meant"
                    )));
                }
                used.push(name);
            }
            if let Some((_, digest)) = text.split_once("sha256:")
                && digest.starts_with(|sign: char| sign.is_ascii_hexdigit())
            {
                self.breach(text.span, "the text holds a digest", "a value: digests come from the model");
            }
        }
        for (name, observation) in values {
            if !used.contains(name) {
                self.breach(
                    observation.span,
                    format!("the value `{name}` is not used"),
                    &format!("`{{{name}}}` in a text of the step"),
                );
            }
        }
    }

    fn option_count(&mut self, step: &Step, count: usize) {
        if !(2..=OPTIONS).contains(&count) {
            self.breach(step.span, format!("a question with {count} options"), "2 to 9 options");
        }
    }

    fn misconception(&mut self, name: &Located<String>) {
        if misconception(name).is_none() {
            let known = || MISCONCEPTIONS.iter().map(|misconception| misconception.id);
            let error = self.reader.error(name.span, format!("`{}` is not a misconception of the course", name.value));
            let error = error.label("no such id").did_you_mean(name, known());
            let note = match nearest(name, known()).and_then(misconception) {
                Some(near) => format!("`{}`: {}", near.id, near.wrong),
                None => "the ids are listed in docs/writing-lessons.md".to_owned(),
            };
            self.reader.found.push(error.note(note));
        }
    }

    fn predict(&mut self, step: &Step, predict: &Predict) {
        self.option_count(step, predict.options.len());
        self.no_doubles(predict.options.iter().map(|option| &option.text), "option");
        for name in predict.options.iter().filter_map(|option| option.misconception.as_ref()) {
            self.misconception(name);
        }
        // Conditions and comparisons may also overlap: that shows when the step is played.
        let mut seen: Vec<&Literal> = Vec::new();
        for option in &predict.options {
            let When::Value(tests) = &option.when else { continue };
            let [Test { operator: Operator::Is, operand: Operand::Literal(literal), span }] = tests.as_slice() else {
                continue;
            };
            if seen.contains(&literal) {
                let title = "two options hold for the same outcome";
                self.breach(*span, title, "another `when` for each option: exactly one must hold");
            }
            seen.push(literal);
        }
        if predict.options.iter().all(|option| option.misconception.is_some()) {
            self.breach(
                step.span,
                "every option names a misconception",
                "an option that can be right, without `misconception`",
            );
        }
    }

    fn quiz(&mut self, step: &Step, quiz: &Quiz) {
        self.option_count(step, quiz.options.len());
        self.no_doubles(quiz.options.iter().map(|option| &option.text), "option");
        let right: Vec<_> = quiz.options.iter().filter(|option| option.right == Some(true)).collect();
        match right.as_slice() {
            [] => self.breach(step.span, "no option is right", "`right = true` in exactly one option"),
            [_] => {}
            [_, more @ ..] => {
                for option in more {
                    self.breach(option.span, "more than one option is right", "`right = true` in exactly one option");
                }
            }
        }
        for option in &quiz.options {
            let Some(name) = &option.misconception else { continue };
            self.misconception(name);
            if option.right == Some(true) {
                self.breach(
                    name.span,
                    "the right option names a misconception",
                    "`misconception` in wrong options only",
                );
            }
        }
    }

    fn compare(&mut self, compare: &Compare) {
        if !(2..=3).contains(&compare.lanes.len()) {
            let title = format!("a comparison of {} lanes", compare.lanes.len());
            self.breach(compare.lanes.last().map_or(compare.span, |lane| lane.span), title, "2 or 3 lanes");
        }
        self.no_doubles(compare.lanes.iter().map(|lane| &lane.title), "lane");
        self.no_doubles(compare.measure.iter().map(|measure| &measure.label), "measure");
        if let Some(keep) = &compare.keep
            && !(1..=compare.lanes.len()).contains(&usize::from(keep.value))
        {
            let expected = format!("the number of a lane, 1 to {}", compare.lanes.len());
            self.breach(keep.span, format!("there is no lane {}", keep.value), &expected);
        }
    }

    fn task(&mut self, task: &Do) {
        self.no_doubles(task.goal.iter().map(|goal| &goal.label), "label");
    }
}
