DROP TABLE window_extensions;
DROP TABLE cycles;
DROP TABLE cycle_versions;
