DROP TABLE cap_settlements;
