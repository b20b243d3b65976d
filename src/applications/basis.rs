//! What the rules are asked about: the dossier, the evidence, the person. Each part is read when it is first needed, and kept while it holds.

use super::error::Error;
use super::record::{ApplicationRow, Dossier};
use super::store;
use crate::accounts;
use crate::context::{Cx, Kept, Part};
use crate::cycles::service::Cycle;
use crate::db;
use crate::records::person::{self, OnRecord};
use crate::records::{defences, evidence};
use std::sync::Arc;
use title_review_core::checks::{DefenceState, EvidenceItem, IssuedTitle, RecordedBar, RegisteredStudy};
use title_review_core::identity_numbers::{ResidentId, parse_resident_id};
use title_review_core::ids::{AccountId, ApplicationId};
use title_review_core::profiles::model::Sanction;

/// The documents of a dossier, and where its defence stands.
#[derive(Debug)]
pub struct Evidence {
    /// The documents.
    pub items: Vec<EvidenceItem>,
    /// Where the defence stands; `Open` where the level asks for none.
    pub defence: DefenceState,
}

/// What is known of the applicant beside the dossier.
#[derive(Debug, Clone)]
pub struct PersonFacts {
    /// Name of the account.
    pub name: String,
    /// What the resident ID says; none where it cannot be read.
    pub resident: Option<ResidentId>,
    /// Disciplinary sanctions (1.1c).
    pub sanctions: Vec<Sanction>,
    /// Bars, delays and bans (1.1d, A3).
    pub bars: Vec<RecordedBar>,
    /// What the registry holds of their continuing education (4.2.4b).
    pub study: Vec<RegisteredStudy>,
    /// Titles that this system issued, each with its application.
    pub titles: Vec<(ApplicationId, IssuedTitle)>,
    /// The applications that take a place of the person's year (4.1d).
    pub applications: Vec<LiveApplication>,
}

impl PersonFacts {
    /// Titles that this system issued, but the one of this application.
    #[must_use]
    pub fn titles_beside(&self, application: ApplicationId) -> Vec<IssuedTitle> {
        self.titles.iter().filter(|(id, _)| *id != application).map(|(_, title)| title.clone()).collect()
    }
}

/// An application that takes the place of its person and year.
#[derive(Debug, Clone)]
pub struct LiveApplication {
    /// Its id.
    pub id: ApplicationId,
    /// Its track.
    pub track: String,
    /// Year of its cycle.
    pub year: i32,
    /// It was submitted at least once.
    pub submitted: bool,
}

/// The parts that this server has read.
#[derive(Debug)]
pub struct Bases {
    dossiers: Kept<ApplicationId, Arc<Dossier>>,
    evidence: Kept<ApplicationId, Arc<Evidence>>,
    people: Kept<AccountId, Arc<PersonFacts>>,
}

impl Default for Bases {
    fn default() -> Self {
        Self { dossiers: Kept::at_most(500), evidence: Kept::at_most(500), people: Kept::at_most(500) }
    }
}

/// The parts that one use case has read so far.
#[derive(Debug, Clone, Default)]
pub struct Basis {
    dossier: Option<Arc<Dossier>>,
    evidence: Option<Arc<Evidence>>,
    person: Option<Arc<PersonFacts>>,
}

impl Basis {
    /// Of a new application: its dossier is known, and there is no evidence yet.
    #[must_use]
    pub fn of_new(dossier: Dossier, person: Arc<PersonFacts>) -> Self {
        let evidence = Evidence { items: Vec::new(), defence: DefenceState::Open };
        Self { dossier: Some(Arc::new(dossier)), evidence: Some(Arc::new(evidence)), person: Some(person) }
    }

    /// With another dossier: the one that an edit has just written.
    #[must_use]
    pub fn with_dossier(self, dossier: Dossier) -> Self {
        Self { dossier: Some(Arc::new(dossier)), ..self }
    }

    /// The dossier.
    pub fn dossier(&mut self, cx: &mut Cx<'_>, id: ApplicationId) -> Result<Arc<Dossier>, db::Error> {
        if let Some(dossier) = &self.dossier {
            return Ok(Arc::clone(dossier));
        }
        let kept = &cx.app.state::<Bases>().dossiers;
        let dossier = kept.get(cx, id, &[Part::Dossier(id)], |cx| store::find_dossier(cx.conn, id).map(Arc::new))?;
        Ok(Arc::clone(self.dossier.insert(dossier)))
    }

    /// The documents and the defence.
    pub fn evidence(&mut self, cx: &mut Cx<'_>, row: &ApplicationRow, cycle: &Cycle) -> Result<Arc<Evidence>, db::Error> {
        if let Some(evidence) = &self.evidence {
            return Ok(Arc::clone(evidence));
        }
        let kept = &cx.app.state::<Bases>().evidence;
        let defended = cycle.definition.defence_required(row.level);
        let found = kept.get(cx, row.id, &[Part::Evidence(row.id)], |cx| {
            let items = evidence::evidence_of(cx.conn, row.id)?;
            let defence = if defended { defences::state(cx.conn, row.id)? } else { DefenceState::Open };
            Ok::<_, db::Error>(Arc::new(Evidence { items, defence }))
        })?;
        Ok(Arc::clone(self.evidence.insert(found)))
    }

    /// What is known of the applicant.
    pub fn person(&mut self, cx: &mut Cx<'_>, id: AccountId) -> Result<Arc<PersonFacts>, Error> {
        if let Some(person) = &self.person {
            return Ok(Arc::clone(person));
        }
        Ok(Arc::clone(self.person.insert(person_facts(cx, id)?)))
    }

    /// Notes how an act has left the application among those of its person.
    pub fn note(&mut self, row: &ApplicationRow) {
        if let Some(person) = &mut self.person {
            let mut applications: Vec<LiveApplication> =
                person.applications.iter().filter(|other| other.id != row.id).cloned().collect();
            if row.live {
                let (id, track, submitted) = (row.id, row.track.clone(), row.submitted_at.is_some());
                applications.push(LiveApplication { id, track, year: row.year, submitted });
            }
            *person = Arc::new(PersonFacts { applications, ..PersonFacts::clone(person) });
        }
    }

    /// Keeps what this use case has read or written for the next one: once it is committed, where it is an act.
    pub fn keep(&self, cx: &mut Cx<'_>, row: &ApplicationRow) {
        let (id, applicant) = (row.id, row.applicant_id);
        let bases = cx.app.state::<Bases>();
        if let Some(dossier) = &self.dossier {
            bases.dossiers.keep(cx, id, &[Part::Dossier(id)], Arc::clone(dossier));
        }
        if let Some(evidence) = &self.evidence {
            bases.evidence.keep(cx, id, &[Part::Evidence(id)], Arc::clone(evidence));
        }
        if let Some(person) = &self.person {
            bases.people.keep(cx, applicant, &[Part::Person(applicant)], Arc::clone(person));
        }
    }
}

/// What is known of a person beside any dossier.
pub fn person_facts(cx: &mut Cx<'_>, id: AccountId) -> Result<Arc<PersonFacts>, Error> {
    let kept = &cx.app.state::<Bases>().people;
    kept.get(cx, id, &[Part::Person(id)], |cx| {
        let account = accounts::find_account(cx, id)?;
        let number = accounts::id_number_of(cx, &account)?;
        let OnRecord { sanctions, bars, study, titles } = person::on_record(cx.conn, id)?;
        Ok::<_, Error>(Arc::new(PersonFacts {
            name: account.name,
            resident: number.as_deref().and_then(|number| parse_resident_id(number).ok()),
            sanctions,
            bars,
            study,
            titles,
            applications: store::list_live(cx.conn, id)?,
        }))
    })
}
