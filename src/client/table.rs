//! Tables as docker prints them: columns aligned with spaces.
//!
//! Promises: the output of the docker command line's own `text/tabwriter` with minimum width 10, padding 3 and spaces.
//! A tab *ends* a cell; the last cell of a line has none, and neither widens a column nor gets padding.
//! Must not know what the columns mean.

const MINIMUM_WIDTH: usize = 10;
const PADDING: usize = 3;

/// How cells are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// No column is narrower than this, its padding included.
    pub minimum_width: usize,
    /// Spaces after the widest cell of a column.
    pub padding: usize,
}

/// The layout of every `docker … ls` table.
pub const DOCKER: Layout = Layout { minimum_width: MINIMUM_WIDTH, padding: PADDING };
/// The layout of `docker top`.
pub const TOP: Layout = Layout { minimum_width: 20, padding: 3 };
/// The layout of `docker compose top`.
pub const COMPOSE_TOP: Layout = Layout { minimum_width: 4, padding: 2 };
/// The layout of the tables of `docker compose ls` and `docker compose images`.
pub const COMPOSE: Layout = Layout { minimum_width: 20, padding: 3 };
/// The layout of `docker version`.
pub const VERSION: Layout = Layout { minimum_width: 20, padding: 1 };

/// Lays out lines of cells ended by tabs, as `tabwriter` does: a column is a run of neighbouring lines that have that
/// cell, and is as wide as its widest cell.
pub fn align(text: &str, layout: Layout) -> String {
    // The cells that are ended by a tab, of all lines in a row; `ends[line]` is how many there are up to that line.
    let mut cells: Vec<Cell> = Vec::new();
    let mut ends = Vec::new();
    let mut signs = 0;
    for byte in text.bytes().chain([b'\n']) {
        match byte {
            b'\t' => cells.push(Cell { signs: std::mem::take(&mut signs), width: 0 }),
            b'\n' => {
                ends.push(cells.len());
                signs = 0;
            }
            // A byte that goes on with a character begins none.
            byte => signs += usize::from(byte & 0xC0 != 0x80),
        }
    }
    let begin = |line: usize| line.checked_sub(1).map_or(0, |before| ends[before]);
    let count = |line: usize| ends[line] - begin(line);
    // Lines that have more than `column` cells, and where their runs begin: for each column that a line still has open.
    let mut open: Vec<usize> = Vec::new();
    for line in 0..=ends.len() {
        let here = if line < ends.len() { count(line) } else { 0 };
        for column in (here..open.len()).rev() {
            let lines = open[column]..line;
            let widest = lines.clone().map(|line| cells[begin(line) + column].signs).max().unwrap_or(0);
            // A column in which nothing stands takes no room, as with tabwriter's zero-width cells: it keeps its minimum.
            let width = (widest + layout.padding).max(layout.minimum_width);
            for line in lines {
                cells[begin(line) + column].width = width;
            }
        }
        open.truncate(here);
        open.resize(here, line);
    }
    let mut aligned = String::with_capacity(text.len() * 2);
    let mut cell = cells.iter();
    for part in text.split_inclusive('\t') {
        let Some(text) = part.strip_suffix('\t') else {
            aligned.push_str(part);
            continue;
        };
        aligned.push_str(text);
        if let Some(Cell { signs, width }) = cell.next() {
            let end = aligned.len() + width.saturating_sub(*signs);
            while aligned.len() < end {
                aligned.push_str(&SPACES[..SPACES.len().min(end - aligned.len())]);
            }
        }
    }
    aligned
}

/// What cells are filled up with, a piece at a time.
const SPACES: &str = "                                ";

/// A cell that a tab ends.
struct Cell {
    /// How many characters it has.
    signs: usize,
    /// How wide its column is.
    width: usize,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_table_looks_like_dockers() {
        assert_eq!(
            align("CONTAINER ID\tIMAGE\tCOMMAND\tCREATED\tSTATUS\tPORTS\tNAMES\n", DOCKER),
            "CONTAINER ID   IMAGE     COMMAND   CREATED   STATUS    PORTS     NAMES\n"
        );
        assert_eq!(align("NAME\tPIDS\nss\t1\n", DOCKER), "NAME      PIDS\nss        1\n");
        assert_eq!(align("DRIVER\tVOLUME NAME\nlocal\tdata\n", DOCKER), "DRIVER    VOLUME NAME\nlocal     data\n");
        assert_eq!(
            align(
                "IMAGE\tCREATED\tCREATED BY\tSIZE\tCOMMENT\n2db4ee9cf6ad\tAbout an hour ago\t\t1.99MB\tImported from -\n",
                DOCKER
            ),
            "IMAGE          CREATED             CREATED BY   SIZE      COMMENT\n\
             2db4ee9cf6ad   About an hour ago                1.99MB    Imported from -\n"
        );
        assert_eq!(
            align("\"sh -c 'echo out; ec…\"\tx\nCOMMAND\tID", DOCKER),
            "\"sh -c 'echo out; ec…\"   x\nCOMMAND                  ID"
        );
    }

    proptest! {
        #[test]
        fn cells_and_lines_are_all_kept(text in "[a-zé\t\n]{0,80}") {
            let aligned = align(&text, DOCKER);
            prop_assert_eq!(aligned.split('\n').count(), text.split('\n').count());
            let letters = |text: &str| text.chars().filter(|character| character.is_alphabetic()).collect::<String>();
            prop_assert_eq!(letters(&aligned), letters(&text));
        }
    }
}
