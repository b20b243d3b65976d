//! What a form holds, before it has lines and pages. Lengths are points (1/72 inch).

/// A paper to be printed on A4.
#[derive(Debug, Clone, PartialEq)]
pub struct Paper {
    /// Title of the file, not printed.
    pub title: String,
    /// What the pages hold.
    pub blocks: Vec<Block>,
    /// Printed on both sides: the margin for binding changes its side, and every copy begins on a front side.
    pub both_sides: bool,
    /// Copies in the file, at least 1.
    pub copies: u8,
    /// Numbers the pages.
    pub numbered: bool,
    /// What stands at the edge of its pages.
    pub edge: Edge,
}

/// What stands at the edge of the pages, whatever they hold.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Edge {
    /// Words of the watermark; empty: none.
    pub watermark: String,
    /// What a reader opens to see whether the paper still holds, as a QR code on the first page; empty: none.
    pub qr: String,
    /// Words below the QR code.
    pub qr_words: String,
    /// Words at the foot of each page, beside its number.
    pub foot: String,
}

impl Paper {
    /// One copy, printed on one side, without numbers, with nothing at its edge.
    #[must_use]
    pub fn of(title: &str, blocks: Vec<Block>) -> Self {
        Self { title: title.to_owned(), blocks, both_sides: false, copies: 1, numbered: false, edge: Edge::default() }
    }

    /// Every text that is printed.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        let own = [self.edge.watermark.as_str(), self.edge.qr_words.as_str(), self.edge.foot.as_str()];
        own.into_iter().chain(self.blocks.iter().flat_map(Block::texts))
    }
}

/// How a text is set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Style {
    /// Size of the characters.
    pub size: f32,
    /// From line to line, in sizes.
    pub leading: f32,
    /// Heavier strokes.
    pub strong: bool,
    /// Side.
    pub align: Align,
    /// The first line begins this many characters later.
    pub indent: f32,
}

impl Style {
    /// Text of a letter: 14 points, indented by two characters.
    pub const LETTER: Self = Self { size: 14.0, leading: 1.9, strong: false, align: Align::Justified, indent: 2.0 };
    /// Text of a cell: 10.5 points.
    pub const CELL: Self = Self { size: 10.5, leading: 1.45, strong: false, align: Align::Left, indent: 0.0 };
    /// The name of what a cell holds.
    pub const LABEL: Self = Self { align: Align::Centre, ..Self::CELL };
    /// A note below.
    pub const NOTE: Self = Self { size: 9.5, leading: 1.55, strong: false, align: Align::Justified, indent: 2.0 };

    /// A heading of this size.
    #[must_use]
    pub const fn heading(size: f32) -> Self {
        Self { size, leading: 1.5, strong: true, align: Align::Centre, indent: 0.0 }
    }
}

/// The side of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// Left.
    Left,
    /// Centred.
    Centre,
    /// Right.
    Right,
    /// Both sides, but for the last line.
    Justified,
}

/// A part of a paper, from top to bottom.
#[derive(Debug, Clone, PartialEq)]
pub enum Block {
    /// A text.
    Text(String, Style),
    /// Nothing, of this height; none at the top of a page.
    Gap(f32),
    /// Nothing, down to this height above the end of the page.
    DownTo(f32),
    /// Names with a line to write on, as on a cover.
    Fields(Vec<(String, String)>),
    /// A table.
    Table(Table),
    /// Lines at the right, for signature, seal and date; kept together.
    Seal(Seal),
    /// The next page.
    NewPage,
}

impl Block {
    fn texts(&self) -> Vec<&str> {
        match self {
            Self::Text(text, _) => vec![text],
            Self::Fields(fields) => fields.iter().flat_map(|(name, value)| [name.as_str(), value]).collect(),
            Self::Table(table) => {
                let cells = table.rows.iter().flat_map(|row| &row.cells).flat_map(Cell::texts);
                std::iter::once(table.title.as_str()).chain(cells).collect()
            }
            Self::Seal(seal) => seal.lines.iter().map(String::as_str).collect(),
            Self::Gap(_) | Self::DownTo(_) | Self::NewPage => Vec::new(),
        }
    }
}

/// Places to sign and to seal.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Seal {
    /// Its lines.
    pub lines: Vec<String>,
}

/// A table with lines around its cells.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// A heading, on the page of its first row; empty: none.
    pub title: String,
    /// Widths of the columns, in shares of the page.
    pub columns: Vec<f32>,
    /// Its first rows, which are repeated on each page.
    pub head: usize,
    /// Its rows.
    pub rows: Vec<Row>,
}

/// A row.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Its cells, which together span all columns.
    pub cells: Vec<Cell>,
    /// At least this high.
    pub height: f32,
}

/// A cell.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// Columns that it spans.
    pub span: usize,
    /// Its text.
    pub text: String,
    /// How that is set.
    pub style: Style,
    /// Lines at its foot, at the right: signature, seal, date.
    pub seal: Vec<String>,
    /// The text stands at the top, not in the middle.
    pub top: bool,
}

impl Cell {
    /// The name of what the next cell holds.
    pub fn label(text: impl Into<String>) -> Self {
        Self { span: 1, text: text.into(), style: Style::LABEL, seal: Vec::new(), top: false }
    }

    /// What is known.
    pub fn value(text: impl Into<String>) -> Self {
        Self { style: Style::CELL, ..Self::label(text) }
    }

    /// What is known, centred.
    pub fn centred(text: impl Into<String>) -> Self {
        Self::label(text)
    }

    /// Over this many columns.
    #[must_use]
    pub fn over(self, span: usize) -> Self {
        Self { span, ..self }
    }

    /// With lines at its foot, and its text at the top.
    #[must_use]
    pub fn sealed(self, lines: &[&str]) -> Self {
        Self { seal: lines.iter().map(|line| (*line).to_owned()).collect(), top: true, ..self }
    }

    fn texts(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.text.as_str()).chain(self.seal.iter().map(String::as_str))
    }
}
