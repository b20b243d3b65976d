//! Records of a table (RFC 4180, as Excel and WPS write it): delimiter found in the header, quotes, line breaks in cells, bounds.

use super::{COLUMNS, LINE_BYTES, Unreadable};

/// Delimiters, the likelier first.
const DELIMITERS: [char; 3] = [',', '\t', ';'];

/// The delimiter of a table: the one that its first line has most of, outside quotes.
#[must_use]
pub fn delimiter_of(first_line: &str) -> char {
    let count = |wanted: char| {
        let mut quoted = false;
        first_line
            .chars()
            .filter(|c| {
                quoted ^= *c == '"';
                !quoted && *c == wanted
            })
            .count()
    };
    let counted = DELIMITERS.map(|one| (count(one), one));
    counted.into_iter().rev().max_by_key(|(count, _)| *count).map_or(',', |(_, one)| one)
}

/// Takes a text piece by piece and gives its records.
pub struct Records {
    delimiter: char,
    line: u64,
    began: u64,
    bytes: usize,
    cells: Vec<String>,
    cell: String,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// At the beginning of a cell.
    Begin,
    /// In a cell without quotes.
    Plain,
    /// In a quoted cell.
    Quoted,
    /// After a quote in a quoted cell: its end, or the first of two.
    Quote,
}

/// A record: the line on which it begins, and its cells.
pub type Record = (u64, Vec<String>);

impl Records {
    /// A table with this delimiter.
    #[must_use]
    pub const fn new(delimiter: char) -> Self {
        Self { delimiter, line: 1, began: 1, bytes: 0, cells: Vec::new(), cell: String::new(), state: State::Begin }
    }

    /// Appends the records that end in this piece.
    pub fn feed(&mut self, piece: &str, found: &mut Vec<Record>) -> Result<(), Unreadable> {
        for c in piece.chars() {
            self.bytes += c.len_utf8();
            if self.bytes > LINE_BYTES {
                return Err(Unreadable::Line { line: self.began });
            }
            match (self.state, c) {
                (State::Quoted, '"') => self.state = State::Quote,
                (State::Quote, '"') => {
                    self.cell.push('"');
                    self.state = State::Quoted;
                }
                (State::Quoted, _) => self.cell.push(c),
                (State::Begin, '"') => self.state = State::Quoted,
                (_, '\n') => self.end_record(found),
                (_, '\r') => {}
                _ if c == self.delimiter => self.end_cell()?,
                _ => {
                    self.cell.push(c);
                    self.state = State::Plain;
                }
            }
            if c == '\n' {
                self.line += 1;
                if self.state != State::Quoted {
                    self.began = self.line;
                }
            }
        }
        Ok(())
    }

    /// The last record, where the text does not end with a line break.
    pub fn finish(mut self, found: &mut Vec<Record>) -> Result<(), Unreadable> {
        if self.state == State::Quoted {
            return Err(Unreadable::Quote { line: self.began });
        }
        self.end_record(found);
        Ok(())
    }

    fn end_cell(&mut self) -> Result<(), Unreadable> {
        self.cells.push(std::mem::take(&mut self.cell));
        self.state = State::Begin;
        if self.cells.len() >= COLUMNS { Err(Unreadable::Columns { line: self.began }) } else { Ok(()) }
    }

    fn end_record(&mut self, found: &mut Vec<Record>) {
        self.cells.push(std::mem::take(&mut self.cell));
        let cells = std::mem::take(&mut self.cells);
        (self.state, self.bytes) = (State::Begin, 0);
        // A row of nothing but blanks is none: Excel leaves them at the end.
        if cells.iter().any(|cell| !cell.trim().is_empty()) {
            found.push((self.began, cells));
        }
    }
}

/// A cell as it stands in a table: quoted where it has to be; one that a spreadsheet would take for a formula begins with a tab.
#[must_use]
pub fn written(cell: &str, delimiter: char) -> String {
    let inert = if cell.starts_with(['=', '+', '-', '@']) { format!("\t{cell}") } else { cell.to_owned() };
    let special = |c: char| c == delimiter || matches!(c, '"' | '\n' | '\r' | '\t');
    if inert.contains(special) { format!("\"{}\"", inert.replace('"', "\"\"")) } else { inert }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, delimiter: char, size: usize) -> Result<Vec<Record>, Unreadable> {
        let (mut records, mut found) = (Records::new(delimiter), Vec::new());
        let chars: Vec<char> = text.chars().collect();
        for piece in chars.chunks(size) {
            records.feed(&piece.iter().collect::<String>(), &mut found)?;
        }
        records.finish(&mut found)?;
        Ok(found)
    }

    fn cells(line: u64, cells: &[&str]) -> Record {
        (line, cells.iter().map(|cell| (*cell).to_owned()).collect())
    }

    #[test]
    fn records_keep_their_lines_through_quotes_breaks_and_blank_rows() {
        let text = "a,b\r\n\"x\"\"y\",\"1\n2\"\r\n\r\n,,\n=\"03\",z";
        let expected = vec![cells(1, &["a", "b"]), cells(2, &["x\"y", "1\n2"]), cells(6, &["=\"03\"", "z"])];
        for size in [1, 2, 100] {
            assert_eq!(read(text, ',', size), Ok(expected.clone()), "{size}");
        }
        assert_eq!(read("a,\"b\nc", ',', 9), Err(Unreadable::Quote { line: 1 }));
    }

    #[test]
    fn a_line_and_its_columns_are_bounded() {
        assert_eq!(read(&"a".repeat(LINE_BYTES + 1), ',', 1000), Err(Unreadable::Line { line: 1 }));
        assert_eq!(read(&format!("h\n{}", ",".repeat(1_000)), ',', 100), Err(Unreadable::Columns { line: 2 }));
        assert!(read(&",".repeat(COLUMNS - 1), ',', 100).is_ok());
    }

    #[test]
    fn the_delimiter_is_the_one_that_the_header_has_most_of() {
        for (header, found) in [("a,b;c,d", ','), ("a\tb\tc,", '\t'), ("a;b", ';'), ("\"a,b,c\";d", ';'), ("a", ',')] {
            assert_eq!(delimiter_of(header), found, "{header}");
        }
    }

    #[test]
    fn a_written_cell_is_read_as_it_was_and_is_no_formula() {
        for cell in ["a", "a,b", "\"", "1\n2", "", "身份证"] {
            let text = format!("{},x\n", written(cell, ','));
            assert_eq!(read(&text, ',', 5), Ok(vec![cells(1, &[cell, "x"])]));
        }
        for formula in ["=1+1", "@sum", "+1", "-1"] {
            assert_eq!(written(formula, ','), format!("\"\t{formula}\""));
        }
    }
}
