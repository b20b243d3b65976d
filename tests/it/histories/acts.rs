//! The acts of a history: who does what over HTTP, and what the model is asked about it.

use std::collections::HashMap;

use chrono::NaiveDate;
use serde_json::{Value, json};
use title_review_core::clock::Instant;
use title_review_core::vocabulary::{Action, Stage};
use title_review_core::workflow::ToldLate;

use super::History;
use super::model::Place;
use crate::faults::load::Chance;
use crate::support::cast::{Cast, applicant, credit_code, file, staff};
use crate::support::chain::{approval, commit, decide, employer_approval, return_with};
use crate::support::journey::{
    directed_intermediate, enter_profile, ready_profile, upload_all_required, upload_employer_documents,
};
use crate::support::stages::{pay, receive_originals};
use crate::support::world::{Actor, Reply, World};

const CYCLE: &str = "aksu-2024";

/// What somebody does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    Submit,
    Change,
    Recall,
    Withdraw,
    Publicise,
    Approve,
    Return,
    NotRecommend,
    FindIneligible,
    TakeBack,
    Transfer,
    DeclineTransfer,
    Extend,
    Reinstate,
    Pay,
    PayTwice,
    Reverse,
    Originals,
    Fraud,
}

impl Act {
    pub const ALL: &'static [Self] = &[
        Self::Submit,
        Self::Change,
        Self::Recall,
        Self::Withdraw,
        Self::Publicise,
        Self::Approve,
        Self::Return,
        Self::NotRecommend,
        Self::FindIneligible,
        Self::TakeBack,
        Self::Transfer,
        Self::DeclineTransfer,
        Self::Extend,
        Self::Reinstate,
        Self::Pay,
        Self::PayTwice,
        Self::Reverse,
        Self::Originals,
        Self::Fraud,
    ];

    /// What tends to be done where an application stands, so that histories get far; anything else is tried now and then.
    fn likely(stage: Stage, step: Option<usize>) -> &'static [Self] {
        match (stage, step) {
            (Stage::Draft, _) => &[Self::Submit, Self::Submit, Self::Submit, Self::Change],
            (Stage::Returned, _) => &[Self::Submit, Self::Submit, Self::Change, Self::Change, Self::Transfer],
            (Stage::InReview, Some(0)) => &[
                Self::Publicise,
                Self::Publicise,
                Self::Approve,
                Self::Approve,
                Self::Approve,
                Self::Approve,
                Self::Approve,
                Self::Return,
                Self::Recall,
                Self::NotRecommend,
                Self::Transfer,
            ],
            (Stage::InReview, _) => {
                &[Self::Approve, Self::Approve, Self::Approve, Self::Approve, Self::Return, Self::TakeBack, Self::Transfer]
            }
            (Stage::FormalReview, _) => &[
                Self::Approve,
                Self::Approve,
                Self::Approve,
                Self::Return,
                Self::Return,
                Self::TakeBack,
                Self::FindIneligible,
                Self::Transfer,
            ],
            (Stage::Accepted | Stage::Ready, _) => &[
                Self::Pay,
                Self::Pay,
                Self::PayTwice,
                Self::Reverse,
                Self::Originals,
                Self::Originals,
                Self::Fraud,
                Self::Withdraw,
            ],
            (Stage::Lapsed, _) => &[Self::Extend, Self::Reinstate, Self::Reinstate, Self::Fraud],
            _ => &[Self::TakeBack, Self::Reinstate, Self::Fraud, Self::Extend],
        }
    }
}

/// Those who decide.
pub struct Staff<'a> {
    cast: &'a Cast,
    /// Two employers of one department, with their clerks.
    employers: [(String, Actor); 2],
}

impl<'a> Staff<'a> {
    pub fn enter(world: &World, cast: &'a Cast) -> Self {
        let body = json!({
            "kind": "public_institution", "ownership": "none", "name": "第二测绘院", "region": "652901", "parent_id": cast.department,
            "credit_code": credit_code(77),
        });
        let made = cast.admin.post("/v1/organisations").key(&world.key()).json(&body).send().expect(201);
        let second = made["id"].as_str().unwrap().to_owned();
        let clerk = staff(world, &cast.admin, "second_clerk", "employer_clerk", &second);
        Self { cast, employers: [(cast.institution.clone(), cast.institution_clerk.clone()), (second, clerk)] }
    }

    fn reviewer(&self, employer: usize, step: Option<usize>) -> &Actor {
        match step {
            Some(0) => &self.employers[employer].1,
            Some(1) => &self.cast.department_reviewer,
            _ => &self.cast.office,
        }
    }
}

/// What a reviewer has told of the dossier.
#[derive(Default)]
struct Told {
    /// The edition that was returned last.
    edition: Option<u32>,
    /// How many of the places that never change were told late.
    late: usize,
}

/// Places that never change: a correction of one of them could always have been told before.
const LATER: [&str; 3] = ["/profile/name", "/profile/titles/0", "/profile/birth_date"];

/// One application.
pub struct Case {
    pub person: Actor,
    pub path: String,
    profile: Value,
    employer: usize,
    /// Since when the person is with this employer, and with which one the dossier says so.
    since: NaiveDate,
    told_employer: usize,
    /// Who came last from one stage to another: who may take it back.
    last: Option<(usize, Option<usize>)>,
    /// Times that the profile was changed, and what each reviewer has told of it.
    edition: u32,
    told: HashMap<(usize, Option<usize>), Told>,
    /// A notice was put up by the last act.
    notice: bool,
    /// Payments made, for their references.
    payments: u32,
}

impl Case {
    /// Somebody who works for the first employer, with a draft that is ready to be submitted.
    pub fn draft(world: &World, staff: &Staff<'_>, number: u32) -> Self {
        let person = applicant(world, &format!("applicant_{number}"), number);
        let profile = ready_profile(number, &staff.employers[0].0);
        enter_profile(&person, &profile);
        let path = file(world, &person, &directed_intermediate(&staff.employers[0].0));
        upload_all_required(world, &person, &path);
        commit(&person, &path);
        let since = NaiveDate::from_ymd_opt(2010, 7, 1).unwrap();
        Self {
            person,
            path,
            profile,
            employer: 0,
            since,
            told_employer: 0,
            last: None,
            edition: 0,
            told: HashMap::new(),
            notice: false,
            payments: 0,
        }
    }

    /// What is tried next.
    pub fn choose(history: &History, chance: &mut Chance) -> Act {
        let all = Act::likely(history.record.stage, history.record.step);
        let from = if chance.below(8) == 0 { Act::ALL } else { all };
        from[usize::try_from(chance.below(from.len() as u64)).unwrap()]
    }

    /// Plays an act: done exactly if the model says so. Whether it was done.
    pub fn play(&mut self, world: &World, staff: &Staff<'_>, history: &mut History, act: Act, context: &str) -> bool {
        match act {
            Act::Submit => self.submit(history, context),
            Act::Change => self.change(world, staff, history),
            Act::Recall => {
                let reply = self.person.act("POST", &self.path, &format!("{}/recall", self.path), &json!({ "reason": "发现填错" }));
                let expected = history.expected(Action::Recall);
                self.judge(history, Action::Recall, &reply, expected, context)
            }
            Act::Withdraw => {
                let reply = self.person.act("POST", &self.path, &format!("{}/withdrawal", self.path), &json!({}));
                let expected = history.expected(Action::Withdraw);
                self.judge(history, Action::Withdraw, &reply, expected, context)
            }
            Act::Publicise => self.publicise(world, staff, history),
            Act::Approve => self.approve(world, staff, history, context),
            Act::Return => self.give_back(staff, history, context),
            Act::NotRecommend => self.end(staff, history, "not_recommend", Action::NotRecommend, context),
            Act::FindIneligible => self.end(staff, history, "find_ineligible", Action::FindIneligible, context),
            Act::TakeBack => self.take_back(staff, history, context),
            Act::Transfer | Act::DeclineTransfer => self.transfer(world, staff, history, act == Act::Transfer, context),
            Act::Extend => self.extend(world, staff, history),
            Act::Reinstate => self.reinstate(world, staff, history, context),
            Act::Pay => self.pay(world, staff, history, context),
            Act::PayTwice => self.pay_twice(world, staff, history),
            Act::Reverse => self.reverse(staff, history, context),
            Act::Originals => self.originals(staff, history),
            Act::Fraud => self.fraud(staff, history, context),
        }
    }

    /// Compares an answer with the model, and has the model remember what was done.
    fn judge(&mut self, history: &mut History, action: Action, reply: &Reply, expected: Option<Place>, context: &str) -> bool {
        let done = matches!(reply.status, 200 | 201);
        assert_eq!(done, expected.is_some(), "{action} {expected:?}: {} {}; {}", reply.status, reply.body, context);
        let Some(to) = expected else {
            assert!(matches!(reply.status, 404 | 409 | 422), "{action}: {} {}; {}", reply.status, reply.body, context);
            return false;
        };
        let from = (self.employer, history.record.step);
        let due = self.person.read(&self.path)["deadlines"].as_array().unwrap().iter().find_map(|one| {
            (one["kind"] == "correction_due").then(|| one["instant"].as_str().unwrap().parse::<Instant>().unwrap())
        });
        let moved = to != (history.record.stage, history.record.step);
        if moved {
            self.last = matches!(action, Action::Approve | Action::NotRecommend | Action::FindIneligible).then_some(from);
        }
        history.done(action, to, due);
        true
    }

    /// What is not for this person to see or to do is absent or refused; whoever may not read it, does not act.
    fn sees(&self, actor: &Actor) -> bool {
        actor.get(&self.path).send().status == 200
    }

    fn submit(&mut self, history: &mut History, context: &str) -> bool {
        let action = if history.record.stage == Stage::Draft { Action::Submit } else { Action::Resubmit };
        let reply = crate::support::chain::submit(&self.person, &self.path);
        // A dossier that speaks of the former employer meets no condition of the present one.
        let expected = history.expected(action).filter(|_| self.told_employer == self.employer);
        self.judge(history, action, &reply, expected, context)
    }

    /// Another edition of the profile, taken over into the draft.
    fn change(&mut self, world: &World, staff: &Staff<'_>, history: &mut History) -> bool {
        let mut filing = directed_intermediate(&staff.employers[self.employer].0);
        filing.as_object_mut().unwrap().remove("cycle_id");
        let mut profile = self.profile.clone();
        profile["education"][0]["school"] = json!(format!("测绘学院第{}版", self.edition + 1));
        enter_profile(&self.person, &profile);
        let reply = self.person.act("PUT", &self.path, &self.path, &filing);
        let open = matches!(history.record.stage, Stage::Draft | Stage::Returned);
        assert_eq!(reply.status == 200, open, "{}", reply.body);
        if open {
            self.edition += 1;
            history.record.touched = true;
            self.profile = profile;
            self.told_employer = self.employer;
            upload_all_required(world, &self.person, &self.path);
            commit(&self.person, &self.path);
        }
        open
    }

    /// The employer puts its notice up from today, for as long as it has to run.
    fn publicise(&mut self, world: &World, staff: &Staff<'_>, history: &mut History) -> bool {
        let clerk = staff.reviewer(self.employer, Some(0));
        if (history.record.stage, history.record.step) != (Stage::InReview, Some(0)) {
            return false;
        }
        let today = history.now.date_in_shanghai().to_string();
        let seen = clerk.get(&self.path).send();
        let reply = clerk
            .post(&format!("{}/publicities", self.path))
            .header("if-match", seen.header("etag").unwrap())
            .key(&world.key())
            .json(&json!({ "from_date": today }))
            .send();
        let done = reply.status == 201;
        // A day off, or one is up already.
        assert!(done || matches!(reply.status, 409 | 422), "{}", reply.body);
        history.record.touched |= done;
        self.notice |= done;
        done
    }

    /// The employer has put up a notice since it has the application, and waits for its end.
    pub fn waits_for_notice(&mut self, history: &History) -> bool {
        let at_employer = (history.record.stage, history.record.step) == (Stage::InReview, Some(0));
        std::mem::take(&mut self.notice) && at_employer
    }

    fn approve(&mut self, world: &World, staff: &Staff<'_>, history: &mut History, context: &str) -> bool {
        let reviewer = staff.reviewer(self.employer, history.record.step);
        let mut expected = history.expected(Action::Approve);
        let at_employer = history.record.step == Some(0);
        let ruling = if at_employer { employer_approval(CYCLE) } else { approval(CYCLE) };
        if !self.sees(reviewer) {
            assert!(expected.is_none(), "{}", context);
            return false;
        }
        if at_employer {
            if !upload_employer_documents(world, reviewer, &self.path).is_empty() {
                history.record.touched = true;
            }
            let notices = reviewer.read(&format!("{}/publicities", self.path));
            // Those of a former employer are withdrawn, and what is outdated covers the dossier no more.
            let finished =
                notices["items"].as_array().unwrap().iter().any(|notice| notice["finished"] == true && notice["outdated"] == false);
            expected = expected.filter(|_| finished && self.told_employer == self.employer);
        }
        let reply = decide(reviewer, &self.path, &ruling);
        self.judge(history, Action::Approve, &reply, expected, context)
    }

    /// A return of one place: new where the committee has not seen it so, late otherwise.
    fn give_back(&mut self, staff: &Staff<'_>, history: &mut History, context: &str) -> bool {
        let reviewer = staff.reviewer(self.employer, history.record.step);
        if !self.sees(reviewer) {
            return false;
        }
        let by = (self.employer, history.record.step);
        let told = self.told.entry(by).or_default();
        // What changed since is new; what did not was not corrected; what nobody spoke of is told late.
        let late = told.edition.is_some() && told.late < LATER.len() && history.now.micros() % 2 == 0;
        let mut ruling = match told.edition {
            Some(_) if late => return_with(&[(LATER[told.late], "4.2.1a", "told_late")]),
            Some(edition) if edition == self.edition => return_with(&[("/profile/education/0", "4.2.2", "uncorrected")]),
            _ => return_with(&[("/profile/education/0", "4.2.2", "new")]),
        };
        if late {
            ruling["corrections"][0]["why_late"] = json!("首次审核时遗漏");
        }
        let mut reply = decide(reviewer, &self.path, &ruling);
        if reply.body["code"] == "correction_time_short" {
            ruling["confirm_short"] = json!(true);
            reply = decide(reviewer, &self.path, &ruling);
        }
        history.told_late = if late { ToldLate::All } else { ToldLate::None };
        let expected = history.expected(Action::Return);
        let done = self.judge(history, Action::Return, &reply, expected, context);
        if done {
            let told = self.told.entry(by).or_default();
            told.edition = Some(self.edition);
            told.late += usize::from(late);
        }
        done
    }

    /// Ends it with a condition of applying as its ground.
    fn end(&mut self, staff: &Staff<'_>, history: &mut History, name: &str, action: Action, context: &str) -> bool {
        let reviewer = staff.reviewer(self.employer, history.record.step);
        if !self.sees(reviewer) {
            return false;
        }
        let mut ruling = approval(CYCLE);
        (ruling["action"], ruling["grounds"]) = (json!(name), json!(["3.1a"]));
        let reply = decide(reviewer, &self.path, &ruling);
        let expected = history.expected(action);
        self.judge(history, action, &reply, expected, context)
    }

    fn take_back(&mut self, staff: &Staff<'_>, history: &mut History, context: &str) -> bool {
        let Some((employer, step)) = self.last else { return false };
        let reviewer = staff.reviewer(employer, step);
        if !self.sees(reviewer) {
            return false;
        }
        let path = format!("{}/decision-reversal", self.path);
        let reply = reviewer.act("POST", &self.path, &path, &json!({ "reason": "点选有误" }));
        let expected = history.expected(Action::TakeBack);
        self.judge(history, Action::TakeBack, &reply, expected, context)
    }

    /// To the other employer, which accepts or declines.
    fn transfer(&mut self, world: &World, staff: &Staff<'_>, history: &mut History, accept: bool, context: &str) -> bool {
        let (other, clerk) = &staff.employers[1 - self.employer];
        let today = history.now.date_in_shanghai();
        if today <= self.since {
            return false;
        }
        let seen = self.person.get(&self.path).send();
        let asked = self
            .person
            .post(&format!("{}/transfers", self.path))
            .key(&world.key())
            .header("if-match", seen.header("etag").unwrap())
            .json(&json!({ "employer_id": other, "reason": "已调入该单位" }))
            .send();
        let expected = history.expected(Action::Transfer);
        if asked.body["code"] == "publicity_running" {
            // A notice is up: the model knows of none.
            return false;
        }
        assert_eq!(asked.status == 201, expected.is_some(), "{}; {}", asked.body, context);
        if expected.is_none() {
            return false;
        }
        let path = format!("/v1/transfers/{}/decision", asked.body["id"].as_str().unwrap());
        let reply = clerk.post(&path).json(&json!({ "accept": accept, "reason": "本人已在我单位工作" })).send();
        if !accept {
            assert_eq!(reply.status, 200, "{}", reply.body);
            return true;
        }
        let done = self.judge(history, Action::Transfer, &reply, expected, context);
        self.employer = 1 - self.employer;
        let posts = self.profile["employments"].as_array_mut().unwrap();
        let mut post = posts.last().unwrap().clone();
        posts.last_mut().unwrap()["to"] = json!(today.pred_opt().unwrap());
        (post["organisation_id"], post["from"]) = (json!(other), json!(today));
        posts.push(post);
        self.since = today;
        done
    }

    /// The application window is open for this person alone until a week from now: proposed by the office, confirmed by the supervisor.
    fn extend(&mut self, world: &World, staff: &Staff<'_>, history: &mut History) -> bool {
        let until = history.now + chrono::TimeDelta::days(7);
        let body = json!({
            "window": "application", "account_id": self.person.account, "until": until, "reason": "平台故障，延长申报时间",
        });
        let proposal = staff.cast.office.post("/v1/cycles/aksu-2024/extension-proposals").key(&world.key()).json(&body).send();
        if until <= history.windows.application.end {
            assert_eq!(proposal.status, 422, "{}", proposal.body);
            return false;
        }
        let proposal = proposal.expect(201);
        confirm(&staff.cast.supervisor, &proposal).expect(200);
        history.windows.application.end = until + chrono::TimeDelta::microseconds(1);
        if let Some(to) = history.expected(Action::Revive) {
            self.last = None;
            history.done(Action::Revive, to, None);
        }
        true
    }

    fn reinstate(&mut self, world: &World, staff: &Staff<'_>, history: &mut History, context: &str) -> bool {
        let office = &staff.cast.office;
        let mut body = json!({ "ground": "platform_failure", "reason": "经核实系平台故障" });
        let path = format!("{}/reinstatement-proposals", self.path);
        let mut reply = office.post(&path).key(&world.key()).json(&body).send();
        let until = history.now + chrono::TimeDelta::days(5);
        if reply.body["errors"][0]["pointer"] == "#/until" {
            body["until"] = json!(until);
            reply = office.post(&path).key(&world.key()).json(&body).send();
        }
        if reply.status != 201 {
            let ends = [Stage::Lapsed, Stage::NotRecommended, Stage::NotAccepted, Stage::Ineligible];
            assert!(!ends.contains(&history.record.stage) || history.fraud, "{}; {}", reply.body, context);
            return false;
        }
        let window = reply.body["window"].as_str().map(str::to_owned);
        if body["until"].is_string() {
            // The instant itself is in time where the window says so.
            match window.as_deref() {
                Some("application") => history.windows.application.end = until + chrono::TimeDelta::microseconds(1),
                Some("formal_review") => history.windows.review.end = until,
                Some("payment") => history.windows.payment_end = until,
                other => panic!("{other:?}: {}", reply.body),
            }
        }
        let confirmed = confirm(&staff.cast.supervisor, &reply.body);
        if window.as_deref() == Some("payment") {
            let order = staff.cast.finance.read(&self.order(staff).expect("an order"));
            history.windows.booking_end = order["book_before"].as_str().unwrap().parse().unwrap();
        }
        let expected = history.expected(Action::Reinstate);
        self.judge(history, Action::Reinstate, &confirmed, expected, context)
    }

    fn order(&self, staff: &Staff<'_>) -> Option<String> {
        let id = self.path.rsplit('/').next().unwrap();
        let page = staff.cast.finance.read(&format!("/v1/orders?application_id={id}"));
        page["items"][0]["id"].as_str().map(|id| format!("/v1/orders/{id}"))
    }

    fn pay(&mut self, world: &World, staff: &Staff<'_>, history: &mut History, context: &str) -> bool {
        let Some(order) = self.order(staff) else { return false };
        self.payments += 1;
        let reference = format!("BANK-{}-{}", self.person.account, self.payments);
        let mut expected = history.expected(Action::ConfirmPayment);
        // Money of today, which is late after the window.
        expected = expected.filter(|_| history.now < history.windows.payment_end);
        let reply = pay(world, staff.cast, &order, &reference, 40_000);
        self.judge(history, Action::ConfirmPayment, &reply, expected, context)
    }

    /// Money for an order that needs none: held, and given back.
    fn pay_twice(&mut self, world: &World, staff: &Staff<'_>, history: &mut History) -> bool {
        let Some(order) = self.order(staff).filter(|_| history.record.paid) else { return false };
        self.payments += 1;
        let mut money = crate::support::stages::payment(world, &format!("TWICE-{}-{}", self.person.account, self.payments), 40_000);
        money["order_id"] = json!(order.rsplit('/').next().unwrap());
        let finance = &staff.cast.finance;
        let held = finance.post("/v1/held-money").key(&world.key()).json(&money).send().expect(201);
        let back = json!({
            "amount": money["amount"], "reference": format!("BACK-{}-{}", self.person.account, self.payments),
            "refunded_on": money["paid_on"],
        });
        let path = format!("/v1/held-money/{}/refund", held["id"].as_str().unwrap());
        finance.post(&path).header("if-match", "*").key(&world.key()).json(&back).send().expect(200);
        true
    }

    fn reverse(&mut self, staff: &Staff<'_>, history: &mut History, context: &str) -> bool {
        let Some(order) = self.order(staff) else { return false };
        let path = format!("{order}/payment-reversal");
        let reply = staff.cast.finance.act("POST", &order, &path, &json!({ "reason": "误记到同名申报人的订单" }));
        let expected = history.expected(Action::ReversePayment);
        self.judge(history, Action::ReversePayment, &reply, expected, context)
    }

    /// The office receives all that is missing; the last one may make it ready.
    fn originals(&mut self, staff: &Staff<'_>, history: &mut History) -> bool {
        if history.originals || history.record.stage != Stage::Accepted {
            return false;
        }
        receive_originals(staff.cast, &self.path);
        history.originals = true;
        let to = if history.record.paid { Stage::Ready } else { Stage::Accepted };
        history.done(Action::ReceiveOriginal, (to, None), None);
        self.last = None;
        true
    }

    fn fraud(&mut self, staff: &Staff<'_>, history: &mut History, context: &str) -> bool {
        let office = &staff.cast.office;
        if !self.sees(office) {
            return false;
        }
        let body = json!({ "finding": "业绩证明系伪造", "reason": "出具单位书面否认" });
        let reply = office.act("POST", &self.path, &format!("{}/fraud-decisions", self.path), &body);
        let live = [Stage::InReview, Stage::FormalReview, Stage::Returned, Stage::Accepted, Stage::Ready];
        let action = if live.contains(&history.record.stage) { Action::Disqualify } else { Action::DecideFraud };
        let expected = history.expected(action);
        self.judge(history, action, &reply, expected, context)
    }
}

/// The supervisor confirms.
fn confirm(supervisor: &Actor, proposal: &Value) -> Reply {
    let path = format!("/v1/proposals/{}/decision", proposal["id"].as_str().unwrap());
    let body = json!({ "decision": "confirm", "statement": "已核对" });
    supervisor.post(&path).if_match(proposal["version"].as_i64().unwrap()).json(&body).send()
}
