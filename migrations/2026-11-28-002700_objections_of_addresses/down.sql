ALTER TABLE objections DROP COLUMN address_index;
