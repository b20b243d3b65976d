//! Bodies of any length, written while they are read.

use crate::problem::Problem;
use actix_web::body::{BodyStream, BoxBody};
use actix_web::web::Bytes;
use futures_util::stream::try_unfold;
use std::future::Future;

/// The pieces that `next` gives until it gives none; each is given the state that the one before left. A piece may be empty. A body that breaks off
/// because a piece failed is not ended as HTTP ends a whole one.
pub(super) fn streamed<S, F>(first: S, next: impl Fn(S) -> F + 'static) -> BoxBody
where
    S: 'static,
    F: Future<Output = Result<Option<(Vec<u8>, S)>, Problem>> + 'static,
{
    let stream = try_unfold((first, next), |(state, next)| async move {
        let piece = next(state).await.map_err(|problem| std::io::Error::other(problem.code.as_str()))?;
        Ok::<_, std::io::Error>(piece.map(|(bytes, state)| (Bytes::from(bytes), (state, next))))
    });
    BoxBody::new(BodyStream::new(Box::pin(stream)))
}
