//! The arguments of a handler, one after the other: the access guard first, and nothing of a request is read for somebody who may not make it.
//!
//! The framework polls all extractors of a handler together, and whichever refuses first decides the answer.

use actix_web::dev::Payload;
use actix_web::{Error, FromRequest, Handler, HttpRequest};
use std::future::Future;
use std::pin::Pin;

/// A handler whose arguments are extracted in their order.
#[derive(Clone)]
pub(super) struct InOrder<F>(pub(super) F);

/// Arguments that were extracted in their order.
pub struct Ordered<T>(T);

impl<F: Handler<Args>, Args> Handler<Ordered<Args>> for InOrder<F> {
    type Output = F::Output;
    type Future = F::Future;

    fn call(&self, arguments: Ordered<Args>) -> F::Future {
        self.0.call(arguments.0)
    }
}

macro_rules! ordered {
    ($($argument:ident)+) => {
        impl<$($argument: FromRequest + 'static),+> FromRequest for Ordered<($($argument,)+)> {
            type Error = Error;
            type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

            fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
                let (request, mut payload) = (request.clone(), payload.take());
                Box::pin(async move {
                    Ok(Self(($($argument::from_request(&request, &mut payload).await.map_err(Into::<Error>::into)?,)+)))
                })
            }
        }
    };
}
ordered!(A);
ordered!(A B);
ordered!(A B C);
ordered!(A B C D);
ordered!(A B C D E);
ordered!(A B C D E F);
