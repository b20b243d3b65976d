-- Three administrators in place of one (GB/T 22239): none holds two of these roles.
UPDATE memberships SET role = 'system_administrator' WHERE role = 'administrator';
CREATE UNIQUE INDEX memberships_one_administrator ON memberships (account_id)
    WHERE ended_at IS NULL AND role IN ('system_administrator', 'security_administrator', 'audit_administrator');
