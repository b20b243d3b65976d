//! Use cases: entering clients, giving and ending tokens.

pub mod clients;
pub mod personal;
pub mod tokens;

use super::model::Networks;
use super::record::Error;
use title_review_core::findings::Finding;

/// The networks as they are kept.
fn read_networks(texts: &[String]) -> Result<Vec<String>, Error> {
    Networks::read(texts).map(|networks| networks.texts()).map_err(|place| {
        Error::Invalid(vec![Finding::invalid_field(
            format!("/allowed_networks/{place}"),
            "须为 CIDR 网段或单个地址",
            "a network such as 10.20.0.0/16 or 2001:db8::/32, or a single address",
        )])
    })
}
