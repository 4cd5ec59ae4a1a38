-- What happened is final: events and the feed are appended to and never changed, by anybody.
BEGIN;
SELECT no_plan();
SELECT is(tgenabled, 'A', format('%s of %s is ENABLE ALWAYS', tgname, tgrelid::regclass))
FROM pg_trigger WHERE tgrelid IN ('strike.events'::regclass, 'strike.feed'::regclass) AND NOT tgisinternal;
SELECT ok((SELECT bit_or(tgtype) & b > 0 FROM pg_trigger WHERE tgrelid = t AND NOT tgisinternal AND tgenabled = 'A'), format('%s refuses %s', t, op))
FROM unnest('{strike.events,strike.feed}'::regclass[]) t, (VALUES (8, 'DELETE'), (16, 'UPDATE'), (32, 'TRUNCATE')) AS v(b, op);

-- as superuser and as owner, with triggers of origin and of a replica, with rows and without
SELECT
	is(done_by(who, null, statement), '55000', format('%s, %s: %s', who, replication, statement))
FROM unnest('{origin,replica,local}'::text[]) replication, unnest('{postgres,strike_owner}'::text[]) who,
	unnest('{events,feed}'::text[]) t,
	LATERAL (VALUES (format('UPDATE strike.%s SET version = version + 1', t)), (format('UPDATE strike.%s SET hash = hash WHERE false', t)),
		(format('DELETE FROM strike.%s', t)), (format('DELETE FROM ONLY strike.%s WHERE false', t)), (format('TRUNCATE strike.%s', t)),
		(format('TRUNCATE strike.%s RESTART IDENTITY CASCADE', t)),
		(format('INSERT INTO strike.%1$s SELECT * FROM strike.%1$s ON CONFLICT DO NOTHING; DELETE FROM strike.%1$s', t)),
		(format('WITH gone AS (DELETE FROM strike.%s RETURNING *) SELECT count(*) FROM gone', t)),
		(format('MERGE INTO strike.%1$s x USING strike.%1$s y ON x.stream_id = y.stream_id AND x.version = y.version WHEN MATCHED THEN DELETE', t))) AS v(statement);
SET LOCAL session_replication_role = origin;
SELECT is(done_by('postgres', null, 'INSERT INTO strike.events SELECT * FROM strike.events ON CONFLICT (stream_id, version) DO UPDATE SET payload = ''{}'''), '55000',
	'an upsert is an UPDATE');
SELECT isnt((SELECT count(*) FROM strike.events), 0::bigint, 'the events are there');

-- nobody else has the right even to try
SELECT is(done_by(who, 'noc-east', statement), '42501', format('%s: %s', who, statement))
FROM unnest('{strike_admin,strike_worker,strike_operator,strike_contractor,strike_gateway,strike_anon}'::text[]) who,
	(VALUES ('UPDATE strike.events SET version = 1'), ('DELETE FROM strike.events'), ('TRUNCATE strike.events'), ('DELETE FROM strike.feed'),
		('UPDATE strike.feed SET seq = 1'), ('TRUNCATE strike.feed'), ('ALTER TABLE strike.events DISABLE TRIGGER ALL'),
		('INSERT INTO strike.events SELECT * FROM strike.events'), ('SELECT nextval(''strike.event_position'')'),
		('SELECT setval(''strike.event_position'', 1)')) AS v(statement);
SELECT is(done_by(who, 'noc-east', 'INSERT INTO strike.feed SELECT * FROM strike.feed'), '42501', who || ' numbers nothing')
FROM unnest('{strike_admin,strike_operator,strike_contractor,strike_gateway,strike_anon}'::text[]) who;
SELECT is(done_by('postgres', null, 'SET session_replication_role = origin; SELECT strike_append(gen_random_uuid(), ''X'', 0, ''[{"type":"T","payload":{}}]'')'), 'done',
	'appending goes on');

SELECT * FROM finish();
ROLLBACK;
