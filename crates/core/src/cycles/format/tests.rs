use super::terms::{term, type_term};
use super::types::types;
use super::{diff, diff_text, format_page, json_schema, skeleton};
use crate::cycles::{builtin, loader};
use crate::generated::assert_generated;

#[test]
fn format_page_is_up_to_date() {
    assert_generated("docs/cycle-format.md", &format_page());
}

#[test]
fn schema_for_editors_is_up_to_date() {
    assert_generated("cycles/cycle.schema.json", &json_schema());
}

#[test]
fn every_field_and_table_has_a_chinese_term_and_a_description() {
    let types = types();
    assert!(types.len() > 60, "{}", types.len());
    for (name, known) in &types {
        for field in &known.fields {
            assert!(term(name, &field.name).is_some(), "{name}.{}", field.name);
            assert!(!field.description.is_empty(), "{name}.{}", field.name);
        }
        if !known.fields.is_empty() && name != "CycleDefinition" {
            assert!(type_term(name).is_some(), "{name}");
        }
    }
}

/// What serde reads a file without is not required, and only that.
#[test]
fn required_fields_are_those_of_the_reader() {
    let types = types();
    let required = |name: &str| -> Vec<String> {
        let fields = &types.get(name).unwrap().fields;
        fields.iter().filter(|field| field.required).map(|field| field.name.clone()).collect()
    };
    assert_eq!(required("CycleWindow"), ["closes", "inclusive", "clause"]);
    assert_eq!(required("ConditionAlternative"), ["id", "words", "lowest_qualification"]);
    assert_eq!(required("CalendarChoice"), ["state"]);
    assert!(required("EvidenceCondition").is_empty());
    let root = required("CycleDefinition");
    assert!(!root.contains(&"putonghua".to_owned()) && root.contains(&"assumptions".to_owned()));
}

/// A skeleton can be loaded; what is to be filled in is warned of, and nothing else is wrong.
#[test]
fn skeleton_is_loaded_with_warnings_only() {
    for year in [2024, 2025, 2026] {
        let text = skeleton("teachers-next", year);
        let loaded = loader::read(&text, "skeleton.toml");
        let errors: Vec<String> = loaded.findings.iter().filter(|finding| finding.is_error()).map(ToString::to_string).collect();
        assert!(errors.is_empty(), "{}", errors.join("\n"));
        assert_eq!(loaded.definition.map(|cycle| (cycle.id, cycle.year)), Some(("teachers-next".to_owned(), year)));
        assert!(loaded.findings.iter().any(|finding| finding.check == "placeholder"));
    }
    let far = loader::load(&skeleton("teachers-next", 2099), "skeleton.toml").expect_err("no calendar of 2099");
    assert!(far.iter().all(|finding| finding.check == "calendar_year" && finding.todo.en.contains("cycles.calendars")), "{far:?}");
}

#[test]
fn difference_is_told_clause_by_clause() {
    let (name, text) = builtin()[0];
    let old = loader::load(text, name).unwrap();
    assert_eq!(diff(&old, &old), []);
    let changed = text
        .replace("closes = \"2024-08-30T18:00:00+08:00\"", "closes = \"2024-08-23T18:00:00+08:00\"")
        .replace("amount_minor = 40000", "amount_minor = 50000")
        .replace("    { id = \"recommendation\", name = \"推荐报告\", copies = 1, evidence = \"recommendation\" },\n", "")
        .replace("title_years = 2 }", "title_years = 3 }")
        .replace("中级400元/人", "中级500元/人")
        .replace("left_out = { without_department = true }\n", "left_out = { without_department = false }\n")
        .replace(
            "    { id = \"exams\", name = \"业务考试\" },\n",
            "    { id = \"exams\", name = \"业务考试\" },\n    { id = \"ethics\", name = \"师德师风\" },\n",
        );
    let new = loader::load(&changed, name).unwrap();
    insta::assert_snapshot!("difference", diff_text(&old, &new));
}
