//! Windows with their extensions, and the deadlines that follow from them (2.1-2.3, 4.2.1b, 4.3c).

use chrono::{DateTime, FixedOffset, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::calendar::{CalendarError, WorkingCalendar};
use super::definition::{CycleDefinition, PublicityRule, WindowName};

/// A window kept open longer, for everyone or for one account, on record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Extension {
    /// The window.
    pub window: WindowName,
    /// The only account it holds for; null: everyone.
    #[schema(required = true)]
    pub account: Option<Uuid>,
    /// New close; whether the instant itself is inside stays as the window has it. An earlier one than the window's changes nothing.
    pub until: DateTime<FixedOffset>,
    /// Why.
    pub reason: String,
}

/// Where an instant lies relative to a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WindowState {
    /// The window has not opened.
    NotYet,
    /// The window is open.
    Open,
    /// The window has closed.
    Closed,
}

/// A window for one account, extensions included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EffectiveWindow<'a> {
    /// The window.
    pub name: WindowName,
    /// First instant inside; `None`: no lower bound.
    pub opens: Option<DateTime<FixedOffset>>,
    /// Its end, extensions included.
    pub closes: DateTime<FixedOffset>,
    /// `closes` itself is inside.
    pub inclusive: bool,
    /// Clause id.
    pub clause: &'a str,
    /// The extension that moved `closes`.
    pub extension: Option<&'a Extension>,
}

impl EffectiveWindow<'_> {
    /// Where the instant lies relative to the window.
    #[must_use]
    pub fn state(&self, at: DateTime<Utc>) -> WindowState {
        if self.opens.is_some_and(|opens| at < opens) {
            WindowState::NotYet
        } else if at < self.closes || (self.inclusive && at == self.closes) {
            WindowState::Open
        } else {
            WindowState::Closed
        }
    }

    /// Whether the instant is inside.
    #[must_use]
    pub fn is_open(&self, at: DateTime<Utc>) -> bool {
        self.state(at) == WindowState::Open
    }

    /// The first instant after the window, to the microsecond, which is what instants are stored to: when a lapse falls due.
    #[must_use]
    pub fn first_instant_after(&self) -> DateTime<Utc> {
        let closes = self.closes.with_timezone(&Utc);
        if self.inclusive { closes + TimeDelta::microseconds(1) } else { closes }
    }
}

/// The window for an account, extensions included; for `None`, with the extensions for everyone only. Of several extensions the latest counts.
#[must_use]
pub fn effective_window<'a>(
    cycle: &'a CycleDefinition,
    name: WindowName,
    account: Option<Uuid>,
    extensions: &'a [Extension],
) -> EffectiveWindow<'a> {
    let window = cycle.window(name);
    let extension = extensions
        .iter()
        .filter(|extension| extension.window == name && extension.until > window.closes)
        .filter(|extension| extension.account.is_none() || extension.account == account)
        .max_by_key(|extension| extension.until);
    EffectiveWindow {
        name,
        opens: window.opens,
        closes: extension.map_or(window.closes, |extension| extension.until.with_timezone(&cycle.offset())),
        inclusive: window.inclusive,
        clause: &window.clause,
        extension,
    }
}

crate::vocabulary::wire_enum! {
    /// What falls due.
    DeadlineKind {
        ApplicationOpens = "application_opens", "申报开始", "applying opens";
        PublicityLastStart = "publicity_last_start", "公示最迟开始", "last day on which the next publicity of the chain can start and still make the application deadline";
        ApplicationCloses = "application_closes", "申报截止", "applying closes: what has not reached the committee lapses";
        FormalReviewOpens = "formal_review_opens", "形式审核开始", "formal review opens";
        CorrectionDue = "correction_due", "修改提交截止", "the correction has to be resubmitted";
        FormalReviewCloses = "formal_review_closes", "形式审核截止", "formal review closes";
        PaymentCloses = "payment_closes", "缴费截止", "paying closes: what is unpaid lapses, at once or with the booking day";
        BookingCloses = "booking_closes", "缴费登记截止", "money that was paid in time is booked no longer: what is unpaid lapses";
    }
}

/// A deadline with all that a client needs to show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Deadline {
    /// What falls due.
    pub kind: DeadlineKind,
    /// The instant, with the cycle's offset.
    pub instant: DateTime<FixedOffset>,
    /// Name of the zone.
    pub zone: String,
    /// The instant itself is still in time.
    pub inclusive: bool,
    /// The last local day that is in time (of an opening: the first).
    pub date: NaiveDate,
    /// Clause id.
    pub clause: String,
    /// Worked out from other deadlines, not named by the notice.
    pub derived: bool,
}

impl Deadline {
    /// The instant is past the deadline.
    #[must_use]
    pub fn is_past(&self, at: DateTime<Utc>) -> bool {
        at > self.instant || (!self.inclusive && at == self.instant)
    }

    /// The first instant past the deadline, to the microsecond.
    #[must_use]
    pub fn first_instant_after(&self) -> DateTime<Utc> {
        let instant = self.instant.with_timezone(&Utc);
        if self.inclusive { instant + TimeDelta::microseconds(1) } else { instant }
    }
}

/// The last day on which the first of these publicities, which follow one another in a chain, can start and still leave time before the
/// application window closes: each ends at 24:00 of its last day, the last one before the last day of the window (4.3c, 2.1).
pub fn publicity_last_start(
    cycle: &CycleDefinition,
    calendar: &WorkingCalendar,
    application: &EffectiveWindow<'_>,
    publicities: &[&PublicityRule],
) -> Result<NaiveDate, CalendarError> {
    let mut start = last_day(cycle, application.closes, application.inclusive);
    for rule in publicities.iter().rev() {
        let last = start.pred_opt().unwrap_or(start);
        start = calendar.last_start_of_period(last, rule.days, rule.counting)?;
    }
    Ok(start)
}

/// The deadline of [`publicity_last_start`] for an account; `None` where no publicity is left.
pub fn publicity_deadline(
    cycle: &CycleDefinition,
    calendar: &WorkingCalendar,
    account: Option<Uuid>,
    extensions: &[Extension],
    publicities: &[&PublicityRule],
) -> Result<Option<Deadline>, CalendarError> {
    let Some(first) = publicities.first() else { return Ok(None) };
    let window = effective_window(cycle, WindowName::Application, account, extensions);
    let start = publicity_last_start(cycle, calendar, &window, publicities)?;
    let kind = DeadlineKind::PublicityLastStart;
    Ok(Some(deadline(cycle, kind, cycle.end_of_day(start), false, &first.clause, true)))
}

/// The last day on which money that was paid in the payment window is booked; `None` where the cycle gives no day for it (2.3, 4.6).
pub fn booking_day(
    cycle: &CycleDefinition,
    calendar: &WorkingCalendar,
    payment: &EffectiveWindow<'_>,
) -> Result<Option<NaiveDate>, CalendarError> {
    let days = usize::from(cycle.fees.booking_days);
    if days == 0 {
        return Ok(None);
    }
    calendar.add_working_days(last_day(cycle, payment.closes, payment.inclusive), days).map(Some)
}

/// The last local day with an instant in time: 00:00, not inclusive, is the end of the day before.
fn last_day(cycle: &CycleDefinition, instant: DateTime<FixedOffset>, inclusive: bool) -> NaiveDate {
    if inclusive { cycle.local_date(instant) } else { cycle.last_day_before(instant) }
}

/// When the correction of an application that the committee returned at `returned_at` is due (4.2.1b). `extensions` move the window
/// that caps it.
pub fn correction_due(
    cycle: &CycleDefinition,
    calendar: &WorkingCalendar,
    returned_at: DateTime<Utc>,
    account: Option<Uuid>,
    extensions: &[Extension],
) -> Result<Deadline, CalendarError> {
    let rule = &cycle.correction;
    let cap = rule.capped_by.map(|name| effective_window(cycle, name, account, extensions));
    let local = returned_at.with_timezone(&cycle.offset());
    let instant = calendar.correction_due(local, rule.days, rule.counting, cap.as_ref().map(|window| window.closes))?;
    // The due instant is inclusive only if it is the close of an inclusive cap. The period itself ends at midnight, exclusive.
    let inclusive = cap.is_some_and(|window| window.inclusive && window.closes == instant);
    Ok(deadline(cycle, DeadlineKind::CorrectionDue, instant, inclusive, &rule.clause, true))
}

/// A correction that has less time than the notice gives (4.2.1b).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShortCorrection {
    /// Days that remain after the day of the return.
    pub days: u32,
    /// Days of the notice.
    pub of: u32,
}

/// How long the correction of an application has that the committee returned at `returned_at`, where the cap leaves less than the notice gives;
/// `None` where it has all its time.
///
/// # Errors
/// A year that the calendar does not know.
pub fn short_correction(
    cycle: &CycleDefinition,
    calendar: &WorkingCalendar,
    returned_at: DateTime<Utc>,
    account: Option<Uuid>,
    extensions: &[Extension],
) -> Result<Option<ShortCorrection>, CalendarError> {
    let rule = &cycle.correction;
    let due = correction_due(cycle, calendar, returned_at, account, extensions)?;
    let local = returned_at.with_timezone(&cycle.offset());
    if due.instant >= calendar.correction_due(local, rule.days, rule.counting, None)? {
        return Ok(None);
    }
    let days = (due.date - local.date_naive()).num_days();
    Ok(Some(ShortCorrection { days: u32::try_from(days).unwrap_or(0), of: u32::from(rule.days) }))
}

/// The deadlines of a cycle for an account (`None`: as published), in the order of time. An opening is inclusive. The last start of a
/// publicity is there when a track asks for publicity, for the track that needs the most time; its instant is the end of that day.
pub fn deadlines(
    cycle: &CycleDefinition,
    calendar: &WorkingCalendar,
    account: Option<Uuid>,
    extensions: &[Extension],
) -> Result<Vec<Deadline>, CalendarError> {
    let mut all = Vec::new();
    for (name, opening, closing) in [
        (WindowName::Application, Some(DeadlineKind::ApplicationOpens), DeadlineKind::ApplicationCloses),
        (WindowName::FormalReview, Some(DeadlineKind::FormalReviewOpens), DeadlineKind::FormalReviewCloses),
        (WindowName::Payment, None, DeadlineKind::PaymentCloses),
    ] {
        let window = effective_window(cycle, name, account, extensions);
        if let (Some(kind), Some(opens)) = (opening, window.opens) {
            all.push(deadline(cycle, kind, opens, true, window.clause, false));
        }
        all.push(deadline(cycle, closing, window.closes, window.inclusive, window.clause, false));
    }
    let payment = effective_window(cycle, WindowName::Payment, account, extensions);
    if let Some(day) = booking_day(cycle, calendar, &payment)? {
        let end = cycle.end_of_day(day);
        all.push(deadline(cycle, DeadlineKind::BookingCloses, end, false, payment.clause, true));
    }
    let mut starts = Vec::new();
    for track in &cycle.tracks {
        let rules: Vec<_> = track.chain.iter().filter_map(|step| cycle.publicity_of(step)).collect();
        starts.extend(publicity_deadline(cycle, calendar, account, extensions, &rules)?);
    }
    all.extend(starts.into_iter().min_by_key(|deadline| deadline.instant));
    all.sort_by_key(|deadline| (deadline.instant, deadline.kind));
    Ok(all)
}

fn deadline(
    cycle: &CycleDefinition,
    kind: DeadlineKind,
    instant: DateTime<FixedOffset>,
    inclusive: bool,
    clause: &str,
    derived: bool,
) -> Deadline {
    let (zone, clause) = (cycle.zone.clone(), clause.to_owned());
    Deadline {
        kind,
        instant: instant.with_timezone(&cycle.offset()),
        zone,
        inclusive,
        date: last_day(cycle, instant, inclusive),
        clause,
        derived,
    }
}

#[cfg(test)]
mod tests;
