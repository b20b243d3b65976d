use super::{check, load_calendar};
use crate::cycles::{BUILTIN_CALENDARS, builtin};

// clauses: 2.1, 2.2, 2.3, 3.1, 4.6, 5.2
#[test]
fn the_files_of_the_product_load() {
    for (name, text) in builtin() {
        let report = check(text, name);
        assert_eq!(report.exit_code, 0, "{}", report.text);
    }
    for (name, text) in BUILTIN_CALENDARS {
        assert_eq!(load_calendar(text, name).map(|_| ()), Ok(()));
    }
}
