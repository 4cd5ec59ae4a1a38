-- A row with a secret that is wrong is refused in words: the secret stands in no error.
BEGIN;
SELECT no_plan();
CREATE FUNCTION pg_temp.refused(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	message text;
	detail text;
	hint text;
BEGIN
	EXECUTE statement;
	RETURN 'taken';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN format('%s|%s|%s', message, detail, hint);
END
$$;
INSERT INTO tenants VALUES ('osp-secret', 'Secret Co', 'OSP', null);
SELECT is(pg_temp.refused(format('INSERT INTO twilio_accounts (osp_tenant, account_sid, auth_token, from_number, flow_sid, transport, api_url, calls_per_second, max_calls)
	VALUES (''osp-secret'', %L, %L, %L, %L, %L, %L, %L, %L)', sid, token, number, flow, transport, url, pace, calls)), words, words)
FROM (VALUES
	('AC12', 's3cret', '+15125550100', null, 'calls', 'http://x', '1', '1', 'invalid account_sid in twilio_accounts||It is AC and 32 hexadecimal digits.'),
	('AC' || repeat('0', 32), '', '+15125550100', null, 'calls', 'http://x', '1', '1', 'invalid auth_token in twilio_accounts||Give the account''s primary auth token.'),
	(null, 's3cret', '+15125550100', null, 'calls', 'http://x', '1', '1', 'invalid account_sid in twilio_accounts||It is AC and 32 hexadecimal digits.'),
	('AC' || repeat('0', 32), 's3cret', '5125550100', null, 'calls', 'http://x', '1', '1', 'invalid from_number in twilio_accounts||It is E.164: + and up to 15 digits.'),
	('AC' || repeat('0', 32), 's3cret', '+15125550100', null, 'studio', 'http://x', '1', '1', 'invalid flow_sid in twilio_accounts||With transport studio it must not be null.'),
	('AC' || repeat('0', 32), 's3cret', '+15125550100', 'FW1', 'studio', 'http://x', '1', '1', 'invalid flow_sid in twilio_accounts||It is FW and 32 hexadecimal digits; null with transport calls.'),
	('AC' || repeat('0', 32), 's3cret', '+15125550100', null, 'smoke', 'http://x', '1', '1', 'invalid transport in twilio_accounts||It is studio or calls.'),
	('AC' || repeat('0', 32), 's3cret', '+15125550100', null, 'calls', 'x', '1', '1', 'invalid api_url in twilio_accounts||It begins with http:// or https://.'),
	('AC' || repeat('0', 32), 's3cret', '+15125550100', null, 'calls', 'http://x', '0', '1', 'invalid calls_per_second in twilio_accounts||From 0.01 to 1000.'),
	('AC' || repeat('0', 32), 's3cret', '+15125550100', null, 'calls', 'http://x', '1', '0', 'invalid max_calls in twilio_accounts||More than 0, or null: no limit known.'),
	('AC' || repeat('0', 32), 's3cret', '+15125550100', null, 'calls', 'http://x', '0.01', null, 'taken')
) AS v(sid, token, number, flow, transport, url, pace, calls, words);
SELECT is(pg_temp.refused(format('INSERT INTO render_instances (osp_tenant, api_url, token_url, client_id, client_secret, project) VALUES (''osp-secret'', %L, %L, %L, %L, %L)',
	url, token_url, client, secret, project)), words, words)
FROM (VALUES
	('http://x', 'x', 'id', 's3cret', 'p', 'invalid token_url in render_instances||It begins with http:// or https://.'),
	('http://x', 'http://x', null, 's3cret', 'p', 'invalid client_id in render_instances||Give the OAuth2 client''s id.'),
	('http://x', 'http://x', 'id', 's3cret', '', 'invalid project in render_instances||Name the project that gets the tasks.'),
	('http://x', 'http://x', 'id', 's3cret', 'p', 'taken')
) AS v(url, token_url, client, secret, project, words);
-- a constraint would show the row: what it refuses has been refused before
SELECT is((SELECT string_agg(format('%s: %s', conrelid::regclass, pg_get_constraintdef(oid)), '; ') FROM pg_constraint
	WHERE conrelid IN ('render_instances'::regclass, 'twilio_accounts'::regclass) AND contype = 'c'
		AND pg_get_constraintdef(oid) !~ 'api_url|token_url|studio_url|project|default_task_type|account_sid|auth_token|from_number|flow_sid|transport|calls_per_second|max_calls'), null,
	'each constraint has its rule in words');

CREATE FUNCTION pg_temp.as_admin(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	SET LOCAL ROLE strike_admin;
	EXECUTE statement;
	RESET ROLE;
	RETURN 'done';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ' ' || SQLERRM;
END
$$;
SELECT is(pg_temp.as_admin($$SELECT strike.strike_set_twilio_credentials('osp-secret', 'AC' || repeat('1', 32), 'new', 'next')$$), 'done', 'an administrator sets what he can''t read');
SELECT is(pg_temp.as_admin($$SELECT strike.strike_set_render_credentials('osp-secret', 'client', 'new')$$), 'done', 'for the work system, too');
SELECT matches(pg_temp.as_admin($$SELECT auth_token FROM strike.twilio_accounts$$), '^42501', 'and still can''t read it');
SELECT is(pg_temp.as_admin($$SELECT strike.strike_set_twilio_credentials('nobody', 'AC' || repeat('1', 32), 'new')$$), '22023 there is no such telephone account', 'which must be there');
SELECT is(pg_temp.as_admin($$SELECT strike.strike_set_render_credentials('nobody', 'client', 'new')$$), '22023 the contractor has no work system', 'which must be there, too');
SELECT is((SELECT account_sid || auth_token || auth_token_next FROM twilio_accounts WHERE osp_tenant = 'osp-secret'), 'AC' || repeat('1', 32) || 'newnext', 'it is set');
SELECT is((SELECT client_id || client_secret FROM render_instances WHERE osp_tenant = 'osp-secret'), 'clientnew', 'as given');
SELECT * FROM finish();
ROLLBACK;
