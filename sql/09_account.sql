-- a telephone account's pace, its lines, what the provider asked for, and its circuit
SET client_min_messages = error; -- whether a worker serves this database is not the subject
SET search_path = strike, public;
BEGIN;
DELETE FROM pager_run_contacts; DELETE FROM pager_attempts; DELETE FROM pager_process_state; DELETE FROM pager_account_state;
CREATE FUNCTION due(n int) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
	eco uuid := (SELECT e.eco_id FROM strike_create_eco('noc-east', 'osp-fibre', 'CMR', 'Pace ' || n, '{"type": "Point", "coordinates": [-97.74, 30.27]}') e);
	run uuid := lpad(n::text, 32, '9')::uuid;
	ref uuid := gen_random_uuid();
BEGIN
	INSERT INTO contact_refs VALUES (ref, null, 'P' || n, '+1512555100' || n, 'salt');
	INSERT INTO pager_process_state (run_id, eco_id, run_no, status, deadline_at, contact_count, osp_tenant, job_id, message, created_at, updated_at)
		VALUES (run, eco, 1, 'PENDING', strike_now(), 1, 'osp-fibre', 'E2-0000' || n || '-2026', 'm', strike_now(), strike_now());
	INSERT INTO pager_run_contacts (run_id, contact_no, place, contact_ref) VALUES (run, 1, 1, ref);
	RETURN run;
END $$;
CREATE VIEW waits AS SELECT message, last_error, status, deadline_at > strike_now() + interval '1 second' AS later, slot_at IS NOT NULL AS turn FROM pager_process_state ORDER BY run_id;
-- a call every ten seconds: the first goes at once, the others take their turns
UPDATE twilio_accounts SET calls_per_second = 0.1;
SELECT pager_decide(due(1)) AS first;
SELECT pager_decide(due(2)) AS second;
SELECT pager_decide(due(3)) AS third;
SELECT last_error, status, later, turn FROM waits;
SELECT round(extract(epoch FROM max(slot_at) - min(slot_at))) AS apart FROM pager_process_state WHERE slot_at IS NOT NULL;
SELECT DISTINCT payload->>'reason' AS said FROM events WHERE event_type = 'PagerRunWaitingEvent';
-- its turn has come: it goes, whoever else asks
UPDATE pager_process_state SET slot_at = strike_now(), deadline_at = strike_now() WHERE run_id = lpad('2', 32, '9')::uuid;
SELECT pager_decide(lpad('2', 32, '9')::uuid) AS second;
-- two lines, both in use
UPDATE twilio_accounts SET calls_per_second = 1000, max_calls = 2;
SELECT pager_decide(due(4)) AS fourth;
SELECT last_error FROM pager_process_state WHERE run_id = lpad('4', 32, '9')::uuid;
UPDATE twilio_accounts SET max_calls = null;
UPDATE pager_account_state SET next_call_at = null;
UPDATE pager_process_state SET deadline_at = strike_now() WHERE run_id = lpad('4', 32, '9')::uuid;
SELECT pager_decide(lpad('4', 32, '9')::uuid) AS fourth;
-- the provider asked to wait: nobody is called before, and the contact's time hasn't begun
UPDATE pager_account_state SET throttled_until = strike_now() + interval '1 minute';
SELECT pager_decide(due(5)) AS fifth;
SELECT last_error, deadline_at > strike_now() + interval '15 seconds' AS waits, attempt_id IS NULL AS nobody_called FROM pager_process_state WHERE run_id = lpad('5', 32, '9')::uuid;
SELECT ok, value, detail ~ 'telephone account of all contractors asked to wait, next try' AS named FROM strike_health() WHERE check_name = 'providers';
-- trouble: the circuit opens, and who may not know tenants reads no names
UPDATE pager_account_state SET throttled_until = null, circuit = 'open', failures = 5, probe_at = strike_now() + interval '5 seconds';
SELECT ok, value, detail ~ 'all contractors open' AS named FROM strike_health() WHERE check_name = 'providers';
SET ROLE strike_operator;
SELECT ok, value, detail FROM strike_health() WHERE check_name = 'providers';
RESET ROLE;
-- for four deadlines nobody could be called: the NOC is told, once
UPDATE pager_process_state SET created_at = strike_now() - interval '3 minutes', deadline_at = strike_now() WHERE run_id = lpad('5', 32, '9')::uuid;
UPDATE pager_account_state SET throttled_until = strike_now() + interval '1 minute';
SELECT pager_decide(lpad('5', 32, '9')::uuid) AS fifth;
UPDATE pager_process_state SET deadline_at = strike_now() WHERE run_id = lpad('5', 32, '9')::uuid;
SELECT pager_decide(lpad('5', 32, '9')::uuid) AS fifth;
SELECT event_type, payload->>'reason' AS reason FROM events WHERE stream_id = lpad('5', 32, '9')::uuid;
ROLLBACK;
