DROP INDEX audit_views;
