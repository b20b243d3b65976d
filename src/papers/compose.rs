//! From what is on record to what a form holds.

use super::error::Error;
use super::fill::{Filling, Parts, date, divide, fill};
use super::model::{FormKind, FormObstacle};
use crate::applications::record::CorrectionRow;
use crate::applications::{ApplicationRow, way_of};
use crate::cycles::service::Cycle;
use crate::records::certificates::CertificateRow;
use crate::records::originals::ReceivedRow;
use crate::records::publicity::PublicityRow;
use chrono::{Datelike as _, NaiveDate};
use std::sync::Arc;
use title_review_core::checks::highest_education;
use title_review_core::cycles::CycleDefinition;
use title_review_core::cycles::definition::StepPlace;
use title_review_core::profiles::Profile;
use title_review_core::profiles::model::{Education, TitleHeld};
use title_review_core::vocabulary::{Stage, StudyKind};
use title_review_papers::Paper;
use title_review_papers::forms::{BLANK_DATE, Certificate, Exemption, Letter, LetterTable, Period, ReviewForm};

/// Everything that forms are made of.
pub(super) struct Source {
    pub row: ApplicationRow,
    pub cycle: Arc<Cycle>,
    pub profile: Profile,
    pub name: String,
    /// Masked, but on the applicant's own prints.
    pub id_number: String,
    pub employer: String,
    pub publicity: Option<PublicityRow>,
    pub received: Vec<ReceivedRow>,
    pub corrections: Vec<CorrectionRow>,
    pub certificate: Option<CertificateRow>,
}

/// A form with what it holds.
pub(super) enum Printed {
    ReviewForm(Box<ReviewForm>),
    Letter(Box<Letter>),
    Exemption(Box<Exemption>),
    Certificate(Box<Certificate>),
}

impl Printed {
    /// The paper.
    pub fn paper(&self) -> Paper {
        match self {
            Self::ReviewForm(form) => form.paper(),
            Self::Letter(form) => form.paper(),
            Self::Exemption(form) => form.paper(),
            Self::Certificate(form) => form.paper(),
        }
    }
}

/// The clause of the first notice's annex whose text a form prints.
const fn annex(form: FormKind) -> Option<&'static str> {
    match form {
        FormKind::EmployerPublicity => Some("A1"),
        FormKind::Recommendation => Some("A2"),
        FormKind::Commitment => Some("A3"),
        FormKind::StudyExemption => Some("A4"),
        FormKind::ReviewForm | FormKind::Receipt | FormKind::ReturnNotice | FormKind::Certificate => None,
    }
}

/// Title and text of the annex.
fn template(cycle: &CycleDefinition, form: FormKind) -> Option<(String, &str)> {
    let clause = cycle.own_clause(annex(form)?);
    let template = cycle.templates.iter().find(|template| template.clause == clause)?;
    let title = template.title.trim_end_matches("（模板）").to_owned();
    Some((title, template.text.as_deref()?))
}

/// How a form is called.
pub(super) fn title(source: &Source, form: FormKind) -> String {
    let cycle = &source.cycle.definition;
    match form {
        FormKind::ReviewForm => cycle.review_form.title.trim_matches(['《', '》']).to_owned(),
        other => template(cycle, other).map_or_else(|| other.zh().to_owned(), |(title, _)| title),
    }
}

/// What stands against printing a form now.
pub(super) fn obstacle(source: &Source, form: FormKind) -> Option<FormObstacle> {
    let row = &source.row;
    let ended = row.stage.has_ended();
    let past_formal_review = row.reached_committee_at.is_some() && !row.stage.is_review() && row.stage != Stage::Returned;
    let without_text = annex(form).is_some() && template(&source.cycle.definition, form).is_none();
    let found = |is: bool, obstacle: FormObstacle| is.then_some(obstacle);
    match form {
        FormKind::ReviewForm => found(ended, FormObstacle::Ended).or(found(!past_formal_review, FormObstacle::NotAcceptedYet)),
        FormKind::EmployerPublicity | FormKind::Recommendation => found(without_text, FormObstacle::NoText)
            .or(found(ended, FormObstacle::Ended))
            .or(found(row.submitted_at.is_none(), FormObstacle::NotSubmitted)),
        FormKind::Commitment | FormKind::StudyExemption => {
            found(without_text, FormObstacle::NoText).or(found(ended, FormObstacle::Ended))
        }
        FormKind::Receipt => found(source.received.is_empty(), FormObstacle::NothingReceived),
        FormKind::ReturnNotice => found(source.corrections.is_empty(), FormObstacle::NotReturned),
        FormKind::Certificate => found(source.certificate.is_none(), FormObstacle::NoCertificate),
    }
}

/// The form.
pub(super) fn compose(source: &Source, form: FormKind) -> Result<Printed, Error> {
    if let Some(obstacle) = obstacle(source, form) {
        return Err(Error::Obstacle(obstacle));
    }
    let title = title(source, form);
    Ok(match form {
        FormKind::ReviewForm => Printed::ReviewForm(Box::new(review_form(source, title))),
        FormKind::StudyExemption => {
            let parts = parts(&source.cycle.definition, form)?;
            Printed::Exemption(Box::new(exemption(source, title, parts)))
        }
        FormKind::EmployerPublicity | FormKind::Recommendation | FormKind::Commitment => {
            let parts = parts(&source.cycle.definition, form)?;
            let filling = filling(source);
            let paragraphs = parts.paragraphs.iter().map(|text| fill(text, &filling)).collect();
            Printed::Letter(Box::new(Letter {
                title,
                paragraphs,
                signatures: parts.signatures,
                notes: parts.notes,
                ..Letter::default()
            }))
        }
        FormKind::Receipt => Printed::Letter(Box::new(receipt(source, title))),
        FormKind::ReturnNotice => Printed::Letter(Box::new(return_notice(source, title))),
        FormKind::Certificate => match &source.certificate {
            Some(row) => Printed::Certificate(Box::new(certificate(source, row))),
            None => return Err(Error::Obstacle(FormObstacle::NoCertificate)),
        },
    })
}

/// A form of the cycle without anybody's data: its annexes.
pub(super) fn blank(cycle: &CycleDefinition, form: FormKind) -> Result<Printed, Error> {
    let (title, _) = template(cycle, form).ok_or(Error::NotFound)?;
    let parts = parts(cycle, form)?;
    Ok(if form == FormKind::StudyExemption {
        Printed::Exemption(Box::new(Exemption { title: divided_title(&title), notes: parts.notes, ..Exemption::default() }))
    } else {
        Printed::Letter(Box::new(Letter {
            title,
            paragraphs: parts.paragraphs,
            signatures: parts.signatures,
            notes: parts.notes,
            ..Letter::default()
        }))
    })
}

fn parts(cycle: &CycleDefinition, form: FormKind) -> Result<Parts, Error> {
    template(cycle, form).map(|(_, text)| divide(text)).ok_or(Error::Obstacle(FormObstacle::NoText))
}

/// A long title in two lines, as the notice has it.
fn divided_title(title: &str) -> String {
    match title.find("免除") {
        Some(at) if at > 0 => format!("{}\n{}", &title[..at], &title[at..]),
        _ => title.to_owned(),
    }
}

fn month(day: Option<NaiveDate>) -> String {
    day.map(|day| format!("{}年{}月", day.year(), day.month())).unwrap_or_default()
}

fn dotted(day: NaiveDate) -> String {
    format!("{}.{:02}", day.year(), day.month())
}

fn span(from: Option<NaiveDate>, to: Option<NaiveDate>) -> String {
    match (from, to) {
        (Some(from), Some(to)) => format!("{}—{}", dotted(from), dotted(to)),
        (Some(from), None) => format!("{}—至今", dotted(from)),
        (None, Some(to)) => format!("—{}", dotted(to)),
        (None, None) => String::new(),
    }
}

fn text(value: Option<&String>) -> String {
    value.cloned().unwrap_or_default()
}

fn present_title(profile: &Profile) -> Option<&TitleHeld> {
    profile.titles.iter().max_by_key(|title| title.obtained_on)
}

/// The education that counts as the highest one, as the conditions have it.
fn highest(source: &Source) -> Option<&Education> {
    let (place, _) = highest_education(&source.cycle.definition, &source.profile)?;
    source.profile.education.get(place)
}

fn sex(profile: &Profile) -> String {
    profile.sex.map(|sex| sex.zh().to_owned()).unwrap_or_default()
}

fn series_name(cycle: &CycleDefinition, id: &str) -> String {
    cycle.series(id).map_or_else(|| id.to_owned(), |series| series.name.trim_end_matches("系列").to_owned())
}

fn specialty_name(cycle: &CycleDefinition, id: &str) -> String {
    cycle.specialty(id).map_or_else(|| id.to_owned(), |specialty| specialty.name.clone())
}

fn title_applied(source: &Source) -> String {
    let cycle = &source.cycle.definition;
    cycle.level_title(source.row.level).map_or_else(|| source.row.level.zh().to_owned(), |level| level.title.clone())
}

fn filling(source: &Source) -> Filling {
    let (cycle, profile) = (&source.cycle.definition, &source.profile);
    let number = if source.id_number.is_empty() { String::new() } else { format!("身份证号{}", source.id_number) };
    let held = present_title(profile).map(|title| format!("现任{}", title.name)).unwrap_or_default();
    let basics = [sex(profile), text(profile.ethnicity.as_ref()), text(profile.political_status.as_ref()), number, held];
    let basics: Vec<String> = basics.into_iter().filter(|text| !text.is_empty()).collect();
    let results: Vec<String> = profile.achievements.iter().map(|one| one.title.clone()).collect();
    let closed = |list: &[String], mark: &str| if list.is_empty() { String::new() } else { format!("{}。", list.join(mark)) };
    Filling {
        name: source.name.clone(),
        series: series_name(cycle, &source.row.series),
        specialty: specialty_name(cycle, &source.row.specialty),
        level_group: source.row.level.group().zh().to_owned(),
        basics: closed(&basics, "，"),
        results: closed(&results, "；"),
        days: source.publicity.as_ref().map(|row| (row.from_date, row.to_date)),
    }
}

fn exemption(source: &Source, title: String, parts: Parts) -> Exemption {
    let profile = &source.profile;
    let cycle = &source.cycle.definition;
    let highest = highest(source);
    let grounds = cycle.study.iter().flat_map(|study| &study.exemptions);
    let reasons = profile.study_exemptions.iter().map(|one| {
        let name = grounds.clone().find(|ground| ground.id == one.ground).map_or(one.ground.as_str(), |ground| &ground.name);
        let years: Vec<String> = one.years.iter().map(|year| format!("{year}年度")).collect();
        format!("{name}：{}", years.join("、"))
    });
    Exemption {
        title: divided_title(&title),
        name: source.name.clone(),
        sex: sex(profile),
        born: month(profile.birth_date),
        id_number: source.id_number.clone(),
        education: highest.and_then(|one| one.qualification).map(|found| found.zh().to_owned()).unwrap_or_default(),
        degree: String::new(),
        graduated: highest
            .map(|one| format!("{}　{}　{}", month(one.to), one.school, text(one.specialty.as_ref())))
            .unwrap_or_default(),
        employer: source.employer.clone(),
        working_since: month(profile.working_since),
        present_title: present_title(profile).map(|title| title.name.clone()).unwrap_or_default(),
        title_applied: title_applied(source),
        reason: reasons.collect::<Vec<_>>().join("\n"),
        notes: parts.notes,
    }
}

fn review_form(source: &Source, title: String) -> ReviewForm {
    let (cycle, profile, row) = (&source.cycle.definition, &source.profile, &source.row);
    let pair = |name: &str, value: String| (name.to_owned(), value);
    let held = present_title(profile).map(|title| title.name.clone()).unwrap_or_default();
    let period = |when: String, columns: Vec<String>| Period { when, columns };
    let (series, specialty) = (series_name(cycle, &row.series), specialty_name(cycle, &row.specialty));
    let applied = format!("{}（{}）", title_applied(source), row.level.zh());
    let qualification = |one: &Education| {
        let found = one.qualification.map(title_review_core::vocabulary::Qualification::zh);
        let class = one.technical_school_class.map(title_review_core::vocabulary::TechnicalSchoolClass::zh);
        found.or(class).unwrap_or_default().to_owned()
    };
    let years: std::collections::BTreeSet<i32> = profile.study_records.iter().map(|record| record.year).collect();
    let hours = |year: i32, kind: StudyKind| {
        let records = profile.study_records.iter().filter(|record| record.year == year && record.kind == kind);
        let sum: u32 = records.map(|record| record.hours).sum();
        if sum == 0 { String::new() } else { sum.to_string() }
    };
    let exempt = |year: i32| {
        let is = profile.study_exemptions.iter().any(|one| one.years.contains(&year));
        if is { "免学".to_owned() } else { String::new() }
    };
    let track = cycle.track(&row.track);
    let steps = track.into_iter().flat_map(|track| track.steps(way_of(row, cycle)));
    let opinions = steps.filter(|step| step.place != StepPlace::Committee).map(|step| {
        let (name, said) = if step.fixed_sentence {
            ("基层单位意见".to_owned(), cycle.fixed_sentence.text.clone())
        } else {
            (format!("{}意见", step.name.trim_end_matches("审核")), String::new())
        };
        (name, said)
    });
    let commitment = template(cycle, FormKind::Commitment).map(|(_, text)| divide(text).paragraphs.join("\n")).unwrap_or_default();
    let track = cycle.track(&row.track).map(|track| track.name.clone()).unwrap_or_default();
    let copies = cycle.review_form.copies.max(1);
    let sides = if cycle.review_form.both_sides { "正反面打印" } else { "打印" };
    ReviewForm {
        title,
        authority: cycle.authority.name.clone(),
        cover: vec![
            pair("单位", source.employer.clone()),
            pair("姓名", source.name.clone()),
            pair("现任专业技术职务", held),
            pair("申报系列", series),
            pair("申报专业", specialty.clone()),
            pair("申报资格", applied),
        ],
        instructions: vec![
            format!("本表由系统根据网上申报内容生成，{}纸{sides}，一式{copies}份。", cycle.review_form.paper),
            "本表与网上申报内容一致，不得涂改；内容有变的，须重新打印。".to_owned(),
            "首页二维码和页脚校验码供查验本表与系统所存内容是否一致。".to_owned(),
            "意见栏由有关单位填写，签字并加盖公章。".to_owned(),
        ],
        person: vec![
            pair("姓名", source.name.clone()),
            pair("性别", sex(profile)),
            pair("族别", text(profile.ethnicity.as_ref())),
            pair("出生年月", month(profile.birth_date)),
            pair("政治面貌", text(profile.political_status.as_ref())),
            pair("参加工作时间", month(profile.working_since)),
            pair("身份证号", source.id_number.clone()),
            pair("普通话等级", profile.putonghua.as_ref().map(|found| found.level.zh().to_owned()).unwrap_or_default()),
            pair("最高学历", highest(source).map(qualification).unwrap_or_default()),
            pair("申报方式", track),
        ],
        wide: vec![pair("工作单位", source.employer.clone())],
        education: profile
            .education
            .iter()
            .map(|one| {
                let columns = vec![one.school.clone(), text(one.specialty.as_ref()), qualification(one)];
                period(span(one.from, one.to), columns)
            })
            .collect(),
        work: profile
            .employments
            .iter()
            .map(|one| {
                let name = one.employer_name.clone().unwrap_or_else(|| source.employer.clone());
                period(span(Some(one.from), one.to), vec![name, text(one.post.as_ref())])
            })
            .collect(),
        titles: profile
            .titles
            .iter()
            .map(|one| {
                let columns = vec![one.name.clone(), text(one.specialty.as_ref()), text(one.authority.as_ref())];
                period(dotted(one.obtained_on), columns)
            })
            .collect(),
        technical_work: profile
            .technical_work
            .iter()
            .map(|one| {
                let columns = vec![specialty_name(cycle, &one.specialty), text(one.description.as_ref())];
                period(span(Some(one.from), one.to), columns)
            })
            .collect(),
        achievements: profile
            .achievements
            .iter()
            .map(|one| {
                let columns = vec![one.kind.zh().to_owned(), one.title.clone(), text(one.contribution.as_ref())];
                period(one.date.map(dotted).unwrap_or_default(), columns)
            })
            .collect(),
        study: years
            .into_iter()
            .map(|year| {
                let columns = vec![hours(year, StudyKind::General), hours(year, StudyKind::Specialty), exempt(year)];
                period(year.to_string(), columns)
            })
            .collect(),
        appraisals: profile.appraisals.iter().map(|one| period(one.year.to_string(), vec![one.result.zh().to_owned()])).collect(),
        commitment,
        opinions: opinions.collect(),
        committee: cycle.authority.committee.clone(),
        both_sides: cycle.review_form.both_sides,
        copies,
    }
}

fn receipt(source: &Source, title: String) -> Letter {
    let cycle = &source.cycle.definition;
    let rows = cycle.originals.items.iter().enumerate().map(|(at, asked)| {
        let found = source.received.iter().find(|row| row.item == asked.id);
        let day = found.map(|row| date(cycle.local_date(row.at.to_utc()))).unwrap_or_default();
        let copies = found.map_or_else(|| "未收到".to_owned(), |row| format!("{}份", row.copies));
        vec![(at + 1).to_string(), asked.name.clone(), format!("{}份", asked.copies), copies, day]
    });
    let columns = [("序号", 0.6), ("材料名称", 3.0), ("应交", 0.8), ("实收", 0.8), ("收到日期", 1.5)];
    Letter {
        title,
        addressee: format!("{}：", source.employer),
        paragraphs: vec![format!("{}同志申报{}的下列原件已收讫。", source.name, title_applied(source))],
        table: Some(LetterTable { columns: columns.map(|(name, share)| (name.to_owned(), share)).to_vec(), rows: rows.collect() }),
        signatures: vec![cycle.authority.name.clone(), "经办人（签字）：".to_owned(), BLANK_DATE.to_owned()],
        ..Letter::default()
    }
}

fn return_notice(source: &Source, title: String) -> Letter {
    let cycle = &source.cycle.definition;
    let rows = source.corrections.iter().enumerate().map(|(at, row)| {
        vec![(at + 1).to_string(), row.pointer.trim_start_matches('/').to_owned(), row.detail.clone(), row.clause.clone()]
    });
    let columns = [("序号", 0.6), ("项目", 1.5), ("修改意见", 3.7), ("依据条款", 1.0)];
    let due = source.row.correction_due.map(|due| {
        let last = cycle.last_day_before(due.to_utc());
        format!("请于{}前（含当日）修改并重新提交，逾期不予受理。", date(last))
    });
    Letter {
        title,
        addressee: format!("{}同志：", source.name),
        paragraphs: vec![format!(
            "你申报{}专业{}的材料经审核需要修改，修改意见如下。",
            specialty_name(cycle, &source.row.specialty),
            title_applied(source)
        )],
        table: Some(LetterTable { columns: columns.map(|(name, share)| (name.to_owned(), share)).to_vec(), rows: rows.collect() }),
        closing: due.into_iter().collect(),
        signatures: vec![BLANK_DATE.to_owned()],
        ..Letter::default()
    }
}

fn certificate(source: &Source, row: &CertificateRow) -> Certificate {
    let cycle = &source.cycle.definition;
    let pair = |name: &str, value: String| (name.to_owned(), value);
    Certificate {
        title: "专业技术职务任职资格证书".to_owned(),
        paragraphs: vec![format!("经{}评审，{}同志具备{}任职资格。", cycle.authority.committee, row.holder_name, row.title)],
        fields: vec![
            pair("证书编号", row.number.clone()),
            pair("系列", series_name(cycle, &source.row.series)),
            pair("专业", row.specialty_name.clone()),
            pair("级别", row.level.zh().to_owned()),
            pair("资格名称", row.title.clone()),
            pair("取得时间", date(row.counts_from())),
            pair("发证日期", date(row.issued_on)),
        ],
        scope: row.scope.clone(),
        signatures: vec![row.authority.clone(), date(row.issued_on)],
    }
}
