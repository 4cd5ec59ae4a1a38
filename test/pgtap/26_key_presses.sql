-- Whose key press counts: over several pages of an order, late, after a take-over, a cancel, a closed
-- order; and how reports that come in any order are taken.  Everything by the webhook's own function.
BEGIN;
SELECT no_plan();
SET client_min_messages = warning;
CREATE EXTENSION pgcrypto;
INSERT INTO tenants VALUES ('osp-key', 'Key Co', 'OSP', null);
INSERT INTO pager_regions (osp_tenant, name, area) VALUES ('osp-key', 'Town', ST_Multi(ST_MakeEnvelope(0, 0, 1, 1, 4326)));
INSERT INTO pager_contacts (region_id, position, name, phone) SELECT region_id, n, chr(64 + n), '+1512555860' || n FROM pager_regions, generate_series(1, 3) n WHERE osp_tenant = 'osp-key';
INSERT INTO twilio_accounts (account_id, osp_tenant, account_sid, auth_token, from_number, flow_sid)
	VALUES ('00000000-0000-4000-8000-0000000000cc', 'osp-key', 'AC' || repeat('1', 32), 'key-token', '+15550000001', 'FW' || repeat('1', 32));

-- an order of its own for each case: its number in the descriptions
CREATE FUNCTION pg_temp.eco(n int) RETURNS uuid LANGUAGE sql AS $$ SELECT stream_id FROM strike.events WHERE event_type = 'ECOCreatedEvent' AND payload->>'description' = 'key ' || n $$;
CREATE FUNCTION pg_temp.run(n int) RETURNS uuid LANGUAGE sql AS $$ SELECT run_id FROM strike.pager_process_state WHERE eco_id = pg_temp.eco(n) ORDER BY run_no DESC LIMIT 1 $$;
CREATE FUNCTION pg_temp.attempt(n int, page int, who text) RETURNS uuid LANGUAGE sql AS $$
	SELECT a.attempt_id FROM strike.pager_attempts a JOIN strike.contact_refs r USING (contact_ref) JOIN strike.pager_process_state p USING (run_id)
	WHERE p.eco_id = pg_temp.eco(n) AND p.run_no = page AND r.name = who $$;
-- the next one is called, as the worker does; the numbers are everybody's, so lines are free again
CREATE FUNCTION pg_temp.call(n int) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	UPDATE strike.pager_attempts SET line = NULL WHERE account_id = '00000000-0000-4000-8000-0000000000cc' AND eco_id <> pg_temp.eco(n);
	UPDATE strike.pager_process_state SET deadline_at = strike.strike_now() WHERE run_id = pg_temp.run(n) AND status <> 'COMPLETED';
	RETURN strike.pager_decide(pg_temp.run(n));
END
$$;
-- a report with its signature: the status, and what the caller is told
CREATE FUNCTION pg_temp.report(kind text, attempt uuid, fields jsonb, query text DEFAULT '') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	url text := '/twilio/' || kind || '/' || attempt || query;
	answer record;
BEGIN
	SELECT * INTO answer FROM strike.strike_twilio_webhook('POST', url,
		(SELECT string_agg(key || '=' || replace(value, '+', '%2B'), '&') FROM jsonb_each_text(fields)), 'application/x-www-form-urlencoded',
		encode(hmac('http://hooks.example' || url || coalesce((SELECT string_agg(key || value, '' ORDER BY key COLLATE "C") FROM jsonb_each_text(fields)), ''), 'key-token', 'sha1'), 'base64'));
	RETURN concat_ws(' ', answer.http_status, answer.body::jsonb->>'say');
EXCEPTION WHEN invalid_text_representation THEN
	RETURN concat_ws(' ', answer.http_status, answer.body);
END
$$;
CREATE FUNCTION pg_temp.press(n int, page int, who text, key text) RETURNS text LANGUAGE sql AS $$
	SELECT regexp_replace(pg_temp.report('studio', pg_temp.attempt(n, page, who), jsonb_build_object('Event', CASE key WHEN '1' THEN 'ACCEPTED' ELSE 'DECLINED' END, 'Digits', key)), 'ECO \d+', 'ECO') $$;
-- 'A NO_ANSWER, B ACCEPTED | EXHAUSTED' of a page
CREATE FUNCTION pg_temp.page(n int, page int DEFAULT 1) RETURNS text LANGUAGE sql AS $$
	SELECT coalesce((SELECT string_agg(r.name || ' ' || a.state, ', ' ORDER BY a.contact_no) FROM strike.pager_attempts a JOIN strike.contact_refs r USING (contact_ref) WHERE a.run_id = p.run_id), '')
		|| ' | ' || coalesce(p.outcome, p.status)
	FROM strike.pager_process_state p WHERE p.eco_id = pg_temp.eco(n) AND p.run_no = page $$;
-- a new order whose first page has called so many, and each of them said nothing; then the next one is called
CREATE FUNCTION pg_temp.begin(n int, silent int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	eco uuid;
BEGIN
	SELECT eco_id INTO eco FROM strike.strike_create_eco('noc-east', 'osp-key', 'CMR', 'key ' || n, '{"type":"Point","coordinates":[0.5,0.5]}');
	PERFORM strike.strike_append(eco, 'ECO', null, '[{"type":"RenderIntegrationStatusUpdatedEvent","payload":{"from":"PENDING","to":"TASKED","render_instance":null,"project_task_id":"RT-1","error":null}}]');
	PERFORM strike.strike_repage(eco, 'as the task is made');
	PERFORM pg_temp.silent(n, 1, silent);
END
$$;
CREATE FUNCTION pg_temp.silent(n int, page int, silent int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	FOR i IN 1..silent LOOP
		PERFORM pg_temp.call(n);
		PERFORM pg_temp.report('studio', pg_temp.attempt(n, page, chr(64 + i)), '{"Event": "CALLING"}');
		PERFORM pg_temp.report('studio', pg_temp.attempt(n, page, chr(64 + i)), '{"Event": "FAILED", "Reason": "no-answer"}');
	END LOOP;
	PERFORM pg_temp.call(n);
END
$$;
CREATE FUNCTION pg_temp.becomes(n int, VARIADIC statuses text[]) RETURNS void LANGUAGE sql AS $$
	SELECT strike.strike_append(pg_temp.eco(n), 'ECO', null, jsonb_build_array(jsonb_build_object('type', 'StatusUpdatedEvent', 'payload', jsonb_build_object('from', 'OPEN', 'to', s, 'reason', null))))
	FROM unnest(statuses) s $$;
UPDATE twilio_accounts SET calls_per_second = 1000;

-- several pages: the first key press 1 in any of them wins, and ends the calls of all
SELECT pg_temp.begin(1, 3) \g /dev/null
SELECT is(pg_temp.page(1), 'A NO_ANSWER, B NO_ANSWER, C NO_ANSWER | EXHAUSTED', 'everybody was tried');
SELECT strike_repage(pg_temp.eco(1), 'again') \g /dev/null
SELECT is(pg_temp.call(1), true, 'the second page calls');
SELECT is(pg_temp.press(1, 1, 'B', '1'), '200 Thank you. You have accepted ECO.', 'a key press in the first page counts, EXHAUSTED as it is');
SELECT is(pg_temp.page(1), 'A NO_ANSWER, B ACCEPTED, C NO_ANSWER | DISPATCHED', 'and makes it DISPATCHED');
SELECT is(pg_temp.page(1, 2), 'A CANCELED | DISPATCHED', 'the second page ends with it, and its call');
SELECT is((SELECT r.name FROM pager_process_state p JOIN contact_refs r ON r.contact_ref = p.accepted_by WHERE p.run_id = pg_temp.run(1)), 'B', 'by the same person');
SELECT is(pg_temp.press(1, 2, 'A', '1'), '200 ECO was already accepted by B, you are stood down. Thank you.', 'who presses later hears who was first');
SELECT is(pg_temp.press(1, 1, 'C', '1'), '200 ECO was already accepted by B, you are stood down. Thank you.', 'in whichever page');
SELECT is(pg_temp.press(1, 1, 'B', '1'), '200 Thank you. You have accepted ECO.', 'who accepted hears the same once more');
SELECT is(pg_temp.press(1, 1, 'B', '2'), '200 Thank you. You have accepted ECO.', 'and can''t take it back by a key');
SELECT is((SELECT count(*)::int FROM events WHERE payload->>'eco_id' = pg_temp.eco(1)::text AND payload->>'state' = 'ACCEPTED'), 1, 'one yes is recorded');
SELECT is((SELECT metadata->>'actor' FROM events WHERE payload->>'eco_id' = pg_temp.eco(1)::text AND payload->>'state' = 'ACCEPTED'),
	(SELECT 'contact:' || contact_ref FROM pager_attempts WHERE attempt_id = pg_temp.attempt(1, 1, 'B')), 'by whoever pressed the key');

-- a page after a dispatch asks for another yes: earlier pages' keys count no more
SELECT strike_repage(pg_temp.eco(1), 'the van broke down') \g /dev/null
SELECT pg_temp.call(1) \g /dev/null
SELECT is(pg_temp.press(1, 1, 'A', '1'), '200 ECO: a later page is under way, you are stood down. Thank you.', 'a key press in an earlier page doesn''t count');
SELECT is(pg_temp.page(1, 3), 'A INTENT | RUNNING', 'and ends nothing');
SELECT is(pg_temp.press(1, 3, 'A', '1'), '200 Thank you. You have accepted ECO.', 'one in the new page does');
SELECT is(pg_temp.page(1, 3) || ' / ' || pg_temp.page(1, 1), 'A ACCEPTED | DISPATCHED / A STOOD_DOWN, B ACCEPTED, C STOOD_DOWN | DISPATCHED', 'both pages stay as they ended');

-- a take-over: until a later page, nobody is needed
SELECT pg_temp.begin(2, 1) \g /dev/null
SELECT strike_take_over(pg_temp.eco(2), 'I know somebody near') \g /dev/null
SELECT is(pg_temp.page(2), 'A NO_ANSWER, B CANCELED | TAKEN_OVER', 'the call ends');
SELECT is(pg_temp.press(2, 1, 'B', '1'), '200 ECO: the NOC handles it, you are stood down. Thank you.', 'a key press after a take-over doesn''t count');
SELECT is((SELECT reason FROM pager_attempts WHERE attempt_id = pg_temp.attempt(2, 1, 'B')), 'the NOC handles it', 'and the record says why');
SELECT strike_repage(pg_temp.eco(2), 'nobody near after all') \g /dev/null
SELECT pg_temp.call(2) \g /dev/null
SELECT is(pg_temp.press(2, 1, 'A', '1'), '200 Thank you. You have accepted ECO.', 'after a later page it does, in whichever page');
SELECT is(pg_temp.page(2, 1) || ' / ' || pg_temp.page(2, 2), 'A ACCEPTED, B STOOD_DOWN | DISPATCHED / A CANCELED | DISPATCHED', 'and ends that page');
SELECT strike_take_over(pg_temp.eco(2), 'he is ill') \g /dev/null
SELECT is(pg_temp.press(2, 2, 'A', '1'), '200 ECO was already accepted by A, you are stood down. Thank you.', 'taken over after a yes: there was one');

-- an order that is over, whatever its page is
SELECT pg_temp.begin(3, 1) \g /dev/null
SELECT strike_cancel_eco(pg_temp.eco(3), 'false alarm') \g /dev/null
SELECT is(pg_temp.press(3, 1, 'B', '1') || ' ' || pg_temp.page(3), '200 ECO: the order is closed, you are stood down. Thank you. A NO_ANSWER, B STOOD_DOWN | CANCELED', 'canceled: a key press doesn''t count');
SELECT strike_reopen_eco(pg_temp.eco(3), 'no false alarm') \g /dev/null
SELECT is(pg_temp.press(3, 1, 'A', '1') || ' ' || pg_temp.page(3), '200 Thank you. You have accepted ECO. A ACCEPTED, B STOOD_DOWN | DISPATCHED', 'it is the order that counts, not the page: reopened, it does');
SELECT pg_temp.begin(4, 1) \g /dev/null
SELECT pg_temp.becomes(4, 'IN_PROGRESS') \g /dev/null
SELECT pg_temp.becomes(4, 'COMPLETED') \g /dev/null
SELECT is(pg_temp.press(4, 1, 'A', '1'), '200 ECO: the order is closed, you are stood down. Thank you.', 'completed: nobody is needed');
SELECT is(pg_temp.call(4) || ' ' || pg_temp.page(4), 'false A STOOD_DOWN, B TIMEOUT | CANCELED', 'and when the time of the call under way is over nobody else is called');
SELECT pg_temp.becomes(4, 'HARD_COMPLETE') \g /dev/null
SELECT is(pg_temp.press(4, 1, 'B', '1'), '200 ECO: the order is closed, you are stood down. Thank you.', 'closed for good: nor then');
SELECT pg_temp.begin(5, 1) \g /dev/null
SELECT pg_temp.becomes(5, 'IN_PROGRESS') \g /dev/null
SELECT is(pg_temp.press(5, 1, 'B', '1'), '200 Thank you. You have accepted ECO.', 'in progress, since somebody works there already: it counts');

-- late, in every state that a call can be in
SELECT pg_temp.begin(6, 0) \g /dev/null
UPDATE pager_process_state SET status = 'COMPLETED', outcome = 'FAILED', deadline_at = NULL, completed_at = strike_now() WHERE eco_id = pg_temp.eco(6);
SELECT is(pg_temp.press(6, 1, 'A', '1') || ' ' || pg_temp.page(6), '200 Thank you. You have accepted ECO. A ACCEPTED | DISPATCHED', 'a page that FAILED is DISPATCHED by a yes all the same');
SELECT pg_temp.begin(7, 0) \g /dev/null
CREATE TEMP TABLE late (state text, heard text, is_now text);
DO $$
DECLARE
	s text;
BEGIN
	FOREACH s IN ARRAY '{INTENT,UNKNOWN,CALLING,ANSWERED,DECLINED,NO_ANSWER,BUSY,VOICEMAIL,FAILED,TIMEOUT,CANCELED}'::text[] LOOP
		UPDATE strike.pager_attempts SET state = s WHERE eco_id = pg_temp.eco(7);
		INSERT INTO late SELECT s, pg_temp.press(7, 1, 'A', '1'), pg_temp.page(7);
		UPDATE strike.pager_process_state SET status = 'RUNNING', outcome = NULL, accepted_by = NULL, accepted_at = NULL, deadline_at = strike.strike_now() WHERE eco_id = pg_temp.eco(7);
	END LOOP;
END
$$;
SELECT is(heard || ' ' || is_now, '200 Thank you. You have accepted ECO. A ACCEPTED | DISPATCHED', 'the key 1 counts at ' || state) FROM late;

-- a yes is the key 1, whatever else is said
SELECT pg_temp.begin(8, 0) \g /dev/null
SELECT is(pg_temp.report('studio', pg_temp.attempt(8, 1, 'A'), '{"Event": "ACCEPTED", "AnsweredBy": "human"}') || ' ' || pg_temp.page(8), '204 A FAILED | RUNNING', 'ACCEPTED without a key is none');
SELECT is((SELECT reason FROM pager_attempts WHERE attempt_id = pg_temp.attempt(8, 1, 'A')), 'no key press', 'and why');
SELECT pg_temp.call(8) \g /dev/null
SELECT is(pg_temp.report('studio', pg_temp.attempt(8, 1, 'B'), '{"Event": "ACCEPTED", "Digits": "3"}') || ' ' || pg_temp.page(8), '204 A FAILED, B FAILED | RUNNING', 'nor with another key');
SELECT pg_temp.call(8) \g /dev/null
SELECT is(left(pg_temp.report('studio', pg_temp.attempt(8, 1, 'C'), '{"Event": "ACCEPTED", "Digits": "1", "AnsweredBy": "machine_start"}'), 3) || ' ' || pg_temp.page(8), '200 A FAILED, B FAILED, C ACCEPTED | DISPATCHED', 'with the key 1 it is one, whoever is said to have answered');

-- status reports by their SequenceNumber, not by when they come
UPDATE twilio_accounts SET transport = 'calls' WHERE osp_tenant = 'osp-key';
SELECT pg_temp.begin(9, 0) \g /dev/null
UPDATE pager_attempts SET provider_sid = 'CA' || repeat('9', 32), next_action = 'ask', sent_at = strike_now() WHERE eco_id = pg_temp.eco(9);
CREATE FUNCTION pg_temp.status(said text, seq int, sid text DEFAULT 'CA' || repeat('9', 32)) RETURNS text LANGUAGE sql AS $$
	SELECT pg_temp.report('status', pg_temp.attempt(9, 1, 'A'), jsonb_build_object('CallSid', sid, 'CallStatus', said, 'SequenceNumber', seq)) || ' ' || pg_temp.page(9) $$;
SELECT is(pg_temp.status('ringing', 1), '204 A CALLING | RUNNING', 'it rings');
SELECT is(pg_temp.status('in-progress', 2), '204 A ANSWERED | RUNNING', 'is answered');
SELECT is(pg_temp.status('ringing', 1), '204 A ANSWERED | RUNNING', 'a report that comes twice says nothing');
SELECT is(pg_temp.status('no-answer', 1), '204 A ANSWERED | RUNNING', 'nor one that was overtaken, whatever it says');
SELECT is(pg_temp.status('busy', 3, 'CA' || repeat('8', 32)), '204 A ANSWERED | RUNNING', 'nor one of another call');
SELECT is(pg_temp.status('completed', 3), '204 A FAILED | RUNNING', 'it is over, without a key');
SELECT alike(pg_temp.report('gather', pg_temp.attempt(9, 1, 'A'), '{"Digits": "1"}', '?try=1'), '200 %You have accepted ECO%', 'the key was slower than the end of the call: it counts');

SELECT is((SELECT count(*)::int FROM strike_verify_events()), 0, 'the chains hold');
SELECT * FROM finish();
ROLLBACK;
