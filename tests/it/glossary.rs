//! The generated page of terms.

use crate::generated::assert_generated;

#[test]
fn glossary_page_is_up_to_date() {
    assert_generated("docs/glossary.md", &title_review_core::glossary::glossary_page());
}
