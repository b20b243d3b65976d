//! Keyset pages: `limit`, an authenticated `cursor` bound to its filter, `items`, `next_cursor`, `has_more`.

use crate::keys::KeyRing;
use crate::problem::{Code, Problem};
use data_encoding::BASE64URL_NOPAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Rows on a page when the client names no limit, and at most.
const DEFAULT_LIMIT: i64 = 50;
const MAX_LIMIT: i64 = 200;
/// Bytes of a cursor's MAC.
const MAC: usize = 16;

/// `limit` and `cursor` alone, for lists without filters.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct PageQuery {
    /// Rows on the page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<i64>,
    /// Where the page before ended.
    pub cursor: Option<String>,
}

/// The number of rows asked for, 1 to 200.
pub fn page_limit(limit: Option<i64>) -> Result<i64, Problem> {
    match limit.unwrap_or(DEFAULT_LIMIT) {
        limit @ 1..=MAX_LIMIT => Ok(limit),
        _ => Err(Problem::parameter("limit", "limit 须为 1 至 200", "limit is 1 to 200")),
    }
}

/// Writes and reads cursors: the last row's sort key, bound to the filter it was made for, with a MAC.
pub struct Cursor;

impl Cursor {
    /// `filter` is anything that tells the list and its filters apart; `key` is the sort key of the last row on the page.
    pub fn write<K: Serialize>(keys: &KeyRing, filter: &str, key: &K) -> Result<String, Problem> {
        let body = serde_json::to_vec(key).map_err(|error| Problem::internal(&error))?;
        let mut bytes = keys.mac("cursor", &Self::message(filter, &body));
        bytes.truncate(MAC);
        bytes.extend_from_slice(&body);
        Ok(BASE64URL_NOPAD.encode(&bytes))
    }

    /// The sort key, if the cursor is ours and was made for this filter.
    pub fn read<K: DeserializeOwned>(keys: &KeyRing, filter: &str, cursor: Option<&str>) -> Result<Option<K>, Problem> {
        let Some(text) = cursor else { return Ok(None) };
        let refused = || Problem::new(Code::InvalidCursor);
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).map_err(|_| refused())?;
        let (mac, body) = bytes.split_at_checked(MAC).ok_or_else(refused)?;
        // Forging a cursor costs guessing 128 bits.
        if !keys.mac_is("cursor", &Self::message(filter, body), mac) {
            return Err(refused());
        }
        serde_json::from_slice(body).map(Some).map_err(|_| refused())
    }

    fn message(filter: &str, body: &[u8]) -> Vec<u8> {
        [filter.as_bytes(), &[0], body].concat()
    }
}

/// Declares the concrete page of a list (generic pages are inlined by the document's writer). `counted`: it can say how many rows there are in all.
macro_rules! page {
    ($(#[$meta:meta])* $page:ident of $item:ty) => {
        $crate::http::page!(@declare [$(#[$meta])*] $page, $item, {}, {});
    };
    ($(#[$meta:meta])* $page:ident of $item:ty, counted) => {
        $crate::http::page!(@declare [$(#[$meta])*] $page, $item, {
            /// All rows of the filter, when `count=exact` was asked for.
            pub total: Option<i64>,
        }, { total: None });
    };
    (@declare [$(#[$meta:meta])*] $page:ident, $item:ty, { $($field:tt)* }, { $($empty:tt)* }) => {
        $(#[$meta])*
        #[derive(Debug, serde::Serialize, utoipa::ToSchema)]
        pub struct $page {
            /// Rows of this page.
            pub items: Vec<$item>,
            /// Give it as `cursor` for the next page; null on the last.
            pub next_cursor: Option<String>,
            /// There is a next page.
            pub has_more: bool,
            $($field)*
        }

        impl $page {
            /// Makes a page of `rows`, read with a limit one above `limit`; `key` gives a row's sort key.
            #[allow(dead_code, reason = "a list of fixed length fills the struct itself")]
            pub(crate) fn of<R, K: serde::Serialize>(
                mut rows: Vec<R>,
                limit: i64,
                keys: &$crate::keys::KeyRing,
                filter: &str,
                key: impl Fn(&R) -> K,
                item: impl Fn(R) -> $item,
            ) -> Result<Self, $crate::problem::Problem> {
                let limit = usize::try_from(limit).unwrap_or(usize::MAX);
                let has_more = rows.len() > limit;
                rows.truncate(limit);
                let next_cursor = match rows.last() {
                    Some(last) if has_more => Some($crate::http::Cursor::write(keys, filter, &key(last))?),
                    _ => None,
                };
                Ok(Self { items: rows.into_iter().map(item).collect(), next_cursor, has_more, $($empty)* })
            }
        }

        impl $crate::http::Resource for $page {
            fn next_cursor(&self) -> Option<&str> {
                self.next_cursor.as_deref()
            }
        }
    };
}
pub(crate) use page;
