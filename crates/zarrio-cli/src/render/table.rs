//! Columns that line up.

use unicode_width::UnicodeWidthStr as _;

use crate::diagnostics::printable;

/// What stands between two columns.
const GAP: &str = "  ";

/// Where a column's cells stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Right,
}

/// Rows of cells, with lines of free text between them.
#[derive(Debug)]
pub(super) struct Table {
    columns: Vec<Align>,
    rows: Vec<Row>,
}

#[derive(Debug)]
enum Row {
    Cells(Vec<String>),
    Line(String),
}

impl Table {
    pub(super) fn new(columns: &[Align]) -> Self {
        Self {
            columns: columns.to_vec(),
            rows: Vec::new(),
        }
    }

    /// A row; empty cells at its end take no room.
    pub(super) fn row<S: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = S>) {
        let cells = cells
            .into_iter()
            .map(|cell| one_line(cell.as_ref()))
            .collect();
        self.rows.push(Row::Cells(cells));
    }

    /// A line that does not care for columns.
    pub(super) fn line(&mut self, text: &str) {
        self.rows.push(Row::Line(one_line(text)));
    }

    /// The text, every line with its end.
    pub(super) fn render(&self) -> String {
        let mut widths = vec![0; self.columns.len()];
        for row in &self.rows {
            if let Row::Cells(cells) = row {
                for (width, cell) in widths.iter_mut().zip(cells) {
                    *width = (*width).max(cell.width());
                }
            }
        }
        let mut text = String::new();
        for row in &self.rows {
            let line = match row {
                Row::Line(line) => line.clone(),
                Row::Cells(cells) => self.aligned(cells, &widths),
            };
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }

    fn aligned(&self, cells: &[String], widths: &[usize]) -> String {
        let mut line = String::new();
        for ((cell, &width), align) in cells.iter().zip(widths).zip(&self.columns) {
            // A column that is empty everywhere leaves no gap either.
            if width == 0 {
                continue;
            }
            if !line.is_empty() {
                line.push_str(GAP);
            }
            let padding = " ".repeat(width - cell.width());
            match align {
                Align::Left => line.extend([cell.as_str(), &padding]),
                Align::Right => line.extend([&padding, cell.as_str()]),
            }
        }
        line
    }
}

fn one_line(text: &str) -> String {
    printable(text).replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_lines_end_without_blanks() {
        let mut table = Table::new(&[Align::Left, Align::Right, Align::Left, Align::Right]);
        table.row(["Name", "size", "", "x"]);
        table.row(["t2m", "1024", "", ""]);
        table.line("  anything, however long it may be");
        table.row(["Höhe\n", "7", "", "10"]);
        assert_eq!(
            table.render(),
            "Name    size   x\n\
             t2m     1024\n\
             \x20 anything, however long it may be\n\
             Höhe\\n     7  10\n"
        );
    }
}
