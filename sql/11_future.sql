-- a row from before the clock was set back is known by updated_at, until the worker has looked at all of its
-- times: whoever writes a part of it meanwhile leaves that as it is; no worker runs here
SET client_min_messages = error; -- whether a worker serves this database is not the subject
SET search_path = strike, public;
BEGIN;
SELECT eco_id AS eco FROM strike_create_eco('noc-east', 'osp-fibre', 'CMR', 'From the future', '{"type": "Point", "coordinates": [-97.74, 30.27]}') \gset
INSERT INTO contact_refs VALUES ('00000000-0000-4000-8000-0000000000c1', null, 'A. Ortiz', '+15125556001', 'salt'), ('00000000-0000-4000-8000-0000000000c2', null, 'J. Reyes', '+15125556002', 'salt');
INSERT INTO pager_process_state (run_id, eco_id, run_no, status, deadline_at, contact_no, contact_count, attempt_id, osp_tenant, job_id, message, created_at, updated_at)
	VALUES ('00000000-0000-4000-8000-0000000000f1', :'eco', 1, 'RUNNING', strike_now(), 1, 2, '00000000-0000-4000-8000-0000000000a1', 'osp-fibre', 'E2-00011-2026', 'm',
		strike_now() + interval '1 hour', strike_now() + interval '1 hour');
INSERT INTO pager_run_contacts (run_id, contact_no, place, contact_ref, tried) SELECT '00000000-0000-4000-8000-0000000000f1', n, n, ('00000000-0000-4000-8000-0000000000c' || n)::uuid, n = 1 FROM generate_series(1, 2) n;
INSERT INTO pager_attempts (attempt_id, run_id, eco_id, contact_no, contact_ref, account_id, state, line, created_at, requested_at, updated_at)
	SELECT '00000000-0000-4000-8000-0000000000a1', '00000000-0000-4000-8000-0000000000f1', :'eco', 1, '00000000-0000-4000-8000-0000000000c1', account_id, 'INTENT', '+15125556001',
		strike_now() + interval '1 hour', strike_now() + interval '1 hour', strike_now() + interval '1 hour' FROM twilio_accounts;
-- his time is over, and the next one is called
SELECT pager_decide('00000000-0000-4000-8000-0000000000f1') AS called;
SELECT status, contact_no, updated_at > strike_now() + interval '59 minutes' AS from_the_future FROM pager_process_state WHERE run_id = '00000000-0000-4000-8000-0000000000f1';
SELECT contact_no, state, updated_at > strike_now() + interval '59 minutes' AS from_the_future FROM pager_attempts WHERE run_id = '00000000-0000-4000-8000-0000000000f1' ORDER BY 1;
ROLLBACK;
