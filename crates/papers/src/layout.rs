//! From blocks to pages: lines, rows that break over pages, places to sign that stay whole.

use crate::fonts::{Fonts, Lookup};
use crate::lines::{Line, break_lines};
use crate::model::{Align, Block, Cell, Paper, Row, Seal, Style, Table};

/// Size of A4.
pub(crate) const PAGE: (f32, f32) = (595.28, 841.89);
const TOP: f32 = 66.0;
const BOTTOM: f32 = 66.0;
/// Below the QR code.
const TOP_WITH_CODE: f32 = 122.0;
/// Margin for binding and the other one, on paper printed on both sides.
const INNER: f32 = 79.0;
const OUTER: f32 = 57.0;
const SIDE: f32 = 72.0;
const PAD: f32 = 5.0;
/// From line to line of places to sign.
const SEAL_LEADING: f32 = 24.0;
/// A row that is higher than this share of a page may go on on the next one.
const MAY_SPLIT: f32 = 0.3;

/// Something on a page; `x` counts from the left edge of what is printed, `y` from the top of the page.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Item {
    /// A line of text by the place where it stands on.
    Text { x: f32, y: f32, text: String, size: f32, strong: bool, spread: f32 },
    /// A thin line.
    Rule { from: (f32, f32), to: (f32, f32) },
}

/// A page.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Page {
    pub items: Vec<Item>,
}

/// The left edge of what is printed on the page of this number, from 0.
pub(crate) fn left_edge(paper: &Paper, number: usize) -> f32 {
    match (paper.both_sides, number.is_multiple_of(2)) {
        (true, true) => INNER,
        (true, false) => OUTER,
        (false, _) => SIDE,
    }
}

/// How wide what is printed is.
pub(crate) fn width(paper: &Paper) -> f32 {
    if paper.both_sides { PAGE.0 - INNER - OUTER } else { PAGE.0 - 2.0 * SIDE }
}

/// Pages of one copy.
#[must_use]
pub fn page_count(paper: &Paper, fonts: &Fonts) -> usize {
    pages(paper, fonts).len()
}

/// The pages of one copy.
pub(crate) fn pages(paper: &Paper, fonts: &Fonts) -> Vec<Page> {
    let mut flow = Flow {
        lookup: fonts.lookup(),
        width: width(paper),
        y: if paper.edge.qr.is_empty() { TOP } else { TOP_WITH_CODE },
        bottom: PAGE.1 - BOTTOM,
        pages: vec![Page::default()],
    };
    for block in &paper.blocks {
        flow.block(block);
    }
    let mut pages = flow.pages;
    if paper.both_sides && !pages.len().is_multiple_of(2) {
        pages.push(Page::default());
    }
    pages
}

struct Flow<'a> {
    lookup: Lookup<'a>,
    width: f32,
    y: f32,
    bottom: f32,
    pages: Vec<Page>,
}

/// Where a line stands below its top, in sizes: for a leading of 1.
fn drop_of(leading: f32) -> f32 {
    (leading - 1.0) / 2.0 + 0.88
}

impl Flow<'_> {
    fn new_page(&mut self) {
        self.pages.push(Page::default());
        self.y = TOP;
    }

    fn put(&mut self, item: Item) {
        if let Some(page) = self.pages.last_mut() {
            page.items.push(item);
        }
    }

    fn rule(&mut self, from: (f32, f32), to: (f32, f32)) {
        self.put(Item::Rule { from, to });
    }

    fn is_fresh(&self) -> bool {
        self.pages.last().is_some_and(|page| page.items.is_empty())
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Text(text, style) => self.text(text, *style),
            Block::Gap(height) if !self.is_fresh() => self.y += height,
            Block::Gap(_) => {}
            Block::DownTo(height) => self.y = self.y.max(self.bottom - height),
            Block::Fields(fields) => self.fields(fields),
            Block::Table(table) => self.table(table),
            Block::Seal(seal) => self.seal(seal),
            Block::NewPage => self.new_page(),
        }
    }

    fn lines(&self, text: &str, style: Style, width: f32) -> Vec<Line> {
        break_lines(text, width / style.size, style.indent, |c| self.lookup.width(c))
    }

    /// One line at `left` within `width`; `indent` of its first.
    fn line(&mut self, line: &Line, style: Style, (left, width): (f32, f32), top: f32, indent: f32) {
        let used = line.width * style.size + indent;
        let rest = (width - used).max(0.0);
        let gaps = line.text.chars().count().saturating_sub(1);
        let mut spread = 0.0;
        let x = left
            + indent
            + match style.align {
                Align::Left => 0.0,
                Align::Centre => rest / 2.0,
                Align::Right => rest,
                Align::Justified => {
                    if line.goes_on && gaps > 0 && rest < 3.0 * style.size {
                        #[expect(clippy::cast_precision_loss, reason = "a line has some ten characters")]
                        let between = gaps as f32;
                        spread = rest / between / style.size;
                    }
                    0.0
                }
            };
        if !line.text.is_empty() {
            let y = top + drop_of(style.leading) * style.size;
            self.put(Item::Text { x, y, text: line.text.clone(), size: style.size, strong: style.strong, spread });
        }
    }

    fn text(&mut self, text: &str, style: Style) {
        let height = style.size * style.leading;
        let lines = self.lines(text, style, self.width);
        for (at, line) in lines.iter().enumerate() {
            if self.y + height > self.bottom {
                self.new_page();
            }
            let indent = if at == 0 { style.indent * style.size } else { 0.0 };
            self.line(line, style, (0.0, self.width), self.y, indent);
            self.y += height;
        }
    }

    /// Names at the left, values over a line.
    fn fields(&mut self, fields: &[(String, String)]) {
        let style = Style { size: 15.0, leading: 1.3, ..Style::CELL };
        let (name_left, name_width) = (self.width * 0.1, self.width * 0.28);
        let (left, width) = (self.width * 0.4, self.width * 0.5);
        for (name, value) in fields {
            let lines = self.lines(value, style, width);
            for (at, line) in lines.iter().enumerate() {
                let height = style.size * style.leading;
                if at == 0 {
                    let named = Line { text: name.clone(), width: self.width_of(name), goes_on: true };
                    let justified = Style { align: Align::Justified, ..style };
                    // Names of two to six characters fill one width, as on a printed cover.
                    self.spread(&named, justified, (name_left, name_width));
                }
                self.line(line, Style { align: Align::Centre, ..style }, (left, width), self.y, 0.0);
                let under = self.y + height + 1.0;
                self.rule((left, under), (left + width, under));
                self.y += height + 3.0;
            }
            self.y += 14.0;
        }
    }

    fn width_of(&self, text: &str) -> f32 {
        text.chars().map(|c| self.lookup.width(c)).sum()
    }

    fn spread(&mut self, line: &Line, style: Style, (left, width): (f32, f32)) {
        let gaps = line.text.chars().count().saturating_sub(1).max(1);
        #[expect(clippy::cast_precision_loss, reason = "a name has some ten characters")]
        let spread = ((width / style.size - line.width) / gaps as f32).max(0.0);
        let y = self.y + drop_of(style.leading) * style.size;
        self.put(Item::Text { x: left, y, text: line.text.clone(), size: style.size, strong: false, spread });
    }

    fn seal(&mut self, seal: &Seal) {
        #[expect(clippy::cast_precision_loss, reason = "some five lines")]
        let height = seal.lines.len() as f32 * 30.0;
        if self.y + height > self.bottom {
            self.new_page();
        }
        let style = Style { size: 14.0, leading: 30.0 / 14.0, align: Align::Left, ..Style::CELL };
        for text in &seal.lines {
            let line = Line { text: text.clone(), width: self.width_of(text), goes_on: false };
            let left = (self.width * 0.52).min(self.width - line.width * style.size).max(0.0);
            self.line(&line, style, (left, self.width - left), self.y, 0.0);
            self.y += 30.0;
        }
    }

    fn table(&mut self, table: &Table) {
        let shares: f32 = table.columns.iter().sum();
        let widths: Vec<f32> = table.columns.iter().map(|share| share / shares * self.width).collect();
        let (head, rows) = table.rows.split_at(table.head.min(table.rows.len()));
        // A head alone at the foot of a page says nothing.
        let together: f32 = head.iter().chain(rows.first()).map(|row| self.open(row, &widths).height()).sum();
        let style = Style { align: Align::Left, ..Style::heading(12.0) };
        let title = if table.title.is_empty() { 0.0 } else { style.size * style.leading + 16.0 };
        let together = together + title;
        let room = self.bottom - TOP;
        if self.y + together.min(room * MAY_SPLIT) > self.bottom {
            self.new_page();
        }
        if !table.title.is_empty() {
            self.block(&Block::Gap(12.0));
            self.text(&table.title, style);
            self.y += 4.0;
        }
        for row in head {
            let open = self.open(row, &widths);
            self.draw(&open, open.height(), &widths);
        }
        for row in rows {
            self.row(row, head, &widths);
        }
    }

    fn table_page(&mut self, head: &[Row], widths: &[f32]) {
        self.new_page();
        for row in head {
            let open = self.open(row, widths);
            self.draw(&open, open.height(), widths);
        }
    }

    fn open<'r>(&self, row: &'r Row, widths: &[f32]) -> Open<'r> {
        let mut from = 0;
        let cells = row.cells.iter().map(|cell| {
            let width: f32 = widths.iter().skip(from).take(cell.span).sum();
            from += cell.span;
            (cell, self.lines(&cell.text, cell.style, width - 2.0 * PAD))
        });
        Open { cells: cells.collect(), least: row.height, broken: false, last: true }
    }

    fn row(&mut self, row: &Row, head: &[Row], widths: &[f32]) {
        let mut open = self.open(row, widths);
        let mut on_new_page = false;
        loop {
            let height = open.height();
            if self.y + height <= self.bottom {
                self.draw(&open, height, widths);
                return;
            }
            let room = self.bottom - self.y;
            let large = height > (self.bottom - TOP) * MAY_SPLIT && !open.is_blank();
            if (large || on_new_page) && room > 60.0 {
                let part = open.split(room);
                self.draw(&part, room, widths);
            } else if on_new_page {
                // Nothing of it can be divided: it is drawn as it is.
                self.draw(&open, height, widths);
                return;
            }
            self.table_page(head, widths);
            on_new_page = true;
        }
    }

    fn draw(&mut self, open: &Open<'_>, height: f32, widths: &[f32]) {
        let (top, bottom) = (self.y, self.y + height);
        self.rule((0.0, top), (self.width, top));
        self.rule((0.0, bottom), (self.width, bottom));
        self.rule((0.0, top), (0.0, bottom));
        let (mut left, mut from) = (0.0, 0);
        for (cell, lines) in &open.cells {
            let width: f32 = widths.iter().skip(from).take(cell.span).sum();
            from += cell.span;
            let step = cell.style.size * cell.style.leading;
            let seal = seal_height(cell);
            let mut y =
                if cell.top || open.broken { top + PAD } else { top + ((height - seal - text_height(cell, lines)) / 2.0).max(PAD) };
            for (at, line) in lines.iter().enumerate() {
                let indent = if at == 0 && !open.broken { cell.style.indent * cell.style.size } else { 0.0 };
                self.line(line, cell.style, (left + PAD, width - 2.0 * PAD), y, indent);
                y += step;
            }
            if open.last {
                let mut y = bottom - seal;
                for text in &cell.seal {
                    let style = Style { align: Align::Right, leading: SEAL_LEADING / Style::CELL.size, ..Style::CELL };
                    let line = Line { text: text.clone(), width: self.width_of(text), goes_on: false };
                    self.line(&line, style, (left + PAD, width - 2.0 * PAD - 18.0), y, 0.0);
                    y += SEAL_LEADING;
                }
            }
            left += width;
            self.rule((left, top), (left, bottom));
        }
        self.y = bottom;
    }
}

fn seal_height(cell: &Cell) -> f32 {
    #[expect(clippy::cast_precision_loss, reason = "some three lines")]
    let lines = cell.seal.len() as f32;
    if cell.seal.is_empty() { 0.0 } else { lines * SEAL_LEADING + 6.0 }
}

fn text_height(cell: &Cell, lines: &[Line]) -> f32 {
    #[expect(clippy::cast_precision_loss, reason = "some hundred lines")]
    let lines = lines.len() as f32;
    lines * cell.style.size * cell.style.leading
}

/// A row, or what is left of it, as it is drawn.
struct Open<'r> {
    cells: Vec<(&'r Cell, Vec<Line>)>,
    least: f32,
    /// A part of it is drawn already.
    broken: bool,
    /// Nothing of the row comes after it: it has the seal.
    last: bool,
}

impl Open<'_> {
    fn height(&self) -> f32 {
        let needed = self.cells.iter().map(|(cell, lines)| text_height(cell, lines) + seal_height(cell) + 2.0 * PAD);
        needed.fold(self.least, f32::max)
    }

    /// No cell has more than one line: there is nothing to divide.
    fn is_blank(&self) -> bool {
        self.cells.iter().all(|(cell, lines)| lines.len() < 2 || cell.text.chars().count() < 8)
    }

    /// Takes what `room` holds.
    fn split(&mut self, room: f32) -> Self {
        let mut taken = Vec::new();
        for (cell, lines) in &mut self.cells {
            let step = cell.style.size * cell.style.leading;
            let mut fits = 0;
            let mut used = 2.0 * PAD;
            while fits < lines.len() && used + step <= room {
                used += step;
                fits += 1;
            }
            taken.push((*cell, lines.drain(..fits).collect()));
        }
        self.broken = true;
        self.least = 0.0;
        Self { cells: taken, least: 0.0, broken: true, last: false }
    }
}
