//! The signs that the screen is made of: an allow-list in which each is one cell wide and has an ASCII twin.
//!
//! Promises: every sign of both sets is exactly one cell wide (a test holds it). Must not know: colours.

/// The corners and lines of a box.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BoxSigns {
    pub top_left: &'static str,
    pub top_right: &'static str,
    pub bottom_left: &'static str,
    pub bottom_right: &'static str,
    pub horizontal: &'static str,
    pub vertical: &'static str,
    /// Where a line leaves the box to the right, to the left, downwards and upwards, and where two cross.
    pub tee_right: &'static str,
    pub tee_left: &'static str,
    pub tee_down: &'static str,
    pub tee_up: &'static str,
    pub cross: &'static str,
}

/// One set of signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Symbols {
    /// A lesson is done, begun, not begun.
    pub done: &'static str,
    pub started: &'static str,
    pub not_yet: &'static str,
    /// The selected row, a bullet, a text cut short.
    pub selected: &'static str,
    pub bullet: &'static str,
    /// A directory that is open, and one that is closed.
    pub open: &'static str,
    pub closed: &'static str,
    pub ellipsis: &'static str,
    pub left: &'static str,
    pub right: &'static str,
    pub up: &'static str,
    pub down: &'static str,
    /// A goal that is met, one that is not; right and wrong answers.
    pub met: &'static str,
    pub unmet: &'static str,
    pub warning: &'static str,
    /// States of a container.
    pub running: &'static str,
    pub paused: &'static str,
    pub exited: &'static str,
    pub created: &'static str,
    pub dead: &'static str,
    /// A thing that can be written, one that cannot, and a file deleted by a whiteout.
    pub writable: &'static str,
    pub read_only: &'static str,
    pub whiteout: &'static str,
    /// The shades of layers, from light to full; layers beyond the last start again.
    pub shades: [&'static str; 4],
    /// The bars of a chart, from the lowest to the highest.
    pub bars: [&'static str; 8],
    /// A gauge: its full and its empty part.
    pub gauge_full: &'static str,
    pub gauge_empty: &'static str,
    /// The timeline: a step, the step where we stand, the line between.
    pub step: &'static str,
    pub step_here: &'static str,
    pub step_ahead: &'static str,
    pub line: &'static str,
    pub play: &'static str,
    pub pause: &'static str,
    /// Where typed text goes.
    pub cursor: &'static str,
    /// Boxes: of panes, of what cannot change, of what can be written.
    pub pane: BoxSigns,
    pub solid: BoxSigns,
    pub dotted: BoxSigns,
}

const SQUARE: BoxSigns = BoxSigns {
    top_left: "┌",
    top_right: "┐",
    bottom_left: "└",
    bottom_right: "┘",
    horizontal: "─",
    vertical: "│",
    tee_right: "├",
    tee_left: "┤",
    tee_down: "┬",
    tee_up: "┴",
    cross: "┼",
};

const ASCII_BOX: BoxSigns = BoxSigns {
    top_left: "+",
    top_right: "+",
    bottom_left: "+",
    bottom_right: "+",
    horizontal: "-",
    vertical: "|",
    tee_right: "+",
    tee_left: "+",
    tee_down: "+",
    tee_up: "+",
    cross: "+",
};

/// For terminals that show Unicode.
pub const UNICODE: Symbols = Symbols {
    done: "✓",
    started: "◐",
    not_yet: "·",
    selected: "▸",
    bullet: "•",
    open: "▾",
    closed: "▸",
    ellipsis: "…",
    left: "←",
    right: "→",
    up: "↑",
    down: "↓",
    met: "✓",
    unmet: "✗",
    warning: "!",
    running: "●",
    paused: "‖",
    exited: "○",
    created: "◌",
    dead: "✗",
    writable: "✎",
    read_only: "▪",
    whiteout: "⌫",
    shades: ["░", "▒", "▓", "█"],
    bars: ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
    gauge_full: "━",
    gauge_empty: "╌",
    step: "●",
    step_here: "◉",
    step_ahead: "○",
    line: "─",
    play: "▷",
    pause: "‖",
    cursor: "█",
    pane: SQUARE,
    solid: BoxSigns { top_left: "╭", top_right: "╮", bottom_left: "╰", bottom_right: "╯", ..SQUARE },
    dotted: BoxSigns {
        top_left: "╭",
        top_right: "╮",
        bottom_left: "╰",
        bottom_right: "╯",
        horizontal: "┄",
        vertical: "┊",
        ..SQUARE
    },
};

/// For terminals that show ASCII only.
pub const ASCII: Symbols = Symbols {
    done: "x",
    started: "~",
    not_yet: ".",
    selected: ">",
    bullet: "*",
    open: "v",
    closed: ">",
    ellipsis: "~",
    left: "<",
    right: ">",
    up: "^",
    down: "v",
    met: "+",
    unmet: "-",
    warning: "!",
    running: "*",
    paused: "=",
    exited: "o",
    created: ".",
    dead: "x",
    writable: "w",
    read_only: "r",
    whiteout: "x",
    shades: [".", ":", "%", "#"],
    bars: ["_", ".", ":", "-", "=", "+", "*", "#"],
    gauge_full: "=",
    gauge_empty: ".",
    step: "*",
    step_here: "@",
    step_ahead: "o",
    line: "-",
    play: ">",
    pause: "=",
    cursor: "_",
    pane: ASCII_BOX,
    solid: ASCII_BOX,
    dotted: BoxSigns { horizontal: ".", vertical: ":", ..ASCII_BOX },
};

impl Symbols {
    /// The set to draw with.
    pub fn of(ascii: bool) -> &'static Self {
        if ascii { &ASCII } else { &UNICODE }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use unicode_width::UnicodeWidthStr;

    fn all(symbols: &Symbols) -> Vec<&'static str> {
        let Symbols { pane, solid, dotted, shades, bars, .. } = *symbols;
        let mut signs = vec![
            symbols.done,
            symbols.started,
            symbols.not_yet,
            symbols.selected,
            symbols.bullet,
            symbols.open,
            symbols.closed,
            symbols.ellipsis,
            symbols.left,
            symbols.right,
            symbols.up,
            symbols.down,
            symbols.met,
            symbols.unmet,
            symbols.warning,
            symbols.running,
            symbols.paused,
            symbols.exited,
            symbols.created,
            symbols.dead,
            symbols.writable,
            symbols.read_only,
            symbols.whiteout,
            symbols.gauge_full,
            symbols.gauge_empty,
            symbols.step,
            symbols.step_here,
            symbols.step_ahead,
            symbols.line,
            symbols.play,
            symbols.pause,
            symbols.cursor,
        ];
        signs.extend(shades);
        signs.extend(bars);
        for signs_of_box in [pane, solid, dotted] {
            signs.extend([
                signs_of_box.top_left,
                signs_of_box.top_right,
                signs_of_box.bottom_left,
                signs_of_box.bottom_right,
            ]);
            signs.extend([
                signs_of_box.horizontal,
                signs_of_box.vertical,
                signs_of_box.tee_right,
                signs_of_box.tee_left,
            ]);
            signs.extend([signs_of_box.tee_down, signs_of_box.tee_up, signs_of_box.cross]);
        }
        signs
    }

    #[test]
    fn every_sign_is_one_cell_wide_and_has_an_ascii_twin() {
        for sign in all(&UNICODE).into_iter().chain(all(&ASCII)) {
            assert_eq!(sign.width(), 1, "{sign}");
            assert_eq!(sign.chars().count(), 1, "{sign}");
        }
        assert!(all(&ASCII).iter().all(|sign| sign.is_ascii()));
    }
}
