//! OTLP over HTTP, in batches, from a thread of its own: a collector that is slow or away costs spans, never requests.

use std::time::{Duration, SystemTime};

use opentelemetry::trace::{SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{BatchSpanProcessor, SpanData, SpanEvents, SpanLinks, SpanProcessor as _};

use super::Answered;
use crate::keys::random_bytes;

/// Seconds that a collector is waited for.
const TIMEOUT: Duration = Duration::from_secs(3);

/// Sends spans to a collector.
#[derive(Debug, Default)]
pub struct Spans(Option<BatchSpanProcessor>);

impl Spans {
    /// Sends to the collector at this address; nowhere if it is empty.
    ///
    /// # Errors
    /// Where the exporter cannot be made of it.
    pub fn start(endpoint: &str) -> Result<Self, String> {
        if endpoint.is_empty() {
            return Ok(Self(None));
        }
        let url = format!("{}/v1/traces", endpoint.trim_end_matches('/'));
        let exporter = SpanExporter::builder().with_http().with_endpoint(url).with_timeout(TIMEOUT).build();
        let mut processor = BatchSpanProcessor::builder(exporter.map_err(|error| error.to_string())?).build();
        let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
        processor.set_resource(&Resource::builder_empty().with_service_name("title-review").with_attribute(version).build());
        Ok(Self(Some(processor)))
    }

    /// Sends a request's span, some time later.
    pub fn answered(&self, request: &Answered<'_>) {
        let Some(processor) = self.0.as_ref().filter(|_| request.trace.sampled) else { return };
        let Ok(trace_id) = TraceId::from_hex(&request.trace.trace_id) else { return };
        let parent = request.trace.parent_id.as_deref().and_then(|id| SpanId::from_hex(id).ok());
        let context =
            SpanContext::new(trace_id, SpanId::from_bytes(random_bytes::<8>()), TraceFlags::SAMPLED, false, TraceState::default());
        let micros = u64::try_from(request.received.micros()).unwrap_or_default();
        let start_time = SystemTime::UNIX_EPOCH + Duration::from_micros(micros);
        processor.on_end(SpanData {
            span_context: context,
            parent_span_id: parent.unwrap_or(SpanId::INVALID),
            parent_span_is_remote: parent.is_some(),
            span_kind: SpanKind::Server,
            name: format!("{} {}", request.method, request.route).into(),
            start_time,
            end_time: start_time + request.took,
            attributes: vec![
                KeyValue::new("http.request.method", request.method.to_owned()),
                KeyValue::new("http.route", request.route.to_owned()),
                KeyValue::new("http.response.status_code", i64::from(request.status)),
            ],
            dropped_attributes_count: 0,
            events: SpanEvents::default(),
            links: SpanLinks::default(),
            status: if request.status >= 500 { Status::error("") } else { Status::Unset },
            instrumentation_scope: InstrumentationScope::builder("title-review").build(),
        });
    }

    /// Sends what is left, for as long as [`TIMEOUT`] at most.
    pub fn stop(&self) {
        if let Some(Err(error)) = self.0.as_ref().map(|processor| processor.shutdown_with_timeout(TIMEOUT)) {
            tracing::warn!(%error, "the last spans were not sent");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;
    use std::time::Duration;

    use super::Spans;
    use crate::telemetry::spans::{Answered, Trace};

    /// A collector that takes one request: gives its head and its body.
    fn collector() -> (String, std::thread::JoinHandle<(String, Vec<u8>)>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let taken = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
            let (mut bytes, mut piece) = (Vec::new(), [0; 4096]);
            loop {
                let read = stream.read(&mut piece).unwrap();
                bytes.extend_from_slice(&piece[..read]);
                let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
                let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
                let length: usize = head.split("content-length: ").nth(1).unwrap().lines().next().unwrap().parse().unwrap();
                if bytes.len() == end + 4 + length {
                    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").unwrap();
                    return (head, bytes.split_off(end + 4));
                }
            }
        });
        (address, taken)
    }

    fn contains(bytes: &[u8], part: &[u8]) -> bool {
        bytes.windows(part.len()).any(|window| window == part)
    }

    #[test]
    fn a_request_becomes_a_span_of_its_trace() {
        let (address, taken) = collector();
        let spans = Spans::start(&address).unwrap();
        let kept = Trace::of_header("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01").unwrap();
        let passed_over = Trace::of_header("00-5bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00").unwrap();
        for trace in [&kept, &passed_over] {
            spans.answered(&Answered {
                trace,
                method: "GET",
                route: "/v1/applications/{application_id}",
                status: 200,
                received: "2024-07-22T09:00:00+08:00".parse().unwrap(),
                took: Duration::from_millis(3),
            });
        }
        spans.stop();
        let (head, body) = taken.join().unwrap();
        assert!(head.starts_with("post /v1/traces "), "{head}");
        let id = |text: &str| data_encoding::HEXLOWER.decode(text.as_bytes()).unwrap();
        assert!(contains(&body, &id("4bf92f3577b34da6a3ce929d0e0e4736")) && contains(&body, &id("00f067aa0ba902b7")));
        assert!(contains(&body, b"GET /v1/applications/{application_id}") && contains(&body, b"title-review"));
        assert!(!contains(&body, &id("5bf92f3577b34da6a3ce929d0e0e4736")), "the caller does not keep that trace");
    }

    #[test]
    fn unreachable_trace_collector_delays_no_request() {
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let spans = Spans::start(&format!("http://{free}")).unwrap();
        let trace = Trace::begun("4bf92f3577b34da6a3ce929d0e0e4736".to_owned());
        for _ in 0..10_000 {
            spans.answered(&Answered {
                trace: &trace,
                method: "GET",
                route: "/livez",
                status: 200,
                received: "2024-07-22T09:00:00+08:00".parse().unwrap(),
                took: Duration::from_millis(1),
            });
        }
        spans.stop();
    }
}
