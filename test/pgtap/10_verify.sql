-- What was changed behind the server's back is found: by a superuser who disables the triggers.
BEGIN;
SELECT no_plan();
SELECT is_empty('SELECT * FROM strike_verify_events()', 'before: no problem');

-- Does a change show?  Returns the problems' texts, and undoes the change.
CREATE FUNCTION pg_temp.found_after(change text, stream uuid DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	problems text;
BEGIN
	BEGIN
		ALTER TABLE strike.events DISABLE TRIGGER events_are_final;
		ALTER TABLE strike.feed DISABLE TRIGGER feed_is_final;
		EXECUTE change;
		SELECT string_agg(format('%s/%s: %s', p.stream_id, p.version, p.problem), '; ') INTO problems FROM strike_verify_events(stream) p;
		RAISE EXCEPTION 'undo' USING ERRCODE = 'UN000';
	EXCEPTION WHEN SQLSTATE 'UN000' THEN
		NULL;
	END;
	RETURN problems;
END
$$;
SELECT matches(pg_temp.found_after(format(change, east_fibre)), east_fibre::text, promise || ': the stream is named')
FROM orders, (VALUES
	('UPDATE strike.events SET payload = payload || ''{"description":"another"}'' WHERE stream_id = %L AND version = 1', 'a changed payload'),
	('UPDATE strike.events SET payload = payload - ''error'' WHERE stream_id = %L AND version = 2', 'a payload with a key less, of the last event'),
	('UPDATE strike.events SET metadata = metadata || ''{"actor":"another"}'' WHERE stream_id = %L AND version = 1', 'a changed actor'),
	('UPDATE strike.events SET event_type = ''Another'' WHERE stream_id = %L AND version = 2', 'a changed type'),
	('UPDATE strike.events SET stream_type = ''Another'' WHERE stream_id = %L', 'a changed stream type'),
	('UPDATE strike.events SET occurred_at = occurred_at + interval ''1 microsecond'' WHERE stream_id = %L AND version = 2', 'a time moved by a microsecond'),
	('UPDATE strike.events SET hash = set_byte(hash, 31, get_byte(hash, 31) # 1) WHERE stream_id = %L AND version = 2', 'a hash with one bit changed'),
	('UPDATE strike.events SET hash = ''\x'' WHERE stream_id = %L AND version = 1', 'an empty hash'),
	('DELETE FROM strike.events WHERE stream_id = %L AND version = 1', 'a stream''s first event deleted'),
	('UPDATE strike.events SET version = version + 1 WHERE stream_id = %L AND version = 2', 'a version skipped'),
	('INSERT INTO strike.events SELECT stream_id, version + 1, stream_type, event_type, payload, metadata, occurred_at, hash, position + 1000000
		FROM strike.events WHERE stream_id = %L AND version = 2', 'an event planted at the end')
) AS v(change, promise);
SELECT matches(pg_temp.found_after(format('DELETE FROM strike.events WHERE stream_id = %L AND version = 2', east_fibre)), east_fibre::text,
	'a stream''s last event deleted: the feed remembers it') FROM orders;
SELECT matches(pg_temp.found_after(format('DELETE FROM strike.events WHERE stream_id = %L', east_fibre)), east_fibre::text,
	'a whole stream deleted: the feed remembers it') FROM orders;

-- by stream: the damaged one alone
SELECT matches(pg_temp.found_after(format('UPDATE strike.events SET payload = ''{}'' WHERE stream_id = %L', east_fibre), east_fibre), 'hash', 'asked for the damaged stream') FROM orders;
SELECT is(pg_temp.found_after(format('UPDATE strike.events SET payload = ''{}'' WHERE stream_id = %L', east_fibre), west_fibre), null, 'asked for another stream: nothing') FROM orders;

-- the feed
SELECT isnt(pg_temp.found_after(change), null, promise) FROM (VALUES
	('UPDATE strike.feed SET hash = set_byte(hash, 0, get_byte(hash, 0) # 1) WHERE seq = 3', 'a feed row''s hash changed'),
	('DELETE FROM strike.feed WHERE seq = 3', 'a feed row deleted'),
	('DELETE FROM strike.feed WHERE seq = 1', 'the feed''s first row deleted'),
	('UPDATE strike.feed SET seq = -3 + 1003 WHERE seq = 3', 'a feed row moved'),
	('UPDATE strike.feed f SET stream_id = o.stream_id, version = o.version FROM strike.feed o WHERE f.seq = 3 AND o.seq = 2', 'a feed row that names another event'),
	('INSERT INTO strike.feed (seq, stream_id, version, hash, position, frontier)
		SELECT seq + 1, gen_random_uuid(), 1, hash, position + 1000000, frontier FROM strike.feed ORDER BY seq DESC LIMIT 1', 'a feed row planted at the end')
) AS v(change, promise);
SELECT is_empty('SELECT * FROM strike_verify_events()', 'after: no problem');

-- what was noted elsewhere
CREATE TEMP TABLE noted AS SELECT * FROM strike_feed_head();
SELECT is((SELECT seq FROM noted), (SELECT max(seq) FROM feed), 'the head is the feed''s last row');
SELECT is_empty('SELECT v.* FROM noted, strike_verify_anchor(seq, hash) v', 'the feed leads to its own head');
SELECT is_empty('SELECT v.* FROM noted, strike_verify_anchor(seq, ''\x'' || upper(hash)) v', 'however it is written');
CREATE FUNCTION pg_temp.anchored_after(change text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	problems text;
BEGIN
	BEGIN
		ALTER TABLE strike.events DISABLE TRIGGER events_are_final;
		ALTER TABLE strike.feed DISABLE TRIGGER feed_is_final;
		EXECUTE change;
		SELECT count(*) || ' ' || (SELECT count(*) FROM strike_verify_events()) || ' ' || min(v.problem) INTO problems FROM noted n, strike_verify_anchor(n.seq, n.hash) v;
		RAISE EXCEPTION 'undo' USING ERRCODE = 'UN000';
	EXCEPTION WHEN SQLSTATE 'UN000' THEN
		NULL;
	END;
	RETURN problems;
END
$$;
SELECT matches(pg_temp.anchored_after('WITH last AS (DELETE FROM feed WHERE seq = (SELECT seq FROM noted) RETURNING stream_id, version)
	DELETE FROM events e USING last WHERE e.stream_id = last.stream_id AND e.version >= last.version'), '^1 0 feed: seq .* isn''t there',
	'the newest event and its feed row deleted: the chains hold, the anchor doesn''t');
-- the last event rewritten with the right hashes, by an auditor's own reckoning
SELECT matches(pg_temp.anchored_after($$
	WITH l AS (SELECT e.*, f.seq FROM feed f JOIN events e USING (stream_id, version) WHERE f.seq = (SELECT seq FROM noted)),
	changed AS (SELECT l.*, l.payload || '{"reason": "another"}' AS now,
		coalesce((SELECT p.hash FROM events p WHERE p.stream_id = l.stream_id AND p.version = l.version - 1), decode(repeat('00', 32), 'hex')) AS before,
		(SELECT p.hash FROM feed p WHERE p.seq = l.seq - 1) AS feed_before FROM l),
	hashed AS (SELECT *, sha256(before || uuid_send(stream_id) || int8send(version) || int4send(octet_length(stream_type)) || convert_to(stream_type, 'UTF8')
		|| int4send(octet_length(event_type)) || convert_to(event_type, 'UTF8') || int4send(octet_length(now::text)) || convert_to(now::text, 'UTF8')
		|| int4send(octet_length(metadata::text)) || convert_to(metadata::text, 'UTF8') || timestamptz_send(occurred_at)) AS right_hash FROM changed),
	event AS (UPDATE events e SET payload = now, hash = right_hash FROM hashed h WHERE e.stream_id = h.stream_id AND e.version = h.version)
	UPDATE feed f SET hash = sha256(feed_before || int8send(h.seq) || right_hash) FROM hashed h WHERE f.seq = h.seq$$),
	'^1 0 feed: seq .* has another hash', 'the newest event rewritten, hashes and all: the chains hold, the anchor doesn''t');
SELECT throws_ok('SELECT strike_verify_anchor(0, repeat(''0'', 64))', '22023', 'that is no anchor', 'seq begins at 1');
SELECT throws_ok('SELECT strike_verify_anchor(1, ''abc'')', '22023', 'that is no anchor', 'a hash has 64 digits');
SELECT throws_ok('SELECT strike_verify_anchor(1, null)', '22023', 'that is no anchor', 'a hash is there');

SELECT * FROM finish();
ROLLBACK;
