-- First instant at which the window for formal review is over for an application that waits in it (2.2).
ALTER TABLE applications ADD COLUMN decide_by TIMESTAMP;
-- Since when it stands undecided after that.
ALTER TABLE applications ADD COLUMN undecided_at TIMESTAMP;
-- The job that marks them.
CREATE INDEX applications_decide_by ON applications (decide_by) WHERE decide_by IS NOT NULL AND undecided_at IS NULL;
-- The list of them (src/applications/narrow.rs).
CREATE INDEX list_by_undecided ON applications (id, stage, track, specialty, level, county, prefecture, committee_id, cycle_id, regional_kinds, step)
    WHERE undecided_at IS NOT NULL AND submitted_at IS NOT NULL;
