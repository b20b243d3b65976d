//! What a file is, by its content: the first bytes, an image's header, a PDF's trailer. Nothing is decoded.

use super::error::Error;
use std::io::{BufRead, Read, Seek, SeekFrom};
use title_review_core::findings::Text;

/// What a file claims to be and what is taken.
#[derive(Debug, Clone, Copy)]
pub struct Claims<'a> {
    /// Media type that the client declared; `None` or `application/octet-stream` declares nothing.
    pub declared: Option<&'a str>,
    /// Name that the client gave.
    pub name: &'a str,
    /// Media types that the category takes.
    pub accepted: &'a [String],
    /// Pixels at most.
    pub most_pixels: u64,
}

/// What a file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// Media type, found in the content.
    pub media_type: String,
    /// Width and height, for images.
    pub pixels: Option<(u64, u64)>,
}

/// Bytes of the beginning that tell what a file is.
const HEAD: u64 = 8 * 1024;
/// Bytes of the end in which a PDF says where its cross-references begin.
const TAIL: u64 = 2 * 1024;
/// Bytes of a PDF's cross-references that are read to find its trailer.
const REFERENCES: u64 = 4 * 1024 * 1024;

/// Reads and seeks at most until an image has said its size. A segment of a JPEG costs three, and a buffer that is filled anew; what a camera
/// writes before the size has some two hundred.
const STEPS: u32 = 4096;

/// A file that breaks off after so many steps: whoever sends a header of five million empty segments is refused before the first of them is dear.
struct Bounded<'a, R> {
    file: &'a mut R,
    steps: u32,
}

impl<R> Bounded<'_, R> {
    fn step(&mut self) -> std::io::Result<&mut R> {
        self.steps = self.steps.checked_sub(1).ok_or_else(|| std::io::Error::other("the header does not end"))?;
        Ok(self.file)
    }
}

impl<R: Read> Read for Bounded<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        self.step()?.read(into)
    }
}

impl<R: BufRead> BufRead for Bounded<'_, R> {
    fn fill_buf(&mut self) -> std::io::Result<&[u8]> {
        self.step()?.fill_buf()
    }

    fn consume(&mut self, read: usize) {
        self.file.consume(read);
    }
}

impl<R: Seek> Seek for Bounded<'_, R> {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.step()?.seek(to)
    }
}

/// Inspects a file that is not empty.
pub fn inspect<R: BufRead + Seek>(file: &mut R, claims: &Claims<'_>) -> Result<Content, Error> {
    let head = read_at(file, 0, HEAD)?;
    let Some(found) = sniff(&head) else {
        return Err(disguised("无法识别文件内容", "the content is of no known type"));
    };
    if !claims.accepted.iter().any(|accepted| accepted == found) {
        return Err(Error::Disguised(Text::new(
            format!("文件内容为 {found}，该类别接受 {}", claims.accepted.join("、")),
            format!("the content is {found}; the category takes {}", claims.accepted.join(", ")),
        )));
    }
    let declared = claims.declared.map(essence).filter(|declared| declared != "application/octet-stream");
    if declared.as_deref().is_some_and(|declared| declared != found) {
        return Err(disguised("文件内容与声明的类型不符", "the content is not of the declared type"));
    }
    if named_type(claims.name).is_some_and(|named| named != found) {
        return Err(disguised("文件内容与扩展名不符", "the content is not what the file's name says"));
    }
    let pixels = if found.starts_with("image/") { Some(measure(file, claims.most_pixels)?) } else { None };
    if found == PDF && is_encrypted(file)? {
        return Err(disguised("PDF 已加密，无法审阅", "the PDF is encrypted: nobody could read it"));
    }
    Ok(Content { media_type: found.to_owned(), pixels })
}

const PDF: &str = "application/pdf";

fn disguised(zh: &str, en: &str) -> Error {
    Error::Disguised(Text::new(zh, en))
}

/// The media type without parameters, in lower case, under its registered name.
fn essence(media_type: &str) -> String {
    let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match essence.as_str() {
        "image/jpg" | "image/pjpeg" => "image/jpeg".to_owned(),
        "image/x-png" => "image/png".to_owned(),
        "application/x-pdf" => PDF.to_owned(),
        _ => essence,
    }
}

/// What the extension says, for the types of evidence lists.
fn named_type(name: &str) -> Option<&'static str> {
    let (_, extension) = name.rsplit_once('.')?;
    Some(match extension.to_ascii_lowercase().as_str() {
        "pdf" => PDF,
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        _ => return None,
    })
}

/// The media type of the first bytes. A PDF begins with its header: one that only holds it somewhere may be something else as well.
fn sniff(head: &[u8]) -> Option<&'static str> {
    let begun = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    if begun.starts_with(b"%PDF-") {
        return Some(PDF);
    }
    infer::get(head).map(|kind| kind.mime_type()).filter(|found| *found != PDF)
}

/// Width and height as the header says.
fn measure<R: BufRead + Seek>(file: &mut R, most: u64) -> Result<(u64, u64), Error> {
    file.seek(SeekFrom::Start(0))?;
    let size = imagesize::reader_size(Bounded { file, steps: STEPS })
        .map_err(|_| disguised("图像文件头无效", "the image has no valid header"))?;
    let (width, height) = (size.width as u64, size.height as u64);
    if width == 0 || height == 0 {
        return Err(disguised("图像文件头无效", "the image has no valid header"));
    }
    if width.checked_mul(height).is_none_or(|pixels| pixels > most) {
        return Err(Error::TooManyPixels { width, height, most });
    }
    Ok((width, height))
}

/// The trailer names an encryption dictionary. A file whose cross-references cannot be found is taken as not encrypted: readers rebuild them, and
/// what they rebuild them from is not encrypted either.
fn is_encrypted<R: BufRead + Seek>(file: &mut R) -> Result<bool, Error> {
    const KEY: &[u8] = b"/Encrypt";
    let size = file.seek(SeekFrom::End(0))?;
    let tail = read_at(file, size.saturating_sub(TAIL), TAIL)?;
    let at = find_last(&tail, b"startxref").and_then(|found| {
        let digits = tail[found + b"startxref".len()..].trim_ascii_start();
        let end = digits.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(digits.len());
        std::str::from_utf8(&digits[..end]).ok()?.parse::<u64>().ok()
    });
    let references = match at.filter(|at| *at < size) {
        Some(at) => read_at(file, at, REFERENCES)?,
        None => tail,
    };
    // Either a table followed by its trailer, or a stream whose dictionary is the trailer.
    let trailer = match find(&references, b"trailer") {
        Some(start) if references.trim_ascii_start().starts_with(b"xref") => &references[start..],
        _ => &references[..],
    };
    let end = [&b"startxref"[..], b"stream"].iter().filter_map(|mark| find(trailer, mark)).min().unwrap_or(trailer.len());
    Ok(find(&trailer[..end], KEY).is_some())
}

fn read_at<R: BufRead + Seek>(file: &mut R, at: u64, most: u64) -> Result<Vec<u8>, Error> {
    file.seek(SeekFrom::Start(at))?;
    let mut bytes = Vec::new();
    file.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn find(text: &[u8], mark: &[u8]) -> Option<usize> {
    text.windows(mark.len()).position(|window| window == mark)
}

fn find_last(text: &[u8], mark: &[u8]) -> Option<usize> {
    text.windows(mark.len()).rposition(|window| window == mark)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn inspected(bytes: &[u8], name: &str, declared: Option<&str>) -> Result<Content, &'static str> {
        let accepted = ["application/pdf", "image/jpeg", "image/png"].map(str::to_owned);
        let claims = Claims { declared, name, accepted: &accepted, most_pixels: 1_000_000 };
        inspect(&mut Cursor::new(bytes), &claims).map_err(|error| match error {
            Error::Disguised(_) => "disguised",
            Error::TooManyPixels { .. } => "pixels",
            _ => "other",
        })
    }

    /// A file that counts what is read of it.
    struct Counted {
        file: std::io::BufReader<Cursor<Vec<u8>>>,
        seeks: u64,
        bytes: u64,
    }

    impl Read for Counted {
        fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
            let read = self.file.read(into)?;
            self.bytes += read as u64;
            Ok(read)
        }
    }

    impl BufRead for Counted {
        fn fill_buf(&mut self) -> std::io::Result<&[u8]> {
            self.file.fill_buf()
        }

        fn consume(&mut self, read: usize) {
            self.bytes += read as u64;
            self.file.consume(read);
        }
    }

    impl Seek for Counted {
        fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
            self.seeks += 1;
            self.file.seek(to)
        }
    }

    /// Whether a file of this name is taken, its seeks, its bytes that were looked at.
    fn cost(bytes: Vec<u8>, name: &str) -> (bool, u64, u64) {
        let accepted = ["application/pdf", "image/jpeg", "image/png"].map(str::to_owned);
        let claims = Claims { declared: None, name, accepted: &accepted, most_pixels: 1_000_000 };
        let mut file = Counted { file: std::io::BufReader::new(Cursor::new(bytes)), seeks: 0, bytes: 0 };
        let taken = inspect(&mut file, &claims).is_ok();
        (taken, file.seeks, file.bytes)
    }

    /// A JPEG of 640 x 480 after so many empty segments.
    fn jpeg(segments: usize) -> Vec<u8> {
        let size = b"\xff\xc0\x00\x0b\x08\x01\xe0\x02\x80\x01\x01\x11\x00\xff\xd9";
        [&b"\xff\xd8"[..], &b"\xff\xe0\x00\x02".repeat(segments), size].concat()
    }

    #[test]
    fn what_is_read_of_a_file_is_bounded() {
        let (taken, seeks, _) = cost(jpeg(500), "a.jpg");
        assert!(taken && seeks < 600, "{seeks}");
        let (taken, seeks, bytes) = cost(jpeg(5_000_000), "a.jpg");
        assert!(!taken && seeks < 2_000 && bytes < 20_000, "{seeks} seeks, {bytes} bytes");

        let chunks = [png(10, 10), b"\x00\x00\x00\x00tEXt\x00\x00\x00\x00".repeat(1_000_000)].concat();
        let (taken, seeks, bytes) = cost(chunks, "a.png");
        assert!(taken && seeks < 10 && bytes < 20_000, "{seeks} seeks, {bytes} bytes");

        for filling in [&b"xref\n"[..], b"trailer\n", b"startxref\n9\n", b"<<", b"/Encryp", b" "] {
            let most = 20 * 1024 * 1024 / filling.len();
            let long = [&b"%PDF-1.7\n"[..], &filling.repeat(most), b"\nstartxref\n9\n%%EOF\n"].concat();
            let (_, seeks, bytes) = cost(long, "a.pdf");
            assert!(seeks < 10 && bytes <= HEAD + TAIL + REFERENCES, "{seeks} seeks, {bytes} bytes");
        }
    }

    fn pdf(trailer: &str) -> Vec<u8> {
        let body = "%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n";
        format!("{body}xref\n0 1\n0000000000 65535 f \ntrailer\n<< /Root 1 0 R {trailer} >>\nstartxref\n{}\n%%EOF\n", body.len())
            .into_bytes()
    }

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR".to_vec();
        bytes.extend_from_slice(&width.to_be_bytes());
        bytes.extend_from_slice(&height.to_be_bytes());
        bytes.extend_from_slice(&[8, 2, 0, 0, 0, 0, 0, 0, 0]);
        bytes
    }

    // clauses: 4.2.1a
    #[test]
    fn file_type_is_detected_from_content() {
        let plain = |kind: &str| Ok(Content { media_type: kind.to_owned(), pixels: None });
        assert_eq!(inspected(&pdf(""), "a.pdf", Some("application/pdf")), plain("application/pdf"));
        assert_eq!(inspected(&pdf(""), "a", Some("application/octet-stream")), plain("application/pdf"));
        assert_eq!(inspected(&pdf(""), "a", None), plain("application/pdf"));
        assert_eq!(inspected(b"  %PDF-1.4 without references", "a.pdf", None), plain("application/pdf"));
        let image = Ok(Content { media_type: "image/png".to_owned(), pixels: Some((1000, 1000)) });
        assert_eq!(inspected(&png(1000, 1000), "a.PNG", Some("image/png; x=y")), image);
    }

    #[test]
    fn file_with_a_false_media_type_is_refused() {
        for (bytes, name, declared) in [
            (b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff".to_vec(), "a.pdf", Some("application/pdf")),
            (b"<html><script>%PDF-1.7</script>".to_vec(), "a.pdf", Some("application/pdf")),
            ([b"MZ junk ".to_vec(), pdf("")].concat(), "a.pdf", Some("application/pdf")),
            (b"only words".to_vec(), "a.pdf", None),
            (b"a".to_vec(), "a.pdf", None),
            (png(1, 1), "a.png", Some("image/jpeg")),
            (png(1, 1), "a.jpg", None),
            (png(0, 1), "a.png", None),
            (png(1, 1)[..18].to_vec(), "a.png", None),
            (b"GIF89a\x01\x00\x01\x00\x00\x00\x00".to_vec(), "a.gif", Some("image/gif")),
            (pdf("/Encrypt 5 0 R"), "a.pdf", Some("application/pdf")),
            (b"%PDF-1.7\n5 0 obj << /Type /XRef /Encrypt 4 0 R >> stream\n\nstartxref\n9\n%%EOF".to_vec(), "a.pdf", None),
        ] {
            assert_eq!(
                inspected(&bytes, name, declared),
                Err("disguised"),
                "{name} {declared:?} {}",
                String::from_utf8_lossy(&bytes)
            );
        }
    }

    #[test]
    fn image_too_large_by_its_header_is_refused() {
        assert_eq!(inspected(&png(1001, 1000), "a.png", None), Err("pixels"));
        assert_eq!(inspected(&png(u32::MAX, u32::MAX), "a.png", None), Err("pixels"));
    }
}
