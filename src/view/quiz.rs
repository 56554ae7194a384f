//! Draws the quiz screen.
//!
//! Promises: as `view`. Must not know: how to change the screen.

use super::canvas::Canvas;
use super::frame;
use crate::app::App;
use crate::app::quiz::QuizScreen;

/// Draws the whole screen.
pub fn draw(canvas: &mut Canvas<'_>, app: &App, _screen: &QuizScreen) {
    frame::draw(canvas, app, 0);
}
