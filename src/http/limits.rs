//! What a request may be at most, whatever it asks for: length of its address, headers, pace of its body.

use super::connections::Activity;
use crate::config::LimitsConfig;
use crate::problem::{Code, Problem};
use actix_web::HttpMessage as _;
use actix_web::dev::{Payload, ServiceRequest};
use actix_web::error::PayloadError;
use actix_web::http::header::HeaderMap;
use actix_web::web::Bytes;
use futures_util::Stream;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep_until};

/// Seconds that a body is given before its rate counts.
const GRACE: Duration = Duration::from_secs(5);

/// Refuses an address or headers that are too large. The server's parser has bounds of its own above these, and answers without a body.
pub(super) fn check_head(request: &ServiceRequest, limits: &LimitsConfig) -> Result<(), Problem> {
    let uri = request.uri();
    if uri.path_and_query().map_or(0, |both| both.as_str().len()) > limits.url_bytes {
        return Err(Code::UriTooLong.into());
    }
    if count(request.headers()) > limits.headers || bytes(request.headers()) > limits.header_bytes {
        return Err(Code::HeadersTooLarge.into());
    }
    Ok(())
}

fn count(headers: &HeaderMap) -> usize {
    headers.iter().count()
}

/// As on the wire: `name: value` and the end of the line.
fn bytes(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum()
}

/// Lets the body fail with a time-out if it comes too slowly: a client that sends a byte now and then would hold its connection for ever.
pub(super) fn pace_body(request: &mut ServiceRequest, limits: &LimitsConfig) {
    let activity = request.conn_data::<Rc<Activity>>().cloned();
    let payload = request.take_payload();
    request.set_payload(match payload {
        Payload::None => Payload::None,
        stream => Payload::Stream {
            payload: Box::pin(Paced {
                stream,
                began: Instant::now(),
                most: Duration::from_secs(limits.body_seconds),
                rate: limits.body_rate,
                received: 0,
                timer: None,
                activity,
            }),
        },
    });
}

/// The problem of a body that could not be read.
pub(super) fn payload_problem(error: &PayloadError) -> Problem {
    Problem::new(match error {
        PayloadError::Overflow => Code::PayloadTooLarge,
        PayloadError::Io(error) if error.kind() == std::io::ErrorKind::TimedOut => Code::RequestTimeout,
        _ => Code::BadRequest,
    })
}

struct Paced {
    stream: Payload,
    began: Instant,
    /// For the whole body.
    most: Duration,
    /// Bytes a second; 0: any.
    rate: u64,
    received: u64,
    timer: Option<Pin<Box<Sleep>>>,
    /// Told while more of the body is waited for.
    activity: Option<Rc<Activity>>,
}

impl Paced {
    fn want(&self, wants: bool) {
        if let Some(activity) = &self.activity {
            activity.want_body(wants);
        }
    }

    /// When the next byte has to be there.
    fn due(&self) -> Instant {
        let paced = self.received.checked_div(self.rate).map(|seconds| GRACE + Duration::from_secs(seconds));
        self.began + paced.map_or(self.most, |paced| paced.min(self.most))
    }
}

impl Drop for Paced {
    fn drop(&mut self) {
        self.want(false);
    }
}

impl Stream for Paced {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let polled = Pin::new(&mut self.stream).poll_next(cx);
        self.want(polled.is_pending());
        match &polled {
            Poll::Ready(Some(Ok(chunk))) => {
                self.received = self.received.saturating_add(chunk.len() as u64);
                self.timer = None;
            }
            Poll::Ready(_) => {}
            Poll::Pending => {
                let due = self.due();
                let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(due)));
                if timer.as_mut().poll(cx).is_ready() {
                    self.stream = Payload::None;
                    return Poll::Ready(Some(Err(PayloadError::Io(std::io::ErrorKind::TimedOut.into()))));
                }
            }
        }
        polled
    }
}

/// Objects and lists inside each other at the deepest place of a JSON text; what is no JSON is counted all the same.
pub(super) fn json_depth(text: &[u8]) -> usize {
    let (mut depth, mut deepest, mut quoted, mut escaped) = (0_usize, 0, false, false);
    for byte in text {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'{' | b'[' if !quoted => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_depth_ignores_brackets_in_strings() {
        for (text, depth) in [
            ("", 0),
            ("1", 0),
            ("{}", 1),
            ("[[], [[]]]", 3),
            (r#"{"a": "[[[[", "b": {"c": [1]}}"#, 3),
            (r#"{"a": "\"[[", "b": []}"#, 2),
            (r#"{"a": "\\", "b": [[]]}"#, 3),
            ("]]]][", 1),
        ] {
            assert_eq!(json_depth(text.as_bytes()), depth, "{text}");
        }
    }

    #[test]
    fn body_deadline_is_set_by_minimum_rate_and_maximum_time() {
        let began = Instant::now();
        let due = |rate, received| {
            let paced =
                Paced { stream: Payload::None, began, most: Duration::from_mins(2), rate, received, timer: None, activity: None };
            (paced.due() - began).as_secs()
        };
        assert_eq!([due(512, 0), due(512, 511), due(512, 512), due(512, 1 << 20)], [5, 5, 6, 120]);
        assert_eq!([due(0, 0), due(0, 9999)], [120, 120]);
    }
}
