DROP TABLE study_records;
