//! A span for each request, for an OpenTelemetry collector (`otel.endpoint`; the feature `otel` of the build). A span has the route's pattern, never a
//! path's values: those may be personal.

use std::time::Duration;

use title_review_core::clock::Instant;

#[cfg(not(feature = "otel"))]
mod none;
#[cfg(feature = "otel")]
mod otlp;

#[cfg(not(feature = "otel"))]
pub use none::Spans;
#[cfg(feature = "otel")]
pub use otlp::Spans;

/// Where a request belongs: what its `traceparent` says (W3C Trace Context), or a trace that begins with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// 32 hexadecimal digits.
    pub trace_id: String,
    /// The caller's span, 16 hexadecimal digits.
    pub parent_id: Option<String>,
    /// Whether the caller keeps this trace; one that begins here is kept.
    pub sampled: bool,
}

impl Trace {
    /// One that begins here.
    #[must_use]
    pub fn begun(trace_id: String) -> Self {
        Self { trace_id, parent_id: None, sampled: true }
    }

    /// Of the header's value; none where it is not one.
    #[must_use]
    pub fn of_header(value: &str) -> Option<Self> {
        let mut parts = value.split('-');
        let (version, trace_id, parent_id, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let is_hex = |text: &str, length: usize| text.len() == length && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let is_id = |text: &str, length: usize| is_hex(text, length) && text.bytes().any(|byte| byte != b'0');
        if !is_hex(version, 2) || version == "ff" || !is_id(trace_id, 32) || !is_id(parent_id, 16) || !is_hex(flags, 2) {
            return None;
        }
        let sampled = u8::from_str_radix(flags, 16).is_ok_and(|flags| flags & 1 == 1);
        Some(Self { trace_id: trace_id.to_ascii_lowercase(), parent_id: Some(parent_id.to_ascii_lowercase()), sampled })
    }
}

/// A request that was answered.
#[derive(Debug)]
pub struct Answered<'a> {
    /// Where it belongs.
    pub trace: &'a Trace,
    /// Its method.
    pub method: &'a str,
    /// The route's pattern.
    pub route: &'a str,
    /// Status of the answer.
    pub status: u16,
    /// When it was received.
    pub received: Instant,
    /// From then to the answer.
    pub took: Duration,
}

#[cfg(test)]
mod tests {
    use super::Trace;

    #[test]
    fn a_traceparent_is_read_strictly() {
        let (trace, parent) = ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7");
        let read = Trace::of_header(&format!("00-{}-{parent}-01", trace.to_uppercase())).unwrap();
        assert_eq!(read, Trace { trace_id: trace.to_owned(), parent_id: Some(parent.to_owned()), sampled: true });
        assert!(!Trace::of_header(&format!("00-{trace}-{parent}-00")).unwrap().sampled);
        let zeros = "0".repeat(32);
        for wrong in [
            String::new(),
            trace.to_owned(),
            format!("00-{trace}"),
            format!("00-{trace}-{parent}"),
            format!("ff-{trace}-{parent}-01"),
            format!("00-{zeros}-{parent}-01"),
            format!("00-{trace}-0000000000000000-01"),
            format!("00-{trace}x-{parent}-01"),
            format!("00-{}g-{parent}-01", &trace[1..]),
            format!("00-{trace}-{parent}-0"),
        ] {
            assert_eq!(Trace::of_header(&wrong), None, "{wrong}");
        }
    }
}
