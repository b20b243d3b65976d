//! RFC 6238 with SHA-1, thirty seconds and six digits: what every authenticator app knows.

use crate::keys::same_bytes;
use aws_lc_rs::hmac;

/// Seconds of a step.
const STEP_SECONDS: i64 = 30;
/// Steps before and after the present one whose codes are taken: clocks differ.
const DRIFT: i64 = 1;
const DIGITS: u32 = 1_000_000;

/// The step of an instant, in seconds since 1970.
pub const fn step_at(seconds: i64) -> i64 {
    seconds.div_euclid(STEP_SECONDS)
}

/// The six digits of a secret at a step (RFC 4226).
fn code_of(secret: &[u8], step: i64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let tag = tag.as_ref();
    // The low four bits of the last byte say where in the twenty bytes to read.
    let at = usize::from(tag[19] & 0x0f);
    let number = u32::from_be_bytes([tag[at] & 0x7f, tag[at + 1], tag[at + 2], tag[at + 3]]);
    format!("{:06}", number % DIGITS)
}

/// The code that an authenticator shows for a secret at this many seconds since 1970.
#[must_use]
pub fn code_at(secret: &[u8], seconds: i64) -> String {
    code_of(secret, step_at(seconds))
}

/// The step, within one of the present, whose code this is. Takes the same time for every wrong one.
pub fn find_step(secret: &[u8], code: &str, seconds: i64) -> Option<i64> {
    let now = step_at(seconds);
    (now - DRIFT..=now + DRIFT)
        .fold(None, |found, step| if same_bytes(code_of(secret, step).as_bytes(), code.as_bytes()) { Some(step) } else { found })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Appendix B of RFC 6238, cut to six digits.
    #[test]
    fn codes_are_those_of_the_standard() {
        let secret = b"12345678901234567890";
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(code_at(secret, seconds), code, "{seconds}");
        }
    }

    #[test]
    fn a_code_is_taken_one_step_early_and_late() {
        let (secret, now) = (b"12345678901234567890", 1_111_111_111);
        for (drift, taken) in [(-60, false), (-30, true), (0, true), (30, true), (60, false)] {
            let found = find_step(secret, &code_at(secret, now + drift), now);
            assert_eq!(found, taken.then(|| step_at(now + drift)), "{drift}");
        }
        assert_eq!(find_step(secret, "", now), None);
    }
}
