-- Tenants are held apart: a stranger's order is unknown, in every view and function.
BEGIN;
SELECT no_plan();
CREATE TEMP VIEW reader AS SELECT * FROM (VALUES
	('strike_operator', 'noc-east', 'east_fibre,east_north'), ('strike_operator', 'noc-west', 'west_fibre'),
	('strike_contractor', 'osp-fibre', 'east_fibre,west_fibre'), ('strike_contractor', 'osp-north', 'east_north'),
	('strike_operator', 'nobody', ''), ('strike_contractor', 'nobody', ''), ('strike_operator', null, ''), ('strike_contractor', null, ''),
	('strike_operator', 'osp-fibre', ''), ('strike_contractor', 'noc-east', ''), -- a role that doesn't fit its tenant
	('strike_operator', '', ''), ('strike_operator', 'noc-east'' OR true --', '')
) AS v(role, tenant, sees);
CREATE TEMP VIEW named AS SELECT key AS name, value AS eco_id FROM orders, jsonb_each_text(to_jsonb(orders));

-- views, read as the role
SELECT is(seen_by(role, tenant, 'SELECT eco_id FROM noc_ecos ORDER BY eco_id'),
	(SELECT coalesce(jsonb_agg(jsonb_build_object('eco_id', eco_id) ORDER BY eco_id::uuid), '[]')::text FROM named
		WHERE name = ANY (string_to_array(sees, ','))),
	format('%s of %s sees in noc_ecos: %s', role, coalesce(tenant, 'no tenant'), coalesce(nullif(sees, ''), 'nothing')))
FROM reader;
SELECT is(seen_by(role, tenant, format('SELECT job_id FROM noc_ecos WHERE eco_id = %L', eco_id)), '[]',
	format('%s of %s does not find %s by its key', role, coalesce(tenant, 'no tenant'), name))
FROM reader, named WHERE name <> ALL (string_to_array(sees, ','));
SELECT is(seen_by(role, tenant, 'SELECT count(*) FROM noc_ecos')::jsonb, jsonb_build_array(jsonb_build_object('count', cardinality(string_to_array(sees, ',')))),
	format('%s of %s counts in noc_ecos what is his', role, coalesce(tenant, 'no tenant')))
FROM reader;

-- functions: own orders work, a stranger's answers as one that doesn't exist
SELECT is(left(seen_by(role, tenant, format('SELECT summary FROM strike_eco_timeline(%L)', eco_id)), 3),
	CASE WHEN name = ANY (string_to_array(sees, ',')) THEN '[{"' ELSE 'PT4' END,
	format('%s of %s and the timeline of %s', role, coalesce(tenant, 'no tenant'), name))
FROM reader, named;
SELECT is(seen_by(role, tenant, format('SELECT summary FROM strike_eco_timeline(%L)', e)), 'PT404',
	format('%s of %s and the timeline of an order that isn''t there', role, tenant))
FROM reader, gen_random_uuid() e WHERE tenant IN ('noc-east', 'osp-fibre');

CREATE FUNCTION pg_temp.message_of(role text, tenant text, query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	words text;
	more text;
	hint text;
BEGIN
	PERFORM set_config('request.jwt.claims', jsonb_build_object('role', role, 'sub', 'x', 'tenant', tenant)::text, true),
		set_config('role', role, true);
	BEGIN
		EXECUTE query;
	EXCEPTION WHEN OTHERS THEN
		GET STACKED DIAGNOSTICS words = MESSAGE_TEXT, more = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	END;
	PERFORM set_config('role', 'none', true), set_config('request.jwt.claims', '', true);
	RETURN concat_ws('|', words, more, hint);
END
$$;
SELECT is(pg_temp.message_of('strike_operator', 'noc-east', format(query, west_fibre)),
	pg_temp.message_of('strike_operator', 'noc-east', format(query, gen_random_uuid())),
	format('a stranger''s order and none at all read alike: %s', query))
FROM orders, unnest(ARRAY['SELECT strike_eco_timeline(%L)', 'SELECT strike_retry_render(%L, ''r'')']) query;

-- every function that takes an order, whatever comes: unknown for a stranger
CREATE TEMP VIEW by_order AS
SELECT p.proname::text AS name, format('SELECT * FROM strike.%I(%s)', p.proname,
	(SELECT string_agg(CASE WHEN n = 'eco_id' THEN '%1$L' WHEN t = 'text'::regtype THEN '''osp-north''' ELSE 'null' END, ', ' ORDER BY i)
		FROM unnest(p.proargtypes::oid[], p.proargnames[1:p.pronargs]) WITH ORDINALITY AS a(t, n, i))) AS call, p.oid
FROM pg_proc p WHERE p.oid IN (SELECT members('pg_proc')) AND p.pronargs > 0 AND 'eco_id' = ANY (p.proargnames[1:p.pronargs]);
SELECT is(seen_by(r.role, r.tenant, format(f.call, n.eco_id)), 'PT404', format('%s of %s: %s of %s is unknown', r.role, r.tenant, f.name, n.name))
FROM reader r, by_order f, named n
WHERE r.tenant IN ('noc-east', 'noc-west', 'osp-fibre', 'osp-north', 'nobody') AND n.name <> ALL (string_to_array(r.sees, ','))
	AND has_function_privilege(r.role, f.oid, 'EXECUTE');
SELECT ok(count(*) >= 2, 'there are functions that take an order') FROM by_order;

-- creating for somebody else: no right, whether the tenant exists or not
SELECT is(seen_by('strike_operator', tenant, format('SELECT * FROM strike_create_eco(%L, ''osp-fibre'', ''CMR'', ''x'', ''{"type":"Point","coordinates":[0,0]}'')', noc)),
	'42501', format('an operator of %s makes no order of %s', coalesce(tenant, 'no tenant'), noc))
FROM (VALUES ('noc-east', 'noc-west'), ('noc-east', 'noc-nowhere'), ('noc-east', 'osp-fibre'), ('osp-fibre', 'noc-east'), (null, 'noc-east')) AS v(tenant, noc);
SELECT is(pg_temp.message_of('strike_operator', 'noc-east', format('SELECT strike_create_eco(%L, ''osp-fibre'', ''CMR'', ''x'', ''{}'')', noc)),
	pg_temp.message_of('strike_operator', 'noc-east', 'SELECT strike_create_eco(''noc-west'', ''osp-fibre'', ''CMR'', ''x'', ''{}'')'),
	format('a foreign tenant and one that isn''t there read alike: %s', noc))
FROM unnest(ARRAY['noc-nowhere', 'osp-fibre']) noc;
SELECT is(seen_by('strike_contractor', 'osp-fibre', format('SELECT * FROM strike_retry_render(%L, ''r'')', east_fibre)), '42501', 'a contractor retries nothing') FROM orders;
SELECT is(seen_by('strike_anon', null, format('SELECT * FROM strike_eco_timeline(%L)', east_fibre)), '42501', 'without a token there is no timeline') FROM orders;

-- own orders work
SELECT alike(seen_by('strike_operator', 'noc-east', 'SELECT noc_tenant, phase FROM strike_create_eco(''noc-east'', ''osp-fibre'', ''CMR'', ''x'', ''{"type":"Point","coordinates":[0,0]}'')'),
	'[{"phase": %, "noc_tenant": "noc-east"}]', 'an operator makes an order of his NOC');
SELECT is((SELECT metadata->>'actor' FROM events ORDER BY position DESC LIMIT 1), 'strike_operator@test', 'and the event names him by the token''s sub');
SELECT alike(seen_by('strike_operator', 'noc-east', format('SELECT eco_id FROM strike_retry_render(%L, ''tried by telephone'')', east_north)), '[{"eco_id": %',
	'an operator retries his own failed order') FROM orders;
SELECT is(seen_by('strike_operator', 'noc-east', format('SELECT * FROM strike_retry_render(%L, ''again'')', east_north)), 'PT409',
	'a second retry is refused: it isn''t FAILED any more') FROM orders;

-- the same request_id in another NOC is another request
SELECT isnt(seen_by('strike_operator', 'noc-east', query), seen_by('strike_operator', 'noc-west', replace(query, 'noc-east', 'noc-west')),
	'request_ids are unique per NOC')
FROM format('SELECT eco_id FROM strike_create_eco(''noc-east'', ''osp-fibre'', ''CMR'', ''x'', ''{"type":"Point","coordinates":[0,0]}'', %L)', gen_random_uuid()) query;

-- nothing that people can reach tells internals: a whole life is written by hand, and read
INSERT INTO pager_attempts (attempt_id, run_id, eco_id, contact_no, contact_ref, account_id, state, created_at, requested_at, updated_at, provider_sid, reason)
SELECT gen_random_uuid(), p.run_id, p.eco_id, 1, c.contact_ref, a.account_id, 'FAILED', now(), now(), now(), 'FNsecret', 'secret provider words'
FROM pager_process_state p JOIN pager_run_contacts c USING (run_id), twilio_accounts a, orders WHERE p.eco_id = east_fibre AND c.contact_no = 1;
SELECT strike_append(a.run_id, 'PagerRun', null, jsonb_agg(jsonb_build_object('type', 'PagerAttemptUpdatedEvent', 'payload', jsonb_build_object(
	'eco_id', a.eco_id, 'run_id', a.run_id, 'attempt_id', a.attempt_id, 'contact_no', 1, 'contact_ref', a.contact_ref, 'state', s,
	'provider_sid', 'FNsecret', 'reason', 'secret provider words', 'at_provider', null)))) > 0 AS appended
FROM pager_attempts a, unnest('{INTENT,UNKNOWN,CALLING,ANSWERED,ACCEPTED,DECLINED,NO_ANSWER,BUSY,VOICEMAIL,FAILED,TIMEOUT,CANCELED,STOOD_DOWN}'::text[]) s GROUP BY a.run_id \g /dev/null
SELECT strike_append(east_fibre, 'ECO', null, jsonb_agg(jsonb_build_object('type', 'RenderIntegrationStatusUpdatedEvent', 'payload', jsonb_build_object(
	'from', 'PENDING', 'to', s, 'render_instance', 'secret', 'project_task_id', 'RT-secret', 'error', '502 secret provider words'))))
FROM orders, unnest('{PENDING,TASKED,FAILED,DISPATCHED}'::text[]) s GROUP BY east_fibre \g /dev/null
SELECT strike_append(east_fibre, 'ECO', null, jsonb_build_array(
	jsonb_build_object('type', 'TaskChangedEvent', 'payload', jsonb_build_object('project_task_id', 'RT-secret', 'from', 'blueprinted', 'to', 'releasable',
		'changed', '{}'::jsonb, 'fingerprint', 'secret')),
	jsonb_build_object('type', 'LateCloneDetectedEvent', 'payload', jsonb_build_object('project_task_id', 'RT-secret', 'cloned_from', 'RT-secret', 'task_count', 2))))
FROM orders \g /dev/null
CREATE TEMP TABLE told AS
SELECT r.role, f.what, seen_by(r.role, r.tenant, f.query) AS words
FROM reader r, orders, LATERAL (VALUES ('timeline', format('SELECT * FROM strike_eco_timeline(%L)', east_fibre)), ('noc_ecos', 'SELECT * FROM noc_ecos'),
	('health', 'SELECT * FROM strike_health()')) AS f(what, query)
WHERE r.tenant IN ('noc-east', 'osp-fibre') AND r.sees <> '';
SELECT ok(words LIKE '[{%', format('%s reads %s', role, what)) FROM told;
SELECT is((SELECT string_agg(DISTINCT m[1], ', ') FROM regexp_matches(words, '\+?15125550[0-9]{3}', 'g') m), null, format('%s tells %s no telephone number', what, role)) FROM told;
SELECT is((SELECT string_agg(DISTINCT m[1], ', ') FROM regexp_matches(words, '[^"{]*secret[^"}]*', 'g') m), null, format('%s tells %s nothing of the providers'' words and keys', what, role)) FROM told;
SELECT is((SELECT string_agg(DISTINCT m[1], ', ') FROM regexp_matches(words, '\y(render_status|render_task_id|TASKED|blueprinted|releasable|allocated|jeopardy|DISPATCHED|FNsecret)\y', 'g') m), null,
	format('%s tells %s no status of Render', what, role)) FROM told WHERE what <> 'health';
SELECT is((SELECT string_agg(DISTINCT summary, ' / ') FROM strike_eco_timeline(east_fibre) WHERE summary ~ '(Event|null|_)' OR coalesce(summary, '') = ''), null,
	'every line of the timeline reads without its key') FROM orders;
SELECT results_eq(format('SELECT at FROM strike_eco_timeline(%L)', east_fibre), format('SELECT at FROM strike_eco_timeline(%L) ORDER BY at', east_fibre),
	'the timeline is in order of time') FROM orders;

SELECT * FROM finish();
ROLLBACK;
