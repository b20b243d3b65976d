//! One JSON object in each line: `timestamp`, `level`, `target`, the fields of the request it belongs to, its own fields.

use std::fmt::{self, Debug};

use tracing::field::{Field, Visit};
use tracing::span::Record;
use tracing::{Event, Subscriber};
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime as _, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields};
use tracing_subscriber::registry::LookupSpan;

use super::redact::{BLACK, is_never_logged};

/// Fields as the inside of a JSON object, without its braces.
pub(super) struct JsonFields;

impl<'writer> FormatFields<'writer> for JsonFields {
    fn format_fields<R: RecordFields>(&self, writer: Writer<'writer>, fields: R) -> fmt::Result {
        let mut visitor = JsonVisitor { writer, first: true, result: Ok(()) };
        fields.record(&mut visitor);
        visitor.result
    }

    fn add_fields(&self, current: &'writer mut FormattedFields<Self>, fields: &Record<'_>) -> fmt::Result {
        if !current.fields.is_empty() {
            current.fields.push(',');
        }
        self.format_fields(current.as_writer(), fields)
    }
}

/// A line for each event.
pub(super) struct JsonLines;

impl<S> FormatEvent<S, JsonFields> for JsonLines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn format_event(&self, ctx: &FmtContext<'_, S, JsonFields>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let (mut time, about) = (String::new(), event.metadata());
        SystemTime.format_time(&mut Writer::new(&mut time))?;
        write!(writer, r#"{{"timestamp":"{time}","level":"{}","target":{}"#, about.level(), text(about.target()))?;
        for span in ctx.event_scope().into_iter().flat_map(tracing_subscriber::registry::Scope::from_root) {
            if let Some(fields) = span.extensions().get::<FormattedFields<JsonFields>>()
                && !fields.is_empty()
            {
                write!(writer, ",{fields}")?;
            }
        }
        let mut own = String::new();
        JsonFields.format_fields(Writer::new(&mut own), event)?;
        if !own.is_empty() {
            write!(writer, ",{own}")?;
        }
        writeln!(writer, "}}")
    }
}

struct JsonVisitor<'writer> {
    writer: Writer<'writer>,
    first: bool,
    result: fmt::Result,
}

/// A JSON text.
fn text(value: &str) -> serde_json::Value {
    value.into()
}

impl JsonVisitor<'_> {
    fn put(&mut self, field: &Field, value: impl fmt::Display) {
        let name = field.name();
        if self.result.is_err() || name.starts_with("log.") {
            return;
        }
        let comma = if std::mem::take(&mut self.first) { "" } else { "," };
        self.result = if is_never_logged(name) {
            write!(self.writer, r#"{comma}{}:"{BLACK}""#, text(name))
        } else {
            write!(self.writer, "{comma}{}:{value}", text(name))
        };
    }
}

impl Visit for JsonVisitor<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, text(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        // JSON has no infinity.
        self.put(field, serde_json::Value::from(value));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.put(field, text(&format!("{value:?}")));
    }
}
