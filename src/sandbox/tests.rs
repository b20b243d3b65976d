//! The demo of every cycle that comes with the product.

use super::seed::demos;
use std::collections::BTreeSet;
use title_review_core::identity_numbers::{check_credit_code, parse_resident_id};
use title_review_core::profiles::Context;
use title_review_core::vocabulary::Role;

#[test]
fn demo_logins_and_id_numbers_are_unique_and_valid() {
    let (mut logins, mut numbers) = (BTreeSet::new(), BTreeSet::new());
    for (_, demo) in demos().unwrap() {
        for seat in &demo.seats {
            check_credit_code(&seat.credit_code).unwrap();
            assert!(numbers.insert(seat.credit_code.clone()), "{seat:?}");
            for (login, _) in &seat.staff {
                assert!(logins.insert(login.clone()), "{login}");
            }
        }
        for applicant in &demo.applicants {
            parse_resident_id(&applicant.id_number).unwrap();
            assert!(numbers.insert(applicant.id_number.clone()) && logins.insert(applicant.login.clone()), "{applicant:?}");
        }
    }
}

#[test]
fn every_role_has_an_account() {
    let demos = demos().unwrap();
    let held: BTreeSet<Role> =
        demos.iter().flat_map(|(_, demo)| &demo.seats).flat_map(|seat| &seat.staff).map(|(_, role)| *role).collect();
    for role in Role::ALL {
        assert!(held.contains(role) || *role == Role::Applicant || role.is_administrator(), "{role}");
    }
}

#[test]
fn demo_data_has_reviewers_for_every_chain_and_county() {
    for (definition, demo) in demos().unwrap() {
        for step in definition.tracks.iter().flat_map(|track| &track.chain) {
            let held = demo.seats.iter().any(|seat| {
                step.organisations.contains(&seat.kind) && seat.staff.iter().any(|(_, role)| *role == step.place.role())
            });
            assert!(held, "{}: {}", definition.id, step.id);
        }
        for county in &definition.region.counties {
            assert!(demo.seats.iter().any(|seat| seat.region == county.code
                && seat.kind == title_review_core::vocabulary::OrganisationKind::CountyEmploymentService));
        }
    }
}

#[test]
fn demo_profiles_are_valid() {
    for (definition, demo) in demos().unwrap() {
        for applicant in &demo.applicants {
            let person = parse_resident_id(&applicant.id_number).unwrap();
            let employer = uuid::Uuid::from_u128(1).into();
            let profile = applicant.story.profile(&definition, person.sex, employer, definition.issued_on);
            let context = Context { today: definition.issued_on, resident_id: Some(person) };
            let findings = profile.validate_document(&context);
            assert!(findings.is_empty(), "{} {}: {findings:?}", definition.id, applicant.login);
        }
    }
}
