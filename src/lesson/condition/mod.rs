//! Conditions and observations: what a lesson asks the model, as typed data.
//!
//! Promises: a condition is a subject (a container, an image, a file, …), one or more of its properties, and tests on
//! them; an observation is a subject and one property, whose value the model gives. No text of a command is matched, and
//! nothing here is evaluated on a world: that is `lesson::observe`'s. Must not know: a world.
//! `table` reads them, `schema` describes them to editors.

mod properties;
mod schema;
mod table;
mod test;

pub use properties::{Property, SubjectKind, ValueKind};
pub(super) use table::read_tests;
pub use test::{Literal, Observed, Operand, Operator, Test};

use crate::diagnostic::Span;
use crate::lesson::table::{Located, table, words};

table! {
    /// Which containers are counted: all of which every given key holds.
    pub struct ContainerFilter named "a filter of containers" {
        /// Made from this image, named by a reference or ID: the image itself is compared, not its name.
        pub image: Option<String>,
        /// In this state.
        pub state: Option<ContainerState>,
    }
}

table! {
    /// Which images are counted: all of which every given key holds.
    pub struct ImageFilter named "a filter of images" {
        /// With a tag in this repository.
        pub repository: Option<String>,
        /// Without any tag (`true`), or with one (`false`).
        pub dangling: Option<bool>,
    }
}

table! {
    /// Which volumes are counted: all of which every given key holds.
    pub struct VolumeFilter named "a filter of volumes" {
        /// Made without a name (`true`), or with one (`false`).
        pub anonymous: Option<bool>,
        /// Used by no container (`true`), or by one (`false`).
        pub dangling: Option<bool>,
    }
}

table! {
    /// Which networks are counted: all of which every given key holds.
    pub struct NetworkFilter named "a filter of networks" {
        /// Made by a user (`true`), or there from the start: bridge, host, none (`false`).
        pub custom: Option<bool>,
    }
}

words! {
    /// The states of a container, as Docker names them.
    pub enum ContainerState named "a container state" {
        /// Made and never started.
        Created = "created",
        /// Its main process runs.
        Running = "running",
        /// Frozen.
        Paused = "paused",
        /// Waiting for its next start.
        Restarting = "restarting",
        /// Being removed.
        Removing = "removing",
        /// Its main process ended.
        Exited = "exited",
        /// Removal failed half-way.
        Dead = "dead",
    }
}

/// Which file system a file is looked for in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FilePlace {
    /// The file system as the container of that name sees it.
    Container(String),
    /// The layers of the image of that reference.
    Image(String),
    /// The volume of that name.
    Volume(String),
    /// The disk of the machine.
    Machine,
}

/// What a condition or observation is about.
#[derive(Debug, Clone)]
pub enum Subject {
    /// One container, by name or ID.
    Container(String),
    /// The containers that a filter lets through.
    Containers(ContainerFilter),
    /// One image, by reference or ID.
    Image(String),
    /// The images that a filter lets through.
    Images(ImageFilter),
    /// A path in some file system.
    File {
        /// Where the path is looked for.
        place: FilePlace,
        /// Absolute path.
        path: String,
    },
    /// A TCP port, tried by a request.
    Port {
        /// The port's number.
        number: u16,
        /// The host asked; `localhost` if none is named.
        host: Option<String>,
        /// The container that asks; the machine itself if none is named.
        from: Option<String>,
    },
    /// A host name, looked up in DNS.
    Lookup {
        /// The name.
        name: String,
        /// The container that asks.
        from: String,
    },
    /// One volume, by name.
    Volume(String),
    /// The volumes that a filter lets through.
    Volumes(VolumeFilter),
    /// One network, by name.
    Network(String),
    /// The networks that a filter lets through.
    Networks(NetworkFilter),
    /// The last `docker build` of this step.
    Build,
    /// The last `docker pull` of this step, by itself or within a `run`.
    Pull,
    /// The last command of this step.
    Command,
    /// The last load, or the one that is under way.
    Load,
    /// A machine, by name.
    Machine(String),
    /// A virtual machine, by name.
    VirtualMachine(String),
}

/// A question to the model that has one value as its answer.
#[derive(Debug, Clone)]
pub struct Observation {
    /// What is looked at.
    pub subject: Subject,
    /// The machine it is on; the lesson's first if none is named.
    pub on: Option<Located<String>>,
    /// Which of its properties.
    pub show: Property,
    /// Where it stands in the file.
    pub span: Span,
}

/// A statement about the model that is true or not.
#[derive(Debug, Clone)]
pub struct Condition {
    /// What it is about.
    pub subject: Subject,
    /// The machine it is on; the lesson's first if none is named.
    pub on: Option<Located<String>>,
    /// What must hold, all of it; never empty (a bare subject means that it exists).
    pub tests: Vec<PropertyTest>,
    /// Where it stands in the file.
    pub span: Span,
}

/// Tests on one property of a condition's subject.
#[derive(Debug, Clone)]
pub struct PropertyTest {
    /// The property.
    pub property: Property,
    /// What its value must be; all of it must hold.
    pub tests: Vec<Test>,
    /// Where it stands in the file.
    pub span: Span,
}

impl Condition {
    /// The observations that the condition stands on: one for each property tested, in the order written here.
    pub fn observations(&self) -> impl Iterator<Item = (Observation, &PropertyTest)> {
        self.tests.iter().map(|test| {
            let observation = Observation {
                subject: self.subject.clone(),
                on: self.on.clone(),
                show: test.property,
                span: test.span,
            };
            (observation, test)
        })
    }
}

/// A condition with the words that the learner sees beside its sign for met or not met.
#[derive(Debug, Clone)]
pub struct Goal {
    /// What is to be reached, in a few words.
    pub label: Located<String>,
    /// When it is reached.
    pub condition: Condition,
}
