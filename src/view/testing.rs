//! Pictures as text, for tests: what a screen says, and how each piece of it looks.
//!
//! Promises: two pictures have the same dump exactly if they have the same cells. Must not know: any screen.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};

use super::draw;
use crate::app::App;
use crate::app::course::Course;
use crate::app::key::Key;
use crate::app::message::{Effect, Message, Size, Target};
use crate::app::settings::{Motion, Settings, ThemeChoice};
use crate::learner::progress::Progress;

/// A playground on a fresh machine, without motion.
pub fn playground() -> App {
    let settings = Settings { motion: Motion::Off, ..Settings::default() };
    let mut app = App::new(Course::default(), Progress::default(), settings, Size::new(120, 40));
    app.open_playground();
    app
}

/// Types `docker ps<Enter>`: characters as they are, other keys by their names in angle brackets. Gives what is to be done outside.
pub fn keys(app: &mut App, keys: &str) -> Vec<Effect> {
    let mut effects = Vec::new();
    let mut rest = keys;
    while let Some(character) = rest.chars().next() {
        let named = rest.strip_prefix('<').and_then(|rest| rest.split_once('>'));
        let named = named.and_then(|(name, rest)| Some((name.parse().ok()?, rest)));
        let (key, after) = named.unwrap_or((Key::char(character), &rest[character.len_utf8()..]));
        effects.extend(app.update(Message::Key(key)));
        rest = after;
    }
    effects
}

/// What the app shows at 120×40, as text.
pub fn text(app: &App) -> String {
    let picture = picture(app, Size::new(120, 40));
    (0..picture.area.height).map(|row| row_text(&picture, row).trim_end().to_owned() + "\n").collect()
}

/// What the mouse can hit at this size.
pub fn targets(app: &App, size: Size) -> Vec<Target> {
    let mut app = app.clone();
    app.update(Message::Resize(size));
    let mut buffer = Buffer::empty(Rect::new(0, 0, size.columns, size.rows));
    draw(&app, &mut buffer).targets.into_iter().map(|(_, target)| target).collect()
}

/// Draws the app at this size.
pub fn picture(app: &App, size: Size) -> Buffer {
    let mut app = app.clone();
    app.update(Message::Resize(size));
    let mut buffer = Buffer::empty(Rect::new(0, 0, size.columns, size.rows));
    draw(&app, &mut buffer);
    buffer
}

/// The sizes at which every state of every screen is pictured.
pub const SIZES: [Size; 4] = [Size::new(80, 24), Size::new(100, 30), Size::new(120, 40), Size::new(200, 60)];
/// The themes in which it is.
const THEMES: [(&str, ThemeChoice); 5] = [
    ("dark", ThemeChoice::Dark),
    ("light", ThemeChoice::Light),
    ("contrast", ThemeChoice::HighContrast),
    ("sixteen", ThemeChoice::Sixteen),
    ("none", ThemeChoice::NoColour),
];

/// A state of the app in all sizes and themes: the text of each size once, and below it which cells look how, by a letter; the letters are
/// explained at the end, a look in each theme.
pub fn portrait(app: &App) -> String {
    let mut looks: Vec<[Style; THEMES.len()]> = Vec::new();
    let mut drawn = String::new();
    for size in SIZES {
        let pictures = THEMES.map(|(_, theme)| {
            let mut app = app.clone();
            app.settings.theme = theme;
            picture(&app, size)
        });
        drawn.push_str(&format!("{}x{}\n", size.columns, size.rows));
        let [first, others @ ..] = &pictures;
        for row in 0..size.rows {
            let text = row_text(first, row);
            assert!(others.iter().all(|other| row_text(other, row) == text), "the words depend on the theme: {text}");
            drawn.push_str(&format!("|{}\n", text.trim_end()));
        }
        for row in 0..size.rows {
            let look_of = |column: u16| pictures.each_ref().map(|picture| picture[(column, row)].style());
            let numbers: Vec<usize> = (0..size.columns)
                .map(|column| {
                    let look = look_of(column);
                    looks.iter().position(|known| *known == look).unwrap_or_else(|| {
                        looks.push(look);
                        looks.len() - 1
                    })
                })
                .collect();
            let mut line = String::new();
            for run in numbers.chunk_by(|one, other| one == other) {
                line.push_str(&format!(" {}{}", run.len(), letter(run[0])));
            }
            drawn.push_str(&format!("{row:>2}{line}\n"));
        }
    }
    for (number, looks) in looks.iter().enumerate() {
        let words: Vec<String> = THEMES
            .iter()
            .zip(looks)
            .map(|((name, _), style)| format!("{name}: {}", look(style).unwrap_or_else(|| "plain".to_owned())))
            .collect();
        drawn.push_str(&format!("{} = {}\n", letter(number), words.join(" | ")));
    }
    drawn
}

fn letter(number: usize) -> String {
    let letter = |number: usize| char::from(b'a' + u8::try_from(number % 26).unwrap_or(0));
    if number < 26 { letter(number).to_string() } else { format!("{}{}", letter(number / 26 - 1), letter(number)) }
}

/// The text of a picture, between bars, and below it every run of cells that does not look plain: `row:from-to style`.
pub fn dump(buffer: &Buffer) -> String {
    let mut text = String::new();
    let mut looks = String::new();
    for row in 0..buffer.area.height {
        text.push_str(&format!("|{}|\n", row_text(buffer, row)));
        let styles: Vec<Style> =
            (0..buffer.area.width).filter_map(|column| buffer.cell((column, row))).map(|cell| cell.style()).collect();
        let mut column = 0;
        for run in styles.chunk_by(|one, other| one == other) {
            if let Some(look) = run.first().and_then(look) {
                looks.push_str(&format!("{row}:{column}-{} {look}\n", column + run.len() - 1));
            }
            column += run.len();
        }
    }
    text + &looks
}

/// One row; the empty cells behind wide characters are left out.
pub fn row_text(buffer: &Buffer, row: u16) -> String {
    let mut text = String::new();
    let mut covered = 0;
    for column in 0..buffer.area.width {
        if covered > 0 {
            covered -= 1;
            continue;
        }
        if let Some(cell) = buffer.cell((column, row)) {
            text.push_str(cell.symbol());
            covered = super::wrap::width(cell.symbol()).saturating_sub(1);
        }
    }
    text
}

fn look(style: &Style) -> Option<String> {
    let mut words = Vec::new();
    for (name, colour) in [("fg", style.fg), ("bg", style.bg)] {
        match colour {
            None | Some(Color::Reset) => {}
            Some(colour) => words.push(format!("{name}={colour}")),
        }
    }
    let modifiers: Vec<String> = Modifier::all()
        .iter_names()
        .filter(|(_, modifier)| style.add_modifier.contains(*modifier))
        .map(|(name, _)| name.to_lowercase())
        .collect();
    words.extend(modifiers);
    (!words.is_empty()).then(|| words.join(" "))
}
