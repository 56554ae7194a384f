//! Draws the app with ratatui.
//!
//! Promises: a picture follows from the app alone; every size gives a picture and never a panic. Must not know: the terminal (it draws
//! into a buffer), and how to change anything. Start at `draw`; `canvas` is what everything is drawn on, `theme` and `symbols` how
//! things look; each screen has its own file.

pub mod canvas;
pub mod clean;
mod editor;
#[cfg(test)]
mod flow_tests;
pub mod frame;
mod home;
mod inspector;
pub mod lesson;
mod list;
pub mod markdown;
mod overlay;
pub mod paint;
mod panes;
mod playground;
mod quiz;
#[cfg(test)]
mod screen_tests;
mod settings;
mod stage;
pub mod symbols;
mod terminal;
#[cfg(test)]
pub mod testing;
#[cfg(test)]
mod tests;
pub mod theme;
mod timeline;
mod too_small;
pub mod wrap;

use ratatui::buffer::Buffer;

use crate::app::App;
use crate::app::screen::Screen;
use canvas::{Canvas, Drawn};
use theme::Theme;

/// Draws the app over the whole of `buffer`, which should be empty.
pub fn draw(app: &App, buffer: &mut Buffer) -> Drawn {
    let mut canvas = Canvas::new(buffer, Theme::of(&app.settings), app.settings.ascii);
    if !app.fits() {
        too_small::draw(&mut canvas, app);
        return canvas.finish();
    }
    match app.screen() {
        Screen::Home(home) => home::draw(&mut canvas, app, home),
        Screen::Lesson(lesson) => lesson::draw(&mut canvas, app, lesson),
        Screen::Playground(playground) => playground::draw(&mut canvas, app, playground),
        Screen::Quiz(quiz) => quiz::draw(&mut canvas, app, quiz),
        Screen::Settings(screen) => settings::draw(&mut canvas, app, screen),
    }
    if let Some(overlay) = &app.overlay {
        canvas.hide_cursor();
        overlay::draw(&mut canvas, overlay);
    }
    canvas.finish()
}
