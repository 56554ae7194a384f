//! What is on its way from one thing to another: a label that moves along a line of points.
//!
//! Promises: what has no place on the stage does not travel. Must not know: why it travels.

use ratatui::layout::Rect;

use super::Look;
use super::image::ID_DIGITS;
use super::layout::Plan;
use crate::stage::scene::{Subject, Travel, TravelKind};
use crate::view::canvas::Canvas;
use crate::view::wrap::width;

/// How many points the trail behind a label has.
const TRAIL: u16 = 6;
/// Cells between what leaves or reaches the registry and the right end of the heading that names it.
const REGISTRY_ROOM: u16 = 5;

/// Draws what travels over the cards.
pub fn draw(canvas: &mut Canvas<'_>, look: &Look<'_>, plan: &Plan, travels: &[Travel]) {
    for travel in travels {
        if let (Some(from), Some(to)) = (plan.place(&travel.from), plan.place(&travel.to)) {
            let end =
                |subject: &Subject, place| if *subject == Subject::Registry { right_end(place) } else { middle(place) };
            draw_one(canvas, look, travel, end(&travel.from, from), end(&travel.to, to));
        }
    }
}

fn middle(place: Rect) -> (f32, f32) {
    (f32::from(place.x) + f32::from(place.width) / 2.0, f32::from(place.y))
}

/// Beside the words of a heading, not over them.
fn right_end(place: Rect) -> (f32, f32) {
    (f32::from(place.right().saturating_sub(REGISTRY_ROOM)), f32::from(place.y))
}

fn draw_one(canvas: &mut Canvas<'_>, look: &Look<'_>, travel: &Travel, from: (f32, f32), to: (f32, f32)) {
    let (symbols, theme) = (look.symbols, look.theme);
    let at = |share: f32| {
        let share = ease(share.clamp(0.0, 1.0));
        (from.0 + (to.0 - from.0) * share, from.1 + (to.1 - from.1) * share)
    };
    for step in 1..=TRAIL {
        let (column, row) = at(travel.progress - 0.06 * f32::from(step));
        canvas.text(column.round() as u16, row.round() as u16, 1, symbols.not_yet, theme.highlight);
    }
    let (column, row) = at(travel.progress);
    let arrow = if to.0 >= from.0 { symbols.right } else { symbols.left };
    let label = match travel.kind {
        TravelKind::Refused if travel.progress > 0.6 => format!(" {} {} refused ", symbols.unmet, travel.label),
        // By the ID that the layer has on the stage.
        TravelKind::Pull | TravelKind::Push => {
            let id: String = travel.label.chars().take(ID_DIGITS).collect();
            let arrow = if travel.kind == TravelKind::Pull { symbols.down } else { symbols.up };
            format!(" {arrow} {id} ")
        }
        _ => format!(" {arrow} {} ", travel.label),
    };
    let cells = u16::try_from(width(&label)).unwrap_or(u16::MAX);
    let area = canvas.area();
    let column = (column - f32::from(cells) / 2.0).round().clamp(0.0, f32::from(area.width.saturating_sub(cells)));
    let style = theme.highlight.add_modifier(ratatui::style::Modifier::REVERSED);
    canvas.text(column as u16, row.round() as u16, cells, &label, style);
}

/// Slow at both ends.
fn ease(share: f32) -> f32 {
    share * share * (3.0 - 2.0 * share)
}
