-- who counts as rung: whose telephone is known to have rung, whenever the call came to the provider; no worker runs here
SET client_min_messages = error; -- whether a worker serves this database is not the subject
SET search_path = strike, public;
BEGIN;
DELETE FROM pager_account_state; -- earlier pages have taken turns of its pace
-- a page whose list was called: n calls, the last one as told, the others not answered
CREATE FUNCTION paged(n int, sent interval, rang boolean DEFAULT false, line text DEFAULT null) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
	eco uuid := (SELECT e.eco_id FROM strike_create_eco('noc-east', 'osp-fibre', 'CMR', 'Not rung', '{"type": "Point", "coordinates": [-97.74, 30.27]}') e);
	page uuid := gen_random_uuid();
	account uuid := (SELECT account_id FROM twilio_accounts);
	ref uuid;
	attempt uuid;
	ended timestamptz := strike_now() - interval '10 seconds';
BEGIN
	INSERT INTO pager_process_state (run_id, eco_id, run_no, status, deadline_at, contact_count, osp_tenant, job_id, message, created_at, updated_at)
		VALUES (page, eco, 1, 'RUNNING', ended, n, 'osp-fibre', 'E2-00010-2026', 'm', ended, ended);
	FOR i IN 1..n LOOP
		ref := gen_random_uuid();
		attempt := gen_random_uuid();
		INSERT INTO contact_refs VALUES (ref, null, 'P' || i, '+151255510' || i || (SELECT count(*) FROM contact_refs), 'salt');
		INSERT INTO pager_run_contacts (run_id, contact_no, place, contact_ref, tried) VALUES (page, i, i, ref, true);
		INSERT INTO pager_attempts (attempt_id, run_id, eco_id, contact_no, contact_ref, account_id, state, reason, line, created_at, requested_at, sent_at, calling_at, ended_at, updated_at)
			SELECT attempt, page, eco, i, ref, account, CASE WHEN i < n THEN 'NO_ANSWER' ELSE 'TIMEOUT' END, 'no answer in time', CASE WHEN i = n THEN line END,
				ended, ended, CASE WHEN i < n THEN ended - interval '20 seconds' ELSE ended + sent END, CASE WHEN i < n OR rang THEN ended END, ended, ended;
	END LOOP;
	UPDATE pager_process_state SET attempt_id = attempt, contact_no = n WHERE run_id = page;
	RETURN page;
END $$;
CREATE FUNCTION decide(run uuid) RETURNS TABLE (called boolean, calls text, status text, outcome text, last_error text) LANGUAGE plpgsql AS $$
BEGIN
	UPDATE pager_process_state p SET deadline_at = strike_now() WHERE run_id = run AND p.status <> 'COMPLETED';
	called := pager_decide(run);
	RETURN QUERY SELECT called, (SELECT string_agg(contact_no || ' ' || state, ', ' ORDER BY created_at, contact_no, ended_at) FROM pager_attempts WHERE run_id = run), p.status, p.outcome, p.last_error
		FROM pager_process_state p WHERE run_id = run;
END $$;
-- it came to the provider while his time ran, and nothing was heard of it: he may still be in its queue
SELECT * FROM decide(paged(2, '-5 seconds'));
-- it came there as his time ended, or later, and was ended at once: he wasn't, and is called once more
SELECT * FROM decide(paged(2, '0'));
SELECT paged(2, '1 second') AS run \gset
SELECT * FROM decide(:'run');
-- that came too late as well: not 'nobody said yes', and not for ever
UPDATE pager_attempts SET state = 'TIMEOUT', sent_at = strike_now() + interval '1 second', ended_at = strike_now(), line = NULL, claim = NULL, next_action = NULL, next_action_at = NULL
	WHERE run_id = :'run' AND ended_at IS NULL;
SELECT * FROM decide(:'run');
-- it never came there: the same
SELECT * FROM decide(paged(2, null));
-- it came too late, but the telephone rang before it was ended
SELECT * FROM decide(paged(2, '1 second', true));
-- it came too late and isn't ended yet: his line is busy with it
SELECT * FROM decide(paged(2, '1 second', false, '+15125559999'));
-- nobody on the list was rung: the NOC is told at once
SELECT * FROM decide(paged(1, '1 second'));
ROLLBACK;
