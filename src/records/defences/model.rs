//! Where a defence stands.

title_review_core::wire_enum! {
    /// Where a defence stands.
    DefenceStage {
        NotRequired = "not_required", "免于答辩", "not asked for at this level";
        Open = "open", "待安排", "not scheduled yet";
        Scheduled = "scheduled", "已安排", "scheduled";
        Held = "held", "已答辩", "held";
        Exempted = "exempted", "经批准免答辩", "exempted on a ground";
    }
}

impl DefenceStage {
    /// Nothing is to be done about it any more.
    #[must_use]
    pub const fn is_settled(self) -> bool {
        matches!(self, Self::NotRequired | Self::Held | Self::Exempted)
    }
}
