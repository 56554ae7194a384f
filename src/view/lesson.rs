//! Draws the lesson screen: the step's words, the stage, why, the terminal and the timeline.
//!
//! Promises: as `view`. Must not know: how to change the screen. The words of each kind of step are in `words`.

pub mod fit;
mod words;

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::canvas::Canvas;
use super::panes::{self, inside};
use super::wrap::width;
use super::{frame, stage, terminal, timeline};
use crate::app::App;
use crate::app::command::Action;
use crate::app::desk::Pane;
use crate::app::lesson::LessonScreen;
use crate::app::message::Target;
use crate::app::moments;
use crate::lesson::format::StepKind;
use crate::stage::Scene;

/// The most steps that are shown as dots in the title bar.
const DOTS: usize = 24;

/// Draws the whole screen.
pub fn draw(canvas: &mut Canvas<'_>, app: &App, screen: &LessonScreen) {
    let frame = frame::draw(canvas, app);
    draw_progress(canvas, screen, frame.title_right);
    let show = &screen.desk.show;
    let panes = panes::lay(frame.body, &screen.desk, show.under_way(), screen.attention());
    let pointed = screen.pointed_panes();
    panes::draw(canvas, &panes, &screen.desk, &terminal::title(screen.player.timeline(), &screen.desk), &pointed);
    if let Some(area) = panes.lesson {
        draw_words(canvas, screen, inside(area));
    }
    if let Some(area) = panes.stage {
        draw_stage(canvas, screen, inside(area));
    }
    panes::draw_why(canvas, inside(panes.why), &show.why());
    draw_terminals(canvas, screen, inside(panes.terminal));
    let moments = moments::of_lesson(&screen.player);
    timeline::draw(canvas, panes.terminal, screen.player.timeline(), &moments, pointed.contains(&"timeline"));
}

fn draw_words(canvas: &mut Canvas<'_>, screen: &LessonScreen, area: Rect) {
    let lines = words::lines(screen, usize::from(area.width), &canvas.theme, canvas.symbols);
    let hidden = lines.len().saturating_sub(usize::from(area.height));
    let scroll = screen.desk.lesson_scroll.min(hidden);
    let scroll = if screen.desk.lesson_from_end { hidden - scroll } else { scroll };
    canvas.lines(area, &lines, scroll);
    more(canvas, area, (scroll > 0, scroll < hidden), screen.desk.pane == Pane::Lesson);
}

/// The terminal of the lesson; in a comparison that of each lane, side by side.
fn draw_terminals(canvas: &mut Canvas<'_>, screen: &LessonScreen, area: Rect) {
    let record = screen.player.record();
    let Ok(count) = u16::try_from(record.lanes.len()) else { return };
    if count == 0 || screen.desk.typing() {
        terminal::draw(canvas, area, screen.player.timeline(), &screen.desk);
        return;
    }
    let each = area.width / count;
    for (number, lane) in (0..).zip(&record.lanes) {
        let place = Rect { x: area.x + number * each, width: each.saturating_sub(2), ..area };
        terminal::draw(canvas, place, lane, &screen.desk);
    }
}

/// Says on the pane's lines that there is more above or below, and which key brings it.
fn more(canvas: &mut Canvas<'_>, area: Rect, (above, below): (bool, bool), focused: bool) {
    let (symbols, accent) = (canvas.symbols, canvas.theme.accent);
    let places = [(above, symbols.up, area.y.saturating_sub(1)), (below, symbols.down, area.bottom())];
    for (there, sign, row) in places {
        if !there {
            continue;
        }
        let words = if focused { format!(" {sign} more ") } else { format!(" Tab {sign} more ") };
        let cells = u16::try_from(width(&words)).unwrap_or(0).min(area.width);
        canvas.text(area.right().saturating_sub(cells), row, cells, &words, accent);
    }
}

fn draw_stage(canvas: &mut Canvas<'_>, screen: &LessonScreen, area: Rect) {
    let scenes: Vec<Scene> = screen.desk.show.scenes();
    let titles: Vec<&str> = match &screen.player.step().kind {
        StepKind::Compare(compare) if scenes.len() > 1 => {
            compare.lanes.iter().map(|lane| lane.title.value.as_str()).collect()
        }
        _ => Vec::new(),
    };
    let lanes: Vec<stage::Lane<'_>> = scenes
        .iter()
        .enumerate()
        .map(|(number, scene)| stage::Lane { title: titles.get(number).copied(), scene })
        .collect();
    let area = super::playground::narrow(area);
    stage::draw(canvas, area, &lanes, stage::View::new(&screen.desk.stage, &screen.highlights()));
}

/// «●●◉○○  step 3 of 5   ▷ 1×», as far as there is room.
fn draw_progress(canvas: &mut Canvas<'_>, screen: &LessonScreen, area: Rect) {
    let (symbols, theme) = (canvas.symbols, canvas.theme.clone());
    let (at, steps) = (screen.player.at(), screen.player.lesson().steps.len());
    let show = &screen.desk.show;
    let speed = if show.paused() {
        format!("{} paused ", symbols.pause)
    } else {
        format!("{} {} ", symbols.play, show.speed())
    };
    let place = if screen.finished { "done".to_owned() } else { format!("step {} of {steps}", at + 1) };
    let mut dots = Vec::new();
    if steps <= DOTS {
        for step in 0..steps {
            let (sign, style) = if step == at && !screen.finished {
                (symbols.step_here, theme.accent)
            } else if step <= screen.player.furthest() {
                (symbols.step, theme.dim)
            } else {
                (symbols.step_ahead, theme.dim)
            };
            dots.push(Span::styled(sign, style));
        }
        dots.push(Span::raw("  "));
    }
    let words = Span::styled(format!("{place}   "), theme.text);
    let speed = Span::styled(speed, theme.dim);
    let room = usize::from(area.width.saturating_sub(2));
    let dots_shown = dots.len().saturating_sub(1);
    let mut full = dots;
    full.extend([words.clone(), speed.clone()]);
    for (spans, clickable) in [(full, dots_shown), (vec![words.clone(), speed], 0), (vec![words], 0)] {
        let line = Line::from(spans);
        if line.width() <= room {
            let cells = u16::try_from(line.width()).unwrap_or(0);
            let place = Rect { x: area.right() - cells, width: cells, height: 1, ..area };
            canvas.line(place, &line);
            for (step, column) in (0..clickable).zip(place.x..place.right()) {
                canvas.target(Rect { x: column, width: 1, ..place }, Target::Action(Action::GoToStep(step)));
            }
            return;
        }
    }
}
