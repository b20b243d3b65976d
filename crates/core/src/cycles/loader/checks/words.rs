//! Values of the definition beside the words of their clause: what a clause does not say is a slip or an assumption.
//!
//! A value is looked for in its usual spellings (`5个工作日`, `2/3`, `三分之二`, `9月10日`). Nothing else is understood of the words.

use chrono::{DateTime, Datelike, FixedOffset, Timelike};

use super::findings::Findings;
use super::{Check, Subject, publicities};
use crate::cycles::definition::{CapScope, CycleDefinition, CycleWindow, DayCounting, Fraction, PeriodCounting};
use crate::cycles::loader::position;

pub(super) const CHECKS: &[Check] = &[
    Check::warning(
        "not_in_words",
        values,
        (
            "核对数值和条款原文；条款确未写明的，在 assumptions 中列出",
            "compare the value with the words; where the notice does not say it, list it in `assumptions`",
        ),
    ),
    Check::warning(
        "named_in_words",
        lists,
        (
            "在清单中补充该项，或确认条款所列不须逐项列出",
            "add the item to the list, unless the words need not be listed one by one",
        ),
    ),
];

/// A value and how words say it.
struct Stated<'a> {
    path: String,
    clause: &'a str,
    /// The words to look in, where they are not the clause's.
    words: Option<&'a str>,
    spellings: Vec<String>,
}

/// `二`, `十五`, `二十五`; `None` from 100 on.
fn numeral(n: i64) -> Option<String> {
    const DIGITS: [&str; 10] = ["零", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    let digit = |n: i64| usize::try_from(n).ok().and_then(|n| DIGITS.get(n)).copied();
    match n {
        0..=9 => digit(n).map(str::to_owned),
        10..=99 => {
            let tens = if n < 20 { "" } else { digit(n / 10)? };
            let ones = if n % 10 == 0 { "" } else { digit(n % 10)? };
            Some(format!("{tens}十{ones}"))
        }
        _ => None,
    }
}

/// A number with each of the units: in digits, as a numeral, `两` for two.
fn counted(n: impl Into<i64>, units: &[&str]) -> Vec<String> {
    let n = n.into();
    let mut numbers = vec![n.to_string()];
    numbers.extend(numeral(n));
    if n == 2 {
        numbers.push("两".to_owned());
    }
    numbers.iter().flat_map(|number| units.iter().map(move |unit| format!("{number}{unit}"))).collect()
}

fn fraction(fraction: Fraction) -> Vec<String> {
    let Fraction { numerator, denominator } = fraction;
    let mut spellings = vec![format!("{numerator}/{denominator}"), format!("{numerator}／{denominator}")];
    if let (Some(above), Some(below)) = (numeral(numerator.into()), numeral(denominator.into())) {
        spellings.push(format!("{below}分之{above}"));
    }
    if (numerator, denominator) == (1, 2) {
        spellings.extend(["半数".to_owned(), "一半".to_owned()]);
    }
    spellings
}

/// Yuan of an amount in fen.
fn yuan(minor: i64) -> Vec<String> {
    let (whole, fen) = (minor / 100, minor % 100);
    match (minor, fen) {
        (0, _) => ["不收", "免收", "免费", "0元"].map(str::to_owned).to_vec(),
        (_, 0) => counted(whole, &["元", ".00元"]),
        _ if fen % 10 == 0 => vec![format!("{whole}.{fen:02}元"), format!("{whole}.{}元", fen / 10)],
        _ => vec![format!("{whole}.{fen:02}元")],
    }
}

fn day(year: u16, date: chrono::NaiveDate) -> Vec<String> {
    let (y, m, d) = (date.year(), date.month(), date.day());
    let mut spellings = vec![format!("{y}年{m}月{d}日"), date.to_string()];
    if y == i32::from(year) {
        spellings.push(format!("{m}月{d}日"));
        // "8月1日至10日".
        spellings.extend(["至", "到", "—", "-", "－", "～", "~"].map(|dash| format!("{dash}{d}日")));
    }
    spellings
}

/// The last day that an end still has: 00:00, not inclusive, ends the day before.
fn last_day(cycle: &CycleDefinition, closes: DateTime<FixedOffset>, inclusive: bool) -> chrono::NaiveDate {
    cycle.local_date(if inclusive { closes } else { closes - chrono::TimeDelta::nanoseconds(1) })
}

fn hour(at: DateTime<FixedOffset>) -> Option<Vec<String>> {
    let (hour, minute) = (at.hour(), at.minute());
    if (hour, minute) == (0, 0) {
        return None;
    }
    let mut spellings = vec![format!("{hour}:{minute:02}"), format!("{hour}：{minute:02}"), format!("{hour}时{minute}分")];
    if minute == 0 {
        spellings.extend([format!("{hour}时"), format!("{hour}点")]);
    }
    Some(spellings)
}

fn window<'a>(stated: &mut Vec<Stated<'a>>, cycle: &'a CycleDefinition, name: &str, window: &'a CycleWindow) {
    let mut push = |field: &str, spellings| {
        stated.push(Stated { path: format!("windows.{name}.{field}"), clause: &window.clause, words: None, spellings });
    };
    if let Some(opens) = window.opens {
        push("opens", day(cycle.year, cycle.local_date(opens)));
        if let Some(spellings) = hour(opens) {
            push("opens", spellings);
        }
    }
    push("closes", day(cycle.year, last_day(cycle, window.closes, window.inclusive)));
    if let Some(spellings) = hour(window.closes) {
        push("closes", spellings);
    }
}

/// Every value that words usually say, with its spellings.
fn stated(cycle: &CycleDefinition) -> Vec<Stated<'_>> {
    let mut all = Vec::new();
    window(&mut all, cycle, "application", &cycle.windows.application);
    window(&mut all, cycle, "formal_review", &cycle.windows.formal_review);
    window(&mut all, cycle, "payment", &cycle.windows.payment);
    let mut push = |path: String, clause, spellings| all.push(Stated { path, clause, words: None, spellings });
    push("seniority.date".to_owned(), &cycle.seniority.clause, day(cycle.year, cycle.seniority.date));
    for (path, rule) in publicities(cycle) {
        let days: &[&str] = match rule.counting {
            PeriodCounting::WorkingDays => &["个工作日", "工作日"],
            PeriodCounting::CalendarDays => &["日", "天", "个自然日"],
        };
        push(format!("{path}.days"), &rule.clause, counted(rule.days, days));
    }
    let correction = &cycle.correction;
    let (days, counting): (&[&str], &[&str]) = match correction.counting {
        DayCounting::CivilCode => (&["日", "天", "个自然日"], &["民法典", "自然日", "日历日"]),
        DayCounting::WorkingDays => (&["个工作日", "工作日"], &["工作日"]),
    };
    push("correction.days".to_owned(), &correction.clause, counted(correction.days, days));
    push("correction.counting".to_owned(), &correction.clause, counting.iter().map(|&word| word.to_owned()).collect());
    let times = counted(correction.max_committee_submissions, &["次"]);
    push("correction.max_committee_submissions".to_owned(), &correction.clause, times);
    if let Some(study) = &cycle.study {
        push("study.hours_total".to_owned(), &study.clause, counted(study.hours_total, &["学时", "个学时", "课时"]));
        push("study.hours_specialty".to_owned(), &study.clause, counted(study.hours_specialty, &["学时", "个学时", "课时"]));
        for (at, year) in study.years.iter().enumerate() {
            let first_or_last = Some(year) == study.years.iter().min() || Some(year) == study.years.iter().max();
            if first_or_last {
                push(format!("study.years[{at}]"), &study.clause, vec![year.to_string()]);
            }
        }
        for (at, start) in study.system_from.iter().enumerate() {
            push(format!("study.system_from[{at}].year"), &study.system_clause, vec![format!("{}年", start.year)]);
        }
    }
    if let Some(rule) = &cycle.putonghua {
        push("putonghua.lowest".to_owned(), &rule.clause, vec![rule.lowest.zh().to_owned()]);
    }
    for (at, fee) in cycle.fees.amounts.iter().enumerate() {
        push(format!("fees.amounts[{at}].amount_minor"), &cycle.fees.clause, yuan(fee.amount_minor));
    }
    for (at, cap) in cycle.pass_rate_caps.iter().enumerate() {
        let mut percent = vec![format!("{}%", cap.percent), format!("{}％", cap.percent)];
        percent.extend(numeral(cap.percent.into()).map(|numeral| format!("百分之{numeral}")));
        push(format!("pass_rate_caps[{at}].percent"), &cap.clause, percent);
        let scope: &[&str] = match cap.scope {
            CapScope::SpecialtiesTogether => &["合并", "合计", "统一计算", "总体"],
            CapScope::EachSpecialty => &["分专业", "各专业分别", "每个专业", "按专业"],
        };
        push(format!("pass_rate_caps[{at}].scope"), &cap.clause, scope.iter().map(|&word| word.to_owned()).collect());
    }
    let committee = &cycle.committee;
    for (at, size) in committee.sizes.iter().enumerate() {
        push(format!("committee.sizes[{at}].members"), &size.clause, counted(size.members, &["人", "名"]));
    }
    push("committee.quorum.fraction".to_owned(), &committee.quorum.clause, fraction(committee.quorum.fraction));
    push("committee.pass.fraction".to_owned(), &committee.pass.clause, fraction(committee.pass.fraction));
    let years = counted(committee.recusal.same_employer_years, &["年"]);
    push("committee.recusal.same_employer_years".to_owned(), &committee.recusal.clause, years);
    push("fraud.ban_years".to_owned(), &cycle.fraud.clause, counted(cycle.fraud.ban_years, &["年"]));
    push("review_form.copies".to_owned(), &cycle.review_form.clause, counted(cycle.review_form.copies, &["份"]));
    for (at, row) in cycle.barred.retired.ages.iter().enumerate() {
        push(format!("barred.retired.ages[{at}].years"), &cycle.barred.retired.clause, counted(row.years, &["周岁", "岁"]));
    }
    if let Some(rule) = &cycle.skilled_worker {
        push("skilled_worker.appraisals".to_owned(), &rule.clause, counted(rule.appraisals, &["年", "个年度", "次"]));
        for (at, route) in rule.routes.iter().enumerate() {
            push(format!("skilled_worker.routes[{at}].years"), &route.clause, counted(route.years, &["年"]));
        }
    }
    for (at, track) in cycle.tracks.iter().enumerate() {
        for (index, admission) in track.admissions.iter().enumerate() {
            if let Some(stationed) = &admission.stationed {
                let path = format!("tracks[{at}].admissions[{index}].stationed.years");
                push(path, &admission.clause, counted(stationed.years, &["年"]));
            }
        }
    }
    let whole = |text: &str| vec![text.trim_end_matches('。').split_whitespace().collect::<String>()];
    push("fixed_sentence.text".to_owned(), &cycle.fixed_sentence.clause, whole(&cycle.fixed_sentence.text));
    push("certificate.scope".to_owned(), &cycle.certificate.clause, whole(&cycle.certificate.scope));
    // The years of an alternative, beside its own words.
    for (at, row) in cycle.conditions.iter().enumerate() {
        for (index, one) in row.alternatives.iter().enumerate() {
            for (field, years) in [("title_years", one.title_years), ("probation_years", one.probation_years)] {
                let Some(years) = years else { continue };
                let path = format!("conditions[{at}].alternatives[{index}].{field}");
                let spellings = counted(years, &["年"]);
                all.push(Stated { path, clause: &row.clause, words: Some(&one.words), spellings });
            }
        }
    }
    all
}

/// The words say it, and not as the end of a larger number.
fn says(words: &str, spelling: &str) -> bool {
    let number = |c: char| c.is_ascii_digit() || "一二三四五六七八九十百".contains(c);
    let counts = spelling.starts_with(number);
    words.match_indices(spelling).any(|(at, _)| !counts || !words[..at].ends_with(number))
}

/// Paths of what is assumed, with indexes.
fn assumed(subject: &Subject<'_>) -> Vec<String> {
    let paths = subject.cycle.assumptions.iter().filter_map(|assumption| position::resolve(subject.root, &assumption.path));
    paths.map(|steps| position::render_path(&steps)).collect()
}

fn within(path: &str, part: &str) -> bool {
    path.strip_prefix(part).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

fn values(subject: &Subject<'_>, found: &mut Findings<'_>) {
    let assumed = assumed(subject);
    for value in stated(subject.cycle) {
        // The words of an alternative are beside its numbers: an assumption about the conditions does not excuse a slip there.
        let excused = value.words.is_none() && assumed.iter().any(|path| within(&value.path, path) || within(path, &value.path));
        let words = value.words.map_or_else(|| subject.cycle.clause(value.clause).map(|clause| clause.words.as_str()), Some);
        let (Some(words), false) = (words, excused) else { continue };
        let words: String = words.split_whitespace().collect();
        if !value.spellings.iter().any(|spelling| says(&words, spelling)) {
            let first = value.spellings.first().cloned().unwrap_or_default();
            let (zh, en) = (format!("原文中没有“{first}”"), format!("the words do not say `{first}`"));
            found.add_for(value.clause, value.path, zh, en);
        }
    }
}

/// The texts that words enumerate with `、`, in runs: `A、B、C等` is one run of three.
fn runs(words: &str) -> Vec<Vec<String>> {
    let mut plain = String::new();
    let mut depth = 0_u32;
    for c in words.chars().filter(|c| !c.is_whitespace()) {
        match c {
            '（' | '(' => depth += 1,
            '）' | ')' => depth = depth.saturating_sub(1),
            _ if depth == 0 => plain.push(c),
            _ => {}
        }
    }
    let sentences = plain.split(['，', '。', '；', '：', '“', '”', ',', ';']);
    sentences.map(|sentence| sentence.split('、').map(bare).collect::<Vec<_>>()).filter(|run| run.len() > 1).collect()
}

/// A name without quotation marks, brackets, and what follows 等.
fn bare(text: &str) -> String {
    text.split('等').next().unwrap_or_default().replace(['《', '》', '「', '」'], "").trim().to_owned()
}

/// What a clause enumerates is in the list that comes from it.
fn lists(subject: &Subject<'_>, found: &mut Findings<'_>) {
    fn plain(name: &str) -> String {
        runs(&format!("{name}、")).into_iter().flatten().next().unwrap_or_default()
    }
    let cycle = subject.cycle;
    let originals: Vec<String> = cycle.originals.items.iter().map(|item| plain(&item.name)).collect();
    let items: Vec<String> = cycle.checklist.items.iter().map(|item| plain(&item.name)).collect();
    let aspects: Vec<String> = cycle.checklist.aspects.iter().map(|item| plain(&item.name)).collect();
    for (path, clause, names) in [
        ("checklist.items", &cycle.checklist.clause, items),
        ("checklist.aspects", &cycle.checklist.clause, aspects),
        ("originals.items", &cycle.originals.clause, originals),
    ] {
        let Some(words) = cycle.clause(clause).map(|clause| clause.words.as_str()) else { continue };
        for run in runs(words) {
            let last = run.len() - 1;
            let names_one = |at: usize, part: &str| {
                let fits = |name: &String| {
                    part == name || (at == 0 && part.ends_with(name.as_str())) || (at == last && part.starts_with(name.as_str()))
                };
                names.iter().any(fits)
            };
            let known = run.iter().enumerate().filter(|(at, part)| names_one(*at, part)).count();
            // A run that has most of the list is the list in words.
            if known * 2 <= run.len() {
                continue;
            }
            for (at, part) in run.iter().enumerate().filter(|(at, part)| !part.is_empty() && !names_one(*at, part)) {
                let (zh, en) =
                    (format!("原文第{}项“{part}”不在清单中", at + 1), format!("the words name `{part}`, which is not in the list"));
                found.add_for(clause, path, zh, en);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{counted, numeral, runs, says, yuan};

    #[test]
    fn numbers_are_spelled_as_notices_do() {
        let spelled = |n| numeral(n).unwrap();
        assert_eq!([spelled(2), spelled(10), spelled(15), spelled(25), spelled(60)], ["二", "十", "十五", "二十五", "六十"]);
        assert!(counted(2, &["份"]).contains(&"两份".to_owned()));
        assert_eq!(yuan(28_050), ["280.50元", "280.5元"]);
        assert!(says("退回后2日内", "2日") && !says("退回后12日内", "2日") && !says("十五个工作日", "五个工作日"));
    }

    #[test]
    fn enumerations_are_read_without_brackets() {
        let found = runs("重点审核基本信息、学历（学位）、业绩等内容，并填写意见。");
        assert_eq!(found, [["重点审核基本信息", "学历", "业绩"]]);
    }
}
