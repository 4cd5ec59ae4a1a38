-- a page that finds all lines busy is not silent for ever; no worker runs here
SET client_min_messages = error; -- whether a worker serves this database is not the subject
SET search_path = strike, public;
SELECT eco_id AS eco FROM strike_create_eco('noc-east', 'osp-fibre', 'CMR', 'Held up', '{"type": "Point", "coordinates": [-97.74, 30.27]}') \gset
\set run '00000000-0000-4000-8000-0000000000a7'
\set other '00000000-0000-4000-8000-0000000000b7'
INSERT INTO contact_refs VALUES ('00000000-0000-4000-8000-0000000000c7', null, 'A. Ortiz', '+15125550001', 'salt');
INSERT INTO pager_process_state (run_id, eco_id, run_no, status, deadline_at, contact_count, osp_tenant, job_id, message, created_at, updated_at)
	VALUES (:'run', :'eco', 1, 'PENDING', now(), 1, 'osp-fibre', 'E2-00001-2026', 'm', now(), now()),
		(:'other', gen_random_uuid(), 1, 'RUNNING', now(), 1, 'osp-fibre', 'E2-00002-2026', 'm', now(), now());
INSERT INTO pager_run_contacts SELECT r, 1, 1, '00000000-0000-4000-8000-0000000000c7', r = :'other' FROM unnest(ARRAY[:'run', :'other']::uuid[]) r;
INSERT INTO pager_attempts (attempt_id, run_id, eco_id, contact_no, contact_ref, account_id, state, line, created_at, requested_at, updated_at)
	SELECT gen_random_uuid(), run_id, eco_id, 1, '00000000-0000-4000-8000-0000000000c7', (SELECT account_id FROM twilio_accounts), 'UNKNOWN', '+15125550001', now(), now(), now()
	FROM pager_process_state WHERE run_id = :'other';
-- the line is busy with another order: waited for, and nothing to tell yet
SELECT pager_decide(:'run');
SELECT status, waiting_for IS NOT NULL AS waits, last_error FROM pager_process_state WHERE run_id = :'run';
-- a long time later
UPDATE pager_process_state SET created_at = now() - interval '3 minutes', deadline_at = now() - interval '1 second' WHERE run_id = :'run';
SELECT pager_decide(:'run');
SELECT status, waiting_for IS NOT NULL AS waits, last_error FROM pager_process_state WHERE run_id = :'run';
-- it is said once
UPDATE pager_process_state SET deadline_at = now() - interval '1 second' WHERE run_id = :'run';
SELECT pager_decide(:'run');
SELECT event_type, payload->>'reason' AS reason FROM events WHERE stream_id = :'run';
-- the line is free: the contact is called at last
UPDATE pager_attempts SET line = NULL WHERE run_id = :'other';
UPDATE pager_process_state SET deadline_at = now() - interval '1 second' WHERE run_id = :'run';
SELECT pager_decide(:'run');
SELECT status, contact_no, last_error FROM pager_process_state WHERE run_id = :'run';
SELECT state, next_action FROM pager_attempts WHERE run_id = :'run';

-- a cancel that met the start of the page found none to end: its first decision calls nobody
SELECT eco_id AS late FROM strike_create_eco('noc-east', 'osp-fibre', 'CMR', 'False alarm', '{"type": "Point", "coordinates": [-97.74, 30.27]}') \gset
SELECT status FROM strike_cancel_eco(:'late', 'false alarm');
INSERT INTO pager_process_state (run_id, eco_id, run_no, status, deadline_at, contact_count, osp_tenant, job_id, message, epoch, created_at, updated_at)
	VALUES ('00000000-0000-4000-8000-00000000cafe', :'late', 1, 'PENDING', strike_now(), 0, 'osp-fibre', 'E2-00009-2026', 'm', 1, strike_now(), strike_now());
SELECT pager_decide('00000000-0000-4000-8000-00000000cafe') AS called;
SELECT status, outcome, last_error FROM pager_process_state WHERE eco_id = :'late';
SELECT payload->>'outcome' AS outcome, payload->>'reason' AS reason FROM events WHERE stream_id = '00000000-0000-4000-8000-00000000cafe';
