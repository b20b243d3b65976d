-- Lists: what leads (src/applications/narrow.rs), then the order of the page, so that no page is sorted; then what else a list filters by, so that
-- rows that are only looked at on the way are looked at in the index. Drafts are their applicants' alone, and in none of these.
DROP INDEX applications_employer;
DROP INDEX applications_employer_stage;
DROP INDEX applications_department;
DROP INDEX applications_department_stage;
DROP INDEX applications_county;
DROP INDEX applications_county_stage;
DROP INDEX applications_prefecture;
DROP INDEX applications_prefecture_stage;
DROP INDEX applications_committee;
DROP INDEX applications_committee_stage;
DROP INDEX applications_committee_specialty;
DROP INDEX applications_cycle;
DROP INDEX applications_specialty;
DROP INDEX applications_stage;
CREATE INDEX list_by_employer ON applications (employer_id, id, stage, track, specialty, level, county, prefecture, committee_id, cycle_id, by_services)
    WHERE submitted_at IS NOT NULL;
CREATE INDEX list_by_department ON applications (department_id, id, stage, track, specialty, level, county, prefecture, committee_id, cycle_id, by_services)
    WHERE submitted_at IS NOT NULL;
CREATE INDEX list_by_stage_county ON applications (stage, county, id, track, specialty, level, prefecture, committee_id, cycle_id, by_services)
    WHERE submitted_at IS NOT NULL;
CREATE INDEX list_by_stage_specialty ON applications (stage, specialty, id, track, level, county, prefecture, committee_id, cycle_id, by_services)
    WHERE submitted_at IS NOT NULL;
CREATE INDEX list_by_stage_level ON applications (stage, level, id, track, specialty, county, prefecture, committee_id, cycle_id, by_services)
    WHERE submitted_at IS NOT NULL;
CREATE INDEX list_by_stage_committee ON applications (stage, committee_id, id, track, specialty, level, county, prefecture, cycle_id, by_services)
    WHERE submitted_at IS NOT NULL;
CREATE INDEX list_by_stage ON applications (stage, id, track, specialty, level, county, prefecture, committee_id, cycle_id, by_services)
    WHERE submitted_at IS NOT NULL;
CREATE INDEX list_by_county ON applications (county, id, stage, track, specialty, level, prefecture, committee_id, cycle_id, by_services)
    WHERE submitted_at IS NOT NULL;
CREATE INDEX list_by_specialty ON applications (specialty, id, stage, track, level, county, prefecture, committee_id, cycle_id, by_services)
    WHERE submitted_at IS NOT NULL;
CREATE INDEX list_by_level ON applications (level, id, stage, track, specialty, county, prefecture, committee_id, cycle_id, by_services)
    WHERE submitted_at IS NOT NULL;
CREATE INDEX list_by_track ON applications (track, id, stage, specialty, level, county, prefecture, committee_id, cycle_id, by_services)
    WHERE submitted_at IS NOT NULL;
CREATE INDEX list_by_cycle ON applications (cycle_id, id, stage, track, specialty, level, county, prefecture, committee_id, by_services)
    WHERE submitted_at IS NOT NULL;
CREATE INDEX list_by_committee ON applications (committee_id, id, stage, track, specialty, level, county, prefecture, cycle_id, by_services)
    WHERE submitted_at IS NOT NULL;
CREATE INDEX list_by_prefecture ON applications (prefecture, id, stage, track, specialty, level, county, committee_id, cycle_id, by_services)
    WHERE submitted_at IS NOT NULL;
CREATE INDEX list_by_submitted ON applications (id, stage, track, specialty, level, county, prefecture, committee_id, cycle_id, by_services)
    WHERE submitted_at IS NOT NULL;
