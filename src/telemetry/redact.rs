//! What no log ever holds, whoever logs it: fields of these names.

use std::fmt::{self, Debug};

use tracing::field::{Field, Visit};
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::FormatFields;
use tracing_subscriber::fmt::format::Writer;

/// Stands for the value of such a field.
pub(super) const BLACK: &str = "[redacted]";

/// A field whose name contains one of these (in lower case, `-` as `_`) is blacked out. Names, not values: a value tells nothing certain.
const NEVER: [&str; 24] = [
    "password",
    "passphrase",
    "passwd",
    "secret",
    "token",
    "authorization",
    "cookie",
    "credential",
    "id_number",
    "resident_id",
    "identity_number",
    "id_card",
    "phone",
    "mobile",
    "email",
    "person_name",
    "real_name",
    "bank_account",
    "private_key",
    "signing_key",
    "api_key",
    "otp",
    "recovery_code",
    "ballot",
];

/// Whether a field of this name is never logged.
pub(super) fn is_never_logged(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace('-', "_");
    NEVER.iter().any(|never| name.contains(never))
}

/// Fields as text, `name=value`.
pub(super) struct TextFields;

impl<'writer> FormatFields<'writer> for TextFields {
    fn format_fields<R: RecordFields>(&self, writer: Writer<'writer>, fields: R) -> fmt::Result {
        let mut visitor = TextVisitor { writer, first: true, result: Ok(()) };
        fields.record(&mut visitor);
        visitor.result
    }
}

struct TextVisitor<'writer> {
    writer: Writer<'writer>,
    first: bool,
    result: fmt::Result,
}

impl TextVisitor<'_> {
    fn put(&mut self, name: &str, value: fmt::Arguments<'_>) {
        if self.result.is_err() || name.starts_with("log.") {
            return;
        }
        let space = if std::mem::take(&mut self.first) { "" } else { " " };
        self.result = if is_never_logged(name) {
            write!(self.writer, "{space}{name}={BLACK}")
        } else if name == "message" {
            write!(self.writer, "{space}{value}")
        } else {
            write!(self.writer, "{space}{name}={value}")
        };
    }
}

impl Visit for TextVisitor<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            self.put(field.name(), format_args!("{value}"));
        } else {
            self.put(field.name(), format_args!("{value:?}"));
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.put(field.name(), format_args!("{value:?}"));
    }
}
