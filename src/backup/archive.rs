//! The parts of an archive behind each other, sealed. A part is its [`Entry`] as JSON behind its length, then its bytes in blocks behind their lengths,
//! a block of length 0 last. Lengths are four bytes, big-endian.

use std::fs::File;
use std::io::{Read, Write};

use super::manifest::{Ends, Entry};
use super::seal::{Opener, PIECE, Sealer};
use super::{BackupKey, Error};
use crate::keys::Sha256;

/// Bytes of an entry's description at most.
const DESCRIPTION: u32 = 4096;

/// Writes an archive.
pub struct Writer<W: Write> {
    out: Sealer<W>,
    ends: Ends,
}

impl<W: Write> Writer<W> {
    /// Begins one.
    pub fn begin(out: W, key: &BackupKey) -> Result<Self, Error> {
        Ok(Self { out: Sealer::begin(out, key)?, ends: Ends::default() })
    }

    /// Begins a part; it ends with `Part::end`.
    pub fn part(&mut self, entry: Entry) -> Result<Part<'_, W>, Error> {
        let text = serde_json::to_vec(&entry).map_err(std::io::Error::other)?;
        write_length(&mut self.out, text.len())?;
        self.out.write_all(&text)?;
        Ok(Part { archive: self, entry, hash: Sha256::new(), bytes: 0 })
    }

    /// A part that is in memory.
    pub fn whole(&mut self, entry: Entry, bytes: &[u8]) -> Result<(), Error> {
        let mut part = self.part(entry)?;
        part.write_all(bytes)?;
        part.end()
    }

    /// The end. Gives back what was written to.
    pub fn finish(mut self) -> Result<W, Error> {
        let ends = serde_json::to_vec(&self.ends).map_err(std::io::Error::other)?;
        self.whole(Entry::End, &ends)?;
        Ok(self.out.finish()?)
    }
}

fn write_length(out: &mut impl Write, length: usize) -> std::io::Result<()> {
    let length = u32::try_from(length).map_err(std::io::Error::other)?;
    out.write_all(&length.to_be_bytes())
}

/// A part that is being written.
pub struct Part<'a, W: Write> {
    archive: &'a mut Writer<W>,
    entry: Entry,
    hash: Sha256,
    bytes: u64,
}

impl<W: Write> Part<'_, W> {
    /// All of it is written.
    pub fn end(self) -> Result<(), Error> {
        write_length(&mut self.archive.out, 0)?;
        if let Some(name) = self.entry.name() {
            self.archive.ends.parts.insert(name, (self.bytes, self.hash.finish_hex()));
        }
        Ok(())
    }
}

impl<W: Write> Write for Part<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let block = &bytes[..bytes.len().min(PIECE)];
        if block.is_empty() {
            return Ok(0);
        }
        write_length(&mut self.archive.out, block.len())?;
        self.archive.out.write_all(block)?;
        self.hash.update(block);
        self.bytes += block.len() as u64;
        Ok(block.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Reads an archive.
pub struct Reader {
    from: Opener,
}

impl Reader {
    /// Begins to read; the key and the end of the file are looked at.
    pub fn begin(file: File, key: &BackupKey) -> Result<Self, Error> {
        Ok(Self { from: Opener::begin(file, key)? })
    }

    /// The next part; none after the last. The one before has to be read to its end.
    pub fn next_part(&mut self) -> Result<Option<(Entry, Content<'_>)>, Error> {
        let mut first = [0];
        if self.from.read(&mut first)? == 0 {
            return Ok(None);
        }
        let mut rest = [0; 3];
        self.from.read_exact(&mut rest)?;
        let length = u32::from_be_bytes([first[0], rest[0], rest[1], rest[2]]);
        if length > DESCRIPTION {
            return Err(Error::Unlike("a part has no description".to_owned()));
        }
        let mut text = vec![0; length as usize];
        self.from.read_exact(&mut text)?;
        let entry = serde_json::from_slice(&text).map_err(|error| Error::Unlike(format!("a part is not known: {error}")))?;
        Ok(Some((entry, Content { from: &mut self.from, left: 0, ended: false, hash: Sha256::new(), bytes: 0 })))
    }
}

/// The bytes of a part.
pub struct Content<'a> {
    from: &'a mut Opener,
    /// Bytes of the block that are still to be read.
    left: u32,
    ended: bool,
    hash: Sha256,
    bytes: u64,
}

impl Content<'_> {
    /// Reads what nobody has read; how many bytes there were, and their SHA-256.
    pub fn end(mut self) -> Result<(u64, String), Error> {
        std::io::copy(&mut self, &mut std::io::sink())?;
        Ok((self.bytes, self.hash.finish_hex()))
    }
}

impl Read for Content<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        if self.left == 0 && !self.ended {
            let mut length = [0; 4];
            self.from.read_exact(&mut length)?;
            self.left = u32::from_be_bytes(length);
            self.ended = self.left == 0;
        }
        if self.ended || into.is_empty() {
            return Ok(0);
        }
        let most = into.len().min(self.left as usize);
        let read = self.from.read(&mut into[..most])?;
        if read == 0 {
            return Err(Error::Unlike("a part has no end".to_owned()).into());
        }
        self.left -= u32::try_from(read).map_err(std::io::Error::other)?;
        self.hash.update(&into[..read]);
        self.bytes += read as u64;
        Ok(read)
    }
}
