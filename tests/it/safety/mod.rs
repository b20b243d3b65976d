//! What a server stands against whoever sends: bounds, rates, origins, methods, proxies, TLS.

mod certificate;
mod codings;
mod connections;
mod headers;
mod limits;
mod methods;
mod nul;
mod order;
mod page;
mod proxies;
mod rates;
mod raw;
mod tls;
