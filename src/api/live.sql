-- The live feed: what the gateway reads for its websockets.

CREATE FUNCTION strike.live_eco_of(stream_type text, stream_id uuid) RETURNS uuid
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE stream_type
		WHEN 'ECO' THEN stream_id
		WHEN 'PagerRun' THEN (SELECT (r.payload->>'eco_id')::uuid FROM strike.events r
			WHERE r.stream_id = live_eco_of.stream_id AND r.version = 1) END
$$;
COMMENT ON FUNCTION strike.live_eco_of(text, uuid) IS 'the order that a stream''s events are about; null: about none';
REVOKE ALL ON FUNCTION strike.live_eco_of(text, uuid) FROM PUBLIC;

CREATE FUNCTION strike.live_tenants_of(eco_id uuid, OUT noc_tenant text, OUT osp_tenant text)
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT e.payload->>'noc_tenant', e.payload->>'osp_tenant' FROM strike.events e
	WHERE e.stream_id = live_tenants_of.eco_id AND e.version = 1 AND e.stream_type = 'ECO'
$$;
COMMENT ON FUNCTION strike.live_tenants_of(uuid) IS 'whose an order is by its first event: for one whose row in eco_views isn''t there yet';
REVOKE ALL ON FUNCTION strike.live_tenants_of(uuid) FROM PUBLIC;

CREATE FUNCTION strike.strike_live_feed(caller_role text, caller_tenant text, since bigint, at_most int)
	RETURNS TABLE (seq bigint, type text, eco json)
	LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 100
	-- a plan made while the tables were small isn't kept: the gateway's session is
	SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET plan_cache_mode = force_custom_plan AS $$
#variable_conflict use_column
BEGIN
	IF caller_role IS NULL OR caller_role NOT IN ('strike_operator', 'strike_contractor', 'strike_admin')
		OR caller_role <> 'strike_admin' AND NOT EXISTS (SELECT FROM strike.tenants t WHERE t.code = caller_tenant
			AND t.kind = CASE caller_role WHEN 'strike_operator' THEN 'NOC' ELSE 'OSP' END) THEN
		RAISE EXCEPTION 'no right to a live feed' USING ERRCODE = '42501',
			HINT = 'The token needs role strike_operator with a NOC as tenant, strike_contractor with an OSP, or strike_admin.';
	END IF;
	IF since IS NULL OR since < 0 OR at_most IS NULL OR at_most NOT BETWEEN 1 AND 1000 THEN
		RAISE EXCEPTION 'since must be at least 0, at_most 1 to 1000' USING ERRCODE = '22023',
			HINT = 'Give the last seq seen.';
	END IF;
	RETURN QUERY
	WITH page AS MATERIALIZED (
		SELECT f.seq, e.event_type, e.stream_type, e.stream_id
		FROM (SELECT f.seq, f.stream_id, f.version FROM strike.feed f WHERE f.seq > strike_live_feed.since
			ORDER BY f.seq LIMIT at_most) f
		JOIN strike.events e ON e.stream_id = f.stream_id AND e.version = f.version
	), stream AS MATERIALIZED (
		SELECT s.stream_id, strike.live_eco_of(s.stream_type, s.stream_id) AS eco_id
		FROM (SELECT DISTINCT p.stream_id, p.stream_type FROM page p) s
	), mine AS MATERIALIZED (
		SELECT o.eco_id, CASE WHEN v.eco_id IS NOT NULL THEN (SELECT to_json(n) FROM strike.noc_ecos n WHERE n.eco_id = o.eco_id) END AS eco
		FROM (SELECT DISTINCT s.eco_id FROM stream s WHERE s.eco_id IS NOT NULL) o
		LEFT JOIN strike.eco_views v ON v.eco_id = o.eco_id
		LEFT JOIN LATERAL strike.live_tenants_of(CASE WHEN v.eco_id IS NULL THEN o.eco_id END) c ON true
		WHERE CASE caller_role
			WHEN 'strike_operator' THEN coalesce(v.noc_tenant, c.noc_tenant) = caller_tenant
			WHEN 'strike_contractor' THEN coalesce(v.osp_tenant, c.osp_tenant) = caller_tenant
			ELSE true END
	), told AS MATERIALIZED (
		SELECT p.seq, p.event_type, m.eco_id,
			-- a page of long lines is cut at about a megabyte, but never empty
			coalesce(sum(octet_length(m.eco::text)) OVER (ORDER BY p.seq ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) > 1000000 AS cut
		FROM page p JOIN stream s ON s.stream_id = p.stream_id JOIN mine m ON m.eco_id = s.eco_id
	)
	SELECT t.seq, t.event_type, m.eco FROM told t JOIN mine m ON m.eco_id = t.eco_id WHERE NOT t.cut
	UNION ALL
	SELECT coalesce((SELECT min(t.seq) - 1 FROM told t WHERE t.cut), (SELECT max(p.seq) FROM page p), strike_live_feed.since), NULL,
		json_build_object('attention', (SELECT count(*) FROM strike.eco_views v WHERE v.needs_attention AND CASE caller_role
			WHEN 'strike_operator' THEN v.noc_tenant = caller_tenant
			WHEN 'strike_contractor' THEN v.osp_tenant = caller_tenant
			ELSE true END))
	ORDER BY 1, 2 NULLS LAST;
END
$$;
COMMENT ON FUNCTION strike.strike_live_feed(text, text, bigint, int) IS
	'the feed after since as a role and tenant may see it, each event with its order as noc_ecos shows it now; looks at at_most events; the last row, type null, says how far it looked, and how many orders need attention';
REVOKE ALL ON FUNCTION strike.strike_live_feed(text, text, bigint, int) FROM PUBLIC;

CREATE FUNCTION strike.strike_live_head(known bigint DEFAULT NULL, OUT seq bigint, OUT hash text,
		OUT known_hash text, OUT lag_seconds float8)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce(head.seq, 0), encode(head.hash, 'hex'),
		(SELECT encode(f.hash, 'hex') FROM strike.feed f WHERE f.seq = known),
		coalesce((SELECT greatest(extract(epoch FROM strike.strike_now() - e.occurred_at)::float8, 0) FROM strike.events e
			WHERE e.position >= coalesce(head.frontier, 0) AND NOT EXISTS (SELECT FROM strike.feed f WHERE f.position = e.position)
			ORDER BY e.position LIMIT 1), 0)
	FROM (VALUES (1)) one
	LEFT JOIN (SELECT f.seq, f.hash, f.frontier FROM strike.feed f ORDER BY f.seq DESC LIMIT 1) head ON true
$$;
COMMENT ON FUNCTION strike.strike_live_head(bigint) IS
	'how far the feed has come, its hash there and that of a row that the caller knows (another one: another history), and for how long the oldest event has waited for its number';
REVOKE ALL ON FUNCTION strike.strike_live_head(bigint) FROM PUBLIC;
