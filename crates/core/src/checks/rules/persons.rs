//! Persons who may not apply: barred, civil servants, retired, under a sanction (1.1c, 1.1d, A3).

use crate::{
    checks::{
        arithmetic::Bilingual,
        derived::Derived,
        input::covers,
        model::{BarGround, BarSpan, RecordedBar},
        outcome::Outcome,
    },
    identity_numbers::age_on,
};

/// The period of a bar in words.
fn span_text(bar: &RecordedBar) -> Bilingual {
    match bar.span {
        BarSpan::Years { first, last } => Bilingual::new(format!("{first}至{last}年度"), format!("cycles of {first} to {last}")),
        BarSpan::Days { from, to: Some(to) } => Bilingual::new(format!("{from}至{to}"), format!("{from} to {to}")),
        BarSpan::Days { from, to: None } => Bilingual::new(format!("自{from}起"), format!("from {from} on")),
    }
}

fn bars(derived: &Derived<'_>, clause: &str, concerned: impl Fn(BarGround) -> bool) -> Vec<Outcome> {
    let input = &derived.input;
    let in_force: Vec<_> =
        input.facts.bars.iter().filter(|bar| concerned(bar.ground) && bar.in_force(input.cycle.year, input.facts.on)).collect();
    if in_force.is_empty() {
        return vec![Outcome::of(clause, true, Bilingual::new("无在期记录", "nothing on record that is in force"))];
    }
    in_force
        .into_iter()
        .map(|bar| {
            let span = span_text(bar);
            let (ground, reason) = (bar.ground, &bar.reason);
            Outcome::of(
                clause,
                false,
                Bilingual::new(
                    format!("{}：{reason}（{}）", ground.zh(), span.zh),
                    format!("{}: {reason} ({})", ground.en(), span.en),
                ),
            )
            .on(&bar.id)
            .using("ground", ground)
            .using("cycle_year", input.cycle.year)
            .using("judged_on", input.facts.on)
        })
        .collect()
}

/// 1.1d: what bars or delays on record says.
pub fn recorded_bar(derived: &Derived<'_>) -> Vec<Outcome> {
    let input = &derived.input;
    bars(derived, &input.cycle.barred.recorded_bars.clause, |ground| ground != BarGround::Fraud)
}

/// A3: no application for so many years from the year after the fraud.
pub fn fraud_ban(derived: &Derived<'_>) -> Vec<Outcome> {
    let input = &derived.input;
    bars(derived, &input.cycle.fraud.clause, |ground| ground == BarGround::Fraud)
}

/// 1.1c: civil servants and staff of institutions managed like the civil service.
pub fn civil_servant(derived: &Derived<'_>) -> Vec<Outcome> {
    let input = &derived.input;
    let clause = &input.cycle.barred.civil_servants.clause;
    let mut pointers = Vec::new();
    for (i, post) in input.current_employments() {
        if post.civil_servant {
            pointers.push(format!("/profile/employments/{i}/civil_servant"));
        }
        if post.managed_like_civil_service {
            pointers.push(format!("/profile/employments/{i}/managed_like_civil_service"));
        }
    }
    if input.employer().is_some_and(|employer| employer.managed_like_civil_service) {
        pointers.push("/employer".to_owned());
    }
    let text = if pointers.is_empty() {
        Bilingual::new("非公务员或参公管理人员", "neither a civil servant nor managed like one")
    } else {
        Bilingual::new("公务员或参公管理单位工作人员", "a civil servant, or staff of an institution managed like the civil service")
    };
    vec![Outcome::of(clause, pointers.is_empty(), text).all_at(pointers).using("judged_on", input.day)]
}

/// 1.1c: retirement formalities done, or the statutory age reached. The day on which the age is reached counts as reached.
pub fn retired(derived: &Derived<'_>) -> Vec<Outcome> {
    let input = &derived.input;
    let rule = &input.cycle.barred.retired;
    let (facts, day) = (input.facts, input.day);
    if let Some(retired_on) = facts.profile.retired_on.filter(|on| *on <= day) {
        let text =
            Bilingual::new(format!("已于{retired_on}办理退休手续"), format!("retirement formalities completed on {retired_on}"));
        return vec![Outcome::of(&rule.clause, false, text).at("/profile/retired_on").using("retired_on", retired_on)];
    }
    let (sex, born) = (facts.sex.or(facts.profile.sex), facts.birth_date.or(facts.profile.birth_date));
    let (Some(sex), Some(born)) = (sex, born) else {
        let text = Bilingual::new("缺少性别或出生日期", "sex or birth date is not given");
        return vec![Outcome::of(&rule.clause, false, text).at("/profile/sex").at("/profile/birth_date")];
    };
    let (post, at) = input.post_kind();
    let found = input.cycle.barred.retirement_age(sex, post, born);
    let outcome = match found.and_then(|age| Some((age, age.reached_on(born)?))) {
        None => {
            let text = Bilingual::new(
                format!("{}、{}、{born}出生：本年度未规定法定退休年龄，无法判断，请与主办单位联系", sex.zh(), post.zh()),
                format!(
                    "{}, {}, born {born}: the cycle has no statutory age, so nothing can be said; ask the office that runs the review",
                    sex.en(),
                    post.en()
                ),
            );
            // A gap in the table is no permission.
            Outcome::of(&rule.clause, false, text)
        }
        Some((age, reached_on)) => {
            let (years, months, now) = (age.years, age.months, age_on(born, day));
            let (and_zh, and_en) =
                if months == 0 { (String::new(), String::new()) } else { (format!("{months}个月"), format!(" {months} months")) };
            let text = Bilingual::new(
                format!("{day}为{now}周岁；法定退休年龄{years}周岁{and_zh}，于{reached_on}达到"),
                format!("{now} years old on {day}; statutory age {years} years{and_en}, reached on {reached_on}"),
            );
            Outcome::of(&rule.clause, day < reached_on, text).using("retirement_age_reached_on", reached_on)
        }
    };
    let outcome = outcome.at("/profile/birth_date").using("sex", sex).using("birth_date", born).using("post_kind", post);
    let outcome = match at {
        Some(i) => outcome.at(format!("/profile/employments/{i}/post_kind")),
        None => outcome,
    };
    vec![outcome.using("judged_on", day)]
}

/// 1.1c: a sanction that bars, still in its period. A kind that the cycle does not know is taken as one that bars.
pub fn sanctioned(derived: &Derived<'_>) -> Vec<Outcome> {
    let input = &derived.input;
    let (barred, day) = (&input.cycle.barred, input.facts.on);
    let declared = input.facts.profile.sanctions.iter().enumerate().map(|(i, s)| (Some(format!("/profile/sanctions/{i}")), s));
    let recorded = input.facts.sanctions.iter().map(|s| (None, s));
    let mut results = Vec::new();
    for (pointer, sanction) in declared.chain(recorded) {
        let kind = barred.sanction_kind(&sanction.kind);
        let bars = kind.is_none_or(|kind| kind.bars);
        if !covers(sanction.from, sanction.to, day) || !bars {
            continue;
        }
        let (name, from) = (kind.map_or(sanction.kind.as_str(), |kind| kind.name.as_str()), sanction.from);
        let (until_zh, until_en) = sanction
            .to
            .map_or_else(|| ("无终止日期".to_owned(), "without an end".to_owned()), |to| (format!("至{to}"), format!("to {to}")));
        results.push(
            Outcome::of(
                &barred.sanctioned.clause,
                false,
                Bilingual::new(
                    format!("{name}处分期{from}{until_zh}，{day}尚在期内"),
                    format!("{name} from {from} {until_en}: in force on {day}"),
                ),
            )
            .all_at(pointer)
            .using("kind", &sanction.kind)
            .using("judged_on", day),
        );
    }
    if results.is_empty() {
        let text = Bilingual::new(format!("{day}无影响申报的在期处分"), format!("no sanction that bars is in force on {day}"));
        results.push(Outcome::of(&barred.sanctioned.clause, true, text).using("judged_on", day));
    }
    results
}
