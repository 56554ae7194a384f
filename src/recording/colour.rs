//! What a cell's style comes to where there is no terminal: its colours as RGB.
//!
//! Promises: reversed and default colours are resolved. Must not know: what is drawn.
//!
//! Source: the 256 colours of xterm, 256colres.pl; the first sixteen are the terminal's own, and here those of VS Code's dark theme.

use ratatui::style::{Color, Modifier, Style};

use crate::app::message::Background;
use crate::app::settings::{Settings, ThemeChoice};

/// An RGB colour.
pub(super) type Rgb = [u8; 3];

const SIXTEEN: [Rgb; 16] = [
    [0, 0, 0],
    [205, 49, 49],
    [13, 188, 121],
    [229, 229, 16],
    [36, 114, 200],
    [188, 63, 188],
    [17, 168, 205],
    [229, 229, 229],
    [102, 102, 102],
    [241, 76, 76],
    [35, 209, 139],
    [245, 245, 67],
    [59, 142, 234],
    [214, 112, 214],
    [41, 184, 219],
    [255, 255, 255],
];
/// The levels of the colour cube.
const CUBE: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// The colours that cells have which say none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ground {
    pub text: Rgb,
    pub ground: Rgb,
}

/// How a run of cells looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Look {
    pub text: Rgb,
    /// None where it is the ground.
    pub ground: Option<Rgb>,
    pub bold: bool,
    pub dim: bool,
    pub italic: bool,
    pub underlined: bool,
    pub crossed_out: bool,
}

impl Ground {
    /// Those of a dark or a light terminal, as the theme wants one.
    pub(super) fn of(settings: &Settings) -> Self {
        match (settings.theme, settings.background) {
            (ThemeChoice::Light, _) | (ThemeChoice::Auto, Background::Light) => {
                Self { text: [0x1e, 0x24, 0x2b], ground: [0xfb, 0xfb, 0xf8] }
            }
            (ThemeChoice::HighContrast, _) => Self { text: [0xff; 3], ground: [0; 3] },
            _ => Self { text: [0xd6, 0xdb, 0xe1], ground: [0x14, 0x19, 0x1f] },
        }
    }

    pub(super) fn look(&self, style: Style) -> Look {
        let has = |modifier| style.add_modifier.contains(modifier);
        let mut text = style.fg.and_then(rgb).unwrap_or(self.text);
        let mut ground = style.bg.and_then(rgb).unwrap_or(self.ground);
        if has(Modifier::REVERSED) {
            std::mem::swap(&mut text, &mut ground);
        }
        Look {
            text,
            ground: (ground != self.ground).then_some(ground),
            bold: has(Modifier::BOLD),
            dim: has(Modifier::DIM),
            italic: has(Modifier::ITALIC),
            underlined: has(Modifier::UNDERLINED),
            crossed_out: has(Modifier::CROSSED_OUT),
        }
    }
}

impl Look {
    /// The look as CSS that holds for text in HTML and, with `fill` for `color`, in SVG.
    pub(super) fn css(&self, colour: &str) -> String {
        let mut css = format!("{colour}:{}", hex(self.text));
        for (on, words) in [
            (self.bold, ";font-weight:bold"),
            (self.dim, ";opacity:.65"),
            (self.italic, ";font-style:italic"),
            (self.underlined && !self.crossed_out, ";text-decoration:underline"),
            (self.crossed_out && !self.underlined, ";text-decoration:line-through"),
            (self.crossed_out && self.underlined, ";text-decoration:underline line-through"),
        ] {
            if on {
                css.push_str(words);
            }
        }
        css
    }
}

/// `#rrggbb`.
pub(super) fn hex([red, green, blue]: Rgb) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

fn rgb(colour: Color) -> Option<Rgb> {
    let number = match colour {
        Color::Reset => return None,
        Color::Rgb(red, green, blue) => return Some([red, green, blue]),
        Color::Indexed(index) => return Some(indexed(index)),
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 8,
        Color::LightRed => 9,
        Color::LightGreen => 10,
        Color::LightYellow => 11,
        Color::LightBlue => 12,
        Color::LightMagenta => 13,
        Color::LightCyan => 14,
        Color::White => 15,
    };
    SIXTEEN.get(number).copied()
}

fn indexed(index: u8) -> Rgb {
    let level = |position: u8| CUBE.get(usize::from(position)).copied().unwrap_or(0);
    match index {
        0..=15 => SIXTEEN.get(usize::from(index)).copied().unwrap_or([0; 3]),
        16..=231 => [level((index - 16) / 36), level((index - 16) / 6 % 6), level((index - 16) % 6)],
        232..=255 => [8 + 10 * (index - 232); 3],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_resolved() {
        let ground = Ground::of(&Settings::default());
        let plain = ground.look(Style::new());
        assert_eq!((plain.text, plain.ground), (ground.text, None));
        let reversed = ground.look(Style::new().add_modifier(Modifier::REVERSED));
        assert_eq!((reversed.text, reversed.ground), (ground.ground, Some(ground.text)));
        assert_eq!((indexed(16), indexed(231), indexed(232), indexed(255)), ([0; 3], [255; 3], [8; 3], [238; 3]));
        assert_eq!(hex([0, 171, 255]), "#00abff");
    }
}
