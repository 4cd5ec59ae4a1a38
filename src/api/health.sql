-- Is Strike well?
CREATE FUNCTION strike.strike_health() RETURNS TABLE (check_name text, ok boolean, value text, detail text)
	LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	n bigint;
	lag interval;
	text_value text;
	good boolean;
BEGIN
	SELECT count(*) FILTER (WHERE w.pid IS NOT NULL), string_agg(w.worker || ': ' || w.note, '; ' ORDER BY w.worker)
		INTO n, text_value FROM strike.strike_workers() w;
	RETURN QUERY SELECT 'workers', n = 4, n || ' of 4 run', text_value;

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
	RETURN QUERY SELECT 'providers', n = 0, n || ' requests in trouble', 'orders and calls whose last request to a provider failed or got no answer';

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

	RETURN QUERY SELECT 'proof_call', true, 'none', 'no proof call is set up';
END
$$;
COMMENT ON FUNCTION strike.strike_health() IS 'is Strike well: a row a check; ok = false needs a human';
REVOKE ALL ON FUNCTION strike.strike_health() FROM PUBLIC;
