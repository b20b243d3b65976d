-- Who saw somebody's data between two instants. These rows alone: every other act has another object.
CREATE INDEX audit_views ON audit (object_id, at, seq) WHERE object_kind = 'personal_data';
