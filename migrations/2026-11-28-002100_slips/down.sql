ALTER TABLE publicities DROP COLUMN withdrawn_reason;
ALTER TABLE publicities DROP COLUMN withdrawn_by;
ALTER TABLE publicities DROP COLUMN withdrawn_at;

ALTER TABLE meetings DROP COLUMN cancelled_reason;
ALTER TABLE meetings DROP COLUMN cancelled_at;
ALTER TABLE meetings DROP COLUMN corrections;
