//! A build without the feature `otel`.

use super::Answered;

/// Sends nothing.
#[derive(Debug, Default)]
pub struct Spans;

impl Spans {
    /// Sends nothing; refuses to be told where to.
    ///
    /// # Errors
    /// Where an endpoint is configured: spans that go nowhere would be missed late.
    pub fn start(endpoint: &str) -> Result<Self, String> {
        if endpoint.is_empty() { Ok(Self) } else { Err("this program was built without the feature `otel`".to_owned()) }
    }

    /// Nothing.
    pub fn answered(&self, _: &Answered<'_>) {}

    /// Nothing.
    pub fn stop(&self) {}
}

#[cfg(test)]
mod tests {
    use super::Spans;

    #[test]
    fn collector_endpoint_is_refused_without_the_otel_feature() {
        assert!(Spans::start("").is_ok());
        assert!(Spans::start("http://127.0.0.1:4318").is_err());
    }
}
