-- Roles.  They outlive the extension (roles belong to the cluster), so each is made only if it
-- is missing.  strike_owner owns the objects and never logs in; strike_worker is what the
-- background workers connect as: LOGIN since PostgreSQL 15 asks for it, no password, and
-- CONNECTION LIMIT 0 keeps clients out (workers don't count).
DO $roles$
DECLARE
	r record;
BEGIN
	FOR r IN SELECT * FROM (VALUES
		('strike_owner', 'NOLOGIN', 'Strike: owns the extension''s objects'),
		('strike_admin', 'NOLOGIN', 'Strike: administrators and auditors'),
		('strike_operator', 'NOLOGIN', 'Strike: NOC operators; tenant by JWT claim'),
		('strike_contractor', 'NOLOGIN', 'Strike: contractors'' supervisors; tenant by JWT claim'),
		('strike_gateway', 'LOGIN', 'Strike: the gateway process; may call its functions only'),
		('strike_anon', 'NOLOGIN', 'Strike: requests without a token; may do nothing'),
		('strike_worker', 'LOGIN CONNECTION LIMIT 0', 'Strike: the background workers')
	) AS v(name, options, about)
	LOOP
		IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = r.name) THEN
			EXECUTE format('CREATE ROLE %I %s NOSUPERUSER NOCREATEDB NOCREATEROLE', r.name, r.options);
			EXECUTE format('COMMENT ON ROLE %I IS %L', r.name, r.about);
		END IF;
	END LOOP;
	EXECUTE format('GRANT CONNECT ON DATABASE %I TO strike_worker, strike_gateway', current_database());
	IF (SELECT extnamespace <> 'public'::regnamespace FROM pg_extension WHERE extname = 'postgis') THEN
		RAISE EXCEPTION 'strike needs PostGIS in schema public' USING ERRCODE = '0A000',
			HINT = 'Begin with: CREATE EXTENSION postgis SCHEMA public. CASCADE alone puts it where search_path begins.';
	END IF;
	IF (SELECT getdatabaseencoding()) <> 'UTF8' THEN
		RAISE EXCEPTION 'strike needs a database with encoding UTF8, this one has %', getdatabaseencoding()
			USING ERRCODE = '0A000', HINT = 'Create the database with ENCODING ''UTF8'' TEMPLATE template0.';
	END IF;
END
$roles$;

GRANT USAGE ON SCHEMA strike TO strike_owner, strike_admin, strike_operator, strike_contractor,
	strike_gateway, strike_anon, strike_worker;
COMMENT ON SCHEMA strike IS 'Strike: emergency call-outs (event store, process managers, pager)';
