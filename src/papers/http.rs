//! Printed forms over HTTP.

use super::error::Error;
use super::model::{FormKind, FormObstacle, Printer};
use super::service;
use crate::applications::http::expire_due;
use crate::authz::perm;
use crate::context::App;
use crate::disclosures::http::log_disclosure;
use crate::disclosures::{View, ViewKind};
use crate::http::{Allowed, Answer, Download, Outcome, Path, Public, RangeRequest, Resource, Routes, Wanted, routes};
use crate::keys::sha256_hex;
use crate::problem::{Code, Problem};
use actix_web::web::Bytes;
use futures_util::StreamExt as _;
use serde::Serialize;
use title_review_core::checks::Bilingual;
use title_review_core::ids::ApplicationId;
use title_review_core::vocabulary::wire_enum;
use title_review_papers::Paper;
use utoipa::ToSchema;

/// Why a form cannot be printed now.
#[derive(Debug, Serialize, ToSchema)]
pub struct FormRefusal {
    /// The reason.
    pub code: FormObstacle,
    /// In words.
    pub words: Bilingual,
}

/// A form of an application.
#[derive(Debug, Serialize, ToSchema)]
pub struct FormState {
    /// Which form.
    pub form: FormKind,
    /// Its title.
    #[schema(example = "专业技术职务任职资格评审表")]
    pub title: String,
    /// It can be printed now.
    pub printable: bool,
    /// Why not; null if it can.
    pub obstacle: Option<FormRefusal>,
}

/// The forms of an application.
#[derive(Debug, Serialize, ToSchema)]
pub struct FormList {
    /// Every form that there is.
    pub items: Vec<FormState>,
    /// Version of the application; the ETag.
    pub version: i64,
}

impl Resource for FormList {
    const VERSIONED: bool = true;
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
}

wire_enum! {
    /// What a print is worth now.
    PrintStatus {
        Current = "current", "与系统所存一致", "the system holds the same";
        Superseded = "superseded", "内容已变更，须重新打印", "the system holds something else now: print it again";
    }
}

/// What a print is worth. Nothing of the person is told: who holds the paper compares its code.
#[derive(Debug, Serialize, ToSchema)]
pub struct PrintCheck {
    /// What it is worth.
    pub status: PrintStatus,
    /// In words.
    pub words: Bilingual,
    /// Which form.
    pub form: FormKind,
    /// Its title.
    pub title: String,
    /// Of which cycle.
    #[schema(example = "aksu-2024")]
    pub cycle_id: String,
    /// The code at the foot of the print's pages.
    #[schema(example = "0123 4567 89AB CDEF")]
    pub digest: String,
}

impl Resource for PrintCheck {}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Code::NotFound.into(),
            Error::Obstacle(obstacle) => Self::new(Code::Conflict).detail(obstacle.zh(), obstacle.en()).state(obstacle),
            Error::Unprintable(characters) => {
                let named: Vec<String> = characters.iter().map(|c| format!("“{c}”(U+{:04X})", u32::from(*c))).collect();
                let named = named.join(" ");
                Self::new(Code::InvalidField).detail(format!("字库中没有 {named}，无法打印"), format!("no font has {named}"))
            }
            Error::Pdf(_) => Self::internal(&error),
            Error::Application(error) => error.into(),
            Error::Accounts(error) => error.into(),
            Error::Db(error) => error.into(),
        }
    }
}

/// The paper's bytes, made where they keep nobody waiting.
async fn rendered(app: &App, paper: Paper) -> Result<Vec<u8>, Error> {
    let app = app.clone();
    let printed = tokio::task::spawn_blocking(move || title_review_papers::print(&paper, &app.state::<Printer>().0)).await;
    match printed {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(title_review_papers::Error::Unprintable(characters))) => Err(Error::Unprintable(characters)),
        Ok(Err(error)) => Err(Error::Pdf(error.to_string())),
        Err(error) => Err(Error::Pdf(error.to_string())),
    }
}

/// What the client asked for of the bytes.
fn download(range: &RangeRequest, name: &str, bytes: Vec<u8>) -> Result<Download, Problem> {
    let tag = format!("\"{}\"", sha256_hex(&bytes));
    let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let wanted = range.of(&tag, size)?;
    let bytes = Bytes::from(bytes);
    let sent = match &wanted {
        Wanted::Nothing => Bytes::new(),
        Wanted::Whole => bytes,
        Wanted::Part(part) => {
            let at = |place: u64| usize::try_from(place).unwrap_or(usize::MAX).min(bytes.len());
            bytes.slice(at(part.start)..at(part.end))
        }
    };
    let stream = futures_util::stream::iter([Ok(sent)]).boxed();
    Ok(Download { tag, media_type: "application/pdf".to_owned(), file_name: format!("{name}.pdf"), size, wanted, bytes: stream })
}

/// 可打印的表格 / List the forms of an application
///
/// Every form, with what stands against printing it now.
#[utoipa::path(get, path = "/v1/applications/{application_id}/forms", tag = "applications")]
pub async fn list_forms(call: Allowed<perm::ApplicationRead>, id: Path<ApplicationId>) -> Outcome<Answer<FormList>> {
    expire_due(&call).await?;
    call.read(move |cx| {
        let listed = service::list(cx, id.0)?;
        let items = listed.forms.into_iter().map(|(form, title, obstacle)| FormState {
            form,
            title,
            printable: obstacle.is_none(),
            obstacle: obstacle.map(|code| FormRefusal { code, words: Bilingual::new(code.zh(), code.en()) }),
        });
        Ok::<_, Error>(FormList { items: items.collect(), version: listed.row.version })
    })
    .await
    .map(Into::into)
}

/// 打印表格 / Print a form
///
/// A PDF (A4). The review form has its copies in one file, for printing on both sides. The same content has the same bytes. The resident ID is masked in its
/// middle digits but on the applicant's own review form and study exemption. Read by anybody but the applicant it is on record, as a look at the
/// applicant's data.
#[utoipa::path(get, path = "/v1/applications/{application_id}/forms/{form}", tag = "applications",
    extensions(("x-problems" = json!(["conflict", "invalid_field"]))))]
pub async fn print_form(
    call: Allowed<perm::ApplicationRead>,
    path: Path<(ApplicationId, FormKind)>,
    range: RangeRequest,
) -> Outcome<Download> {
    expire_due(&call).await?;
    let (id, form) = path.0;
    let (applicant, paper) = call.read(move |cx| service::print(cx, id, form)).await?;
    let title = paper.title.replace('\n', "");
    let bytes = rendered(&call.app, paper).await?;
    let answer = download(&range, &title, bytes)?;
    if answer.wanted != Wanted::Nothing {
        log_disclosure(&call, applicant, View::of(ViewKind::Dossier, Some(id))).await?;
    }
    Ok(answer)
}

/// 空白表格 / Print a blank form
///
/// An annex of the notice without anybody's data: `study_exemption`, `commitment`, `employer_publicity`, `recommendation`, where the notice has its text.
#[utoipa::path(get, path = "/v1/cycles/{cycle}/forms/{form}", tag = "cycles", extensions(("x-problems" = json!(["invalid_field"]))))]
pub async fn print_blank_form(call: Public, path: Path<(String, FormKind)>, range: RangeRequest) -> Outcome<Download> {
    let (cycle, form) = path.0;
    let paper = call.read(move |cx| service::print_blank(cx, &cycle, form)).await?;
    let title = paper.title.replace('\n', "");
    let bytes = rendered(&call.app, paper).await?;
    download(&range, &title, bytes)
}

/// 查验打印件 / Check a print
///
/// By the code in the QR code of a print. A code that this server did not make, or whose application is gone, is not found.
#[utoipa::path(get, path = "/v1/prints/{code}", tag = "results")]
pub async fn check_print(call: Public, code: Path<String>) -> Outcome<Answer<PrintCheck>> {
    let found = call.read(move |cx| service::check(cx, &code.0)).await?;
    let found = found.ok_or(Error::NotFound)?;
    let status = if found.current { PrintStatus::Current } else { PrintStatus::Superseded };
    let check = PrintCheck {
        status,
        words: Bilingual::new(status.zh(), status.en()),
        form: found.form,
        title: found.title,
        cycle_id: found.cycle_id,
        digest: found.digest,
    };
    Ok(check.into())
}

/// Adds the operations of this module.
pub fn routes(list: &mut Routes) {
    list.require::<Printer>();
    routes!(list; list_forms, print_form, print_blank_form, check_print);
}
