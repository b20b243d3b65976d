DROP TABLE defences;
DROP TABLE received_originals;
DROP TABLE payments;
DROP FUNCTION payments_append_only();
DROP TABLE orders;
