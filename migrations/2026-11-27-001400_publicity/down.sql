DROP TABLE objections;
DROP TABLE publicities;
