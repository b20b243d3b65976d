DROP INDEX memberships_one_administrator;
UPDATE memberships SET role = 'administrator' WHERE role = 'system_administrator';
