//! Draws a scene: machines with their images as stacks of layers, containers with their writable layer, and what moves between them.
//!
//! Promises: any scene at any size; as much detail as there is room for; a layer has the same shade and the same short ID wherever it is
//! drawn; what is pointed at is marked by a sign too, never by colour alone. Must not know: lessons, keys, how a scene came to be.
//! Start at `draw`. A thing becomes a [`card::Card`] (rows of text) in the file of its kind, `layout` chooses the detail and the places,
//! `travel` draws what is on its way.

mod card;
mod container;
mod crowd;
mod image;
mod lanes;
mod layout;
mod load;
mod machine;
mod network;
#[cfg(test)]
mod tests;
mod travel;

use std::collections::BTreeSet;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::canvas::Canvas;
use super::symbols::Symbols;
use super::theme::Theme;
use super::wrap;
use crate::app::desk::{StageView, Zoom};
use crate::app::message::Target;
use crate::stage::Scene;
use crate::stage::scene::Subject;
pub use card::gauge;

/// Rows that a stage can have; what is beyond is left out.
const TALLEST: u16 = 2000;
/// The narrowest that a lane of a comparison can be drawn beside another.
const LANE_NARROWEST: u16 = 30;

/// How things look, and what is pointed at.
struct Look<'a> {
    theme: &'a Theme,
    symbols: &'a Symbols,
    /// Only a part of the scene is shown: what is not there may well be in the world.
    partial: bool,
    /// What an event or the lesson points at.
    pointed: BTreeSet<Subject>,
    /// What the learner selected.
    selected: Option<&'a Subject>,
    zoom: Zoom,
}

impl Look<'_> {
    fn points_at(&self, subject: &Subject) -> bool {
        self.pointed.contains(subject)
    }

    fn is_selected(&self, subject: &Subject) -> bool {
        self.selected == Some(subject)
    }

    /// Whether it has more detail than the rest.
    fn is_near(&self, subject: &Subject) -> bool {
        self.points_at(subject) || self.is_selected(subject)
    }
}

/// How the stage is looked at.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// What the lesson points at.
    pub pointed: &'a [Subject],
    pub stage: &'a StageView,
    /// Only what differs between lanes is drawn.
    partial: bool,
}

impl<'a> View<'a> {
    pub fn new(stage: &'a StageView, pointed: &'a [Subject]) -> Self {
        Self { pointed, stage, partial: false }
    }
}

/// A scene with what stands above it, if there are several side by side.
pub struct Lane<'a> {
    pub title: Option<&'a str>,
    pub scene: &'a Scene,
}

/// Draws scenes side by side.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, lanes: &[Lane<'_>], view: View<'_>) {
    let area = canvas.clamp(area);
    let Ok(count) = u16::try_from(lanes.len()) else { return };
    if count == 0 || area.is_empty() {
        return;
    }
    let beside = area.width / count >= LANE_NARROWEST || count == 1;
    for (number, lane) in (0..).zip(lanes) {
        let place = if beside {
            let width = area.width / count;
            Rect { x: area.x + number * width, width: width - u16::from(number + 1 < count), ..area }
        } else {
            let height = area.height / count;
            Rect { y: area.y + number * height, height, ..area }
        };
        let others: Vec<&Scene> = lanes.iter().map(|other| other.scene).filter(|other| *other != lane.scene).collect();
        if others.is_empty() {
            draw_lane(canvas, place, lane, view);
        } else {
            let (scene, alike) = lanes::difference(lane.scene, &others);
            draw_difference(canvas, place, &Lane { scene: &scene, ..*lane }, alike, view);
        }
        if beside && number + 1 < count {
            let (sign, border) = (canvas.symbols.pane.vertical, canvas.theme.border);
            canvas.fill(Rect { x: place.right(), width: 1, ..area }, sign, border);
        }
    }
}

/// A lane of which only what differs is drawn; what all lanes have alike is counted beside its title.
fn draw_difference(canvas: &mut Canvas<'_>, area: Rect, lane: &Lane<'_>, alike: usize, view: View<'_>) {
    if alike > 0 {
        let words = format!("{} {alike} more, the same in both", canvas.symbols.ellipsis);
        let title = lane.title.map_or(0, wrap::width) + 2;
        let cells = wrap::width(&words);
        if title + cells < usize::from(area.width) {
            let (cells, dim) = (u16::try_from(cells).unwrap_or(0), canvas.theme.dim);
            canvas.text(area.right().saturating_sub(cells + 1), area.y, cells, &words, dim);
        }
    }
    draw_lane(canvas, area, lane, View { partial: true, pointed: &[], ..view });
}

fn draw_lane(canvas: &mut Canvas<'_>, area: Rect, lane: &Lane<'_>, view: View<'_>) {
    let mut area = area;
    if let Some(title) = lane.title {
        let style = canvas.theme.title;
        canvas.text(
            area.x + 1,
            area.y,
            (area.width.saturating_sub(1)).min(u16::try_from(wrap::width(title)).unwrap_or(0)),
            title,
            style,
        );
        area = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    }
    let look = Look {
        theme: &canvas.theme.clone(),
        symbols: canvas.symbols,
        partial: view.partial,
        pointed: lane.scene.focus.iter().chain(view.pointed).cloned().collect(),
        selected: view.stage.selected.as_ref(),
        zoom: view.stage.zoom,
    };
    let plan = layout::plan(&look, lane.scene, area.width, area.height);
    let height = plan.height.min(TALLEST);
    let mut buffer = Buffer::empty(Rect::new(0, 0, area.width, height.max(1)));
    let mut sheet = Canvas::new(&mut buffer, canvas.theme.clone(), canvas.is_ascii());
    for placed in &plan.cards {
        placed.card.draw(&mut sheet, placed.column, placed.row);
        if placed.card.subject().is_some_and(|subject| look.is_selected(subject)) {
            let selection = look.theme.selection;
            sheet.style(Rect::new(placed.column, placed.row, placed.card.width, 1), selection);
        }
    }
    travel::draw(&mut sheet, &look, &plan, &lane.scene.travels);
    let hidden = usize::from(height.saturating_sub(area.height));
    let followed = look.selected.filter(|_| view.stage.follow);
    let scroll =
        reveal(&plan, lane.scene.focus.iter().chain(followed), view.stage.scroll.min(hidden), usize::from(area.height));
    canvas.copy(area, &buffer, scroll);
    targets(canvas, area, &plan, scroll);
    edges(canvas, area, scroll > 0, scroll < hidden);
}

/// Says where the mouse hits what: cards, and parts of their rows.
fn targets(canvas: &mut Canvas<'_>, area: Rect, plan: &layout::Plan, scroll: usize) {
    let visible = |column: u16, row: u16, width: u16, height: u16| {
        let shift = u16::try_from(scroll).unwrap_or(u16::MAX);
        let top = row.max(shift);
        let height = (row + height).saturating_sub(top);
        Rect { x: area.x + column, y: area.y + (top - shift), width, height }.intersection(area)
    };
    for placed in &plan.cards {
        if let Some(subject) = placed.card.subject() {
            let place = visible(placed.column, placed.row, placed.card.width, placed.card.height());
            canvas.target(place, Target::Thing(subject.clone()));
        }
        for (row, at) in placed.card.rows.iter().zip(placed.row..) {
            for part in &row.parts {
                let place = visible(placed.column + part.column, at, part.width, 1);
                canvas.target(place, Target::Thing(part.subject.clone()));
            }
        }
    }
}

/// Signs at the edge say that there is more.
fn edges(canvas: &mut Canvas<'_>, area: Rect, above: bool, below: bool) {
    let (symbols, style) = (canvas.symbols, canvas.theme.accent);
    if above {
        canvas.line(
            Rect { x: area.right().saturating_sub(1), width: 1, height: 1, ..area },
            &Line::styled(symbols.up, style),
        );
    }
    if below {
        let place = Rect::new(area.right().saturating_sub(1), area.bottom().saturating_sub(1), 1, 1);
        canvas.line(place, &Line::styled(symbols.down, style));
    }
}

/// The scrolling, changed so that these things are in sight.
fn reveal<'a>(plan: &layout::Plan, subjects: impl Iterator<Item = &'a Subject>, scroll: usize, height: usize) -> usize {
    let focus = subjects.filter_map(|subject| plan.place(subject)).map(|place| usize::from(place.y)).min();
    match focus {
        Some(row) if row < scroll => row.saturating_sub(1),
        Some(row) if row >= scroll + height => {
            (row + 2).saturating_sub(height).min(usize::from(plan.height).saturating_sub(height))
        }
        _ => scroll,
    }
}
