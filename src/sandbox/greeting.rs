//! What the start of a sandbox prints.

use super::{Error, demo, seed};
use crate::context::App;
use std::fmt::Write as _;
use title_review_core::vocabulary::Role;

/// What the start prints: the simulated time, and how to get in if the demo is there.
pub fn greeting(app: &App, seeded: bool) -> Result<String, Error> {
    let mut text = format!("沙箱模式，模拟时间 / sandbox, simulated time:  {}\n", app.clock.now());
    if !seeded {
        text.push_str("数据库中已有账号，未写入演示数据 / the database had accounts already: no demo data\n");
        return Ok(text);
    }
    let mut row = |login: &str, what: &str, at: &str| {
        let gap = " ".repeat(28_usize.saturating_sub(login.len()));
        let _ = writeln!(text, "  {login}{gap}{what}  {at}");
    };
    row("演示账号 / demo logins", "", "");
    for (login, role) in demo::ADMINISTRATORS {
        row(login, role.zh(), "");
    }
    for (definition, demo) in seed::demos()? {
        row(&format!("-- {}", definition.id), "", "");
        for seat in &demo.seats {
            for (login, role) in &seat.staff {
                row(login, role.zh(), &seat.name);
            }
        }
        for applicant in &demo.applicants {
            row(&applicant.login, Role::Applicant.zh(), applicant.story.zh());
        }
    }
    let _ = writeln!(text, "密码均为 / password of all:  {}", demo::PASSWORD);
    Ok(text)
}
