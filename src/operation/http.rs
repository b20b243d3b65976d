//! Which versions ran here, for system administrators.

use super::upgrades::{self, Upgrade};
use crate::authz::perm;
use crate::http::{Allowed, Answer, Outcome, Resource, Routes, routes};
use serde::Serialize;
use utoipa::ToSchema;

/// The versions of the program that this database has had.
#[derive(Debug, Serialize, ToSchema)]
pub struct Upgrades {
    /// The newest first, at most 100.
    pub items: Vec<Upgrade>,
}

impl Resource for Upgrades {}

/// 升级记录 / Versions that ran on this database
///
/// Each with the migrations it brought. `title-review doctor` shows the same on the host.
#[utoipa::path(get, path = "/v1/upgrades", tag = "system")]
pub async fn list_upgrades(call: Allowed<perm::OperationRead>) -> Outcome<Answer<Upgrades>> {
    let items = call.read(|cx| upgrades::list(cx.conn)).await?;
    Ok(Upgrades { items }.into())
}

/// Adds the operations of this module.
pub fn routes(list: &mut Routes) {
    routes!(list; list_upgrades);
}
