-- What a page does now, in words: a row for each thing that it can be at.
BEGIN;
SELECT no_plan();
DELETE FROM pager_run_contacts; DELETE FROM pager_attempts; DELETE FROM pager_process_state;
INSERT INTO contact_refs VALUES ('00000000-0000-4000-8000-0000000000c1', null, 'A. Ortiz', '+15125557001', 'salt'), ('00000000-0000-4000-8000-0000000000c2', null, 'J. Reyes', '+15125557002', 'salt'),
	('00000000-0000-4000-8000-0000000000c3', null, null, null, null);
-- a page of number n at its contact, with its call in a state
CREATE FUNCTION pg_temp.page(n int, contact int, state text, more text DEFAULT '', of_call int DEFAULT null, run text DEFAULT '') RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
	page uuid := lpad(n::text, 32, '0')::uuid;
	attempt uuid := lpad(n::text, 32, 'a')::uuid;
BEGIN
	INSERT INTO pager_process_state (run_id, eco_id, run_no, status, deadline_at, contact_count, contact_no, osp_tenant, region, job_id, message, created_at, updated_at)
		VALUES (page, page, 1, CASE WHEN state IS NULL THEN 'PENDING' ELSE 'RUNNING' END, strike_now(), 3, contact, 'osp-fibre', 'All', 'E2-0000' || n || '-2026', 'm', strike_now() + n * interval '1 second', strike_now());
	INSERT INTO pager_run_contacts (run_id, contact_no, place, contact_ref, tried)
		SELECT page, c, c, ('00000000-0000-4000-8000-0000000000c' || c)::uuid, c <= coalesce(contact, 0) FROM generate_series(1, 3) c;
	IF state IS NOT NULL THEN
		INSERT INTO pager_attempts (attempt_id, run_id, eco_id, contact_no, contact_ref, account_id, state, call_of, created_at, requested_at, updated_at)
			VALUES (attempt, page, page, contact, ('00000000-0000-4000-8000-0000000000c' || contact)::uuid, (SELECT account_id FROM twilio_accounts WHERE osp_tenant IS NULL), state,
				lpad(of_call::text, 32, 'a')::uuid, strike_now(), strike_now(), strike_now());
		UPDATE pager_process_state SET attempt_id = attempt WHERE run_id = page;
	END IF;
	IF more <> '' THEN EXECUTE format('UPDATE pager_attempts SET %s WHERE attempt_id = %L', more, attempt); END IF;
	IF run <> '' THEN EXECUTE format('UPDATE pager_process_state SET %s WHERE run_id = %L', run, page); END IF;
	RETURN page;
END $$;
CREATE FUNCTION pg_temp.words(page uuid) RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(' | ', who, contact, now, behind, place) FROM pages WHERE run_id = page
$$;
SELECT is(pg_temp.words(pg_temp.page(1, null, null)), 'whom to call is about to be decided', 'not begun');
SELECT is(pg_temp.words(pg_temp.page(2, 1, 'INTENT', 'claim = 1')), 'A. Ortiz | 1 of 3 | the call to A. Ortiz is being requested', 'a request is under way');
SELECT is(pg_temp.words(pg_temp.page(3, 1, 'INTENT', $$next_action = 'send', next_action_at = now(), reason = 'the telephone provider asks to wait'$$)),
	'A. Ortiz | 1 of 3 | the call to A. Ortiz waits: the telephone provider asks to wait', 'not now');
SELECT is(pg_temp.words(pg_temp.page(4, 1, 'INTENT', $$provider_sid = 'FN1', next_action = 'ask', next_action_at = now()$$)), 'A. Ortiz | 1 of 3 | the call to A. Ortiz is placed, and doesn''t ring yet', 'placed');
SELECT is(pg_temp.words(pg_temp.page(5, 2, 'UNKNOWN', $$next_action = 'ask', next_action_at = now()$$)), 'J. Reyes | 2 of 3 | was J. Reyes called? The provider is asked', 'in doubt');
SELECT is(pg_temp.words(pg_temp.page(6, 2, 'CALLING', $$line = '+15125557002'$$)), 'J. Reyes | 2 of 3 | J. Reyes''s telephone rings', 'it rings');
SELECT is(pg_temp.words(pg_temp.page(7, 2, 'ANSWERED', 'deadline_asked = true')), 'J. Reyes | 2 of 3 | J. Reyes has answered, and pressed no key yet; his time is over, the provider is asked once more', 'answered, and his time is over');
SELECT is(pg_temp.words(pg_temp.page(8, 1, 'INTENT', '', 6)), 'A. Ortiz | 1 of 3 | A. Ortiz is about to be asked in a call of E2-00006-2026', 'in a call that is under way');
SELECT pg_temp.page(n, 1, 'NO_ANSWER', '', null, $$waiting_for = lpad('6', 32, 'a')::uuid, waiting_line = '+15125557002'$$) FROM generate_series(9, 10) n \g /dev/null
SELECT is(pg_temp.words(lpad('9', 32, '0')::uuid), 'J. Reyes | 2 of 3 | J. Reyes''s telephone is busy with E2-00006-2026 | E2-00006-2026 | 1', 'the first who waits for a telephone');
SELECT is(pg_temp.words(lpad('10', 32, '0')::uuid), 'J. Reyes | 2 of 3 | J. Reyes''s telephone is busy with E2-00006-2026 | E2-00006-2026 | 2', 'the second one');
SELECT is(pg_temp.words(pg_temp.page(11, 1, 'NO_ANSWER', '', null, $$last_error = 'waits for its turn', slot_at = now()$$)), 'waits for its turn', 'the pace lets it wait: nobody is called');
SELECT is(pg_temp.words(pg_temp.page(12, 2, 'ACCEPTED', '', null, $$status = 'COMPLETED', outcome = 'DISPATCHED', accepted_by = '00000000-0000-4000-8000-0000000000c1'$$)), 'A. Ortiz | 1 of 3 | A. Ortiz said yes', 'who said yes, whoever was called last');
SELECT is(pg_temp.words(pg_temp.page(13, 2, 'NO_ANSWER', '', null, $$status = 'COMPLETED', outcome = 'EXHAUSTED', last_error = 'nobody on the list said yes'$$)), 'J. Reyes | 2 of 3 | nobody on the list said yes', 'nobody');
SELECT is(pg_temp.words(pg_temp.page(14, 2, 'CANCELED', '', null, $$status = 'COMPLETED', outcome = 'TAKEN_OVER'$$)), 'J. Reyes | 2 of 3 | an operator took over', 'taken over');
SELECT is(pg_temp.words(pg_temp.page(15, 2, 'CANCELED', '', null, $$status = 'COMPLETED', outcome = 'CANCELED'$$)), 'J. Reyes | 2 of 3 | the order was canceled', 'canceled');
SELECT is(pg_temp.words(pg_temp.page(16, 3, 'CALLING')), 'somebody who was erased | 3 of 3 | somebody who was erased''s telephone rings', 'erased meanwhile');
SELECT is((SELECT count(*) FROM pages), (SELECT count(*) FROM pager_process_state), 'a row a page');
SELECT is((SELECT string_agg(run_id::text, ', ') FROM pages WHERE now IS NULL), null, 'each says something');
SELECT is(seen_by('strike_admin', null, 'SELECT count(*) AS n FROM strike.pages'), '[{"n": 16}]', 'an administrator reads it');
SELECT is(seen_by(role, 'noc-east', 'SELECT count(*) FROM strike.pages'), '42501', role || ' doesn''t')
FROM unnest('{strike_operator,strike_contractor,strike_gateway,strike_anon,strike_worker}'::text[]) role;
-- words of the timeline
SELECT is(timeline_words('PagerRunStartedEvent', '{"contacts": [1, 2], "region": "All", "reason": "try again"}', 'Kim', 'Fibre Co'), 'page started again (try again): 2 on the list of All', 'why somebody paged again');
SELECT is(timeline_words('PagerRunCompletedEvent', '{"outcome": "TAKEN_OVER", "reason": "called by hand"}', 'Kim', 'Fibre Co'), 'page ended: an operator took over: called by hand', 'why somebody took over');
SELECT * FROM finish();
ROLLBACK;
