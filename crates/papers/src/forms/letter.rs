//! Papers that are a title, paragraphs, perhaps a list, and places to sign: publicity, recommendation, commitment, receipt, return notice.

use super::row;
use crate::model::{Align, Block, Cell, Paper, Row, Seal, Style, Table};

/// A paper of that kind.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Letter {
    /// Its title.
    pub title: String,
    /// To whom, at the left above the text; empty: nobody.
    pub addressee: String,
    /// Its paragraphs.
    pub paragraphs: Vec<String>,
    /// A list after them.
    pub table: Option<LetterTable>,
    /// Paragraphs after the list.
    pub closing: Vec<String>,
    /// Lines to sign, to seal and to date.
    pub signatures: Vec<String>,
    /// Notes at the end.
    pub notes: Vec<String>,
}

/// A list in a letter.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LetterTable {
    /// Names of its columns with their shares of the page.
    pub columns: Vec<(String, f32)>,
    /// Its rows.
    pub rows: Vec<Vec<String>>,
}

impl Letter {
    /// The paper.
    #[must_use]
    pub fn paper(&self) -> Paper {
        let mut blocks = vec![Block::Text(self.title.clone(), Style::heading(22.0)), Block::Gap(18.0)];
        if !self.addressee.is_empty() {
            let style = Style { indent: 0.0, align: Align::Left, ..Style::LETTER };
            blocks.push(Block::Text(self.addressee.clone(), style));
        }
        blocks.extend(self.paragraphs.iter().map(|text| Block::Text(text.clone(), Style::LETTER)));
        if let Some(list) = &self.table {
            blocks.extend([Block::Gap(8.0), Block::Table(list.table()), Block::Gap(8.0)]);
        }
        blocks.extend(self.closing.iter().map(|text| Block::Text(text.clone(), Style::LETTER)));
        if !self.signatures.is_empty() {
            blocks.extend([Block::Gap(40.0), Block::Seal(Seal { lines: self.signatures.clone() })]);
        }
        if !self.notes.is_empty() {
            blocks.push(Block::Gap(24.0));
            blocks.extend(self.notes.iter().map(|note| Block::Text(note.clone(), Style::NOTE)));
        }
        Paper { numbered: true, ..Paper::of(&self.title, blocks) }
    }
}

impl LetterTable {
    fn table(&self) -> Table {
        let head = row(self.columns.iter().map(|(name, _)| Cell::label(name)).collect());
        let rows = self.rows.iter().map(|texts| Row {
            cells: texts
                .iter()
                .enumerate()
                .map(|(at, text)| if at == 0 { Cell::centred(text) } else { Cell::value(text) })
                .collect(),
            height: 27.0,
        });
        Table {
            title: String::new(),
            columns: self.columns.iter().map(|(_, share)| *share).collect(),
            head: 1,
            rows: std::iter::once(head).chain(rows).collect(),
        }
    }
}
