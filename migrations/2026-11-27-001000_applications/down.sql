DROP TABLE corrections;
DROP TABLE steps;
DROP TABLE applications;
