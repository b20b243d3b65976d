use proptest::prelude::*;

use super::*;

const RESIDENT: &str = "11010519491231002X";
const CREDIT: &str = "91350100M000100Y43";

#[test]
fn examples_of_the_standards_are_valid() {
    let read = parse_resident_id(RESIDENT).unwrap();
    assert_eq!(read.birth_date, NaiveDate::from_ymd_opt(1949, 12, 31).unwrap());
    assert_eq!(read.sex, Sex::Female);
    check_credit_code(CREDIT).unwrap();
}

#[test]
fn number_with_one_changed_character_is_rejected() {
    for at in 0..18 {
        for b in (b' '..=b'~').map(char::from) {
            for (number, ok) in [(RESIDENT, true), (CREDIT, false)] {
                if number[at..].starts_with(b) {
                    continue;
                }
                let changed = format!("{}{b}{}", &number[..at], &number[at + 1..]);
                let valid = if ok { parse_resident_id(&changed).is_ok() } else { check_credit_code(&changed).is_ok() };
                assert!(!valid, "{changed}");
            }
        }
    }
}

#[test]
fn errors_distinguish_length_position_date_and_check_character() {
    assert_eq!(parse_resident_id("1101051949123100"), Err(NumberError::Length));
    assert_eq!(parse_resident_id("110105194912310二"), Err(NumberError::Character(16)));
    assert_eq!(parse_resident_id("11010519491231002x"), Err(NumberError::Character(18)));
    assert_eq!(parse_resident_id("110105194902310021"), Err(NumberError::BirthDate));
    assert_eq!(parse_resident_id("110105194912310021"), Err(NumberError::Check));
    assert_eq!(check_credit_code("91350100M000100Y4"), Err(NumberError::Length));
    assert_eq!(check_credit_code("91350100I000100Y43"), Err(NumberError::Character(9)));
    assert_eq!(check_credit_code("9135010AM000100Y43"), Err(NumberError::Character(8)));
    assert_eq!(check_credit_code("91350100M000100Y44"), Err(NumberError::Check));
    // Zeros add up to a right check character.
    assert_eq!(check_credit_code("000000000000000000"), Err(NumberError::Character(1)));
    let with_check = |first: &str| format!("{first}{}", credit_code_check(first).unwrap());
    assert_eq!(check_credit_code(&with_check("91000000M000100Y4")), Err(NumberError::Character(3)));
    assert_eq!(check_credit_code(&with_check("91350100000000000")), Err(NumberError::Character(9)));
}

#[test]
fn masked_numbers_and_names_show_only_head_and_tail() {
    assert_eq!(mask_id_number(RESIDENT), "110105********002X");
    assert_eq!(mask_phone("13800001234"), "138****1234");
    assert_eq!(mask_phone("119"), "***");
    assert_eq!(mask_name("申报人甲"), "申***");
    assert_eq!(mask_name("甲"), "*");
    assert_eq!(mask_name(""), "");
}

#[test]
fn age_rises_on_the_birthday() {
    let day = |y, m, d| NaiveDate::from_ymd_opt(y, m, d).unwrap();
    assert_eq!(age_on(day(1964, 8, 30), day(2024, 8, 29)), 59);
    assert_eq!(age_on(day(1964, 8, 30), day(2024, 8, 30)), 60);
    assert_eq!(age_on(day(1964, 2, 29), day(2023, 2, 28)), 58);
    assert_eq!(age_on(day(1964, 2, 29), day(2023, 3, 1)), 59);
}

proptest! {
    #[test]
    fn resident_id_with_one_changed_character_is_rejected(
        region in 110_000_u32..660_000, days in 0_i64..45_000, order in 0_u32..1000, at in 0_usize..18, to in "[0-9X]",
    ) {
        let birth = NaiveDate::from_ymd_opt(1900, 1, 1).unwrap() + chrono::Duration::days(days);
        let first = format!("{region}{}{order:03}", birth.format("%Y%m%d"));
        let number = format!("{first}{}", resident_id_check(&first).unwrap());
        let read = parse_resident_id(&number).unwrap();
        prop_assert_eq!(read.birth_date, birth);
        prop_assert_eq!(read.sex == Sex::Male, order % 2 == 1);
        prop_assume!(!number[at..].starts_with(&to));
        let changed = format!("{}{to}{}", &number[..at], &number[at + 1..]);
        prop_assert!(parse_resident_id(&changed).is_err());
    }

    #[test]
    fn credit_code_with_one_changed_character_is_rejected(
        head in "[1-9A-HJ-NP-RT-UW-Y][0-9A-HJ-NP-RT-UW-Y][1-9][0-9]{5}[0-9A-HJ-NP-RT-UW-Y]{9}", at in 0_usize..18, to in "[0-9A-Z]",
    ) {
        let code = format!("{head}{}", credit_code_check(&head).unwrap());
        prop_assert!(check_credit_code(&code).is_ok());
        prop_assume!(!code[at..].starts_with(&to));
        let changed = format!("{}{to}{}", &code[..at], &code[at + 1..]);
        prop_assert!(check_credit_code(&changed).is_err());
    }
}
