-- a page skips who can't be called when it is his turn, says so, and goes round again if it shall; no worker runs here
SET client_min_messages = error; -- whether a worker serves this database is not the subject
SET search_path = strike, public;
\set SHOW_CONTEXT never
SELECT eco_id AS eco FROM strike_create_eco('noc-east', 'osp-north', 'CMR', 'The list changes', '{"type": "Point", "coordinates": [-96.5, 30.5]}') \gset
SELECT region_id AS region FROM pager_regions WHERE osp_tenant = 'osp-north' \gset
\set run '00000000-0000-4000-8000-0000000000a8'
-- a run as the pager starts it, with the list's active people
CREATE FUNCTION pg_temp.page(run uuid, eco uuid, region uuid, run_no int) RETURNS void LANGUAGE sql AS $$
	INSERT INTO strike.pager_process_state (run_id, eco_id, run_no, status, deadline_at, contact_count, osp_tenant, job_id, message, created_at, updated_at)
		VALUES (run, eco, run_no, 'PENDING', now(), 3, 'osp-north', 'E2-00001-2026', 'm', now(), now());
	INSERT INTO strike.pager_run_contacts (run_id, contact_no, place, contact_ref)
		SELECT run, row_number() OVER w, row_number() OVER w, (strike.contact_snapshot(c)).contact_ref FROM strike.pager_contacts c
		WHERE c.region_id = region AND c.active WINDOW w AS (ORDER BY c.position);
$$;
-- the call under way ends without a yes, and the run is due
CREATE FUNCTION pg_temp.no_answer(run uuid) RETURNS boolean LANGUAGE sql AS $$
	UPDATE strike.pager_attempts SET state = 'NO_ANSWER', calling_at = now(), ended_at = now(), line = NULL, next_action = NULL, next_action_at = NULL WHERE run_id = run AND ended_at IS NULL;
	UPDATE strike.pager_process_state SET deadline_at = strike.strike_now() WHERE run_id = run AND status <> 'COMPLETED';
	SELECT strike.pager_decide(run);
$$;
CREATE VIEW pg_temp.told AS SELECT e.stream_id AS run, e.version, e.event_type, r.name, e.payload->>'state' AS state, e.payload->>'outcome' AS outcome, e.payload->>'round' AS round, e.payload->>'reason' AS reason
	FROM strike.events e LEFT JOIN strike.contact_refs r ON r.contact_ref::text = e.payload->>'contact_ref' ORDER BY 1, 2;
INSERT INTO pager_contacts (region_id, position, name, phone) SELECT :'region', n, (ARRAY['A. Ortiz', 'J. Reyes', 'M. Chen', 'P. Novak'])[n], '+1512555800' || n FROM generate_series(1, 4) n;

-- set inactive, taken off, erased after the page began: skipped when it's their turn, with the reason
SELECT pg_temp.page(:'run', :'eco', :'region', 1);
UPDATE pager_contacts SET active = false WHERE region_id = :'region' AND name = 'A. Ortiz';
DELETE FROM pager_contacts WHERE region_id = :'region' AND name = 'J. Reyes';
UPDATE contact_refs SET name = NULL, phone = NULL, salt = NULL WHERE name = 'M. Chen';
SELECT pager_decide(:'run') AS called;
SELECT contact_no, tried, skipped FROM pager_run_contacts WHERE run_id = :'run' ORDER BY 1;
SELECT pg_temp.no_answer(:'run') AS called;
SELECT event_type, name, state, outcome, round, reason FROM pg_temp.told WHERE run = :'run';
SELECT status, outcome, last_error FROM pager_process_state WHERE run_id = :'run';

-- nobody is left: not 'nobody said yes'
UPDATE pager_contacts SET active = true WHERE region_id = :'region';
SELECT pg_temp.page('00000000-0000-4000-8000-0000000000b8', :'eco', :'region', 2);
UPDATE pager_contacts SET active = false WHERE region_id = :'region';
SELECT pager_decide('00000000-0000-4000-8000-0000000000b8') AS called;
SELECT status, outcome, last_error FROM pager_process_state WHERE run_id = '00000000-0000-4000-8000-0000000000b8';

-- off duty: skipped while somebody else is on duty
DELETE FROM pager_contacts WHERE region_id = :'region';
INSERT INTO pager_contacts (region_id, position, name, phone, time_zone) SELECT :'region', n, (ARRAY['A. Ortiz', 'J. Reyes'])[n], '+1512555800' || n, 'America/Chicago' FROM generate_series(1, 2) n;
-- his windows: all of the week but the two days around now
INSERT INTO pager_duty (contact_id, weekdays, from_time, to_time)
	SELECT contact_id, ARRAY(SELECT d FROM generate_series(1, 7) d WHERE (d - extract(isodow FROM strike_now() AT TIME ZONE 'America/Chicago')::int + 7) % 7 NOT IN (0, 1, 6)), '00:00', '24:00'
	FROM pager_contacts WHERE region_id = :'region' AND name = 'A. Ortiz';
SELECT pg_temp.page('00000000-0000-4000-8000-0000000000c8', :'eco', :'region', 3);
SELECT pager_decide('00000000-0000-4000-8000-0000000000c8') AS called;
SELECT pg_temp.no_answer('00000000-0000-4000-8000-0000000000c8') AS called;
SELECT event_type, name, state, outcome, round, reason FROM pg_temp.told WHERE run = '00000000-0000-4000-8000-0000000000c8';

-- nobody is on duty: everybody is called all the same, and the timeline says so …
INSERT INTO pager_duty (contact_id, weekdays, from_time, to_time) SELECT c.contact_id, d.weekdays, d.from_time, d.to_time FROM pager_contacts c, pager_duty d WHERE c.region_id = :'region' AND c.name = 'J. Reyes';
SELECT pg_temp.page('00000000-0000-4000-8000-0000000000d8', :'eco', :'region', 4);
SELECT pager_decide('00000000-0000-4000-8000-0000000000d8') AS called;
SELECT pg_temp.no_answer('00000000-0000-4000-8000-0000000000d8') AS called;
SELECT pg_temp.no_answer('00000000-0000-4000-8000-0000000000d8') AS called;
SELECT event_type, name, state, outcome, round, reason FROM pg_temp.told WHERE run = '00000000-0000-4000-8000-0000000000d8';
-- … or the page fails at once, if the list says so
UPDATE pager_regions SET call_off_duty = false WHERE region_id = :'region';
SELECT pg_temp.page('00000000-0000-4000-8000-0000000000e8', :'eco', :'region', 5);
SELECT pager_decide('00000000-0000-4000-8000-0000000000e8') AS called;
SELECT event_type, name, state, outcome, round, reason FROM pg_temp.told WHERE run = '00000000-0000-4000-8000-0000000000e8';

-- rounds: EXHAUSTED only after the last one; who was skipped is looked at again
UPDATE pager_regions SET call_off_duty = true WHERE region_id = :'region';
ALTER SYSTEM SET strike.pager_rounds = 11;
ALTER SYSTEM SET strike.pager_rounds = 2;
SELECT pg_reload_conf();
\! until [ "$(psql -XAtc 'SHOW strike.pager_rounds')" = 2 ]; do sleep 0.1; done
\c -
SET client_min_messages = error;
SET search_path = strike, public;
DELETE FROM pager_duty;
INSERT INTO contact_refs SELECT ('00000000-0000-4000-8000-00000000000' || position)::uuid, contact_id, name, phone, 'salt' FROM pager_contacts WHERE region_id = :'region';
INSERT INTO pager_process_state (run_id, eco_id, run_no, status, deadline_at, contact_count, osp_tenant, job_id, message, created_at, updated_at)
	VALUES ('00000000-0000-4000-8000-0000000000f8', :'eco', 6, 'PENDING', now(), 2, 'osp-north', 'E2-00001-2026', 'm', now(), now());
INSERT INTO pager_run_contacts (run_id, contact_no, place, contact_ref) SELECT '00000000-0000-4000-8000-0000000000f8', n, n, ('00000000-0000-4000-8000-00000000000' || n)::uuid FROM generate_series(1, 2) n;
CREATE FUNCTION pg_temp.no_answer() RETURNS boolean LANGUAGE sql AS $$
	UPDATE strike.pager_attempts SET state = 'NO_ANSWER', calling_at = now(), ended_at = now(), line = NULL, next_action = NULL, next_action_at = NULL WHERE run_id = '00000000-0000-4000-8000-0000000000f8' AND ended_at IS NULL;
	UPDATE strike.pager_process_state SET deadline_at = strike.strike_now() WHERE run_id = '00000000-0000-4000-8000-0000000000f8' AND status <> 'COMPLETED';
	SELECT strike.pager_decide('00000000-0000-4000-8000-0000000000f8');
$$;
UPDATE pager_contacts SET active = false WHERE region_id = :'region' AND name = 'A. Ortiz';
SELECT pager_decide('00000000-0000-4000-8000-0000000000f8') AS called;
SELECT pg_temp.no_answer() AS called;
SELECT status, round, deadline_at - updated_at AS pause, last_error FROM pager_process_state WHERE run_id = '00000000-0000-4000-8000-0000000000f8';
-- before the pause is over nothing happens
SELECT pager_decide('00000000-0000-4000-8000-0000000000f8') AS called;
UPDATE pager_contacts SET active = true WHERE region_id = :'region' AND name = 'A. Ortiz';
SELECT pg_temp.no_answer() AS called;
SELECT pg_temp.no_answer() AS called;
SELECT pg_temp.no_answer() AS called;
SELECT event_type, r.name, payload->>'state' AS state, payload->>'outcome' AS outcome, payload->>'round' AS round, payload->>'rounds' AS rounds, payload->>'reason' AS reason
	FROM events LEFT JOIN contact_refs r ON r.contact_ref::text = payload->>'contact_ref' WHERE stream_id = '00000000-0000-4000-8000-0000000000f8' ORDER BY version;
SELECT summary FROM strike_eco_timeline(:'eco') WHERE event_type IN ('PagerContactSkippedEvent', 'PagerDutyIgnoredEvent', 'PagerRoundStartedEvent');
SELECT * FROM strike_verify_events();
ALTER SYSTEM RESET strike.pager_rounds;
SELECT pg_reload_conf();
\! until [ "$(psql -XAtc 'SHOW strike.pager_rounds')" = 1 ]; do sleep 0.1; done

-- a call was placed, and his telephone isn't known to have rung: he is called once more, after the others; then the NOC is told
\c -
SET client_min_messages = error;
SET search_path = strike, public;
\set run '00000000-0000-4000-8000-0000000000a9'
CREATE FUNCTION pg_temp.ends(run uuid, as_state text, rang boolean) RETURNS boolean LANGUAGE sql AS $$
	UPDATE strike.pager_attempts SET state = as_state, sent_at = now(), calling_at = CASE WHEN rang THEN now() END, ended_at = now() + interval '1 second',
		line = NULL, next_action = NULL, next_action_at = NULL WHERE run_id = run AND ended_at IS NULL;
	UPDATE strike.pager_process_state SET deadline_at = strike.strike_now() WHERE run_id = run AND status <> 'COMPLETED';
	SELECT strike.pager_decide(run);
$$;
INSERT INTO pager_process_state (run_id, eco_id, run_no, status, deadline_at, contact_count, osp_tenant, job_id, message, created_at, updated_at)
	VALUES (:'run', :'eco', 7, 'PENDING', now(), 2, 'osp-north', 'E2-00001-2026', 'm', now(), now());
INSERT INTO pager_run_contacts (run_id, contact_no, place, contact_ref) SELECT :'run', n, n, ('00000000-0000-4000-8000-00000000000' || n)::uuid FROM generate_series(1, 2) n;
SELECT pager_decide(:'run') AS called;
SELECT pg_temp.ends(:'run', 'TIMEOUT', false) AS called;
SELECT pg_temp.ends(:'run', 'NO_ANSWER', true) AS called;
SELECT contact_no, state FROM pager_attempts WHERE run_id = :'run' ORDER BY created_at;
SELECT pg_temp.ends(:'run', 'TIMEOUT', false) AS called;
SELECT status, outcome, last_error FROM pager_process_state WHERE run_id = :'run';
