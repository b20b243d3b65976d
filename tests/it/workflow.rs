//! The generated page of the transition table.

use crate::generated::assert_generated;

#[test]
fn the_workflow_page_is_up_to_date() {
    assert_generated("docs/workflow.md", &title_review_core::workflow::workflow_page());
}
