//! Attendance, tally and ruling of a meeting.

use serde::{Deserialize, Serialize};
use title_review_core::checks::Bilingual;
use title_review_core::clock::Instant;
use title_review_core::ids::{AccountId, ApplicationId, MeetingId};
use title_review_core::vocabulary::{Level, wire_enum};
use utoipa::ToSchema;

wire_enum! {
    /// Who leads a meeting (R3).
    Leader {
        Chair = "chair", "主任委员", "the chair";
        Deputy = "deputy", "副主任委员", "a deputy chair";
    }
}

wire_enum! {
    /// Why a candidate passed or did not.
    RulingReason {
        Passed = "passed", "通过", "passed";
        CapOpen = "cap_open", "票数达到要求，待年度名额核定", "enough votes, the cap of the year is not settled yet";
        TooFewVotes = "too_few_votes", "赞成票不足", "too few yes votes";
        OutsideCap = "outside_cap", "超出通过率", "enough votes, outside the pass-rate cap";
        TieAtCap = "tie_at_cap", "通过率线上票数相同", "enough votes, tied at the line of the pass-rate cap";
    }
}

/// When and where a meeting is held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Schedule {
    /// When.
    pub scheduled_at: Instant,
    /// Where.
    #[schema(example = "地区自然资源局会议室")]
    pub place: String,
}

/// Who was there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Attendance {
    /// Members present.
    #[schema(maximum = 65535, example = 24)]
    pub present: u16,
    /// Their names, where the office lists them.
    pub names: Vec<String>,
    /// Who led.
    pub led_by: Leader,
}

/// Votes on one candidate. A recused expert is not present for this candidate (R5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Tally {
    /// Votes for.
    #[schema(maximum = 65535, example = 16)]
    pub yes: u16,
    /// Votes against.
    #[schema(maximum = 65535, example = 6)]
    pub no: u16,
    /// Abstentions: not a yes (R4).
    #[schema(maximum = 65535, example = 2)]
    pub abstain: u16,
    /// Experts withdrawn.
    #[schema(maximum = 65535, example = 0)]
    pub recused: u16,
}

/// A schedule that was corrected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ScheduleCorrection {
    /// As it was.
    pub was: Schedule,
    /// As it is since.
    pub now: Schedule,
    /// So many members were there, too few for a meeting: it was adjourned (R3). Null for a correction.
    #[serde(default)]
    #[schema(required = true)]
    pub present: Option<u16>,
}

/// An attendance that was corrected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AttendanceCorrection {
    /// As it was.
    pub was: Attendance,
    /// As it is since.
    pub now: Attendance,
}

/// A tally that was corrected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TallyCorrection {
    /// On which application.
    pub application_id: ApplicationId,
    /// As it was.
    pub was: Tally,
    /// As it is since; null: with another number of members present it no longer stands, and has to be recorded again.
    pub now: Option<Tally>,
}

/// What an office corrected of a meeting in one act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MeetingCorrection {
    /// When.
    pub at: Instant,
    /// Who.
    pub by: Option<AccountId>,
    /// Why. Why a candidate was taken off the list stands in the history of its application.
    pub reason: Option<String>,
    /// Time and place.
    pub schedule: Option<ScheduleCorrection>,
    /// Who was there.
    pub attendance: Option<AttendanceCorrection>,
    /// Votes.
    pub tallies: Vec<TallyCorrection>,
    /// An application that was taken off the list.
    pub removed_candidate: Option<ApplicationId>,
}

impl Tally {
    /// Experts who voted or abstained.
    #[must_use]
    pub fn voters(&self) -> usize {
        usize::from(self.yes) + usize::from(self.no) + usize::from(self.abstain)
    }

    /// Somebody could vote, and the votes add up to the experts present without those recused.
    #[must_use]
    pub fn adds_up(&self, present: u16) -> bool {
        self.voters() > 0 && self.voters() + usize::from(self.recused) == usize::from(present)
    }
}

/// A candidate as the vote left it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The application.
    pub id: ApplicationId,
    /// Specialty id.
    pub specialty: String,
    /// Level applied for.
    pub level: Level,
    /// The vote.
    pub tally: Tally,
}

/// A candidate on whom a meeting of the cycle has voted: a cap is counted over all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reviewed {
    /// In which meeting.
    pub meeting: MeetingId,
    /// Specialty id.
    pub specialty: String,
    /// Level applied for.
    pub level: Level,
    /// What has been decided so far.
    pub ruling: Ruling,
    /// It has not been excluded since (A3, R10).
    pub present: bool,
}

impl Reviewed {
    /// It has enough votes and waits for the settlement of its cap.
    #[must_use]
    pub fn waits(&self) -> bool {
        self.present && self.ruling.reason == RulingReason::CapOpen
    }
}

/// The arithmetic of a cap (4.8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CapArithmetic {
    /// Percent of those reviewed who may pass.
    #[schema(example = 75)]
    pub percent: u8,
    /// Reviewed in all meetings of the cycle.
    #[schema(example = 4)]
    pub reviewed: usize,
    /// Places for them, rounded down.
    #[schema(example = 3)]
    pub places: usize,
    /// Place by yes votes among those with enough votes, equal votes share it; null for a candidate without enough.
    #[schema(example = 2, required = true)]
    pub rank: Option<usize>,
}

/// What is decided on a candidate, with its arithmetic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ruling {
    /// The application.
    pub id: ApplicationId,
    /// Why it passed or did not.
    pub reason: RulingReason,
    /// Yes votes.
    pub yes: usize,
    /// Experts who voted or abstained.
    pub voters: usize,
    /// Yes votes needed (R4).
    pub needed: usize,
    /// The cap, where its level has one (4.8).
    pub cap: Option<CapArithmetic>,
}

impl Ruling {
    /// Passed, inside the cap; `None` while the cap of the year is open.
    #[must_use]
    pub fn passed(&self) -> Option<bool> {
        (self.reason != RulingReason::CapOpen).then_some(self.reason == RulingReason::Passed)
    }

    /// The arithmetic in words, votes included.
    #[must_use]
    pub fn words(&self) -> Bilingual {
        let cap = self.cap.map(CapArithmetic::words).unwrap_or_default();
        let (zh, en) = if self.cap.is_some() { (format!("{}，", cap.zh), format!("{}, ", cap.en)) } else { Default::default() };
        let (rank_zh, rank_en) = self
            .cap
            .and_then(|cap| cap.rank)
            .map_or_else(Default::default, |rank| (format!("，排名第{rank}"), format!(", rank {rank}")));
        let Self { yes, voters, needed, reason, .. } = self;
        Bilingual::new(
            format!("{zh}表决{voters}人赞成{yes}票，需{needed}票{rank_zh}：{}", reason.zh()),
            format!("{en}yes {yes} of {voters} needed {needed}{rank_en}: {}", reason.en()),
        )
    }
}

impl CapArithmetic {
    /// The arithmetic in words, without votes.
    #[must_use]
    pub fn words(self) -> Bilingual {
        let Self { percent, reviewed, places, .. } = self;
        Bilingual::new(
            format!("参评{reviewed}人，通过率{percent}%，名额{places}名"),
            format!("reviewed {reviewed}, cap {percent} % -> {places} places"),
        )
    }
}
