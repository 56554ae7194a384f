//! The program as a value: what is on the screen, and `update(message) → effects`.
//!
//! Promises: the same messages give the same app; what must happen outside is returned as data. Must not know: the terminal, colours,
//! geometry, files, the wall clock. Start reading at `App::update`, then `screen`; each screen has its own file.

pub mod command;
pub mod course;
pub mod desk;
pub mod editor;
pub mod home;
pub mod inspector;
pub mod key;
pub mod keymap;
pub mod lesson;
pub mod line;
pub mod message;
pub mod moments;
pub mod overlay;
pub mod playground;
pub mod preferences;
pub mod prepared;
pub mod quiz;
pub mod screen;
pub mod settings;
pub mod settings_screen;
pub mod show;
#[cfg(test)]
mod tests;
pub mod transcript;

use command::{Action, Command, action_for, everywhere};
use course::Course;
use editor::Editor;
use home::Home;
use key::Key;
use lesson::{LessonScreen, continue_at};
use message::{Effect, Message, Size, Target};
use overlay::{Confirm, Help, Overlay};
use playground::PlaygroundScreen;
use preferences::Preferences;
use prepared::{EMPTY, PREPARED, Prepared};
use quiz::QuizScreen;
use screen::{Context, Request, Screen};
use settings::Settings;
use settings_screen::SettingsScreen;

use crate::learner::progress::Progress;
use crate::project::{Opened, Own};
use crate::worlds::Worlds;

/// The most screens that lie on one another.
const DEEPEST_STACK: usize = 8;

/// The whole program at a moment.
#[derive(Debug, Clone)]
pub struct App {
    pub course: Course,
    pub progress: Progress,
    pub settings: Settings,
    /// What of the settings is kept.
    pub preferences: Preferences,
    pub size: Size,
    /// Where the worlds of lessons and of the playground come from.
    pub worlds: Worlds,
    /// What lies over the screen.
    pub overlay: Option<Overlay>,
    /// A sentence for the learner, shown in place of the key bar until the next key.
    pub notice: Option<String>,
    /// The screen that is shown when no other lies on it.
    bottom: Screen,
    /// The screens on it; the last is shown.
    above: Vec<Screen>,
    /// Ctrl-C was pressed once; a second one leaves.
    leaving: bool,
}

impl App {
    /// The program on its home screen.
    pub fn new(course: Course, progress: Progress, settings: Settings, size: Size) -> Self {
        Self {
            course,
            progress,
            settings,
            preferences: Preferences::default(),
            size,
            worlds: Worlds::default(),
            overlay: None,
            notice: None,
            bottom: Screen::Home(Home::default()),
            above: Vec::new(),
            leaving: false,
        }
    }

    /// Puts a screen on top, as when the program is started with `learn` or `play`.
    pub fn open(&mut self, screen: Screen) {
        if self.above.len() < DEEPEST_STACK {
            self.above.push(screen);
        }
    }

    /// Opens the lesson with this id; says so if there is none.
    pub fn open_lesson(&mut self, id: &str) {
        match self.course.find(id) {
            Some((_, entry)) => {
                let id = entry.id.clone();
                let Some(lesson) = self.course.lesson(&id) else {
                    self.notice = Some(format!("The lesson {id:?} cannot be read; `layerlab check` says why."));
                    return;
                };
                let step = continue_at(&self.progress, &id);
                self.progress.reach(&id, step);
                let mut screen = LessonScreen::new(&id, lesson, &self.course, self.worlds.settings(), step);
                screen.desk.show.set_speed(self.settings.speed);
                self.open(Screen::Lesson(Box::new(screen)));
            }
            None => self.notice = Some(format!("There is no lesson called {id:?}.")),
        }
    }

    /// Opens the playground.
    pub fn open_playground(&mut self) {
        self.open_prepared(&EMPTY, None);
    }

    /// Opens a prepared playground, with what the learner brought in it: says what is there, and offers to begin.
    pub fn open_prepared(&mut self, prepared: &Prepared, own: Option<&Own>) {
        let mut world = prepared.world(self.worlds.settings(), self.settings.seed);
        let opened = own.map(|own| own.open(&mut world));
        let line = opened.as_ref().map_or("", |opened| &opened.command);
        let mut screen = PlaygroundScreen::of(world, line);
        screen.desk.show.set_speed(self.settings.speed);
        screen.prepare(prepared.commands);
        self.open(Screen::Playground(Box::new(screen)));
        if let Some(Opened { command, mut sentences }) = opened {
            sentences.push(format!("Shall `{command}` run now?"));
            self.overlay = Some(Overlay::Confirm(Confirm {
                question: sentences.join("\n\n"),
                yes: "run it",
                no: "look around first",
                action: Action::Accept,
            }));
        }
    }

    /// Opens the quiz over the questions that are due for review.
    fn open_reviews(&mut self) {
        let due: Vec<String> =
            self.progress.due(self.settings.surroundings.today).into_iter().map(str::to_owned).collect();
        let screen = QuizScreen::reviews(&self.course, &due, self.worlds.settings(), self.settings.seed);
        self.open(Screen::Quiz(Box::new(screen)));
    }

    /// Takes new preferences over, and has them kept.
    fn prefer(&mut self, preferences: Preferences) -> Vec<Effect> {
        if preferences == self.preferences {
            return Vec::new();
        }
        let had_mouse = self.settings.mouse;
        self.settings.change(Some(&self.preferences), &preferences);
        self.preferences = preferences;
        let mut effects = vec![Effect::SaveSettings(Box::new(self.preferences.clone()))];
        if had_mouse != self.settings.mouse {
            effects.push(Effect::Mouse(self.settings.mouse));
        }
        effects
    }

    /// Opens the quiz over the lessons' questions.
    pub fn open_quiz(&mut self) {
        let screen = QuizScreen::new(self.course.read_all(), self.worlds.settings(), self.settings.seed);
        self.open(Screen::Quiz(Box::new(screen)));
    }

    /// The screen that is shown.
    pub fn screen(&self) -> &Screen {
        self.above.last().unwrap_or(&self.bottom)
    }

    /// What can be done now: the overlay's commands if one is up, else the screen's, then those that work everywhere.
    pub fn commands(&self) -> Vec<Command> {
        match &self.overlay {
            Some(overlay) => overlay.commands(),
            None => self.screen_commands(),
        }
    }

    fn screen_commands(&self) -> Vec<Command> {
        let mut commands = self.screen().commands();
        let typing = self.screen().typing();
        commands.extend(everywhere(typing));
        self.settings.keys.apply(&mut commands, typing);
        commands
    }

    /// Whether something moves, so that `Message::Tick` is wanted.
    pub fn moving(&self) -> bool {
        self.overlay.is_none() && self.screen().moving()
    }

    /// Whether the terminal is large enough for the screen that is shown.
    pub fn fits(&self) -> bool {
        let least = self.screen().minimum_size();
        self.size.columns >= least.columns && self.size.rows >= least.rows
    }

    /// Takes a message and says what is to be done outside. The screen changes only through here.
    pub fn update(&mut self, message: Message) -> Vec<Effect> {
        let before = match message {
            Message::Tick(_) | Message::Resize(_) => None,
            _ => Some(self.progress.clone()),
        };
        let mut effects = self.take(message);
        if before.is_some_and(|before| before != self.progress) {
            effects.insert(0, Effect::Save(Box::new(self.progress.clone())));
        }
        effects
    }

    fn take(&mut self, message: Message) -> Vec<Effect> {
        match message {
            Message::Key(key) => self.take_key(key),
            Message::Paste(text) => match &mut self.overlay {
                Some(overlay) => {
                    overlay.paste(&text);
                    Vec::new()
                }
                None => self.with_screen(|screen, context| screen.paste(&text, context)),
            },
            Message::Click(Target::Action(action)) => self.perform(action),
            Message::Click(
                target @ (Target::OverlayItem(_) | Target::InspectorThing(_) | Target::InspectorPage(_)),
            ) => self.click_overlay(&target),
            Message::Click(target) if self.overlay.is_none() => {
                self.with_screen(|screen, context| screen.click(&target, context))
            }
            Message::Scroll(_, lines) if self.overlay.is_some() => {
                self.perform(if lines < 0 { Action::Up } else { Action::Down })
            }
            Message::Scroll(target, lines) => {
                self.with_screen(|screen, context| screen.scroll(target.as_ref(), lines, context))
            }
            Message::Tick(passed) => self.with_screen(|screen, context| screen.tick(passed, context)),
            Message::Resize(size) => {
                self.size = size;
                Vec::new()
            }
            Message::Background(background) => {
                self.settings.background = background;
                Vec::new()
            }
            Message::Tell(sentence) => {
                self.notice = Some(sentence);
                Vec::new()
            }
            Message::Click(_) => Vec::new(),
        }
    }

    fn take_key(&mut self, key: Key) -> Vec<Effect> {
        let had_notice = self.notice.take().is_some();
        let was_leaving = std::mem::take(&mut self.leaving);
        let typing = match &self.overlay {
            Some(overlay) => overlay.typing(),
            None => self.screen().typing(),
        };
        if let Some(action) = action_for(&self.commands(), key, typing) {
            return self.perform(action);
        }
        if key == Key::control('c') {
            if was_leaving && had_notice {
                return vec![Effect::Quit];
            }
            self.leaving = true;
            self.notice = Some("Press Ctrl-C again to leave Layerlab.".to_owned());
            return Vec::new();
        }
        match &mut self.overlay {
            Some(overlay) => {
                overlay.key(key);
                Vec::new()
            }
            None => self.with_screen(|screen, context| screen.key(key, context)),
        }
    }

    fn perform(&mut self, action: Action) -> Vec<Effect> {
        if let Some(overlay) = self.overlay.take() {
            return self.perform_in_overlay(overlay, action);
        }
        match action {
            Action::Quit => vec![Effect::Quit],
            Action::Suspend => vec![Effect::Suspend],
            Action::Redraw => vec![Effect::Redraw],
            Action::ToggleMouse => {
                self.settings.mouse = !self.settings.mouse;
                let state = if self.settings.mouse { "on" } else { "off: the terminal selects text again" };
                self.notice = Some(format!("The mouse is {state}. F2 switches it."));
                vec![Effect::Mouse(self.settings.mouse)]
            }
            Action::Help => {
                self.overlay = Some(Overlay::Help(Help { commands: self.screen_commands(), scroll: 0 }));
                Vec::new()
            }
            Action::OpenPrepared(number) => {
                if let Some(prepared) = PREPARED.get(number) {
                    self.open_prepared(prepared, None);
                }
                Vec::new()
            }
            other => self.with_screen(|screen, context| screen.perform(other, context)),
        }
    }

    /// A click selects a row; on the selected one, it takes it.
    fn click_overlay(&mut self, target: &Target) -> Vec<Effect> {
        match (&mut self.overlay, target) {
            (Some(Overlay::Choices(choices)), Target::OverlayItem(number)) => {
                if choices.selected == *number {
                    return self.perform(Action::Accept);
                }
                choices.selected = (*number).min(choices.entries.len().saturating_sub(1));
            }
            (Some(Overlay::Editor(editor)), Target::OverlayItem(number)) => editor.go_to_line(*number),
            (Some(Overlay::Inspector(inspector)), target) => inspector.click(target),
            _ => {}
        }
        Vec::new()
    }

    /// An overlay that is not closed by the action is put back.
    fn perform_in_overlay(&mut self, overlay: Overlay, action: Action) -> Vec<Effect> {
        match (overlay, action) {
            (Overlay::Editor(editor), action) => self.perform_in_editor(editor, action),
            (Overlay::Inspector(mut inspector), action) => {
                if inspector.perform(action) {
                    self.overlay = Some(Overlay::Inspector(inspector));
                }
                Vec::new()
            }
            (_, Action::Back) => Vec::new(),
            (Overlay::Confirm(confirm), Action::Accept) => self.perform(confirm.action),
            (Overlay::Help(mut help), Action::Up | Action::Down) => {
                let last = help.commands.len().saturating_sub(1);
                help.scroll = match action {
                    Action::Up => help.scroll.saturating_sub(1),
                    _ => (help.scroll + 1).min(last),
                };
                self.overlay = Some(Overlay::Help(help));
                Vec::new()
            }
            (Overlay::Choices(mut choices), action) => {
                let taken = match action {
                    Action::Accept => choices.action(),
                    Action::Choose(number) => {
                        choices.entries.get(usize::from(number).saturating_sub(1)).map(|entry| entry.action)
                    }
                    other => {
                        choices.perform(other);
                        None
                    }
                };
                match taken {
                    Some(action) => self.perform(action),
                    None => {
                        self.overlay = Some(Overlay::Choices(choices));
                        Vec::new()
                    }
                }
            }
            (overlay, _) => {
                self.overlay = Some(overlay);
                Vec::new()
            }
        }
    }

    /// Saving is the screen's: it writes the file as a step of its timeline.
    fn perform_in_editor(&mut self, mut editor: Box<Editor>, action: Action) -> Vec<Effect> {
        let mut effects = Vec::new();
        if matches!(action, Action::Save | Action::SaveAndClose) {
            let (path, text) = (editor.path().to_owned(), editor.content());
            if editor.is_changed() {
                effects = self.with_screen(|screen, context| screen.save(path, text, context));
                editor.note_saved();
            }
            self.notice = Some(format!("{} is saved.", editor.path()));
        }
        let closes = match action {
            Action::SaveAndClose | Action::Discard => true,
            Action::Back if editor.leaving => {
                editor.leaving = false;
                false
            }
            Action::Back => {
                editor.leaving = editor.is_changed();
                !editor.leaving
            }
            other => {
                editor.perform(other);
                false
            }
        };
        if !closes {
            self.overlay = Some(Overlay::Editor(editor));
        }
        effects
    }

    /// Lets the screen do something, then does what it asked for.
    fn with_screen(&mut self, work: impl FnOnce(&mut Screen, &mut Context<'_>)) -> Vec<Effect> {
        let screen = self.above.last_mut().unwrap_or(&mut self.bottom);
        let mut context = Context {
            course: &self.course,
            progress: &mut self.progress,
            settings: &self.settings,
            preferences: &self.preferences,
            size: self.size,
            requests: Vec::new(),
        };
        work(screen, &mut context);
        let requests = context.requests;
        requests.into_iter().flat_map(|request| self.grant(request)).collect()
    }

    fn grant(&mut self, request: Request) -> Vec<Effect> {
        match request {
            Request::Open(screen) => self.open(screen),
            Request::OpenLesson(id) => self.open_lesson(&id),
            Request::Close => {
                if self.above.pop().is_none() {
                    return vec![Effect::Quit];
                }
            }
            Request::OpenPlayground => self.open_playground(),
            Request::OpenQuiz => self.open_quiz(),
            Request::OpenReviews => self.open_reviews(),
            Request::OpenSettings => self.open(Screen::Settings(SettingsScreen::default())),
            Request::Prefer(preferences) => return self.prefer(*preferences),
            Request::Edit(editor) => self.overlay = Some(Overlay::Editor(editor)),
            Request::Inspect(inspector) => self.overlay = Some(Overlay::Inspector(inspector)),
            Request::Choose(choices) => self.overlay = Some(Overlay::Choices(choices)),
            Request::Ask(confirm) => self.overlay = Some(Overlay::Confirm(confirm)),
            Request::Tell(sentence) => self.notice = Some(sentence),
            Request::Effect(effect) => return vec![effect],
        }
        Vec::new()
    }
}
