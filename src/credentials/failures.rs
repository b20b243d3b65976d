//! Failures in a row, counted for a subject that is a keyed digest, and the lock that they lead to: in the database, so that every server agrees and a
//! restart forgets nothing.

use crate::context::Cx;
use crate::db::schema::sign_in_failures;
use crate::db::{Conn, Error};
use data_encoding::HEXLOWER;
use diesel::prelude::*;
use std::net::{IpAddr, Ipv6Addr};
use title_review_core::clock::Instant;

/// Whom failures are counted for: the digest of a text of this kind.
pub fn subject(cx: &Cx<'_>, kind: &str, text: &str) -> String {
    HEXLOWER.encode(&cx.app.keys.mac(kind, text.as_bytes()))
}

/// The network that a request came from, as a subject of this kind; none where it came from nowhere.
pub fn network_subject(cx: &Cx<'_>, kind: &str) -> Option<String> {
    cx.address.map(|address| subject(cx, kind, &network_of(address)))
}

/// Seconds for which any of these is still locked.
pub fn locked_seconds<'a>(cx: &mut Cx<'_>, subjects: impl IntoIterator<Item = &'a str>) -> Result<Option<u32>, Error> {
    let mut until = None;
    for subject in subjects {
        until = until.max(find_locked_until(cx.conn, subject)?);
    }
    Ok(until.filter(|until| *until > cx.session_now).map(|until| {
        let seconds = (until - cx.session_now).num_milliseconds().div_euclid(1000) + 1;
        u32::try_from(seconds).unwrap_or(u32::MAX)
    }))
}

/// Counts a failure; true if it locks. What counts no longer is removed on the way: subjects that nobody has would gather for ever.
pub fn count(cx: &mut Cx<'_>, subject: &str, most: i32) -> Result<bool, Error> {
    let minutes = cx.app.config.auth.lockout_minutes;
    let forgotten_at = cx.session_now.plus_seconds(-minutes * 60);
    remove_old(cx.conn, forgotten_at)?;
    let before = find_failures(cx.conn, subject)?.filter(|(_, last)| *last > forgotten_at).map_or(0, |(failures, _)| failures);
    let failures = before.saturating_add(1);
    let until = (failures >= most).then(|| cx.session_now.plus_seconds(minutes * 60));
    set_failures(cx.conn, subject, failures, cx.session_now, until)?;
    Ok(until.is_some())
}

/// What counts as one place to come from: an IPv4 address, an IPv6 /64.
fn network_of(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).to_string()
        }
    }
}

/// Until when a subject is locked, or was.
fn find_locked_until(conn: &mut Conn, subject: &str) -> Result<Option<Instant>, Error> {
    let found: Option<Option<Instant>> =
        sign_in_failures::table.find(subject).select(sign_in_failures::locked_until).first(conn).optional()?;
    Ok(found.flatten())
}

/// Failures in a row and the last of them.
fn find_failures(conn: &mut Conn, subject: &str) -> Result<Option<(i32, Instant)>, Error> {
    let columns = (sign_in_failures::failures, sign_in_failures::last_failed_at);
    Ok(sign_in_failures::table.find(subject).select(columns).first(conn).optional()?)
}

/// Writes the count. Writers take turns, on all servers: what was read is still true.
fn set_failures(conn: &mut Conn, subject: &str, failures: i32, now: Instant, until: Option<Instant>) -> Result<(), Error> {
    let counts = (
        sign_in_failures::failures.eq(failures),
        sign_in_failures::last_failed_at.eq(now),
        sign_in_failures::locked_until.eq(until),
    );
    if diesel::update(sign_in_failures::table.find(subject)).set(counts).execute(conn)? == 0 {
        diesel::insert_into(sign_in_failures::table).values((sign_in_failures::subject.eq(subject), counts)).execute(conn)?;
    }
    Ok(())
}

/// Forgets the failures of a subject.
pub fn forget(conn: &mut Conn, subject: &str) -> Result<(), Error> {
    diesel::delete(sign_in_failures::table.find(subject)).execute(conn)?;
    Ok(())
}

fn remove_old(conn: &mut Conn, before: Instant) -> Result<(), Error> {
    diesel::delete(sign_in_failures::table.filter(sign_in_failures::last_failed_at.le(before))).execute(conn)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::network_of;

    #[test]
    fn ipv6_addresses_of_one_64_share_a_lockout_count() {
        let of = |text: &str| network_of(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2:3::4"), of("2001:db8:1:2:ffff::1"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
    }
}
