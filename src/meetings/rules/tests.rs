use super::*;
use crate::meetings::model::{Attendance, Leader, Tally};
use proptest::prelude::*;
use title_review_core::cycles::CycleDefinition;
use title_review_core::findings::{At, Finding};
use title_review_core::vocabulary::{Level, LevelGroup, Stage};

fn cycle() -> CycleDefinition {
    let (name, text) = title_review_core::cycles::builtin()[0];
    title_review_core::cycles::loader::load(text, name).expect("the first cycle")
}

fn pointers(findings: &[Finding]) -> Vec<&str> {
    let pointer = |finding: &'_ Finding| matches!(&finding.at, At::Body(_));
    assert!(findings.iter().all(pointer));
    findings.iter().map(|finding| if let At::Body(pointer) = &finding.at { pointer.as_str() } else { "" }).collect()
}

fn present(present: u16, names: &[&str], led_by: Leader) -> Attendance {
    Attendance { present, names: names.iter().map(|name| (*name).to_owned()).collect(), led_by }
}

// clauses: R2
#[test]
fn committee_with_too_few_members_for_a_level_is_refused_with_its_clause() {
    let cycle = cycle();
    for group in [LevelGroup::Junior, LevelGroup::Intermediate, LevelGroup::Senior] {
        let Some(needed) = cycle.committee.members_needed(group) else { continue };
        assert!(committee_size(&cycle, needed, group).is_ok(), "{group}");
        let refused = committee_size(&cycle, needed - 1, group).unwrap_err();
        assert_eq!(refused.code, code::COMMITTEE_TOO_SMALL);
        assert_eq!(refused.clause.as_deref(), Some(cycle.own_clause("R2")));
    }
}

// clauses: R2, 4.4a
#[test]
fn meeting_refuses_application_of_another_cycle_stage_or_level() {
    let cycle = cycle();
    let meeting = Formed { cycle_id: &cycle.id, level_group: LevelGroup::Intermediate, members: 1000 };
    let fit = Entrant { cycle_id: &cycle.id, stage: Stage::Ready, level: Level::Intermediate };
    let code_of = |meeting, entrant| unfit(&cycle, meeting, entrant, "/application_ids/0").map(|finding| finding.code);
    assert_eq!(code_of(meeting, fit), None);
    assert_eq!(code_of(meeting, Entrant { cycle_id: "another", ..fit }).as_deref(), Some("invalid_field"));
    assert_eq!(code_of(meeting, Entrant { stage: Stage::Accepted, ..fit }).as_deref(), Some(code::CANDIDATE_NOT_READY));
    assert_eq!(code_of(meeting, Entrant { level: Level::AssociateSenior, ..fit }).as_deref(), Some(code::COMMITTEE_TOO_SMALL));
    assert_eq!(code_of(Formed { members: 1, ..meeting }, fit).as_deref(), Some(code::COMMITTEE_TOO_SMALL));
}

#[test]
fn impossible_attendance_reports_every_finding() {
    assert!(attendance(&present(3, &[], Leader::Chair), 3, false).is_ok());
    assert!(attendance(&present(2, &["甲", "乙"], Leader::Deputy), 3, true).is_ok());
    let refused = attendance(&present(4, &["甲", " 甲"], Leader::Deputy), 3, false).unwrap_err();
    assert_eq!(pointers(&refused), ["/present", "/names", "/led_by"]);
}

proptest! {
    // clauses: R3
    #[test]
    fn quorum_is_reached_at_what_the_committee_needs_and_not_below(members in 1_u16..500) {
        let cycle = cycle();
        let members = usize::from(members);
        let needed = u16::try_from(cycle.committee.quorum_needed(members)).unwrap();
        prop_assert_eq!(quorum(&cycle, members, needed).unwrap(), usize::from(needed));
        prop_assert!(has_quorum(&cycle.committee, members, Some(needed)));
        prop_assert!(!has_quorum(&cycle.committee, members, None));
        if needed > 0 {
            let refused = quorum(&cycle, members, needed - 1).unwrap_err();
            prop_assert_eq!(refused.code, code::QUORUM_MISSING);
        }
    }

    // clauses: R4, R5
    #[test]
    fn tally_is_taken_only_when_it_adds_up(
        yes in 0_u16..30, no in 0_u16..30, abstain in 0_u16..30, recused in 0_u16..30, present in 0_u16..120,
    ) {
        let cycle = cycle();
        let votes = Tally { yes, no, abstain, recused };
        let adds_up = yes + no + abstain > 0 && yes + no + abstain + recused == present;
        prop_assert_eq!(tally(&cycle.committee, present, votes).is_ok(), adds_up);
    }
}
