DROP INDEX publicities_unposted;
