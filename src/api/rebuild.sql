-- eco_views made anew from the events, beside the live table, then exchanged in one commit.
CREATE FUNCTION strike.project_beside(streams uuid[], upto bigint) RETURNS int
	LANGUAGE c VOLATILE STRICT AS 'MODULE_PATHNAME', 'strike_project_beside';
COMMENT ON FUNCTION strike.project_beside(uuid[], bigint) IS
	'the C half of strike_rebuild_eco_views: folds the streams of some orders, up to that feed.seq, into pg_temp.eco_views_beside';
REVOKE ALL ON FUNCTION strike.project_beside(uuid[], bigint) FROM PUBLIC;

CREATE FUNCTION strike.strike_rebuild_eco_views() RETURNS bigint
	LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	upto bigint;
	total bigint;
	done bigint := 0;
	told int := 0;
	last uuid;
	batch uuid[];
	changed bigint;
BEGIN
	IF current_setting('transaction_isolation') <> 'read committed' THEN
		RAISE EXCEPTION 'a rebuild can''t follow new events at isolation level %', current_setting('transaction_isolation')
			USING ERRCODE = '25001', HINT = 'Call it in a transaction at READ COMMITTED.';
	END IF;

	-- 1. everything numbered so far, while the outbox worker goes on
	CREATE TEMP TABLE eco_views_beside (LIKE strike.eco_views, PRIMARY KEY (eco_id)) ON COMMIT DROP;
	CREATE TEMP TABLE order_streams (eco_id uuid NOT NULL, stream_id uuid NOT NULL) ON COMMIT DROP;
	SELECT coalesce(max(f.seq), 0) INTO upto FROM strike.feed f;
	INSERT INTO pg_temp.order_streams
	SELECT CASE e.stream_type WHEN 'ECO' THEN e.stream_id ELSE (e.payload->>'eco_id')::uuid END, e.stream_id
	FROM strike.events e WHERE e.version = 1 AND (e.stream_type = 'ECO' OR e.stream_type = 'PagerRun'
		AND e.payload->>'eco_id' ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$');
	CREATE INDEX ON pg_temp.order_streams (eco_id);
	ANALYZE pg_temp.order_streams;
	SELECT count(DISTINCT s.eco_id) INTO total FROM pg_temp.order_streams s;
	LOOP
		SELECT array_agg(s.stream_id), max(s.eco_id::text)::uuid INTO batch, last FROM pg_temp.order_streams s
		WHERE s.eco_id IN (SELECT DISTINCT o.eco_id FROM pg_temp.order_streams o
			WHERE last IS NULL OR o.eco_id > last ORDER BY o.eco_id LIMIT 500);
		EXIT WHEN batch IS NULL;
		done := done + strike.project_beside(batch, upto);
		IF done * 10 / greatest(total, 1) > told THEN
			told := done * 10 / greatest(total, 1);
			PERFORM set_config('application_name', format('strike: eco_views rebuilt %s of %s', done, total), true);
			RAISE NOTICE 'eco_views: % of % orders rebuilt', done, total;
		END IF;
	END LOOP;

	-- 2. what came meanwhile; from here on the outbox worker waits, readers don't
	LOCK TABLE strike.eco_views IN SHARE ROW EXCLUSIVE MODE;
	INSERT INTO pg_temp.order_streams
	SELECT CASE e.stream_type WHEN 'ECO' THEN e.stream_id ELSE (e.payload->>'eco_id')::uuid END, e.stream_id
	FROM strike.feed f JOIN strike.events e ON e.position = f.position
	WHERE f.seq > upto AND e.version = 1 AND (e.stream_type = 'ECO' OR e.stream_type = 'PagerRun'
			AND e.payload->>'eco_id' ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$')
		AND NOT EXISTS (SELECT FROM pg_temp.order_streams s WHERE s.stream_id = e.stream_id);
	WITH touched AS (
		SELECT DISTINCT s.eco_id FROM strike.feed f JOIN pg_temp.order_streams s ON s.stream_id = f.stream_id
		WHERE f.seq > upto
	), gone AS (
		DELETE FROM pg_temp.eco_views_beside b USING touched t WHERE b.eco_id = t.eco_id
	)
	SELECT array_agg(s.stream_id) INTO batch FROM touched t JOIN pg_temp.order_streams s ON s.eco_id = t.eco_id;
	IF batch IS NOT NULL THEN
		PERFORM strike.project_beside(batch, 9223372036854775807);
	END IF;

	-- 3. the exchange: rows that are right stay as they are
	DELETE FROM strike.eco_views v WHERE NOT EXISTS (
		SELECT FROM pg_temp.eco_views_beside b WHERE b.eco_id = v.eco_id AND b IS NOT DISTINCT FROM v);
	GET DIAGNOSTICS changed = ROW_COUNT;
	INSERT INTO strike.eco_views SELECT b.* FROM pg_temp.eco_views_beside b
	WHERE NOT EXISTS (SELECT FROM strike.eco_views v WHERE v.eco_id = b.eco_id);
	SELECT count(*) INTO total FROM pg_temp.eco_views_beside;
	RAISE NOTICE 'eco_views: % orders, % rows were wrong or too many', total, changed;
	DROP TABLE pg_temp.eco_views_beside, pg_temp.order_streams;
	RETURN total;
END
$$;
COMMENT ON FUNCTION strike.strike_rebuild_eco_views() IS
	'makes eco_views anew from the events, beside the live table, and exchanges what differs in one commit; nothing outside happens again; progress is in NOTICEs and in pg_stat_activity.application_name; returns the number of orders';
REVOKE ALL ON FUNCTION strike.strike_rebuild_eco_views() FROM PUBLIC;
