use super::super::{Policy, Requirements};
use super::{Weakness, list_weaknesses};

fn needs(policy: Policy) -> Requirements {
    Requirements { policy, least: policy.usual_length() }
}

#[test]
fn password_standards_have_different_requirements() {
    let (mlps, asvs) = (needs(Policy::Mlps), needs(Policy::Asvs));
    for (password, by_mlps, by_asvs) in [
        ("Correct-horse-7", vec![], vec![]),
        ("correct horse battery staple", vec![Weakness::Classes], vec![]),
        ("Kestrel-73", vec![], vec![Weakness::Length { least: 15 }]),
        ("Ab-1", vec![Weakness::Length { least: 10 }], vec![Weakness::Length { least: 15 }]),
        ("书山有路勤为径学海无涯苦作舟二十一", vec![Weakness::Classes], vec![]),
        ("My-CLERK-1-horse-9", vec![Weakness::HoldsLogin], vec![Weakness::HoldsLogin]),
    ] {
        assert_eq!(list_weaknesses(mlps, "clerk-1", password), by_mlps, "{password}");
        assert_eq!(list_weaknesses(asvs, "clerk-1", password), by_asvs, "{password}");
    }
    let long = "长".repeat(129);
    assert!(list_weaknesses(asvs, "clerk-1", &long).contains(&Weakness::Length { least: 15 }));
    assert_eq!(list_weaknesses(Requirements { policy: Policy::Asvs, least: 8 }, "clerk-1", "kestrel73"), []);
}

#[test]
fn common_passwords_are_refused() {
    for common in [
        "Password2024!",
        "P@ssw0rd123",
        "Admin@123456",
        "Admin@20241",
        "Qwerty12345!",
        "1qaz2wsx3edc",
        "1QAZ@WSX#EDC",
        "Abc@123456",
        "Zhicheng@2024",
        "Welcome2024!",
        "Woaini1314!",
        "aaaaaaaaaaaaaaa",
        "Abc-abc-abc-abc-abc",
        "abcdefghijklmnop",
        "01234567890123456",
        "Title-Review-2024",
        "System@Admin#1",
        "Xinjiang@2024",
        "ChangeMe-2024!",
        "!!!!!!!!!!!!!!!!",
        "Test1234567890",
    ] {
        assert!(list_weaknesses(needs(Policy::Asvs), "clerk-1", common).contains(&Weakness::Common), "{common}");
    }
    for fine in ["Correct-horse-7", "Another-horse-8", "Sandbox-2024", "Kestrel-73", "tulips on a grey hill", "Nanny-goat-41x"] {
        assert!(!list_weaknesses(needs(Policy::Asvs), "clerk-1", fine).contains(&Weakness::Common), "{fine}");
    }
}
