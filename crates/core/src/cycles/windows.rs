//! The windows of one application, extensions included.

use crate::clock::Instant;
use crate::cycles::definition::WindowName;

/// A period of time. A notice that closes "at 18:00:00, included" has its `end` one microsecond later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// First instant of the window.
    pub opens: Instant,
    /// First instant after the window.
    pub end: Instant,
}

impl Window {
    /// Whether the instant lies in the window.
    #[must_use]
    pub fn contains(&self, instant: Instant) -> bool {
        self.opens <= instant && instant < self.end
    }
}

/// The cycle's windows for one application, extensions included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Windows {
    /// Applying, and reaching the committee for the first time (2.1).
    pub application: Window,
    /// Formal review (2.2).
    pub review: Window,
    /// First instant at which paying is late (2.3).
    pub payment_end: Instant,
    /// First instant at which money that was paid in time is not booked any more, and an unpaid application lapses (2.3, 4.6); not before
    /// `payment_end`.
    pub booking_end: Instant,
}

impl Windows {
    /// First instant at which what waits for a window has ended, or is too late.
    #[must_use]
    pub const fn end_of(&self, window: WindowName) -> Instant {
        match window {
            WindowName::Application => self.application.end,
            WindowName::FormalReview => self.review.end,
            WindowName::Payment => self.booking_end,
        }
    }
}
