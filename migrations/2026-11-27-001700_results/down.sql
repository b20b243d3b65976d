DROP TABLE certificate_revocations;
DROP TABLE certificates;
