-- Duty windows: the clock on the wall decides, on the days when it jumps too.
BEGIN;
SELECT no_plan();
INSERT INTO tenants VALUES ('osp-duty', 'Duty Co', 'OSP', null);
INSERT INTO pager_regions (osp_tenant, name) VALUES ('osp-duty', 'All');
INSERT INTO pager_contacts (region_id, position, name, phone) SELECT region_id, 1, 'D. Uty', '+15125558100' FROM pager_regions WHERE osp_tenant = 'osp-duty';
CREATE FUNCTION pg_temp.who() RETURNS uuid LANGUAGE sql AS $$ SELECT contact_id FROM strike.pager_contacts WHERE name = 'D. Uty' $$;
-- the only windows he has, each 'days from to'
CREATE FUNCTION pg_temp.windows(zone text, VARIADIC windows text[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	DELETE FROM strike.pager_duty WHERE contact_id = pg_temp.who();
	UPDATE strike.pager_contacts SET time_zone = zone WHERE contact_id = pg_temp.who();
	INSERT INTO strike.pager_duty (contact_id, weekdays, from_time, to_time)
	SELECT pg_temp.who(), string_to_array(split_part(w, ' ', 1), ',')::int[], split_part(w, ' ', 2)::time, split_part(w, ' ', 3)::time FROM unnest(windows) w;
END
$$;
CREATE FUNCTION pg_temp.on_duty(at timestamptz) RETURNS boolean LANGUAGE sql AS
	$$ SELECT strike.pager_obstacle(pg_temp.who(), at) = '' $$;
CREATE FUNCTION pg_temp.refusal(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	m text;
	h text;
BEGIN
	EXECUTE statement;
	RETURN 'done';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS m = MESSAGE_TEXT, h = PG_EXCEPTION_HINT;
	RETURN concat_ws('|', SQLSTATE, m, h);
END
$$;
SET timezone = 'Asia/Tokyo'; -- the session's zone is nobody's business

SELECT ok(pg_temp.on_duty('2026-11-24 03:00+00'), 'without windows he is called at all times');

-- Tuesday is 2026-11-24
SELECT pg_temp.windows('America/Chicago', '2 08:00 17:00') \g /dev/null
SELECT is(pg_temp.on_duty(at::timestamptz), expected, format('Tuesday 8 to 17 in Chicago: at %s %s', at, CASE WHEN expected THEN 'on duty' ELSE 'off duty' END))
FROM (VALUES ('2026-11-24 13:59:59.999999+00', false), ('2026-11-24 14:00+00', true), ('2026-11-24 22:59:59.999999+00', true), ('2026-11-24 23:00+00', false),
	('2026-11-23 16:00+00', false), ('2026-11-25 16:00+00', false), ('2026-12-01 16:00+00', true)) AS v(at, expected);

-- over midnight: the day on which it begins counts
SELECT pg_temp.windows('America/Chicago', '5 22:00 06:00') \g /dev/null
SELECT is(pg_temp.on_duty(at::timestamp AT TIME ZONE 'America/Chicago'), expected, format('Friday night 22 to 6: at %s %s', at, expected))
FROM (VALUES ('2026-11-27 21:59', false), ('2026-11-27 22:00', true), ('2026-11-28 00:00', true), ('2026-11-28 05:59', true), ('2026-11-28 06:00', false),
	('2026-11-27 03:00', false), ('2026-11-28 22:30', false)) AS v(at, expected);
SELECT pg_temp.windows('America/Chicago', '7 20:00 08:00') \g /dev/null
SELECT is(pg_temp.on_duty(at::timestamp AT TIME ZONE 'America/Chicago'), expected, format('from Sunday to Monday: at %s %s', at, expected))
FROM (VALUES ('2026-11-29 20:00', true), ('2026-11-30 07:59', true), ('2026-11-30 08:00', false), ('2026-11-29 07:00', false)) AS v(at, expected);

-- whole days, ends, several windows
SELECT pg_temp.windows('UTC', '6,7 00:00 24:00') \g /dev/null
SELECT is(pg_temp.on_duty(at::timestamptz), expected, format('the weekend: at %s %s', at, expected))
FROM (VALUES ('2026-11-27 23:59:59+00', false), ('2026-11-28 00:00+00', true), ('2026-11-29 23:59:59.999999+00', true), ('2026-11-30 00:00+00', false)) AS v(at, expected);
SELECT pg_temp.windows('UTC', '1 09:00 09:00') \g /dev/null
SELECT is(pg_temp.on_duty(at::timestamptz), expected, format('from nine to nine are 24 hours: at %s %s', at, expected))
FROM (VALUES ('2026-11-23 08:59+00', false), ('2026-11-23 09:00+00', true), ('2026-11-24 08:59+00', true), ('2026-11-24 09:00+00', false)) AS v(at, expected);
SELECT pg_temp.windows('UTC', '1,2,3,4,5 06:00 10:00', '1,2,3,4,5 16:00 20:00', '6 00:00 01:00') \g /dev/null
SELECT is(pg_temp.on_duty(at::timestamptz), expected, format('several windows: at %s %s', at, expected))
FROM (VALUES ('2026-11-24 07:00+00', true), ('2026-11-24 12:00+00', false), ('2026-11-24 19:59+00', true), ('2026-11-28 00:30+00', true), ('2026-11-28 07:00+00', false)) AS v(at, expected);

-- the clocks jump: 2026-03-08 and 2026-11-01 in Chicago, 2026-03-29 and 2026-10-25 in Berlin
SELECT pg_temp.windows('America/Chicago', '1,2,3,4,5,6,7 08:00 17:00') \g /dev/null
SELECT is(pg_temp.on_duty(at::timestamptz), expected, format('8 to 17 in Chicago around the change: at %s %s', at, expected))
FROM (VALUES ('2026-03-07 13:59+00', false), ('2026-03-07 14:00+00', true), ('2026-03-08 12:59+00', false), ('2026-03-08 13:00+00', true), ('2026-03-08 21:59+00', true), ('2026-03-08 22:00+00', false),
	('2026-10-31 13:00+00', true), ('2026-10-31 22:00+00', false), ('2026-11-01 13:59+00', false), ('2026-11-01 14:00+00', true), ('2026-11-01 22:59+00', true)) AS v(at, expected);
SELECT pg_temp.windows('Europe/Berlin', '6 22:00 06:00') \g /dev/null
SELECT is(pg_temp.on_duty(at::timestamptz), expected, format('the night of the change in Berlin: at %s %s', at, expected))
FROM (VALUES ('2026-03-28 20:59+00', false), ('2026-03-28 21:00+00', true), ('2026-03-29 03:59+00', true), ('2026-03-29 04:00+00', false),
	('2026-10-24 19:59+00', false), ('2026-10-24 20:00+00', true), ('2026-10-25 04:59+00', true), ('2026-10-25 05:00+00', false)) AS v(at, expected);
SELECT is((SELECT count(*)::int FROM generate_series('2026-03-28 12:00+00'::timestamptz, '2026-03-29 12:00+00', '1 minute') t WHERE pg_temp.on_duty(t)), 7 * 60, 'that night has seven hours in spring');
SELECT is((SELECT count(*)::int FROM generate_series('2026-10-24 12:00+00'::timestamptz, '2026-10-25 12:00+00', '1 minute') t WHERE pg_temp.on_duty(t)), 9 * 60, 'and nine in autumn');
SELECT pg_temp.windows('Europe/Berlin', '7 02:00 03:00') \g /dev/null
SELECT is((SELECT count(*)::int FROM generate_series('2026-03-28 12:00+00'::timestamptz, '2026-03-29 12:00+00', '1 minute') t WHERE pg_temp.on_duty(t)), 0, 'an hour that the clocks leave out isn''t there');
SELECT is((SELECT count(*)::int FROM generate_series('2026-10-24 12:00+00'::timestamptz, '2026-10-25 12:00+00', '1 minute') t WHERE pg_temp.on_duty(t)), 120, 'one that they show twice counts twice');
SELECT pg_temp.windows('Asia/Kolkata', '1,2,3,4,5,6,7 08:00 17:00') \g /dev/null
SELECT is(pg_temp.on_duty(at::timestamptz), expected, format('without daylight saving time, half an hour off: at %s %s', at, expected))
FROM (VALUES ('2026-03-29 02:29+00', false), ('2026-03-29 02:30+00', true), ('2026-07-01 02:30+00', true), ('2026-10-25 11:29+00', true), ('2026-10-25 11:30+00', false)) AS v(at, expected);

-- a whole year against PostgreSQL's own AT TIME ZONE
SELECT pg_temp.windows('Australia/Lord_Howe', '1,3,5 21:30 05:15') \g /dev/null
SELECT is((SELECT string_agg(t::text, ', ') FROM (
	SELECT t, w, pg_temp.on_duty(t) AS found FROM generate_series('2026-01-01 00:07+00'::timestamptz, '2027-01-01', '53 minutes') t, LATERAL (SELECT t AT TIME ZONE 'Australia/Lord_Howe' AS w) x) y
	WHERE found <> (extract(isodow FROM w) IN (1, 3, 5) AND w::time >= '21:30' OR extract(isodow FROM w) IN (2, 4, 6) AND w::time < '05:15')), null,
	'a year in steps of 53 minutes, where the clocks jump by half an hour');

-- a zone that an upgrade took away doesn't silence anybody, nor raise
SELECT is(strike.local_time(now(), 'Atlantis/Capital'), null, 'an unknown zone has no time');
SELECT is(strike.local_time('infinity', 'UTC'), null, 'nor has infinity');
SET LOCAL session_replication_role = replica;
UPDATE pager_contacts SET time_zone = 'Atlantis/Capital' WHERE name = 'D. Uty';
SET LOCAL session_replication_role = origin;
SELECT ok(pg_temp.on_duty('2026-11-24 12:00+00'), 'in doubt he is called');

-- what can't be stored, each with what to do
SELECT pg_temp.windows('UTC', '1 09:00 17:00') \g /dev/null
SELECT alike(pg_temp.refusal(format('UPDATE strike.pager_contacts SET time_zone = %L WHERE name = ''D. Uty''', zone)), format('23514|unknown time zone "%s"|%%America/Chicago%%', left(zone, 100)), 'no zone: ' || left(zone, 30))
FROM unnest(ARRAY['Chicago', 'CST', 'CST6CDT', 'Foo/Bar5', '+05:30', 'Etc/GMT+5', 'america/chicago', 'Atlantis/Capital', '', 'posixrules', '../../etc/passwd', 'America/Chicago; x', repeat('A/', 300)]) zone;
SELECT is(pg_temp.refusal(format('UPDATE strike.pager_contacts SET time_zone = %L WHERE name = ''D. Uty''', zone)), 'done', 'a zone: ' || zone)
FROM unnest(ARRAY['UTC', 'America/Chicago', 'America/Argentina/Buenos_Aires', 'Europe/Berlin', 'America/Port-au-Prince']) zone;
SELECT alike(pg_temp.refusal('UPDATE strike.pager_contacts SET time_zone = null WHERE name = ''D. Uty'''), '23514|a contact with duty windows needs a time zone|%', 'no window without a zone');
SELECT alike(pg_temp.refusal('INSERT INTO strike.pager_duty (contact_id, weekdays, from_time, to_time) SELECT contact_id, ''{1}'', ''08:00'', ''09:00'' FROM strike.pager_contacts WHERE time_zone IS NULL LIMIT 1'),
	'23514|a contact with duty windows needs a time zone|Set pager_contacts.time_zone first%', 'nor a new one');
SELECT alike(pg_temp.refusal(format('INSERT INTO strike.pager_duty (contact_id, weekdays, from_time, to_time) VALUES (pg_temp.who(), %L, ''08:00'', ''09:00'')', days)),
	'23514|weekdays are 1 (Monday) to 7 (Sunday)|%', 'weekdays ' || days) FROM unnest(ARRAY['{0}', '{8}', '{}', '{1,null}', '{1,2,3,4,5,6,7,1}']) days;
SELECT alike(pg_temp.refusal('INSERT INTO strike.pager_duty (contact_id, weekdays, from_time, to_time) SELECT pg_temp.who(), ''{1}'', ''08:00'', ''09:00'' FROM generate_series(1, 51)'), '23514|a contact has at most 50 duty windows|%', '51 windows');
SELECT alike(pg_temp.refusal(format('UPDATE strike.pager_contacts SET phone = %L WHERE name = ''D. Uty''', phone)), '23514|the telephone number is not in international form (E.164)|%+15125550100.', 'no number: ' || to_json(phone))
FROM unnest(ARRAY['5125550100', '+0123', '+1 512 555 0100', '+1234567890123456', '0015125550100', '+1512555O100', '', '+15125550100x', E'+15125550100\n']) phone;
SELECT alike(pg_temp.refusal('UPDATE strike.pager_contacts SET name = '' '' WHERE name = ''D. Uty'''), '23514|a contact needs a name%', 'no name');
SELECT alike(pg_temp.refusal('UPDATE strike.pager_contacts SET position = 201 WHERE name = ''D. Uty'''), '23514|position 201 is not between 1 and 200|%', 'position 201');

SELECT * FROM finish();
ROLLBACK;
