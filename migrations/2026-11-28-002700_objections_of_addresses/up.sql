-- From which address an objection came, as a keyed digest with its notice: so many of one address wait at once.
ALTER TABLE objections ADD COLUMN address_index TEXT;
