-- Everything is explained: \d+ teaches.
BEGIN;
SELECT no_plan();
CREATE TEMP VIEW explained AS
SELECT 'table or view' AS kind, c.oid::regclass::text AS name, obj_description(c.oid, 'pg_class') AS words
	FROM pg_class c WHERE c.oid IN (SELECT members('pg_class')) AND c.relkind IN ('r', 'v', 'm', 'p', 'f')
UNION ALL SELECT 'sequence', c.oid::regclass::text, obj_description(c.oid, 'pg_class')
	FROM pg_class c WHERE c.relnamespace = 'strike'::regnamespace AND c.relkind = 'S'
UNION ALL SELECT 'column', format('%s.%s', c.oid::regclass, a.attname), col_description(c.oid, a.attnum)
	FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
	WHERE c.relnamespace = 'strike'::regnamespace AND c.relkind IN ('r', 'v', 'm', 'p', 'f') AND a.attnum > 0 AND NOT a.attisdropped
UNION ALL SELECT 'type', t.oid::regtype::text, obj_description(t.oid, 'pg_type')
	FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid
	WHERE t.typnamespace = 'strike'::regnamespace AND t.typcategory <> 'A' AND (t.typrelid = 0 OR c.relkind = 'c')
UNION ALL SELECT 'function', p.oid::regprocedure::text, obj_description(p.oid, 'pg_proc')
	FROM pg_proc p WHERE p.pronamespace = 'strike'::regnamespace
UNION ALL SELECT 'trigger', format('%s on %s', t.tgname, t.tgrelid::regclass), obj_description(t.oid, 'pg_trigger')
	FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE c.relnamespace = 'strike'::regnamespace AND NOT t.tgisinternal
UNION ALL SELECT 'policy', format('%s on %s', p.polname, p.polrelid::regclass), obj_description(p.oid, 'pg_policy')
	FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid WHERE c.relnamespace = 'strike'::regnamespace
UNION ALL SELECT 'role', r.rolname, shobj_description(r.oid, 'pg_authid')
	FROM pg_roles r WHERE r.rolname LIKE 'strike\_%'
UNION ALL SELECT 'schema', n.nspname, obj_description(n.oid, 'pg_namespace') FROM pg_namespace n WHERE n.nspname = 'strike'
UNION ALL SELECT 'extension', e.extname, obj_description(e.oid, 'pg_extension') FROM pg_extension e WHERE e.extname = 'strike';

SELECT is((SELECT string_agg(name, ', ' ORDER BY name) FROM explained e WHERE e.kind = k.kind AND coalesce(words, '') = ''), null,
	format('no %s is without a comment', kind))
FROM (VALUES ('table or view'), ('sequence'), ('column'), ('type'), ('function'), ('trigger'), ('policy'), ('role'), ('schema'), ('extension')) AS k(kind);
SELECT is((SELECT count(DISTINCT kind)::int FROM explained), 10, 'there are objects of all these kinds');

-- settings explain themselves too
SELECT is((SELECT string_agg(name, ', ') FROM pg_settings WHERE name LIKE 'strike.%' AND coalesce(short_desc, '') = ''), null,
	'no setting is without a description');
SELECT set_has($$SELECT name, CASE WHEN unit IS NULL OR boot_val = '' THEN boot_val ELSE boot_val || unit END, context FROM pg_settings$$,
	$$VALUES ('strike.database', 'strike', 'postmaster'), ('strike.outbox_interval', '100ms', 'sighup'), ('strike.pager_interval', '5000ms', 'sighup'),
	('strike.pager_deadline', '30000ms', 'sighup'), ('strike.poll_interval', '60000ms', 'sighup'), ('strike.grace_period', '86400s', 'sighup'),
	('strike.grace_adaptive', 'off', 'sighup'), ('strike.render_timeout', '30000ms', 'sighup'), ('strike.render_give_up', '60000ms', 'sighup'),
	('strike.twilio_timeout', '10000ms', 'sighup'), ('strike.http_max_concurrency', '256', 'sighup'), ('strike.public_url', '', 'sighup'),
	('strike.enabled', 'on', 'sighup'), ('strike.live_hosts', '', 'sighup'), ('strike.virtual_clock', 'off', 'postmaster')$$,
	'each setting has its default, and changes with a reload but strike.database and strike.virtual_clock');

SELECT * FROM finish();
ROLLBACK;
