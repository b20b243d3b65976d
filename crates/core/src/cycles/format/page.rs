//! The page `docs/cycle-format.md`.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::terms::{term, type_term};
use super::types::{Field, ROOT, types};
use crate::cycles::builtin;
use crate::cycles::loader::checks::GROUPS;

const HEAD: &str = "\
# 年度定义文件的格式 / The format of a cycle file

Generated from the types in `crates/core/src/cycles/definition` and the table of checks; `UPDATE_GENERATED=1 cargo test --locked -p title-review-core` regenerates it.

一份通知就是一个文件（TOML）。`title-review cycle new` 写出骨架，`cycle check` 检查，`cycle diff` 逐条列出两份文件的不同。编辑器可用 `cycles/cycle.schema.json` 提示和检查，骨架首行已引用。

A notice is a file (TOML). `title-review cycle new` writes a skeleton, `cycle check` checks it, `cycle diff` says clause by clause what changed. Editors complete and check with `cycles/cycle.schema.json`, which the skeleton's first line names.

- 日期、时刻加引号：`\"2024-07-22\"`、`\"2024-08-30T18:00:00+08:00\"`。Days and instants are written in quotes.
- 不适用的项省略不写；表中“必填”为“否”的可以省略。What does not apply is left out, where the API shows null; fields that are not required may be.
- 每项规定写明所依据的 `clause`，其原文在 `[[clauses]]` 中。Every rule names its `clause`; the words are in `[[clauses]]`.
- 通知未写明的，列入 `[[assumptions]]`：`path` 指向所说明的项，列表中的项写作 `列表[编号]`，如 `evidence[commitment].required_when`。What the notice does not say is listed in `[[assumptions]]`; `path` names an item of a list by its id.
";

const CALENDARS: &str = "
## 节假日日历 / Calendars

日历也是文件，每年一个：程序自带 `calendars/` 中的各年，另一些年度或地区的日历放入 `cycles.calendars` 所指的目录。没有某年的日历时，凡须计算该年工作日的，`cycle check` 报错。

Calendars are files too, one for a year: those of `calendars/` come with the program, further years and regions are put into the folder `cycles.calendars`. Where a cycle needs a year that no file has, `cycle check` says so. A file of the folder takes the place of the program's file of that year.

";

/// The page, from the types, their Chinese terms, the first cycle's text as examples, and the table of checks.
#[must_use]
pub fn format_page() -> String {
    let types = types();
    let mut page = HEAD.to_owned();
    let mut described = BTreeSet::new();
    let Some(root) = types.get(ROOT) else { return page };
    page.push_str("\n## 总体 / The whole\n\n");
    table(&mut page, ROOT, &root.fields);
    example(&mut page, "");
    for field in &root.fields {
        let Some(name) = field.type_name().filter(|name| types.get(*name).is_some_and(|known| !known.fields.is_empty())) else {
            continue;
        };
        let list = if field.is_list() { format!("[[{}]]", field.name) } else { format!("[{}]", field.name) };
        // Writing to a text does not fail.
        let _ = write!(page, "\n## {} `{list}`\n\n{}\n", term(ROOT, &field.name).unwrap_or_default(), field.description);
        let mut names = vec![name.to_owned()];
        while let Some(name) = (!names.is_empty()).then(|| names.remove(0)) {
            let Some(known) = types.get(&name) else { continue };
            if !described.insert(name.clone()) {
                let _ = write!(page, "\n`{name}`：见上 / see above.\n");
                continue;
            }
            let title = type_term(&name).unwrap_or_default();
            let _ = write!(page, "\n**{title}** `{name}`: {}\n\n", one_line(&known.description));
            table(&mut page, &name, &known.fields);
            let inner = known.fields.iter().filter_map(Field::type_name);
            let inner = inner.filter(|name| types.get(*name).is_some_and(|known| !known.fields.is_empty()));
            names.extend(inner.filter(|name| !described.contains(*name)).map(str::to_owned));
        }
        example(&mut page, &field.name);
    }
    page.push_str("\n## 可用的值 / Values\n\n| 名称 / list | 值 / values |\n|---|---|\n");
    for (name, known) in types.iter().filter(|(_, known)| !known.values.is_empty()) {
        let lines = known.description.lines().filter_map(|line| line.strip_prefix("- "));
        let _ = writeln!(page, "| `{name}` | {} |", lines.collect::<Vec<_>>().join("<br>"));
    }
    page.push_str(CALENDARS);
    if let Some((_, text)) = crate::cycles::BUILTIN_CALENDARS.last() {
        let _ = write!(page, "```toml\n{text}```\n");
    }
    checks(&mut page);
    page
}

fn checks(page: &mut String) {
    page.push_str(
        "\n## 检查 / Checks\n\n错误：文件不能载入，因为程序可能出错或申报无法继续。提示：可以载入，但不寻常或与条款原文不一致。`cycle check --strict` 把提示也算作不通过。\n\n\
         An error refuses the file: the server could act wrongly, or an application could get stuck. A warning does not: something is odd, or differs from the words of its clause. `cycle check --strict` fails on warnings too.\n",
    );
    for (zh, en, checks) in GROUPS {
        let _ = write!(page, "\n### {zh} / {en}\n\n| 检查 / check | | 怎么办 / what to do |\n|---|---|---|\n");
        for check in *checks {
            let _ = writeln!(page, "| `{}` | {} | {}<br>{} |", check.id, check.severity.zh(), check.todo.0, check.todo.1);
        }
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn table(page: &mut String, type_name: &str, fields: &[Field]) {
    page.push_str("| 项 / field | 中文 | 必填 / required | 类型 / type | 说明 / description |\n|---|---|---|---|---|\n");
    for field in fields {
        let required = if field.required { "是 yes" } else { "否 no" };
        let kind = kind(field);
        let zh = term(type_name, &field.name).unwrap_or_default();
        let _ = writeln!(page, "| `{}` | {zh} | {required} | {kind} | {} |", field.name, field.description.replace('|', "\\|"));
    }
}

fn kind(field: &Field) -> String {
    let schema = if field.is_list() { &field.schema["items"] } else { &field.schema };
    let one = match (field.type_name(), schema["type"].as_str(), schema["format"].as_str()) {
        (Some(name), ..) => format!("`{name}`"),
        (_, Some("integer"), _) => "整数 number".to_owned(),
        (_, Some("boolean"), _) => "true/false".to_owned(),
        (_, _, Some("date")) => "日期 day".to_owned(),
        (_, _, Some("date-time")) => "时刻 instant".to_owned(),
        _ => "文字 text".to_owned(),
    };
    if field.is_list() { format!("列表 list: {one}") } else { one }
}

/// The first tables of the section in the first cycle's file; the top of the file for an empty name.
fn example(page: &mut String, section: &str) {
    let text = builtin().iter().map(|(_, text)| *text).find(|text| section.is_empty() || has(text, section)).unwrap_or_default();
    let mut seen = BTreeSet::new();
    let mut lines: Vec<&str> = Vec::new();
    let mut taking = section.is_empty();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        if line.starts_with('[') {
            let header = line.trim_matches(['[', ']']);
            let of_section = header == section || header.strip_prefix(section).is_some_and(|rest| rest.starts_with('.'));
            taking = !section.is_empty() && of_section && seen.insert(header);
        }
        if taking {
            lines.push(line);
        }
    }
    let shown = lines.join("\n");
    if !shown.trim().is_empty() {
        let _ = write!(page, "\n```toml\n{}\n```\n", shown.trim());
    }
}

fn has(text: &str, section: &str) -> bool {
    text.lines().any(|line| line.starts_with('[') && line.trim_matches(['[', ']']).split('.').next() == Some(section))
}
