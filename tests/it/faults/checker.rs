//! The checker is checked: for each invariant a violation is planted in a copy of a database that a crowd has worked on, and the checker names it.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection, SqliteConnection};

use super::client::{Client, Ledger};
use super::load::{Crowd, under_load, wait_for};
use super::place::Place;
use crate::cli::text;
use crate::support::cast::resident_id;
use crate::support::database::Dialect;

/// A meeting of twenty-five with seventeen present, and everybody's candidacy in it.
const MEETING: &str = "INSERT INTO meetings SELECT 'm', cycle_id, cycle_version, employer_id, 'n', 'senior', '2024-10-09 02:00:00', 'p', 25, 'c', '[]',
    '{\"present\":17,\"names\":[],\"led_by\":\"chair\"}', '2024-10-09 08:00:00', 1, '2024-10-01 00:00:00', '2024-10-09 08:00:00', NULL, NULL, NULL FROM applications LIMIT 1;
    INSERT INTO meeting_candidates SELECT 'm', id, row_number() OVER (ORDER BY id), 'surveying', 'associate_senior',
    '{\"yes\":17,\"no\":0,\"abstain\":0,\"recused\":0}', 1, '{}' FROM applications;";

/// Money that nobody has entered.
const HELD: &str =
    "INSERT INTO held_money (id, cycle_id, held_for, state, in_time, amount_minor, currency, method, reference, paid_on,
    recorded_by, recorded_at, version) VALUES ('m', 'aksu-2024', 'unknown', 'held', 1, 1, 'CNY', 'bank', 'ZZZZ', '2024-09-01', 'x',
    '2024-09-01 00:00:00', 1);";

/// By invariant: what violates it.
const PLANTED: &[(&str, &str)] = &[
    ("stage_known", "UPDATE applications SET stage = 'nowhere'"),
    ("stage_is_where_the_last_step_led", "UPDATE applications SET step = 'department_review' WHERE step = 'employer_review'"),
    ("steps_are_of_the_chain", "UPDATE applications SET step = 'county_service_review' WHERE step = 'employer_review'"),
    (
        "no_step_is_passed_over",
        "UPDATE steps SET to_step = 'formal_review' WHERE from_step = 'employer_review' AND to_step = 'department_review'",
    ),
    ("steps_gapless", "UPDATE steps SET seq = seq + 7 WHERE id = (SELECT max(id) FROM steps)"),
    ("steps_joined", "UPDATE steps SET from_stage = 'returned' WHERE action = 'approve'"),
    ("steps_allowed", "UPDATE steps SET action = 'publicise' WHERE id = (SELECT max(id) FROM steps)"),
    (
        "one_live_application_a_year",
        "DROP INDEX applications_one_per_year; UPDATE applications SET applicant_id = (SELECT min(applicant_id) FROM applications)",
    ),
    ("withdrawn_or_live", "UPDATE applications SET live = 0 WHERE stage = 'accepted'"),
    ("submissions_counted", "UPDATE applications SET committee_submissions = 2 WHERE committee_submissions = 1"),
    ("three_submissions", "UPDATE applications SET committee_submissions = 4"),
    ("committee_reached_when", "UPDATE applications SET reached_committee_at = NULL"),
    ("submitted_when", "UPDATE applications SET submitted_at = NULL"),
    (
        "no_lapse_past_the_committee",
        "UPDATE steps SET action = 'lapse' WHERE action = 'approve' AND from_stage = 'formal_review'",
    ),
    ("final_is_final", "UPDATE steps SET from_stage = 'withdrawn' WHERE id = (SELECT max(id) FROM steps)"),
    ("undecided_when", "UPDATE applications SET undecided_at = '2024-08-01 00:00:00'"),
    ("lapse_pending", "UPDATE applications SET lapse_at = NULL"),
    ("lapse_has_its_job", "DELETE FROM jobs WHERE kind = 'applications.lapse'"),
    ("returned_by_whom", "UPDATE applications SET stage = 'returned'"),
    ("correction_due_of_the_committee", "UPDATE applications SET correction_due = updated_at"),
    ("returns_name_corrections", "UPDATE steps SET action = 'return' WHERE action = 'approve'"),
    (
        "answered_whole",
        "INSERT INTO corrections (id, application_id, step_id, seq, pointer, clause, detail, kind, answer)
         SELECT 'c', application_id, id, 1, '/', 'R1', 'd', 'new', 'a' FROM steps LIMIT 1",
    ),
    ("accepted_as_publicised", "UPDATE publicities SET level = 'assistant' WHERE kind = 'employer'"),
    ("one_step_a_person", "UPDATE steps SET actor_id = 'somebody' WHERE action = 'approve'"),
    ("version_counts_acts", "UPDATE applications SET version = version + 1 WHERE stage = 'accepted'"),
    ("told_of_each_step", "DELETE FROM notices"),
    // A microsecond late.
    (
        "inside_the_application_window",
        "UPDATE applications SET submitted_at = '2024-08-30 10:00:00.000001' WHERE submitted_at IS NOT NULL",
    ),
    ("lapses_on_their_instant", "UPDATE steps SET action = 'lapse' WHERE action = 'submit'"),
    ("audit_gapless", "DELETE FROM audit WHERE seq = 5"),
    ("audit_chained", "UPDATE audit SET object_id = 'x' WHERE seq = 5"),
    ("audit_details", "UPDATE audit SET detail = '{}' WHERE seq = 5"),
    ("audit_head", "DELETE FROM audit WHERE seq = (SELECT max(seq) FROM audit)"),
    ("audit_heads_agree", "INSERT INTO audit_heads VALUES (5, 'x', '2024-01-01 00:00:00', 'scheduled', 0, 'k', 's')"),
    (
        "events_are_acts",
        "INSERT INTO events (seq, kind, object_kind, object_id, at) SELECT 100000, kind, object_kind, object_id, at FROM events WHERE seq = (SELECT max(seq) FROM events)",
    ),
    ("each_act_has_its_event", "UPDATE events SET kind = 'x' WHERE seq = (SELECT min(seq) FROM events)"),
    ("each_step_has_its_act", "DELETE FROM steps WHERE id = (SELECT max(id) FROM steps)"),
    ("drafts_and_their_acts", "DELETE FROM applications WHERE id = (SELECT max(id) FROM applications)"),
    ("files_and_their_acts", "DELETE FROM attachments WHERE id = (SELECT max(id) FROM attachments)"),
    (
        "replacements_and_their_acts",
        "UPDATE attachments SET replaces = (SELECT min(id) FROM attachments) WHERE id = (SELECT max(id) FROM attachments)",
    ),
    ("notices_and_their_acts", "DELETE FROM publicities WHERE id = (SELECT max(id) FROM publicities)"),
    ("objections_and_their_acts", "DELETE FROM objections WHERE id = (SELECT max(id) FROM objections)"),
    ("rulings_and_their_acts", "UPDATE objections SET status = 'rejected' WHERE status = 'open'"),
    ("orders_and_their_acts", "DELETE FROM orders"),
    ("payments_and_their_acts", "DELETE FROM payments"),
    ("held_money_and_its_acts", "HELD"),
    ("held_and_settled", "HELD UPDATE held_money SET state = 'refunded', refund_amount_minor = 2, refund_reference = 'OUT', refunded_on = '2024-09-01'"),
    (
        "certificates_and_their_acts",
        "INSERT INTO certificates SELECT 'number', id, cycle_id, cycle_version, 1, applicant_id, 'n', specialty, 's', level, 't', 's', 'a', '2024-12-01',
         '2024-12-01 00:00:00', '2024-12-01' FROM applications LIMIT 1",
    ),
    (
        "fraud_bars",
        "INSERT INTO fraud_decisions SELECT id, 'f', 'r', applicant_id, '2024-09-01 00:00:00' FROM applications LIMIT 1",
    ),
    ("fraud_decided_once", "UPDATE steps SET action = 'decide_fraud' WHERE id = (SELECT max(id) FROM steps)"),
    ("transferred_as_asked", "UPDATE steps SET action = 'transfer' WHERE id = (SELECT max(id) FROM steps)"),
    (
        "transfers_and_their_acts",
        "INSERT INTO transfers SELECT 't', id, applicant_id, employer_id, employer_id, 'r', 'declined', '2024-09-01 00:00:00', NULL, NULL, NULL
         FROM applications WHERE employer_id IS NOT NULL LIMIT 1",
    ),
    ("accounts_and_their_acts", "UPDATE audit SET object_id = 'x' WHERE object_kind = 'account'"),
    ("order_where_accepted", "DELETE FROM orders"),
    ("paid_once", "UPDATE orders SET state = 'open'"),
    ("paid_on_both_sides", "UPDATE applications SET paid = 0"),
    ("receipts_gapless", "UPDATE payments SET receipt_seq = receipt_seq + 100"),
    (
        "references_once",
        "DROP INDEX payments_reference; INSERT INTO payments SELECT 'again', order_id, cycle_id, receipt_seq + 100, amount_minor, method, reference,
         paid_on, received_by, at, NULL, NULL FROM payments LIMIT 1",
    ),
    ("order_over_the_fee", "UPDATE orders SET amount_minor = 1"),
    ("notices_long_enough", "UPDATE publicities SET days = 4"),
    (
        "one_current_notice",
        "DROP INDEX publicities_one_current; UPDATE publicities SET application_id = (SELECT min(application_id) FROM publicities)",
    ),
    ("withdrawn_notices_whole", "UPDATE publicities SET status = 'withdrawn'"),
    // The first instant after its last day.
    ("objections_in_time", "UPDATE objections SET raised_at = '2024-08-29 16:00:00'"),
    ("objections_decided_whole", "UPDATE objections SET reason = NULL"),
    (
        "sent_on_without_open_objections",
        "INSERT INTO objections (id, publicity_id, application_id, receipt_index, text_sealed, raised_at, status)
         SELECT 'o', p.id, p.application_id, 'r', 'x', p.starts_at, 'open' FROM publicities p JOIN steps s ON s.application_id = p.application_id
         AND s.from_step = p.step
         WHERE s.action = 'approve' LIMIT 1",
    ),
    ("files_ended_whole", "UPDATE attachments SET status = 'deleted' WHERE id = (SELECT max(id) FROM attachments)"),
    ("replaced_by_one", "UPDATE attachments SET status = 'replaced' WHERE id = (SELECT max(id) FROM attachments)"),
    ("files_are_there", "UPDATE attachments SET sha256 = printf('%064d', 0) WHERE id = (SELECT max(id) FROM attachments)"),
    ("originals_and_their_steps", "UPDATE steps SET action = 'receive_original' WHERE action = 'submit'"),
    ("cancelled_meetings_empty", "MEETING UPDATE meetings SET cancelled_at = closed_at"),
    ("ready_is_complete", "UPDATE applications SET stage = 'ready' WHERE NOT paid"),
    ("quorum_present", "MEETING UPDATE meetings SET attendance = '{\"present\":16,\"names\":[],\"led_by\":\"chair\"}'"),
    (
        "votes_enough",
        "MEETING UPDATE meeting_candidates SET tally = '{\"yes\":11,\"no\":6,\"abstain\":0,\"recused\":0}'",
    ),
    ("passes_within_the_cap", "MEETING"),
    (
        "settled_for_everybody",
        "MEETING UPDATE meeting_candidates SET passed = NULL; UPDATE applications SET stage = 'in_meeting';
         INSERT INTO cap_settlements SELECT cycle_id, applicant_id, '2024-10-09 09:00:00', 0 FROM applications LIMIT 1",
    ),
    (
        "outcome_is_the_vote",
        "MEETING UPDATE meeting_candidates SET passed = 0; UPDATE steps SET action = 'record_outcome', to_stage = 'passed' WHERE action = 'submit'",
    ),
    ("certificates_of_the_confirmed", "UPDATE applications SET stage = 'confirmed'"),
    ("disqualified_on_a_ground", "UPDATE steps SET action = 'disqualify' WHERE action = 'submit'"),
    ("sealed_with_an_index", "UPDATE accounts SET id_number_index = NULL"),
    ("sealed_is_sealed", "UPDATE accounts SET phone_sealed = '13800000000'"),
    ("no_plain_id_number", "UPDATE profiles SET body = '{\"note\":\"身份证ID_NUMBER\"}'"),
    (
        "administrators_apart",
        "DROP INDEX memberships_one_administrator; UPDATE memberships SET account_id =
         (SELECT account_id FROM memberships WHERE role = 'audit_administrator') WHERE role = 'security_administrator'",
    ),
    ("sessions_rotate", "UPDATE sessions SET previous_hash = refresh_hash"),
    ("refresh_tokens_differ", "UPDATE sessions SET refresh_hash = 'x'"),
    ("jobs_whole", "UPDATE jobs SET state = 'done', finished_at = NULL"),
    ("jobs_wait_once", "DROP INDEX jobs_waiting; UPDATE jobs SET kind = 'k', unique_key = 'u', state = 'waiting', leased_until = NULL, finished_at = NULL"),
    (
        "keys_have_their_effect",
        "UPDATE idempotency SET headers = '[null,\"/v1/applications/none\"]' WHERE operation = 'POST /v1/applications'",
    ),
    ("json_is_json", "UPDATE notices SET body = '{'"),
    ("times_in_order", "UPDATE applications SET created_at = '2025-01-01 00:00:00'"),
    ("foreign_keys", "DELETE FROM organisations"),
    ("acknowledged_is_on_record", "UPDATE audit SET trace_id = 'x' WHERE action = 'objection.raise'"),
    ("acknowledged_is_there", "UPDATE applications SET version = 1"),
];

/// Tried by other means than SQL.
const OTHERWISE: &[&str] = &["objects_named_by_hash", "file_is_whole"];

/// A database that a crowd has worked on until its server was killed.
fn worked_on(dialect: Dialect) -> Option<Place> {
    let place = Place::new(dialect)?;
    let server = place.serve();
    let client = Client::new(&server.address);
    let crowd = Crowd::enter(&client, Ledger::open(&place.ledger));
    crowd.prepare(&client, 2);
    under_load(&crowd, &client, 4, 3, || {
        // Until both have gone through the chain and are paid, and somebody has objected and was heard.
        for _ in 0..30 {
            wait_for(&crowd, 10);
            let acts = place.acts();
            if ["order.confirm", "objection.raise", "objection.decide"].iter().all(|act| acts.contains_key(*act)) {
                break;
            }
        }
        server.kill();
    });
    Some(place)
}

/// What the checker says about a SQLite file.
fn looked_at(file: &Path, place: &Place) -> String {
    let mut command = Command::new("python3");
    command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/checks/invariants.py"));
    command.arg("--database").arg(format!("sqlite:{}", file.display()));
    command.arg("--objects").arg(place.objects()).arg("--ledger").arg(&place.ledger);
    let output = command.output().expect("python3 runs");
    format!("{}{}", text(&output.stdout), text(&output.stderr))
}

fn named(report: &str, invariant: &str) -> bool {
    report.lines().any(|line| line.strip_prefix("BAD  ").is_some_and(|line| line.split(':').next() == Some(invariant)))
}

/// Where the database's own guards would keep the violation out, they are taken away first.
const UNGUARDED: &str = "PRAGMA foreign_keys = OFF; DROP TRIGGER audit_rows_stay; DROP TRIGGER audit_rows_are_fixed;
    DROP TRIGGER payments_no_update; DROP TRIGGER payments_no_delete;";

fn planted_is_found(place: &Place, good: &Path, invariant: &str, statements: &str) -> Option<String> {
    let file = good.with_file_name(format!("{invariant}.db"));
    std::fs::copy(good, &file).unwrap();
    let statements = statements.replace("MEETING", MEETING).replace("HELD", HELD).replace("ID_NUMBER", &resident_id("19850615", 1));
    let mut conn = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
    conn.batch_execute(&format!("{UNGUARDED} {statements}")).unwrap_or_else(|error| panic!("{invariant}: {error}"));
    drop(conn);
    let report = looked_at(&file, place);
    std::fs::remove_file(&file).unwrap();
    (!named(&report, invariant)).then(|| format!("{invariant}:\n{report}"))
}

#[test]
fn each_invariant_can_be_violated_and_is_named() {
    let Some(place) = worked_on(Dialect::Sqlite) else { return };
    let good = place.data.join("good.db");
    let mut conn = SqliteConnection::establish(place.url.trim_start_matches("sqlite:")).unwrap();
    conn.batch_execute(&format!("VACUUM INTO '{}'", good.display())).unwrap();
    let report = looked_at(&good, &place);
    assert!(report.contains(", 0 violated"), "{report}");
    // No invariant without its violation.
    let known: BTreeSet<&str> = report.lines().filter_map(|line| line.strip_prefix("ok   ")).collect();
    let tried: BTreeSet<&str> = PLANTED.iter().map(|(name, _)| *name).chain(OTHERWISE.iter().copied()).collect();
    assert_eq!(known, tried);
    assert!(known.len() >= 40);

    let next = std::sync::Mutex::new(PLANTED.iter());
    let missed: Vec<String> = std::thread::scope(|scope| {
        let look = || {
            let mut missed = Vec::new();
            loop {
                let Some((name, statements)) = next.lock().unwrap().next() else { return missed };
                missed.extend(planted_is_found(&place, &good, name, statements));
            }
        };
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(look)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert!(missed.is_empty(), "not named: {}", missed.join("\n"));

    let stray = place.objects().join("sha256/00");
    std::fs::create_dir_all(&stray).unwrap();
    std::fs::write(stray.join("0000"), "bytes").unwrap();
    assert!(named(&looked_at(&good, &place), "objects_named_by_hash"));
    // A page in the middle of the file, overwritten.
    let mut bytes = std::fs::read(&good).unwrap();
    let middle = bytes.len() / 2 / 4096 * 4096;
    bytes[middle..middle + 64].fill(0xff);
    let torn = place.data.join("torn.db");
    std::fs::write(&torn, bytes).unwrap();
    let report = looked_at(&torn, &place);
    assert!(named(&report, "file_is_whole"), "{report}");
}

#[test]
fn checker_checks_a_postgresql_database() {
    let Some(place) = worked_on(Dialect::Postgres) else { return };
    assert_eq!(place.violated(), Vec::<String>::new());
    let mut conn = PgConnection::establish(&place.url).unwrap();
    conn.batch_execute(
        "ALTER TABLE audit DISABLE TRIGGER USER; DELETE FROM audit WHERE seq = 5; UPDATE applications SET version = version + 1;
         UPDATE accounts SET phone_sealed = '13800000000'; UPDATE events SET seq = 100000 WHERE seq = (SELECT max(seq) FROM events); UPDATE applications SET paid = false;
         UPDATE publicities SET days = 4",
    )
    .unwrap();
    let violated: BTreeSet<String> = place.violated().into_iter().collect();
    for invariant in
        ["audit_gapless", "audit_chained", "version_counts_acts", "sealed_is_sealed", "events_are_acts", "each_act_has_its_event"]
    {
        assert!(violated.contains(invariant), "{invariant}: {violated:?}");
    }
    assert!(violated.contains("paid_on_both_sides") && violated.contains("notices_long_enough"), "{violated:?}");
    assert!(!violated.contains("json_is_json"), "{violated:?}");
}

// The checker reads and nothing else: whatever it is given, it cannot write.
#[test]
fn checker_reports_a_missing_database() {
    if !super::place::can_judge() {
        println!("python3 (3.11) is not installed: LEFT OUT");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("absent.db");
    let mut command = Command::new("python3");
    command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/checks/invariants.py"));
    let output = command.arg("--database").arg(format!("sqlite:{}", file.display())).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
    assert!(!file.exists());
}
