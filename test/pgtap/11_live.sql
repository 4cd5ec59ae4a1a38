-- The live feed: what a role and tenant get of it, as the gateway asks for them.
BEGIN;
SELECT no_plan();
CREATE TEMP VIEW named AS SELECT key AS name, value AS eco_id FROM orders, jsonb_each_text(to_jsonb(orders));
CREATE TEMP VIEW reader AS SELECT * FROM (VALUES
	('strike_operator', 'noc-east', 'east_fibre,east_north'), ('strike_operator', 'noc-west', 'west_fibre'),
	('strike_contractor', 'osp-fibre', 'east_fibre,west_fibre'), ('strike_contractor', 'osp-north', 'east_north'),
	('strike_admin', null, 'east_fibre,east_north,west_fibre'), ('strike_admin', 'noc-west', 'east_fibre,east_north,west_fibre')
) AS v(role, tenant, sees);

SELECT is((SELECT string_agg(DISTINCT n.name, ',' ORDER BY n.name) FROM strike_live_feed(role, tenant, 0, 1000) f JOIN named n ON n.eco_id = f.eco->>'eco_id'
	WHERE f.type IS NOT NULL), sees, format('%s of %s is told of %s', role, tenant, sees)) FROM reader;
-- each event of those orders and of their pages, once, in order
SELECT is((SELECT array_agg(f.seq) FROM strike_live_feed(role, tenant, 0, 1000) f WHERE f.type IS NOT NULL),
	(SELECT array_agg(f.seq ORDER BY f.seq) FROM feed f JOIN events e USING (stream_id, version) LEFT JOIN pager_process_state p ON p.run_id = e.stream_id
		JOIN named n ON n.eco_id = coalesce(p.eco_id, e.stream_id)::text WHERE n.name = ANY (string_to_array(sees, ','))),
	format('%s of %s is told each event once, in order', role, tenant)) FROM reader;
SELECT is((SELECT array_agg(f.seq) FROM strike_live_feed(role, tenant, 0, 1000) f WHERE f.type IS NOT NULL AND f.seq > since),
	(SELECT array_agg(f.seq) FROM strike_live_feed(role, tenant, since, 1000) f WHERE f.type IS NOT NULL), format('%s of %s from %s on', role, tenant, since))
FROM reader, unnest('{1,3,5,100000}'::bigint[]) since;
-- page by page it is the same
CREATE FUNCTION pg_temp.page_by_page(role text, tenant text, at_most int) RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
	r record;
	since bigint := 0;
	told bigint[];
	last bigint;
BEGIN
	LOOP
		last := NULL;
		FOR r IN SELECT * FROM strike_live_feed(role, tenant, since, at_most) LOOP
			IF last IS NOT NULL THEN RAISE 'something comes after the last row'; END IF;
			IF r.type IS NULL THEN last := r.seq; ELSE told := told || r.seq; END IF;
		END LOOP;
		IF last IS NULL THEN RAISE 'no row says how far it looked'; END IF;
		IF last = since THEN RETURN told; END IF;
		since := last;
	END LOOP;
END
$$;
SELECT is(pg_temp.page_by_page(role, tenant, at_most), pg_temp.page_by_page(role, tenant, 1000), format('%s of %s, %s at a time', role, tenant, at_most))
FROM reader, unnest('{1,2,3}'::int[]) at_most;

-- an order is as noc_ecos shows it, and nothing internal comes along
SELECT is((SELECT f.eco::jsonb FROM strike_live_feed('strike_operator', 'noc-east', 0, 1000) f WHERE f.eco->>'eco_id' = e::text ORDER BY f.seq DESC LIMIT 1),
	(SELECT to_jsonb(n) FROM noc_ecos n WHERE n.eco_id = e), 'an order is as noc_ecos shows it')
FROM (SELECT east_north FROM orders) o(e);
SELECT unalike((SELECT string_agg(f::text, '') FROM strike_live_feed('strike_admin', null, 0, 1000) f), words, format('nothing says %s', words))
FROM unnest('{%TASKED%,%PENDING%,%FAILED%,%RT-secret%,%secret provider%,%+1512%,%render_status%}'::text[]) words;
SELECT is((SELECT (f.eco->>'attention')::int FROM strike_live_feed(role, tenant, 0, 1000) f WHERE f.type IS NULL),
	(SELECT count(*)::int FROM eco_views v WHERE needs_attention AND (role = 'strike_admin' OR tenant IN (v.noc_tenant, v.osp_tenant))),
	format('%s of %s hears how many need attention', role, tenant)) FROM reader;

-- who has no part in it
SELECT throws_ok(format('SELECT * FROM strike_live_feed(%L, %L, 0, 10)', role, tenant), '42501', 'no right to a live feed', format('%s of %s gets none', role, tenant))
FROM (VALUES ('strike_operator', 'osp-fibre'), ('strike_contractor', 'noc-east'), ('strike_operator', null), ('strike_contractor', ''), ('strike_operator', 'nobody'),
	('strike_anon', 'noc-east'), ('strike_gateway', null), ('strike_owner', null), (null, 'noc-east'), ('', ''), ('strike_operator', 'noc-east'' OR true --'), ('STRIKE_ADMIN', null)) AS v(role, tenant);
SELECT throws_ok(format('SELECT * FROM strike_live_feed(''strike_admin'', null, %s, %s)', since, at_most), '22023', null, format('since %s, at most %s is refused', since, at_most))
FROM (VALUES ('-1', '10'), ('null', '10'), ('0', '0'), ('0', '1001'), ('0', 'null')) AS v(since, at_most);

-- how far the feed is
SELECT is((SELECT (h.seq, h.hash)::text FROM strike_live_head() h), (SELECT (seq, encode(hash, 'hex'))::text FROM feed ORDER BY seq DESC LIMIT 1), 'the feed''s end');
SELECT is((SELECT h.known_hash FROM strike_live_head(s) h), (SELECT encode(hash, 'hex') FROM feed WHERE seq = s), format('the hash of row %s', s))
FROM unnest('{1,3,100000,null}'::bigint[]) s;
SELECT is((SELECT h.lag_seconds FROM strike_live_head() h), 0::float8, 'no event waits');

SELECT * FROM finish();
ROLLBACK;
