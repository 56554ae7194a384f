//! Draws the playground screen.
//!
//! Promises: as `view`. Must not know: how to change the screen.

use super::canvas::Canvas;
use super::frame;
use crate::app::App;
use crate::app::playground::PlaygroundScreen;

/// Draws the whole screen.
pub fn draw(canvas: &mut Canvas<'_>, app: &App, _screen: &PlaygroundScreen) {
    frame::draw(canvas, app, 0);
}
