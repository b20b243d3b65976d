//! The encoding of a text: by its mark, else UTF-8 if all of it is, else GB18030. Decoded in pieces, so that memory stays flat.

use super::Unreadable;
use encoding_rs::{Decoder, DecoderResult, Encoding, GB18030, UTF_8, UTF_16LE};

/// An encoding that files come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Charset {
    /// UTF-8, without a mark.
    Utf8,
    /// UTF-8 with a mark, as Excel writes it.
    Utf8Marked,
    /// GB18030, of which GBK and GB2312 are parts: what Excel and WPS save in China.
    Gb18030,
    /// UTF-16 with a mark: Excel's "Unicode text".
    Utf16,
}

impl Charset {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::Utf8, Self::Utf8Marked, Self::Gb18030, Self::Utf16];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Utf8Marked => "UTF-8 BOM",
            Self::Gb18030 => "GB18030",
            Self::Utf16 => "UTF-16LE",
        }
    }

    /// The one of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|charset| charset.name() == name)
    }

    /// The one that a text begins to be in by its mark.
    #[must_use]
    pub fn marked(first: &[u8]) -> Option<Self> {
        if first.starts_with(b"\xef\xbb\xbf") {
            Some(Self::Utf8Marked)
        } else if first.starts_with(b"\xff\xfe") {
            Some(Self::Utf16)
        } else {
            None
        }
    }

    const fn encoding(self) -> &'static Encoding {
        match self {
            Self::Utf8 | Self::Utf8Marked => UTF_8,
            Self::Gb18030 => GB18030,
            Self::Utf16 => UTF_16LE,
        }
    }

    /// The mark at the beginning.
    #[must_use]
    pub const fn mark(self) -> &'static [u8] {
        match self {
            Self::Utf8 | Self::Gb18030 => b"",
            Self::Utf8Marked => b"\xef\xbb\xbf",
            Self::Utf16 => b"\xff\xfe",
        }
    }

    /// A text in it, without the mark.
    #[must_use]
    pub fn encode(self, text: &str) -> Vec<u8> {
        match self {
            Self::Utf8 | Self::Utf8Marked => text.as_bytes().to_vec(),
            Self::Gb18030 => GB18030.encode(text).0.into_owned(),
            Self::Utf16 => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        }
    }
}

/// Decodes a text piece by piece.
pub struct Decoding {
    decoder: Decoder,
    byte: u64,
    line: u64,
}

impl Decoding {
    /// From the beginning, a mark taken away.
    #[must_use]
    pub fn new(charset: Charset) -> Self {
        Self { decoder: charset.encoding().new_decoder_with_bom_removal(), byte: 0, line: 1 }
    }

    /// Appends the next piece to `text`; `last`: there is no more. An error names byte and line.
    pub fn feed(&mut self, piece: &[u8], last: bool, text: &mut String) -> Result<(), Unreadable> {
        let mut rest = piece;
        loop {
            let room = self.decoder.max_utf8_buffer_length_without_replacement(rest.len()).unwrap_or(rest.len() * 3 + 16);
            text.reserve(room);
            let before = text.len();
            let (result, read) = self.decoder.decode_to_string_without_replacement(rest, text, last);
            self.line += text[before..].bytes().filter(|byte| *byte == b'\n').count() as u64;
            self.byte += read as u64;
            rest = rest.get(read..).unwrap_or_default();
            match result {
                DecoderResult::InputEmpty => return Ok(()),
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(length, after) => {
                    let back = u64::from(length) + u64::from(after);
                    return Err(Unreadable::Encoding { byte: (self.byte + 1).saturating_sub(back).max(1), line: self.line });
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(charset: Charset, bytes: &[u8], size: usize) -> Result<String, Unreadable> {
        let (mut decoding, mut text) = (Decoding::new(charset), String::new());
        for piece in bytes.chunks(size) {
            decoding.feed(piece, false, &mut text)?;
        }
        decoding.feed(b"", true, &mut text)?;
        Ok(text)
    }

    #[test]
    fn a_text_comes_back_from_every_encoding_in_pieces_of_any_size() {
        let text = "身份证号,学时\r\n䶮𠮷,60\n";
        for charset in Charset::ALL {
            let bytes = [charset.mark(), &charset.encode(text)].concat();
            for size in [1, 2, 3, 7, 1000] {
                assert_eq!(decode(charset, &bytes, size).as_deref(), Ok(text), "{charset:?} {size}");
            }
            assert_eq!(Charset::named(charset.name()), Some(charset));
        }
        assert_eq!(Charset::marked(b"\xef\xbb\xbfa"), Some(Charset::Utf8Marked));
        assert_eq!(Charset::marked("身".as_bytes()), None);
    }

    #[test]
    fn a_byte_of_another_encoding_is_named_with_its_line() {
        let broken = [b"a,b\nc,".as_slice(), b"\xff", b"d\n"].concat();
        for size in [1, 3, 1000] {
            assert_eq!(decode(Charset::Utf8, &broken, size), Err(Unreadable::Encoding { byte: 7, line: 2 }), "{size}");
        }
        assert_eq!(decode(Charset::Gb18030, b"a\n\xff\xff", 100), Err(Unreadable::Encoding { byte: 3, line: 2 }));
        // Cut off in the middle of a character.
        assert!(decode(Charset::Utf8, &"身".as_bytes()[..2], 100).is_err());
    }
}
