-- Ownership and rights: the last part of the install script.
DO $own$
DECLARE
	r record;
BEGIN
	-- Objects belong to strike_owner, which never logs in: SECURITY DEFINER functions run as it.
	FOR r IN SELECT c.oid::regclass AS name, c.relkind FROM pg_class c
		WHERE c.relnamespace = 'strike'::regnamespace AND c.relkind IN ('r', 'v')
	LOOP
		EXECUTE format('ALTER %s %s OWNER TO strike_owner',
			CASE r.relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END, r.name);
	END LOOP;
	EXECUTE 'ALTER SEQUENCE strike.event_position OWNER TO strike_owner';
	FOR r IN SELECT p.oid::regprocedure AS name FROM pg_proc p
		WHERE p.pronamespace = 'strike'::regnamespace
	LOOP
		EXECUTE format('ALTER FUNCTION %s OWNER TO strike_owner', r.name);
	END LOOP;
END
$own$;

GRANT EXECUTE ON FUNCTION strike.strike_append(uuid, text, int, jsonb, jsonb),
	strike.strike_verify_events(uuid), strike.strike_transitions() TO strike_admin;
GRANT EXECUTE ON FUNCTION strike.strike_append(uuid, text, int, jsonb, jsonb) TO strike_worker;
GRANT EXECUTE ON FUNCTION strike.strike_create_eco(text, text, text, text, jsonb, uuid) TO strike_operator, strike_admin;
GRANT SELECT ON strike.events, strike.streams TO strike_admin, strike_worker;
GRANT SELECT ON strike.tenants, strike.pager_regions, strike.pager_contacts, strike.contact_refs
	TO strike_admin, strike_worker;
GRANT SELECT ON strike.render_instances, strike.twilio_accounts TO strike_worker;
GRANT INSERT, UPDATE, DELETE ON strike.tenants, strike.pager_regions, strike.pager_contacts TO strike_admin;
