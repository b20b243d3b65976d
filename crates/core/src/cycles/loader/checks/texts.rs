//! Contacts, templates and the clauses themselves.

use std::collections::HashSet;

use super::findings::Findings;
use super::{Check, Subject, walk_table};

pub(super) const CHECKS: &[Check] = &[
    Check::error(
        "phone",
        phone,
        (
            "填写带区号的完整号码，如 0997-6711812；没有电话的，phones = []",
            "write the whole number with its area code, such as `0997-6711812`; where there is none, `phones = []`",
        ),
    ),
    Check::error(
        "address",
        address,
        (
            "填写以 https:// 开头的完整网址；没有的，省略该项",
            "write the whole address, from `https://` on; where there is none, leave the item out",
        ),
    ),
    Check::warning("contact_reaches_nobody", contact, ("填写电话或网址", "write a number or an address")),
    Check::warning("contacts_none", contacts, ("在 contacts 中列出联系方式", "list the contacts in `contacts`")),
    Check::error(
        "template_empty",
        template,
        ("填写 text，或在 note 中说明为何没有正文", "write its `text`, or say in `note` why there is none"),
    ),
    Check::warning("template_missing", annex, ("在 templates 中补充该附件", "add the annex to `templates`")),
    Check::warning(
        "clause_unused",
        unused,
        (
            "检查是否漏写了依据该条款的规定；确实无关的，删去该条款",
            "see whether the rule that comes from it was left out; if it has none, remove the clause",
        ),
    ),
];

/// A telephone number of the mainland: a landline with its area code, a mobile, 400 or 800, a short number; an extension may follow.
fn is_phone(text: &str) -> bool {
    let (number, extension) = text.split_once(['转', '*']).unwrap_or((text, ""));
    let digits = |text: &str, lengths: std::ops::RangeInclusive<usize>| {
        lengths.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
    };
    if !extension.is_empty() && !digits(extension, 1..=6) {
        return false;
    }
    let number = number.strip_prefix("+86").unwrap_or(number).trim().replace(' ', "-");
    let parts: Vec<&str> = number.split('-').collect();
    match parts.as_slice() {
        [area, local] if area.starts_with('0') => digits(area, 3..=4) && digits(local, 7..=8),
        [area, local, extension] if area.starts_with('0') => {
            digits(area, 3..=4) && digits(local, 7..=8) && digits(extension, 1..=6)
        }
        ["400" | "800", ..] => digits(&parts.concat(), 10..=10),
        [one] if one.starts_with('0') => digits(one, 10..=12),
        [one] if one.starts_with("400") || one.starts_with("800") => digits(one, 10..=10),
        [one] => (one.starts_with('1') && digits(one, 11..=11)) || digits(one, 3..=6),
        _ => false,
    }
}

fn phone(subject: &Subject<'_>, found: &mut Findings<'_>) {
    for (at, contact) in subject.cycle.contacts.iter().enumerate() {
        for (index, phone) in contact.phones.iter().enumerate() {
            let (zh, en) = (format!("“{phone}”不是电话号码"), format!("`{phone}` is no telephone number"));
            found.unless(is_phone(phone.trim()), format!("contacts[{at}].phones[{index}]"), zh, en);
        }
    }
}

/// `http` or `https`, a host with a dot in it, no spaces.
fn is_address(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| {
        let host = rest.split(['/', '?', '#', ':']).next().unwrap_or_default();
        let parts: Vec<&str> = host.split('.').collect();
        parts.len() >= 2 && parts.iter().all(|part| !part.is_empty()) && !text.contains(char::is_whitespace)
    })
}

fn address(subject: &Subject<'_>, found: &mut Findings<'_>) {
    let cycle = subject.cycle;
    let contacts = cycle.contacts.iter().enumerate().map(|(at, contact)| (format!("contacts[{at}].url"), contact.url.as_ref()));
    let conditions = cycle.specialties.iter().enumerate();
    let conditions =
        conditions.map(|(at, specialty)| (format!("specialties[{at}].conditions_url"), specialty.conditions_url.as_ref()));
    for (path, url) in contacts.chain(conditions) {
        let Some(url) = url else { continue };
        let (zh, en) = (format!("“{url}”不是网址"), format!("`{url}` is no address of a page"));
        if !is_address(url) {
            if path.starts_with("contacts") {
                found.add(path, zh, en);
            } else {
                found.add_for(&cycle.mechanisms.conditions_clause, path, zh, en);
            }
        }
    }
}

fn contact(subject: &Subject<'_>, found: &mut Findings<'_>) {
    for (at, contact) in subject.cycle.contacts.iter().enumerate() {
        let some = !contact.phones.is_empty() || contact.url.is_some();
        let (zh, en) =
            (format!("“{}”没有电话和网址", contact.name), format!("`{}` has neither a number nor an address", contact.id));
        found.unless(some, format!("contacts[{at}]"), zh, en);
    }
}

fn contacts(subject: &Subject<'_>, found: &mut Findings<'_>) {
    if subject.cycle.contacts.is_empty() {
        found.add_for(&subject.cycle.mechanisms.publication_clause, "contacts", "没有联系方式", "there is no contact");
    }
}

fn template(subject: &Subject<'_>, found: &mut Findings<'_>) {
    for (at, template) in subject.cycle.templates.iter().enumerate() {
        let something = template.text.is_some() || template.note.is_some();
        let (zh, en) = ("既无正文也无说明", "a template without a text says why in `note`");
        found.unless(something, format!("templates[{at}]"), zh, en);
    }
}

/// A clause that is an annex, or a note of one (`A4.2`), has its template.
fn annex(subject: &Subject<'_>, found: &mut Findings<'_>) {
    let cycle = subject.cycle;
    for (at, clause) in cycle.clauses.iter().enumerate().filter(|(_, clause)| clause.section.starts_with("附件")) {
        let of = |annex: &String| clause.id.strip_prefix(annex).is_some_and(|note| note.is_empty() || note.starts_with('.'));
        let some = cycle.templates.iter().any(|template| of(&template.clause) || of(&template.id));
        if !some {
            let (zh, en) = (format!("{}没有模板", clause.section), format!("the annex `{}` has no template", clause.id));
            found.add_for(&clause.id, format!("clauses[{at}]"), zh, en);
        }
    }
}

fn unused(subject: &Subject<'_>, found: &mut Findings<'_>) {
    let mut used = HashSet::new();
    walk_table(subject.root, "", &mut |_, key, text| {
        if key == "clause" || key.ends_with("_clause") {
            used.insert(text.to_owned());
        }
    });
    for (at, clause) in subject.cycle.clauses.iter().enumerate() {
        if !used.contains(&clause.id) {
            let (zh, en) = (format!("没有规定依据条款{}", clause.id), format!("nothing comes from the clause `{}`", clause.id));
            found.add_for(&clause.id, format!("clauses[{at}].id"), zh, en);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{is_address, is_phone};

    #[test]
    fn telephone_number_has_its_digits() {
        for phone in [
            "0997-6711812",
            "010-12345678",
            "0991-3193615-8001",
            "09976711812",
            "13800000000",
            "400-123-4567",
            "12345",
            "0997-6711812转12",
        ] {
            assert!(is_phone(phone), "{phone}");
        }
        for phone in ["无", "", "0997-671181", "6711812", "0997-67118123456", "99-6711812", "1380000000", "0997—6711812"] {
            assert!(!is_phone(phone), "{phone}");
        }
    }

    #[test]
    fn address_has_scheme_and_host() {
        assert!(is_address("https://www.xjzcsq.com") && is_address("http://a.cn/x?y=1"));
        for url in ["无", "www.xjzcsq.com", "https://", "https://localhost", "https://a b.cn", "ftp://a.cn", "https://.cn"] {
            assert!(!is_address(url), "{url}");
        }
    }
}
