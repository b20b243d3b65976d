//! The generated page of the rules.

use crate::generated::assert_generated;

#[test]
fn the_checks_page_is_up_to_date() {
    assert_generated("docs/checks.md", &title_review_core::checks::checks_page());
}
