//! title-review: a prefecture's professional-title review (职称评审) from first login to a certificate anyone can check.

pub mod cycles;
pub mod identity_numbers;
pub mod profiles;
pub mod words;
