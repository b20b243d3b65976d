//! What narrows a list of applications, and which index leads to its rows in the order of the page.
//!
//! A list is asked for by whose rows one reaches and by filters: each is a [`Term`]. Of the terms that an index covers one set leads; the others are
//! looked at on the way, in the index itself. Which index is chosen here, not by SQLite, which keeps no statistics and would guess.

use super::turn::RegionalKinds;
use crate::db::MultiBackend;
use crate::db::schema::applications;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Nullable};
use title_review_core::ids::{AccountId, OrganisationId};
use title_review_core::open_terms::ChainStepId;
use title_review_core::vocabulary::{Level, OrganisationKind, Stage};

/// A condition on applications.
pub type Condition = Box<dyn BoxableExpression<applications::table, MultiBackend, SqlType = Nullable<Bool>>>;

/// One thing that has to be so of an application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Term {
    /// This person's.
    Applicant(AccountId),
    /// Of this employer.
    Employer(OrganisationId),
    /// Below this department.
    Department(OrganisationId),
    /// Of this committee.
    Committee(OrganisationId),
    /// Of this county.
    County(String),
    /// Of this prefecture.
    Prefecture(String),
    /// Of this autonomous region.
    AutonomousRegion(String),
    /// Of this cycle.
    Cycle(String),
    /// In this stage.
    Stage(Stage),
    /// At this step of the chain.
    Step(ChainStepId),
    /// It is the turn of this organisation, or of this kind of organisation in a region (`turn.rs`).
    Turn(String),
    /// Of this track.
    Track(String),
    /// Of this specialty.
    Specialty(String),
    /// Of this level.
    Level(Level),
    /// Organisations of this kind review it for their region.
    ReviewedBy(OrganisationKind),
    /// The end of the window for formal review found it undecided.
    Undecided,
    /// Submitted at least once: a draft is its applicant's alone.
    Submitted,
}

/// What a term is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum About {
    Applicant,
    Employer,
    Department,
    Committee,
    County,
    Prefecture,
    AutonomousRegion,
    Cycle,
    Stage,
    Step,
    Turn,
    Track,
    Specialty,
    Level,
    ReviewedBy,
    Undecided,
    Submitted,
}

/// The indexes of the lists, each ending with the id, the best first. All but the first hold submitted applications alone (migrations `applications`).
const INDEXES: &[&[About]] = &[
    &[About::Applicant],
    &[About::Undecided],
    &[About::Turn],
    &[About::Step],
    &[About::Employer],
    &[About::Department],
    &[About::Stage, About::Specialty],
    &[About::Stage, About::Level],
    &[About::Stage, About::Committee],
    &[About::Stage],
    &[About::County],
    &[About::Specialty],
    &[About::Level],
    &[About::Track],
    &[About::Cycle],
    &[About::Committee],
    &[About::Prefecture],
    &[About::Submitted],
];

impl Term {
    const fn about(&self) -> About {
        match self {
            Self::Applicant(_) => About::Applicant,
            Self::Employer(_) => About::Employer,
            Self::Department(_) => About::Department,
            Self::Committee(_) => About::Committee,
            Self::County(_) => About::County,
            Self::Prefecture(_) => About::Prefecture,
            Self::AutonomousRegion(_) => About::AutonomousRegion,
            Self::Cycle(_) => About::Cycle,
            Self::Stage(_) => About::Stage,
            Self::Step(_) => About::Step,
            Self::Turn(_) => About::Turn,
            Self::Track(_) => About::Track,
            Self::Specialty(_) => About::Specialty,
            Self::Level(_) => About::Level,
            Self::ReviewedBy(_) => About::ReviewedBy,
            Self::Undecided => About::Undecided,
            Self::Submitted => About::Submitted,
        }
    }

    /// The term as a condition that an index may lead by.
    #[must_use]
    pub fn condition(&self) -> Condition {
        self.as_condition(true)
    }

    /// `leads`: as an equality. Otherwise as the negation of an inequality, which means the same and for which SQLite takes no index.
    fn as_condition(&self, leads: bool) -> Condition {
        macro_rules! equal {
            ($column:ident, $value:expr) => {
                if leads {
                    Box::new(applications::$column.eq($value).nullable())
                } else {
                    Box::new(diesel::dsl::not(applications::$column.ne($value)).nullable())
                }
            };
        }
        match self {
            Self::Applicant(id) => equal!(applicant_id, *id),
            Self::Employer(id) => equal!(employer_id, *id),
            Self::Department(id) => equal!(department_id, *id),
            Self::Committee(id) => equal!(committee_id, *id),
            Self::County(code) => equal!(county, code.clone()),
            Self::Prefecture(code) => equal!(prefecture, code.clone()),
            Self::AutonomousRegion(code) => {
                Box::new(applications::prefecture.like(format!("{}%", code.get(..2).unwrap_or_default())))
            }
            Self::Cycle(id) => equal!(cycle_id, id.clone()),
            Self::Stage(stage) => equal!(stage, *stage),
            Self::Step(id) => equal!(step, *id),
            Self::Turn(text) => equal!(turn, text.clone()),
            Self::Track(id) => equal!(track, id.clone()),
            Self::Specialty(id) => equal!(specialty, id.clone()),
            Self::Level(level) => equal!(level, *level),
            Self::ReviewedBy(kind) => {
                Box::new(applications::regional_kinds.like(RegionalKinds::pattern(*kind)).escape('\\').nullable())
            }
            Self::Undecided => Box::new(applications::undecided_at.is_not_null().nullable()),
            Self::Submitted => Box::new(applications::submitted_at.is_not_null().nullable()),
        }
    }
}

/// Terms that all hold, divided by the index that leads.
pub struct Narrowed {
    leading: Vec<Term>,
    residual_filters: Vec<Term>,
}

impl Narrowed {
    /// Divides the terms; `None` where two of them exclude each other.
    #[must_use]
    pub fn by(terms: impl IntoIterator<Item = Term>) -> Option<Self> {
        let mut kept: Vec<Term> = Vec::new();
        for term in terms {
            match kept.iter().find(|other| other.about() == term.about()) {
                Some(same) if *same == term => {}
                Some(_) => return None,
                None => kept.push(term),
            }
        }
        let has = |about: &About| kept.iter().any(|term| term.about() == *about);
        let index = INDEXES.iter().find(|index| index.iter().all(has)).copied().unwrap_or_default();
        // That a row was submitted is part of the index, so it leads with whatever else does.
        let leads = |term: &Term| index.contains(&term.about()) || term.about() == About::Submitted;
        let (leading, residual_filters) = kept.into_iter().partition(leads);
        Some(Self { leading, residual_filters })
    }

    /// Whether every row to which the index leads belongs to the list.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.residual_filters.is_empty()
    }

    /// What the index leads by.
    pub fn leading(&self) -> impl Iterator<Item = Condition> {
        self.leading.iter().map(Term::condition)
    }

    /// What is looked at on the way.
    pub fn residual_filters(&self) -> impl Iterator<Item = Condition> {
        self.residual_filters.iter().map(|term| term.as_condition(false))
    }
}

/// All of the terms in one condition; `None` where there are none.
#[must_use]
pub fn all_of(terms: &[Term]) -> Option<Condition> {
    terms.iter().map(Term::condition).reduce(|a, b| Box::new(a.and(b)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn divided(terms: &[Term]) -> Option<(Vec<About>, Vec<About>)> {
        let abouts = |terms: &[Term]| terms.iter().map(Term::about).collect();
        Narrowed::by(terms.iter().cloned()).map(|found| (abouts(&found.leading), abouts(&found.residual_filters)))
    }

    #[test]
    fn index_with_most_terms_is_used_and_other_terms_filter() {
        let county = Term::County("652901".to_owned());
        let track = Term::Track("directed".to_owned());
        assert_eq!(
            divided(&[track.clone(), county.clone(), Term::Submitted]),
            Some((vec![About::County, About::Submitted], vec![About::Track]))
        );
        assert_eq!(
            divided(&[Term::Stage(Stage::Accepted), Term::Level(Level::Entry), Term::Submitted]),
            Some((vec![About::Stage, About::Level, About::Submitted], vec![]))
        );
        assert_eq!(divided(&[Term::Submitted]), Some((vec![About::Submitted], vec![])));
        assert_eq!(divided(&[county.clone(), county.clone()]), Some((vec![About::County], vec![])));
        assert_eq!(divided(&[county, Term::County("652902".to_owned())]), None);
    }
}
