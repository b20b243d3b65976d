DROP TABLE defences;
