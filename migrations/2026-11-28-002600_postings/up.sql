-- Results that their employers have not confirmed to have posted (2.4).
CREATE INDEX publicities_unposted ON publicities (cycle_id, ends_at, id) WHERE kind = 'result' AND status = 'current' AND posted_at IS NULL;
