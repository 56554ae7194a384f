//! One of the program's screens, and what it may ask of the app that holds it.
//!
//! Promises: every screen answers the same few questions, each in its own file. Must not know: geometry, colours, or the outside.

use std::time::Duration;

use super::command::{Action, Command};
use super::course::Course;
use super::editor::Editor;
use super::home::Home;
use super::inspector::Inspector;
use super::key::Key;
use super::lesson::LessonScreen;
use super::message::{Effect, Size, Target};
use super::overlay::{Choices, Confirm};
use super::playground::PlaygroundScreen;
use super::preferences::Preferences;
use super::quiz::QuizScreen;
use super::settings::Settings;
use super::settings_screen::SettingsScreen;
use crate::learner::progress::Progress;
use crate::world;

/// A screen. The app keeps a stack of them, home at the bottom.
#[derive(Debug, Clone)]
pub enum Screen {
    Home(Home),
    Lesson(Box<LessonScreen>),
    Playground(Box<PlaygroundScreen>),
    Quiz(Box<QuizScreen>),
    Settings(SettingsScreen),
}

/// What a screen sees of the app, and where it puts its requests.
pub struct Context<'a> {
    pub course: &'a Course,
    /// What is changed here is kept.
    pub progress: &'a mut Progress,
    pub settings: &'a Settings,
    pub preferences: &'a Preferences,
    pub size: Size,
    /// Carried out in order when the screen has returned.
    pub requests: Vec<Request>,
}

/// What a screen asks of the app.
#[derive(Debug, Clone)]
pub enum Request {
    /// Put a screen on top.
    Open(Screen),
    /// Open the lesson with this id.
    OpenLesson(String),
    /// Close this screen; closing the last one leaves the program.
    Close,
    /// Ask before doing something.
    Ask(Confirm),
    /// Let one of several things be chosen.
    Choose(Choices),
    /// Edit a file; saving it comes back to the screen.
    Edit(Box<Editor>),
    /// Look into a world.
    Inspect(Box<Inspector>),
    /// Open the playground.
    OpenPlayground,
    /// Open the quiz; the same with what is due for review.
    OpenQuiz,
    OpenReviews,
    /// Open the settings.
    OpenSettings,
    /// Prefer this from now on.
    Prefer(Box<Preferences>),
    /// Tell the learner something, in one sentence, until the next key.
    Tell(String),
    Effect(Effect),
}

impl Context<'_> {
    /// Asks for something.
    pub fn ask_for(&mut self, request: Request) {
        self.requests.push(request);
    }
}

/// Calls the same method of whichever screen it is.
macro_rules! each_screen {
    ($screen:expr, $inner:ident => $call:expr) => {
        match $screen {
            Screen::Home($inner) => $call,
            Screen::Lesson($inner) => $call,
            Screen::Playground($inner) => $call,
            Screen::Quiz($inner) => $call,
            Screen::Settings($inner) => $call,
        }
    };
}

impl Screen {
    /// What the title bar says after the program's name.
    pub fn title(&self) -> String {
        each_screen!(self, screen => screen.title())
    }

    /// What can be done here now, in the order the key bar shows it.
    pub fn commands(&self) -> Vec<Command> {
        each_screen!(self, screen => screen.commands())
    }

    /// Whether keys that write a character go into a text field.
    pub fn typing(&self) -> bool {
        each_screen!(self, screen => screen.typing())
    }

    /// Does what a declared command asks.
    pub fn perform(&mut self, action: Action, context: &mut Context<'_>) {
        each_screen!(self, screen => screen.perform(action, context));
    }

    /// Takes a key that no command declares.
    pub fn key(&mut self, key: Key, context: &mut Context<'_>) {
        each_screen!(self, screen => screen.key(key, context));
    }

    /// Takes pasted text.
    pub fn paste(&mut self, text: &str, context: &mut Context<'_>) {
        each_screen!(self, screen => screen.paste(text, context));
    }

    /// Writes a file of the simulated machine, which the editor hands over.
    pub fn save(&mut self, path: String, text: String, context: &mut Context<'_>) {
        let action = world::Action::Write { path, text };
        match self {
            Screen::Lesson(lesson) => lesson.do_in_world(action, context),
            Screen::Playground(playground) => playground.do_in_world(action, context),
            Screen::Home(_) | Screen::Quiz(_) | Screen::Settings(_) => {}
        }
    }

    /// Takes a click on a target of its own.
    pub fn click(&mut self, target: &Target, context: &mut Context<'_>) {
        each_screen!(self, screen => screen.click(target, context));
    }

    /// Takes the wheel.
    pub fn scroll(&mut self, target: Option<&Target>, lines: i16, context: &mut Context<'_>) {
        each_screen!(self, screen => screen.scroll(target, lines, context));
    }

    /// Lets time pass.
    pub fn tick(&mut self, passed: Duration, context: &mut Context<'_>) {
        each_screen!(self, screen => screen.tick(passed, context));
    }

    /// Whether something moves, so that time has to pass.
    pub fn moving(&self) -> bool {
        each_screen!(self, screen => screen.moving())
    }

    /// The smallest size at which it can be read; below it the learner is asked for more room.
    pub fn minimum_size(&self) -> Size {
        each_screen!(self, screen => screen.minimum_size())
    }
}
