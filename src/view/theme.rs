//! How things look, by role: code says what a thing is (`accent`, `writable`, `layer 3`), and the theme says how that looks.
//!
//! Promises: a role keeps its meaning in every theme; without colour, roles that must be told apart still are, by bold, underline or
//! reverse (and by their signs). Must not know: what is drawn where.

use ratatui::style::{Color, Modifier, Style};

use crate::app::message::Background;
use crate::app::settings::{ColourDepth, Settings, ThemeChoice};

/// How many shades layers have; the ninth layer looks like the first.
pub const LAYER_SHADES: usize = 8;

/// A style for each role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    /// The ground of everything: the terminal's own, unless a theme was chosen by name.
    pub ground: Style,
    /// The program's name.
    pub brand: Style,
    /// Headings.
    pub title: Style,
    pub text: Style,
    /// What can be passed over at first reading.
    pub dim: Style,
    /// What could be typed next, behind what was typed.
    pub ghost: Style,
    /// What the eye should find first.
    pub accent: Style,
    pub strong: Style,
    pub emphasis: Style,
    /// Commands, paths and names inside a sentence.
    pub code: Style,
    pub good: Style,
    pub bad: Style,
    pub warning: Style,
    /// The lines of boxes; of the box that has the keyboard.
    pub border: Style,
    pub border_focus: Style,
    /// A key in the key bar, and what it does.
    pub key: Style,
    pub key_label: Style,
    /// The selected row.
    pub selection: Style,
    /// What the lesson points at.
    pub highlight: Style,
    /// What can be written: a container's own layer, a volume.
    pub writable: Style,
    /// What was deleted by a whiteout.
    pub whiteout: Style,
    layers: [Style; LAYER_SHADES],
}

/// The colours of a theme, as RGB; the depth of the terminal is applied to them afterwards.
struct Palette {
    text: Option<u32>,
    ground: Option<u32>,
    dim: u32,
    accent: u32,
    good: u32,
    bad: u32,
    warning: u32,
    border: u32,
    writable: u32,
    code: u32,
    selection: u32,
    layers: [u32; LAYER_SHADES],
}

// Good and bad are bluish green and vermilion, not green and red, after Okabe and Ito, «Color Universal Design» (2008), so that they
// can be told apart with any kind of colour vision; a sign always goes with them.
const DARK: Palette = Palette {
    text: None,
    ground: None,
    dim: 0x99_a3b0,
    accent: 0x5c_b8f5,
    good: 0x3f_cf9f,
    bad: 0xff_7a59,
    warning: 0xf0_c54a,
    border: 0x62_6d7b,
    writable: 0xff_b454,
    code: 0xa9_d6ff,
    selection: 0x23_3a52,
    layers: [0x7a_a5f5, 0x45_c8be, 0xa5_c84a, 0xe0_bf62, 0xc9_98ea, 0x7c_c4ea, 0x86_ad86, 0xb4_b9c8],
};

const LIGHT: Palette = Palette {
    text: None,
    ground: None,
    dim: 0x5c_6672,
    accent: 0x00_5fa8,
    good: 0x00_6e50,
    bad: 0xb0_2000,
    warning: 0x80_5a00,
    border: 0x87_919c,
    writable: 0x96_4b00,
    code: 0x1d_4f8c,
    selection: 0xe2_eefa,
    layers: [0x2b_5fc4, 0x00_6b64, 0x4b_6c00, 0x7a_5c00, 0x7a_2fb0, 0x00_628d, 0x3f_6f3f, 0x56_5f70],
};

const HIGH_CONTRAST: Palette = Palette {
    text: Some(0xff_ffff),
    ground: Some(0x00_0000),
    dim: 0xd8_d8d8,
    accent: 0x5f_ffff,
    good: 0x5f_ffaf,
    bad: 0xff_9a70,
    warning: 0xff_ff5f,
    border: 0xff_ffff,
    writable: 0xff_c030,
    code: 0xaf_dfff,
    selection: 0x00_0087,
    layers: [0x8f_b4ff, 0x5f_e0d8, 0xc8_f060, 0xff_dc70, 0xe0_a8ff, 0xa0_e0ff, 0xa8_e0a8, 0xe0_e4f0],
};

/// The ground and the text of a dark and of a light theme that was chosen by name.
const DARK_GROUND: (u32, u32) = (0xd6_dbe1, 0x14_191f);
const LIGHT_GROUND: (u32, u32) = (0x1e_242b, 0xfb_fbf8);

impl Theme {
    /// The theme that the settings ask for.
    pub fn of(settings: &Settings) -> Self {
        let named = |palette: Palette, (text, ground): (u32, u32)| Palette {
            text: Some(text),
            ground: Some(ground),
            ..palette
        };
        let palette = match (settings.theme, settings.background) {
            (ThemeChoice::NoColour, _) => return Self::without_colour(),
            (ThemeChoice::Sixteen, _) => return Self::sixteen(),
            (ThemeChoice::Auto, _) if settings.depth == ColourDepth::Sixteen => return Self::sixteen(),
            (ThemeChoice::Auto, Background::Dark) => DARK,
            (ThemeChoice::Auto, Background::Light) => LIGHT,
            (ThemeChoice::Dark, _) => named(DARK, DARK_GROUND),
            (ThemeChoice::Light, _) => named(LIGHT, LIGHT_GROUND),
            (ThemeChoice::HighContrast, _) => HIGH_CONTRAST,
        };
        Self::from_palette(&palette, settings.depth, settings.theme == ThemeChoice::HighContrast)
    }

    fn from_palette(palette: &Palette, depth: ColourDepth, strong_lines: bool) -> Self {
        let colour = |value: u32| fit(value, depth);
        let ink = |value: u32| Style::new().fg(colour(value));
        let text = Style { fg: palette.text.map(colour), ..Style::new() };
        let bold = Modifier::BOLD;
        let selection = Style { bg: Some(colour(palette.selection)), ..text }.add_modifier(bold);
        Self {
            ground: Style { bg: palette.ground.map(colour), ..text },
            brand: ink(palette.accent).add_modifier(bold | Modifier::REVERSED),
            title: text.add_modifier(bold),
            text,
            dim: ink(palette.dim),
            ghost: ink(palette.dim).add_modifier(Modifier::ITALIC),
            accent: ink(palette.accent).add_modifier(bold),
            strong: text.add_modifier(bold),
            emphasis: text.add_modifier(Modifier::ITALIC),
            code: ink(palette.code),
            good: ink(palette.good),
            bad: ink(palette.bad),
            warning: ink(palette.warning),
            border: ink(palette.border),
            border_focus: ink(palette.accent).add_modifier(if strong_lines { bold } else { Modifier::empty() }),
            key: ink(palette.accent).add_modifier(bold),
            key_label: ink(palette.dim),
            selection,
            highlight: ink(palette.warning).add_modifier(bold),
            writable: ink(palette.writable),
            whiteout: ink(palette.dim).add_modifier(Modifier::CROSSED_OUT),
            layers: palette.layers.map(ink),
        }
    }

    /// The terminal's own sixteen colours; grey is the dim attribute, since «bright black» is invisible in some palettes.
    fn sixteen() -> Self {
        let ink = |colour: Color| Style::new().fg(colour);
        let bold = Modifier::BOLD;
        Self {
            brand: ink(Color::Cyan).add_modifier(bold | Modifier::REVERSED),
            accent: ink(Color::Cyan).add_modifier(bold),
            code: ink(Color::Cyan),
            good: ink(Color::Green),
            bad: ink(Color::Red).add_modifier(bold),
            warning: ink(Color::Yellow),
            border_focus: ink(Color::Cyan),
            key: ink(Color::Cyan).add_modifier(bold),
            highlight: ink(Color::Yellow).add_modifier(bold),
            writable: ink(Color::Yellow).add_modifier(bold),
            layers: [
                Color::Blue,
                Color::Cyan,
                Color::Green,
                Color::Yellow,
                Color::Magenta,
                Color::LightBlue,
                Color::LightCyan,
                Color::LightGreen,
            ]
            .map(ink),
            ..Self::without_colour()
        }
    }

    fn without_colour() -> Self {
        let plain = Style::new();
        let bold = plain.add_modifier(Modifier::BOLD);
        let dim = plain.add_modifier(Modifier::DIM);
        let reversed = plain.add_modifier(Modifier::REVERSED);
        let underlined = plain.add_modifier(Modifier::UNDERLINED);
        Self {
            ground: plain,
            brand: bold.add_modifier(Modifier::REVERSED),
            title: bold,
            text: plain,
            dim,
            ghost: dim.add_modifier(Modifier::ITALIC),
            accent: bold,
            strong: bold,
            emphasis: plain.add_modifier(Modifier::ITALIC),
            code: underlined,
            good: plain,
            bad: bold,
            warning: bold,
            border: dim,
            border_focus: bold,
            key: bold,
            key_label: plain,
            selection: reversed,
            highlight: underlined.add_modifier(Modifier::BOLD),
            writable: bold,
            whiteout: dim.add_modifier(Modifier::CROSSED_OUT),
            layers: [plain; LAYER_SHADES],
        }
    }

    /// The look of layer number `number` of a world: the same layer, the same look, wherever it is drawn.
    pub fn layer(&self, number: usize) -> Style {
        self.layers.get(number % LAYER_SHADES).copied().unwrap_or(self.text)
    }
}

/// A colour as the terminal can show it.
fn fit(value: u32, depth: ColourDepth) -> Color {
    let [_, red, green, blue] = value.to_be_bytes();
    match depth {
        ColourDepth::TrueColour => Color::Rgb(red, green, blue),
        // A theme chosen by name needs more than sixteen colours; terminals that claim fewer still show the 256.
        ColourDepth::Palette256 | ColourDepth::Sixteen => Color::Indexed(nearest_of_256([red, green, blue])),
    }
}

/// The six levels of the colour cube of the 256-colour palette, which starts at index 16; the grey ramp follows it at 232.
const CUBE: [u8; 6] = [0, 95, 135, 175, 215, 255];

fn nearest_of_256(colour: [u8; 3]) -> u8 {
    let candidates = (16..=255_u8).map(|index| {
        let shade = shade_of_256(index);
        let distance: u32 = shade.iter().zip(colour).map(|(one, other)| u32::from(one.abs_diff(other)).pow(2)).sum();
        (distance, index)
    });
    candidates.min().map_or(15, |(_, index)| index)
}

/// The colour that stands at a place of the 256-colour palette, from 16 on.
fn shade_of_256(index: u8) -> [u8; 3] {
    let level = |position: u8| CUBE.get(usize::from(position)).copied().unwrap_or(0);
    match index.checked_sub(232) {
        Some(step) => [8 + 10 * step; 3],
        None => {
            let place = index.saturating_sub(16);
            [level(place / 36), level(place / 6 % 6), level(place % 6)]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn theme(theme: ThemeChoice, depth: ColourDepth) -> Theme {
        Theme::of(&Settings { theme, depth, ..Settings::default() })
    }

    #[test]
    fn by_default_text_and_background_are_the_terminals_own() {
        for depth in [ColourDepth::Sixteen, ColourDepth::Palette256, ColourDepth::TrueColour] {
            let theme = theme(ThemeChoice::Auto, depth);
            assert_eq!((theme.ground.bg, theme.ground.fg, theme.text.fg), (None, None, None));
        }
    }

    #[test]
    fn without_colour_there_is_no_colour_and_the_selection_still_shows() {
        let theme = theme(ThemeChoice::NoColour, ColourDepth::TrueColour);
        let debug = format!("{theme:?}");
        assert!(!debug.contains("Rgb") && !debug.contains("Indexed"), "{debug}");
        assert_ne!(theme.selection, theme.text);
        assert_ne!(theme.highlight, theme.text);
    }

    #[test]
    fn a_terminal_of_256_colours_gets_no_true_colour() {
        let debug = format!("{:?}", theme(ThemeChoice::Dark, ColourDepth::Palette256));
        assert!(!debug.contains("Rgb"), "{debug}");
        assert_eq!(nearest_of_256([255, 255, 255]), 231);
        assert_eq!(nearest_of_256([95, 135, 175]), 67);
        assert_eq!(nearest_of_256([128, 128, 128]), 244);
    }

    #[test]
    fn layers_go_round_their_shades() {
        let theme = theme(ThemeChoice::Auto, ColourDepth::TrueColour);
        assert_eq!(theme.layer(0), theme.layer(LAYER_SHADES));
        assert_ne!(theme.layer(0), theme.layer(1));
    }

    /// The themes that bring their own ground, with it.
    const OWN_GROUNDS: [(ThemeChoice, u32); 3] =
        [(ThemeChoice::Dark, DARK_GROUND.1), (ThemeChoice::Light, LIGHT_GROUND.1), (ThemeChoice::HighContrast, 0)];

    /// Everything that is written, by the name of its role.
    fn inks(theme: &Theme) -> Vec<(String, Style)> {
        let roles = [
            ("brand", theme.brand),
            ("title", theme.title),
            ("text", theme.text),
            ("dim", theme.dim),
            ("ghost", theme.ghost),
            ("accent", theme.accent),
            ("strong", theme.strong),
            ("emphasis", theme.emphasis),
            ("code", theme.code),
            ("good", theme.good),
            ("bad", theme.bad),
            ("warning", theme.warning),
            ("key", theme.key),
            ("key label", theme.key_label),
            ("highlight", theme.highlight),
            ("writable", theme.writable),
            ("whiteout", theme.whiteout),
            ("selection", theme.selection),
        ];
        let layers = (0..LAYER_SHADES).map(|number| (format!("layer {number}"), theme.layer(number)));
        roles.into_iter().map(|(name, style)| (name.to_owned(), style)).chain(layers).collect()
    }

    /// A colour as RGB; none for the terminal's own.
    fn rgb(colour: Option<Color>) -> Option<u32> {
        match colour? {
            Color::Rgb(red, green, blue) => Some(u32::from_be_bytes([0, red, green, blue])),
            Color::Indexed(index) => {
                let [red, green, blue] = shade_of_256(index);
                Some(u32::from_be_bytes([0, red, green, blue]))
            }
            _ => None,
        }
    }

    /// Contrast after WCAG 2.1, level AA: at least 4.5 for text (1.4.3), on the ground and on the selected row; at least 3 for the lines
    /// of boxes (1.4.11). In true colour, and in the 256 that are nearest to it.
    #[test]
    fn every_pair_of_every_theme_can_be_read() {
        for depth in [ColourDepth::TrueColour, ColourDepth::Palette256] {
            for (choice, own_ground) in OWN_GROUNDS {
                let theme = theme(choice, depth);
                let ground = rgb(theme.ground.bg).unwrap();
                if depth == ColourDepth::TrueColour {
                    assert_eq!(ground, own_ground);
                }
                for under in [ground, rgb(theme.selection.bg).unwrap()] {
                    for (name, style) in inks(&theme) {
                        let contrast = contrast(rgb(style.fg).unwrap(), under);
                        assert!(contrast >= 4.5, "{choice:?}, {depth:?}: {name} on {under:06x}: {contrast:.2}");
                    }
                }
                for lines in [theme.border, theme.border_focus] {
                    let contrast = contrast(rgb(lines.fg).unwrap(), ground);
                    assert!(contrast >= 3.0, "{choice:?}, {depth:?}: lines on {ground:06x}: {contrast:.2}");
                }
            }
        }
    }

    /// What follows the terminal's background is read on black and on white, and on what terminals mostly have.
    #[test]
    fn the_accents_on_the_terminals_own_ground_can_be_read() {
        let grounds = [
            (Background::Dark, [0x00_0000, 0x1e_1e1e, 0x28_2a36]),
            (Background::Light, [0xff_ffff, 0xfd_f6e3, 0xf5_f5f5]),
        ];
        for (background, grounds) in grounds {
            let settings = Settings { background, ..Settings::default() };
            for (name, style) in inks(&Theme::of(&settings)) {
                for ground in grounds {
                    let contrast = rgb(style.fg).map_or(21.0, |ink| contrast(ink, ground));
                    assert!(contrast >= 4.5, "{background:?}: {name} on {ground:06x}: {contrast:.2}");
                }
            }
        }
    }

    fn contrast(one: u32, other: u32) -> f64 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    fn luminance(colour: u32) -> f64 {
        let [_, red, green, blue] = colour.to_be_bytes();
        let linear = |value: u8| {
            let value = f64::from(value) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    }
}
