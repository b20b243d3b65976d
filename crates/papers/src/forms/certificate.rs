//! The certificate of the title.

use super::table;
use crate::model::{Align, Block, Cell, Paper, Row, Seal, Style};

/// A certificate.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Certificate {
    /// Its title.
    pub title: String,
    /// What it says, in paragraphs.
    pub paragraphs: Vec<String>,
    /// Names with what they hold: number, specialty, level …
    pub fields: Vec<(String, String)>,
    /// Where the title holds.
    pub scope: String,
    /// Who issues it, and the day.
    pub signatures: Vec<String>,
}

impl Certificate {
    /// The paper.
    #[must_use]
    pub fn paper(&self) -> Paper {
        let rows = self.fields.iter().map(|(name, value)| Row {
            cells: vec![
                Cell { style: Style { size: 12.0, ..Style::LABEL }, ..Cell::label(name) },
                Cell { style: Style { size: 12.0, ..Style::CELL }, ..Cell::value(value) },
            ],
            height: 36.0,
        });
        let mut blocks = vec![Block::Gap(20.0), Block::Text(self.title.clone(), Style::heading(26.0)), Block::Gap(34.0)];
        blocks.extend(self.paragraphs.iter().map(|text| Block::Text(text.clone(), Style { size: 15.0, ..Style::LETTER })));
        blocks.extend([Block::Gap(20.0), Block::Table(table(&[1.0, 2.6], rows.collect()))]);
        if !self.scope.is_empty() {
            let style = Style { size: 11.0, indent: 0.0, align: Align::Left, ..Style::LETTER };
            blocks.extend([Block::Gap(10.0), Block::Text(self.scope.clone(), style)]);
        }
        blocks.extend([Block::Gap(60.0), Block::Seal(Seal { lines: self.signatures.clone() })]);
        Paper::of(&self.title, blocks)
    }
}
