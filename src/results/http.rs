//! Results and certificates over HTTP.

use super::service::{self, Checked, Error};
use crate::applications::http::expire_due;
use crate::applications::http::view::{Application, application_view};
use crate::authz::perm;
use crate::context::Cx;
use crate::db::Json;
use crate::http::{
    Allowed, Answer, Body, IfMatch, Outcome, Path, Public, Published, RecentlyAuthenticated, Resource, Routes, routes,
};
use crate::meetings::model::{CapArithmetic, RulingReason};
use crate::problem::{Code, Problem};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use title_review_core::checks::Bilingual;
use title_review_core::clock::Instant;
use title_review_core::identity_numbers::mask_name;
use title_review_core::ids::{ApplicationId, MeetingId};
use title_review_core::vocabulary::{Level, Stage, wire_enum};
use utoipa::ToSchema;
use validator::Validate;

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Code::NotFound.into(),
            Error::Version(mismatch) => mismatch.into(),
            Error::MeetingOpen => Self::new(Code::Conflict).detail("会议尚未结束", "the meeting is not closed").state("open"),
            Error::NobodyWaits => Self::new(Code::Conflict).detail("没有待公示的通过人员", "nobody who passed waits for publicity"),
            Error::Meeting(error) => error.into(),
            Error::Publicity(error) => error.into(),
            Error::Application(error) => error.into(),
            Error::Db(error) => error.into(),
        }
    }
}

wire_enum! {
    /// Whether a certificate holds.
    CertificateStatus {
        Valid = "valid", "有效", "valid";
        Revoked = "revoked", "已撤销", "revoked";
        Disputed = "disputed", "与审计记录不符，请向发证机构核实", "differs from the audit log: ask the authority that issued it";
    }
}

/// From when those who passed are publicised.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ResultPublicityCreate {
    /// First day of the publicity.
    #[schema(example = "2024-11-11")]
    pub from_date: NaiveDate,
}

/// An application whose result is public now.
#[derive(Debug, Serialize, ToSchema)]
pub struct PublicisedApplication {
    /// Which application.
    pub application_id: ApplicationId,
    /// Where it stands.
    pub stage: Stage,
    /// Its version; the ETag of the application.
    pub version: i64,
}

/// Those whose result is public now.
#[derive(Debug, Serialize, ToSchema)]
pub struct ResultPublicity {
    /// Which meeting.
    pub meeting_id: MeetingId,
    /// First day of the publicity.
    pub from_date: NaiveDate,
    /// Their applications.
    pub items: Vec<PublicisedApplication>,
}

impl Resource for ResultPublicity {}

/// A certificate, as anybody may see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct CertificateCheck {
    /// Its number.
    #[schema(example = "202465290001300001")]
    pub number: String,
    /// Whether it holds. `disputed`: what stands here is not what the audit log says was issued or revoked.
    pub status: CertificateStatus,
    /// The holder's name, masked.
    #[schema(example = "申**")]
    pub holder_name_masked: String,
    /// Specialty.
    #[schema(example = "测绘")]
    pub specialty: String,
    /// Level.
    pub level: Level,
    /// Title.
    #[schema(example = "工程师")]
    pub title: String,
    /// Who issued it.
    pub authority: String,
    /// The day on which the title was obtained, that of the meeting: seniority counts from it.
    pub obtained_on: NaiveDate,
    /// The day on which it was issued.
    pub issued_on: NaiveDate,
    /// Where the title holds.
    pub scope: String,
    /// From when it holds no longer; null while it is valid.
    pub revoked_on: Option<NaiveDate>,
    /// By which clause it was revoked.
    pub revoked_clause: Option<String>,
}

impl Resource for CertificateCheck {}

impl From<Checked> for CertificateCheck {
    fn from(checked: Checked) -> Self {
        let Checked { certificate: row, revocation, disputed } = checked;
        Self {
            status: match &revocation {
                _ if disputed => CertificateStatus::Disputed,
                Some(_) => CertificateStatus::Revoked,
                None => CertificateStatus::Valid,
            },
            holder_name_masked: mask_name(&row.holder_name),
            obtained_on: row.counts_from(),
            number: row.number,
            specialty: row.specialty_name,
            level: row.level,
            title: row.title,
            authority: row.authority,
            issued_on: row.issued_on,
            scope: row.scope,
            revoked_on: revocation.as_ref().map(|revocation| revocation.revoked_on),
            revoked_clause: revocation.map(|revocation| revocation.clause),
        }
    }
}

/// The meeting of an application, as its applicant sees it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ResultMeeting {
    /// Name.
    pub name: String,
    /// When it is held.
    pub scheduled_at: Instant,
    /// Where.
    pub place: String,
    /// When it was closed; null before.
    pub closed_at: Option<Instant>,
}

/// What an application came to. How anybody voted is not told.
#[derive(Debug, Serialize, ToSchema)]
pub struct ApplicationResult {
    /// Which application.
    pub application_id: ApplicationId,
    /// Where it stands.
    pub stage: Stage,
    /// The meeting it came before; null before one.
    pub meeting: Option<ResultMeeting>,
    /// Whether the meeting passed it; null before that, and until the caps of the cycle are settled (4.8).
    pub passed: Option<bool>,
    /// Why.
    pub reason: Option<RulingReason>,
    /// The reason in words.
    pub reason_words: Option<Bilingual>,
    /// The arithmetic of the cap, where its level has one (4.8).
    pub cap: Option<CapArithmetic>,
    /// That arithmetic in words: `reviewed 4, cap 75 % -> 3 places`.
    pub cap_words: Option<Bilingual>,
    /// Number of its certificate.
    pub certificate_number: Option<String>,
    /// Whether that holds.
    pub certificate_status: Option<CertificateStatus>,
    /// Version of the application; the ETag.
    pub version: i64,
}

impl Resource for ApplicationResult {
    const VERSIONED: bool = true;
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
}

fn result_view(cx: &mut Cx<'_>, id: ApplicationId) -> Result<ApplicationResult, Error> {
    let found = service::find_result(cx, id)?;
    let (meeting, ruling) = match found.candidacy {
        Some((meeting, candidate)) => (Some(meeting), candidate.ruling.map(|Json(ruling)| ruling)),
        None => (None, None),
    };
    let cap = ruling.as_ref().and_then(|ruling| ruling.cap);
    let certificate = found.certificate.map(CertificateCheck::from);
    Ok(ApplicationResult {
        application_id: found.row.id,
        stage: found.row.stage,
        meeting: meeting.map(|meeting| ResultMeeting {
            name: meeting.name,
            scheduled_at: meeting.scheduled_at,
            place: meeting.place,
            closed_at: meeting.closed_at,
        }),
        passed: ruling.as_ref().and_then(crate::meetings::model::Ruling::passed),
        reason: ruling.as_ref().map(|ruling| ruling.reason),
        reason_words: ruling.as_ref().map(|ruling| Bilingual::new(ruling.reason.zh(), ruling.reason.en())),
        cap,
        cap_words: cap.map(CapArithmetic::words),
        certificate_status: certificate.as_ref().map(|certificate| certificate.status),
        certificate_number: certificate.map(|certificate| certificate.number),
        version: found.row.version,
    })
}

/// 会议公示 / Publicise the results of a meeting
///
/// Those whom the closed meeting passed and who are not public yet (2.4, R7). Everybody can read the publicity from its first day on.
#[utoipa::path(post, path = "/v1/meetings/{meeting_id}/publicity", tag = "results", extensions(("x-problems" = json!(["conflict", "self_review"]))))]
pub async fn publicise_results(
    call: Allowed<perm::ResultManage>,
    id: Path<MeetingId>,
    if_match: IfMatch,
    body: Body<ResultPublicityCreate>,
) -> Outcome<Answer<ResultPublicity>> {
    expire_due(&call).await?;
    let from = body.value.from_date;
    call.write(move |cx| {
        let rows = service::publicise(cx, id.0, if_match.version(), from)?;
        let items =
            rows.into_iter().map(|row| PublicisedApplication { application_id: row.id, stage: row.stage, version: row.version });
        Ok::<_, Error>(ResultPublicity { meeting_id: id.0, from_date: from, items: items.collect() })
    })
    .await
    .map(Into::into)
}

/// 确认结果 / Confirm a result
///
/// After its publicity has run without an open or upheld objection (R7). The certificate is issued with it.
#[utoipa::path(post, path = "/v1/applications/{application_id}/confirmation", tag = "results",
    extensions(("x-problems" = json!(["stage_conflict", "publicity_incomplete", "objection_open", "objection_upheld", "posting_missing", "self_review"]))))]
pub async fn confirm_result(
    call: RecentlyAuthenticated<perm::ResultManage>,
    id: Path<ApplicationId>,
    if_match: IfMatch,
) -> Outcome<Answer<Application>> {
    expire_due(&call).await?;
    call.write(move |cx| {
        let row = service::confirm(cx, id.0, if_match.version())?;
        Ok::<_, Error>(application_view(cx, row)?)
    })
    .await
    .map(Into::into)
}

/// 评审结果 / Read the result of an application
///
/// For its applicant, and for whoever else may read it.
#[utoipa::path(get, path = "/v1/applications/{application_id}/result", tag = "results")]
pub async fn get_result(call: Allowed<perm::ApplicationRead>, id: Path<ApplicationId>) -> Outcome<Answer<ApplicationResult>> {
    expire_due(&call).await?;
    call.read(move |cx| result_view(cx, id.0)).await.map(Into::into)
}

/// 证书查验 / Check a certificate
///
/// For anybody. A revoked certificate stays to be found, as revoked (R10). One that differs from the audit log is disputed.
#[utoipa::path(get, path = "/v1/certificates/{number}", tag = "results")]
pub async fn check_certificate(call: Public, number: Path<String>) -> Outcome<Published<CertificateCheck, 60>> {
    call.read(move |cx| service::check_certificate(cx, &number.0).map(CertificateCheck::from)).await.map(Into::into)
}

/// Adds the operations of this module.
pub fn routes(list: &mut Routes) {
    routes!(list; publicise_results, confirm_result, get_result, check_certificate);
}
