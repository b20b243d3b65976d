#!/usr/bin/env python3
"""Checks a title-review database from outside: what must hold, told a second time, in another language, by reading alone.

    checks/invariants.py --database sqlite:/srv/title-review/title-review.db [--objects FOLDER] [--ledger FILE]
    checks/invariants.py --database 'postgres:///titles?host=/run/postgresql' [--objects FOLDER] [--ledger FILE]

Needs Python 3.11 and nothing else; for PostgreSQL also psql. SQLite is opened read-only; PostgreSQL is copied in one read-only transaction into a
temporary file, so that both are asked the same questions. Prints a line for each invariant. Ends with 0 if all hold, 1 if one does not, 2 if it
could not look.

A ledger is what a client kept of the answers that it got, one JSON object a line (docs/faults.md): what was acknowledged has to be there.
"""

import argparse
import csv
import datetime
import hashlib
import io
import json
import os
import re
import secrets
import sqlite3
import subprocess
import sys
import tomllib

csv.field_size_limit(1 << 30)

INVARIANTS = []


def invariant(text):
    """Registers a check. It answers rows that violate it; the first column says where."""

    def register(check):
        INVARIANTS.append((check.__name__, text, check))
        return check

    return register


def sql(name, text, query):
    """A check that is one query."""
    INVARIANTS.append((name, text, lambda look: look.rows(query)))


# ------------------------------------------------------------------------------------------------------------------- reading


def micros(text):
    """Microseconds since 1970 of a timestamp as either database writes it, in UTC."""
    if text is None:
        return None
    moment = datetime.datetime.fromisoformat(text.strip().replace("T", " "))
    since = moment.replace(tzinfo=datetime.timezone.utc) - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
    return (since.days * 86400 + since.seconds) * 1_000_000 + since.microseconds


def is_json(text):
    try:
        json.loads(text)
        return 1
    except (TypeError, ValueError):
        return 0


def open_sqlite(path):
    conn = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None, timeout=10)
    conn.execute("PRAGMA query_only = ON")
    conn.execute("BEGIN")
    return conn


def psql(url, script):
    environment = {**os.environ, "PGOPTIONS": "-c default_transaction_read_only=on"}
    command = ["psql", "-X", "-q", "-At", "--csv", "-v", "ON_ERROR_STOP=1", "-d", url]
    done = subprocess.run(command, input=script, capture_output=True, text=True, env=environment, check=False)
    if done.returncode != 0:
        raise OSError(f"psql: {done.stderr.strip()}")
    return done.stdout


def open_postgres(url):
    """A copy of every table, as of one instant."""
    listed = psql(
        url,
        "SELECT table_name, column_name, data_type FROM information_schema.columns"
        " WHERE table_schema = 'public' ORDER BY table_name, ordinal_position",
    )
    tables = {}
    for table, column, kind in csv.reader(io.StringIO(listed)):
        tables.setdefault(table, []).append((column, kind))
    mark, null = secrets.token_hex(16), secrets.token_hex(16)
    script = ["BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;"]
    for table in tables:
        script.append(f"\\echo {mark}")
        script.append(f"COPY (SELECT * FROM \"{table}\") TO STDOUT (FORMAT csv, NULL '{null}');")
    script.append("COMMIT;")
    parts = psql(url, "\n".join(script)).split(f"{mark}\n")[1:]
    conn = sqlite3.connect("", isolation_level=None)
    conn.execute("BEGIN")
    for (table, columns), part in zip(tables.items(), parts):
        names = ", ".join(f'"{column}"' for column, _ in columns)
        conn.execute(f'CREATE TABLE "{table}" ({names})')
        converters = []
        for _, kind in columns:
            if kind == "boolean":
                converters.append(lambda value: 1 if value == "t" else 0)
            elif kind in ("integer", "bigint", "smallint"):
                converters.append(int)
            else:
                converters.append(str)
        places = ", ".join("?" * len(columns))
        for row in csv.reader(io.StringIO(part)):
            values = [None if value == null else convert(value) for convert, value in zip(converters, row)]
            conn.execute(f'INSERT INTO "{table}" VALUES ({places})', values)
        conn.execute(f'CREATE INDEX "look_{table}" ON "{table}" ("{columns[0][0]}")')
    return conn


class Look:
    """A database with what lies beside it."""

    def __init__(self, database, objects, ledger):
        scheme, _, rest = database.partition(":")
        if scheme == "sqlite":
            path = rest[2:] if rest.startswith("//") else rest
            self.conn = open_sqlite(path)
            self.from_sqlite = True
        elif scheme in ("postgres", "postgresql"):
            self.conn = open_postgres(database)
            self.from_sqlite = False
        else:
            raise OSError(f"{scheme}: neither sqlite nor postgres")
        self.conn.create_function("micros", 1, micros, deterministic=True)
        self.conn.create_function("is_json", 1, is_json, deterministic=True)
        self.objects, self.ledger = objects, ledger
        self.tables = {
            name for (name,) in self.conn.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        }
        self.cycles = {}
        for cycle_id, version, source in self.rows("SELECT cycle_id, version, source FROM cycle_versions"):
            self.cycles[cycle_id, version] = tomllib.loads(source)

    def rows(self, query, *values):
        return self.conn.execute(query, values).fetchall()

    def columns(self, table):
        return [row[1] for row in self.rows(f'PRAGMA table_info("{table}")')]

    def acknowledged(self):
        """The ledger's acts; a line that was torn is no acknowledgement."""
        if self.ledger is None:
            return
        with open(self.ledger, encoding="utf-8") as lines:
            for line in lines:
                if line.endswith("\n"):
                    yield json.loads(line)


def instant(value):
    """Microseconds of an instant in a cycle's definition."""
    moment = value if isinstance(value, datetime.datetime) else datetime.datetime.fromisoformat(value)
    return micros(moment.astimezone(datetime.timezone.utc).replace(tzinfo=None).isoformat())


def day_begins(date, cycle):
    """Microseconds of 00:00 of a date where the cycle is."""
    hours, minutes = re.fullmatch(r"([+-]\d\d):(\d\d)", cycle["utc_offset"]).groups()
    offset = int(hours) * 3600 + int(minutes) * 60 * (-1 if hours.startswith("-") else 1)
    return micros(f"{date} 00:00:00") - offset * 1_000_000


def day_after(date):
    return (datetime.date.fromisoformat(date) + datetime.timedelta(days=1)).isoformat()


# --------------------------------------------------------------------------------------- applications and their history

REVIEWS = ("in_review",)
FINAL = ("withdrawn", "lapsed", "not_recommended", "not_accepted", "ineligible", "not_passed", "disqualified", "revoked")
STAGES = ("draft", *REVIEWS, "formal_review", "returned", "accepted", "ready", "in_meeting", "passed", "publicised", "confirmed", *FINAL)
BEFORE_COMMITTEE = ("draft", *REVIEWS, "returned")
SUBMITTED = (*REVIEWS, "formal_review", "returned", "accepted", "ready", "in_meeting", "passed", "publicised")

# Each transition of the notice: action, stages before, stages after. Written by hand, so that this checker does not depend on the program's table;
# a test of the core (crates/core/src/workflow/tests/checker.rs) compares the two.
MOVES = [
    ("submit", ("draft",), (*REVIEWS, "formal_review")),
    ("resubmit", ("returned",), (*REVIEWS, "formal_review")),
    ("recall", REVIEWS, ("draft", "returned")),
    ("take_back", (*REVIEWS, "formal_review", "not_recommended"), REVIEWS),
    ("take_back", ("ineligible",), ("formal_review",)),
    ("reinstate", ("lapsed",), ("draft", *REVIEWS, "returned", "accepted")),
    ("reinstate", ("not_recommended",), REVIEWS),
    ("reinstate", ("not_accepted",), ("returned", "formal_review")),
    ("reinstate", ("ineligible",), ("formal_review",)),
    ("revive", ("lapsed",), ("draft", *REVIEWS, "returned", "accepted")),
    ("revive", ("not_accepted",), ("returned",)),
    ("withdraw", (*BEFORE_COMMITTEE, "formal_review", "accepted", "ready"), ("withdrawn",)),
    ("approve", REVIEWS, (*REVIEWS, "formal_review")),
    ("approve", ("formal_review",), ("accepted",)),
    ("return", REVIEWS, ("returned",)),
    ("return", ("formal_review",), ("returned", "not_accepted")),
    ("not_recommend", REVIEWS, ("not_recommended",)),
    ("find_ineligible", ("formal_review",), ("ineligible",)),
    ("lapse", (*BEFORE_COMMITTEE, "accepted"), ("lapsed",)),
    ("refuse_acceptance", ("returned",), ("not_accepted",)),
    ("confirm_payment", ("accepted",), ("accepted", "ready")),
    ("reverse_payment", ("accepted", "ready"), ("accepted",)),
    ("reverse_payment", ("withdrawn",), ("withdrawn",)),
    ("reverse_payment", ("disqualified",), ("disqualified",)),
    ("receive_original", ("accepted",), ("accepted", "ready")),
    ("reverse_receipt", ("accepted", "ready"), ("accepted",)),
    ("record_defence", ("accepted",), ("accepted", "ready")),
    ("enter_meeting", ("ready",), ("in_meeting",)),
    ("leave_meeting", ("in_meeting",), ("ready",)),
    ("record_outcome", ("in_meeting",), ("passed", "not_passed")),
    ("publicise", ("passed",), ("publicised",)),
    ("withdraw_publicity", REVIEWS, REVIEWS),
    ("withdraw_publicity", ("publicised",), ("passed",)),
    ("confirm", ("publicised",), ("confirmed",)),
    ("disqualify", SUBMITTED, ("disqualified",)),
    ("revoke", ("confirmed",), ("revoked",)),
    ("transfer", (*REVIEWS, "returned"), (*REVIEWS, "formal_review")),
    ("transfer", ("formal_review",), (*REVIEWS, "formal_review")),
    ("decide_fraud", ("withdrawn",), ("withdrawn",)),
    ("decide_fraud", ("lapsed",), ("lapsed",)),
    ("decide_fraud", ("not_recommended",), ("not_recommended",)),
    ("decide_fraud", ("not_accepted",), ("not_accepted",)),
    ("decide_fraud", ("ineligible",), ("ineligible",)),
    ("decide_fraud", ("not_passed",), ("not_passed",)),
    ("decide_fraud", ("disqualified",), ("disqualified",)),
]
# The actions of which the applicant is notified.
TOLD = (
    "return", "not_recommend", "find_ineligible", "take_back", "lapse", "revive", "reinstate", "refuse_acceptance", "confirm_payment", "reverse_payment", "enter_meeting", "record_outcome", "publicise", "confirm",
    "disqualify", "revoke", "decide_fraud", "transfer", "reverse_receipt", "leave_meeting", "withdraw_publicity",
)


# Dossiers of people who were erased after the retention: what they said, and what they were told, is gone, and so are their files (without a hash).
ERASED = "SELECT a.id FROM applications a JOIN erasures e ON e.account_id = a.applicant_id"
# A look at personal data is on record; it changes nothing and is no event.
EVENTFUL = "outcome = 'done' AND action NOT IN ('personal_data.view_identity', 'personal_data.view_dossier', 'personal_data.view_attachment', 'personal_data.export')"


def listed(words):
    return "(" + ", ".join(f"'{word}'" for word in words) + ")"


sql("stage_known", "every stage is one of the notice's", f"SELECT id, stage FROM applications WHERE stage NOT IN {listed(STAGES)}")
sql(
    "stage_is_where_the_last_step_led", "an application is where its last step led, or a draft without one",
    """SELECT a.id, a.stage, a.step, coalesce(s.to_stage, 'draft'), s.to_step FROM applications a
       LEFT JOIN steps s ON s.application_id = a.id AND s.seq = (SELECT max(seq) FROM steps WHERE application_id = a.id)
       WHERE a.stage <> coalesce(s.to_stage, 'draft') OR coalesce(a.step, '') <> coalesce(s.to_step, '')""",
)
sql(
    "steps_gapless", "the steps of an application count from 1 without gaps",
    "SELECT application_id, count(*), min(seq), max(seq) FROM steps GROUP BY application_id HAVING min(seq) <> 1 OR max(seq) <> count(*)",
)
sql(
    "steps_joined", "each step begins where the one before ended",
    """SELECT s.id, s.from_stage, coalesce(p.to_stage, 'draft') FROM steps s
       LEFT JOIN steps p ON p.application_id = s.application_id AND p.seq = s.seq - 1
       WHERE s.from_stage <> coalesce(p.to_stage, 'draft') OR coalesce(s.from_step, '') <> coalesce(p.to_step, '')""",
)


@invariant("each step is one that the notice knows")
def steps_allowed(look):
    allowed = {(action, start, end) for action, starts, ends in MOVES for start in starts for end in ends}
    for row in look.rows("SELECT id, action, from_stage, to_stage FROM steps"):
        if row[1:] not in allowed:
            yield row


sql(
    "one_live_application_a_year", "a person has at most one live application in a year (4.1d)",
    "SELECT applicant_id, year, count(*) FROM applications WHERE live GROUP BY applicant_id, year HAVING count(*) > 1",
)
sql(
    "withdrawn_or_live", "only what was withdrawn before the committee saw it leaves the year free",
    """SELECT id, stage, live FROM applications
       WHERE live <> (CASE WHEN stage IN ('withdrawn', 'not_recommended') AND committee_submissions = 0 THEN 0 ELSE 1 END)""",
)
# A submission counts unless the committee's return before it told a correction late, or a transfer took the application from the committee.
COUNTED = """coalesce((SELECT CASE WHEN r.action = 'transfer' THEN 1 ELSE json_extract(r.detail, '$.next_uncounted') END FROM steps r
    WHERE r.application_id = s.application_id AND r.seq < s.seq AND r.action IN ('return', 'transfer') AND r.from_stage = 'formal_review'
    ORDER BY r.seq DESC LIMIT 1), 0) = 0"""
sql(
    "submissions_counted", "submissions to the committee are those of the history, but for those after a correction told late (4.2.1b, R1)",
    f"""SELECT id, committee_submissions FROM applications a
       WHERE a.id NOT IN ({ERASED}) AND committee_submissions <>
        (SELECT count(*) FROM steps s WHERE application_id = a.id AND action IN ('submit', 'resubmit', 'approve') AND to_stage = 'formal_review' AND {COUNTED})
        - (SELECT count(*) FROM steps s WHERE application_id = a.id AND action = 'take_back' AND from_stage = 'formal_review' AND {COUNTED})""",
)
sql(
    "three_submissions", "three submissions to the committee at most (4.2.1b)",
    "SELECT id, committee_submissions FROM applications WHERE committee_submissions NOT BETWEEN 0 AND 3",
)
sql(
    "committee_reached_when", "an application has the instant of reaching the committee exactly if it did",
    "SELECT id FROM applications WHERE (reached_committee_at IS NOT NULL) <> (committee_submissions > 0)",
)
sql(
    "submitted_when", "what is no draft was submitted, at the instant of its submission; a recalled draft was not",
    """SELECT a.id, a.submitted_at, s.at FROM applications a LEFT JOIN steps s ON s.application_id = a.id AND s.action = 'submit'
       AND NOT EXISTS (SELECT 1 FROM steps r WHERE r.application_id = a.id AND r.action = 'recall' AND r.to_stage = 'draft' AND r.seq > s.seq)
       WHERE coalesce(micros(a.submitted_at), 0) <> coalesce(micros(s.at), 0) OR (a.stage NOT IN ('draft', 'withdrawn', 'lapsed') AND s.id IS NULL)""",
)
sql(
    "no_lapse_past_the_committee", "nothing lapses by the application window that has reached the committee (2.1)",
    """SELECT s.id FROM steps s WHERE s.action = 'lapse' AND s.from_stage <> 'accepted' AND EXISTS
       (SELECT 1 FROM steps e WHERE e.application_id = s.application_id AND e.seq < s.seq AND e.to_stage = 'formal_review'
        AND NOT EXISTS (SELECT 1 FROM steps b WHERE b.application_id = e.application_id AND b.seq > e.seq AND b.seq < s.seq
         AND b.action = 'take_back' AND b.from_stage = 'formal_review'))""",
)
sql(
    "final_is_final", "nothing but its undoing follows an end",
    f"SELECT s.id, s.from_stage FROM steps s WHERE s.from_stage IN {listed(FINAL)} AND s.action NOT IN ('take_back', 'revive', 'reinstate', 'decide_fraud', 'reverse_payment')",
)
sql(
    "undecided_when", "what is undecided waits in formal review, and its window is over (2.2)",
    """SELECT id, stage, undecided_at FROM applications WHERE undecided_at IS NOT NULL
       AND (stage <> 'formal_review' OR decide_by IS NULL OR micros(undecided_at) < micros(decide_by))""",
)
sql(
    "lapse_pending", "a deadline runs exactly where one can end the application",
    f"""SELECT id, stage, lapse_at FROM applications WHERE (lapse_at IS NOT NULL) <>
        ((stage = 'accepted' AND NOT paid) OR (stage = 'returned' AND committee_submissions > 0)
         OR (stage IN {listed(BEFORE_COMMITTEE)} AND committee_submissions = 0))""",
)
sql(
    "lapse_has_its_job", "each deadline that runs has a job that writes it",
    """SELECT a.id, a.lapse_at FROM applications a WHERE a.lapse_at IS NOT NULL AND NOT EXISTS
       (SELECT 1 FROM jobs j WHERE j.kind = 'applications.lapse' AND micros(j.run_at) <= micros(a.lapse_at)
        AND j.unique_key = CAST(micros(a.lapse_at) AS TEXT))""",
)
sql(
    "returned_by_whom", "what is returned says by which step", "SELECT id FROM applications WHERE stage = 'returned' AND returned_by IS NULL",
)


def chain(look, cycle_id, version, track):
    """The steps of a track's chain, in order."""
    return next(each["chain"] for each in look.cycles[cycle_id, version]["tracks"] if each["id"] == track)


@invariant("only the committee's return has a day by which to correct (4.2.1b)")
def correction_due_of_the_committee(look):
    query = "SELECT id, cycle_id, cycle_version, track, returned_by FROM applications WHERE correction_due IS NOT NULL"
    for application, cycle_id, version, track, by in look.rows(query):
        if chain(look, cycle_id, version, track)[-1]["id"] != by:
            yield application, by


@invariant("who reviews has it at a step of the chain, whose turn is noted; nobody else has (4.1b, 4.1c)")
def steps_are_of_the_chain(look):
    for application, cycle_id, version, track, stage, step, turn in look.rows(
        "SELECT id, cycle_id, cycle_version, track, stage, step, turn FROM applications"
    ):
        ids = [each["id"] for each in chain(look, cycle_id, version, track)]
        known = {"in_review": ids[:-1], "formal_review": ids[-1:]}.get(stage, [None])
        if step not in known or (step is None and turn is not None):
            yield application, stage, step, turn


@invariant("an approval goes to the next step, past none that the cycle does not leave out (4.1b, 4.1c)")
def no_step_is_passed_over(look):
    query = """SELECT s.id, a.cycle_id, a.cycle_version, a.track, a.level, a.department_id, s.from_step, s.to_step FROM steps s
               JOIN applications a ON a.id = s.application_id WHERE s.action = 'approve'"""
    for step, cycle_id, version, track, level, department, before, after in look.rows(query):
        steps = chain(look, cycle_id, version, track)
        ids = [each["id"] for each in steps]
        between = steps[ids.index(before) + 1 : len(ids) if after is None else ids.index(after)]
        for passed in between:
            reasons = passed.get("left_out", {})
            apart = (reasons.get("without_department") and department is None) or level in reasons.get("levels", [])
            if not (apart or reasons.get("at_prefecture_seat")):
                yield step, before, passed["id"], after


sql(
    "returns_name_corrections", "each return names a correction (R1)",
    "SELECT id FROM steps s WHERE action = 'return' AND NOT EXISTS (SELECT 1 FROM corrections WHERE step_id = s.id)",
)
sql(
    "answered_whole", "an answer has its instant, and an instant its answer",
    f"SELECT id FROM corrections WHERE (answer IS NULL) <> (answered_at IS NULL) AND application_id NOT IN ({ERASED})",
)
sql(
    "one_step_a_person", "nobody decides two steps of one application, nor on their own (5.1)",
    """SELECT application_id, actor_id FROM steps WHERE action IN ('approve', 'not_recommend', 'find_ineligible') AND actor_id IS NOT NULL
       GROUP BY application_id, actor_id HAVING count(DISTINCT from_step) > 1
       UNION ALL SELECT s.application_id, s.actor_id FROM steps s JOIN applications a ON a.id = s.application_id
       WHERE s.actor_id = a.applicant_id AND s.action NOT IN ('submit', 'resubmit', 'withdraw')""",
)
sql(
    "version_counts_acts", "the version of an application is 1 and one for each act on it",
    # Objections of versions before, which say nothing of where they came from, raised it too.
    f"""SELECT id, version, counted FROM (SELECT a.id, a.version,
         (SELECT count(*) FROM objections o WHERE o.application_id = a.id AND o.address_index IS NULL) AS raised, 1
       + (SELECT count(*) FROM steps WHERE application_id = a.id)
       + (SELECT count(*) FROM audit WHERE object_id = a.id AND outcome = 'done'
          AND action IN ('application.edit', 'application.sign_commitment', 'defence.schedule'))
       + (SELECT count(*) FROM attachments t WHERE t.application_id = a.id)
       + (SELECT count(*) FROM attachments t WHERE t.application_id = a.id AND t.status = 'deleted' AND NOT EXISTS
          (SELECT 1 FROM steps x WHERE x.application_id = a.id AND x.action = 'transfer' AND micros(x.at) = micros(t.ended_at)))
       + (SELECT count(*) FROM publicities p WHERE p.application_id = a.id AND p.kind = 'employer')
       + (SELECT count(*) FROM audit WHERE outcome = 'done' AND action = 'objection.decide'
          AND object_id IN (SELECT id FROM objections o WHERE o.application_id = a.id))
       + (SELECT count(*) FROM audit WHERE outcome = 'done' AND action = 'objection.decide_together'
          AND object_id IN (SELECT id FROM publicities p WHERE p.application_id = a.id)) AS counted
       FROM applications a WHERE a.id NOT IN ({ERASED})) v WHERE version < counted OR version > counted + raised""",
)
sql(
    "told_of_each_step", "the applicant was told of each step that concerns them",
    f"""SELECT s.application_id, s.action, count(*) FROM steps s
        WHERE (s.action IN {listed(TOLD)} OR (s.action = 'approve' AND s.from_stage = 'formal_review')) AND s.application_id NOT IN ({ERASED})
        GROUP BY s.application_id, s.action
        HAVING count(*) <> (SELECT count(*) FROM notices n WHERE n.application_id = s.application_id AND n.kind = 'application.' || s.action)""",
)


def extended(look, cycle_id, window, account, closes, known_at=None):
    """The close of a window with its extensions; with those alone that were there at an instant."""
    rows = look.rows("SELECT until, account_id, created_at FROM window_extensions WHERE cycle_id = ? AND window_name = ?", cycle_id, window)
    counts = (row for row in rows if row[1] in (None, account) and (known_at is None or micros(row[2]) <= known_at))
    return max([closes, *(micros(until) for until, _, _ in counts)])


@invariant("submitting, and reaching the committee for the first time, lie inside the application window (2.1)")
def inside_the_application_window(look):
    query = """SELECT a.id, a.cycle_id, a.cycle_version, a.applicant_id, a.submitted_at FROM applications a WHERE a.submitted_at IS NOT NULL
               UNION ALL SELECT id, cycle_id, cycle_version, applicant_id, reached_committee_at FROM applications
               WHERE reached_committee_at IS NOT NULL"""
    for application, cycle_id, version, applicant, at in look.rows(query):
        window = look.cycles[cycle_id, version]["windows"]["application"]
        closes = extended(look, cycle_id, "application", applicant, instant(window["closes"]))
        over = closes + (1 if window.get("inclusive") else 0)
        if not instant(window["opens"]) <= micros(at) < over:
            yield application, at


@invariant("a lapse counts from its deadline, and not from before it")
def lapses_on_their_instant(look):
    query = """SELECT s.id, a.cycle_id, a.cycle_version, a.applicant_id, s.from_stage, s.at FROM steps s
               JOIN applications a ON a.id = s.application_id WHERE s.action = 'lapse'"""
    for step, cycle_id, version, applicant, start, at in look.rows(query):
        name = "payment" if start == "accepted" else "application"
        window = look.cycles[cycle_id, version]["windows"][name]
        closes = extended(look, cycle_id, name, applicant, instant(window["closes"]), micros(at))
        if micros(at) != closes + (1 if window.get("inclusive") else 0):
            yield step, at


# ----------------------------------------------------------------------------------------------------------- the record of acts


def chain_hash(*fields):
    digest = hashlib.sha256()
    for field in fields:
        if field is None:
            digest.update(b"\xff" * 8)
        else:
            encoded = str(field).encode()
            digest.update(len(encoded).to_bytes(8, "big") + encoded)
    return digest.hexdigest()


sql(
    "audit_gapless", "the record of acts counts from 1 without gaps",
    "SELECT count(*), min(seq), max(seq) FROM audit HAVING count(*) > 0 AND (min(seq) <> 1 OR max(seq) <> count(*))",
)


@invariant("each row of the record has the hash of its fields and of the row before")
def audit_chained(look):
    previous = "0" * 64
    query = """SELECT seq, at, actor_id, role, organisation_id, action, object_kind, object_id, clause, outcome, trace_id, detail_hash,
               prev_hash, hash FROM audit ORDER BY seq"""
    for row in look.conn.execute(query):
        seq, at, *fields, prev_hash, found = row
        if prev_hash != previous:
            yield seq, "prev_hash"
        if chain_hash("title-review audit 1", prev_hash, seq, micros(at), *fields) != found:
            yield seq, "hash"
        previous = found


@invariant("each detail of the record has its hash, or is erased with its salt")
def audit_details(look):
    for seq, detail, salt, found in look.conn.execute("SELECT seq, detail, detail_salt, detail_hash FROM audit"):
        if (detail is None) != (salt is None):
            yield seq, "half erased"
        elif detail is not None and chain_hash("title-review audit detail 1", salt, detail) != found:
            yield seq, "hash"


@invariant("the head names the last row, and the latest business time of any act")
def audit_head(look):
    kept = look.rows("SELECT value FROM meta WHERE key = 'audit.head'")
    last = look.rows("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1")
    if not last and not kept:
        return
    if not kept or not last:
        yield "audit.head",
        return
    parts = kept[0][0].split(" ")
    if (int(parts[0]), parts[1]) != last[0]:
        yield "audit.head", parts[0], last[0][0]


sql(
    "audit_heads_agree", "each signed head is the row of its number, and the one after it names it",
    """SELECT h.seq FROM audit_heads h LEFT JOIN audit a ON a.seq = h.seq WHERE a.hash IS NULL OR a.hash <> h.hash
       UNION ALL SELECT h.seq FROM audit_heads h WHERE h.after_seq <> coalesce((SELECT max(seq) FROM audit_heads e WHERE e.seq < h.seq), 0)""",
)
sql(
    "events_are_acts", "each event has the number of an act that was done",
    f"SELECT seq, kind FROM events WHERE seq NOT IN (SELECT seq FROM audit WHERE {EVENTFUL})",
)
sql(
    "each_act_has_its_event", "each act that was done, but for looks at personal data, has its event under the same number",
    f"""SELECT d.seq, d.action, e.kind FROM (SELECT * FROM audit WHERE {EVENTFUL}) d LEFT JOIN events e ON e.seq = d.seq
       WHERE e.seq IS NULL OR e.kind <> d.action OR e.object_kind <> d.object_kind OR e.object_id <> d.object_id""",
)
sql(
    "each_step_has_its_act", "each step of an application is on record, and each such record is a step",
    f"""SELECT coalesce(s.application_id, d.object_id), coalesce(s.action, d.action), s.count, d.count FROM
       (SELECT application_id, 'application.' || action AS action, count(*) AS count FROM steps GROUP BY 1, 2) s
       FULL OUTER JOIN
       (SELECT object_id, action, count(*) AS count FROM audit WHERE object_kind = 'application' AND outcome = 'done'
        AND action IN {listed('application.' + action for action, _, _ in MOVES)} GROUP BY 1, 2) d
       ON d.object_id = s.application_id AND d.action = s.action
       WHERE coalesce(s.count, 0) <> coalesce(d.count, 0)""",
)


def with_acts(name, text, action, query):
    """What `query` lists by id and the acts of this kind are the same. An act whose detail is erased may be of somebody who was erased."""
    sql(
        name, text,
        f"""SELECT id, 'no act' FROM ({query}) WHERE id NOT IN (SELECT object_id FROM audit WHERE action = '{action}' AND outcome = 'done')
            UNION ALL SELECT object_id, 'act alone' FROM audit WHERE action = '{action}' AND outcome = 'done' AND detail IS NOT NULL AND object_id NOT IN (SELECT id FROM ({query}))
            UNION ALL SELECT object_id, 'twice' FROM audit WHERE action = '{action}' AND outcome = 'done' GROUP BY object_id HAVING count(*) > 1""",
    )


with_acts("drafts_and_their_acts", "each application has the act that filed it", "application.create", "SELECT id FROM applications")
with_acts("transfers_and_their_acts", "each transfer has the act that asked for it", "transfer.propose", "SELECT id FROM transfers")
with_acts(
    "files_and_their_acts", "each file has the act that brought it", "attachment.upload", "SELECT id FROM attachments WHERE replaces IS NULL"
)
with_acts(
    "replacements_and_their_acts", "each file in the place of another has its act", "attachment.replace",
    "SELECT id FROM attachments WHERE replaces IS NOT NULL",
)
with_acts("notices_and_their_acts", "each public notice has the act that put it up", "publicity.open", "SELECT id FROM publicities")
with_acts("objections_and_their_acts", "each objection has the act that raised it", "objection.raise", "SELECT id FROM objections")
with_acts(
    "rulings_and_their_acts", "each decided objection has the act that decided it", "objection.decide", "SELECT id FROM objections WHERE status <> 'open'"
)
with_acts("orders_and_their_acts", "each order has the act that opened it", "order.open", "SELECT id FROM orders")
with_acts("held_money_and_its_acts", "held money has the act that entered it", "held_money.hold", "SELECT id FROM held_money")
with_acts("payments_and_their_acts", "each payment has the act that confirmed it", "order.confirm", "SELECT order_id AS id FROM payments")
with_acts(
    "certificates_and_their_acts", "each certificate has the act that issued it", "certificate.issue", "SELECT number AS id FROM certificates"
)
sql(
    "accounts_and_their_acts", "each person's account has the act that entered it",
    """SELECT id FROM accounts WHERE kind = 'person'
       AND id NOT IN (SELECT object_id FROM audit WHERE object_kind = 'account' AND action LIKE 'account.%' AND outcome = 'done')""",
)

# ---------------------------------------------------------------------------------------------------------------------- money

sql(
    "order_where_accepted", "exactly what formal review accepted has an order (4.6)",
    """SELECT a.id FROM applications a WHERE (SELECT count(*) FROM orders WHERE application_id = a.id)
       <> (SELECT count(*) FROM steps WHERE application_id = a.id AND action = 'approve' AND from_stage = 'formal_review')""",
)
sql(
    "paid_once", "an order that is paid has one payment of its amount that was not taken back, another has none",
    """SELECT o.id, o.state, count(p.id) FROM orders o LEFT JOIN payments p ON p.order_id = o.id AND p.reversed_at IS NULL GROUP BY o.id, o.state, o.amount_minor
       HAVING count(p.id) <> (CASE WHEN o.state = 'paid' AND o.amount_minor > 0 THEN 1 ELSE 0 END)
       OR coalesce(sum(p.amount_minor), 0) <> (CASE WHEN o.state = 'paid' THEN o.amount_minor ELSE 0 END)""",
)
sql(
    "paid_on_both_sides", "an application is paid exactly if its order is, and a step says so",
    """SELECT a.id FROM applications a LEFT JOIN orders o ON o.application_id = a.id
       WHERE a.paid <> (coalesce(o.state, '') = 'paid')
       OR (coalesce(o.amount_minor, 0) > 0 AND (CASE WHEN a.paid THEN 1 ELSE 0 END)
         <> (SELECT coalesce(sum(CASE action WHEN 'confirm_payment' THEN 1 WHEN 'reverse_payment' THEN -1 ELSE 0 END), 0) FROM steps WHERE application_id = a.id))""",
)
sql(
    "receipts_gapless", "receipts of a cycle count from 1 without gaps",
    "SELECT cycle_id FROM payments GROUP BY cycle_id HAVING min(receipt_seq) <> 1 OR max(receipt_seq) <> count(*) OR count(DISTINCT receipt_seq) <> count(*)",
)
sql(
    "references_once", "a payment reference stands for money that came in once",
    """SELECT reference, count(*) FROM (SELECT reference FROM payments WHERE reversed_at IS NULL
       UNION ALL SELECT reference FROM held_money WHERE payment_id IS NULL) AS money GROUP BY reference HAVING count(*) > 1""",
)
sql(
    "held_and_settled", "held money is refunded once and by no more than came in, or stands as a payment of its order, or waits",
    """SELECT h.id, h.state FROM held_money h LEFT JOIN payments p ON p.id = h.payment_id
       WHERE (h.state = 'refunded') <> (h.refund_amount_minor IS NOT NULL AND h.refund_reference IS NOT NULL AND h.refunded_on IS NOT NULL)
       OR h.refund_amount_minor > h.amount_minor OR h.refund_amount_minor < 1
       OR (h.state = 'booked') <> (p.id IS NOT NULL)
       OR (p.id IS NOT NULL AND (p.order_id <> h.order_id OR p.amount_minor <> h.amount_minor OR p.reference <> h.reference OR p.reversed_at IS NOT NULL))
       OR (h.state = 'held') <> (h.settled_at IS NULL)""",
)


@invariant("an order is over the fee of its level")
def order_over_the_fee(look):
    groups = {"entry": "junior", "assistant": "junior", "intermediate": "intermediate", "associate_senior": "senior", "senior": "senior"}
    query = """SELECT o.id, o.amount_minor, o.currency, a.level, a.cycle_id, a.cycle_version FROM orders o
               JOIN applications a ON a.id = o.application_id"""
    for order, amount, currency, level, cycle_id, version in look.rows(query):
        fees = look.cycles[cycle_id, version]["fees"]
        due = [fee["amount_minor"] for fee in fees["amounts"] if fee["level_group"] == groups[level]]
        if [amount] != due or currency != fees["currency"]:
            yield order, amount, currency


# ------------------------------------------------------------------------------------------- public notices, files, meetings


def publicity_rule(cycle, step):
    """What a cycle says of the publicity of a step; of the result without one."""
    if step is None:
        return cycle["result_publicity"]
    steps = (each for track in cycle["tracks"] for each in track["chain"])
    return next(each for each in steps if each["id"] == step).get("publicity", cycle["employer_publicity"])


@invariant("a public notice runs whole days, and as many as its cycle asks for (4.3c, R7)")
def notices_long_enough(look):
    query = "SELECT id, step, cycle_id, cycle_version, from_date, to_date, starts_at, ends_at, days FROM publicities"
    for notice, step, cycle_id, version, first, last, starts, ends, counted in look.rows(query):
        cycle = look.cycles[cycle_id, version]
        days = (datetime.date.fromisoformat(last) - datetime.date.fromisoformat(first)).days + 1
        if not publicity_rule(cycle, step)["days"] <= counted <= days:
            yield notice, counted, days
        elif (micros(starts), micros(ends)) != (day_begins(first, cycle), day_begins(day_after(last), cycle)):
            yield notice, starts, ends


sql(
    "one_current_notice", "one public notice of a kind counts for an application",
    "SELECT application_id, kind FROM publicities WHERE status = 'current' GROUP BY application_id, kind HAVING count(*) > 1",
)
sql(
    "withdrawn_notices_whole", "a public notice that was withdrawn says when, and no other does",
    "SELECT id, status FROM publicities WHERE (status = 'withdrawn') <> (withdrawn_at IS NOT NULL)",
)
sql(
    "objections_in_time", "an objection was raised while its notice ran",
    """SELECT o.id FROM objections o JOIN publicities p ON p.id = o.publicity_id
       WHERE micros(o.raised_at) < micros(p.starts_at) OR micros(o.raised_at) >= micros(p.ends_at) OR o.application_id <> p.application_id""",
)
sql(
    "objections_decided_whole", "an objection is open, or was decided by somebody, after it was raised, with a reason",
    """SELECT id, status FROM objections WHERE status NOT IN ('open', 'upheld', 'rejected') OR (status = 'open') <> (decided_at IS NULL)
       OR (status = 'open') <> (decided_by IS NULL) OR (status = 'open') <> (reason IS NULL) OR micros(decided_at) < micros(raised_at)""",
)
sql(
    "sent_on_without_open_objections", "nobody sends on what has an open or upheld objection at their step (4.3c)",
    """SELECT s.id FROM steps s WHERE s.action = 'approve' AND s.from_stage = 'in_review' AND EXISTS
       (SELECT 1 FROM objections o JOIN publicities p ON p.id = o.publicity_id WHERE p.step = s.from_step AND o.application_id = s.application_id
        AND micros(o.raised_at) < micros(s.at) AND (o.status <> 'rejected' OR micros(o.decided_at) > micros(s.at)))""",
)
@invariant("what formal review accepted was made public for exactly its employer, specialty and level at each step that asks for it (4.3c)")
def accepted_as_publicised(look):
    query = """SELECT s.id, a.id, a.cycle_id, a.cycle_version, a.track, a.employer_id, a.series, a.specialty, a.level, s.at FROM steps s
               JOIN applications a ON a.id = s.application_id WHERE s.action = 'approve' AND s.from_stage = 'formal_review'"""
    notices = list(look.rows("SELECT application_id, step, employer_id, series, specialty, level, ends_at FROM publicities"))
    passed = set(look.rows("SELECT application_id, from_step FROM steps WHERE action = 'approve' AND from_stage = 'in_review'"))
    for acceptance, application, cycle_id, version, track, *subject, at in look.rows(query):
        asked = [each["id"] for each in chain(look, cycle_id, version, track) if each["publicity_required"]]
        for step in asked:
            said = [ends for of, where, *what, ends in notices if [of, where, *what] == [application, step, *subject]]
            if (application, step) in passed and not any(micros(ends) <= micros(at) for ends in said):
                yield acceptance, application, step


sql(
    "files_ended_whole", "a file is current, or was ended by somebody after it came",
    """SELECT id, status FROM attachments WHERE status NOT IN ('current', 'replaced', 'deleted') OR (status = 'current') <> (ended_at IS NULL)
       OR (sha256 <> '' AND (ended_at IS NULL) <> (ended_by IS NULL)) OR micros(ended_at) < micros(uploaded_at)""",
)
sql(
    "replaced_by_one", "a replaced file has one in its place, in the same category; no other has",
    """SELECT o.id, count(n.id) FROM attachments o LEFT JOIN attachments n ON n.replaces = o.id
       AND n.application_id = o.application_id AND n.category = o.category WHERE o.sha256 <> ''
       GROUP BY o.id, o.status HAVING count(n.id) <> (o.status = 'replaced')""",
)


@invariant("the bytes of each file are where they belong, with their size and hash")
def files_are_there(look):
    if look.objects is None:
        return
    for sha256, size in look.rows("SELECT DISTINCT sha256, size FROM attachments WHERE sha256 <> ''"):
        path = os.path.join(look.objects, "sha256", sha256[:2], sha256[2:4], sha256)
        try:
            with open(path, "rb") as file:
                content = file.read()
        except OSError:
            yield sha256, "absent"
            continue
        if len(content) != size or hashlib.sha256(content).hexdigest() != sha256:
            yield sha256, "other bytes"


@invariant("no object has a name that is not its hash")
def objects_named_by_hash(look):
    if look.objects is None:
        return
    for folder, _, names in os.walk(os.path.join(look.objects, "sha256")):
        for name in names:
            with open(os.path.join(folder, name), "rb") as file:
                if hashlib.sha256(file.read()).hexdigest() != name:
                    yield name,


sql(
    "originals_and_their_steps", "each original that is in was received, and its receipt was not taken back (4.4a)",
    """SELECT a.id FROM applications a WHERE (SELECT count(*) FROM received_originals WHERE application_id = a.id) <>
       (SELECT coalesce(sum(CASE action WHEN 'receive_original' THEN 1 WHEN 'reverse_receipt' THEN -1 ELSE 0 END), 0) FROM steps WHERE application_id = a.id)""",
)
sql(
    "cancelled_meetings_empty", "nobody waits for a meeting that was cancelled, and nothing is recorded of it",
    """SELECT m.id FROM meetings m WHERE m.cancelled_at IS NOT NULL AND (m.closed_at IS NOT NULL OR m.attendance IS NOT NULL OR EXISTS
       (SELECT 1 FROM meeting_candidates c JOIN applications a ON a.id = c.application_id WHERE c.meeting_id = m.id AND a.stage = 'in_meeting'))""",
)
sql(
    "ready_is_complete", "what is ready for a meeting is paid, and its defence is settled (4.4a, 4.5, 4.6)",
    """SELECT a.id FROM applications a LEFT JOIN defences d ON d.application_id = a.id
       WHERE a.stage IN ('ready', 'in_meeting', 'passed', 'publicised', 'confirmed')
       AND (NOT a.paid OR d.state IN ('open', 'scheduled'))""",
)


def tallies(look):
    query = """SELECT c.application_id, c.specialty, c.level, c.tally, c.passed, c.ruling, m.id, m.cycle_id, m.cycle_version, m.members, m.attendance
               FROM meeting_candidates c JOIN meetings m ON m.id = c.meeting_id WHERE m.closed_at IS NOT NULL AND c.ruling IS NOT NULL"""
    for *fields, members, attendance in look.rows(query):
        yield (*fields, members, json.loads(attendance) if attendance else {"present": 0})


@invariant("a meeting was closed with two thirds of its members present (R3)")
def quorum_present(look):
    query = "SELECT id, cycle_id, cycle_version, members, attendance FROM meetings WHERE closed_at IS NOT NULL"
    for meeting, cycle_id, version, members, attendance in look.rows(query):
        fraction = look.cycles[cycle_id, version]["committee"]["quorum"]["fraction"]
        present = json.loads(attendance)["present"] if attendance else 0
        if present * fraction["denominator"] < members * fraction["numerator"]:
            yield meeting, present, members


@invariant("who passed has two thirds of the votes, and the votes add up (R4)")
def votes_enough(look):
    for application, _, _, tally, passed, _, _, cycle_id, version, _, attendance in tallies(look):
        votes = json.loads(tally)
        voters = votes["yes"] + votes["no"] + votes["abstain"]
        fraction = look.cycles[cycle_id, version]["committee"]["pass"]["fraction"]
        if voters + votes["recused"] != attendance["present"]:
            yield application, voters, attendance["present"]
        elif passed and votes["yes"] * fraction["denominator"] < voters * fraction["numerator"]:
            yield application, votes["yes"], voters


@invariant("no more pass than the cap of their level allows (4.8)")
def passes_within_the_cap(look):
    groups = {}
    for _, specialty, level, _, passed, _, _, cycle_id, version, _, _ in tallies(look):
        for cap in look.cycles[cycle_id, version].get("pass_rate_caps", []):
            if cap["level"] == level:
                group = (cycle_id, level, None if cap["scope"] == "specialties_together" else specialty, cap["percent"])
                reviewed, through = groups.get(group, (0, 0))
                groups[group] = (reviewed + 1, through + (1 if passed else 0))
    for (*group, percent), (reviewed, through) in groups.items():
        if through > reviewed * percent // 100:
            yield *group, through, reviewed


@invariant("nobody waits for a cap that was settled (4.8)")
def settled_for_everybody(look):
    settled = {cycle for (cycle,) in look.rows("SELECT cycle_id FROM cap_settlements")}
    waiting = {application for (application,) in look.rows("SELECT id FROM applications WHERE stage = 'in_meeting'")}
    for application, _, _, _, passed, _, _, cycle_id, *_ in tallies(look):
        if passed is None and cycle_id in settled and application in waiting:
            yield application, cycle_id


sql(
    "outcome_is_the_vote", "what became of a candidate is what the meeting decided",
    """SELECT c.application_id, c.passed, s.to_stage FROM meeting_candidates c JOIN steps s ON s.application_id = c.application_id
       AND s.action = 'record_outcome' WHERE c.passed IS NULL OR (c.passed <> 0) <> (s.to_stage = 'passed')""",
)
sql(
    "certificates_of_the_confirmed", "exactly the confirmed have a certificate, and exactly the revoked ones hold no longer (R7, R10)",
    """SELECT a.id FROM applications a LEFT JOIN certificates c ON c.application_id = a.id LEFT JOIN certificate_revocations r ON r.number = c.number
       WHERE (c.number IS NOT NULL) <> (a.stage IN ('confirmed', 'revoked')) OR (r.number IS NOT NULL) <> (a.stage = 'revoked')
       OR c.holder_id <> a.applicant_id""",
)
sql(
    "transferred_as_asked", "an application changes its employer as often as a transfer was accepted, and at most one waits",
    """SELECT a.id FROM applications a WHERE (SELECT count(*) FROM steps s WHERE s.application_id = a.id AND s.action = 'transfer')
       <> (SELECT count(*) FROM transfers t WHERE t.application_id = a.id AND t.state = 'accepted')
       UNION ALL SELECT application_id FROM transfers WHERE state = 'proposed' GROUP BY application_id HAVING count(*) > 1""",
)
sql(
    "disqualified_on_a_ground", "who is disqualified or revoked has fraud on record, or an objection found right",
    """SELECT s.id FROM steps s WHERE s.action IN ('disqualify', 'revoke')
       AND NOT EXISTS (SELECT 1 FROM fraud_decisions f WHERE f.application_id = s.application_id)
       AND NOT EXISTS (SELECT 1 FROM objections o WHERE o.application_id = s.application_id AND o.status = 'upheld')""",
)
sql(
    "fraud_decided_once", "a fraud decision is of an application that was submitted, and has its step; such a step has its decision",
    """SELECT f.application_id FROM fraud_decisions f JOIN applications a ON a.id = f.application_id WHERE a.submitted_at IS NULL
       OR NOT EXISTS (SELECT 1 FROM steps s WHERE s.application_id = a.id AND s.action IN ('disqualify', 'revoke', 'decide_fraud'))
       UNION ALL SELECT s.application_id FROM steps s WHERE s.action = 'decide_fraud'
       AND NOT EXISTS (SELECT 1 FROM fraud_decisions f WHERE f.application_id = s.application_id)""",
)


@invariant("fraud bars its applicant for the years of the cycle, once (A3)")
def fraud_bars(look):
    query = """SELECT a.id, a.cycle_id, a.cycle_version, a.year, a.applicant_id FROM fraud_decisions f JOIN applications a ON a.id = f.application_id"""
    bans = "SELECT account_id, first_year, last_year FROM sanctions WHERE kind = 'fraud_ban' AND application_id = ?"
    for application, cycle_id, version, year, applicant in look.rows(query):
        years = look.cycles[cycle_id, version]["fraud"]["ban_years"]
        due = [(applicant, year + 1, year + years)] if years else []
        if look.rows(bans, application) != due:
            yield application,


# ------------------------------------------------------------------------------------------------------- people and the machine

sql(
    "sealed_with_an_index", "an ID number is sealed and can be found, or is not there",
    "SELECT id FROM accounts WHERE (id_number_sealed IS NULL) <> (id_number_index IS NULL)",
)


@invariant("a sealed value is sealed: a key's id, a dot, and at least 28 bytes that read as nothing")
def sealed_is_sealed(look):
    for table in sorted(look.tables):
        for column in look.columns(table):
            if not column.endswith("_sealed"):
                continue
            for place, value in look.conn.execute(f'SELECT rowid, "{column}" FROM "{table}" WHERE "{column}" IS NOT NULL'):
                if not re.fullmatch(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{38,}", value):
                    yield f"{table}.{column}", place


@invariant("no column of text holds an ID number in the clear")
def no_plain_id_number(look):
    weights, letters = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2), "10X98765432"
    pattern = re.compile(r"(?<![0-9A-Za-z])[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[0-9Xx](?![0-9A-Za-z])")
    for table in sorted(look.tables - {"cycle_versions"}):
        for column in look.columns(table):
            query = f"""SELECT rowid, "{column}" FROM "{table}" WHERE typeof("{column}") = 'text' AND length("{column}") >= 18"""
            for place, value in look.conn.execute(query):
                for found in pattern.findall(value):
                    if letters[sum(int(digit) * weight for digit, weight in zip(found, weights)) % 11] == found[-1].upper():
                        yield f"{table}.{column}", place


sql(
    "administrators_apart", "nobody holds two administrators' roles, or one beside another role",
    """SELECT account_id FROM memberships WHERE ended_at IS NULL GROUP BY account_id
       HAVING sum(role IN ('system_administrator', 'security_administrator', 'audit_administrator')) > 0 AND count(*) > 1""",
)
sql(
    "sessions_rotate", "a session lives forward, and a refresh token is never the one before it",
    """SELECT id FROM sessions WHERE refresh_hash = previous_hash OR micros(rotated_at) < micros(created_at) OR micros(expires_at) <= micros(created_at)
       OR micros(ended_at) < micros(created_at)""",
)
sql(
    "refresh_tokens_differ", "no two sessions have one refresh token",
    "SELECT refresh_hash, count(*) FROM sessions GROUP BY refresh_hash HAVING count(*) > 1",
)
sql(
    "jobs_whole", "a job is waiting, leased to somebody, done or parked, and says when",
    """SELECT id, state FROM jobs WHERE state NOT IN ('waiting', 'leased', 'done', 'parked') OR attempts < 0
       OR (state = 'leased' AND (lease_id IS NULL OR leased_until IS NULL)) OR (state <> 'leased' AND leased_until IS NOT NULL)
       OR (state IN ('done', 'parked')) <> (finished_at IS NOT NULL)""",
)
sql(
    "jobs_wait_once", "one job waits for one thing to do",
    """SELECT kind, unique_key FROM jobs WHERE state = 'waiting' AND unique_key IS NOT NULL GROUP BY kind, unique_key HAVING count(*) > 1""",
)


@invariant("a key of a repeated request has its effect: what it made is there")
def keys_have_their_effect(look):
    places = {"applications": "applications", "attachments": "attachments", "accounts": "accounts", "organisations": "organisations"}
    for operation, key, status, headers in look.rows("SELECT operation, key, status, headers FROM idempotency"):
        if not 200 <= status < 300:
            yield key, status
            continue
        location = json.loads(headers)[1]
        parts = (location or "").strip("/").split("/")
        if len(parts) == 3 and parts[0] == "v1" and parts[1] in places:
            if not look.rows(f"SELECT 1 FROM {places[parts[1]]} WHERE id = ?", parts[2]):
                yield key, location
        if re.fullmatch(r"POST /v1/orders/[^/]+/payments", operation):
            if not look.rows("SELECT 1 FROM payments WHERE order_id = ?", operation.split("/")[3]):
                yield key, operation


@invariant("columns that hold JSON hold JSON")
def json_is_json(look):
    columns = [
        ("applications", "dossier"), ("profiles", "body"), ("steps", "detail"), ("audit", "detail"), ("notices", "body"), ("jobs", "payload"),
        ("idempotency", "headers"), ("meetings", "deputies"), ("meetings", "attendance"), ("meetings", "corrections"), ("meeting_candidates", "tally"),
        ("meeting_candidates", "ruling"),
    ]
    for table, column in columns:
        for (place,) in look.conn.execute(f'SELECT rowid FROM "{table}" WHERE "{column}" IS NOT NULL AND NOT is_json("{column}")'):
            yield f"{table}.{column}", place


@invariant("what is created, changed and ended is so in this order")
def times_in_order(look):
    pairs = [
        ("applications", "created_at", "updated_at"), ("applications", "submitted_at", "updated_at"),
        ("applications", "submitted_at", "reached_committee_at"), ("organisations", "created_at", "updated_at"),
        ("accounts", "created_at", "updated_at"), ("memberships", "created_at", "ended_at"), ("orders", "created_at", "updated_at"),
        ("meetings", "created_at", "closed_at"), ("publicities", "starts_at", "ends_at"), ("notices", "created_at", "read_at"),
    ]
    for table, first, second in pairs:
        for (place,) in look.conn.execute(f'SELECT rowid FROM "{table}" WHERE micros("{second}") < micros("{first}")'):
            yield f"{table}.{second}", place


@invariant("what is pointed at is there")
def foreign_keys(look):
    if look.from_sqlite:
        yield from look.rows("PRAGMA foreign_key_check")
    # Where the database itself does not hold them, or holds nothing.
    for table, column, target in [
        ("steps", "application_id", "applications"), ("corrections", "step_id", "steps"), ("attachments", "application_id", "applications"),
        ("publicities", "application_id", "applications"), ("objections", "publicity_id", "publicities"), ("orders", "application_id", "applications"),
        ("payments", "order_id", "orders"), ("held_money", "order_id", "orders"), ("notices", "account_id", "accounts"), ("notices", "application_id", "applications"),
        ("applications", "applicant_id", "accounts"), ("applications", "employer_id", "organisations"), ("sessions", "account_id", "accounts"),
        ("memberships", "account_id", "accounts"), ("certificates", "application_id", "applications"),
    ]:
        yield from look.rows(
            f'SELECT \'{table}.{column}\', "{column}" FROM "{table}" WHERE "{column}" IS NOT NULL AND "{column}" NOT IN (SELECT id FROM "{target}")'
        )


@invariant("the database file itself is whole")
def file_is_whole(look):
    if look.from_sqlite:
        for (found,) in look.rows("PRAGMA integrity_check"):
            if found != "ok":
                yield found,


# ------------------------------------------------------------------------------------------------------------------ the ledger


@invariant("what was acknowledged is on record: the act, with its event")
def acknowledged_is_on_record(look):
    acts = {(trace, action): (seq, object_id) for trace, action, seq, object_id in look.rows("SELECT trace_id, action, seq, object_id FROM audit")}
    for line in look.acknowledged():
        found = acts.get((line["trace_id"], line["action"]))
        if found is None:
            yield line["action"], line["trace_id"], line.get("object_id")
        elif line.get("object_id") not in (None, found[1]):
            yield line["action"], line["object_id"], found[1]


@invariant("what was acknowledged is there: no version is older than one that was told, no file, payment or objection is missing")
def acknowledged_is_there(look):
    versions = dict(look.rows("SELECT id, version FROM applications"))
    files = dict(look.rows("SELECT id, sha256 FROM attachments"))
    references = {reference for (reference,) in look.rows("SELECT reference FROM payments UNION SELECT reference FROM held_money")}
    accounts = {login for (login,) in look.rows("SELECT login FROM accounts")}
    profiles = dict(look.rows("SELECT a.login, p.version FROM profiles p JOIN accounts a ON a.id = p.account_id"))
    sessions = {account for (account,) in look.rows("SELECT account_id FROM sessions")}
    stages = {}
    for application, to_stage in look.rows("SELECT application_id, to_stage FROM steps"):
        stages.setdefault(application, set()).add(to_stage)
    for line in look.acknowledged():
        application = line.get("application")
        missing = [
            "version" in line and versions.get(application, 0) < line["version"],
            "stage" in line and line["stage"] != "draft" and line["stage"] not in stages.get(application, ()),
            "sha256" in line and files.get(line.get("object_id")) != line["sha256"],
            "reference" in line and line["reference"] not in references,
            "login" in line and line["login"] not in accounts,
            "profile_version" in line and profiles.get(line["profile_of"], 0) < line["profile_version"],
            "session_of" in line and line["session_of"] not in sessions,
        ]
        if any(missing):
            yield line["action"], line["trace_id"], application


# ------------------------------------------------------------------------------------------------------------------------ main


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--database", required=True, help="sqlite:PATH or postgres://…")
    parser.add_argument("--objects", help="the storage folder; without it files are not looked at")
    parser.add_argument("--ledger", help="what a client was told, one JSON object a line")
    asked = parser.parse_args()
    if asked.ledger and not os.path.exists(asked.ledger):
        print(f"cannot look: no ledger {asked.ledger}", file=sys.stderr)
        return 2
    try:
        look = Look(asked.database, asked.objects, asked.ledger)
    except (OSError, sqlite3.Error) as error:
        if "malformed" in str(error):
            # A damaged page of the schema: nothing else can be read, and this much is certain.
            print(f"BAD  file_is_whole: 1 violations of: the database file itself is whole: {error}")
            return 1
        print(f"cannot look: {error}", file=sys.stderr)
        return 2
    violated = 0
    for name, text, check in INVARIANTS:
        try:
            found = [tuple(row) for row in check(look)]
        except (sqlite3.DatabaseError, ValueError, KeyError) as error:
            found = [("cannot be looked at:", type(error).__name__, error)]
        if found:
            violated += 1
            examples = "; ".join(" ".join(str(value) for value in row) for row in found[:3])
            print(f"BAD  {name}: {len(found)} violations of: {text}: {examples}")
        else:
            print(f"ok   {name}")
    lines = sum(1 for _ in look.acknowledged())
    print(f"{len(INVARIANTS)} invariants, {violated} violated; {lines} acknowledged acts looked for")
    return 1 if violated else 0


if __name__ == "__main__":
    sys.exit(main())
