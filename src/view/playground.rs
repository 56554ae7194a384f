//! Draws the playground.
//!
//! Promises: as `view`. Must not know: how to change the screen.

use super::canvas::Canvas;
use super::panes::{self, inside};
use super::{frame, stage, terminal, timeline};
use crate::app::App;
use crate::app::desk::Attention;
use crate::app::moments;
use crate::app::playground::PlaygroundScreen;
use crate::stage::Scene;

/// Draws the whole screen.
pub fn draw(canvas: &mut Canvas<'_>, app: &App, screen: &PlaygroundScreen) {
    let frame = frame::draw(canvas, app);
    let show = &screen.desk.show;
    let dim = canvas.theme.dim;
    let speed = if show.paused() {
        format!("{} paused ", canvas.symbols.pause)
    } else {
        format!("{} {} ", canvas.symbols.play, show.speed())
    };
    canvas.text_right(frame.title_right, &speed, dim);
    let panes = panes::lay(frame.body, &screen.desk, show.under_way(), Attention::Terminal);
    panes::draw(canvas, &panes, &screen.desk, &terminal::title(&screen.timeline, &screen.desk), &[]);
    let scenes: Vec<Scene> = show.scenes();
    if let Some(area) = panes.stage {
        let lanes: Vec<stage::Lane<'_>> = scenes.iter().map(|scene| stage::Lane { title: None, scene }).collect();
        stage::draw(canvas, narrow(inside(area)), &lanes, stage::View::new(&screen.desk.stage, &[]));
    }
    panes::draw_why(canvas, inside(panes.why), &show.why());
    terminal::draw(canvas, inside(panes.terminal), &screen.timeline, &screen.desk);
    let moments = moments::of_timeline(&screen.timeline);
    timeline::draw(canvas, panes.terminal, &screen.timeline, &moments, false);
}

/// The stage keeps its own margin.
pub fn narrow(area: ratatui::layout::Rect) -> ratatui::layout::Rect {
    ratatui::layout::Rect { x: area.x.saturating_sub(1), width: area.width.saturating_add(2), ..area }
}
