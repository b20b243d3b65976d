//! The own profile over HTTP.

use super::service::{self, Error, Stored};
use crate::authz::perm;
use crate::http::{Allowed, Answer, Body, IfMatch, Outcome, Resource, Routes, routes, typed};
use crate::problem::{Code, Problem};
use serde::{Deserialize, Serialize};
use title_review_core::clock::Instant;
use title_review_core::profiles::model::Profile;
use utoipa::ToSchema;

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Version(mismatch) => mismatch.into(),
            Error::Changed => Code::StaleVersion.into(),
            Error::Invalid(findings) => Self::new(Code::InvalidBody).findings(findings),
            Error::Unwritable(error) => Self::internal(&error),
            Error::Accounts(error) => error.into(),
            Error::Db(error) => error.into(),
        }
    }
}

/// The profile with its version.
#[derive(Serialize, ToSchema)]
pub struct ProfileState {
    /// The document; replace it with `PUT /v1/profile`.
    pub profile: Profile,
    /// Rises with each change; the ETag. 0 for the empty profile that everybody starts with.
    pub version: i64,
    /// Last change; null for the empty profile.
    pub updated_at: Option<Instant>,
}

impl Resource for ProfileState {
    const VERSIONED: bool = true;
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
}

impl From<Stored> for ProfileState {
    fn from(stored: Stored) -> Self {
        Self { profile: stored.body, version: stored.version, updated_at: stored.updated_at }
    }
}

/// The document as it comes in: judged as a whole by the profile's own rules, so that all findings go out together. Its JSON is that of
/// [`Profile`].
#[derive(Deserialize)]
#[serde(transparent)]
pub struct ProfileDocument(serde_json::Value);

impl validator::Validate for ProfileDocument {
    fn validate(&self) -> Result<(), validator::ValidationErrors> {
        Ok(())
    }
}

impl utoipa::PartialSchema for ProfileDocument {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        Profile::schema()
    }
}

impl ToSchema for ProfileDocument {
    fn name() -> std::borrow::Cow<'static, str> {
        Profile::name()
    }
    fn schemas(schemas: &mut Vec<(String, utoipa::openapi::RefOr<utoipa::openapi::Schema>)>) {
        Profile::schemas(schemas);
    }
}

/// 本人资料 / Get the own profile
#[utoipa::path(get, path = "/v1/profile", tag = "profile")]
pub async fn get_profile(call: Allowed<perm::ProfileEdit>) -> Outcome<Answer<ProfileState>> {
    let id = call.principal.signed_in()?;
    call.read(move |cx| service::find(cx, id).map(ProfileState::from)).await.map(Into::into)
}

/// 填写本人资料 / Replace the own profile
///
/// The whole document. Applications keep the snapshot they have until they are edited.
#[utoipa::path(put, path = "/v1/profile", tag = "profile")]
pub async fn update_profile(
    call: Allowed<perm::ProfileEdit>,
    if_match: IfMatch,
    body: Body<ProfileDocument>,
) -> Outcome<Answer<ProfileState>> {
    let id = call.principal.signed_in()?;
    let document = body.value.0;
    service::refuse_impossible_dates(&document)?;
    let profile: Profile = typed(document)?;
    call.write(move |cx| service::replace(cx, id, if_match.version(), profile).map(ProfileState::from)).await.map(Into::into)
}

/// Adds the operations of this module.
pub fn routes(list: &mut Routes) {
    routes!(list; get_profile, update_profile);
}
