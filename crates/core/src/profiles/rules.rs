//! Validation of a profile as a document. All findings are reported together. Whether the person may apply is evaluated in
//! [`crate::checks`].

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use serde_json::Value;
use validator::{Validate, ValidationError, ValidationErrors, ValidationErrorsKind};

use super::model::Profile;
use crate::{identity_numbers::ResidentId, person_names::person_name, vocabulary::wire_enum};

#[cfg(test)]
mod tests;

wire_enum! {
    /// What can be wrong with a field of a document.
    FindingCode {
        TooLong = "too_long", "超出长度", "too long";
        Blank = "blank", "内容为空", "blank";
        PersonName = "invalid_person_name", "姓名填写有误", "not a person's name";
        ControlCharacter = "control_character", "含有控制字符", "has control characters";
        Email = "invalid_email", "电子邮箱格式不正确", "not an e-mail address";
        Region = "invalid_region", "行政区划代码应为6位数字", "not a region code of six digits";
        ChsiCode = "invalid_chsi_code", "学信网在线验证码格式不正确", "not in the form of a CHSI verification code";
        CreditCode = "invalid_credit_code", "统一社会信用代码不正确", "not a valid unified social credit code";
        CycleName = "invalid_name", "应为小写字母、数字和下划线组成的名称", "not a name of lower-case letters, digits and underscores";
        OutOfRange = "out_of_range", "超出允许范围", "out of range";
        ImpossibleDate = "impossible_date", "日期不存在", "not a day of the calendar";
        FutureDate = "future_date", "日期晚于今天", "in the future";
        BeforeBirth = "before_birth", "日期早于出生日期", "before the birth date";
        EndBeforeStart = "end_before_start", "结束日期早于开始日期", "ends before it starts";
        Overlap = "overlap", "与另一段经历时间重叠", "overlaps another period";
        Duplicate = "duplicate", "重复填写", "given twice";
        ChooseOne = "choose_one", "须且只须填写其中一项", "exactly one of these must be given";
        DisagreesWithId = "disagrees_with_id", "与身份证号码不一致", "disagrees with the resident ID";
    }
}

/// One problem of one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldFinding {
    /// JSON pointer into the document, such as `/education/0/to`.
    pub pointer: String,
    /// Kind of the problem.
    pub code: FindingCode,
    /// The problem with its details, in Chinese.
    pub zh: String,
    /// The problem with its details, in English.
    pub en: String,
}

/// What a document is validated against.
#[derive(Debug, Clone, Copy)]
pub struct Context {
    /// The day in Asia/Shanghai; later dates are in the future.
    pub today: NaiveDate,
    /// Data of the account's resident ID, if one is stored.
    pub resident_id: Option<ResidentId>,
}

/// Names of the profile's fields that hold a date.
const DATE_FIELDS: &[&str] =
    &["birth_date", "working_since", "from", "to", "obtained_on", "appointed_on", "approved_on", "retired_on", "date"];

/// Texts in date fields that are not dates (`2024-02-30`), with their pointers.
///
/// Deserializing stops at the first such text. This function reads the untyped document before, so that all of them are reported.
#[must_use]
pub fn impossible_dates(document: &Value) -> Vec<FieldFinding> {
    fn walk(value: &Value, pointer: &str, findings: &mut Findings) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    let pointer = format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"));
                    match value {
                        Value::String(text) if DATE_FIELDS.contains(&name.as_str()) => {
                            let written = text.len() == "2024-12-31".len() && text.parse::<NaiveDate>().is_ok();
                            if !written {
                                findings.push(pointer, FindingCode::ImpossibleDate, "", "");
                            }
                        }
                        _ => walk(value, &pointer, findings),
                    }
                }
            }
            Value::Array(items) => {
                for (i, item) in items.iter().enumerate() {
                    walk(item, &format!("{pointer}/{i}"), findings);
                }
            }
            _ => {}
        }
    }
    let mut findings = Findings::default();
    walk(document, "", &mut findings);
    findings.0
}

/// The findings so far.
#[derive(Default)]
struct Findings(Vec<FieldFinding>);

impl Findings {
    /// Adds a finding; `zh` and `en` are details and may be empty.
    fn push(&mut self, pointer: impl Into<String>, code: FindingCode, zh: &str, en: &str) {
        let zh = if zh.is_empty() { code.zh().to_owned() } else { format!("{}：{zh}", code.zh()) };
        let en = if en.is_empty() { code.en().to_owned() } else { format!("{}: {en}", code.en()) };
        self.0.push(FieldFinding { pointer: pointer.into(), code, zh, en });
    }
}

/// A period in the profile, from whichever list.
#[derive(Clone, Copy)]
struct Period<'a> {
    list: &'a str,
    index: usize,
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
}

impl Profile {
    /// All findings on the document, in the order of its fields.
    #[must_use]
    pub fn validate_document(&self, context: &Context) -> Vec<FieldFinding> {
        let mut findings = Findings::default();
        if let Err(errors) = self.validate() {
            from_validator(&errors, "", &mut findings);
        }
        for (i, name) in self.former_names.iter().enumerate() {
            if let Err(error) = person_name(name) {
                let (code, zh, en) = one(&error);
                findings.push(format!("/former_names/{i}"), code, &zh, &en);
            }
        }
        self.check_identity(context, &mut findings);
        self.check_dates(context, &mut findings);
        self.check_periods(&mut findings);
        self.check_choices(&mut findings);
        self.check_duplicates(&mut findings);
        self.check_years(context, &mut findings);
        findings.0
    }

    fn check_identity(&self, context: &Context, findings: &mut Findings) {
        let Some(id) = context.resident_id else { return };
        if self.sex.is_some_and(|sex| sex != id.sex) {
            findings.push("/sex", FindingCode::DisagreesWithId, "", "");
        }
        if self.birth_date.is_some_and(|date| date != id.birth_date) {
            findings.push("/birth_date", FindingCode::DisagreesWithId, "", "");
        }
    }

    /// Every list of periods, with its name.
    fn periods(&self) -> Vec<Period<'_>> {
        fn list<'a, T>(
            name: &'a str,
            items: &'a [T],
            dates: impl Fn(&T) -> (Option<NaiveDate>, Option<NaiveDate>) + 'a,
        ) -> impl Iterator<Item = Period<'a>> {
            items.iter().enumerate().map(move |(index, item)| {
                let (from, to) = dates(item);
                Period { list: name, index, from, to }
            })
        }
        list("employments", &self.employments, |x| (Some(x.from), x.to))
            .chain(list("stationings", &self.stationings, |x| (Some(x.from), x.to)))
            .chain(list("file_hostings", &self.file_hostings, |x| (Some(x.from), x.to)))
            .chain(list("education", &self.education, |x| (x.from, x.to)))
            .chain(list("technical_work", &self.technical_work, |x| (Some(x.from), x.to)))
            .chain(list("probations", &self.probations, |x| (Some(x.from), x.to)))
            .chain(list("sanctions", &self.sanctions, |x| (Some(x.from), x.to)))
            .collect()
    }

    /// Dates of past events: none after today, none before the birth.
    fn check_dates(&self, context: &Context, findings: &mut Findings) {
        let mut past: Vec<(String, Option<NaiveDate>)> = vec![
            ("/birth_date".to_owned(), self.birth_date),
            ("/working_since".to_owned(), self.working_since),
            ("/retired_on".to_owned(), self.retired_on),
            ("/putonghua/obtained_on".to_owned(), self.putonghua.as_ref().and_then(|x| x.obtained_on)),
        ];
        for period in self.periods() {
            past.push((format!("/{}/{}/from", period.list, period.index), period.from));
            // The end of a sanction's period may be in the future.
            if period.list != "sanctions" {
                past.push((format!("/{}/{}/to", period.list, period.index), period.to));
            }
        }
        for (i, x) in self.titles.iter().enumerate() {
            past.push((format!("/titles/{i}/obtained_on"), Some(x.obtained_on)));
            past.push((format!("/titles/{i}/appointed_on"), x.appointed_on));
        }
        for (i, x) in self.skill_grades.iter().enumerate() {
            past.push((format!("/skill_grades/{i}/obtained_on"), Some(x.obtained_on)));
            past.push((format!("/skill_grades/{i}/working_since"), x.working_since));
        }
        for (i, x) in self.study_exemptions.iter().enumerate() {
            past.push((format!("/study_exemptions/{i}/approved_on"), x.approved_on));
        }
        for (i, x) in self.achievements.iter().enumerate() {
            past.push((format!("/achievements/{i}/date"), x.date));
        }
        for (pointer, date) in past {
            let Some(date) = date else { continue };
            if date > context.today {
                let today = context.today;
                findings.push(pointer, FindingCode::FutureDate, &format!("今天是{today}"), &format!("today is {today}"));
            } else if self.birth_date.is_some_and(|birth| date < birth) {
                findings.push(pointer, FindingCode::BeforeBirth, "", "");
            }
        }
    }

    fn check_periods(&self, findings: &mut Findings) {
        let periods = self.periods();
        for p in &periods {
            if let (Some(from), Some(to)) = (p.from, p.to)
                && to < from
            {
                let pointer = format!("/{}/{}/to", p.list, p.index);
                findings.push(pointer, FindingCode::EndBeforeStart, &format!("{from}至{to}"), &format!("{from} to {to}"));
            }
        }
        // What is told twice overlaps: two posts with one employer, work in one specialty, a file that is hosted at one place. Somebody who is seconded or
        // works in two specialties has two periods at once, and so have studies and sanctions. A period may begin on the day on which the one before it ends.
        for list in ["employments", "stationings", "file_hostings", "technical_work"] {
            let mut of_list: Vec<_> = periods
                .iter()
                .filter(|p| p.list == list && p.to.is_none_or(|to| Some(to) >= p.from))
                .map(|p| (self.exclusive_to(p), p))
                .collect();
            of_list.sort_by(|(of, p), (other, q)| {
                (of, p.from, p.to.unwrap_or(NaiveDate::MAX)).cmp(&(other, q.from, q.to.unwrap_or(NaiveDate::MAX)))
            });
            let mut latest: Option<(&str, &Period<'_>)> = None;
            for (of, p) in &of_list {
                if latest.is_some_and(|(other, _)| other != of) {
                    latest = None;
                }
                if let Some((_, before)) = latest
                    && before.to.is_none_or(|end| p.from < Some(end))
                {
                    let pointer = format!("/{list}/{}/from", p.index);
                    let n = before.index + 1;
                    findings.push(pointer, FindingCode::Overlap, &format!("第{n}条"), &format!("entry {n}"));
                }
                if latest.is_none_or(|(_, l)| l.to.is_some_and(|end| p.to.is_none_or(|to| to > end))) {
                    latest = Some((of.as_str(), *p));
                }
            }
        }
    }

    /// Within what a period excludes another of its list: the employer, the specialty; all of the list otherwise.
    fn exclusive_to(&self, period: &Period<'_>) -> String {
        let known = match period.list {
            "employments" => self.employments.get(period.index).and_then(|post| {
                let told = post.credit_code.as_ref().or(post.employer_name.as_ref());
                post.organisation_id.map(|id| id.to_string()).or_else(|| told.cloned())
            }),
            "stationings" => {
                let stationing = self.stationings.get(period.index);
                stationing.map(|at| at.credit_code.as_ref().unwrap_or(&at.enterprise_name).clone())
            }
            "technical_work" => self.technical_work.get(period.index).map(|work| work.specialty.clone()),
            _ => None,
        };
        known.unwrap_or_default()
    }

    /// Fields of which exactly one is given, and fields that belong together.
    fn check_choices(&self, findings: &mut Findings) {
        for (i, x) in self.employments.iter().enumerate() {
            if x.organisation_id.is_some() == x.employer_name.is_some() {
                findings.push(
                    format!("/employments/{i}/employer_name"),
                    FindingCode::ChooseOne,
                    "organisation_id、employer_name",
                    "organisation_id, employer_name",
                );
            }
            if x.organisation_id.is_some() && x.credit_code.is_some() {
                findings.push(
                    format!("/employments/{i}/credit_code"),
                    FindingCode::ChooseOne,
                    "organisation_id、credit_code",
                    "organisation_id, credit_code",
                );
            }
        }
        for (i, x) in self.education.iter().enumerate() {
            if x.qualification.is_some() == x.technical_school_class.is_some() {
                findings.push(
                    format!("/education/{i}/qualification"),
                    FindingCode::ChooseOne,
                    "qualification、technical_school_class",
                    "qualification, technical_school_class",
                );
            }
            if x.chsi_code.is_some() && x.not_in_chsi {
                findings.push(
                    format!("/education/{i}/not_in_chsi"),
                    FindingCode::ChooseOne,
                    "chsi_code、not_in_chsi",
                    "chsi_code, not_in_chsi",
                );
            }
        }
        for (i, x) in self.skill_grades.iter().enumerate() {
            if x.working_since.is_some_and(|since| since < x.obtained_on) {
                findings.push(
                    format!("/skill_grades/{i}/working_since"),
                    FindingCode::EndBeforeStart,
                    "obtained_on",
                    "obtained_on",
                );
            }
        }
        for (i, x) in self.titles.iter().enumerate() {
            if x.appointed_on.is_some_and(|on| on < x.obtained_on) {
                findings.push(format!("/titles/{i}/appointed_on"), FindingCode::EndBeforeStart, "obtained_on", "obtained_on");
            }
        }
    }

    /// Entries that may occur only once: appraisals of a year, certificates of study.
    fn check_duplicates(&self, findings: &mut Findings) {
        let mut years = BTreeMap::new();
        for (i, x) in self.appraisals.iter().enumerate() {
            if let Some(first) = years.insert(x.year, i) {
                let n = first + 1;
                findings.push(format!("/appraisals/{i}/year"), FindingCode::Duplicate, &format!("第{n}条"), &format!("entry {n}"));
            }
        }
        let mut certificates = BTreeMap::new();
        for (i, x) in self.study_records.iter().enumerate() {
            let Some(number) = &x.certificate_number else { continue };
            if let Some(first) = certificates.insert((x.kind, x.year, number.trim()), i) {
                let n = first + 1;
                let pointer = format!("/study_records/{i}/certificate_number");
                findings.push(pointer, FindingCode::Duplicate, &format!("第{n}条"), &format!("entry {n}"));
            }
        }
    }

    /// Years in the future, and years out of range.
    fn check_years(&self, context: &Context, findings: &mut Findings) {
        let this_year = context.today.year();
        let years = (self.appraisals.iter().enumerate().map(|(i, x)| (format!("/appraisals/{i}/year"), x.year)))
            .chain(self.study_records.iter().enumerate().map(|(i, x)| (format!("/study_records/{i}/year"), x.year)));
        for (pointer, year) in years {
            if year > this_year && year <= 2200 {
                findings.push(pointer, FindingCode::FutureDate, &year.to_string(), &year.to_string());
            }
        }
        for (i, x) in self.study_exemptions.iter().enumerate() {
            for (j, year) in x.years.iter().enumerate() {
                if !(1950..=this_year).contains(year) {
                    findings.push(
                        format!("/study_exemptions/{i}/years/{j}"),
                        FindingCode::OutOfRange,
                        &year.to_string(),
                        &year.to_string(),
                    );
                }
            }
        }
    }
}

/// Turns validator's tree into findings, without its `value` parameter, which may be personal data.
fn from_validator(errors: &ValidationErrors, at: &str, findings: &mut Findings) {
    let sorted: BTreeMap<_, _> = errors.errors().iter().collect();
    for (field, kind) in sorted {
        let pointer = format!("{at}/{field}");
        match kind {
            ValidationErrorsKind::Struct(inner) => from_validator(inner, &pointer, findings),
            ValidationErrorsKind::List(items) => {
                for (i, inner) in items {
                    from_validator(inner, &format!("{pointer}/{i}"), findings);
                }
            }
            ValidationErrorsKind::Field(errors) => {
                for error in errors {
                    let (code, zh, en) = one(error);
                    findings.push(pointer.clone(), code, &zh, &en);
                }
            }
        }
    }
}

/// Code and details of one of validator's errors.
fn one(error: &ValidationError) -> (FindingCode, String, String) {
    let bound = |name: &str| error.params.get(name).map(ToString::to_string);
    let range = || {
        let (min, max) = (bound("min").unwrap_or_else(|| "0".to_owned()), bound("max").unwrap_or_else(|| "∞".to_owned()));
        (format!("{min}至{max}"), format!("{min} to {max}"))
    };
    let plain = |code| (code, String::new(), String::new());
    match error.code.as_ref() {
        "length" => {
            let (zh, en) = range();
            (if bound("min").is_some() { FindingCode::OutOfRange } else { FindingCode::TooLong }, zh, en)
        }
        "email" => plain(FindingCode::Email),
        "blank" => plain(FindingCode::Blank),
        "person_name" => {
            let en = error.params.get("en").and_then(Value::as_str).unwrap_or_default();
            (FindingCode::PersonName, error.message.as_deref().unwrap_or_default().to_owned(), en.to_owned())
        }
        "control_character" => plain(FindingCode::ControlCharacter),
        "region_code" => plain(FindingCode::Region),
        "chsi_code" => plain(FindingCode::ChsiCode),
        "cycle_name" => plain(FindingCode::CycleName),
        "credit_code" => plain(FindingCode::CreditCode),
        _ => {
            let (zh, en) = range();
            (FindingCode::OutOfRange, zh, en)
        }
    }
}
