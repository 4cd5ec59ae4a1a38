-- A contractor tries whether his people can be reached: a call like a page's, with nobody needed.

CREATE FUNCTION strike.strike_test_calls(contact_id uuid DEFAULT NULL)
	RETURNS TABLE (test_id uuid, contact_id uuid, contact_name text, by text, begun_at timestamptz, rung_at timestamptz,
		answered_at timestamptz, ended_at timestamptz, result text, confirmed boolean)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT p.run_id, p.test_of, coalesce(r.name, 'erased'), e.metadata->>'actor', p.created_at, a.calling_at, a.answered_at, p.completed_at,
		CASE WHEN a.state = 'FAILED' AND a.sent_at IS NULL AND a.calling_at IS NULL AND a.call_sid IS NULL
				THEN CASE WHEN p.last_error = 'the telephone provider refuses every call' THEN 'refused by the telephone provider: is the number right?'
					ELSE 'not placed: ' || coalesce(p.last_error, 'not known why') END
			WHEN a.attempt_id IS NOT NULL AND a.state <> 'CANCELED' THEN strike.call_words(a.state, a.reason)
			WHEN a.attempt_id IS NOT NULL THEN 'hung up: ' || coalesce(a.reason, 'it was ended')
			WHEN p.status = 'COMPLETED' THEN 'not called: ' || coalesce(p.last_error, 'it was ended')
			ELSE 'about to call' END,
		p.outcome IS NOT DISTINCT FROM 'DISPATCHED'
	FROM (SELECT DISTINCT ON (t.test_of) t.* FROM strike.pager_process_state t
		WHERE t.test_of IS NOT NULL AND (strike_test_calls.contact_id IS NULL OR t.test_of = strike_test_calls.contact_id)
			AND (strike.strike_caller_unrestricted() OR t.osp_tenant = strike.strike_caller_osp())
		ORDER BY t.test_of, t.created_at DESC) p
	JOIN strike.pager_run_contacts c ON c.run_id = p.run_id
	JOIN strike.contact_refs r ON r.contact_ref = c.contact_ref
	LEFT JOIN strike.events e ON e.stream_id = p.run_id AND e.version = 1
	LEFT JOIN strike.pager_attempts a ON a.attempt_id = p.attempt_id
	ORDER BY p.created_at DESC
$$;
COMMENT ON FUNCTION strike.strike_test_calls(uuid) IS 'the last test call to each of your contacts: who asked for it, when it rang, was answered and ended, what came of it; confirmed: key 1 was pressed
contact_id: one of your contacts; null is all of them';
REVOKE ALL ON FUNCTION strike.strike_test_calls(uuid) FROM PUBLIC;

CREATE FUNCTION strike.strike_test_call(contact_id uuid) RETURNS uuid
	LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	contact strike.pager_contacts;
	region strike.pager_regions;
	osp_name text;
	person record;
	test uuid := gen_random_uuid();
	words text;
BEGIN
	SELECT c.* INTO contact FROM strike.pager_contacts c WHERE c.contact_id = strike_test_call.contact_id;
	SELECT r.* INTO region FROM strike.pager_regions r WHERE r.region_id = contact.region_id;
	IF region.region_id IS NULL OR NOT (strike.strike_caller_unrestricted() OR coalesce(region.osp_tenant = strike.strike_caller_osp(), false)) THEN
		RAISE EXCEPTION 'unknown contact' USING ERRCODE = 'PT404', HINT = 'Give the contact_id of somebody on a list of yours.';
	END IF;
	-- whoever keeps a list may dial any number with it: not as often as he likes
	IF (SELECT count(*) FROM strike.pager_process_state t WHERE t.test_of IS NOT NULL AND t.osp_tenant = region.osp_tenant
			AND t.created_at > strike.strike_now() - interval '1 hour') >= 30 THEN
		RAISE EXCEPTION 'too many test calls' USING ERRCODE = 'PT409', HINT = 'A contractor may make 30 an hour: try later.';
	END IF;
	PERFORM strike.strike_warn_without_worker();
	SELECT t.name INTO osp_name FROM strike.tenants t WHERE t.code = region.osp_tenant;
	SELECT * INTO person FROM strike.contact_snapshot(contact);
	words := left(format('Strike: this is a test call for %s. Nobody has to go out', osp_name), 200);
	INSERT INTO strike.pager_process_state (run_id, eco_id, test_of, run_no, status, deadline_at, contact_count, osp_tenant, region, job_id, message, created_at, updated_at)
	VALUES (test, test, contact.contact_id, 1, 'PENDING', strike.strike_now(), 1, region.osp_tenant, region.name,
		'TEST-' || upper(left(test::text, 8)), words, strike.strike_now(), strike.strike_now())
	ON CONFLICT DO NOTHING;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'a test call is running' USING ERRCODE = 'PT409', HINT = 'Wait for its end: one at a time.';
	END IF;
	INSERT INTO strike.pager_run_contacts (run_id, contact_no, place, contact_ref) VALUES (test, 1, 1, person.contact_ref);
	PERFORM strike.strike_append(test, 'TestCall', 0, jsonb_build_array(jsonb_build_object('type', 'TestCallStartedEvent', 'payload',
		jsonb_build_object('run_id', test, 'osp_tenant', region.osp_tenant, 'region', region.name, 'contact_id', contact.contact_id,
			'contact_ref', person.contact_ref, 'contact_digest', person.contact_digest, 'message', words))));
	PERFORM strike.strike_wake('pager');
	RETURN test;
END
$$;
COMMENT ON FUNCTION strike.strike_test_call(uuid) IS 'calls somebody on a list of yours, as a page would, and says that it is a test and nobody is needed; strike_test_calls tells what came of it; one at a time, at most 30 an hour, and a page that needs the telephone ends it; returns the test''s id
contact_id: whom, active and on duty or not';
REVOKE ALL ON FUNCTION strike.strike_test_call(uuid) FROM PUBLIC;

GRANT EXECUTE ON FUNCTION strike.strike_test_calls(uuid), strike.strike_test_call(uuid) TO strike_contractor, strike_admin;
