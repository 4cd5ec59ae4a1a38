-- Roles and SECURITY DEFINER functions.
BEGIN;
SELECT no_plan();
SELECT results_eq($$SELECT rolname::text COLLATE "default", rolcanlogin, rolconnlimit FROM pg_roles WHERE rolname LIKE 'strike\_%' ORDER BY 1$$,
	$$VALUES ('strike_admin', false, -1), ('strike_anon', false, -1), ('strike_contractor', false, -1), ('strike_gateway', true, -1),
	('strike_operator', false, -1), ('strike_owner', false, -1), ('strike_worker', true, 0)$$,
	'the roles: only the gateway and the workers log in, and no client as a worker');
SELECT ok(NOT (rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls), format('%s has no power over the server', rolname))
FROM pg_roles WHERE rolname LIKE 'strike\_%';
SELECT is((SELECT string_agg(rolname, ', ') FROM pg_authid WHERE rolname LIKE 'strike\_%' AND rolpassword IS NOT NULL), null,
	'the extension sets no password');
SELECT is((SELECT string_agg(format('%s in %s', m.member::regrole, m.roleid::regrole), ', ') FROM pg_auth_members m
		WHERE m.member::regrole::text LIKE 'strike\_%' OR m.roleid::regrole::text LIKE 'strike\_%'), null,
	'no role is a member of another');
SELECT ok(NOT has_schema_privilege(rolname, 'strike', 'CREATE') OR rolname = 'strike_owner', format('%s makes nothing in the schema', rolname))
FROM pg_roles WHERE rolname LIKE 'strike\_%';
SELECT ok(NOT has_database_privilege(rolname, current_database(), 'CREATE'), format('%s makes no schema', rolname))
FROM pg_roles WHERE rolname LIKE 'strike\_%';
SELECT ok(has_database_privilege('strike_worker', current_database(), 'CONNECT'), 'the workers may connect by a grant of their own');
SELECT ok(NOT pg_has_role(rolname, 'pg_read_server_files', 'USAGE') AND NOT pg_has_role(rolname, 'pg_execute_server_program', 'USAGE'),
	format('%s reads no file', rolname)) FROM pg_roles WHERE rolname LIKE 'strike\_%';

-- ownership
SELECT is((SELECT string_agg(c.oid::regclass::text, ', ') FROM pg_class c
		WHERE c.oid IN (SELECT members('pg_class')) AND c.relkind IN ('r', 'v', 'S', 'm', 'p') AND c.relowner <> 'strike_owner'::regrole), null,
	'tables, views and sequences belong to strike_owner');
SELECT is((SELECT string_agg(p.oid::regprocedure::text, ', ') FROM pg_proc p
		WHERE p.oid IN (SELECT members('pg_proc')) AND p.proowner <> 'strike_owner'::regrole), null, 'functions belong to strike_owner');

-- SECURITY DEFINER
CREATE TEMP VIEW definer AS
SELECT p.oid, p.oid::regprocedure::text AS name, p.proacl, p.proowner,
	(SELECT regexp_split_to_array(substr(c, strpos(c, '=') + 1), ',\s*') FROM unnest(p.proconfig) c WHERE c LIKE 'search_path=%') AS path
FROM pg_proc p WHERE p.prosecdef AND p.oid IN (SELECT members('pg_proc'));
SELECT ok(count(*) >= 6, 'there are SECURITY DEFINER functions') FROM definer;
SELECT is(proowner::regrole::text, 'strike_owner', format('%s belongs to strike_owner', name)) FROM definer;
SELECT is(path[1], 'pg_catalog', format('%s searches pg_catalog first', name)) FROM definer;
SELECT is(path[cardinality(path)], 'pg_temp', format('%s searches pg_temp last', name)) FROM definer;
SELECT is((SELECT string_agg(s, ', ') FROM unnest(path) s WHERE s NOT IN ('pg_catalog', 'strike', 'pg_temp', 'public')), null,
	format('%s searches no schema of somebody else', name)) FROM definer;
SELECT ok(NOT has_schema_privilege('public', 'public', 'CREATE'), 'nobody plants functions in schema public');
SELECT ok(proacl IS NOT NULL AND NOT has_function_privilege('public', oid, 'EXECUTE'), format('%s is not for PUBLIC', name)) FROM definer;
SELECT is((SELECT string_agg(p.oid::regprocedure::text, ', ' ORDER BY 1) FROM pg_proc p
		WHERE p.oid IN (SELECT members('pg_proc')) AND has_function_privilege('public', p.oid, 'EXECUTE') AND p.prorettype <> 'trigger'::regtype
			AND p.proname NOT IN ('strike_now', 'strike_caller_tenant', 'strike_caller_noc', 'strike_caller_osp', 'strike_caller_unrestricted', 'caller_unbound', 'st_asgeojson')), null,
	'PUBLIC may execute nothing but the time and who is calling');
SELECT is((SELECT string_agg(c.oid::regclass::text, ', ') FROM pg_class c WHERE c.oid IN (SELECT members('pg_class')) AND c.relkind IN ('r', 'v', 'S', 'm')
		AND (CASE WHEN c.relkind = 'S' THEN has_sequence_privilege('public', c.oid, 'USAGE, SELECT, UPDATE')
			ELSE has_any_column_privilege('public', c.oid, 'SELECT, INSERT, UPDATE, REFERENCES') END)), null,
	'PUBLIC reads no table, view or sequence');

-- who may do what, where the contract says so
SELECT ok(has_function_privilege(r, 'strike_health()', 'EXECUTE'), r || ' may ask strike_health')
FROM unnest('{strike_admin,strike_operator,strike_contractor,strike_gateway,strike_worker,strike_anon}'::text[]) r;
SELECT ok(has_function_privilege('strike_admin', f, 'EXECUTE'), 'strike_admin may ' || f)
FROM unnest('{strike_eco_timeline(uuid),strike_verify_events(uuid),"strike_redrive(text,uuid)",strike_transitions(),strike_activate()}'::text[]) f;
SELECT is(seen_by('strike_admin', null, 'SELECT strike_clock_advance(''1 second'')'), '42501', 'an administrator doesn''t turn the clock');
SELECT is(seen_by('strike_owner', null, 'SELECT strike_clock_advance(''1 second'')'), '42501', 'nor the owner');
SELECT is(seen_by('strike_owner', null, 'SELECT strike_clock_shift(1)'), '42501', 'nor by its C half');
SELECT is(seen_by(r, 'noc-east', format('SELECT strike_append(%L, ''ECO'', null, ''[{"type":"StatusUpdatedEvent","payload":{}}]'')', east_fibre)), '42501',
	r || ' appends nothing by hand')
FROM orders, unnest('{strike_operator,strike_contractor,strike_anon,strike_gateway}'::text[]) r;

SELECT * FROM finish();
ROLLBACK;
