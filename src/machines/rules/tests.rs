use super::super::model::{Networks, PublicKey, RoleScope, Scopes};
use super::*;
use title_review_core::vocabulary::Role;

fn grant(role: Role, region: Option<&str>) -> Grant {
    Grant { role, organisation: None, kind: None, region: region.map(str::to_owned) }
}

#[test]
fn a_scope_is_a_role_and_a_region() {
    for good in ["reviewer:652901", "applicant", "finance:652900"] {
        assert_eq!(good.parse::<RoleScope>().unwrap().to_string(), good);
    }
    for bad in ["", "county", "reviewer:", "reviewer:65290", "reviewer:65290x", "reviewer:652901:1", ":652901", "*"] {
        assert_eq!(bad.parse::<RoleScope>(), Err(super::super::model::NotAScope), "{bad}");
    }
    let both: Scopes = "finance:652900  reviewer:652901 finance:652900".parse().unwrap();
    assert_eq!(both.texts(), ["reviewer:652901", "finance:652900"]);
}

#[test]
fn scope_for_a_role_not_held_is_refused() {
    let held = Scopes::held(&[grant(Role::Reviewer, Some("652901")), grant(Role::Finance, Some("652900"))]);
    assert_eq!(asked(None, &held), Some(held.clone()));
    assert_eq!(asked(Some("finance:652900"), &held).unwrap().texts(), ["finance:652900"]);
    for refused in ["", " ", "finance:652901", "finance", "supervisor:652900", "finance:652900 supervisor:652900", "nonsense"] {
        assert_eq!(asked(Some(refused), &held), None, "{refused}");
    }
    assert_eq!(asked(None, &Scopes::default()), None);
}

#[test]
fn token_has_the_grants_that_its_scopes_name() {
    let grants = vec![grant(Role::Reviewer, Some("652901")), grant(Role::Reviewer, Some("652902")), grant(Role::Applicant, None)];
    let kept = limited(grants.clone(), &"reviewer:652902".parse().unwrap());
    assert_eq!(kept, [grants[1].clone()]);
    assert!(limited(grants, &"finance:652901".parse().unwrap()).is_empty());
}

#[test]
fn token_with_an_administrator_scope_is_refused() {
    let held = Scopes::held(&[grant(Role::SecurityAdministrator, None), grant(Role::Applicant, None)]);
    assert_eq!(chosen(&["applicant".to_owned()], &held).unwrap().texts(), ["applicant"]);
    let refused = chosen(&["applicant".to_owned(), "security_administrator".to_owned(), "finance:652900".to_owned()], &held);
    assert_eq!(refused.unwrap_err().len(), 2);
}

#[test]
fn networks_hold_addresses_of_both_families() {
    let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let networks = Networks::read(&texts(&["10.20.30.40/16", "192.0.2.7", "2001:db8::1/32", "::ffff:172.16.0.0/108"])).unwrap();
    assert_eq!(networks.texts(), ["10.20.0.0/16", "192.0.2.7/32", "2001:db8::/32", "172.16.0.0/12"]);
    for (address, permitted) in [
        ("10.20.255.1", true),
        ("10.21.0.1", false),
        ("192.0.2.7", true),
        ("192.0.2.8", false),
        ("2001:db8:ffff::1", true),
        ("2001:db9::1", false),
        ("::ffff:10.20.0.9", true),
        ("::ffff:10.21.0.9", false),
        ("172.31.0.1", true),
    ] {
        assert_eq!(networks.permit(Some(address.parse().unwrap())), permitted, "{address}");
    }
    assert!(!networks.permit(None) && Networks::default().permit(None));
    for (list, place) in [(&["10.0.0.0/33"][..], 0), (&["10.0.0.0/8", "host"], 1), (&["::/0", "10.0.0.0/-1"], 1), (&["10.1"], 0)] {
        assert_eq!(Networks::read(&texts(list)), Err(place), "{list:?}");
    }
}

fn key(kty: &str, crv: &str, y: Option<&str>) -> PublicKey {
    PublicKey {
        kty: kty.to_owned(),
        crv: crv.to_owned(),
        x: "x".to_owned(),
        y: y.map(str::to_owned),
        kid: "k".to_owned(),
        usage: None,
        alg: None,
    }
}

#[test]
fn public_key_is_ed25519_or_p256() {
    assert!(key_findings(&[key("OKP", "Ed25519", None)], |_| true).is_empty());
    assert!(key_findings(&[key("EC", "P-256", Some("y"))], |_| true).is_empty());
    for (kty, crv, y) in [
        ("oct", "", None),
        ("RSA", "", None),
        ("EC", "P-384", Some("y")),
        ("EC", "P-256", None),
        ("OKP", "X25519", None),
        ("OKP", "Ed25519", Some("y")),
    ] {
        assert_eq!(key_findings(&[key(kty, crv, y)], |_| true).len(), 1, "{kty} {crv}");
    }
    let mut other = key("OKP", "Ed25519", None);
    other.alg = Some("ES256".to_owned());
    other.usage = Some("enc".to_owned());
    // No point, another algorithm, another use, and the kid twice.
    assert_eq!(key_findings(&[key("OKP", "Ed25519", None), other], |key| key.alg.is_none()).len(), 4);
}

#[test]
fn an_assertion_names_this_client_this_server_and_a_short_time() {
    let ours = ["https://here/oauth2/token".to_owned(), "https://here".to_owned()];
    let claims = |change: &dyn Fn(&mut AssertionClaims)| {
        let mut claims = AssertionClaims {
            iss: "c".to_owned(),
            sub: "c".to_owned(),
            aud: Audience::One("https://here".to_owned()),
            exp: 1300,
            iat: Some(1000),
            nbf: None,
            jti: "1".to_owned(),
        };
        change(&mut claims);
        assertion_fault(&claims, "c", &ours, 1000)
    };
    assert_eq!(claims(&|_| {}), None);
    assert_eq!(claims(&|claims| claims.aud = Audience::Many(vec!["https://here/oauth2/token".to_owned()])), None);
    assert_eq!(claims(&|claims| claims.exp = 996), None, "within the leeway");
    let wrong: &[&dyn Fn(&mut AssertionClaims)] = &[
        &|claims| claims.iss = "d".to_owned(),
        &|claims| claims.sub = "d".to_owned(),
        &|claims| claims.aud = Audience::One("https://there".to_owned()),
        &|claims| claims.aud = Audience::Many(vec!["https://here".to_owned(), "https://there".to_owned()]),
        &|claims| claims.aud = Audience::Many(Vec::new()),
        &|claims| claims.exp = 995,
        &|claims| claims.exp = 1306,
        &|claims| (claims.iat, claims.exp) = (Some(900), 1250),
        &|claims| claims.exp = i64::MAX,
        &|claims| claims.iat = Some(1006),
        &|claims| claims.nbf = Some(1006),
        &|claims| claims.jti = String::new(),
        &|claims| claims.jti = "j".repeat(129),
    ];
    for (place, change) in wrong.iter().enumerate() {
        assert!(claims(change).is_some(), "{place}");
    }
}
