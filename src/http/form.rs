//! Forms as OAuth sends them, and what a client shows in the `Authorization` header.

use super::describe::{Describe, OperationDoc};
use super::nul::has_nul;
use crate::problem::{Code, Problem};
use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest, web};
use data_encoding::BASE64;
use serde::de::DeserializeOwned;
use serde_json::json;
use std::collections::BTreeMap;
use std::future::{Future, Ready, ready};
use std::pin::Pin;

/// A body of the kind `application/x-www-form-urlencoded`, read as RFC 6749 says: a parameter without a value counts as left out, one that stands there
/// twice is refused, an unknown one is passed over.
pub struct Form<T>(pub T);

fn refused(zh: &str, en: &str) -> Problem {
    Problem::new(Code::InvalidRequest).detail(zh, en)
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut sent: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(bytes).filter(|(_, value)| !value.is_empty()) {
        if has_nul(&name) || has_nul(&value) {
            return Err(refused("参数含有 NUL 字符", "a parameter contains the NUL character"));
        }
        if sent.insert(name.clone().into_owned(), value.into_owned()).is_some() {
            return Err(refused("参数重复", "a parameter stands there twice"));
        }
    }
    let object = sent.into_iter().map(|(name, value)| (name, value.into())).collect();
    serde_json::from_value(serde_json::Value::Object(object)).map_err(|error| {
        let text = error.to_string();
        match text.strip_prefix("missing field `").and_then(|rest| rest.split('`').next()) {
            Some(name) => refused("缺少参数", &format!("the parameter {name} is missing")),
            None => refused("参数有误", "a parameter is not of its kind"),
        }
    })
}

impl<T: DeserializeOwned + 'static> FromRequest for Form<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let is_form =
            kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded"));
        let bytes = web::Bytes::from_request(request, payload);
        Box::pin(async move {
            if !is_form {
                return Err(refused(
                    "请求体须为 application/x-www-form-urlencoded",
                    "the body has to be application/x-www-form-urlencoded",
                ));
            }
            let bytes = bytes.await.map_err(|error| match error.as_response_error().status_code().as_u16() {
                413 => Problem::new(Code::PayloadTooLarge),
                408 => Problem::new(Code::RequestTimeout),
                _ => Problem::new(Code::InvalidRequest),
            })?;
            parse(&bytes).map(Self)
        })
    }
}

impl<T: utoipa::ToSchema> Describe for Form<T> {
    fn describe(doc: &mut OperationDoc) {
        let schema = doc.component::<T>();
        doc.request_body =
            Some(json!({ "required": true, "content": { "application/x-www-form-urlencoded": { "schema": schema } } }));
        doc.problems.extend([Code::InvalidRequest, Code::PayloadTooLarge]);
    }
}

/// Id and secret of a client in the `Authorization` header (`client_secret_basic`), if it sends that header.
pub struct ClientHeader(pub Option<(String, String)>);

fn basic(value: &str) -> Option<(String, String)> {
    let (scheme, text) = value.trim().split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let bytes = BASE64.decode(text.trim().as_bytes()).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (id, secret) = text.split_once(':')?;
    // RFC 6749, 2.3.1: both are encoded as in a form before they are put together.
    let plain = |part: &str| {
        let pair = format!("v={}", part.replace('&', "%26"));
        form_urlencoded::parse(pair.as_bytes()).next().map(|(_, value)| value.into_owned())
    };
    let (id, secret) = (plain(id)?, plain(secret)?);
    if has_nul(&id) || has_nul(&secret) { None } else { Some((id, secret)) }
}

impl FromRequest for ClientHeader {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(match request.headers().get(header::AUTHORIZATION) {
            None => Ok(Self(None)),
            Some(value) => {
                let read = value.to_str().ok().and_then(basic);
                read.map(|pair| Self(Some(pair))).ok_or_else(|| {
                    Problem::new(Code::InvalidClient)
                        .detail("Authorization 头须为 Basic", "the Authorization header has to be Basic, with client_id and secret")
                })
            }
        })
    }
}

impl Describe for ClientHeader {
    fn describe(doc: &mut OperationDoc) {
        doc.client = true;
        doc.problems.extend([Code::InvalidClient, Code::UnauthorizedClient]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize, Debug, PartialEq)]
    struct Asked {
        grant_type: String,
        scope: Option<String>,
    }

    #[test]
    fn form_with_missing_or_repeated_parameters_is_rejected() {
        let read = |text: &str| parse::<Asked>(text.as_bytes());
        let full = read("grant_type=client_credentials&scope=a%3A1+b&other=1").unwrap();
        assert_eq!(full.scope.as_deref(), Some("a:1 b"));
        assert_eq!(read("grant_type=client_credentials&scope=").unwrap().scope, None);
        for bad in [
            "",
            "scope=a",
            "grant_type=",
            "grant_type=a&grant_type=a",
            "grant_type=a&scope=x&scope=x",
            "grant_type=%00",
            "grant_type=a&%00=1",
        ] {
            assert_eq!(read(bad).unwrap_err().code, Code::InvalidRequest, "{bad}");
        }
    }

    #[test]
    fn basic_header_is_split_into_id_and_secret() {
        let encoded = |text: &str| format!("Basic {}", BASE64.encode(text.as_bytes()));
        assert_eq!(basic(&encoded("id:s%3Acret%2B1")), Some(("id".to_owned(), "s:cret+1".to_owned())));
        assert_eq!(basic(&encoded("id:a&b")), Some(("id".to_owned(), "a&b".to_owned())));
        for bad in ["", "Basic", "Basic !", "Bearer abc", &encoded("no colon"), &encoded("i\0d:secret"), &encoded("id:s%00")] {
            assert_eq!(basic(bad), None, "{bad}");
        }
    }
}
