DROP TABLE corrections;
DROP TABLE steps;
DROP TABLE applications;
DROP TABLE profiles;
