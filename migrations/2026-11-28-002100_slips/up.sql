-- What the office corrected of a meeting, with what it was before; that a meeting was cancelled, and why.
ALTER TABLE meetings ADD COLUMN corrections TEXT;
ALTER TABLE meetings ADD COLUMN cancelled_at TIMESTAMP;
ALTER TABLE meetings ADD COLUMN cancelled_reason TEXT;

-- That a notice was withdrawn by who put it up, and why.
ALTER TABLE publicities ADD COLUMN withdrawn_at TIMESTAMP;
ALTER TABLE publicities ADD COLUMN withdrawn_by TEXT;
ALTER TABLE publicities ADD COLUMN withdrawn_reason TEXT;
