//! Pictures of a performance as SVG: one of them, or all one after the other.
//!
//! Promises: well-formed, without script and without anything from outside; the text is text; who does not want motion sees the first
//! picture. Must not know: lessons.

use std::collections::BTreeMap;
use std::time::Duration;

use ratatui::buffer::Buffer;

use super::colour::{Ground, Look, hex};
use super::performance::{Frame, Page};
use super::runs::{escaped, runs};
use crate::app::settings::Settings;

/// The size of a cell, and where in it letters stand, in units of the picture.
const CELL: (u32, u32) = (8, 17);
const BASELINE: u32 = 13;
const FONT: &str = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace";

/// An SVG in the making.
#[derive(Debug)]
pub struct Svg {
    title: String,
    ground: Ground,
    looks: BTreeMap<Look, usize>,
    frames: Vec<(String, Page)>,
    /// In units.
    size: (u32, u32),
}

impl Svg {
    /// An SVG without pictures as yet.
    pub fn new(title: &str, settings: &Settings) -> Self {
        Self {
            title: title.to_owned(),
            ground: Ground::of(settings),
            looks: BTreeMap::new(),
            frames: Vec::new(),
            size: (0, 0),
        }
    }

    /// Adds a picture, if the performance rests there.
    pub fn add(&mut self, frame: &Frame) {
        let Some(page) = &frame.page else { return };
        let area = frame.picture.area;
        self.size = (u32::from(area.width) * CELL.0, u32::from(area.height) * CELL.1);
        let drawn = self.draw(&frame.picture);
        self.frames.push((drawn, page.clone()));
    }

    fn draw(&mut self, picture: &Buffer) -> String {
        let (mut grounds, mut texts) = (String::new(), String::new());
        for row in 0..picture.area.height {
            let top = u32::from(row) * CELL.1;
            for run in runs(picture, row) {
                let look = self.ground.look(run.style);
                let (left, width) = (u32::from(run.column) * CELL.0, u32::from(run.cells) * CELL.0);
                if let Some(ground) = look.ground {
                    grounds.push_str(&format!(
                        "<rect x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{}\" fill=\"{}\"/>",
                        CELL.1,
                        hex(ground)
                    ));
                }
                if run.text.trim().is_empty() {
                    continue;
                }
                let known = self.looks.len();
                let class = *self.looks.entry(look).or_insert(known);
                texts.push_str(&format!(
                    "<text class=\"l{class}\" x=\"{left}\" y=\"{}\" textLength=\"{width}\">{}</text>",
                    top + BASELINE,
                    escaped(&run.text)
                ));
            }
            texts.push('\n');
        }
        grounds + &texts
    }

    /// The whole file: the last picture of a step, or all pictures, each as long as the performance rests there. None if there is no picture.
    pub fn finish(self, step: Option<usize>) -> Option<String> {
        let frames: Vec<&(String, Page)> = match step {
            Some(step) => self.frames.iter().rev().find(|(_, page)| page.step == step).into_iter().collect(),
            None => self.frames.iter().collect(),
        };
        let (_, first) = frames.first()?;
        let title = if step.is_some() { format!("{}, {}", self.title, first.heading) } else { self.title.clone() };
        let (width, height) = self.size;
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" xml:space=\"preserve\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\" aria-label=\"{title}\">\n<title>{title}</title>\n<style>\ntext{{font-family:{FONT};font-size:14px;white-space:pre}}\n",
            title = escaped(&title)
        );
        for (look, class) in &self.looks {
            svg.push_str(&format!(".l{class}{{{}}}\n", look.css("fill")));
        }
        svg.push_str(&strip(&frames, height));
        svg.push_str(&format!(
            "</style>\n<rect width=\"{width}\" height=\"{height}\" fill=\"{}\"/>\n<g class=\"strip\">\n",
            hex(self.ground.ground)
        ));
        for (number, (drawn, page)) in frames.iter().enumerate() {
            let top = u64::from(height) * number as u64;
            svg.push_str(&format!(
                "<g transform=\"translate(0 {top})\"><desc>{}</desc>\n{drawn}</g>\n",
                escaped(&page.heading)
            ));
        }
        svg.push_str("</g>\n</svg>\n");
        Some(svg)
    }
}

/// The pictures hang below each other like a film, which jumps from one to the next.
fn strip(frames: &[&(String, Page)], height: u32) -> String {
    let all: Duration = frames.iter().map(|(_, page)| page.rest).sum();
    if frames.len() < 2 || all.is_zero() {
        return String::new();
    }
    let mut css = String::from("@keyframes play{\n");
    let mut at = Duration::ZERO;
    for (number, (_, page)) in frames.iter().enumerate() {
        let top = u64::from(height) * number as u64;
        // In thousandths of a percent, so that no float decides how it is written.
        let place = at.as_millis() * 100_000 / all.as_millis().max(1);
        css.push_str(&format!("{}.{:03}%{{transform:translateY(-{top}px)}}\n", place / 1000, place % 1000));
        at += page.rest;
    }
    css.push_str(&format!(
        "}}\n.strip{{animation:play {}.{:03}s step-end infinite}}\n@media (prefers-reduced-motion:reduce){{.strip{{animation:none}}}}\n",
        all.as_secs(),
        all.subsec_millis()
    ));
    css
}
