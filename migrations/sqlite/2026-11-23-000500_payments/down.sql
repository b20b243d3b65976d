DROP TABLE defences;
DROP TABLE received_originals;
DROP TABLE payments;
DROP TABLE orders;
