//! Reading a file that has arrived, once: compression, encoding, delimiter, header, rows. On a thread that may wait, in flat memory.

use super::entity::{columns_of, fields_of};
use super::model::{FileRow, ImportColumn, ImportEntity, ImportFormat, LineError};
use super::rules::table::{Record, Records, delimiter_of};
use super::rules::text::{Charset, Decoding};
use super::rules::{FILE_BYTES, LINE_BYTES, LINES, Unreadable};
use flate2::read::MultiGzDecoder;
use serde_json::Value;
use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom};

/// Bytes that are read at once.
const PIECE: usize = 64 * 1024;
/// Bytes of the rows of a piece that is kept.
const CHUNK_BYTES: usize = 48 * 1024;
/// Rows of a piece that is kept.
const CHUNK_ROWS: usize = 1_000;

/// What was found in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// How it is written.
    pub format: ImportFormat,
    /// Its encoding.
    pub charset: Charset,
    /// Its delimiter.
    pub delimiter: Option<char>,
    /// Its columns.
    pub columns: Vec<ImportColumn>,
    /// Its rows.
    pub total: u64,
}

/// Why it was not read to its end.
#[derive(Debug, thiserror::Error)]
pub enum Stopped {
    /// It cannot be read.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// The disk.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// Nobody takes its rows any more.
    #[error("nobody takes the rows")]
    Abandoned,
}

/// Takes pieces of rows, in their order.
pub type Sink<'a> = dyn FnMut(Vec<FileRow>) -> Result<(), Stopped> + 'a;

/// The text of the file from its beginning, inflated, and never more than [`FILE_BYTES`] of it.
struct Source<'a> {
    inner: Box<dyn Read + 'a>,
    compressed: bool,
    read: u64,
}

impl<'a> Source<'a> {
    fn open(mut file: &'a File) -> io::Result<Self> {
        let mut first = [0; 2];
        file.seek(SeekFrom::Start(0))?;
        let count = file.read(&mut first)?;
        file.seek(SeekFrom::Start(0))?;
        let compressed = count == 2 && first == [0x1f, 0x8b];
        let inner: Box<dyn Read + 'a> = if compressed { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) };
        Ok(Self { inner, compressed, read: 0 })
    }

    /// Fills the piece as far as there is something; 0 at the end.
    fn fill(&mut self, piece: &mut [u8]) -> Result<usize, Stopped> {
        let mut filled = 0;
        while filled < piece.len() {
            match self.inner.read(&mut piece[filled..]) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) if self.compressed => return Err(Unreadable::Compression.into()),
                Err(error) => return Err(error.into()),
            }
        }
        self.read += filled as u64;
        if self.read > FILE_BYTES { Err(Unreadable::Inflated.into()) } else { Ok(filled) }
    }
}

/// Reads the file and hands over its rows.
pub fn ingest(file: &File, entity: ImportEntity, sink: &mut Sink<'_>) -> Result<Found, Stopped> {
    let charset = charset_of(file)?;
    let mut source = Source::open(file)?;
    let (mut decoding, mut piece, mut text) = (Decoding::new(charset), vec![0; PIECE], String::new());
    let mut reading: Option<Reading> = None;
    let mut chunk = Chunk { rows: Vec::new(), bytes: 0, total: 0, sink };
    loop {
        let count = source.fill(&mut piece)?;
        decoding.feed(&piece[..count], count == 0, &mut text)?;
        let reader = match &mut reading {
            Some(reader) => reader,
            none => {
                if count == 0 && text.trim().is_empty() {
                    return Err(Unreadable::Empty.into());
                }
                none.insert(Reading::new(&text, entity))
            }
        };
        reader.feed(&text, &mut chunk)?;
        text.clear();
        if count == 0 {
            break;
        }
    }
    let Some(reader) = reading else { return Err(Unreadable::Empty.into()) };
    let (format, delimiter, columns) = reader.finish(&mut chunk)?;
    chunk.flush()?;
    let total = chunk.total;
    if total == 0 {
        return Err(Unreadable::Empty.into());
    }
    Ok(Found { format, charset, delimiter, columns, total })
}

/// The encoding: by a mark, else the one in which all of it can be read.
fn charset_of(file: &File) -> Result<Charset, Stopped> {
    let mut source = Source::open(file)?;
    let mut piece = vec![0; PIECE];
    let count = source.fill(&mut piece)?;
    let first = &piece[..count];
    // A workbook, a picture, a document: no text begins so.
    if first.starts_with(b"PK\x03\x04") || first.starts_with(b"\xd0\xcf\x11\xe0") || first.starts_with(b"%PDF") {
        return Err(Unreadable::Format.into());
    }
    if let Some(marked) = Charset::marked(first) {
        return Ok(marked);
    }
    if first.contains(&0) {
        return Err(Unreadable::Format.into());
    }
    let Some(utf8) = try_charset(file, Charset::Utf8)? else { return Ok(Charset::Utf8) };
    let Some(gb) = try_charset(file, Charset::Gb18030)? else { return Ok(Charset::Gb18030) };
    // The one that was read further is the one that was meant.
    let place = |fault: &Unreadable| if let Unreadable::Encoding { byte, .. } = fault { *byte } else { 0 };
    Err(if place(&utf8) >= place(&gb) { utf8 } else { gb }.into())
}

/// What cannot be read in an encoding, if anything.
fn try_charset(file: &File, charset: Charset) -> Result<Option<Unreadable>, Stopped> {
    let mut source = Source::open(file)?;
    let (mut decoding, mut piece, mut text) = (Decoding::new(charset), vec![0; PIECE], String::new());
    loop {
        let count = source.fill(&mut piece)?;
        if let Err(fault) = decoding.feed(&piece[..count], count == 0, &mut text) {
            return Ok(Some(fault));
        }
        text.clear();
        if count == 0 {
            return Ok(None);
        }
    }
}

/// Rows on their way.
struct Chunk<'a, 'b> {
    rows: Vec<FileRow>,
    bytes: usize,
    total: u64,
    sink: &'a mut Sink<'b>,
}

impl Chunk<'_, '_> {
    fn push(&mut self, row: FileRow) -> Result<(), Stopped> {
        self.total += 1;
        if self.total > LINES {
            return Err(Unreadable::Lines.into());
        }
        self.bytes += row.cells.iter().map(|cell| cell.len() + 3).sum::<usize>() + 16;
        self.rows.push(row);
        if self.bytes >= CHUNK_BYTES || self.rows.len() >= CHUNK_ROWS { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), Stopped> {
        self.bytes = 0;
        if self.rows.is_empty() { Ok(()) } else { (self.sink)(std::mem::take(&mut self.rows)) }
    }
}

/// How the text is read, once its beginning is known.
enum Reading {
    Table { entity: ImportEntity, records: Records, delimiter: char, columns: Option<Vec<ImportColumn>> },
    Objects { entity: ImportEntity, line: u64, rest: String },
}

impl Reading {
    fn new(beginning: &str, entity: ImportEntity) -> Self {
        if beginning.trim_start().starts_with('{') {
            return Self::Objects { entity, line: 0, rest: String::new() };
        }
        let delimiter = delimiter_of(beginning.trim_start().lines().next().unwrap_or_default());
        Self::Table { entity, records: Records::new(delimiter), delimiter, columns: None }
    }

    fn feed(&mut self, text: &str, into: &mut Chunk<'_, '_>) -> Result<(), Stopped> {
        match self {
            Self::Table { entity, records, columns, .. } => {
                let mut found = Vec::new();
                records.feed(text, &mut found)?;
                take_records(*entity, columns, found, into)
            }
            Self::Objects { entity, line, rest } => {
                let mut text = text;
                while let Some((head, tail)) = text.split_once('\n') {
                    rest.push_str(head);
                    *line += 1;
                    take_object(*entity, *line, &std::mem::take(rest), into)?;
                    text = tail;
                }
                rest.push_str(text);
                if rest.len() > LINE_BYTES { Err(Unreadable::Line { line: *line + 1 }.into()) } else { Ok(()) }
            }
        }
    }

    fn finish(self, into: &mut Chunk<'_, '_>) -> Result<(ImportFormat, Option<char>, Vec<ImportColumn>), Stopped> {
        match self {
            Self::Table { entity, records, delimiter, mut columns } => {
                let mut found = Vec::new();
                records.finish(&mut found)?;
                take_records(entity, &mut columns, found, into)?;
                Ok((ImportFormat::Csv, Some(delimiter), columns.unwrap_or_default()))
            }
            Self::Objects { entity, line, rest } => {
                take_object(entity, line + 1, &rest, into)?;
                Ok((ImportFormat::Ndjson, None, object_columns(entity)))
            }
        }
    }
}

/// The columns of a file of objects: the fields of the entity.
fn object_columns(entity: ImportEntity) -> Vec<ImportColumn> {
    fields_of(entity)
        .iter()
        .map(|field| ImportColumn { header: field.name.to_owned(), field: Some(field.name.to_owned()) })
        .collect()
}

/// Records of a table as rows; the first one is the header.
fn take_records(
    entity: ImportEntity,
    columns: &mut Option<Vec<ImportColumn>>,
    found: Vec<Record>,
    into: &mut Chunk<'_, '_>,
) -> Result<(), Stopped> {
    for (line, mut cells) in found {
        let Some(columns) = columns else {
            *columns = Some(columns_of(entity, &cells)?);
            continue;
        };
        let beyond = cells.iter().skip(columns.len()).any(|cell| !cell.trim().is_empty());
        cells.resize(columns.len(), String::new());
        let broken = if beyond {
            Some(LineError::line("too_many_cells", "单元格多于表头的列数", "has more cells than the header has columns"))
        } else {
            controlled(&cells)
        };
        into.push(FileRow { line, cells, broken })?;
    }
    Ok(())
}

/// What no text of this server holds.
fn controlled(cells: &[String]) -> Option<LineError> {
    let nul = cells.iter().any(|cell| cell.contains('\0'));
    nul.then(|| LineError::line("invalid_field", "含有空字符（NUL）", "has a NUL character"))
}

/// A line of a file of objects as a row. What is no object of the entity's fields is a finding about this line alone.
fn take_object(entity: ImportEntity, line: u64, text: &str, into: &mut Chunk<'_, '_>) -> Result<(), Stopped> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(());
    }
    if text.len() > LINE_BYTES {
        return Err(Unreadable::Line { line }.into());
    }
    let fields = fields_of(entity);
    let broken = |code: &str, zh: &str, en: &str| Some(LineError::line(code, zh, en));
    let empty = || vec![String::new(); fields.len()];
    let Ok(Value::Object(object)) = serde_json::from_str::<Value>(text) else {
        let broken = broken("malformed_json", "不是完整的 JSON 对象", "is not a whole JSON object");
        return into.push(FileRow { line, cells: empty(), broken });
    };
    if object.keys().any(|key| !fields.iter().any(|field| field.name == key)) {
        let broken = broken("unknown_field", "含有未知字段", "has an unknown field");
        return into.push(FileRow { line, cells: empty(), broken });
    }
    let cell = |value: Option<&Value>| match value {
        None | Some(Value::Null) => Ok(String::new()),
        Some(Value::String(text)) => Ok(text.clone()),
        Some(Value::Number(number)) => Ok(number.to_string()),
        Some(Value::Bool(flag)) => Ok(flag.to_string()),
        Some(Value::Array(_) | Value::Object(_)) => Err(()),
    };
    let cells: Result<Vec<String>, ()> = fields.iter().map(|field| cell(object.get(field.name))).collect();
    let row = if let Ok(cells) = cells {
        FileRow { line, broken: controlled(&cells), cells }
    } else {
        let broken = broken("invalid_field", "字段须为文本、数字或真假值", "fields are texts, numbers or booleans");
        FileRow { line, cells: empty(), broken }
    };
    into.push(row)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn read(bytes: &[u8]) -> Result<(Found, Vec<FileRow>), Stopped> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        let mut rows = Vec::new();
        let found = ingest(&file, ImportEntity::StudyRecords, &mut |mut more| {
            rows.append(&mut more);
            Ok(())
        })?;
        Ok((found, rows))
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    const HEADER: &str = "身份证号,年度,类别,学时,证书编号\r\n";

    #[test]
    fn one_table_gives_the_same_rows_in_every_encoding_compressed_or_not() {
        let text = format!(
            "{HEADER}11010519491231002X,2023,专业课,60,ZJ-1\r\n\r\n\"=\"\"11010519491231002X\"\"\",2023,公需课,30,ZJ-2\r\n"
        );
        let expected = read(text.as_bytes()).unwrap().1;
        assert_eq!(expected.iter().map(|row| row.line).collect::<Vec<_>>(), [2, 4]);
        for charset in Charset::ALL {
            let bytes = [charset.mark(), &charset.encode(&text)].concat();
            let (found, rows) = read(&bytes).unwrap();
            assert_eq!((found.charset, rows), (charset, expected.clone()));
        }
        assert_eq!(read(&gzip(text.as_bytes())).unwrap().1, expected);
        let tabs = text.replace(',', "\t");
        let (found, rows) = read(tabs.as_bytes()).unwrap();
        assert_eq!((found.delimiter, rows), (Some('\t'), expected));
    }

    #[test]
    fn objects_are_rows_and_what_is_none_is_a_finding_of_its_line() {
        let text = "{\"id_number\":\"x\",\"year\":2023,\"kind\":null}\n\nnot json\n{\"a\":1}\n{\"year\":{}}\n{\"hours\":6.5e17}";
        let (found, rows) = read(text.as_bytes()).unwrap();
        assert_eq!((found.format, found.total), (ImportFormat::Ndjson, 5));
        let codes: Vec<_> =
            rows.iter().map(|row| (row.line, row.broken.as_ref().map_or("", |error| error.code.as_str()))).collect();
        assert_eq!(codes, [(1, ""), (3, "malformed_json"), (4, "unknown_field"), (5, "invalid_field"), (6, "")]);
        assert_eq!(rows[0].cells[..3], ["x", "2023", ""]);
    }

    #[test]
    fn a_file_that_cannot_be_read_says_where_and_why() {
        let refused = |bytes: &[u8]| match read(bytes) {
            Err(Stopped::Unreadable(fault)) => fault,
            other => panic!("{other:?}"),
        };
        assert_eq!(refused(b""), Unreadable::Empty);
        assert_eq!(refused(HEADER.as_bytes()), Unreadable::Empty);
        assert_eq!(refused(b"PK\x03\x04rest"), Unreadable::Format);
        assert_eq!(refused(b"a\0b"), Unreadable::Format);
        let mut broken = format!("{HEADER}一二三,2023\n").into_bytes();
        let at = broken.len();
        broken.extend_from_slice(b"\xff\xff,x\n");
        assert_eq!(refused(&broken), Unreadable::Encoding { byte: at as u64 + 1, line: 3 });
        let whole = gzip(format!("{HEADER}{}", "x,2023,专业课,60,1\n".repeat(999)).as_bytes());
        assert_eq!(refused(&whole[..whole.len() / 2]), Unreadable::Compression);
        // 80 MiB of blanks in 80 KB.
        assert_eq!(refused(&gzip(&vec![b' '; 80 << 20])), Unreadable::Inflated);
        assert_eq!(refused(&vec![b'a'; 1 << 20]), Unreadable::Line { line: 1 });
        assert_eq!(refused(&vec![b','; 1_000_000]), Unreadable::Columns { line: 1 });
        assert_eq!(refused(format!("{HEADER}{}", "x\n".repeat(100_001)).as_bytes()), Unreadable::Lines);
        assert_eq!(
            refused(b"a,b\n1,2\n"),
            Unreadable::Headers(["身份证号", "年度", "类别", "学时", "证书编号"].map(str::to_owned).to_vec())
        );
    }
}
