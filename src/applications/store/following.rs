//! Drafts that follow their cycle, and what older programs did not take over.

use crate::db::schema::applications;
use crate::db::{Conn, Error, ExecuteProven as _, Json};
use diesel::prelude::*;
use title_review_core::checks::EmployerFacts;
use title_review_core::ids::OrganisationId;
use title_review_core::vocabulary::Stage;

/// Drafts of a cycle that were never submitted, under another version than this one, follow it. Gives how many.
pub fn set_version_of_drafts(conn: &mut Conn, cycle_id: &str, version: i32) -> Result<usize, Error> {
    let behind = applications::table
        .filter(applications::cycle_id.eq(cycle_id))
        .filter(applications::stage.eq(Stage::Draft))
        .filter(applications::submitted_at.is_null())
        .filter(applications::cycle_version.ne(version));
    diesel::update(behind).set(applications::cycle_version.eq(version)).execute_proven(conn)
}

/// Employers of applications that were submitted before facts of employers were taken over.
pub fn list_employers_not_taken_over(conn: &mut Conn) -> Result<Vec<OrganisationId>, Error> {
    let employers: Vec<Option<OrganisationId>> = applications::table
        .filter(applications::submitted_at.is_not_null())
        .filter(applications::employer_id.is_not_null())
        .filter(applications::employer_facts.is_null())
        .select(applications::employer_id)
        .distinct()
        .load(conn)?;
    Ok(employers.into_iter().flatten().collect())
}

/// Takes the facts of an employer over for those of its applications that have none.
pub fn set_employer_facts(conn: &mut Conn, employer: OrganisationId, facts: EmployerFacts) -> Result<usize, Error> {
    let without = applications::table
        .filter(applications::employer_id.eq(employer))
        .filter(applications::submitted_at.is_not_null())
        .filter(applications::employer_facts.is_null());
    diesel::update(without).set(applications::employer_facts.eq(Some(Json(facts)))).execute_proven(conn)
}
