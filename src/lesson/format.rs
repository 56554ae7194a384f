//! The types of a lesson file, format version 1: what an author may write, and what it means.
//!
//! Promises: every key has a comment, which becomes its description in the schema; every part that a message may have to
//! point at knows its place in the file. Read by `read`, described to editors by `schema`. Must not know the model:
//! whether names in commands and conditions exist is found by playing.

use std::collections::BTreeMap;

use crate::diagnostic::Span;
use crate::lesson::condition::{Condition, Goal, Observation, Test};
pub use crate::lesson::table::{AtLeastOne, Located};
use crate::lesson::table::{table, words};

/// The version of the format that this program reads.
pub const FORMAT: u32 = 1;

table! {
    /// A lesson of Layerlab: words and commands. Outputs, sizes, digests and times come from the model.
    pub struct Lesson named "the lesson" {
        /// The version of the format: 1.
        #[schemars(extend("const" = FORMAT))]
        pub format: Located<u32>,
        /// The lesson's name for ever, in lower case with hyphens: learners' records refer to it.
        pub id: Located<String>,
        /// What the lesson is called on the screen.
        pub title: Located<String>,
        /// The module it belongs to; without this key, the folder of the file.
        pub module: Option<Located<String>>,
        /// How long it takes to work through, in minutes.
        pub minutes: Located<u32>,
        /// The ideas that the lesson teaches, in lower case with hyphens.
        pub teaches: AtLeastOne<Located<String>>,
        /// Ideas that another lesson must have taught before.
        #[schemars(default)]
        pub needs: Vec<Located<String>>,
        /// What the learner can do afterwards, in one sentence each.
        pub objectives: AtLeastOne<Located<String>>,
        /// Commands introduced here, such as `docker run` or `docker run -p`. A `do` step may need only these, and those of lessons before.
        #[schemars(default)]
        pub commands: Vec<Located<String>>,
        /// The scene before the first step.
        pub start: Option<Start>,
        /// The steps, in their order.
        pub steps: AtLeastOne<Step>,
    }
}

table! {
    /// The scene before the first step: machines, files on them, and commands that were carried out.
    pub struct Start named "the start" {
        /// A number that decides the IDs and names the model makes up; 1 without this key.
        pub seed: Option<Located<u64>>,
        /// The kind of the one machine there is, as the catalogue names it; `laptop` without this key.
        pub preset: Option<Located<String>>,
        /// The machines, if there are several; the first is where commands go that name none.
        #[schemars(default)]
        pub machines: Vec<StartMachine>,
        /// Virtual machines, installed and, unless it is said otherwise, up.
        #[schemars(default)]
        pub vms: Vec<StartVirtualMachine>,
        /// Files on the machines' disks.
        #[schemars(default)]
        pub files: Vec<StartFile>,
        /// Commands carried out, unseen, before the first step.
        #[schemars(default)]
        pub commands: Vec<Command>,
    }
}

table! {
    /// One of several machines.
    pub struct StartMachine named "a machine" {
        /// Its name on the screen, and in `on`.
        pub name: Located<String>,
        /// The kind of machine, as `assets/presets.toml` names it.
        pub preset: Located<String>,
        /// Its processors' architecture, `amd64` or `arm64`, if not its kind's.
        pub architecture: Option<Located<String>>,
        /// How many processors it has, if not as many as its kind.
        pub cpus: Option<Located<u32>>,
        /// Its memory, if not its kind's, such as `"8GB"`.
        pub memory: Option<Located<ByteCount>>,
        /// Its disk, if not its kind's.
        pub disk: Option<Located<ByteCount>>,
        /// What is installed on it beside its system, such as `"python 3.8.10"`, `"flask 3.0.3"`, `"libgomp1"`.
        #[schemars(default)]
        pub software: Vec<Located<String>>,
        /// Whether Docker is installed; as its kind has it without this key.
        pub docker: Option<bool>,
    }
}

table! {
    /// A virtual machine that is there before the first step.
    pub struct StartVirtualMachine named "a virtual machine" {
        /// Its name.
        pub name: Located<String>,
        /// The guest system, as `assets/machines.toml` names it: `ubuntu-server`, `alpine`, `windows-server`.
        pub guest: Located<String>,
        /// The machine it is on; the first without this key.
        pub on: Option<Located<String>>,
        /// How many processors it has; 1 without this key.
        pub cpus: Option<Located<u32>>,
        /// Its memory; what is usual for its guest without this key.
        pub memory: Option<Located<ByteCount>>,
        /// Its disk; twice what its guest takes without this key.
        pub disk: Option<Located<ByteCount>>,
        /// Whether it is up (`true` without this key) or switched off.
        pub running: Option<bool>,
    }
}

table! {
    /// A file that is there before the first step.
    pub struct StartFile named "a file" {
        /// Where it is: an absolute path, or one from the home directory.
        pub path: Located<String>,
        /// What is in it.
        pub text: Option<Located<String>>,
        /// Instead of a text: how large it is, filled with made-up bytes, such as `"40MB"`.
        pub size: Option<Located<ByteCount>>,
        /// Whether it can be run as a program.
        pub executable: Option<bool>,
        /// The machine it is on; the first without this key.
        pub on: Option<Located<String>>,
    }
}

/// An amount of bytes, written as a whole number or with Docker's units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ByteCount(pub u64);

/// A shell line, as the learner would type it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// The line.
    pub line: String,
    /// The machine that it is typed on; the lesson's first if none is named.
    pub on: Option<String>,
    /// Where it stands in the file.
    pub span: Span,
}

words! {
    /// Who sees a step.
    pub enum Audience named "an audience" {
        /// Only a class with a presenter.
        Class = "class",
        /// Only a learner alone.
        Alone = "self",
    }
}

/// One step of a lesson.
#[derive(Debug, Clone)]
pub struct Step {
    /// What all kinds of step have.
    pub header: StepHeader,
    /// What the step is.
    pub kind: StepKind,
    /// Where the step begins in the file.
    pub span: Span,
}

table! {
    /// What all kinds of step have.
    pub struct StepHeader named "the step" {
        /// A heading above the text.
        pub title: Option<Located<String>>,
        /// Notes for the presenter, not shown to learners. Small Markdown.
        pub notes: Option<Located<String>>,
        /// Show this step only to a class, or only to a learner alone.
        pub only: Option<Audience>,
        /// Things on the stage to point at, as `container:web` or `image:nginx:1.27`.
        #[schemars(default)]
        pub highlight: Vec<Highlight>,
        /// Values that the model gives and texts of this step show: the text `{size}` stands for the observation named `size`.
        #[schemars(default)]
        pub values: BTreeMap<String, Observation>,
    }
}

words! {
    /// What can be pointed at on the stage.
    pub enum HighlightKind named "a kind of thing on the stage" {
        /// A container, by name.
        Container = "container",
        /// An image, by reference.
        Image = "image",
        /// A layer of an image: `layer:REFERENCE#NUMBER`, 1 the lowest.
        Layer = "layer",
        /// The writable layer of a container, by the container's name.
        Writable = "writable",
        /// A volume, by name.
        Volume = "volume",
        /// A network, by name.
        Network = "network",
        /// A published port, by number.
        Port = "port",
        /// A machine, by name.
        Machine = "machine",
        /// A virtual machine, by name.
        VirtualMachine = "vm",
        /// A repository in the registry.
        Repository = "repository",
        /// A part of the screen: stage, why, terminal or timeline.
        Pane = "pane",
    }
}

/// Something to point at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Highlight {
    /// What kind of thing.
    pub kind: HighlightKind,
    /// Which one.
    pub name: String,
    /// Where it stands in the file.
    pub span: Span,
}

/// The six kinds of step.
#[derive(Debug, Clone)]
pub enum StepKind {
    /// Words beside the stage.
    Say(Say),
    /// Commands are played, with the animation.
    Demo(Demo),
    /// The learner says what a command will do; then it runs, and the model decides.
    Predict(Predict),
    /// The learner reaches a goal with commands of their own.
    Do(Do),
    /// Command lists from the same start, side by side.
    Compare(Compare),
    /// A question with an explanation for every option.
    Quiz(Quiz),
}

table! {
    /// Words beside the stage.
    pub struct Say named "the say step" {
        /// The words. Small Markdown.
        pub text: Located<String>,
    }
}

table! {
    /// Commands are played, with the animation.
    pub struct Demo named "the demo step" {
        /// Words shown while the commands play. Small Markdown.
        pub text: Option<Located<String>>,
        /// The commands, played one after the other.
        pub commands: AtLeastOne<Command>,
    }
}

table! {
    /// The learner says what commands will do; then they run, and the model decides which option was right.
    pub struct Predict named "the predict step" {
        /// Words before the question. Small Markdown.
        pub text: Option<Located<String>>,
        /// The question. Small Markdown.
        pub question: Located<String>,
        /// The commands that run once the learner has chosen.
        pub commands: AtLeastOne<Command>,
        /// What the model is asked after the commands. Each option's `when` is then a value. Without it, each `when` is a list of conditions.
        pub observe: Option<Observation>,
        /// The options; after the commands, exactly one `when` must hold.
        pub options: AtLeastOne<PredictOption>,
        /// Show the options in the order written; otherwise they are shuffled.
        pub keep_order: Option<bool>,
    }
}

table! {
    /// One possible outcome.
    pub struct PredictOption named "an option" {
        /// What the learner reads. Small Markdown.
        pub text: Located<String>,
        /// When this option is the right one: a value for what `observe` asks, or a list of conditions that all hold.
        pub when: When,
        /// Why it is right or wrong, shown afterwards. Small Markdown.
        pub why: Located<String>,
        /// The wrong idea that leads to this option, by its id.
        pub misconception: Option<Located<String>>,
    }
}

/// When an option of a prediction is the right one.
#[derive(Debug, Clone)]
pub enum When {
    /// All tests hold for what the step observes.
    Value(Vec<Test>),
    /// All conditions hold.
    Conditions(AtLeastOne<Condition>),
}

table! {
    /// The learner reaches a goal with commands of their own.
    pub struct Do named "the do step" {
        /// What the learner shall reach. Small Markdown.
        pub task: Located<String>,
        /// The conditions to reach, each with a label; not all of them may be true at the start.
        pub goal: AtLeastOne<Goal>,
        /// The ladder of hints.
        pub hints: Hints,
        /// Commands that reach the goal: the last rung of the ladder, and the proof that it can be done.
        pub solution: AtLeastOne<Command>,
        /// Words shown once the goal is reached. Small Markdown.
        pub after: Option<Located<String>>,
    }
}

table! {
    /// Hints from the lightest to the heaviest; the answer itself is the `solution`. Small Markdown each.
    pub struct Hints named "the ladder of hints" {
        /// Where to look.
        pub nudge: Located<String>,
        /// The idea that helps.
        pub concept: Located<String>,
        /// The form of the command, without its values.
        pub shape: Located<String>,
        /// Words beside the solution.
        pub answer: Option<Located<String>>,
    }
}

table! {
    /// Command lists from the same start, side by side.
    pub struct Compare named "the compare step" {
        /// What to look at. Small Markdown.
        pub text: Located<String>,
        /// The lanes: two or three.
        pub lanes: AtLeastOne<Lane>,
        /// What is measured in every lane, and shown below it.
        #[schemars(default)]
        pub measure: Vec<Measure>,
        /// The number of the lane whose world the lesson goes on with; without this key, it goes on as if nothing had been done.
        pub keep: Option<Located<u8>>,
    }
}

table! {
    /// One of the lists of commands.
    pub struct Lane named "a lane" {
        /// What stands above the lane.
        pub title: Located<String>,
        /// The commands played in it.
        pub commands: AtLeastOne<Command>,
    }
}

/// An observation made in every lane, with the words that stand before its value.
#[derive(Debug, Clone)]
pub struct Measure {
    /// What is measured, in a few words.
    pub label: Located<String>,
    /// What the model is asked.
    pub observation: Observation,
}

table! {
    /// A question with an explanation for every option.
    pub struct Quiz named "the quiz step" {
        /// The question. Small Markdown.
        pub question: Located<String>,
        /// The options, of which exactly one is right.
        pub options: AtLeastOne<QuizOption>,
        /// Show the options in the order written; otherwise they are shuffled.
        pub keep_order: Option<bool>,
    }
}

table! {
    /// One possible answer.
    pub struct QuizOption named "an option" {
        /// What the learner reads. Small Markdown.
        pub text: Located<String>,
        /// Whether this is the right answer; without this key it is not.
        pub right: Option<bool>,
        /// Why it is right or wrong. Small Markdown.
        pub why: Located<String>,
        /// The wrong idea that leads to this option, by its id.
        pub misconception: Option<Located<String>>,
    }
}

impl StepKind {
    /// The word after `kind`, and what the kind is, for every kind.
    pub const ALL: &'static [(&'static str, &'static str)] = &[
        ("say", "Words beside the stage."),
        ("demo", "Commands are played, with the animation."),
        (
            "predict",
            "The learner says what commands will do; then they run, and the model decides which option was right.",
        ),
        ("do", "The learner reaches a goal with commands of their own."),
        ("compare", "Command lists from the same start, side by side."),
        ("quiz", "A question with an explanation for every option."),
    ];

    /// The word after `kind`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Say(_) => "say",
            Self::Demo(_) => "demo",
            Self::Predict(_) => "predict",
            Self::Do(_) => "do",
            Self::Compare(_) => "compare",
            Self::Quiz(_) => "quiz",
        }
    }

    /// Every list of commands in the step, each to be played from the step's own start.
    pub fn command_lists(&self) -> Vec<&[Command]> {
        match self {
            Self::Say(_) | Self::Quiz(_) => Vec::new(),
            Self::Demo(demo) => vec![&demo.commands],
            Self::Predict(predict) => vec![&predict.commands],
            Self::Do(task) => vec![&task.solution],
            Self::Compare(compare) => compare.lanes.iter().map(|lane| &*lane.commands).collect(),
        }
    }
}

impl Step {
    /// Every text of the step that may hold Markdown and `{values}`; the presenter's notes too.
    pub fn texts(&self) -> Vec<&Located<String>> {
        let mut texts: Vec<&Located<String>> = self.header.notes.iter().collect();
        match &self.kind {
            StepKind::Say(say) => texts.push(&say.text),
            StepKind::Demo(demo) => texts.extend(&demo.text),
            StepKind::Predict(predict) => {
                texts.extend(&predict.text);
                texts.push(&predict.question);
                texts.extend(predict.options.iter().flat_map(|option| [&option.text, &option.why]));
            }
            StepKind::Do(task) => {
                texts.extend([&task.task, &task.hints.nudge, &task.hints.concept, &task.hints.shape]);
                texts.extend(&task.hints.answer);
                texts.extend(&task.after);
            }
            StepKind::Compare(compare) => texts.push(&compare.text),
            StepKind::Quiz(quiz) => {
                texts.push(&quiz.question);
                texts.extend(quiz.options.iter().flat_map(|option| [&option.text, &option.why]));
            }
        }
        texts
    }

    /// Whether the step is shown to that audience.
    pub fn is_for(&self, audience: Audience) -> bool {
        self.header.only.is_none_or(|only| only == audience)
    }
}
