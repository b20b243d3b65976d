//! The deadlines that end an application without anybody acting (2.1, 2.3, 4.2.1b).

use super::guards::Guard;
use super::state::State;
use crate::clock::Instant;
use crate::cycles::Windows;
use crate::cycles::definition::WindowName;
use crate::vocabulary::{Action, Stage};

/// The end of an application by a deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lapse {
    /// Action of the system: [`Action::Lapse`] or [`Action::RefuseAcceptance`].
    pub action: Action,
    /// Target stage.
    pub to: Stage,
    /// Clause it comes from.
    pub clause: &'static str,
    /// First instant at which the application has ended.
    pub at: Instant,
    /// Instant as of which it has: that of the window's end, where the end waits for what is booked later.
    pub as_of: Instant,
    /// Guard that refuses later actions.
    pub guard: Guard,
}

/// The deadline that ends the application unless somebody acts; `None` if none is running.
#[must_use]
pub fn pending_lapse(state: &State, windows: &Windows) -> Option<Lapse> {
    let lapse = |action, to, clause, at, guard| Some(Lapse { action, to, clause, at, as_of: at, guard });
    let reached_committee = state.reached_committee();
    if state.stage == Stage::Returned && reached_committee {
        return lapse(Action::RefuseAcceptance, Stage::NotAccepted, "4.2.1b", state.correction_due?, Guard::CorrectionInTime);
    }
    match window_that_ends(state.stage)? {
        WindowName::Application if !reached_committee => {
            lapse(Action::Lapse, Stage::Lapsed, "2.1", windows.application.end, Guard::ApplicationWindowOpen)
        }
        WindowName::Payment if !state.paid => {
            let lapse = lapse(Action::Lapse, Stage::Lapsed, "2.3", windows.booking_end, Guard::PaymentInTime);
            lapse.map(|lapse| Lapse { as_of: windows.payment_end, ..lapse })
        }
        // Not before the committee, paid, or a window that ends nothing.
        WindowName::Application | WindowName::Payment | WindowName::FormalReview => None,
    }
}

/// The window whose end ends an application at this stage (before the committee, unpaid): extending it moves [`Lapse::at`]. `None` where no
/// window does.
#[must_use]
pub const fn window_that_ends(stage: Stage) -> Option<WindowName> {
    match stage {
        Stage::Draft | Stage::InReview | Stage::Returned => Some(WindowName::Application),
        Stage::Accepted => Some(WindowName::Payment),
        Stage::FormalReview
        | Stage::Ready
        | Stage::InMeeting
        | Stage::Passed
        | Stage::Publicised
        | Stage::Confirmed
        | Stage::Withdrawn
        | Stage::Lapsed
        | Stage::NotRecommended
        | Stage::NotAccepted
        | Stage::Ineligible
        | Stage::NotPassed
        | Stage::Disqualified
        | Stage::Revoked => None,
    }
}

/// The window that has to be open for an application to go on at this stage; `None` where none has to.
#[must_use]
pub const fn window_for(stage: Stage, reached_committee: bool) -> Option<WindowName> {
    match (stage, reached_committee) {
        // A correction for the committee is due inside its window (4.2.1b).
        (Stage::FormalReview, _) | (Stage::Returned, true) => Some(WindowName::FormalReview),
        (Stage::Draft | Stage::InReview, true) => None,
        _ => window_that_ends(stage),
    }
}

/// The deadline that has ended the application at `now`: 2.1, 2.3 or 4.2.1b.
#[must_use]
pub fn due_lapse(state: &State, now: Instant, windows: &Windows) -> Option<Lapse> {
    pending_lapse(state, windows).filter(|lapse| lapse.at <= now)
}

/// The instant at which a deadline ends the application; `None` if none is running.
#[must_use]
pub fn next_lapse_at(state: &State, windows: &Windows) -> Option<Instant> {
    pending_lapse(state, windows).map(|lapse| lapse.at)
}
