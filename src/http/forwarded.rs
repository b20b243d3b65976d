//! From whose address a request comes: the peer's, or what a declared proxy says.
//!
//! Read from the right, where the nearest proxy wrote: the first address that is no declared proxy is the client's. What lies further left was written
//! by the client itself. An entry that is no address ends the walk at the proxy that passed it on, so that no entry makes a rule about addresses pass.

use crate::config::{ForwardedHeader, ServerConfig};
use crate::network::Network;
use actix_web::http::header::HeaderMap;
use std::net::{IpAddr, SocketAddr};

/// The client's address.
pub(super) fn client_address(peer: IpAddr, headers: &HeaderMap, server: &ServerConfig) -> IpAddr {
    let peer = peer.to_canonical();
    if server.trusted_proxies.is_empty() || !trusted(&server.trusted_proxies, peer) {
        return peer;
    }
    let name = match server.forwarded_header {
        ForwardedHeader::XForwardedFor => "x-forwarded-for",
        ForwardedHeader::Forwarded => "forwarded",
    };
    let lines: Vec<&str> = headers.get_all(name).map(|value| value.to_str().unwrap_or("?")).collect();
    let whole = lines.join(",");
    let entries: Vec<&str> = if whole.trim().is_empty() { Vec::new() } else { split(&whole, ',') };
    let mut nearest = peer;
    for entry in entries.into_iter().rev() {
        let address = match server.forwarded_header {
            ForwardedHeader::XForwardedFor => address_in(entry.trim()),
            ForwardedHeader::Forwarded => address_for(entry),
        };
        let Some(address) = address else { return nearest };
        nearest = address;
        if !trusted(&server.trusted_proxies, address) {
            return nearest;
        }
    }
    nearest
}

/// Whether the request came through a declared proxy.
pub(super) fn from_proxy(peer: IpAddr, server: &ServerConfig) -> bool {
    trusted(&server.trusted_proxies, peer)
}

fn trusted(networks: &[Network], address: IpAddr) -> bool {
    networks.iter().any(|network| network.contains(address))
}

/// Splits at a separator outside of quotes.
fn split(text: &str, separator: char) -> Vec<&str> {
    let (mut parts, mut start, mut quoted, mut escaped) = (Vec::new(), 0, false, false);
    for (at, c) in text.char_indices() {
        if escaped {
            escaped = false;
        } else if quoted && c == '\\' {
            escaped = true;
        } else if c == '"' {
            quoted = !quoted;
        } else if c == separator && !quoted {
            parts.push(&text[start..at]);
            start = at + separator.len_utf8();
        }
    }
    parts.push(&text[start..]);
    parts
}

/// The `for` of an element of `Forwarded`: `for=192.0.2.60;proto=http`, `For="[2001:db8::1]:4711"`.
fn address_for(element: &str) -> Option<IpAddr> {
    let mut found = None;
    for pair in split(element, ';') {
        let (name, value) = pair.split_once('=')?;
        if name.trim().eq_ignore_ascii_case("for") {
            let value = value.trim();
            let value = value.strip_prefix('"').map_or(Some(value), |rest| rest.strip_suffix('"'))?;
            // Twice in one element: nobody knows which is meant.
            if found.replace(address_in(value)).is_some() {
                return None;
            }
        }
    }
    found.flatten()
}

/// An address, with or without a port and brackets.
fn address_in(text: &str) -> Option<IpAddr> {
    let address = text.parse::<IpAddr>().ok();
    let address = address.or_else(|| text.parse::<SocketAddr>().ok().map(|socket| socket.ip()));
    let address = address.or_else(|| text.strip_prefix('[')?.strip_suffix(']')?.parse::<std::net::Ipv6Addr>().ok().map(IpAddr::V6));
    address.map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use actix_web::http::header::{HeaderName, HeaderValue};

    fn address(field: ForwardedHeader, peer: &str, headers: &[(&'static str, &str)]) -> String {
        let mut server = Config::with_data(std::path::Path::new("x")).unwrap().server;
        server.trusted_proxies = ["10.0.0.0/8", "::1"].map(|text| text.parse().unwrap()).to_vec();
        server.forwarded_header = field;
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::from_static(name), HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        client_address(peer.parse().unwrap(), &map, &server).to_string()
    }

    #[test]
    fn forwarded_address_of_an_undeclared_proxy_is_ignored() {
        let said = |peer, value| address(ForwardedHeader::XForwardedFor, peer, &[("x-forwarded-for", value)]);
        assert_eq!(said("203.0.113.9", "198.51.100.1"), "203.0.113.9");
        assert_eq!(said("10.0.0.1", "198.51.100.1"), "198.51.100.1");
        assert_eq!(said("::ffff:10.0.0.1", "198.51.100.1"), "198.51.100.1");
        assert_eq!(said("::1", "2001:db8::7"), "2001:db8::7");
        // The other field may come from the client.
        assert_eq!(address(ForwardedHeader::XForwardedFor, "10.0.0.1", &[("forwarded", "for=198.51.100.1")]), "10.0.0.1");
        assert_eq!(address(ForwardedHeader::Forwarded, "10.0.0.1", &[("x-forwarded-for", "198.51.100.1")]), "10.0.0.1");
        assert_eq!(address(ForwardedHeader::XForwardedFor, "10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn client_address_is_the_rightmost_that_is_no_declared_proxy() {
        let said = |value| address(ForwardedHeader::XForwardedFor, "10.0.0.1", &[("x-forwarded-for", value)]);
        for (value, client) in [
            ("1.1.1.1, 198.51.100.1", "198.51.100.1"),
            ("1.1.1.1, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
            ("10.0.0.3, 10.0.0.2", "10.0.0.3"),
            ("198.51.100.1:4711", "198.51.100.1"),
            ("[2001:db8::1]:4711", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("::ffff:198.51.100.1", "198.51.100.1"),
        ] {
            assert_eq!(said(value), client, "{value}");
        }
        // Several lines are one list.
        let lines = [("x-forwarded-for", "1.1.1.1"), ("x-forwarded-for", "198.51.100.1, 10.0.0.2")];
        assert_eq!(address(ForwardedHeader::XForwardedFor, "10.0.0.1", &lines), "198.51.100.1");
    }

    #[test]
    fn malformed_forwarded_address_is_no_client_address() {
        for (value, client) in [
            ("1.1.1.1, unknown", "10.0.0.1"),
            ("1.1.1.1, ,", "10.0.0.1"),
            ("1.1.1.1, 999.1.1.1, 10.0.0.2", "10.0.0.2"),
            ("nonsense", "10.0.0.1"),
            ("198.51.100.1 1.1.1.1", "10.0.0.1"),
            ("\u{ff}", "10.0.0.1"),
            ("", "10.0.0.1"),
        ] {
            let said = address(ForwardedHeader::XForwardedFor, "10.0.0.1", &[("x-forwarded-for", value)]);
            assert_eq!(said, client, "{value}");
        }
    }

    #[test]
    fn forwarded_header_is_parsed_by_rfc_7239() {
        for (value, client) in [
            ("for=192.0.2.43, for=198.51.100.17", "198.51.100.17"),
            ("For=\"[2001:db8:cafe::17]:4711\"", "2001:db8:cafe::17"),
            ("for=192.0.2.60;proto=http;by=203.0.113.43", "192.0.2.60"),
            ("proto=https;for=192.0.2.60;host=\"a,b;c\"", "192.0.2.60"),
            ("for=1.1.1.1, for=192.0.2.60, for=10.0.0.2", "192.0.2.60"),
            ("for=1.1.1.1, for=_hidden", "10.0.0.1"),
            ("for=1.1.1.1, for=unknown", "10.0.0.1"),
            ("for=1.1.1.1;for=2.2.2.2", "10.0.0.1"),
            ("for=\"1.1.1.1", "10.0.0.1"),
            ("proto=https", "10.0.0.1"),
            ("1.1.1.1", "10.0.0.1"),
        ] {
            assert_eq!(address(ForwardedHeader::Forwarded, "10.0.0.1", &[("forwarded", value)]), client, "{value}");
        }
    }
}
