-- Time.
CREATE FUNCTION strike.strike_now() RETURNS timestamptz
	LANGUAGE c VOLATILE PARALLEL SAFE AS 'MODULE_PATHNAME', 'strike_now';
COMMENT ON FUNCTION strike.strike_now() IS 'Strike''s time: the wall clock, or the virtual clock of development and tests';

CREATE FUNCTION strike.strike_clock_shift(microseconds bigint) RETURNS bigint
	LANGUAGE c VOLATILE STRICT AS 'MODULE_PATHNAME', 'strike_clock_shift';
COMMENT ON FUNCTION strike.strike_clock_shift(bigint) IS 'the C half of strike_clock_advance: adds to the virtual clock''s offset and wakes the workers';
REVOKE ALL ON FUNCTION strike.strike_clock_shift(bigint) FROM PUBLIC;

CREATE FUNCTION strike.strike_clock_advance(step interval) RETURNS timestamptz
	LANGUAGE plpgsql VOLATILE STRICT SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM strike.strike_clock_shift((extract(epoch FROM step) * 1000000)::bigint);
	RETURN strike.strike_now();
END
$$;
COMMENT ON FUNCTION strike.strike_clock_advance(interval) IS 'advances the virtual clock and wakes the workers; superuser, strike.virtual_clock only';
REVOKE ALL ON FUNCTION strike.strike_clock_advance(interval) FROM PUBLIC;

-- Who may act.
CREATE FUNCTION strike.strike_activation_key() RETURNS bigint
	LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'strike_activation_key';
COMMENT ON FUNCTION strike.strike_activation_key() IS 'the cluster''s system identifier';
REVOKE ALL ON FUNCTION strike.strike_activation_key() FROM PUBLIC;

CREATE FUNCTION strike.strike_live_host() RETURNS text
	LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'strike_live_host';
COMMENT ON FUNCTION strike.strike_live_host() IS 'this host''s name if strike.live_hosts allows effects on it, else null';
REVOKE ALL ON FUNCTION strike.strike_live_host() FROM PUBLIC;

CREATE FUNCTION strike.strike_wake(worker text) RETURNS void
	LANGUAGE c VOLATILE STRICT AS 'MODULE_PATHNAME', 'strike_wake';
COMMENT ON FUNCTION strike.strike_wake(text) IS 'wakes a background worker when the transaction commits';
REVOKE ALL ON FUNCTION strike.strike_wake(text) FROM PUBLIC;

CREATE TABLE strike.activation (
	system_identifier bigint NOT NULL,
	database_oid oid NOT NULL,
	activated_at timestamptz NOT NULL,
	activated_by text NOT NULL,
	PRIMARY KEY (system_identifier, database_oid)
);
COMMENT ON TABLE strike.activation IS 'which installation may number the feed and act outside; not dumped, so a restored copy lies still';
COMMENT ON COLUMN strike.activation.system_identifier IS 'of the cluster';
COMMENT ON COLUMN strike.activation.database_oid IS 'of the database';
COMMENT ON COLUMN strike.activation.activated_at IS 'when';
COMMENT ON COLUMN strike.activation.activated_by IS 'by whom';

CREATE FUNCTION strike.strike_activate() RETURNS void
	LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	INSERT INTO strike.activation (system_identifier, database_oid, activated_at, activated_by)
	SELECT strike.strike_activation_key(), d.oid, strike.strike_now(), session_user
	FROM pg_database d WHERE d.datname = current_database()
	ON CONFLICT DO NOTHING;
	IF current_database() <> current_setting('strike.database') THEN
		RAISE WARNING 'no worker serves this database: strike.database is %', current_setting('strike.database')
			USING HINT = 'Set strike.database in postgresql.conf and restart.';
	END IF;
	PERFORM strike.strike_wake('launcher'), strike.strike_wake('outbox'), strike.strike_wake('render'), strike.strike_wake('pager');
END
$$;
COMMENT ON FUNCTION strike.strike_activate() IS 'once per installation: from now on events are numbered and delivered, tasks made, people called; a restored dump needs it again';
REVOKE ALL ON FUNCTION strike.strike_activate() FROM PUBLIC;

CREATE FUNCTION strike.strike_workers(OUT worker text, OUT pid int, OUT generation bigint,
		OUT started_at timestamptz, OUT last_run_at timestamptz, OUT runs bigint, OUT note text)
	RETURNS SETOF record LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'strike_workers';
COMMENT ON FUNCTION strike.strike_workers() IS 'a row a background worker: pid (null = not running), the claim it writes into rows, its last turn, what it does or why not';
REVOKE ALL ON FUNCTION strike.strike_workers() FROM PUBLIC;

CREATE VIEW strike.workers AS SELECT * FROM strike.strike_workers();
COMMENT ON VIEW strike.workers IS 'a row a background worker: pid (null = not running), the claim it writes into rows, its last turn, what it does or why not';
COMMENT ON COLUMN strike.workers.worker IS 'outbox, render, pager, or launcher, which starts the others';
COMMENT ON COLUMN strike.workers.pid IS 'null: not running';
COMMENT ON COLUMN strike.workers.generation IS 'the claim it writes into rows; another at each start';
COMMENT ON COLUMN strike.workers.started_at IS 'by the wall clock';
COMMENT ON COLUMN strike.workers.last_run_at IS 'its last turn, by the wall clock';
COMMENT ON COLUMN strike.workers.runs IS 'turns since it started';
COMMENT ON COLUMN strike.workers.note IS 'what it does, or why it doesn''t';

-- Who calls.
CREATE FUNCTION strike.strike_caller_tenant() RETURNS text
	LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'strike_caller_tenant';
COMMENT ON FUNCTION strike.strike_caller_tenant() IS 'the tenant of the caller''s token, null without one';

CREATE FUNCTION strike.strike_caller_noc() RETURNS text
	LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'strike_caller_noc';
COMMENT ON FUNCTION strike.strike_caller_noc() IS 'the tenant of the caller''s token, for an operator: compared with an order''s noc_tenant alone, so a contractor''s tenant opens nothing to him; null for other roles';

CREATE FUNCTION strike.strike_caller_osp() RETURNS text
	LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'strike_caller_osp';
COMMENT ON FUNCTION strike.strike_caller_osp() IS 'the tenant of the caller''s token, for a contractor: compared with osp_tenant alone; null for other roles';

CREATE FUNCTION strike.strike_caller_unrestricted() RETURNS boolean
	LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'strike_caller_unrestricted';
COMMENT ON FUNCTION strike.strike_caller_unrestricted() IS 'is the caller an administrator, not bound to a tenant';

CREATE FUNCTION strike.caller_unbound_support(internal) RETURNS internal
	LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'strike_caller_unbound_support';
COMMENT ON FUNCTION strike.caller_unbound_support(internal) IS 'planner support: row security lets a caller pass everywhere or nowhere';
REVOKE ALL ON FUNCTION strike.caller_unbound_support(internal) FROM PUBLIC;

CREATE FUNCTION strike.caller_unbound() RETURNS boolean
	LANGUAGE c STABLE SUPPORT strike.caller_unbound_support AS 'MODULE_PATHNAME', 'strike_caller_unbound';
COMMENT ON FUNCTION strike.caller_unbound() IS 'does row security let the caller pass: an administrator, a worker, or one of our own functions, which checks the tenant itself';

CREATE FUNCTION strike.strike_warn_without_worker() RETURNS void
	LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'strike_warn_without_worker';
COMMENT ON FUNCTION strike.strike_warn_without_worker() IS 'raises a WARNING when no worker can serve this database';
REVOKE ALL ON FUNCTION strike.strike_warn_without_worker() FROM PUBLIC;
