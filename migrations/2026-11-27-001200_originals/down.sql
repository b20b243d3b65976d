DROP TABLE received_originals;
