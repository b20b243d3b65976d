//! Identity of the cycle, its authority, its region.

use std::sync::LazyLock;

use super::findings::Findings;
use super::{Check, Subject};
use crate::cycles::definition::{FORMAT, parse_offset};

pub(super) const CHECKS: &[Check] = &[
    Check::error("format", format, ("改为 format = 1", "write `format = 1`")),
    Check::error("year", year, ("填写评审年度，四位数字", "write the year of the review in four digits")),
    Check::error("offset", offset, ("改为 utc_offset 的写法，如 +08:00", "write it with the cycle's offset, such as `+08:00`")),
    Check::warning("title_year", title_year, ("核对 year 和通知标题", "compare `year` with the title of the notice")),
    Check::warning(
        "placeholder",
        placeholder,
        ("填写真实内容；没有的，省略该项", "write what it is; where there is none, leave the item out"),
    ),
    Check::error(
        "region",
        region,
        (
            "按 GB/T 2260 填写六位代码：地区以00结尾，县（市）前四位与地区相同",
            "write the six digits of GB/T 2260: a prefecture's end in `00`, a county's begin as its prefecture's",
        ),
    ),
    Check::warning(
        "county_missing",
        county,
        (
            "补上该县（市）；缺少的县（市），其单位不被视为本地区单位",
            "add the county: employers of a county that is not listed are not of the region",
        ),
    ),
];

fn format(subject: &Subject<'_>, found: &mut Findings<'_>) {
    let is = subject.cycle.format == FORMAT;
    found.unless(is, "format", format!("本软件读取第{FORMAT}版格式"), format!("this software reads format {FORMAT}"));
}

fn year(subject: &Subject<'_>, found: &mut Findings<'_>) {
    found.unless((1990..=2200).contains(&subject.cycle.year), "year", "不是1990至2200之间的年度", "is no year from 1990 to 2200");
}

fn offset(subject: &Subject<'_>, found: &mut Findings<'_>) {
    let cycle = subject.cycle;
    let Some(offset) = parse_offset(&cycle.utc_offset) else {
        return found.add("utc_offset", "不是 +08:00 这样的时差", "is not an offset such as `+08:00`");
    };
    let windows = &cycle.windows;
    let named = [("application", &windows.application), ("formal_review", &windows.formal_review), ("payment", &windows.payment)];
    for (name, window) in named {
        for (field, instant) in [("opens", window.opens.as_ref()), ("closes", Some(&window.closes))] {
            found.unless(
                instant.is_none_or(|instant| *instant.offset() == offset),
                format!("windows.{name}.{field}"),
                format!("时差与 utc_offset（{}）不一致", cycle.utc_offset),
                format!("is not written with the offset {}", cycle.utc_offset),
            );
        }
    }
}

fn title_year(subject: &Subject<'_>, found: &mut Findings<'_>) {
    let (year, title) = (subject.cycle.year.to_string(), &subject.cycle.title);
    let names_another = title.contains("20") && !title.contains(&year);
    found.unless(!names_another, "year", format!("标题中没有{year}"), format!("the title does not say {year}"));
}

/// Texts that stand for "there is none".
const NONE: [&str; 14] = ["无", "暂无", "没有", "待定", "待补", "待填", "略", "（略）", "未定", "xx", "todo", "tbd", "n/a", "none"];

fn placeholder(subject: &Subject<'_>, found: &mut Findings<'_>) {
    let cycle = subject.cycle;
    let authority = &cycle.authority;
    let mut texts = vec![
        ("authority.name".to_owned(), Some(authority.name.as_str())),
        ("authority.committee".to_owned(), Some(authority.committee.as_str())),
        ("authority.originals_desk".to_owned(), authority.originals_desk.as_deref()),
        ("authority.payment_desk".to_owned(), authority.payment_desk.as_deref()),
        ("region.name".to_owned(), Some(cycle.region.name.as_str())),
        ("title".to_owned(), Some(cycle.title.as_str())),
        ("fixed_sentence.text".to_owned(), Some(cycle.fixed_sentence.text.as_str())),
        ("certificate.scope".to_owned(), Some(cycle.certificate.scope.as_str())),
    ];
    for (at, contact) in cycle.contacts.iter().enumerate() {
        texts.push((format!("contacts[{at}].name"), Some(&contact.name)));
        texts.push((format!("contacts[{at}].person"), contact.person.as_deref()));
    }
    for (at, clause) in cycle.clauses.iter().enumerate() {
        texts.push((format!("clauses[{at}].words"), Some(&clause.words)));
    }
    for (path, text) in texts {
        let Some(text) = text.map(str::trim) else { continue };
        let dashes = !text.is_empty() && text.chars().all(|c| "-—/\\.…×xX？?".contains(c));
        let none = dashes || NONE.contains(&text.to_lowercase().as_str());
        found.unless(!none, path, format!("“{text}”不是内容"), format!("`{text}` says nothing"));
    }
}

fn region(subject: &Subject<'_>, found: &mut Findings<'_>) {
    let digits = |code: &str| code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit());
    let region = &subject.cycle.region;
    let prefecture = digits(&region.code) && region.code.ends_with("00");
    found.unless(prefecture, "region.code", "不是以00结尾的六位数字", "is not six digits ending in `00`");
    for (at, county) in region.counties.iter().enumerate() {
        let inside = digits(&county.code) && county.code.get(..4) == region.code.get(..4) && county.code != region.code;
        found.unless(
            inside,
            format!("region.counties[{at}].code"),
            format!("不是{}所属县（市）的六位代码", region.code),
            format!("is not six digits of a county of {}", region.code),
        );
    }
}

/// Code and name of the counties that the product knows, by line.
static COUNTIES: LazyLock<Vec<(&str, &str)>> = LazyLock::new(|| {
    let lines = include_str!("../../../../../../cycles/counties.txt").lines();
    lines.filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(' ')).collect()
});

fn county(subject: &Subject<'_>, found: &mut Findings<'_>) {
    let region = &subject.cycle.region;
    let clause = subject.cycle.tracks.iter().flat_map(|track| &track.admissions).next().map_or("", |admission| &admission.clause);
    if region.counties.is_empty() {
        return found.add_for(clause, "region.counties", "没有县（市）", "there is no county");
    }
    for (code, name) in COUNTIES.iter().filter(|(code, _)| code.get(..4) == region.code.get(..4)) {
        if !region.counties.iter().any(|county| county.code == *code) {
            let (zh, en) = (format!("缺少{name}（{code}）"), format!("{name} ({code}) is missing"));
            found.add_for(clause, "region.counties", zh, en);
        }
    }
}
