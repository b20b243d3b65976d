CREATE TABLE applications (
    id TEXT NOT NULL PRIMARY KEY,
    applicant_id TEXT NOT NULL REFERENCES accounts (id),
    cycle_id TEXT NOT NULL REFERENCES cycles (id),
    cycle_version INTEGER NOT NULL,
    year INTEGER NOT NULL,
    track TEXT NOT NULL,
    series TEXT NOT NULL,
    specialty TEXT NOT NULL,
    level TEXT NOT NULL,
    stage TEXT NOT NULL,
    step TEXT,
    turn TEXT,
    live BOOLEAN NOT NULL,
    employer_id TEXT REFERENCES organisations (id),
    department_id TEXT REFERENCES organisations (id),
    county TEXT,
    prefecture TEXT,
    regional_kinds TEXT NOT NULL,
    committee_id TEXT REFERENCES organisations (id),
    returned_by TEXT,
    committee_submissions INTEGER NOT NULL,
    correction_due TIMESTAMP,
    paid BOOLEAN NOT NULL,
    lapse_at TIMESTAMP,
    commitment_at TIMESTAMP,
    submitted_at TIMESTAMP,
    reached_committee_at TIMESTAMP,
    stage_since TIMESTAMP NOT NULL,
    came_by TEXT,
    came_from_stage TEXT,
    came_from_step TEXT,
    came_actor TEXT,
    untouched BOOLEAN NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    dossier TEXT NOT NULL
);
-- 4.1d: one application per person and year; a withdrawn one leaves the year free.
CREATE UNIQUE INDEX applications_one_per_year ON applications (applicant_id, year) WHERE live;
CREATE INDEX applications_applicant ON applications (applicant_id, id);
CREATE INDEX applications_lapse ON applications (lapse_at) WHERE lapse_at IS NOT NULL;
-- For monitoring, which counts in the index and never reads the rows.
CREATE INDEX applications_count ON applications (stage, step);
-- Lists: the leading column (src/applications/narrow.rs), then the order of the page, so that no page is sorted; then the other filters of a
-- list, which are so read from the index. Drafts belong to their applicants alone and are in none of these.
CREATE INDEX list_by_employer ON applications (employer_id, id, stage, track, specialty, level, county, prefecture, committee_id, cycle_id, regional_kinds, step)
    WHERE submitted_at IS NOT NULL;
CREATE INDEX list_by_department ON applications (department_id, id, stage, track, specialty, level, county, prefecture, committee_id, cycle_id, regional_kinds, step)
    WHERE submitted_at IS NOT NULL;
CREATE INDEX list_by_step ON applications (step, id, stage, track, specialty, level, county, prefecture, committee_id, cycle_id, regional_kinds)
    WHERE step IS NOT NULL AND submitted_at IS NOT NULL;
CREATE INDEX list_by_turn ON applications (turn, id, stage, track, specialty, level, county, prefecture, committee_id, cycle_id, step)
    WHERE turn IS NOT NULL AND submitted_at IS NOT NULL;
CREATE INDEX list_by_stage_specialty ON applications (stage, specialty, id, track, level, county, prefecture, committee_id, cycle_id, regional_kinds, step)
    WHERE submitted_at IS NOT NULL;
CREATE INDEX list_by_stage_level ON applications (stage, level, id, track, specialty, county, prefecture, committee_id, cycle_id, regional_kinds, step)
    WHERE submitted_at IS NOT NULL;
CREATE INDEX list_by_stage_committee ON applications (stage, committee_id, id, track, specialty, level, county, prefecture, cycle_id, regional_kinds, step)
    WHERE submitted_at IS NOT NULL;
CREATE INDEX list_by_stage ON applications (stage, id, track, specialty, level, county, prefecture, committee_id, cycle_id, regional_kinds, step)
    WHERE submitted_at IS NOT NULL;
CREATE INDEX list_by_county ON applications (county, id, stage, track, specialty, level, prefecture, committee_id, cycle_id, regional_kinds, step)
    WHERE submitted_at IS NOT NULL;
CREATE INDEX list_by_specialty ON applications (specialty, id, stage, track, level, county, prefecture, committee_id, cycle_id, regional_kinds, step)
    WHERE submitted_at IS NOT NULL;
CREATE INDEX list_by_level ON applications (level, id, stage, track, specialty, county, prefecture, committee_id, cycle_id, regional_kinds, step)
    WHERE submitted_at IS NOT NULL;
CREATE INDEX list_by_track ON applications (track, id, stage, specialty, level, county, prefecture, committee_id, cycle_id, regional_kinds, step)
    WHERE submitted_at IS NOT NULL;
CREATE INDEX list_by_cycle ON applications (cycle_id, id, stage, track, specialty, level, county, prefecture, committee_id, regional_kinds, step)
    WHERE submitted_at IS NOT NULL;
CREATE INDEX list_by_committee ON applications (committee_id, id, stage, track, specialty, level, county, prefecture, cycle_id, regional_kinds, step)
    WHERE submitted_at IS NOT NULL;
CREATE INDEX list_by_prefecture ON applications (prefecture, id, stage, track, specialty, level, county, committee_id, cycle_id, regional_kinds, step)
    WHERE submitted_at IS NOT NULL;
CREATE INDEX list_by_submitted ON applications (id, stage, track, specialty, level, county, prefecture, committee_id, cycle_id, regional_kinds, step)
    WHERE submitted_at IS NOT NULL;

-- History: one row per act that moved an application or spoke about it.
CREATE TABLE steps (
    id TEXT NOT NULL PRIMARY KEY,
    application_id TEXT NOT NULL REFERENCES applications (id),
    seq INTEGER NOT NULL,
    at TIMESTAMP NOT NULL,
    action TEXT NOT NULL,
    from_stage TEXT NOT NULL,
    from_step TEXT,
    to_stage TEXT NOT NULL,
    to_step TEXT,
    actor_id TEXT,
    actor_role TEXT,
    organisation_id TEXT,
    clause TEXT NOT NULL,
    opinion TEXT,
    detail TEXT NOT NULL
);
CREATE UNIQUE INDEX steps_application ON steps (application_id, seq);

CREATE TABLE corrections (
    id TEXT NOT NULL PRIMARY KEY,
    application_id TEXT NOT NULL REFERENCES applications (id),
    step_id TEXT NOT NULL REFERENCES steps (id),
    seq INTEGER NOT NULL,
    pointer TEXT NOT NULL,
    clause TEXT NOT NULL,
    detail TEXT NOT NULL,
    kind TEXT NOT NULL,
    why_late TEXT,
    answer TEXT,
    answered_at TIMESTAMP
);
CREATE UNIQUE INDEX corrections_step ON corrections (step_id, seq);
CREATE INDEX corrections_application ON corrections (application_id, id);
