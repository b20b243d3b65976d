//! Heads in a file that only grows, one JSON object in each line.

use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use super::model::SignedHead;
use crate::keys::AuditPublicKey;

/// Name of the file in its folder.
pub const FILE: &str = "audit-heads.ndjson";

/// A line is shorter than this.
const LONGEST_LINE: u64 = 4096;

/// The number of the last head in the file of this folder; 0 where there is none.
pub(super) fn last_seq(folder: &Path) -> std::io::Result<i64> {
    match File::open(folder.join(FILE)) {
        Ok(mut file) => Ok(end_of(&mut file)?.0),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(error),
    }
}

/// The number of the last whole head, and whether the file ends in the middle of a line: a power cut may leave one.
fn end_of(file: &mut File) -> std::io::Result<(i64, bool)> {
    let length = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(length.saturating_sub(LONGEST_LINE)))?;
    let mut tail = Vec::new();
    file.read_to_end(&mut tail)?;
    let torn = tail.last().is_some_and(|byte| *byte != b'\n');
    let whole = tail.split(|byte| *byte == b'\n').rev().find_map(|line| serde_json::from_slice::<SignedHead>(line).ok());
    Ok((whole.map_or(0, |head| head.seq), torn))
}

/// Adds the heads that the file does not have yet, and does not return before they are on the disk. Two servers may share the file.
pub(super) fn append(folder: &Path, heads: &[SignedHead]) -> std::io::Result<()> {
    let is_new = !folder.is_dir();
    if is_new {
        std::fs::create_dir_all(folder)?;
    }
    let path = folder.join(FILE);
    let was_there = path.exists();
    let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
    file.lock()?;
    let (last, torn) = end_of(&mut file)?;
    let mut text = Vec::new();
    if torn {
        text.push(b'\n');
    }
    for head in heads.iter().filter(|head| head.seq > last) {
        serde_json::to_writer(&mut text, head).map_err(std::io::Error::other)?;
        text.push(b'\n');
    }
    file.write_all(&text)?;
    file.sync_all()?;
    if !was_there {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// Puts the public key beside the heads, once.
pub(super) fn write_key(folder: &Path, key: &AuditPublicKey) -> std::io::Result<()> {
    let text = serde_json::to_vec(&serde_json::json!({ "keys": [key] })).map_err(std::io::Error::other)?;
    std::fs::create_dir_all(folder)?;
    match OpenOptions::new().write(true).create_new(true).open(folder.join(format!("audit-key-{}.json", key.kid))) {
        Ok(mut file) => {
            file.write_all(&text)?;
            file.sync_all()
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

/// Every head of a file, each with the number of its line. A line that a power cut tore and that was written again is passed over.
pub fn read_heads(path: &Path) -> Result<Vec<(usize, SignedHead)>, String> {
    let failed = |error: std::io::Error| error.to_string();
    let mut heads = Vec::new();
    for (index, line) in BufReader::new(File::open(path).map_err(failed)?).split(b'\n').enumerate() {
        let line = line.map_err(failed)?;
        match serde_json::from_slice::<SignedHead>(&line) {
            Ok(head) => heads.push((index + 1, head)),
            Err(error) if error.is_eof() => {}
            Err(error) => return Err(format!("line {} is not a head: {error}", index + 1)),
        }
    }
    Ok(heads)
}

#[cfg(test)]
mod tests {
    use super::super::model::HeadReason;
    use super::*;

    fn head(seq: i64) -> SignedHead {
        SignedHead {
            seq,
            hash: "ab".repeat(32),
            at: "2024-08-30T18:00:00+08:00".parse().unwrap(),
            reason: HeadReason::Scheduled,
            after: seq - 1,
            kid: "a-1".to_owned(),
            signature: "s".repeat(86),
        }
    }

    #[test]
    fn head_file_is_appended_and_a_torn_line_repaired() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("heads");
        assert_eq!(last_seq(&folder).unwrap(), 0);
        append(&folder, &[head(1), head(2)]).unwrap();
        // What is there is not written twice.
        append(&folder, &[head(2), head(3)]).unwrap();
        assert_eq!(last_seq(&folder).unwrap(), 3);
        let path = folder.join(FILE);
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, &whole[..whole.len() - 20]).unwrap();
        assert_eq!(last_seq(&folder).unwrap(), 2);
        append(&folder, &[head(3)]).unwrap();
        let seqs: Vec<i64> = read_heads(&path).unwrap().into_iter().map(|(_, head)| head.seq).collect();
        assert_eq!(seqs, [1, 2, 3]);
        std::fs::write(&path, "{\"seq\":1,\"more\":2}\n").unwrap();
        assert!(read_heads(&path).unwrap_err().contains("line 1"));
    }
}
