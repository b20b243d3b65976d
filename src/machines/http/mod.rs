//! Programs over HTTP: OAuth, the administration of clients, the tokens of people.

mod clients;
mod oauth;
mod personal;
mod problems;

use crate::http::Routes;

/// Adds the operations of this module.
pub fn routes(list: &mut Routes) {
    list.require::<super::Cache>();
    oauth::routes(list);
    clients::routes(list);
    personal::routes(list);
}
