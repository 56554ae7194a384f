//! The loop that runs the app on a terminal: waits, tells the app what happened, does what the app wants done, draws.
//!
//! Promises: all that has come is taken before one picture is drawn; nothing is written and no time is used while nothing happens and
//! nothing moves; when the terminal is gone, the loop ends. Must not know: what any screen is.

use std::io;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use thiserror::Error;

use super::clipboard;
use super::input::{Decoder, Input};
use super::progress::ProgressStore;
use super::settings_file::SettingsFile;
use super::signals::{Signal, Signals};
use super::terminal::{Reading, Terminal};
use crate::app::App;
use crate::app::message::{Effect, Message, Size, Target};
use crate::view::canvas::Drawn;
use crate::view::draw;
use crate::view::paint::{Painter, empty};

/// The time between two pictures while something moves.
const PICTURE_INTERVAL: Duration = Duration::from_millis(33);
/// How long an Escape waits for the rest of a sequence before it counts as the key.
const ESCAPE_WAIT: Duration = Duration::from_millis(30);
/// The largest picture; terminals that claim more are drawn in their upper left part.
const LARGEST: Size = Size::new(500, 200);
/// The most bytes read at once.
const READ_BYTES: usize = 4096;
/// How often the input is read before a picture is drawn, so that endless input cannot keep the screen still.
const READS_BEFORE_DRAWING: usize = 64;

/// How a run came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The learner left.
    Quit,
    /// This signal asked us to end.
    Signal(i32),
    /// There is no terminal any more.
    TerminalGone,
}

/// The terminal or the system failed us.
#[derive(Debug, Error)]
pub enum RunError {
    #[error("the terminal cannot be used: {0}")]
    Terminal(#[source] io::Error),
    #[error("signals cannot be listened for: {0}")]
    Signals(#[source] io::Error),
}

/// Where what is to be kept goes.
#[derive(Debug)]
pub struct Kept {
    pub progress: ProgressStore,
    pub settings: SettingsFile,
}

/// The app, and everything outside that it is connected to.
pub struct Session {
    app: App,
    terminal: Terminal,
    kept: Kept,
    painter: Painter,
    drawn: Drawn,
    decoder: Decoder,
    ending: Option<Ending>,
}

/// Runs the app until it ends. The terminal is given back before this returns.
pub fn run(app: App, kept: Kept, ask_background: bool) -> Result<Ending, RunError> {
    // Before the terminal is taken: from then on no signal may end us without giving it back.
    let signals = Signals::listen().map_err(RunError::Signals)?;
    let terminal = Terminal::enter(ask_background).map_err(RunError::Terminal)?;
    let mut session = Session {
        app,
        terminal,
        kept,
        painter: Painter::new(),
        drawn: Drawn::default(),
        decoder: Decoder::default(),
        ending: None,
    };
    match session.turn_until_the_end(signals) {
        // A terminal that fails because it is gone is no failure of ours.
        Err(RunError::Terminal(error)) if is_gone(&error) => Ok(Ending::TerminalGone),
        result => result,
    }
}

/// EIO is what Linux answers for a terminal whose other side was closed.
fn is_gone(error: &io::Error) -> bool {
    let gone = [rustix::io::Errno::IO, rustix::io::Errno::NXIO, rustix::io::Errno::NODEV, rustix::io::Errno::PIPE];
    gone.iter().any(|errno| error.raw_os_error() == Some(errno.raw_os_error()))
}

impl Session {
    fn turn_until_the_end(&mut self, mut signals: Signals) -> Result<Ending, RunError> {
        self.measure();
        if self.app.settings.mouse {
            self.terminal.capture_mouse(true).map_err(RunError::Terminal)?;
        }
        self.draw()?;
        let mut last_tick = Instant::now();
        loop {
            if let Some(ending) = self.ending {
                return Ok(ending);
            }
            let was_moving = self.app.moving();
            let waiting = self.wait(&signals, last_tick)?;
            if waiting.signal {
                self.take_signals(&mut signals)?;
            }
            if waiting.input {
                self.take_input()?;
            } else if waiting.gone {
                self.ending = Some(Ending::TerminalGone);
            } else if self.decoder.is_waiting() && !waiting.signal {
                let inputs = self.decoder.time_out();
                self.take_inputs(inputs)?;
            }
            let passed = last_tick.elapsed();
            if !was_moving {
                last_tick = Instant::now();
            } else if passed >= PICTURE_INTERVAL {
                last_tick = Instant::now();
                self.tell(Message::Tick(passed))?;
            }
            if self.ending.is_none() {
                self.draw()?;
            }
        }
    }

    /// Waits until something happens, or until it is time for the next picture.
    fn wait(&self, signals: &Signals, last_tick: Instant) -> Result<Waited, RunError> {
        let until_picture = self.app.moving().then(|| PICTURE_INTERVAL.saturating_sub(last_tick.elapsed()));
        let until_escape = self.decoder.is_waiting().then_some(ESCAPE_WAIT);
        let timeout = until_picture.into_iter().chain(until_escape).min();
        let timeout = timeout.map(|timeout| Timespec {
            tv_sec: i64::try_from(timeout.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: i64::from(timeout.subsec_nanos()),
        });
        let (input, signal) = (self.terminal.descriptor(), signals.descriptor());
        let mut descriptors =
            [PollFd::from_borrowed_fd(input, PollFlags::IN), PollFd::from_borrowed_fd(signal, PollFlags::IN)];
        match poll(&mut descriptors, timeout.as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(RunError::Terminal(error.into())),
        }
        let [input, signal] = descriptors.map(|descriptor| descriptor.revents());
        Ok(Waited {
            gone: input.intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL),
            input: input.contains(PollFlags::IN),
            signal: signal.contains(PollFlags::IN),
        })
    }

    fn take_signals(&mut self, signals: &mut Signals) -> Result<(), RunError> {
        for signal in signals.take() {
            match signal {
                Signal::End(number) => self.ending = Some(Ending::Signal(number)),
                Signal::Suspend => self.suspend()?,
                Signal::Continued => {
                    self.terminal.take_again().map_err(RunError::Terminal)?;
                    self.painter.forget();
                    self.measure();
                }
                Signal::Resized => self.measure(),
            }
        }
        Ok(())
    }

    /// Reads until nothing is left, or for long enough.
    fn take_input(&mut self) -> Result<(), RunError> {
        let mut bytes = [0; READ_BYTES];
        for _ in 0..READS_BEFORE_DRAWING {
            match self.terminal.read(&mut bytes) {
                Reading::Bytes(count) => {
                    let inputs = self.decoder.feed(bytes.get(..count).unwrap_or_default());
                    self.take_inputs(inputs)?;
                    if count < READ_BYTES || self.ending.is_some() {
                        return Ok(());
                    }
                }
                Reading::Nothing => return Ok(()),
                Reading::Gone => {
                    self.ending = Some(Ending::TerminalGone);
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn take_inputs(&mut self, inputs: Vec<Input>) -> Result<(), RunError> {
        for input in inputs {
            let message = match input {
                Input::Key(key) => Message::Key(key),
                Input::Paste(text) => Message::Paste(text),
                Input::Background(background) => Message::Background(background),
                Input::Press { column, row } => match self.drawn.target_at(column, row) {
                    Some(target) => Message::Click(target.clone()),
                    None => continue,
                },
                // Only along the timeline does one drag.
                Input::Drag { column, row } => match self.drawn.target_at(column, row) {
                    Some(target @ Target::Moment(_)) => Message::Click(target.clone()),
                    _ => continue,
                },
                Input::Wheel { column, row, lines } => {
                    Message::Scroll(self.drawn.target_at(column, row).cloned(), lines)
                }
            };
            self.tell(message)?;
        }
        Ok(())
    }

    /// Tells the app something, and does what it wants done.
    fn tell(&mut self, message: Message) -> Result<(), RunError> {
        for effect in self.app.update(message) {
            match effect {
                Effect::Quit => self.ending = Some(Ending::Quit),
                Effect::Save(progress) => {
                    if let Some(sentence) = self.kept.progress.save(&progress) {
                        self.app.update(Message::Tell(sentence));
                    }
                }
                Effect::SaveSettings(preferences) => {
                    if let Some(sentence) = self.kept.settings.save(&preferences) {
                        self.app.update(Message::Tell(sentence));
                    }
                }
                Effect::Suspend => self.suspend()?,
                Effect::Redraw => self.painter.forget(),
                Effect::Copy(text) => self.terminal.write(&clipboard::copy(&text)).map_err(RunError::Terminal)?,
                Effect::Mouse(on) => self.terminal.capture_mouse(on).map_err(RunError::Terminal)?,
            }
        }
        Ok(())
    }

    fn suspend(&mut self) -> Result<(), RunError> {
        if self.terminal.suspend().map_err(RunError::Terminal)? {
            self.painter.forget();
            self.measure();
        } else {
            self.app.update(Message::Tell("There is no shell here to go back to.".to_owned()));
        }
        Ok(())
    }

    fn measure(&mut self) {
        let size = self.terminal.size();
        let size = Size::new(size.columns.min(LARGEST.columns), size.rows.min(LARGEST.rows));
        self.app.update(Message::Resize(size));
    }

    fn draw(&mut self) -> Result<(), RunError> {
        let mut picture = empty(self.app.size.columns, self.app.size.rows);
        self.drawn = draw(&self.app, &mut picture);
        let bytes = self.painter.paint(&picture, self.drawn.cursor);
        if bytes.is_empty() { Ok(()) } else { self.terminal.write(&bytes).map_err(RunError::Terminal) }
    }
}

/// What happened while waiting.
struct Waited {
    input: bool,
    gone: bool,
    signal: bool,
}
