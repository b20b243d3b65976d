-- The day on which the title was obtained: that of the meeting. Certificates from before count from the day of issue.
ALTER TABLE certificates ADD COLUMN obtained_on DATE;
