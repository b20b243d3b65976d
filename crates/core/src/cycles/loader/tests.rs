use super::{LoadError, check, cli_check, load, load_calendar};
use crate::cycles::{BUILTIN_CALENDARS, builtin};

// clauses: 2.1, 2.2, 2.3, 3.1, 4.6, 5.2
#[test]
fn builtin_files_load_without_findings() {
    for (name, text) in builtin() {
        let report = check(text, name);
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
    ("publicity longer than the window", &[("working_days = 5", "working_days = 60")]),
    ("unknown clause", &[("clause = \"4.3d\"", "clause = \"4.3x\""), ("told_once_clause = \"R1\"", "told_once_clause = \"\"")]),
    ("clause twice", &[("id = \"1.1b\"", "id = \"1.1a\"")]),
    ("series not open", &[("series = \"engineering\"", "series = \"agriculture\"")]),
    ("unknown series", &[("series = \"engineering\"", "series = \"cooking\"")]),
    ("level not open", &[("levels = [\"entry\", \"assistant\"", "levels = [\"senior\", \"assistant\"")]),
    ("chain ends early", &[("stage = \"formal_review\"", "stage = \"accepted\"")]),
    ("chain goes on", &[("stage = \"department_review\"", "stage = \"formal_review\"")]),
    ("role that does not review", &[("role = \"department_reviewer\"", "role = \"expert\"")]),
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
];

fn broken(changes: &[(&str, &str)]) -> String {
    let mut text = builtin()[0].1.to_owned();
    for (from, to) in changes {
        assert!(text.contains(from), "the file has no {from:?}");
        text = text.replacen(from, to, 1);
    }
    text
}

/// The line is given as it stands in the file, so that other edits of the file do not move the whole table.
#[test]
fn broken_file_reports_every_finding_with_line_and_path() {
    let mut table = Vec::new();
    for (name, changes) in BROKEN {
        let text = broken(changes);
        let findings = load(&text, "broken.toml").expect_err(name);
        table.push(format!("## {name}"));
        for LoadError { line, column, path, message, .. } in findings {
            let line = text.lines().nth(line - 1).unwrap_or("(end)");
            let from_column: String = line.chars().skip(column - 1).take(60).collect();
            table.push(format!("{from_column}\n    {path}: {message}"));
        }
    }
    insta::assert_snapshot!("broken_cycles", table.join("\n"));
}

#[test]
fn positions_count_from_one() {
    let text = "format = 1\nid = \"cn\"\nname = \"x\"\nyears = [2024]\n\n[[holidays]]\nname = \"元旦\"\nfrom = \"2024-01-02\"\nto = \"2024-01-01\"\nworking_days = [\"2024-01-03\", 7]\nextra = 1\n";
    let lines = |text: &str| {
        let findings = load_calendar(text, "calendar.toml").expect_err("is broken");
        findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(lines(text), @r#"
    calendar.toml:10:31: holidays[0].working_days[1]: invalid type: integer `7`, expected a formatted date string
    calendar.toml:11:1: holidays[0].extra: unknown field `extra`, expected one of `name`, `from`, `to`, `working_days`
    "#);
    insta::assert_snapshot!(lines(&text.replace(", 7]", "]").replace("extra = 1\n", "")), @"calendar.toml:9:1: holidays[0].to: a holiday ends on its first day or within a month after it");
    insta::assert_snapshot!(lines("format = 1\nid = cn\nyears = [2024\n"), @r#"
    calendar.toml:2:6: string values must be quoted, expected literal string
    calendar.toml:3:14: unclosed array, expected `]`
    "#);
    insta::assert_snapshot!(lines(""), @r#"
    calendar.toml:1:1: format: `format` is missing
    calendar.toml:1:1: id: `id` is missing
    calendar.toml:1:1: name: `name` is missing
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
        findings.iter().map(|finding| format!("{}: {}", finding.path, finding.message)).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(message("[\"2024-09-14\"]", "[\"2024-09-13\"]"), "holidays[5].working_days[0]: 2024-09-13 is no Saturday or Sunday");
    assert_eq!(
        message("[\"2024-09-14\"]", "[\"2024-10-05\"]"),
        "holidays[5].working_days[0]: 2024-10-05 is a holiday and a working day"
    );
    assert_eq!(message("2024, 2025, 2026", "2024, 2025").lines().count(), 20);
    assert_eq!(
        message("to = \"2024-09-17\"", "to = \"2025-09-17\""),
        "holidays[5].to: a holiday ends on its first day or within a month after it"
    );
}

#[test]
fn check_command_prints_findings_and_sets_the_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cycle.toml");
    assert_eq!(cli_check(&file).exit_code, 2);
    std::fs::write(&file, builtin()[0].1).unwrap();
    let report = cli_check(&file);
    assert_eq!(report.exit_code, 0);
    assert!(report.text.contains("ok: aksu-2024"), "{}", report.text);
    std::fs::write(&file, broken(&[("days = 2", "days = 0")])).unwrap();
    let report = cli_check(&file);
    assert_eq!(report.exit_code, 1);
    assert!(
        report.text.contains("correction.days: at least one day") && report.text.ends_with("1 finding(s)\n"),
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
