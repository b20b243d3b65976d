//! A form as it arrives: each part once, fields short, the file to disk with its hash and size.

use crate::attachments::error::Error;
use crate::attachments::rules::{Fields, clean_name};
use crate::http::{Parts, broken_form, has_nul, nul_text};
use crate::keys::Sha256;
use crate::problem::{Code, Problem};
use actix_multipart::Field;
use futures_util::StreamExt as _;
use tokio::io::AsyncWriteExt as _;

/// Bytes of a field that is not the file.
const FIELD_BYTES: usize = 256;

/// A form that has arrived.
#[derive(Debug)]
pub struct Form {
    /// Its fields.
    pub fields: Fields,
    /// Name of the file, cleaned.
    pub file_name: String,
    /// Media type that the client declared for it.
    pub declared: Option<String>,
    /// Its bytes.
    pub size: u64,
    /// SHA-256 of its bytes, hexadecimal.
    pub sha256: String,
}

impl Form {
    /// What tells this form from another one with the same idempotency key.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let Fields { category, declassified, verification_code } = &self.fields;
        let all = format!("{:?}", (&self.sha256, category, declassified, verification_code, &self.file_name, &self.declared));
        crate::keys::sha256_hex(all.as_bytes())
    }
}

struct File {
    name: String,
    declared: Option<String>,
    size: u64,
    sha256: String,
}

/// Reads the form; `most` bounds the file, `with_category` says whether the form names one.
pub async fn receive(parts: &mut Parts, into: &mut tokio::fs::File, most: u64, with_category: bool) -> Result<Form, Problem> {
    let mut fields = Fields::default();
    let mut file = None;
    while let Some(part) = parts.next().await {
        let mut part = part?;
        let name = part.name().unwrap_or_default().to_owned();
        let field = match name.as_str() {
            "category" if with_category => &mut fields.category,
            "declassified" => &mut fields.declassified,
            "verification_code" => &mut fields.verification_code,
            "file" if file.is_some() => {
                return Err(Problem::field(Code::TooManyParts, "/file", Code::TooManyParts.zh(), Code::TooManyParts.en()));
            }
            "file" => {
                file = Some(save(&mut part, into, most).await?);
                continue;
            }
            _ => {
                let name: String = name.chars().filter(|c| !c.is_control()).take(64).collect();
                return Err(Problem::field(
                    Code::UnknownField,
                    format!("/{name}"),
                    format!("未知字段 {name}"),
                    format!("unknown field {name}"),
                ));
            }
        };
        let invalid = |zh: &str, en: &str| Problem::field(Code::InvalidField, format!("/{name}"), zh, en);
        if field.is_some() {
            return Err(invalid("字段重复", "the field comes twice"));
        }
        let bytes = part
            .bytes(FIELD_BYTES)
            .await
            .map_err(|_| invalid("字段过长", "the field is too long"))?
            .map_err(|error| broken_form(&error))?;
        let text = String::from_utf8(bytes.to_vec()).map_err(|_| invalid("须为 UTF-8 文本", "not a text in UTF-8"))?;
        if has_nul(&text) {
            let said = nul_text();
            return Err(invalid(&said.zh, &said.en));
        }
        *field = Some(text);
    }
    let Some(File { name, declared, size, sha256 }) = file else {
        return Err(Problem::field(Code::InvalidField, "/file", "缺少文件", "file is required"));
    };
    if size == 0 {
        return Err(Error::Empty.into());
    }
    Ok(Form { fields, file_name: name, declared, size, sha256 })
}

async fn save(part: &mut Field, into: &mut tokio::fs::File, most: u64) -> Result<File, Problem> {
    let name = part.content_disposition().and_then(|about| {
        let extended = about.get_filename_ext().and_then(|name| String::from_utf8(name.value.clone()).ok());
        extended.or_else(|| about.get_filename().map(str::to_owned))
    });
    let declared = part.content_type().map(|kind| kind.essence_str().to_owned());
    let (mut size, mut hash) = (0_u64, Sha256::new());
    while let Some(piece) = part.next().await {
        let piece = piece.map_err(|error| broken_form(&error))?;
        size += piece.len() as u64;
        if size > most {
            return Err(Error::TooLarge { most: i64::try_from(most).unwrap_or(i64::MAX) }.into());
        }
        hash.update(&piece);
        into.write_all(&piece).await.map_err(|error| Problem::from(Error::Io(error)))?;
    }
    into.flush().await.map_err(|error| Problem::from(Error::Io(error)))?;
    Ok(File { name: clean_name(&name.unwrap_or_default()), declared, size, sha256: hash.finish_hex() })
}

/// Reads the rest and throws it away: a client that is still sending would not see the answer otherwise. The raw stream is bounded.
pub async fn drain(parts: &mut Parts) {
    while let Some(Ok(mut part)) = parts.next().await {
        while let Some(Ok(_)) = part.next().await {}
    }
}
