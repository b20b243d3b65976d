//! title-review: a prefecture's professional-title review (职称评审) from first login to a certificate anyone can check.

pub mod cycles;
pub mod words;
