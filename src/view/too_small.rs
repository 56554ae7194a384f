//! The line that asks for more room.
//!
//! Promises: says what is needed and what there is, as far as that fits. Must not know: the screens.

use super::canvas::Canvas;
use super::wrap::wrap_text;
use crate::app::App;

/// Draws the line, wrapped, from the top left.
pub fn draw(canvas: &mut Canvas<'_>, app: &App) {
    let area = canvas.area();
    let (least, size) = (app.screen().minimum_size(), app.size);
    let sentence = format!(
        "Layerlab needs a little more room here: {}×{}, and this window has {}×{}. Make it larger, or press q.",
        least.columns, least.rows, size.columns, size.rows
    );
    let text = canvas.theme.text;
    let lines = wrap_text(&sentence, text, usize::from(area.width));
    canvas.lines(area, &lines, 0);
}
