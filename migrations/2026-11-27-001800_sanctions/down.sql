DROP TABLE sanctions;
DROP TABLE fraud_decisions;
