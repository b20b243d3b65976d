//! Answers kept as bytes: what clients ask again and again is rendered once.

use super::answer::{Answer, Bytes};
use super::{Call, Resource, etag};
use crate::authz::Grant;
use crate::context::{AsOf, Cx, Part};
use crate::problem::Problem;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use std::hash::Hash;
use std::sync::Arc;
use title_review_core::clock::Instant;
use title_review_core::ids::AccountId;

/// How long an answer holds.
#[derive(Debug, Clone)]
pub struct Validity {
    /// The last commit that it knows of.
    pub as_of: AsOf,
    /// What it was read from, beside what everybody depends on.
    pub parts: Vec<Part>,
    /// The instant of the request that it was rendered for.
    pub from: Instant,
    /// First instant at which time alone makes another answer of it.
    pub until: Instant,
}

/// A rendered answer.
#[derive(Debug)]
pub(super) struct Ready {
    pub body: web::Bytes,
    pub tag: HeaderValue,
    /// The grants that it was shown by: whoever asks with others is asked about anew.
    grants: Vec<Grant>,
    validity: Validity,
}

impl Ready {
    /// The answer, or 304 where the client has it.
    pub fn respond(&self, request: &HttpRequest) -> HttpResponse {
        let theirs = self.tag.to_str().ok().and_then(|tag| etag::none_match(request, tag));
        if let Some(theirs) = theirs {
            return HttpResponse::NotModified().insert_header((header::ETAG, theirs)).finish();
        }
        let mut response = HttpResponse::Ok();
        response.insert_header((header::ETAG, self.tag.clone())).content_type("application/json");
        response.body(self.body.clone())
    }
}

/// Rendered answers by what was asked for and who asked, within so many bytes, the least used dropped first.
#[derive(Clone, Debug)]
pub struct ReadyAnswers<K: Hash + Eq + Send + Sync + 'static>(moka::sync::Cache<(K, Option<AccountId>), Arc<Ready>>);

/// What an entry takes beside its body: keys, grants, the cache's own links.
const OVERHEAD: usize = 600;

impl<K: Hash + Eq + Clone + Send + Sync + 'static> ReadyAnswers<K> {
    /// At most so many bytes.
    #[must_use]
    pub fn within(bytes: u64) -> Self {
        let weight =
            |_: &(K, Option<AccountId>), ready: &Arc<Ready>| u32::try_from(ready.body.len() + OVERHEAD).unwrap_or(u32::MAX);
        Self(moka::sync::Cache::builder().weigher(weight).max_capacity(bytes).build())
    }

    /// The answer as it was rendered for the same asker with the same grants, if it holds at this request. On a database that servers share it is looked
    /// first whether another one has written.
    pub async fn find<T: Resource>(&self, call: &Call, key: &K) -> Result<Option<Answer<T>>, Problem> {
        let Some(ready) = self.0.get(&(key.clone(), call.principal.account)) else { return Ok(None) };
        let now = call.facts.now;
        if ready.grants != call.principal.grants || now < ready.validity.from || now >= ready.validity.until {
            return Ok(None);
        }
        let holds = || call.app.freshness.holds(ready.validity.as_of, &ready.validity.parts);
        if !holds() {
            return Ok(None);
        }
        if call.app.db.is_shared() {
            call.read(|cx: &mut Cx<'_>| cx.look()).await?;
        }
        if !holds() {
            return Ok(None);
        }
        Ok(Some(Answer { payload: Bytes::Ready(ready) }))
    }

    /// Renders an answer and keeps it.
    pub fn keep<T: Resource>(&self, call: &Call, key: K, value: &T, validity: Validity) -> Result<Answer<T>, Problem> {
        let body = serde_json::to_vec(value).map_err(|error| Problem::internal(&error))?;
        let tag = HeaderValue::try_from(etag::of(value.version(), &body)).map_err(|error| Problem::internal(&error))?;
        let ready = Arc::new(Ready { body: body.into(), tag, grants: call.principal.grants.clone(), validity });
        self.0.insert((key, call.principal.account), Arc::clone(&ready));
        Ok(Answer { payload: Bytes::Ready(ready) })
    }
}

#[cfg(test)]
mod tests {
    use super::{OVERHEAD, Ready, ReadyAnswers, Validity};
    use crate::context::Freshness;
    use actix_web::http::header::HeaderValue;
    use std::sync::Arc;
    use title_review_core::clock::Instant;

    #[test]
    fn a_million_answers_stay_within_the_bytes() {
        let bound = 1_000_000;
        let kept = ReadyAnswers::<u32>::within(bound);
        let validity =
            Validity { as_of: Freshness::default().now(), parts: Vec::new(), from: Instant::EPOCH, until: Instant::EPOCH };
        let tag = HeaderValue::from_static("\"1\"");
        let ready = Arc::new(Ready { body: vec![b' '; 400].into(), tag, grants: Vec::new(), validity });
        for key in 0..1_000_000 {
            kept.0.insert((key, None), Arc::clone(&ready));
        }
        kept.0.run_pending_tasks();
        assert!(kept.0.weighted_size() <= bound, "{}", kept.0.weighted_size());
        let most = bound / u64::try_from(400 + OVERHEAD).unwrap();
        assert!((1..=most).contains(&kept.0.entry_count()), "{}", kept.0.entry_count());
    }
}
