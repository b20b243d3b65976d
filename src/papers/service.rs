//! Use cases: which forms can be printed, one of them, a blank one, and what a print is worth now.

use super::code::{PrintCode, digest, grouped};
use super::compose::{self, Printed, Source};
use super::error::Error;
use super::model::{FormKind, FormObstacle};
use crate::accounts;
use crate::applications::{self, ApplicationRow};
use crate::context::Cx;
use crate::cycles::service as cycles;
use crate::records::{certificates, originals, publicity};
use title_review_core::cycles::definition::StepPlace;
use title_review_core::identity_numbers::mask_id_number;
use title_review_core::ids::{AccountId, ApplicationId};
use title_review_papers::Paper;

/// The forms of an application, each with what stands against printing it now.
pub(super) struct Listed {
    pub row: ApplicationRow,
    pub forms: Vec<(FormKind, String, Option<FormObstacle>)>,
}

/// What is on record of the application.
fn source(cx: &mut Cx<'_>, row: ApplicationRow) -> Result<Source, Error> {
    let cycle = cycles::find_version(cx, &row.cycle_id, row.cycle_version)?;
    let profile = applications::service::profile_of(cx.conn, row.id)?;
    let account = accounts::find_account(cx, row.applicant_id)?;
    let number = accounts::id_number_of(cx, &account)?;
    let employer = match row.employer_id {
        Some(id) => accounts::find_organisation(cx, id)?.name,
        None => String::new(),
    };
    let chain = cycle.definition.track(&row.track).map_or(&[][..], |track| &track.chain);
    let of_employer = match chain.iter().find(|step| step.place == StepPlace::Employer) {
        Some(step) => publicity::standing(cx.conn, row.id, Some(step.id))?.map(|found| found.current),
        None => None,
    };
    let certificate = certificates::valid_of(cx.conn, row.id)?;
    Ok(Source {
        corrections: applications::service::list_last_corrections(cx, row.id)?,
        received: originals::received(cx.conn, row.id)?,
        publicity: of_employer,
        name: account.name,
        id_number: number.as_deref().map(mask_id_number).unwrap_or_default(),
        row,
        cycle,
        profile,
        employer,
        certificate,
    })
}

/// The forms of an application, for whoever may read it.
pub(super) fn list(cx: &mut Cx<'_>, id: ApplicationId) -> Result<Listed, Error> {
    let row = applications::service::find(cx, id)?;
    let source = source(cx, row)?;
    let forms = FormKind::ALL.iter().map(|form| (*form, compose::title(&source, *form), compose::obstacle(&source, *form)));
    let forms = forms.collect();
    Ok(Listed { row: source.row, forms })
}

/// A form of an application, for whoever may read it, and whose it is.
pub(super) fn print(cx: &mut Cx<'_>, id: ApplicationId, form: FormKind) -> Result<(AccountId, Paper), Error> {
    let row = applications::service::find(cx, id)?;
    let mut source = source(cx, row)?;
    let printed = compose::compose(&source, form)?;
    let said = digest(&printed.paper());
    let code = PrintCode { form, application: source.row.id, digest: said.clone() };
    let link = code.sealed(&cx.app.keys).map(|code| format!("{}/v1/prints/{code}", cx.app.config.server.base_url()));
    // One's own number stands on one's own prints in full: the digest is of what everybody is printed.
    let own = cx.principal.account == Some(source.row.applicant_id);
    let printed = if own && matches!(form, FormKind::ReviewForm | FormKind::StudyExemption) {
        let account = accounts::find_account(cx, source.row.applicant_id)?;
        source.id_number = accounts::id_number_of(cx, &account)?.unwrap_or_default();
        compose::compose(&source, form)?
    } else {
        printed
    };
    let authority = &source.cycle.definition.authority.name;
    let mut paper = printed.paper();
    paper.edge.foot = format!("校验码 {}", grouped(&said));
    paper.edge.qr = link.unwrap_or_default();
    "扫码查验".clone_into(&mut paper.edge.qr_words);
    if form != FormKind::ReviewForm || source.cycle.definition.review_form.watermark {
        paper.edge.watermark = format!("{authority} {}", &said.to_ascii_uppercase()[..8]);
    }
    Ok((source.row.applicant_id, paper))
}

/// A blank form of a cycle, for anybody.
pub(super) fn print_blank(cx: &mut Cx<'_>, cycle: &str, form: FormKind) -> Result<Paper, Error> {
    let cycle = cycles::find_published(cx, cycle)?.ok_or(Error::NotFound)?;
    compose::blank(&cycle.definition, form).map(|printed| printed.paper())
}

/// What a print is worth.
pub(super) struct PrintFound {
    pub form: FormKind,
    pub title: String,
    pub cycle_id: String,
    pub digest: String,
    /// The system would print the same now.
    pub current: bool,
}

/// Whether a print is what the system holds now; none for a code that it did not make.
pub(super) fn check(cx: &mut Cx<'_>, text: &str) -> Result<Option<PrintFound>, Error> {
    let Some(code) = PrintCode::open(&cx.app.keys, text) else { return Ok(None) };
    let row = match applications::service::find_any(cx, code.application) {
        Ok(row) => row,
        Err(applications::Error::NotFound) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let source = source(cx, row)?;
    let now = compose::compose(&source, code.form).map(|printed: Printed| digest(&printed.paper()));
    let current = match now {
        Ok(now) => now == code.digest,
        Err(Error::Obstacle(_)) => false,
        Err(error) => return Err(error),
    };
    Ok(Some(PrintFound {
        form: code.form,
        title: compose::title(&source, code.form),
        cycle_id: source.row.cycle_id,
        digest: grouped(&code.digest),
        current,
    }))
}
