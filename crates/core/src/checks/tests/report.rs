use std::collections::BTreeSet;

use super::*;
use crate::checks::{AnonymousFacts, Family, RULES, checks_page, evaluate_anonymous};
use crate::generated;

fn given(facts: &Facts) -> AnonymousFacts {
    AnonymousFacts {
        track: facts.choice.track.clone(),
        specialty: facts.choice.specialty.clone(),
        level: facts.choice.level,
        employer: facts.employer.clone(),
        profile: facts.profile.clone(),
    }
}

#[test]
fn rules_have_unique_ids_and_name_clauses() {
    let ids: BTreeSet<_> = RULES.iter().map(|info| info.id).collect();
    assert_eq!(ids.len(), RULES.len());
    assert!(RULES.iter().all(|info| !info.clauses.is_empty()));
}

// clauses: 1.1a, 3.1, 4.2.4a, 4.2.6
#[test]
fn application_that_meets_every_rule_is_not_blocked_at_any_step() {
    for cycle in cycles() {
        for step in Step::ALL {
            let mut facts = fit(&cycle);
            facts.step = *step;
            assert!(stopped_by(&facts, &cycle).is_empty(), "{} {step} {:?}", cycle.id, stopped_by(&facts, &cycle));
        }
        assert!(!evaluate(&fit(&cycle), &cycle).blocks_submission());
    }
}

#[test]
fn result_contains_the_words_of_its_clause() {
    for cycle in cycles() {
        for result in evaluate(&fit(&cycle), &cycle).results {
            assert_eq!(result.words, cycle.clause_words(&result.clause), "{}", result.rule);
            assert!(!result.words.is_empty(), "{} {}", result.rule, result.clause);
        }
    }
}

#[test]
fn anonymous_facts_need_no_proof() {
    for cycle in cycles() {
        let facts = fit(&cycle);
        let report = evaluate_anonymous(&given(&facts), facts.on, &cycle);
        assert!(!report.is_blocked(), "{} {:?}", cycle.id, report.blocking().collect::<Vec<_>>());
        let asked: BTreeSet<_> = report.results.iter().map(|result| result.rule).collect();
        for info in RULES {
            assert!(!(info.needs_account && asked.contains(info.id)), "{}", info.id);
            assert!(info.family != Family::Evidence || info.needs_account, "{}", info.id);
        }
        let no_evidence = report.results.iter().filter(|r| r.verdict == Verdict::NeedsEvidence).all(|r| r.rule == "defence");
        assert!(no_evidence);
    }
    let cycle = aksu();
    let mut facts = fit(&cycle);
    facts.profile.titles[0].obtained_on = day("2021-01-01");
    let report = evaluate_anonymous(&given(&facts), facts.on, &cycle);
    assert_eq!(report.blocking().map(|result| result.rule).collect::<Vec<_>>(), ["conditions"]);
}

// clauses: 4.5, 4.6
#[test]
fn defence_and_fee_are_reported_and_never_block() {
    let cycle = aksu();
    for (level, verdict, amount) in [
        (Level::Entry, Verdict::Waived, "20000"),
        (Level::Assistant, Verdict::Waived, "20000"),
        (Level::Intermediate, Verdict::Waived, "40000"),
        (Level::AssociateSenior, Verdict::NeedsEvidence, "60000"),
    ] {
        let mut facts = fit(&cycle);
        facts.choice.level = level;
        let (defence, fee) = (ask(&facts, &cycle, "defence"), ask(&facts, &cycle, "fee"));
        assert_eq!((defence.verdict, defence.blocks, defence.clause.as_str()), (verdict, false, "4.5"));
        assert_eq!((fee.values[0].value.as_str(), fee.blocks, fee.clause.as_str()), (amount, false, "4.6"));
        facts.defence = DefenceState::Held;
        assert_eq!(ask(&facts, &cycle, "defence").verdict, if verdict == Verdict::NeedsEvidence { Verdict::Met } else { verdict });
    }
    let mut facts = fit(&cycle);
    facts.choice.level = Level::AssociateSenior;
    facts.defence = DefenceState::Exempted { ground: cycle.defence.exemptions[0].id.clone() };
    assert_eq!(ask(&facts, &cycle, "defence").verdict, Verdict::Waived);
}

#[test]
fn report_serializes_as_documented() {
    let cycle = aksu();
    let report = serde_json::to_value(evaluate(&fit(&cycle), &cycle)).unwrap();
    assert_eq!(report["step"], "submission");
    let hours = report["results"].as_array().unwrap().iter().find(|result| result["rule"] == "study_hours").unwrap();
    assert_eq!(hours["subject"], "2021");
    assert_eq!(hours["verdict"], "met");
    assert_eq!(hours["values"][0], serde_json::json!({"name": "hours", "value": "90"}));
    assert_eq!(hours["arithmetic"]["en"], "2021: 90 hours, 60 of them specialty; 90 and 60 needed");
}

#[test]
fn checks_page_matches_the_table() {
    generated::assert_generated("docs/checks.md", &checks_page());
}

/// The result rests on an assumption about its own item, not on one about another of the same list.
#[test]
fn assumption_shows_in_the_answers_of_its_item_alone() {
    let mut cycle = aksu();
    let bound = |path: &str| crate::cycles::definition::Assumption {
        path: path.to_owned(),
        note: "推定".to_owned(),
        clause: "1.2b".to_owned(),
    };
    let assumed = |cycle: &CycleDefinition, rule: &str, subject: Option<&str>| {
        let report = evaluate(&fit(cycle), cycle);
        let result = report.of(rule).find(|result| subject.is_none_or(|subject| result.subject.as_deref() == Some(subject)));
        result.map(|result| result.assumed).unwrap()
    };
    assert!(assumed(&cycle, "track_admission", None), "the day by which employment is judged");
    assert!(assumed(&cycle, "retired", None) && assumed(&cycle, "sanctioned", None));
    cycle.assumptions = vec![bound("evidence[other].max_files"), bound("tracks[private_enterprise].admissions")];
    assert!(!assumed(&cycle, "track_admission", None) && !assumed(&cycle, "retired", None));
    assert!(!assumed(&cycle, "evidence", Some("degree_certificate")));
    cycle.assumptions = vec![bound("evidence[degree_certificate].required_when"), bound("tracks[directed].admissions")];
    assert!(assumed(&cycle, "track_admission", None) && assumed(&cycle, "evidence", Some("degree_certificate")));
    // A stored version with indexes.
    cycle.assumptions = vec![bound("evidence[11]")];
    assert!(assumed(&cycle, "evidence", Some("degree_certificate")));
}
