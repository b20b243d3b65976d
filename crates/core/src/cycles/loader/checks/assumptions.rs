//! Assumptions are bound to what they explain.

use super::findings::Findings;
use super::{Check, Subject};
use crate::cycles::loader::position;

pub(super) const CHECKS: &[Check] = &[
    Check::error(
        "assumption_of_nothing",
        nothing,
        ("改为本文件中已有的路径；列表中的项写作 列表[编号]", "name an item of the file; an item of a list as `list[id]`"),
    ),
    Check::warning(
        "assumption_by_index",
        index,
        (
            "改为编号，如 evidence[hosting_certificate]：插入一项后序号会改变",
            "name it by its id, such as `evidence[hosting_certificate]`: an index moves when an item is inserted",
        ),
    ),
    Check::warning("assumption_without_note", note, ("写明推定了什么及理由", "say what is assumed, and why")),
];

fn nothing(subject: &Subject<'_>, found: &mut Findings<'_>) {
    for (at, assumption) in subject.cycle.assumptions.iter().enumerate() {
        let (zh, en) = (
            format!("本文件没有“{}”，或不止一项", assumption.path),
            format!("this file has no item `{}`, or several", assumption.path),
        );
        let exists = position::resolve(subject.root, &assumption.path).is_some();
        found.unless(exists, format!("assumptions[{at}].path"), zh, en);
    }
}

fn index(subject: &Subject<'_>, found: &mut Findings<'_>) {
    for (at, assumption) in subject.cycle.assumptions.iter().enumerate() {
        let by_index = position::parse_path(&assumption.path)
            .is_some_and(|steps| steps.iter().any(|step| matches!(step, position::Step::Index(_))));
        let (zh, en) = ("按序号指向一项", "names an item by its index");
        found.unless(!by_index, format!("assumptions[{at}].path"), zh, en);
    }
}

fn note(subject: &Subject<'_>, found: &mut Findings<'_>) {
    for (at, assumption) in subject.cycle.assumptions.iter().enumerate() {
        let (zh, en) = ("没有说明", "says nothing");
        found.unless(assumption.note.trim().chars().count() >= 4, format!("assumptions[{at}].note"), zh, en);
    }
}
