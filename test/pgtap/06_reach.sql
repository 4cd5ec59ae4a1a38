-- What the web's roles and the gateway can reach: the whole list, computed from the catalogs and
-- compared with this one.  A new object that a role can reach must be written down here.
BEGIN;
SELECT no_plan();
CREATE TEMP VIEW reach AS
WITH role AS (SELECT unnest('{strike_operator,strike_contractor,strike_anon,strike_gateway}'::text[]) AS role)
SELECT role, 'function' AS kind, p.proname::text AS object, 'EXECUTE' AS right
	FROM role, pg_proc p WHERE p.oid IN (SELECT members('pg_proc')) AND p.prorettype <> 'trigger'::regtype
		AND has_function_privilege(role, p.oid, 'EXECUTE')
UNION ALL
SELECT role, 'column', format('%s.%s', c.relname, a.attname), "right"
	FROM role, pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped,
		unnest('{SELECT,INSERT,UPDATE}'::text[]) AS "right"
	WHERE c.oid IN (SELECT members('pg_class')) AND c.relkind IN ('r', 'v', 'm', 'p', 'f') AND has_column_privilege(role, c.oid, a.attnum, "right")
UNION ALL
SELECT role, 'table', c.relname, "right"
	FROM role, pg_class c, unnest('{DELETE,TRUNCATE,TRIGGER}'::text[]) AS "right"
	WHERE c.oid IN (SELECT members('pg_class')) AND c.relkind IN ('r', 'v', 'm', 'p', 'f') AND has_table_privilege(role, c.oid, "right")
UNION ALL
SELECT role, 'sequence', c.relname, 'any'
	FROM role, pg_class c WHERE c.oid IN (SELECT members('pg_class')) AND c.relkind = 'S' AND has_sequence_privilege(role, c.oid, 'USAGE, SELECT, UPDATE');

CREATE TEMP TABLE allowed (role text, kind text, object text, "right" text);
-- everybody
INSERT INTO allowed SELECT role, 'function', f, 'EXECUTE'
FROM unnest('{strike_operator,strike_contractor,strike_anon,strike_gateway}'::text[]) role,
	unnest('{strike_now,strike_caller_tenant,strike_caller_noc,strike_caller_osp,strike_caller_unrestricted,strike_health,caller_unbound,st_asgeojson}'::text[]) f;
-- functions
INSERT INTO allowed SELECT v.role, 'function', f, 'EXECUTE' FROM (VALUES
	('strike_operator', '{strike_create_eco,strike_retry_render,strike_eco_timeline,strike_response_report,strike_repage,strike_take_over,strike_cancel_eco,strike_reassign_eco,strike_reopen_eco,strike_acknowledge,strike_add_note,strike_settle_tasks,strike_eco_state,strike_page_plan,strike_grace_plan}'::text[]),
	('strike_contractor', '{strike_eco_timeline,strike_eco_state,strike_page_plan,strike_response_report,strike_grace_plan,strike_test_call,strike_test_calls}'),
	('strike_gateway', '{strike_twilio_webhook,strike_live_feed,strike_live_head}')
) AS v(role, functions), unnest(functions) f;
-- what the screens ask
INSERT INTO allowed SELECT role, 'function', f, 'EXECUTE'
FROM unnest('{strike_operator,strike_contractor}'::text[]) role,
	unnest('{strike_me,strike_contractors,strike_region_outlines,strike_calls,strike_eco_calls,strike_eco_tasks,strike_record_check,strike_reassignments}'::text[]) f;
-- orders, through the view alone
INSERT INTO allowed SELECT role, 'column', format('%s.%s', relation, c), 'SELECT'
FROM unnest('{strike_operator,strike_contractor}'::text[]) role, unnest('{noc_ecos}'::text[]) relation,
	unnest('{eco_id,job_id,noc_tenant,osp_tenant,job_type,description,location,status,display_status,pager_status,accepted_by,needs_attention,
		attention_reason,phase,task_count,completed_count,created_at,dispatched_at,completed_at,grace_until,hard_completed_at,version,updated_at}'::text[]) c;

-- a contractor's own lists
INSERT INTO allowed SELECT 'strike_contractor', 'column', format('%s.%s', c.relname, a.attname), r
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped, unnest('{SELECT,INSERT,UPDATE}'::text[]) r
WHERE c.oid = ANY ('{strike.pager_regions,strike.pager_contacts,strike.pager_duty}'::regclass[]);
INSERT INTO allowed SELECT 'strike_contractor', 'table', t, 'DELETE' FROM unnest('{pager_regions,pager_contacts,pager_duty}'::text[]) t;

SELECT set_eq(format('SELECT kind, object, "right" FROM reach WHERE role = %L', role), format('SELECT kind, object, "right" FROM allowed WHERE role = %L', role),
	role || ' reaches what is written down here, and nothing else')
FROM unnest('{strike_operator,strike_contractor,strike_anon,strike_gateway}'::text[]) role;

-- a table that a web role reads must have row security on, and a policy for that role
SELECT is((SELECT string_agg(DISTINCT format('%s: %s', r.role, c.relname), ', ') FROM reach r JOIN pg_class c
		ON c.relnamespace = 'strike'::regnamespace AND c.relkind = 'r' AND r.object LIKE c.relname || '.%'
		WHERE r.kind = 'column' AND NOT (c.relrowsecurity
			AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polroles @> ARRAY[r.role::regrole::oid]))), null,
	'tables that web roles read have row security and a policy for them');
SELECT is((SELECT string_agg(format('%s on %s', polname, polrelid::regclass), ', ') FROM pg_policy p
		WHERE polroles = '{0}' OR (polroles && ARRAY['strike_operator'::regrole::oid, 'strike_contractor'::regrole::oid, 'strike_anon'::regrole::oid]
			AND pg_get_expr(polqual, polrelid) = 'true')), null, 'no policy gives everybody everything');

-- and by trying
SELECT is(seen_by(role, 'noc-east', format('SELECT %s FROM strike.%s', what, relation)), '42501', format('%s does not read %s.%s', role, relation, what))
FROM unnest('{strike_operator,strike_contractor,strike_anon,strike_gateway}'::text[]) role,
	(VALUES ('eco_views', 'render_status'), ('eco_views', 'render_task_id'), ('eco_views', 'state'), ('eco_views', '*'), ('eco_views', 'job_id'),
		('render_instances', 'client_secret'), ('render_instances', 'client_id'), ('twilio_accounts', 'auth_token'),
		('twilio_accounts', 'from_number'), ('contact_refs', 'phone'), ('contact_refs', 'name'), ('contact_refs', 'salt'),
		('events', 'payload'), ('feed', 'seq'), ('streams', 'stream_id'), ('outbox', 'subscriber'), ('delivery_failure', 'last_error'),
		('render_process_state', 'last_error'), ('pager_process_state', 'last_error'), ('pager_attempts', 'line'), ('job_numbers', 'number'),
		('eco_requests', 'content'), ('activation', 'system_identifier'), ('workers', 'pid')) AS v(relation, what);
SELECT is(seen_by(role, 'noc-east', 'SELECT phone FROM strike.pager_contacts'), '42501', role || ' does not read telephone numbers')
FROM unnest('{strike_operator,strike_anon,strike_gateway}'::text[]) role;
SELECT is(seen_by(role, null, 'SELECT job_id FROM strike.noc_ecos'), '42501', role || ' does not read orders')
FROM unnest('{strike_anon,strike_gateway}'::text[]) role;

SELECT * FROM finish();
ROLLBACK;
