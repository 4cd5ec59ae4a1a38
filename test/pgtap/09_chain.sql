-- The chains, recomputed here from the documented formulas, as an auditor would.
BEGIN;
SELECT no_plan();
CREATE TEMP VIEW recomputed AS
SELECT e.stream_id, e.version, e.hash, sha256(
	coalesce(lag(e.hash) OVER (PARTITION BY e.stream_id ORDER BY e.version), decode(repeat('00', 32), 'hex'))
	|| uuid_send(e.stream_id) || int8send(e.version) || lp(e.stream_type) || lp(e.event_type) || lp(e.payload::text) || lp(e.metadata::text)
	|| int8send((extract(epoch FROM e.occurred_at - '2000-01-01 00:00:00Z'::timestamptz) * 1000000)::bigint)) AS expected
FROM events e;
SELECT strike_append('00000000-0000-4000-8000-000000000001', 'ECO', 0,
	'[{"type":"A","payload":{"b":1,"a":[null,true,1.50,-1e3,"ü\u0022\\ 光"]}},{"type":"Ü","payload":{}}]', '{"note":"ключ"}') \g /dev/null
SELECT strike_append('00000000-0000-4000-8000-000000000001', 'ECO', 2, format('[{"type":"Long","payload":{"x":%s}}]', to_jsonb(repeat('ä', 20000)))::jsonb) \g /dev/null
SELECT strike_append('ffffffff-ffff-ffff-ffff-ffffffffffff', 'Another', null, jsonb_agg(jsonb_build_object('type', 'N' || i, 'payload', jsonb_build_object('i', i))))
FROM generate_series(1, 300) i \g /dev/null
SELECT cmp_ok(count(*), '>', 310::bigint, 'there are events') FROM recomputed;
SELECT is((SELECT count(*) FROM recomputed WHERE hash IS DISTINCT FROM expected), 0::bigint, 'every event''s hash is the documented one');
SELECT is((SELECT count(*) FROM events WHERE octet_length(hash) <> 32), 0::bigint, 'of 32 bytes');
SELECT is(count(*), max(version)::bigint, format('stream %s has the versions 1 to %s', stream_id, max(version))) FROM events GROUP BY stream_id;
SELECT is((SELECT count(*) FROM (SELECT occurred_at < lag(occurred_at) OVER (PARTITION BY stream_id ORDER BY version) AS earlier FROM events) e WHERE earlier),
	0::bigint, 'no event occurred before the one before it');
SELECT is((SELECT count(*) FROM events WHERE metadata->>'v' IS DISTINCT FROM '1' OR coalesce(metadata->>'actor', '') = ''), 0::bigint,
	'every event has a payload version and an actor');
SELECT is((SELECT string_agg(DISTINCT metadata->>'actor', ', ') FROM events WHERE stream_type = 'PagerRun' AND version = 1), 'strike:outbox',
	'what a worker appends says so');
SELECT is((SELECT count(*) FROM streams s JOIN events e USING (stream_id, version) WHERE s.hash = e.hash AND s.last_at = e.occurred_at AND s.stream_type = e.stream_type),
	(SELECT count(DISTINCT stream_id) FROM events), 'streams shows each stream''s last event');

-- the feed
SELECT cmp_ok(count(*), '>=', 8::bigint, 'the workers numbered the events') FROM feed;
SELECT is((SELECT count(*) FROM (SELECT seq, row_number() OVER (ORDER BY seq) AS n FROM feed) f WHERE seq <> n), 0::bigint, 'from 1 without gaps');
SELECT is((SELECT count(*) FROM (SELECT f.hash, sha256(coalesce(lag(f.hash) OVER (ORDER BY f.seq), decode(repeat('00', 32), 'hex')) || int8send(f.seq) || e.hash) AS expected
	FROM feed f JOIN events e USING (stream_id, version)) f WHERE hash IS DISTINCT FROM expected), 0::bigint, 'the feed''s hashes are the documented ones');
SELECT is((SELECT count(*) FROM feed f WHERE NOT EXISTS (SELECT FROM events e WHERE e.stream_id = f.stream_id AND e.version = f.version)), 0::bigint,
	'every feed row is an event');
SELECT is((SELECT count(*) FROM (SELECT version < lag(version) OVER (PARTITION BY stream_id ORDER BY seq) AS earlier FROM feed) f WHERE earlier), 0::bigint,
	'in the stream''s order');
SELECT is((SELECT count(*) FROM feed GROUP BY stream_id, version ORDER BY 1 DESC LIMIT 1), 1::bigint, 'each once');

-- people stand in events by reference and digest only
SELECT cmp_ok(count(*), '>', 0::bigint, 'runs name people') FROM events e, jsonb_array_elements(e.payload->'contacts') WHERE e.event_type = 'PagerRunStartedEvent';
SELECT is(p->>'contact_digest', encode(sha256(r.salt || lp(r.name) || lp(r.phone)), 'hex'), 'a digest is the documented one')
FROM events e, jsonb_array_elements(e.payload->'contacts') p LEFT JOIN contact_refs r ON r.contact_ref = (p->>'contact_ref')::uuid
WHERE e.event_type = 'PagerRunStartedEvent';
SELECT is((SELECT string_agg(DISTINCT c.name, ', ') FROM events e, pager_contacts c
	WHERE strpos(e.payload::text || e.metadata::text, c.name) > 0 OR strpos(e.payload::text || e.metadata::text, c.phone) > 0), null,
	'no contact''s name or number stands in an event');
SELECT is((SELECT count(DISTINCT salt) FROM contact_refs), (SELECT count(*) FROM contact_refs), 'each snapshot has a salt of its own');
SELECT is((SELECT min(octet_length(salt)) FROM contact_refs), 16, 'of 16 bytes');
SELECT is_empty('SELECT * FROM strike_verify_events()', 'strike_verify_events agrees');

SELECT * FROM finish();
ROLLBACK;
