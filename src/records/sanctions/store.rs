//! Queries on sanctions and fraud decisions.

use super::rows::{FraudRow, SanctionRow};
use crate::db::schema::{fraud_decisions, sanctions};
use crate::db::{Conn, Error, ExecuteProven as _};
use diesel::prelude::*;
use title_review_core::ids::{AccountId, ApplicationId, OrganisationId, SanctionId};

pub fn insert_sanction(conn: &mut Conn, row: &SanctionRow) -> Result<(), Error> {
    diesel::insert_into(sanctions::table)
        .values((
            sanctions::id.eq(row.id),
            sanctions::kind.eq(row.kind),
            sanctions::account_id.eq(row.account_id),
            sanctions::organisation_id.eq(row.organisation_id),
            sanctions::ground.eq(&row.ground),
            sanctions::reason.eq(&row.reason),
            sanctions::from_day.eq(row.from_day),
            sanctions::until_day.eq(row.until_day),
            sanctions::first_year.eq(row.first_year),
            sanctions::last_year.eq(row.last_year),
            sanctions::application_id.eq(row.application_id),
            sanctions::committee_id.eq(row.committee_id),
            sanctions::recorded_by.eq(row.recorded_by),
            sanctions::recorded_at.eq(row.recorded_at),
        ))
        .execute_proven(conn)?;
    Ok(())
}

/// Everything on record against a person.
pub fn list_of_account(conn: &mut Conn, account: AccountId) -> Result<Vec<SanctionRow>, Error> {
    Ok(sanctions::table.filter(sanctions::account_id.eq(account)).order(sanctions::id).select(sanctions::all_columns).load(conn)?)
}

/// Which sanctions a list shows.
#[derive(Debug, Default)]
pub struct Filter {
    /// Recorded by these committees.
    pub committees: Option<Vec<OrganisationId>>,
    /// Against this person.
    pub account: Option<AccountId>,
    /// Against this organisation.
    pub organisation: Option<OrganisationId>,
}

/// A page, newest first.
pub fn list_sanctions(conn: &mut Conn, filter: &Filter, before: Option<SanctionId>, limit: i64) -> Result<Vec<SanctionRow>, Error> {
    let mut query = sanctions::table.select(sanctions::all_columns).order(sanctions::id.desc()).limit(limit).into_boxed();
    if let Some(committees) = &filter.committees {
        let committees: Vec<Option<OrganisationId>> = committees.iter().copied().map(Some).collect();
        query = query.filter(sanctions::committee_id.eq_any(committees));
    }
    if let Some(account) = filter.account {
        query = query.filter(sanctions::account_id.eq(account));
    }
    if let Some(organisation) = filter.organisation {
        query = query.filter(sanctions::organisation_id.eq(organisation));
    }
    if let Some(before) = before {
        query = query.filter(sanctions::id.lt(before));
    }
    Ok(query.load(conn)?)
}

pub fn insert_fraud(conn: &mut Conn, row: &FraudRow) -> Result<(), Error> {
    diesel::insert_into(fraud_decisions::table)
        .values((
            fraud_decisions::application_id.eq(row.application_id),
            fraud_decisions::finding.eq(&row.finding),
            fraud_decisions::reason.eq(&row.reason),
            fraud_decisions::decided_by.eq(row.decided_by),
            fraud_decisions::decided_at.eq(row.decided_at),
        ))
        .execute_proven(conn)?;
    Ok(())
}

pub fn find_fraud(conn: &mut Conn, application: ApplicationId) -> Result<Option<FraudRow>, Error> {
    Ok(fraud_decisions::table
        .filter(fraud_decisions::application_id.eq(application))
        .select(fraud_decisions::all_columns)
        .first(conn)
        .optional()?)
}
