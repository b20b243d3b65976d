//! A signed head: what stood at the end of the record at an instant.

use serde::{Deserialize, Serialize};
use title_review_core::clock::Instant;
use title_review_core::vocabulary::wire_enum;
use utoipa::ToSchema;

wire_enum! {
    /// Why a head was signed.
    HeadReason {
        Scheduled = "scheduled", "定时", "the ten minutes were over";
        WindowClosed = "window_closed", "窗口关闭", "a window of a cycle closed";
        MeetingClosed = "meeting_closed", "会议结束", "a meeting was closed";
        PublicityStarted = "publicity_started", "评审结果公示开始", "the publicity of results started";
    }
}

/// The end of the record at an instant, signed. One line of the exported file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignedHead {
    /// Number of the record's last row.
    pub seq: i64,
    /// Hash of that row, which covers every row before it.
    pub hash: String,
    /// When it was signed.
    pub at: Instant,
    /// Why it was signed.
    pub reason: HeadReason,
    /// `seq` of the head signed before it; 0 for the first. A head that was left out shows.
    pub after: i64,
    /// Which key signed it.
    #[schema(example = "a-0123456789abcdef")]
    pub kid: String,
    /// Ed25519 over the fields above, as docs/audit-chain.md writes them; base64url.
    pub signature: String,
}

impl SignedHead {
    /// The text that is signed: a line for what it is and one for each field.
    #[must_use]
    pub fn signed_text(&self) -> String {
        let Self { seq, hash, at, reason, after, kid, .. } = self;
        format!("title-review audit head 1\n{seq}\n{hash}\n{at}\n{reason}\n{after}\n{kid}")
    }
}

/// Ten minutes.
const EVERY_MICROS: i64 = 600 * 1_000_000;

/// The next full ten minutes after an instant.
#[must_use]
pub fn next_scheduled(after: Instant) -> Instant {
    let passed = after.micros().div_euclid(EVERY_MICROS);
    Instant::from_micros(passed.saturating_add(1).saturating_mul(EVERY_MICROS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_due_at_multiples_of_ten_minutes() {
        for (after, next) in [("08:59:59.999999", "09:00:00"), ("09:00:00", "09:10:00"), ("09:09:59", "09:10:00")] {
            let instant = |time: &str| format!("2024-08-30T{time}+08:00").parse::<Instant>().unwrap();
            assert_eq!(next_scheduled(instant(after)), instant(next));
        }
    }

    #[test]
    fn the_signed_text_has_a_line_for_each_field() {
        let head = SignedHead {
            seq: 7,
            hash: "ab".to_owned(),
            at: "2024-08-30T18:00:00.5+08:00".parse().unwrap(),
            reason: HeadReason::WindowClosed,
            after: 3,
            kid: "a-1".to_owned(),
            signature: "s".to_owned(),
        };
        let text = "title-review audit head 1\n7\nab\n2024-08-30T18:00:00.500+08:00\nwindow_closed\n3\na-1";
        assert_eq!(head.signed_text(), text);
    }
}
