DROP TABLE meeting_candidates;
DROP TABLE meetings;
