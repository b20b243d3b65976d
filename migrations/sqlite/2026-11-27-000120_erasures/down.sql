DROP INDEX attachments_object;
DROP TABLE erased_objects;
DROP TABLE erasures;
