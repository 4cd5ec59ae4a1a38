-- the extension installs, and everything in it is explained
SET client_min_messages = error; -- whether a worker serves this database is not the subject
CREATE EXTENSION postgis;
CREATE EXTENSION strike;
SELECT extname FROM pg_extension WHERE extname IN ('strike', 'postgis') ORDER BY 1;
-- every function, table, view and column has a comment
SELECT p.oid::regprocedure FROM pg_proc p
	WHERE p.pronamespace = 'strike'::regnamespace AND obj_description(p.oid, 'pg_proc') IS NULL;
SELECT c.oid::regclass FROM pg_class c
	WHERE c.relnamespace = 'strike'::regnamespace AND c.relkind IN ('r', 'v') AND obj_description(c.oid, 'pg_class') IS NULL;
SELECT c.oid::regclass, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
	WHERE c.relnamespace = 'strike'::regnamespace AND c.relkind = 'r' AND a.attnum > 0
		AND NOT a.attisdropped AND col_description(c.oid, a.attnum) IS NULL;
-- security definer functions belong to strike_owner and pin the search path
SELECT p.oid::regprocedure FROM pg_proc p
	WHERE p.pronamespace = 'strike'::regnamespace AND p.prosecdef
		AND (p.proowner <> 'strike_owner'::regrole OR p.proconfig IS NULL
			OR NOT EXISTS (SELECT FROM unnest(p.proconfig) c WHERE c LIKE 'search_path=%'));
-- nobody may append or verify by default
SELECT p.oid::regprocedure FROM pg_proc p
	WHERE p.pronamespace = 'strike'::regnamespace AND has_function_privilege('public', p.oid, 'EXECUTE')
	ORDER BY 1;
-- settings refuse nonsense with the range
ALTER SYSTEM SET strike.pager_deadline = '500ms';
ALTER SYSTEM SET strike.database = '';
ALTER SYSTEM SET strike.public_url = 'ftp://x';
ALTER SYSTEM SET strike.public_url = 'http://user@host';
-- the state machines, as the code has them
SELECT machine, count(*), count(to_state) AS steps, count(*) FILTER (WHERE emits LIKE 'refused: %') AS refusals
	FROM strike.strike_transitions() GROUP BY 1 ORDER BY 1;
SELECT * FROM strike.strike_transitions() WHERE machine = 'ECO' AND from_state = 'COMPLETED';
