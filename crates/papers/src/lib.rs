//! The printed forms of a review: data in, bytes of a PDF out. No file, no clock, no database.
//!
//! A form ([`forms`]) says what it holds as a [`Paper`]: headings, paragraphs, tables. `layout` breaks it into lines and pages, `pdf` draws them. Equal
//! data and fonts give equal bytes. Only `fonts` and `pdf` know the library that writes the file.

mod fonts;
pub mod forms;
mod layout;
mod lines;
mod model;
mod pdf;

pub use fonts::{FontError, Fonts};
pub use layout::page_count;
pub use model::{Align, Block, Cell, Edge, Paper, Row, Seal, Style, Table};

/// Why a paper cannot be printed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No font has these characters: printed, they would be boxes.
    #[error("no font has {0:?}")]
    Unprintable(Vec<char>),
    /// The text of the code is too long.
    #[error("the text of the QR code is too long")]
    Code,
    /// The PDF library.
    #[error("the PDF cannot be written: {0}")]
    Pdf(String),
}

/// The paper as a PDF.
pub fn print(paper: &Paper, fonts: &Fonts) -> Result<Vec<u8>, Error> {
    let missing = fonts.missing(paper.texts());
    if !missing.is_empty() {
        return Err(Error::Unprintable(missing));
    }
    pdf::write(paper, &layout::pages(paper, fonts), fonts)
}
