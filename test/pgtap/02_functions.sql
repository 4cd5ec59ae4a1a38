-- Functions: names, argument names and types, defaults, results; no overloads, which PostgREST
-- could not tell apart.  The whole contract stands here: a function that isn't there yet is named
-- in a diagnostic line, and one that is there must be as promised.
BEGIN;
SELECT no_plan();
CREATE TEMP TABLE promised (name text, arguments text, result text, now boolean);
INSERT INTO promised VALUES
	('strike_create_eco', 'noc_tenant text, osp_tenant text, job_type text, description text, location jsonb, request_id uuid DEFAULT NULL::uuid', 'strike.eco', true),
	('strike_retry_render', 'eco_id uuid, reason text', 'strike.eco', true),
	('strike_repage', 'eco_id uuid, reason text', 'strike.eco', false),
	('strike_take_over', 'eco_id uuid, reason text', 'strike.eco', false),
	('strike_reopen_eco', 'eco_id uuid, reason text', 'strike.eco', false),
	('strike_cancel_eco', 'eco_id uuid, reason text', 'strike.eco', false),
	('strike_reassign_eco', 'eco_id uuid, osp_tenant text, reason text', 'strike.eco', false),
	('strike_acknowledge', 'eco_id uuid, note text', 'strike.eco', false),
	('strike_settle_tasks', 'eco_id uuid, reason text', 'strike.eco', false),
	('strike_add_note', 'eco_id uuid, note text', 'strike.eco', false),
	('strike_eco_timeline', 'eco_id uuid', 'TABLE(at timestamp with time zone, source text, event_type text, actor text, summary text, detail jsonb)', true),
	('strike_eco_state', 'eco_id uuid, as_of timestamp with time zone DEFAULT NULL::timestamp with time zone', 'jsonb', false),
	('strike_response_report', 'from_time timestamp with time zone, to_time timestamp with time zone, tenant text DEFAULT NULL::text',
		'TABLE(eco_id uuid, job_id text, noc_tenant text, osp_tenant text, job_type text, created_at timestamp with time zone, notified jsonb, '
		'seconds_to_task numeric, seconds_to_first_ring numeric, seconds_to_acceptance numeric, seconds_to_field_work numeric, seconds_to_completion numeric)', false),
	('strike_page_plan', 'osp_tenant text, location jsonb, at timestamp with time zone DEFAULT NULL::timestamp with time zone',
		'TABLE("position" integer, contact_name text, reachable boolean, reason text, call_at timestamp with time zone)', false),
	('strike_verify_events', 'stream_id uuid DEFAULT NULL::uuid', 'TABLE(stream_id uuid, version integer, problem text)', true),
	('strike_rebuild_eco_views', '', 'bigint', false),
	('strike_redrive', 'subscriber text DEFAULT NULL::text, stream_id uuid DEFAULT NULL::uuid', 'bigint', true),
	('strike_health', '', 'TABLE(check_name text, ok boolean, value text, detail text)', true),
	('strike_transitions', '', 'TABLE(machine text, from_state text, input text, to_state text, emits text)', true),
	('strike_twilio_webhook', 'method text, url text, body text, content_type text, signature text',
		'TABLE(http_status integer, content_type text, body text)', true),
	('strike_append', 'stream_id uuid, stream_type text, expected_version integer, events jsonb, metadata jsonb DEFAULT ''{}''::jsonb', 'integer', true),
	('strike_activate', '', 'void', true),
	('strike_now', '', 'timestamp with time zone', true),
	('strike_clock_advance', 'step interval', 'timestamp with time zone', true);

-- As a caller meets it: input arguments with names, and the columns of the result, be it
-- RETURNS TABLE, OUT arguments or a composite type of the extension's.
CREATE TEMP VIEW present AS
SELECT p.proname::text AS name, p.oid,
	coalesce((SELECT string_agg(format('%s %s%s', coalesce(p.proargnames[a.i], '$' || a.i), format_type(a.t, null),
			' DEFAULT ' || pg_get_function_arg_default(p.oid, a.i::int)), ', ' ORDER BY a.i)
		FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY AS a(t, i)), '') AS arguments,
	CASE WHEN p.proargmodes && '{o,t}'::"char"[] THEN
		(SELECT 'TABLE(' || string_agg(format('%I %s', p.proargnames[a.i], format_type(a.t, null)), ', ' ORDER BY a.i) || ')'
			FROM unnest(p.proallargtypes) WITH ORDINALITY AS a(t, i) WHERE p.proargmodes[a.i] IN ('o', 't'))
	WHEN t.typrelid <> 0 AND p.proretset THEN
		(SELECT 'TABLE(' || string_agg(format('%I %s', a.attname, format_type(a.atttypid, null)), ', ' ORDER BY a.attnum) || ')'
			FROM pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped)
	WHEN t.typrelid <> 0 THEN format('%s.%s', t.typnamespace::regnamespace, t.typname)
	ELSE CASE WHEN p.proretset THEN 'SETOF ' ELSE '' END || format_type(p.prorettype, null) END AS result,
	p.proretset
FROM pg_proc p JOIN pg_type t ON t.oid = p.prorettype
WHERE p.pronamespace = 'strike'::regnamespace AND p.prokind = 'f';

SELECT is((SELECT count(*)::int FROM present WHERE present.name = promised.name), 1, format('there is one %s', name))
FROM promised WHERE now;
SELECT diag('not there yet: ' || name) FROM promised WHERE NOT now AND NOT EXISTS (SELECT FROM present WHERE present.name = promised.name);
SELECT is(present.arguments, promised.arguments, format('%s takes what is promised', name)) FROM promised JOIN present USING (name);
SELECT is(present.result, promised.result, format('%s gives what is promised', name)) FROM promised JOIN present USING (name);
SELECT is((SELECT string_agg(DISTINCT name, ', ') FROM (SELECT name FROM present GROUP BY name HAVING count(*) > 1) twice), null,
	'no function has overloads');
SELECT ok(NOT proretset, 'strike_create_eco gives one row, not a set') FROM present WHERE name = 'strike_create_eco';
SELECT ok(NOT EXISTS (SELECT FROM pg_proc WHERE oid IN (SELECT members('pg_proc')) AND pronamespace <> 'strike'::regnamespace),
	'no function of the extension lies outside its schema');
SELECT ok(NOT EXISTS (SELECT FROM pg_class WHERE oid IN (SELECT members('pg_class')) AND relnamespace <> 'strike'::regnamespace),
	'nor a table, view, sequence or type');
SELECT ok(NOT EXISTS (SELECT FROM pg_proc p WHERE p.pronamespace = 'strike'::regnamespace AND p.oid NOT IN (SELECT members('pg_proc')))
	AND NOT EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = 'strike'::regnamespace AND c.relkind IN ('r', 'v', 'S')
		AND c.oid NOT IN (SELECT members('pg_class'))), 'all that lies in the schema belongs to the extension');

SELECT set_eq('SELECT check_name FROM strike_health()',
	ARRAY['workers', 'feed_lag', 'overdue_deadlines', 'parked', 'providers', 'clock', 'live_host', 'proof_call'],
	'strike_health has its eight checks');
SELECT ok(ok IS NOT NULL AND value <> '' AND detail <> '', format('health check %s says whether, what and why', check_name)) FROM strike_health();
SELECT ok(count(*) > 0, 'strike_transitions has rows of the machine ' || machine) FROM strike_transitions() GROUP BY machine;
SELECT ok(count(*) = 0, 'a transition goes somewhere or says why it is refused') FROM strike_transitions()
WHERE machine IS NULL OR from_state IS NULL OR input IS NULL OR (to_state IS NULL AND coalesce(emits, '') = '');
SELECT is_empty('SELECT machine, from_state, input FROM strike_transitions() GROUP BY 1, 2, 3 HAVING count(*) > 1 AND bool_or(emits LIKE ''refused%'')',
	'no pair of state and input is both a step and a refusal');
SELECT cmp_ok(strike_now(), '>=', now(), 'strike_now is not before now');

SELECT * FROM finish();
ROLLBACK;
