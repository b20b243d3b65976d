DROP TABLE erased_objects;
DROP TABLE erasures;
