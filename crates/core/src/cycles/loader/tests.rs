use std::collections::BTreeSet;

use super::{Calendars, Finding, Severity, check, checks, cli_check, load, load_calendar, load_stored, read, read_with};
use crate::cycles::{BUILTIN_CALENDARS, builtin};

// clauses: 2.1, 2.2, 2.3, 3.1, 4.6, 5.2
#[test]
fn builtin_files_load_without_findings() {
    for (name, text) in builtin() {
        assert_eq!(read(text, name).findings, []);
        let report = check(text, name, Calendars::builtin(), true);
        assert_eq!(report.exit_code, 0, "{}", report.text);
    }
    for (name, text) in BUILTIN_CALENDARS {
        assert_eq!(load_calendar(text, name).map(|_| ()), Ok(()));
    }
}

/// What is broken in the first cycle's file: name, text found there, text put in its place.
const BROKEN: &[(&str, &[(&str, &str)])] = &[
    ("not TOML", &[("format = 1", "format = "), ("utc_offset = \"+08:00\"", "utc_offset = \"+08:00")]),
    ("unknown fields", &[("year = 2024", "year = 2024\ncolour = \"red\""), ("id = \"geology\"", "id = \"geology\"\nshade = 1")]),
    ("wrong types", &[("year = 2024", "year = \"2024\""), ("inclusive = true", "inclusive = 1"), ("days = 2", "days = [2]")]),
    ("missing fields", &[("inclusive = true\n", ""), ("hours_total = 90\n", ""), ("[windows.payment]", "[windows.paying]")]),
    ("unknown word", &[("level = \"entry\"", "level = \"apprentice\""), ("counting = \"civil_code\"", "counting = \"lunar\"")]),
    ("bad dates", &[("2024-08-30T18:00:00+08:00", "2024-08-30T25:00:00+08:00"), ("\"2024-12-31\"", "\"2024-12-32\"")]),
    ("date without quotes", &[("\"2024-12-31\"", "2024-12-31")]),
    ("number out of range", &[("days = 2", "days = 300"), ("percent = 75", "percent = -1")]),
    ("other format", &[("format = 1", "format = 2")]),
    ("ids", &[("id = \"aksu-2024\"", "id = \"Aksu 2024\""), ("id = \"land\"", "id = \"surveying\"")]),
    ("offset", &[("utc_offset = \"+08:00\"", "utc_offset = \"+06:00\"")]),
    ("regions", &[("code = \"652902\"", "code = \"659002\""), ("code = \"652922\"", "code = \"652901\"")]),
    (
        "windows out of order",
        &[("opens = \"2024-07-22", "opens = \"2024-09-22"), ("closes = \"2024-09-16", "closes = \"2024-09-01")],
    ),
    ("window without opening", &[("opens = \"2024-08-01T00:00:00+08:00\"\n", "")]),
    ("year without calendar", &[("closes = \"2024-09-16", "closes = \"2027-09-16")]),
    ("unknown calendar", &[("state = \"cn\"", "state = \"mars\"")]),
    ("publicity longer than the window", &[("days = 5\ncounting = \"working_days\"", "days = 60\ncounting = \"working_days\"")]),
    ("unknown clause", &[("clause = \"4.3d\"", "clause = \"4.3x\""), ("told_once_clause = \"R1\"", "told_once_clause = \"\"")]),
    ("clause twice", &[("id = \"1.1b\"", "id = \"1.1a\"")]),
    ("series not open", &[("series = \"engineering\"", "series = \"agriculture\"")]),
    ("unknown series", &[("series = \"engineering\"", "series = \"cooking\"")]),
    ("level not open", &[("levels = [\"entry\", \"assistant\"", "levels = [\"senior\", \"assistant\"")]),
    ("chain ends early", &[("place = \"committee\"", "place = \"county\"")]),
    ("chain goes on", &[("place = \"department\"", "place = \"committee\"")]),
    ("step twice", &[("id = \"department_review\"", "id = \"employer_review\"")]),
    ("admission of another kind", &[("kind = \"hosted\"", "kind = \"stationed\"")]),
    (
        "ages",
        &[
            ("sex = \"female\", post = \"worker\"", "sex = \"male\", post = \"worker\""),
            ("years = 55, months = 0", "years = 55, months = 12"),
        ],
    ),
    ("no conditions", &[("[[conditions]]\nlevel = \"entry\"", "[[conditions]]\nlevel = \"senior\"")]),
    ("years of no title", &[("title = \"intermediate\", title_years = 5", "title_years = 5")]),
    ("title not below", &[("title = \"intermediate\", title_years = 5", "title = \"senior\", title_years = 5")]),
    ("study", &[("hours_specialty = 60", "hours_specialty = 91"), ("tracks = [\"private_enterprise\"]", "tracks = [\"public\"]")]),
    (
        "categories",
        &[
            ("exemption_evidence = \"study_exemption_form\"", "exemption_evidence = \"form\""),
            ("\"graduate_registration_form\"]\nfallback", "\"school_form\"]\nfallback"),
        ],
    ),
    ("no way to correct", &[("max_committee_submissions = 3", "max_committee_submissions = 0"), ("days = 2", "days = 0")]),
    ("fee missing", &[("{ level_group = \"junior\", amount_minor = 20000 },", "")]),
    ("fee below nothing", &[("amount_minor = 40000", "amount_minor = -1"), ("currency = \"CNY\"", "currency = \"yuan\"")]),
    (
        "shares",
        &[("percent = 75", "percent = 101"), ("quorum = { fraction = { numerator = 2", "quorum = { fraction = { numerator = 4")],
    ),
    (
        "division by nothing",
        &[("pass = { fraction = { numerator = 2, denominator = 3", "pass = { fraction = { numerator = 2, denominator = 0")],
    ),
    (
        "committee size missing",
        &[("{ level_group = \"junior\", scope = \"series\"", "{ level_group = \"junior\", scope = \"specialty\"")],
    ),
    ("certificate", &[("{specialty}{level}{sequence}", "{specialty}{name}{sequence}"), ("name = \"02\"", "name = \"01\"")]),
    ("media type", &[("media_types = [\"application/pdf\"", "media_types = [\"pdf\""), ("max_bytes = 20971520", "max_bytes = 0")]),
    ("assumption of nothing", &[("path = \"correction.counting\"", "path = \"correction.sums\"")]),
    ("unknown field beside a wrong meaning", &[("days = 2", "days = 0\nhours = 3")]),
    ("empty name", &[("name = \"土地\"", "name = \" \"")]),
    ("year out of range", &[("year = 2024", "year = 1066")]),
    ("year of another notice", &[("year = 2024", "year = 2023")]),
    ("placeholder", &[("payment_desk = \"地区自然资源局7楼财务审计科\"", "payment_desk = \"无\"")]),
    ("calendar of a region as the state's", &[("state = \"cn\"", "state = \"cn\"\nregional = [\"cn\"]")]),
    ("county missing", &[("    { code = \"652928\", name = \"阿瓦提县\" },\n", "")]),
    ("window in another year", &[("opens = \"2024-07-22", "opens = \"2022-07-22")]),
    ("seniority date 2042", &[("date = \"2024-12-31\"", "date = \"2042-12-31\"")]),
    ("seniority date of the next year", &[("date = \"2024-12-31\"", "date = \"2025-08-31\"")]),
    ("issued after the opening", &[("issued_on = \"2024-07-18\"", "issued_on = \"2024-07-28\"")]),
    ("more days to correct than to review", &[("days = 2", "days = 60")]),
    ("holiday on a weekend", &[("regional_holidays = []", "regional_holidays = [{ date = \"2024-08-31\", name = \"节\" }]")]),
    ("open series without a specialty", &[("name = \"农业\"\nopen = false", "name = \"农业\"\nopen = true")]),
    ("two levels of one title", &[("title = \"助理工程师\"", "title = \"技术员\"")]),
    ("exam of a level that is not reviewed", &[("exam_replaces_review = []", "exam_replaces_review = [\"senior\"]")]),
    ("ownership that no kind has", &[("ownerships = [\"private\"], place", "ownerships = [\"none\"], place")]),
    ("outside of another area", &[("outside_of = \"650000\"", "outside_of = \"640000\"")]),
    ("county step decided by the employer", &[("place = \"county\"", "place = \"employer\"")]),
    (
        "chain of nine steps",
        &[(
            "[[tracks.chain]]\nid = \"department_review\"",
            "[[tracks.chain]]\nid = \"extra_0\"\nname = \"加审\"\nname_en = \"extra review\"\nplace = \"prefecture\"\norganisations = [\"prefecture_employment_service\"]\nclause = \"4.1b\"\npublicity_required = false\nchecklist_required = true\nfixed_sentence = false\n\n[[tracks.chain]]\nid = \"extra_1\"\nname = \"加审\"\nname_en = \"extra review\"\nplace = \"prefecture\"\norganisations = [\"prefecture_employment_service\"]\nclause = \"4.1b\"\npublicity_required = false\nchecklist_required = true\nfixed_sentence = false\n\n[[tracks.chain]]\nid = \"extra_2\"\nname = \"加审\"\nname_en = \"extra review\"\nplace = \"prefecture\"\norganisations = [\"prefecture_employment_service\"]\nclause = \"4.1b\"\npublicity_required = false\nchecklist_required = true\nfixed_sentence = false\n\n[[tracks.chain]]\nid = \"extra_3\"\nname = \"加审\"\nname_en = \"extra review\"\nplace = \"prefecture\"\norganisations = [\"prefecture_employment_service\"]\nclause = \"4.1b\"\npublicity_required = false\nchecklist_required = true\nfixed_sentence = false\n\n[[tracks.chain]]\nid = \"extra_4\"\nname = \"加审\"\nname_en = \"extra review\"\nplace = \"prefecture\"\norganisations = [\"prefecture_employment_service\"]\nclause = \"4.1b\"\npublicity_required = false\nchecklist_required = true\nfixed_sentence = false\n\n[[tracks.chain]]\nid = \"extra_5\"\nname = \"加审\"\nname_en = \"extra review\"\nplace = \"prefecture\"\norganisations = [\"prefecture_employment_service\"]\nclause = \"4.1b\"\npublicity_required = false\nchecklist_required = true\nfixed_sentence = false\n\n[[tracks.chain]]\nid = \"department_review\"",
        )],
    ),
    (
        "step of two names",
        &[(
            "name = \"用人单位审核\"\nname_en = \"employer's review\"\nplace = \"employer\"\norganisations = [\"enterprise\", \"personnel_agency\"]",
            "name = \"单位初审\"\nname_en = \"employer's review\"\nplace = \"employer\"\norganisations = [\"enterprise\", \"personnel_agency\"]",
        )],
    ),
    (
        "step left out for every level",
        &[(
            "left_out = { without_department = true }",
            "left_out = { without_department = true, levels = [\"entry\", \"assistant\", \"intermediate\", \"associate_senior\"] }",
        )],
    ),
    (
        "two kinds for one region",
        &[("[\"county_employment_service\"]", "[\"county_employment_service\", \"prefecture_employment_service\"]")],
    ),
    (
        "two steps of one organisation",
        &[(
            "place = \"prefecture\"\norganisations = [\"prefecture_employment_service\"]",
            "place = \"county\"\norganisations = [\"county_employment_service\"]",
        )],
    ),
    (
        "role that the organisation does not have",
        &[("organisations = [\"supervising_department\"]", "organisations = [\"bureau\"]")],
    ),
    ("employers left out of the chain", &[("[\"enterprise\", \"personnel_agency\"]", "[\"personnel_agency\"]")]),
    (
        "publicity at the county (L7)",
        &[(
            "organisations = [\"county_employment_service\"]\nclause = \"4.1c\"\npublicity_required = false",
            "organisations = [\"county_employment_service\"]\nclause = \"4.1c\"\npublicity_required = true",
        )],
    ),
    ("publicity nowhere", &[("publicity_required = true", "publicity_required = false")]),
    (
        "employer's step left out",
        &[("fixed_sentence = true\n", "fixed_sentence = true\nleft_out = { without_department = true }\n")],
    ),
    ("mandatory department (L6)", &[("left_out = { without_department = true }\n", "left_out = { without_department = false }\n")]),
    ("no county", &[("counties = [\n…[calendar]", "counties = []\n\n")]),
    ("sentence nowhere", &[("fixed_sentence = true", "fixed_sentence = false")]),
    (
        "gap in the retirement table",
        &[(
            "post = \"worker\", years = 50, months = 0 },",
            "post = \"worker\", born_to = \"1974-12-31\", years = 50, months = 0 },\n    { sex = \"female\", post = \"worker\", born_from = \"1975-07-01\", years = 51, months = 0 },",
        )],
    ),
    (
        "shadowed and falling rows of the retirement table",
        &[(
            "    { sex = \"male\", post = \"worker\", years = 60, months = 0 },",
            "    { sex = \"male\", post = \"worker\", years = 60, months = 0 },\n    { sex = \"male\", post = \"worker\", born_from = \"1970-01-01\", years = 55, months = 0 },",
        )],
    ),
    ("heavier sanction that does not bar", &[("name = \"开除\", bars = true", "name = \"开除\", bars = false")]),
    (
        "alternative twice",
        &[(
            "lowest_qualification = \"doctorate\", title = \"intermediate\", title_years = 2",
            "lowest_qualification = \"bachelor\", title = \"intermediate\", title_years = 5",
        )],
    ),
    (
        "weaker condition for a higher level",
        &[("title = \"intermediate\", title_years = 5", "title = \"intermediate\", title_years = 1")],
    ),
    (
        "less education for a higher level",
        &[(
            "lowest_qualification = \"bachelor\", title = \"intermediate\"",
            "lowest_qualification = \"secondary_vocational\", title = \"intermediate\"",
        )],
    ),
    ("route below the lowest grade", &[("grade = \"senior_worker\", years", "grade = \"intermediate_worker\", years")]),
    ("no appraisal", &[("appraisals = 3", "appraisals = 0")]),
    ("study year 2032", &[("[2021, 2022, 2023, 2024]", "[2021, 2022, 2023, 2032]")]),
    ("study year 2001", &[("[2021, 2022, 2023, 2024]", "[2001, 2022, 2023, 2024]")]),
    ("certificates from the system since 2202", &[("year = 2022 }]", "year = 2202 }]")]),
    (
        "waiver twice",
        &[(
            "first_application_only = true, clause = \"4.2.4c\" },",
            "first_application_only = true, clause = \"4.2.4c\" },\n    { tracks = [\"private_enterprise\"], first_application_only = true, clause = \"4.2.4d\" },",
        )],
    ),
    ("form of exemption never asked for", &[("required_when = [{ facts = [\"study_exempted\"] }]", "required_when = []")]),
    ("Putonghua of nobody", &[("employer_kinds = [\"public_institution\"]\nlowest", "employer_kinds = [\"bureau\"]\nlowest")]),
    ("thirty submissions", &[("max_committee_submissions = 3", "max_committee_submissions = 30")]),
    ("publicity of no day", &[("days = 5\ncounting = \"working_days\"", "days = 0\ncounting = \"working_days\"")]),
    ("objections without effect", &[("open_blocks = true\nupheld_ends = true", "open_blocks = false\nupheld_ends = false")]),
    (
        "awaits a posting that nobody confirms",
        &[("employer_confirms = true\nawait_posting = false", "employer_confirms = false\nawait_posting = true")],
    ),
    ("nothing masked", &[("masked = [\"name\", \"photo\", \"employer\"]", "masked = []")]),
    (
        "only fallbacks",
        &[(
            "fallback = [\"graduate_registration_form\"]",
            "fallback = [\"chsi_registration_form\", \"chsi_verification_report\", \"graduate_registration_form\"]",
        )],
    ),
    ("condition beside `{}`", &[("required_when = [{}]", "required_when = [{}, { facts = [\"hosted\"] }]")]),
    ("no copy", &[("copies = 2\nclause", "copies = 0\nclause")]),
    ("copies that contradict each other", &[("copies = 2\nclause", "copies = 3\nclause")]),
    (
        "form left out of the originals",
        &[("    { id = \"review_form\", name = \"《专业技术职务任职资格评审表》\", copies = 2 },\n", "")],
    ),
    (
        "original left out",
        &[("    { id = \"recommendation\", name = \"推荐报告\", copies = 1, evidence = \"recommendation\" },\n", "")],
    ),
    ("item left out of the checklist", &[("    { id = \"exams\", name = \"业务考试\" },\n", "")]),
    ("first item left out of the checklist", &[("    { id = \"identity\", name = \"申报人基本信息\" },\n", "")]),
    ("fee in yuan", &[("amount_minor = 60000", "amount_minor = 600")]),
    ("fee of another unit", &[("amount_minor = 60000", "amount_minor = 6000000")]),
    ("nobody defends", &[("required_for = [\"senior\"]", "required_for = []")]),
    (
        "quorum 1/100",
        &[("quorum = { fraction = { numerator = 2, denominator = 3", "quorum = { fraction = { numerator = 1, denominator = 100")],
    ),
    (
        "quorum 3/5",
        &[("quorum = { fraction = { numerator = 2, denominator = 3", "quorum = { fraction = { numerator = 3, denominator = 5")],
    ),
    ("senior committee of 5", &[("members = 25", "members = 5")]),
    ("senior committee of 2", &[("members = 25", "members = 2")]),
    ("cap 0 %", &[("percent = 75", "percent = 0")]),
    ("cap 100 %", &[("percent = 75", "percent = 100")]),
    ("cap 57 %", &[("percent = 75", "percent = 57")]),
    ("fraud without a ban", &[("ban_years = 3", "ban_years = 0")]),
    ("phone 无", &[("phones = [\"0997-6711812\"]", "phones = [\"无\"]")]),
    ("phone a digit short", &[("phones = [\"0997-6711812\"]", "phones = [\"0997-671181\"]")]),
    (
        "address that is none",
        &[
            ("url = \"https://www.xjzcsq.com\"\nclause", "url = \"www.xjzcsq.com\"\nclause"),
            ("conditions_url = \"https://www.xjzcsq.com\"", "conditions_url = \"无\""),
        ],
    ),
    ("contact that reaches nobody", &[("phones = [\"0997-6711812\"]", "phones = []")]),
    ("no contact", &[("[[contacts]]…[[templates]]", ""), ("issued_on", "contacts = []\nissued_on")]),
    ("template without text and note", &[("note = \"所据通知副本未附此模板正文，待主办局提供。\"\n", "")]),
    ("template A1 removed", &[("[[templates]]\nid = \"A1\"…[[templates]]\nid = \"A2\"", "")]),
    ("assumption by index", &[("path = \"evidence[hosting_certificate]", "path = \"evidence[11]")]),
    ("assumption of two items", &[("path = \"pass_rate_caps[associate_senior].scope\"", "path = \"committee.sizes[senior]\"")]),
    ("assumption without a note", &[("note = \"派驻须有证明。\"", "note = \"是\"")]),
    (
        "assumption removed",
        &[("[[assumptions]]\npath = \"correction.counting\"…[[assumptions]]\npath = \"correction.capped_by\"", "")],
    ),
    (
        "other days than the words",
        &[
            ("days = 5\ncounting = \"working_days\"", "days = 6\ncounting = \"working_days\""),
            ("days = 2", "days = 3"),
            ("hours_total = 90", "hours_total = 80"),
        ],
    ),
];

fn broken(changes: &[(&str, &str)]) -> String {
    let mut text = builtin()[0].1.to_owned();
    for (from, to) in changes {
        // `A…B`: from A up to B, without B.
        let whole = match from.split_once('…') {
            Some((first, end)) => {
                let start = text.find(first).unwrap_or_else(|| panic!("the file has no {first:?}"));
                let length = text[start + 1..].find(end).unwrap_or_else(|| panic!("the file has no {end:?}")) + 1;
                text[start..start + length].to_owned()
            }
            None => (*from).to_owned(),
        };
        assert!(text.contains(&whole), "the file has no {from:?}");
        text = text.replacen(&whole, to, 1);
    }
    text
}

/// The line is given as it stands in the file, so that other edits of the file do not move the whole table.
#[test]
fn broken_file_reports_every_finding_with_line_clause_and_path() {
    let mut table = Vec::new();
    for (name, changes) in BROKEN {
        let text = broken(changes);
        let findings = read(&text, "broken.toml").findings;
        assert!(!findings.is_empty(), "{name}");
        table.push(format!("## {name}"));
        for Finding { line, column, path, severity, check, clause, message, .. } in findings {
            let line = text.lines().nth(line - 1).unwrap_or("(end)");
            let from_column: String = line.chars().skip(column - 1).take(60).collect();
            let clause = clause.as_deref().unwrap_or("-");
            table.push(format!("{from_column}\n    {severity} {check} {clause} {path}\n    {}\n    {}", message.zh, message.en));
        }
    }
    insta::assert_snapshot!("broken_cycles", table.join("\n"));
}

/// A check that no broken file of the table sets off is tried by nothing.
#[test]
fn every_check_is_set_off_by_a_broken_file() {
    let found: BTreeSet<String> = BROKEN
        .iter()
        .flat_map(|(_, changes)| read(&broken(changes), "broken.toml").findings)
        .map(|finding| finding.check)
        .collect();
    let known: BTreeSet<String> =
        checks::GROUPS.iter().flat_map(|(_, _, checks)| checks.iter()).map(|check| check.id.to_owned()).collect();
    assert_eq!(known.difference(&found).collect::<Vec<_>>(), Vec::<&String>::new());
}

/// What lets the server act wrongly is refused; what is odd is loaded and said.
#[test]
fn warnings_do_not_refuse_a_file() {
    let odd = broken(&[("left_out = { without_department = true }\n", "left_out = { without_department = false }\n")]);
    assert!(load(&odd, "odd.toml").is_ok());
    let report = |strict| check(&odd, "odd.toml", Calendars::builtin(), strict);
    assert_eq!((report(false).exit_code, report(true).exit_code), (0, 1));
    let line = odd.lines().position(|line| line == "id = \"department_review\"").unwrap() + 4;
    assert!(
        report(false).text.starts_with(&format!("odd.toml:{line}:1: 提示 warning[department_needed] 4.1b: ")),
        "{}",
        report(false).text
    );
    let wrong = broken(&[("percent = 75", "percent = 0"), ("year = 2022 }]", "year = 2202 }]")]);
    let errors = load(&wrong, "wrong.toml").expect_err("is wrong");
    assert!(errors.iter().all(|finding| finding.severity == Severity::Error), "warnings are left out");
    let clauses: Vec<_> = errors.iter().map(|finding| finding.clause.as_deref()).collect();
    assert_eq!(clauses, [Some("4.2.4b"), Some("4.8")]);
}

/// A version that an older program took in stays readable.
#[test]
fn stored_definition_is_held_to_the_format_only() {
    let gap = broken(&[("post = \"worker\", years = 50", "post = \"worker\", born_to = \"1974-12-31\", years = 50")]);
    assert!(load(&gap, "gap.toml").is_err());
    assert!(load_stored(&gap, "gap.toml").is_ok());
    assert!(load_stored(&broken(&[("hours_total = 90\n", "")]), "gap.toml").is_err());
}

#[test]
fn positions_count_from_one() {
    let text = "format = 1\nid = \"cn\"\nname = \"x\"\nsource = \"y\"\nyears = [2024]\n\n[[holidays]]\nname = \"元旦\"\nfrom = \"2024-01-02\"\nto = \"2024-01-01\"\nworking_days = [\"2024-01-03\", 7]\nextra = 1\n";
    let lines = |text: &str| {
        let findings = load_calendar(text, "calendar.toml").expect_err("is broken");
        let place = |finding: &Finding| {
            format!("{}:{}:{}: {}: {}", finding.source, finding.line, finding.column, finding.path, finding.message.en)
        };
        findings.iter().map(place).collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(lines(text), @r#"
    calendar.toml:11:31: holidays[0].working_days[1]: invalid type: integer `7`, expected a formatted date string
    calendar.toml:12:1: holidays[0].extra: unknown field `extra`, expected one of `name`, `from`, `to`, `working_days`
    "#);
    insta::assert_snapshot!(lines(&text.replace(", 7]", "]").replace("extra = 1\n", "")), @"calendar.toml:10:1: holidays[0].to: a holiday ends on its first day or within a month after it");
    insta::assert_snapshot!(lines("format = 1\nid = cn\nyears = [2024\n"), @r#"
    calendar.toml:2:6: : string values must be quoted, expected literal string
    calendar.toml:3:14: : unclosed array, expected `]`
    "#);
    insta::assert_snapshot!(lines(""), @r#"
    calendar.toml:1:1: format: `format` is missing
    calendar.toml:1:1: id: `id` is missing
    calendar.toml:1:1: name: `name` is missing
    calendar.toml:1:1: source: `source` is missing
    calendar.toml:1:1: years: `years` is missing
    calendar.toml:1:1: holidays: `holidays` is missing
    "#);
}

#[test]
fn contradictory_calendar_is_rejected() {
    let text = BUILTIN_CALENDARS[0].1;
    let message = |from: &str, to: &str| {
        assert!(text.contains(from));
        let findings = load_calendar(&text.replacen(from, to, 1), "calendar.toml").expect_err("is broken");
        findings.iter().map(|finding| format!("{}: {}", finding.path, finding.message.en)).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(message("[\"2024-09-14\"]", "[\"2024-09-13\"]"), "holidays[5].working_days[0]: 2024-09-13 is no Saturday or Sunday");
    assert_eq!(
        message("[\"2024-09-14\"]", "[\"2024-10-05\"]"),
        "holidays[5].working_days[0]: 2024-10-05 is a holiday and a working day"
    );
    assert_eq!(message("years = [2024]", "years = [2025]").lines().count(), 22);
    assert_eq!(
        message("to = \"2024-09-17\"", "to = \"2024-12-17\""),
        "holidays[5].to: a holiday ends on its first day or within a month after it"
    );
}

/// A year that the product does not know comes from a file of the operator, which also corrects one that it knows.
#[test]
fn calendar_files_add_years_and_regions() {
    let file = |name: &str, text: &str| (name.to_owned(), text.to_owned());
    let next = "format = 1\nid = \"cn\"\nname = \"x\"\nsource = \"y\"\nyears = [2027]\n\n[[holidays]]\nname = \"元旦\"\nfrom = \"2027-01-01\"\nto = \"2027-01-01\"\nworking_days = []\n";
    let later = broken(&[("closes = \"2024-09-16", "closes = \"2027-09-16"), ("year = 2024", "year = 2026")]);
    let unknown = |calendars: &Calendars| {
        let findings = read_with(&later, "later.toml", calendars).findings;
        findings.into_iter().filter(|finding| finding.check == "calendar_year").map(|finding| finding.todo.en).collect::<Vec<_>>()
    };
    assert!(unknown(Calendars::builtin())[0].contains("cycles.calendars"));
    let calendars = Calendars::with_files(&[file("cn-2027.toml", next)]).unwrap();
    assert_eq!(unknown(&calendars), Vec::<String>::new());
    assert_eq!(calendars.find("cn").unwrap().years, [2024, 2025, 2026, 2027]);
    // The window closes in a year that is known; the last booking day lies in the next one.
    let spilling = broken(&[("closes = \"2024-09-16", "closes = \"2026-12-30"), ("year = 2024", "year = 2026")]);
    let places = |calendars: &Calendars| {
        let findings = read_with(&spilling, "spilling.toml", calendars).findings;
        findings.into_iter().filter(|finding| finding.check == "calendar_year").map(|finding| finding.path).collect::<Vec<_>>()
    };
    assert_eq!(places(Calendars::builtin()), ["fees.booking_days"]);
    assert_eq!(places(&calendars), Vec::<String>::new());
    // The same year in two files of the folder.
    let twice = Calendars::with_files(&[file("a.toml", next), file("b.toml", next)]).expect_err("twice");
    assert!(twice[0].message.en.contains("a.toml already"), "{}", twice[0]);
    // A folder is read as a whole.
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("cn-2027.toml"), next).unwrap();
    std::fs::write(folder.path().join("notes.txt"), "no calendar").unwrap();
    assert!(Calendars::with_folder(folder.path()).unwrap().find("cn").unwrap().years.contains(&2027));
    std::fs::write(folder.path().join("x.toml"), next.replace("id = \"cn\"", "id = \"X\"")).unwrap();
    assert!(Calendars::with_folder(folder.path()).expect_err("an id").contains("x.toml:"));
    assert!(Calendars::with_folder(&folder.path().join("none")).is_err());
}

#[test]
fn check_command_prints_findings_and_sets_the_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cycle.toml");
    assert_eq!(cli_check(&file, Calendars::builtin(), false).exit_code, 2);
    std::fs::write(&file, builtin()[0].1).unwrap();
    let report = cli_check(&file, Calendars::builtin(), false);
    assert_eq!(report.exit_code, 0);
    assert!(report.text.contains("ok: aksu-2024"), "{}", report.text);
    std::fs::write(&file, broken(&[("days = 2", "days = 0")])).unwrap();
    let report = cli_check(&file, Calendars::builtin(), false);
    assert_eq!(report.exit_code, 1);
    assert!(
        report.text.contains("correction.days\n    至少一日 → ") && report.text.ends_with("1 错误 error(s), 1 提示 warning(s)\n"),
        "{}",
        report.text
    );
}

/// Cutting a file anywhere gives findings, never a panic.
#[test]
fn truncated_file_is_rejected() {
    let text = builtin()[1].1;
    for end in (0..text.len() - 40).step_by(997).filter(|end| text.is_char_boundary(*end)) {
        assert!(!load(&text[..end], "cut.toml").expect_err("is cut off").is_empty());
    }
}
