//! Sealing a stream in pieces: AES-256-GCM under a key that is made for one archive. A piece cannot be changed, moved, taken out or put in: its nonce
//! counts, and says whether it is the last; the head of the file is bound to each. In flat memory either way.

use std::fs::File;
use std::io::{BufReader, Read, Write};

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};

use super::{BackupKey, Error};
use crate::keys::random_bytes;

/// First line of an archive.
const MAGIC: &[u8] = b"title-review backup 1\n";
/// What stands behind the last piece, so that a file that was cut off is told from one that was changed. It vouches for nothing.
const END: &[u8] = b"\ntitle-review backup end\n";
/// Bytes of a key's id and its line end.
const ID: usize = 19;
const SALT: usize = 32;
const PREFIX: usize = 7;
const HEAD: usize = MAGIC.len() + ID + SALT + PREFIX;
/// Bytes of a piece before it is sealed.
pub(super) const PIECE: usize = 64 * 1024;
const TAG: usize = 16;

/// The key of one archive, and the head that goes with it.
struct Sealed {
    key: LessSafeKey,
    head: Vec<u8>,
    next: u32,
}

impl Sealed {
    fn new(key: &BackupKey, head: Vec<u8>) -> Result<Self, Error> {
        let broken = |_| Error::Unlike("no key can be made of it".to_owned());
        let salt = &head[MAGIC.len() + ID..][..SALT];
        let secret = Salt::new(HKDF_SHA256, salt).extract(&key.secret);
        let of_archive: UnboundKey = secret.expand(&[MAGIC], &AES_256_GCM).map_err(broken)?.into();
        Ok(Self { key: LessSafeKey::new(of_archive), head, next: 0 })
    }

    /// The prefix of the archive, the number of the piece, and whether it is the last.
    fn nonce(&mut self, last: bool) -> std::io::Result<Nonce> {
        let mut nonce = [0; 12];
        nonce[..PREFIX].copy_from_slice(&self.head[HEAD - PREFIX..]);
        nonce[PREFIX..11].copy_from_slice(&self.next.to_be_bytes());
        nonce[11] = u8::from(last);
        self.next = self.next.checked_add(1).ok_or_else(|| std::io::Error::other("the archive is too long"))?;
        Ok(Nonce::assume_unique_for_key(nonce))
    }
}

/// Seals what is written to it.
pub(super) struct Sealer<W: Write> {
    out: W,
    sealed: Sealed,
    piece: Vec<u8>,
}

impl<W: Write> Sealer<W> {
    pub fn begin(mut out: W, key: &BackupKey) -> Result<Self, Error> {
        let mut head = MAGIC.to_vec();
        head.extend_from_slice(key.id().as_bytes());
        head.push(b'\n');
        head.extend_from_slice(&random_bytes::<SALT>());
        head.extend_from_slice(&random_bytes::<PREFIX>());
        out.write_all(&head)?;
        Ok(Self { out, sealed: Sealed::new(key, head)?, piece: Vec::with_capacity(PIECE + TAG) })
    }

    fn seal(&mut self, last: bool) -> std::io::Result<()> {
        let nonce = self.sealed.nonce(last)?;
        let aad = Aad::from(&self.sealed.head);
        self.sealed.key.seal_in_place_append_tag(nonce, aad, &mut self.piece).map_err(std::io::Error::other)?;
        self.out.write_all(&self.piece)?;
        self.piece.clear();
        Ok(())
    }

    /// The last piece. Gives back what was written to.
    pub fn finish(mut self) -> std::io::Result<W> {
        self.seal(true)?;
        self.out.write_all(END)?;
        self.out.flush()?;
        Ok(self.out)
    }
}

impl<W: Write> Write for Sealer<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        // The last piece is sealed as such, so a full one waits until something follows.
        if self.piece.len() == PIECE {
            self.seal(false)?;
        }
        let taken = bytes.len().min(PIECE - self.piece.len());
        self.piece.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Opens what a [`Sealer`] wrote. Gives out no byte of a piece before the piece was found whole.
pub(super) struct Opener {
    from: BufReader<File>,
    sealed: Sealed,
    /// Bytes of sealed pieces that are still to be read.
    left: u64,
    /// Where the next piece begins.
    position: u64,
    piece: Vec<u8>,
    given: usize,
    ended: bool,
}

impl Opener {
    pub fn begin(file: File, key: &BackupKey) -> Result<Self, Error> {
        let length = file.metadata()?.len();
        let mut from = BufReader::with_capacity(PIECE, file);
        let mut head = Vec::new();
        from.by_ref().take(HEAD as u64).read_to_end(&mut head)?;
        if !head.starts_with(MAGIC) && !MAGIC.starts_with(&head) || head.is_empty() {
            return Err(Error::NoArchive);
        }
        if head.len() < HEAD {
            return Err(Error::CutOff { bytes: length });
        }
        let id = String::from_utf8_lossy(&head[MAGIC.len()..][..ID]).trim_end().to_owned();
        if id != key.id() {
            return Err(Error::OtherKey { needed: id, held: key.id().to_owned() });
        }
        if !ends_as_it_should(from.get_ref(), length)? {
            return Err(Error::CutOff { bytes: length });
        }
        let left = length.saturating_sub((HEAD + END.len()) as u64);
        let sealed = Sealed::new(key, head)?;
        Ok(Self { from, sealed, left, position: HEAD as u64, piece: Vec::new(), given: 0, ended: false })
    }

    fn open_next(&mut self) -> std::io::Result<()> {
        let take = self.left.min((PIECE + TAG) as u64);
        self.left -= take;
        let last = self.left == 0;
        self.piece.clear();
        let read = self.from.by_ref().take(take).read_to_end(&mut self.piece)?;
        let (from, to) = (self.position, self.position + take);
        if read as u64 != take {
            return Err(Error::CutOff { bytes: from + read as u64 }.into());
        }
        let nonce = self.sealed.nonce(last)?;
        let aad = Aad::from(&self.sealed.head);
        let plain = self.sealed.key.open_in_place(nonce, aad, &mut self.piece);
        let length = plain.map_err(|_| Error::Changed { from, to })?.len();
        self.piece.truncate(length);
        (self.position, self.given, self.ended) = (to, 0, last);
        Ok(())
    }
}

/// Whether the mark of the end is there. The place in the file stays.
fn ends_as_it_should(file: &File, length: u64) -> std::io::Result<bool> {
    use std::io::{Seek as _, SeekFrom};
    if length < (HEAD + TAG + END.len()) as u64 {
        return Ok(false);
    }
    let mut file = file;
    let here = file.stream_position()?;
    file.seek(SeekFrom::Start(length - END.len() as u64))?;
    let mut end = vec![0; END.len()];
    file.read_exact(&mut end)?;
    file.seek(SeekFrom::Start(here))?;
    Ok(end == END)
}

impl Read for Opener {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        while self.given == self.piece.len() {
            if self.ended {
                return Ok(0);
            }
            self.open_next()?;
        }
        let taken = into.len().min(self.piece.len() - self.given);
        into[..taken].copy_from_slice(&self.piece[self.given..][..taken]);
        self.given += taken;
        Ok(taken)
    }
}
