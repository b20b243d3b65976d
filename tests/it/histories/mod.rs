//! Random histories of applications through HTTP, held against the second model of the workflow (that of the core's own tests): of every act, the model
//! says whether it is done and where the application stands then. `HISTORIES` sets how many (the long form: 20000), `HISTORIES_SEED` from which seed
//! on; the short form plays the same histories each time.

mod acts;
/// The second model: the life of an application as one function.
#[path = "../../../crates/core/src/workflow/tests/model.rs"]
mod model;

use std::collections::BTreeMap;

use chrono::TimeDelta;
use serde_json::{Value, json};
use title_review_core::clock::Instant;
use title_review_core::cycles::{Window, Windows};
use title_review_core::vocabulary::{Action, Stage};
use title_review_core::workflow::{Actor, ChainRecord, Facts, Outcome, ToldLate};

use self::acts::{Act, Case, Staff};
use self::model::{Place, Record, windows};
use crate::faults::load::Chance;
use crate::support::cast::Cast;
use crate::support::database::Database;
use crate::support::on_both;
use crate::support::world::World;

const START: &str = "2024-07-22T09:00:00+08:00";

/// Histories of the short form.
const SHORT: u64 = 12;

/// Acts of a history, at most.
const LONGEST: u64 = 40;

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn at(text: &str) -> Instant {
    text.parse().expect("an instant")
}

/// One history: what is known of it, and what the model says.
pub struct History {
    now: Instant,
    windows: Windows,
    record: Record,
    fraud: bool,
    submitted: bool,
    told_late: ToldLate,
    originals: bool,
}

impl History {
    fn new() -> Self {
        let record = Record::draft(3);
        let (now, windows) = (at(START), windows());
        Self { now, windows, record, fraud: false, submitted: false, told_late: ToldLate::None, originals: false }
    }

    fn facts(&self) -> Facts {
        Facts {
            originals_complete: self.originals,
            defence_settled: true,
            originals_owed: !self.originals,
            outcome: Some(Outcome::Passed),
            fraud_decided: true,
            fraud_decided_before: self.fraud,
            told_late: self.told_late,
            ever_submitted: self.submitted,
            reinstatement: Some(true),
            chain: Some(ChainRecord::default()),
            ..Facts::at(self.now, self.windows)
        }
    }

    /// Where the model says that the action leads now; `None` if it is refused.
    fn expected(&self, action: Action) -> Option<Place> {
        model::act(&self.record, action, model::actor(action, self.record.stage), &self.facts())
    }

    /// What the model remembers of an action that was done; `due`: of a correction that the committee asked for.
    fn done(&mut self, action: Action, to: Place, due: Option<Instant>) {
        let record = &mut self.record;
        let here = (record.stage, record.step);
        let committee = here.0 == Stage::FormalReview;
        match action {
            Action::Recall if to.0 == Stage::Returned => (record.returned_by, record.due) = (here.1.unwrap(), None),
            Action::Return if to.0 == Stage::Returned => {
                record.returned_by = here.1.unwrap();
                record.due = due.filter(|_| committee);
                if committee {
                    record.uncounted = self.told_late != ToldLate::None;
                }
            }
            Action::Reinstate if to.0 == Stage::Returned && record.submissions > 0 => record.due = due,
            _ => {}
        }
        if action == Action::TakeBack {
            record.submissions -= u32::from(committee && !record.uncounted);
        } else if to.0 == Stage::FormalReview && !matches!(action, Action::Revive | Action::Reinstate) {
            record.submissions += u32::from(!record.uncounted);
        }
        record.uncounted |= action == Action::Transfer && committee;
        record.paid = action == Action::ConfirmPayment || (record.paid && action != Action::ReversePayment);
        (record.stage, record.step) = to;
        record.touched = to == here;
        if to != here {
            record.came = Some((action, here));
        }
        self.submitted |= action == Action::Submit;
        self.submitted &= !(action == Action::Recall && to.0 == Stage::Draft);
        self.fraud |= matches!(action, Action::Disqualify | Action::DecideFraud);
    }

    /// What a deadline has ended meanwhile.
    fn expire(&mut self) {
        if let Some(stage) = model::ended_by_deadline(&self.record, self.now, &self.windows) {
            let action = if stage == Stage::Lapsed { Action::Lapse } else { Action::RefuseAcceptance };
            self.done(action, (stage, None), None);
        }
    }
}

/// The place that an answer tells.
fn place_of(application: &Value) -> Place {
    let steps = ["employer_review", "department_review", "formal_review"];
    let step = application["step"].as_str().map(|step| steps.iter().position(|known| *known == step).unwrap());
    (application["stage"].as_str().unwrap().parse().unwrap(), step)
}

/// No application is accepted but after a publicity, a recommendation and opinions for exactly what is accepted, whatever came before.
fn assert_covered(case: &Case, history: &[Value]) {
    // Since the chain was last begun: by the first submission, or with another employer.
    let begun = history.iter().rposition(|step| step["action"] == "transfer" || step["action"] == "submit").unwrap();
    for step in ["employer_review", "department_review", "formal_review"] {
        let approved = history[begun..].iter().any(|act| {
            let words = act["opinion"].as_str().is_some_and(|opinion| !opinion.is_empty());
            act["action"] == "approve" && act["from_step"] == step && words
        });
        assert!(approved, "{step} never approved since the chain was begun: {history:?}");
    }
    // Opened since then, over, and not withdrawn; what the committee had corrected after it needs no other one.
    let notices = case.person.read(&format!("{}/publicities", case.path));
    let begun_at = history[begun]["at"].as_str().unwrap();
    let covered = notices["items"].as_array().unwrap().iter().any(|notice| {
        let since = notice["opened_at"].as_str().unwrap() >= begun_at;
        notice["step"] == "employer_review" && notice["state"] == "over" && since
    });
    assert!(covered, "no finished publicity of the employer: {notices}");
}

/// Plays one history; gives the acts that were done.
fn play(world: &World, staff: &Staff<'_>, number: u32, seed: u64) -> Vec<Act> {
    let mut chance = Chance::new(seed);
    let mut history = History::new();
    world.travel(START);
    let mut case = Case::draft(world, staff, number);
    let mut done = Vec::new();
    let mut tried = Vec::new();
    for _ in 0..10 + chance.below(LONGEST - 10) {
        // Mostly hours, now and then weeks; after a notice was put up, mostly until it is over.
        let put_up = case.waits_for_notice(&history);
        let minutes = match chance.below(20) {
            0 => chance.below(21 * 24 * 60),
            1..=12 if put_up => 8 * 24 * 60,
            _ => chance.below(30 * 60),
        };
        history.now = history.now + TimeDelta::minutes(i64::try_from(minutes).unwrap());
        world.travel(&history.now.to_string());
        history.expire();
        let act = Case::choose(&history, &mut chance);
        tried.push((history.now, act));
        let context = format!("HISTORIES_SEED={seed}: {tried:?}, {:?}", history.record);
        if case.play(world, staff, &mut history, act, &context) {
            done.push(act);
        }
        let shown = case.person.read(&case.path);
        let context = format!("HISTORIES_SEED={seed}: {tried:?}, {:?}", history.record);
        assert_eq!(place_of(&shown), (history.record.stage, history.record.step), "{context}: {shown}");
        assert_eq!(shown["committee_submissions"], history.record.submissions, "{context}");
        assert_eq!(shown["paid"], history.record.paid, "{context}");
        if done.last() == Some(&act) && act == Act::Approve && history.record.stage == Stage::Accepted {
            let steps = case.person.read(&format!("{}/history", case.path));
            assert_covered(&case, steps["items"].as_array().unwrap());
        }
    }
    done
}

// clauses: 2.1, 2.2, 2.3, 4.1a, 4.2.1b, 4.3c, R1, A3
on_both!(random_histories_do_what_the_model_says);
async fn random_histories_do_what_the_model_says(database: Database) {
    let world = World::at(database, START).await;
    let cast = Cast::enter(&world, "aksu-2024");
    let staff = Staff::enter(&world, &cast);
    let (count, first) = (number("HISTORIES", SHORT), number("HISTORIES_SEED", 2024));
    println!("HISTORIES={count} HISTORIES_SEED={first}");
    let mut seen: BTreeMap<Act, u64> = BTreeMap::new();
    for number in 0..count {
        // The first writes for all what it says of the profile.
        for act in play(&world, &staff, u32::try_from(number).unwrap() + 1, first + number) {
            *seen.entry(act).or_default() += 1;
        }
    }
    println!("acts done: {}", json!(seen.iter().map(|(act, times)| format!("{act:?} {times}")).collect::<Vec<_>>()));
    if count >= 1000 {
        for act in Act::ALL {
            assert!(seen.contains_key(act), "{act:?} was never done");
        }
    }
}
