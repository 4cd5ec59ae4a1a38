-- The tables and views that a DBA reads have the promised columns; more are welcome.
BEGIN;
SELECT no_plan();
CREATE TEMP TABLE promised (relation text, kind "char", columns text);
INSERT INTO promised VALUES
	('events', 'r', 'stream_id uuid, version integer, stream_type text, event_type text, payload jsonb, metadata jsonb,
		occurred_at timestamp with time zone, hash bytea, position bigint'),
	('feed', 'r', 'seq bigint, stream_id uuid, version integer, hash bytea'),
	('streams', 'v', 'stream_id uuid, stream_type text, version integer, hash bytea, last_at timestamp with time zone'),
	('outbox', 'v', 'subscriber text, stream_id uuid, version integer'),
	('delivery_failure', 'r', 'subscriber text, stream_id uuid, version integer, attempts integer, last_error text,
		next_attempt_at timestamp with time zone, dead boolean'),
	('eco_views', 'r', 'eco_id uuid, job_id text, noc_tenant text, osp_tenant text, job_type text, description text,
		location geometry(Geometry|4326), status text, display_status text, render_status text, render_task_id text, pager_status text,
		accepted_by text, needs_attention boolean, attention_reason text, task_count integer, completed_count integer,
		created_at timestamp with time zone, dispatched_at timestamp with time zone, completed_at timestamp with time zone,
		grace_until timestamp with time zone, hard_completed_at timestamp with time zone, version integer, updated_at timestamp with time zone'),
	('noc_ecos', 'v', 'eco_id uuid, job_id text, noc_tenant text, osp_tenant text, job_type text, description text,
		location jsonb, status text, display_status text, pager_status text,
		accepted_by text, needs_attention boolean, attention_reason text, phase text, task_count integer, completed_count integer,
		created_at timestamp with time zone, dispatched_at timestamp with time zone, completed_at timestamp with time zone,
		grace_until timestamp with time zone, hard_completed_at timestamp with time zone, version integer, updated_at timestamp with time zone'),
	('render_process_state', 'r', 'eco_id uuid, status text, attempt integer, next_attempt_at timestamp with time zone,
		next_poll_at timestamp with time zone, poll_failures integer, last_error text'),
	('pager_process_state', 'r', 'run_id uuid, eco_id uuid, run_no integer, status text, outcome text, deadline_at timestamp with time zone,
		contact_no integer, attempt_id uuid, version integer, last_error text'),
	('pager_attempts', 'r', 'attempt_id uuid, run_id uuid, eco_id uuid, contact_ref uuid, state text, provider_sid text,
		created_at timestamp with time zone, sent_at timestamp with time zone, possible_repeat boolean'),
	('tenants', 'r', 'code text, name text, kind text, job_prefix text'),
	('render_instances', 'r', 'osp_tenant text, api_url text, token_url text, client_id text, client_secret text, project text,
		default_task_type text'),
	('twilio_accounts', 'r', 'osp_tenant text, api_url text, studio_url text, account_sid text, auth_token text, auth_token_next text,
		from_number text, flow_sid text, transport text'),
	('pager_regions', 'r', 'region_id uuid, osp_tenant text, name text, area geometry(MultiPolygon|4326), priority integer'),
	('pager_contacts', 'r', 'contact_id uuid, region_id uuid, position integer, name text, phone text, active boolean'),
	('contact_refs', 'r', 'contact_ref uuid, contact_id uuid, name text, phone text, salt bytea');

SELECT is((SELECT c.relkind FROM pg_class c WHERE c.oid = to_regclass('strike.' || relation)), kind,
	format('%s is a %s', relation, CASE kind WHEN 'r' THEN 'table' ELSE 'view' END))
FROM promised;

SELECT is((SELECT replace(format_type(a.atttypid, a.atttypmod), ',', '|') FROM pg_attribute a
		WHERE a.attrelid = to_regclass('strike.' || relation) AND a.attname = split_part(word, ' ', 1) AND NOT a.attisdropped),
	substr(word, strpos(word, ' ') + 1), format('%s.%s', relation, word))
FROM promised, regexp_split_to_table(columns, ',\s*') AS word;

-- types
SELECT is((SELECT string_agg(attname || ' ' || format_type(atttypid, atttypmod), ', ' ORDER BY attnum) FROM pg_attribute
		WHERE attrelid = 'strike.eco'::regclass AND attnum > 0 AND NOT attisdropped),
	(SELECT string_agg(attname || ' ' || format_type(atttypid, atttypmod), ', ' ORDER BY attnum) FROM pg_attribute
		WHERE attrelid = 'strike.noc_ecos'::regclass AND attnum > 0),
	'type eco has the columns of noc_ecos, version among them');
SELECT columns_are('strike', 'workers', ARRAY['worker', 'pid', 'generation', 'started_at', 'last_run_at', 'runs', 'note'],
	'workers shows who runs');

-- what operators see is what eco_views has without the internals
SELECT set_eq($$SELECT attname::text FROM pg_attribute WHERE attrelid = 'strike.eco_views'::regclass AND attnum > 0 AND NOT attisdropped$$,
	$$SELECT attname::text FROM pg_attribute WHERE attrelid = 'strike.noc_ecos'::regclass AND attnum > 0
		UNION VALUES ('render_status'), ('render_task_id'), ('state')$$,
	'eco_views has nothing more than noc_ecos but render_status, render_task_id and the folding''s state');
-- a view that web roles read is either run with their rights, or reads only what row security
-- keeps from the owner too
SELECT is((SELECT string_agg(DISTINCT format('%s reads %s', c.relname, t.relname), ', ')
		FROM pg_class c JOIN pg_rewrite w ON w.ev_class = c.oid
		JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> c.oid
		JOIN pg_class t ON t.oid = d.refobjid
		WHERE c.relkind IN ('v', 'm') AND c.oid IN (SELECT members('pg_class')) AND NOT coalesce(c.reloptions @> '{security_invoker=true}', false)
			AND NOT (t.relrowsecurity AND t.relforcerowsecurity)
			AND (has_any_column_privilege('strike_operator', c.oid, 'SELECT') OR has_any_column_privilege('strike_contractor', c.oid, 'SELECT')
				OR has_any_column_privilege('strike_anon', c.oid, 'SELECT') OR has_any_column_privilege('strike_gateway', c.oid, 'SELECT'))),
	null, 'no web role reads past row security through a view');

SELECT * FROM finish();
ROLLBACK;
