//! Whose address a request counts for: a declared proxy is believed, nobody else.

use title_review::config::{Config, ForwardedHeader};

use crate::support::database::Database;
use crate::support::on_both;
use crate::support::world::World;

const START: &str = "2024-07-22T09:00:00+08:00";

/// A server that lets two requests a minute pass from an address.
async fn world(database: Database, change: impl FnOnce(&mut Config)) -> World {
    World::configured(database, START, |config| {
        config.limits.rate_anonymous = 2;
        change(config);
    })
    .await
}

/// Statuses of three requests that say this.
fn three(world: &World, header: &str, values: [&str; 3]) -> [u16; 3] {
    values.map(|value| world.anybody().get("/v1/cycles").header(header, value).send().status)
}

on_both!(forwarded_header_from_undeclared_proxy_is_ignored);
async fn forwarded_header_from_undeclared_proxy_is_ignored(database: Database) {
    let world = world(database, |_| {}).await;
    // Another address in each request does not make three clients of one.
    assert_eq!(three(&world, "x-forwarded-for", ["198.51.100.1", "198.51.100.2", "198.51.100.3"]), [200, 200, 429]);
    assert_eq!(three(&world, "forwarded", ["for=198.51.100.1", "for=198.51.100.2", "for=198.51.100.3"]), [429; 3]);
}

on_both!(forwarded_header_from_declared_proxy_is_used);
async fn forwarded_header_from_declared_proxy_is_used(database: Database) {
    let world = world(database, |config| config.server.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()]).await;
    assert_eq!(three(&world, "x-forwarded-for", ["198.51.100.1", "198.51.100.2", "198.51.100.3"]), [200; 3]);
    // What stands further left is the client's own invention.
    assert_eq!(
        three(&world, "x-forwarded-for", ["1.1.1.1, 198.51.100.9", "2.2.2.2, 198.51.100.9", "3.3.3.3, 198.51.100.9"]),
        [200, 200, 429]
    );
    // What is no address counts for the proxy, never for nobody.
    assert_eq!(three(&world, "x-forwarded-for", ["nonsense", "1.1.1.1, unknown", "999.1.1.1"]), [200, 200, 429]);
    assert_eq!(three(&world, "forwarded", ["for=198.51.100.11", "for=198.51.100.12", "for=198.51.100.13"]), [429; 3]);
}

on_both!(forwarded_header_of_rfc_7239_is_read);
async fn forwarded_header_of_rfc_7239_is_read(database: Database) {
    let world = world(database, |config| {
        config.server.trusted_proxies = vec!["127.0.0.1".parse().unwrap()];
        config.server.forwarded_header = ForwardedHeader::Forwarded;
    })
    .await;
    assert_eq!(three(&world, "forwarded", ["for=198.51.100.1", "for=\"[2001:db8::1]:99\"", "for=198.51.100.1"]), [200; 3]);
    assert_eq!(three(&world, "x-forwarded-for", ["198.51.100.3", "198.51.100.4", "198.51.100.5"]), [200, 200, 429]);
}

on_both!(hsts_is_sent_when_the_proxy_terminates_tls);
async fn hsts_is_sent_when_the_proxy_terminates_tls(database: Database) {
    let world = World::configured(database, START, |config| {
        config.server.trusted_proxies = vec!["127.0.0.1".parse().unwrap()];
        "https://titles.example.org".clone_into(&mut config.server.public_url);
    })
    .await;
    assert_eq!(world.anybody().get("/livez").send().header("strict-transport-security"), Some("max-age=31536000"));
}
