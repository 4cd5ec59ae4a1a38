-- The plan shows whom the page calls: the same choice, made beforehand.
BEGIN;
SELECT no_plan();
SET client_min_messages = warning;
INSERT INTO tenants VALUES ('osp-plan', 'Plan Co', 'OSP', null);
INSERT INTO pager_regions (osp_tenant, name, area) VALUES ('osp-plan', 'Town', ST_Multi(ST_MakeEnvelope(0, 0, 1, 1, 4326)));
SELECT region_id AS town FROM pager_regions WHERE osp_tenant = 'osp-plan' \gset
CREATE FUNCTION pg_temp.plan(at timestamptz DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(concat_ws(' ', position, contact_name, CASE WHEN reachable THEN '+' ELSE '-' END, reason), '; ')
	FROM strike.strike_page_plan('osp-plan', '{"type":"Point","coordinates":[0.5,0.5]}', at)
$$;
SELECT is(pg_temp.plan(), '- nobody is on the pager list of this region', 'an empty list');
INSERT INTO pager_contacts (region_id, position, name, phone, time_zone) SELECT :'town', n, chr(64 + n), '+1512555850' || n, 'America/Chicago' FROM generate_series(1, 4) n;
SELECT is(pg_temp.plan(), '1 A +; 2 B +; 3 C +; 4 D +', 'everybody, in order');
UPDATE pager_contacts SET active = false WHERE region_id = :'town' AND name IN ('A', 'C');
SELECT is(pg_temp.plan(), '1 A - not active; 2 B +; 3 C - not active; 4 D +', 'who isn''t active is not called');
SELECT is((SELECT string_agg(coalesce((call_at - '2026-11-24 12:00+00')::text, '-'), ' ') FROM strike_page_plan('osp-plan', '{"type":"Point","coordinates":[0.5,0.5]}', '2026-11-24 12:00+00')),
	'- 00:00:00 - 00:00:30', 'the second who can be called has his turn after the first''s deadline');
UPDATE pager_contacts SET active = false WHERE region_id = :'town';
SELECT is(pg_temp.plan(), '1 A - not active; 2 B - not active; 3 C - not active; 4 D - not active; - nobody on the pager list of this region is active', 'a list without anybody active says so in a line of its own');
UPDATE pager_contacts SET active = true WHERE region_id = :'town';

-- at any moment: Tuesday 8 to 17 in Chicago, B by night
INSERT INTO pager_duty (contact_id, weekdays, from_time, to_time) SELECT contact_id, '{2}', CASE name WHEN 'B' THEN '17:00'::time ELSE '08:00' END, CASE name WHEN 'B' THEN '08:00'::time ELSE '17:00' END
FROM pager_contacts WHERE region_id = :'town';
SELECT is(pg_temp.plan('2026-11-24 15:00+00'), '1 A +; 2 B - off duty; 3 C +; 4 D +', 'by day');
SELECT is(pg_temp.plan('2026-11-25 05:00+00'), '1 A - off duty; 2 B +; 3 C - off duty; 4 D - off duty', 'by night');
SELECT is(pg_temp.plan('2026-11-26 15:00+00'), '1 A + off duty: called since nobody is on duty; 2 B + off duty: called since nobody is on duty; 3 C + off duty: called since nobody is on duty; 4 D + off duty: called since nobody is on duty', 'nobody is on duty: everybody is called');
UPDATE pager_regions SET call_off_duty = false WHERE region_id = :'town';
SELECT is(pg_temp.plan('2026-11-26 15:00+00'), '1 A - off duty; 2 B - off duty; 3 C - off duty; 4 D - off duty; - nobody on this list is on duty now', 'or nobody, if the list says so: the plan warns beforehand');
SELECT throws_ok($$SELECT strike_page_plan('osp-plan', '{"type":"Point","coordinates":[0.5,0.5]}', 'infinity')$$, '22023', 'the moment is not finite', 'a moment is a moment');

-- the gaps of a week, as an administrator looks for them: Tuesday 8 to 8 is covered
SELECT is(seen_by('strike_admin', null, $$SELECT count(*) AS hours FROM strike.pager_regions r, generate_series('2026-11-23 14:00+00'::timestamptz, '2026-11-30 13:00+00', '1 hour') h
	WHERE r.name = 'Town' AND NOT EXISTS (SELECT FROM strike.pager_list(r.region_id, h) WHERE obstacle = '')$$), '[{"hours": 144}]', 'six days of the week nobody is on duty');

-- a line that is busy with another order
DELETE FROM pager_duty;
INSERT INTO pager_attempts (attempt_id, run_id, eco_id, contact_no, contact_ref, account_id, state, created_at, requested_at, updated_at, line)
SELECT gen_random_uuid(), p.run_id, p.eco_id, 1, c.contact_ref, a.account_id, 'CALLING', now(), now(), now(), '+15125558502' FROM pager_process_state p JOIN pager_run_contacts c USING (run_id), twilio_accounts a LIMIT 1;
SELECT is(pg_temp.plan(), '1 A +; 2 B + is on the telephone: waited for; 3 C +; 4 D +', 'a number that is busy is waited for');
SELECT is(pg_temp.plan('2030-01-01'), '1 A +; 2 B +; 3 C +; 4 D +', 'which says nothing about another day');
DELETE FROM pager_attempts WHERE line = '+15125558502';

-- each page as planned: random lists, and the run's own steps
INSERT INTO pager_duty (contact_id, weekdays, from_time, to_time) SELECT contact_id, '{1}', '00:00', '24:00' FROM pager_contacts WHERE region_id = :'town';
SELECT eco_id AS eco FROM strike_create_eco('noc-east', 'osp-plan', 'CMR', 'As planned', '{"type":"Point","coordinates":[0.5,0.5]}') \gset
SELECT strike_append(:'eco', 'ECO', null, '[{"type":"RenderIntegrationStatusUpdatedEvent","payload":{"from":"PENDING","to":"TASKED","render_instance":null,"project_task_id":"RT-1","error":null}}]') \g /dev/null
-- pages until nobody is left to call: who was called, or how it failed
CREATE FUNCTION pg_temp.page(eco uuid) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	run uuid;
BEGIN
	PERFORM strike.strike_repage(eco, 'as planned');
	SELECT run_id INTO run FROM strike.pager_process_state WHERE eco_id = eco ORDER BY run_no DESC LIMIT 1;
	WHILE strike.pager_decide(run) LOOP
		UPDATE strike.pager_attempts SET state = 'NO_ANSWER', calling_at = now(), ended_at = now(), line = NULL, next_action = NULL, next_action_at = NULL WHERE run_id = run AND ended_at IS NULL;
		UPDATE strike.pager_process_state SET deadline_at = strike.strike_now() WHERE run_id = run AND status <> 'COMPLETED';
	END LOOP;
	RETURN coalesce((SELECT string_agg(r.name, ' ' ORDER BY e.version) FROM strike.events e JOIN strike.contact_refs r ON r.contact_ref::text = e.payload->>'contact_ref'
		WHERE e.stream_id = run AND e.payload->>'state' = 'INTENT'), (SELECT last_error FROM strike.pager_process_state WHERE run_id = run));
END
$$;
CREATE FUNCTION pg_temp.planned() RETURNS text LANGUAGE sql AS $$
	SELECT coalesce(string_agg(contact_name, ' ' ORDER BY position) FILTER (WHERE reachable), max(reason) FILTER (WHERE contact_name IS NULL))
	FROM strike.strike_page_plan('osp-plan', '{"type":"Point","coordinates":[0.5,0.5]}')
$$;
-- active, on duty, order, what when nobody is on duty: 60 lists out of seed 4
SELECT setseed(0.4) \g /dev/null
UPDATE strike.twilio_accounts SET calls_per_second = 1000; -- no turns to be waited for
CREATE TEMP TABLE played (n int, planned text, called text);
DO $$
DECLARE
	today int := extract(isodow FROM strike.strike_now() AT TIME ZONE 'America/Chicago');
	town uuid := (SELECT region_id FROM strike.pager_regions WHERE osp_tenant = 'osp-plan');
	eco uuid := (SELECT stream_id FROM strike.events WHERE payload->>'description' = 'As planned');
BEGIN
	FOR n IN 1..60 LOOP
		UPDATE strike.pager_regions SET call_off_duty = random() < 0.5 WHERE region_id = town;
		UPDATE strike.pager_contacts c SET active = random() < 0.6, position = o.p
		FROM (SELECT contact_id, row_number() OVER (ORDER BY random()) AS p FROM strike.pager_contacts WHERE region_id = town) o WHERE o.contact_id = c.contact_id;
		-- three days around today, or three far from it
		UPDATE strike.pager_duty d SET weekdays = ARRAY(SELECT (today + k + 6 + s.shift) % 7 + 1 FROM generate_series(-1, 1) k)
		FROM (SELECT duty_id, CASE WHEN random() < 0.4 THEN 0 ELSE 3 END AS shift FROM strike.pager_duty) s
		WHERE s.duty_id = d.duty_id AND d.contact_id IN (SELECT contact_id FROM strike.pager_contacts WHERE region_id = town);
		INSERT INTO played SELECT n, pg_temp.planned(), pg_temp.page(eco);
	END LOOP;
END
$$;
SELECT is(called, planned, format('page %s as planned: %s', n, planned)) FROM played ORDER BY n;
SELECT ok(count(*) FILTER (WHERE planned ~ '^[A-D]( |$)') > 20 AND count(*) FILTER (WHERE planned ~ 'active') > 0 AND count(*) FILTER (WHERE planned ~ 'on duty') > 0, 'of each kind there were some') FROM played;
-- the longest list there can be: nobody on it is left out
INSERT INTO pager_regions (osp_tenant, name, area) VALUES ('osp-plan', 'Long list', ST_Multi(ST_MakeEnvelope(5, 5, 6, 6, 4326)));
INSERT INTO pager_contacts (region_id, position, name, phone) SELECT region_id, n, 'L' || n, '+1512556' || lpad(n::text, 4, '0') FROM pager_regions, generate_series(1, 200) n WHERE osp_tenant = 'osp-plan' AND name = 'Long list';
SELECT throws_ok($$INSERT INTO pager_contacts (region_id, position, name, phone) SELECT region_id, 201, 'L201', '+15125560201' FROM pager_regions WHERE osp_tenant = 'osp-plan' AND name = 'Long list'$$,
	'23514', 'position 201 is not between 1 and 200', 'a list ends at 200');
SELECT is((SELECT count(*)::int FROM strike_page_plan('osp-plan', '{"type":"Point","coordinates":[5.5,5.5]}') WHERE reachable), 200, 'all 200 are in the plan');
SELECT eco_id AS long FROM strike_create_eco('noc-east', 'osp-plan', 'CMR', 'A long list', '{"type":"Point","coordinates":[5.5,5.5]}') \gset
SELECT strike_append(:'long', 'ECO', null, '[{"type":"RenderIntegrationStatusUpdatedEvent","payload":{"from":"PENDING","to":"TASKED","render_instance":null,"project_task_id":"RT-2","error":null}}]') \g /dev/null
SELECT is(pg_temp.page(:'long'), (SELECT string_agg('L' || n, ' ' ORDER BY n) FROM generate_series(1, 200) n), 'and all 200 are called, in order');
SELECT is((SELECT count(*)::int FROM strike_verify_events()), 0, 'the chains hold');

SELECT * FROM finish();
ROLLBACK;
