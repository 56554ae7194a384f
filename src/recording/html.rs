//! A performance as one HTML page: a picture for each place where it rests, stepped through by keys and buttons.
//!
//! Promises: nothing comes from outside; the text can be selected; without script, and on paper, all pictures stand below each other; each
//! has a heading and its reason in words; the file is well-formed XML too, so that any tool can check it. Must not know: lessons.

use std::collections::BTreeMap;

use ratatui::buffer::Buffer;

use super::colour::{Ground, Look, hex};
use super::performance::{Frame, Page};
use super::runs::{escaped, runs};
use crate::app::settings::Settings;

const STYLE: &str = include_str!("../../assets/recording/page.css");
const SCRIPT: &str = include_str!("../../assets/recording/page.js");

/// A page in the making.
#[derive(Debug)]
pub struct Html {
    title: String,
    ground: Ground,
    looks: BTreeMap<Look, usize>,
    sections: String,
    frames: usize,
}

impl Html {
    /// A page without pictures as yet.
    pub fn new(title: &str, settings: &Settings) -> Self {
        Self {
            title: title.to_owned(),
            ground: Ground::of(settings),
            looks: BTreeMap::new(),
            sections: String::new(),
            frames: 0,
        }
    }

    /// Adds a picture, if the performance rests there.
    pub fn add(&mut self, frame: &Frame) {
        let Some(page) = &frame.page else { return };
        self.frames += 1;
        let drawn = self.draw(&frame.picture);
        let said = said(page);
        let heading = escaped(&page.heading);
        let number = self.frames;
        self.sections.push_str(&format!(
            "<section class=\"frame\" id=\"frame-{number}\" aria-labelledby=\"heading-{number}\">\n<h2 id=\"heading-{number}\">{heading}</h2>\n{said}<pre tabindex=\"0\" aria-label=\"The screen\">{drawn}</pre>\n</section>\n"
        ));
    }

    fn draw(&mut self, picture: &Buffer) -> String {
        let mut text = String::new();
        for row in 0..picture.area.height {
            for run in runs(picture, row) {
                let look = self.ground.look(run.style);
                let known = self.looks.len();
                let class = *self.looks.entry(look).or_insert(known);
                let wide = if run.cells == 2 && run.text.chars().count() == 1 { " w" } else { "" };
                text.push_str(&format!("<span class=\"l{class}{wide}\">{}</span>", escaped(&run.text)));
            }
            text.push('\n');
        }
        text
    }

    /// The whole file.
    pub fn finish(self) -> String {
        let title = escaped(&self.title);
        let mut looks = format!(":root{{--text:{};--ground:{}}}\n", hex(self.ground.text), hex(self.ground.ground));
        for (look, class) in &self.looks {
            let ground = look.ground.map(|ground| format!(";background:{}", hex(ground))).unwrap_or_default();
            looks.push_str(&format!(".l{class}{{{}{ground}}}\n", look.css("color")));
        }
        format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'\"/>\n<title>{title}</title>\n<style>\n{looks}{STYLE}</style>\n</head>\n<body>\n<header>\n<h1>{title}</h1>\n<nav aria-label=\"Steps\" hidden=\"hidden\">\n<button type=\"button\" id=\"previous\">← Previous</button>\n<output id=\"place\" aria-live=\"polite\">1 of {frames}</output>\n<button type=\"button\" id=\"next\">Next →</button>\n<span class=\"keys\">The keys ← and → do the same; Home and End go to the first and the last.</span>\n</nav>\n</header>\n<main>\n{sections}</main>\n<footer>Made with Layerlab: a model of Docker Engine 28, not a recording of a real one.</footer>\n<script>\n{SCRIPT}</script>\n</body>\n</html>\n",
            frames = self.frames,
            sections = self.sections
        )
    }
}

/// What was run, and why things are as they are now, in words.
fn said(page: &Page) -> String {
    let mut said = String::new();
    if let Some(command) = &page.command {
        said.push_str(&format!("<p>Run: <code>{}</code></p>\n", escaped(command)));
    }
    for why in &page.why {
        said.push_str(&format!("<p>Why: {}</p>\n", escaped(why)));
    }
    said
}
