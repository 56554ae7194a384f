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
/// The layout of `docker version`.
pub const VERSION: Layout = Layout { minimum_width: 20, padding: 1 };

/// Lays out lines of cells ended by tabs, as `tabwriter` does: a column is a run of neighbouring lines that have that
/// cell, and is as wide as its widest cell.
pub fn align(text: &str, layout: Layout) -> String {
    let lines: Vec<Vec<&str>> = text.split('\n').map(|line| line.split('\t').collect()).collect();
    // widths[line][cell]; only the cells ended by a tab have one.
    let mut widths: Vec<Vec<usize>> = lines.iter().map(|cells| vec![0; cells.len() - 1]).collect();
    let columns = widths.iter().map(Vec::len).max().unwrap_or(0);
    for column in 0..columns {
        let mut start = 0;
        while start < lines.len() {
            if widths[start].len() <= column {
                start += 1;
                continue;
            }
            let mut end = start;
            let mut widest = 0;
            while end < lines.len() && widths[end].len() > column {
                widest = widest.max(lines[end][column].chars().count());
                end += 1;
            }
            // A column in which nothing stands takes no room, as with tabwriter's zero-width cells: it keeps its minimum.
            let width = (widest + layout.padding).max(layout.minimum_width);
            for line in &mut widths[start..end] {
                line[column] = width;
            }
            start = end;
        }
    }
    let mut aligned = String::with_capacity(text.len() * 2);
    for (index, (cells, widths)) in lines.iter().zip(&widths).enumerate() {
        if index > 0 {
            aligned.push('\n');
        }
        for (column, cell) in cells.iter().enumerate() {
            aligned.push_str(cell);
            if let Some(width) = widths.get(column) {
                let blanks = width.saturating_sub(cell.chars().count());
                aligned.extend(std::iter::repeat_n(' ', blanks));
            }
        }
    }
    aligned
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
