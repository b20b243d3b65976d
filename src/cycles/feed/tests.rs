use chrono::{DateTime, Utc};

use super::icalendar;
use title_review_core::cycles::deadlines::deadlines;
use title_review_core::cycles::{builtin, loader, working_calendar};

// clauses: 2.1, 2.3, 5.2
#[test]
fn calendar_feed_is_stable_with_the_same_uids() {
    let (name, text) = builtin()[0];
    let cycle = loader::load(text, name).unwrap();
    let all = deadlines(&cycle, &working_calendar(&cycle).unwrap(), None, &[]).unwrap();
    let stamp: DateTime<Utc> = "2024-07-18T02:00:00Z".parse().unwrap();
    let first = icalendar(&cycle, &all, stamp, 1);
    assert_eq!(first, icalendar(&cycle, &all, stamp, 1));
    let uids = |feed: &str| feed.lines().filter(|line| line.starts_with("UID:")).map(str::to_owned).collect::<Vec<_>>();
    let second = icalendar(&cycle, &all, stamp + chrono::TimeDelta::days(3), 2);
    assert_eq!(uids(&first), uids(&second));
    assert_eq!(uids(&first).len(), all.len());
    assert!(first.lines().all(|line| line.len() <= 75), "lines are folded at 75 bytes");
    assert!(first.ends_with("END:VCALENDAR\r\n"));
    insta::assert_snapshot!("aksu_2024_feed", first.replace("\r\n", "\n"));
}
