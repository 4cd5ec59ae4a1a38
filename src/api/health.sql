-- Is Strike well?
CREATE FUNCTION strike.ago(span interval) RETURNS text
	LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE WHEN s < 90 THEN 'just now' WHEN s < 5400 THEN round(s / 60) || ' min ago'
		WHEN s < 129600 THEN round(s / 3600) || ' h ago' ELSE round(s / 86400) || ' days ago' END
	FROM (SELECT extract(epoch FROM span)) t(s)
$$;
COMMENT ON FUNCTION strike.ago(interval) IS 'how long ago, as people say it';
REVOKE ALL ON FUNCTION strike.ago(interval) FROM PUBLIC;

CREATE FUNCTION strike.strike_health() RETURNS TABLE (check_name text, ok boolean, value text, detail text)
	LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	n bigint;
	open_circuits bigint;
	lag interval;
	text_value text;
	good boolean;
	proved_at timestamptz;
BEGIN
	SELECT count(*) FILTER (WHERE w.pid IS NOT NULL), string_agg(w.worker || ': ' || w.note, '; ' ORDER BY w.worker)
		INTO n, text_value FROM strike.strike_workers() w;
	-- they serve one database: from another one nobody is called, however well they are
	good := current_database() = current_setting('strike.database');
	RETURN QUERY SELECT 'workers', n = 4 AND good, CASE WHEN good THEN n ELSE 0 END || ' of 4 run',
		CASE WHEN good THEN text_value ELSE 'the workers serve another database: strike.database' END;

	SELECT count(DISTINCT (o.stream_id, o.version)), max(strike.strike_now() - o.occurred_at) INTO n, lag
		FROM strike.outbox o WHERE o.attempts = 0 AND o.last_error IS NULL;
	RETURN QUERY SELECT 'feed_lag', coalesce(lag, '0'::interval) < '5 seconds', n || ' events',
		CASE WHEN n = 0 THEN 'everything is delivered' ELSE 'the oldest waits for ' || date_trunc('milliseconds', lag) END;

	SELECT count(*) INTO n FROM strike.pager_process_state p
		WHERE p.status <> 'COMPLETED' AND p.deadline_at < strike.strike_now() - '10 seconds'::interval;
	RETURN QUERY SELECT 'overdue_deadlines', n = 0, n::text, 'pages whose deadline passed more than 10 s ago';

	SELECT count(*), string_agg(DISTINCT d.subscriber, ', ') INTO n, text_value FROM strike.delivery_failure d;
	RETURN QUERY SELECT 'parked', n = 0, n::text, coalesce('subscribers: ' || text_value, 'no delivery is parked');

	SELECT count(*) INTO n FROM (
		SELECT FROM strike.render_process_state r WHERE r.next_attempt_at IS NOT NULL AND r.last_error IS NOT NULL
		UNION ALL SELECT FROM strike.pager_attempts a WHERE a.state = 'UNKNOWN') trouble;
	-- circuits: who isn't asked just now, since nobody answers there; names for those who may know all tenants
	SELECT count(*), string_agg(c.who || ' ' || c.circuit || coalesce(', next try ' || to_char(c.again AT TIME ZONE 'UTC', 'HH24:MI:SS') || ' UTC', ''), '; ' ORDER BY c.who)
		INTO open_circuits, text_value FROM (
		SELECT 'telephone account of ' || coalesce(t.osp_tenant, 'all contractors'), s.circuit, s.probe_at
			FROM strike.pager_account_state s JOIN strike.twilio_accounts t ON t.account_id = s.account_id
			WHERE s.circuit <> 'closed' AND s.probe_at > strike.strike_now() - '15 minutes'::interval -- later nobody has asked
		UNION ALL SELECT 'telephone account of ' || coalesce(t.osp_tenant, 'all contractors'), 'asked to wait', s.throttled_until
			FROM strike.pager_account_state s JOIN strike.twilio_accounts t ON t.account_id = s.account_id
			WHERE s.circuit = 'closed' AND s.throttled_until > strike.strike_now()
		UNION ALL SELECT 'work system of ' || r.osp_tenant, lower(replace(r.circuit, '_', '-')), r.open_until
			FROM strike.render_circuits r WHERE r.circuit <> 'CLOSED') c(who, circuit, again);
	RETURN QUERY SELECT 'providers', n = 0 AND open_circuits = 0,
		n || ' requests in trouble, ' || open_circuits || ' providers left alone for now',
		CASE WHEN open_circuits > 0 AND current_setting('role') IN ('none', 'strike_admin') THEN text_value
			ELSE 'orders and calls whose last request to a provider failed or got no answer' END;

	good := current_setting('strike.virtual_clock') = 'off';
	RETURN QUERY SELECT 'clock', good, CASE WHEN good THEN 'wall clock' ELSE 'virtual clock' END,
		'Strike''s time is ' || strike.strike_now();

	SELECT CASE WHEN NOT EXISTS (SELECT FROM strike.activation a JOIN pg_database b ON b.oid = a.database_oid
				WHERE a.system_identifier = strike.strike_activation_key() AND b.datname = current_database())
			THEN 'not activated: SELECT strike.strike_activate()'
		WHEN current_setting('strike.enabled') = 'off' THEN 'paused: strike.enabled is off'
		WHEN strike.strike_live_host() IS NULL THEN 'this host is not in strike.live_hosts'
		WHEN pg_is_in_recovery() THEN 'the server is a standby' END INTO text_value;
	RETURN QUERY SELECT 'live_host', text_value IS NULL, coalesce(strike.strike_live_host(), 'none'),
		coalesce(text_value, 'outside effects are allowed here');

	-- the last call that proved the whole way to somebody's key; one that could not be placed is bad
	-- news, one that nobody answered or a wrong number says nothing about Strike
	SELECT max(p.completed_at) FILTER (WHERE p.outcome = 'DISPATCHED'),
		(array_agg(p.outcome ORDER BY p.created_at DESC) FILTER (WHERE p.outcome IN ('DISPATCHED', 'EXHAUSTED')
			OR p.outcome = 'FAILED' AND p.last_error IS DISTINCT FROM 'the telephone provider refuses every call'))[1] IS DISTINCT FROM 'FAILED'
		INTO proved_at, good FROM (SELECT t.* FROM strike.pager_process_state t WHERE t.test_of IS NOT NULL ORDER BY t.created_at DESC LIMIT 1000) p;
	RETURN QUERY SELECT 'proof_call', good, CASE WHEN proved_at IS NULL THEN 'none' ELSE strike.ago(strike.strike_now() - proved_at) END,
		CASE WHEN NOT good THEN 'the last test call could not be placed'
			WHEN proved_at IS NULL THEN 'no test call was confirmed yet: strike_test_call makes one'
			ELSE 'the last test call that was confirmed by a key: ' || date_trunc('seconds', proved_at) END;
END
$$;
COMMENT ON FUNCTION strike.strike_health() IS 'is Strike well: a row a check; ok = false needs a human';
REVOKE ALL ON FUNCTION strike.strike_health() FROM PUBLIC;
