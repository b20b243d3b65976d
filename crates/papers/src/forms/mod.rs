//! The forms: what each holds, and how it reads.

mod certificate;
mod exemption;
mod letter;
mod review_form;

pub use certificate::Certificate;
pub use exemption::Exemption;
pub use letter::{Letter, LetterTable};
pub use review_form::{Period, ReviewForm};

use crate::model::{Cell, Row, Table};

/// A date to be written by hand.
pub const BLANK_DATE: &str = "年　　月　　日";

fn row(cells: Vec<Cell>) -> Row {
    Row { cells, height: 27.0 }
}

fn table(columns: &[f32], rows: Vec<Row>) -> Table {
    Table { title: String::new(), columns: columns.to_vec(), head: 0, rows }
}
