-- The event store.

CREATE SEQUENCE strike.event_position AS bigint;
COMMENT ON SEQUENCE strike.event_position IS 'events.position: rising, with gaps, drawn before commit and so not in commit order';

CREATE TABLE strike.events (
	stream_id uuid NOT NULL,
	version int NOT NULL CHECK (version > 0),
	stream_type text NOT NULL,
	event_type text NOT NULL,
	payload jsonb NOT NULL,
	metadata jsonb NOT NULL,
	occurred_at timestamptz NOT NULL,
	hash bytea NOT NULL,
	position bigint NOT NULL,
	PRIMARY KEY (stream_id, version)
);
CREATE UNIQUE INDEX events_position ON strike.events (position);
COMMENT ON TABLE strike.events IS 'what happened: appended by strike_append and the commands, never changed; its own outbox';
COMMENT ON COLUMN strike.events.stream_id IS 'the aggregate: an ECO''s eco_id, a page''s run_id';
COMMENT ON COLUMN strike.events.version IS '1, 2, 3 … within the stream';
COMMENT ON COLUMN strike.events.stream_type IS 'ECO, PagerRun, …';
COMMENT ON COLUMN strike.events.event_type IS 'e.g. ECOCreatedEvent';
COMMENT ON COLUMN strike.events.payload IS 'the facts; people by contact_ref only';
COMMENT ON COLUMN strike.events.metadata IS 'v = payload version, actor = who';
COMMENT ON COLUMN strike.events.occurred_at IS 'on Strike''s clock; never before the stream''s previous event';
COMMENT ON COLUMN strike.events.hash IS 'SHA-256 over the previous event''s hash and this row';
COMMENT ON COLUMN strike.events.position IS 'rising with gaps, not commit order: readers follow feed.seq';

CREATE FUNCTION strike.refuse_change() RETURNS trigger
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RAISE EXCEPTION '% of % is refused: events are never changed', TG_OP, TG_TABLE_NAME
		USING ERRCODE = '55000', HINT = 'Append an event that says what is different.';
END
$$;
COMMENT ON FUNCTION strike.refuse_change() IS 'trigger: refuses UPDATE, DELETE and TRUNCATE, for the owner too';

CREATE TRIGGER events_are_final BEFORE UPDATE OR DELETE OR TRUNCATE ON strike.events
	FOR EACH STATEMENT EXECUTE FUNCTION strike.refuse_change();
ALTER TABLE strike.events ENABLE ALWAYS TRIGGER events_are_final;
COMMENT ON TRIGGER events_are_final ON strike.events IS 'fires also with session_replication_role = replica';

CREATE VIEW strike.streams AS
	SELECT DISTINCT ON (stream_id) stream_id, stream_type, version, hash, occurred_at AS last_at
	FROM strike.events
	ORDER BY stream_id, version DESC;
COMMENT ON VIEW strike.streams IS 'each stream with its last version, hash and time';
COMMENT ON COLUMN strike.streams.stream_id IS 'the aggregate';
COMMENT ON COLUMN strike.streams.stream_type IS 'ECO, PagerRun, …';
COMMENT ON COLUMN strike.streams.version IS 'of the last event: what strike_append expects next';
COMMENT ON COLUMN strike.streams.hash IS 'of the last event: the head of the stream''s chain';
COMMENT ON COLUMN strike.streams.last_at IS 'when the last event occurred';

CREATE FUNCTION strike.strike_append(stream_id uuid, stream_type text, expected_version int,
		events jsonb, metadata jsonb DEFAULT '{}') RETURNS int
	LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'strike_append';
COMMENT ON FUNCTION strike.strike_append(uuid, text, int, jsonb, jsonb) IS
	'appends [{"type", "payload"}, …] to a stream and returns its new version; expected_version 0 = a new stream, null = any';
REVOKE ALL ON FUNCTION strike.strike_append(uuid, text, int, jsonb, jsonb) FROM PUBLIC;

CREATE TYPE strike.event_problem AS (stream_id uuid, version int, problem text);
COMMENT ON TYPE strike.event_problem IS 'a defect that strike_verify_events found';

CREATE FUNCTION strike.strike_verify_events(stream_id uuid DEFAULT NULL)
	RETURNS SETOF strike.event_problem
	LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'strike_verify_events';
COMMENT ON FUNCTION strike.strike_verify_events(uuid) IS
	'recomputes the hash chain of one stream, or of all streams and of the feed: each row is a defect, none means that the chains hold
stream_id: one stream; null checks all of them, and the feed';
REVOKE ALL ON FUNCTION strike.strike_verify_events(uuid) FROM PUBLIC;

CREATE TABLE strike.feed (
	seq bigint PRIMARY KEY CHECK (seq > 0),
	stream_id uuid NOT NULL,
	version int NOT NULL,
	hash bytea NOT NULL,
	position bigint NOT NULL,
	frontier bigint NOT NULL
);
CREATE UNIQUE INDEX feed_position ON strike.feed (position);
COMMENT ON TABLE strike.feed IS 'every committed event once, numbered without gaps in order of delivery by the outbox worker; what readers follow';
COMMENT ON COLUMN strike.feed.seq IS '1, 2, 3 … without gaps';
COMMENT ON COLUMN strike.feed.stream_id IS 'the event';
COMMENT ON COLUMN strike.feed.version IS 'the event';
COMMENT ON COLUMN strike.feed.hash IS 'SHA-256 over the previous row''s hash, seq and the event''s hash';
COMMENT ON COLUMN strike.feed.position IS 'events.position: unique, so no event is numbered twice';
COMMENT ON COLUMN strike.feed.frontier IS 'when this row was written, all events below this position had been numbered or will never be';
CREATE TRIGGER feed_is_final BEFORE UPDATE OR DELETE OR TRUNCATE ON strike.feed
	FOR EACH STATEMENT EXECUTE FUNCTION strike.refuse_change();
ALTER TABLE strike.feed ENABLE ALWAYS TRIGGER feed_is_final;
COMMENT ON TRIGGER feed_is_final ON strike.feed IS 'fires also with session_replication_role = replica';

-- Whoever rewrites all later hashes leaves chains that hold: what was noted elsewhere finds him.
CREATE FUNCTION strike.strike_feed_head() RETURNS TABLE (seq bigint, hash text)
	LANGUAGE sql STABLE ROWS 1 SET search_path = pg_catalog, pg_temp AS $$
	SELECT f.seq, encode(f.hash, 'hex') FROM strike.feed f ORDER BY f.seq DESC LIMIT 1
$$;
COMMENT ON FUNCTION strike.strike_feed_head() IS 'the feed''s last row: an anchor to be kept where nobody who can write here can write; the outbox worker logs it every strike.anchor_interval';
REVOKE ALL ON FUNCTION strike.strike_feed_head() FROM PUBLIC;

CREATE FUNCTION strike.strike_verify_anchor(seq bigint, hash text) RETURNS SETOF strike.event_problem
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	noted bytea;
	found strike.feed;
BEGIN
	IF strike_verify_anchor.seq IS NULL OR strike_verify_anchor.seq < 1
		OR coalesce(strike_verify_anchor.hash, '') !~* '^(\\x)?[0-9a-f]{64}$' THEN
		RAISE EXCEPTION 'that is no anchor' USING ERRCODE = '22023',
			HINT = 'Give seq and hash as strike_feed_head() or the server''s log said them: a number from 1 on and 64 hexadecimal digits.';
	END IF;
	noted := decode(right(strike_verify_anchor.hash, 64), 'hex');
	SELECT * INTO found FROM strike.feed f WHERE f.seq = strike_verify_anchor.seq;
	IF found.seq IS NULL THEN
		RETURN QUERY SELECT null::uuid, null::int, format('feed: seq %s was noted, and isn''t there', strike_verify_anchor.seq);
	ELSIF found.hash <> noted THEN
		RETURN QUERY SELECT found.stream_id, found.version,
			format('feed: seq %s has another hash than was noted: it, or a row before it, was rewritten', strike_verify_anchor.seq);
	END IF;
	RETURN QUERY SELECT * FROM strike.strike_verify_events();
END
$$;
COMMENT ON FUNCTION strike.strike_verify_anchor(bigint, text) IS 'strike_verify_events(), and whether the feed still leads to what was noted elsewhere: a feed that was rewritten or cut off, hashes and all, is found
seq: of the feed''s row that was noted
hash: its hash, 64 hexadecimal digits';
REVOKE ALL ON FUNCTION strike.strike_verify_anchor(bigint, text) FROM PUBLIC;

CREATE FUNCTION strike.strike_subscribers() RETURNS TABLE (subscriber text)
	LANGUAGE c STABLE ROWS 8 AS 'MODULE_PATHNAME', 'strike_subscribers';
COMMENT ON FUNCTION strike.strike_subscribers() IS 'who gets each event, in order of delivery';
REVOKE ALL ON FUNCTION strike.strike_subscribers() FROM PUBLIC;

CREATE TABLE strike.delivery_failure (
	subscriber text NOT NULL,
	stream_id uuid NOT NULL,
	version int NOT NULL,
	attempts int NOT NULL,
	last_error text NOT NULL,
	next_attempt_at timestamptz NOT NULL,
	dead boolean NOT NULL DEFAULT false,
	PRIMARY KEY (subscriber, stream_id)
);
CREATE INDEX delivery_failure_due ON strike.delivery_failure (next_attempt_at) WHERE NOT dead;
COMMENT ON TABLE strike.delivery_failure IS 'parked deliveries: this subscriber waits with this stream, everything else goes on';
COMMENT ON COLUMN strike.delivery_failure.subscriber IS 'who could not take the event';
COMMENT ON COLUMN strike.delivery_failure.stream_id IS 'whose events wait';
COMMENT ON COLUMN strike.delivery_failure.version IS 'the first event not delivered; what follows waits behind it';
COMMENT ON COLUMN strike.delivery_failure.attempts IS 'errors so far; a lock or a cancel counts none';
COMMENT ON COLUMN strike.delivery_failure.last_error IS 'primary message';
COMMENT ON COLUMN strike.delivery_failure.next_attempt_at IS 'on Strike''s clock';
COMMENT ON COLUMN strike.delivery_failure.dead IS 'given up until strike_redrive(); never for the pager and Render';

CREATE VIEW strike.outbox AS
	SELECT s.subscriber, e.stream_id, e.version, e.event_type, e.occurred_at,
		0 AS attempts, NULL::text AS last_error, NULL::timestamptz AS next_attempt_at, false AS dead
	FROM strike.events e CROSS JOIN strike.strike_subscribers() s
	WHERE e.position >= COALESCE((SELECT f.frontier FROM strike.feed f ORDER BY f.seq DESC LIMIT 1), 0)
		AND NOT EXISTS (SELECT FROM strike.feed f WHERE f.position = e.position)
	UNION ALL
	SELECT d.subscriber, e.stream_id, e.version, e.event_type, e.occurred_at,
		CASE WHEN e.version = d.version THEN d.attempts ELSE 0 END,
		CASE WHEN e.version = d.version THEN d.last_error ELSE 'waits for version ' || d.version END,
		d.next_attempt_at, d.dead
	FROM strike.delivery_failure d
	JOIN strike.events e ON e.stream_id = d.stream_id AND e.version >= d.version
	JOIN strike.feed f ON f.position = e.position;
COMMENT ON VIEW strike.outbox IS 'committed events that a subscriber has not got yet; empty when all is delivered';
COMMENT ON COLUMN strike.outbox.subscriber IS 'who waits for it';
COMMENT ON COLUMN strike.outbox.stream_id IS 'the event';
COMMENT ON COLUMN strike.outbox.version IS 'the event';
COMMENT ON COLUMN strike.outbox.event_type IS 'the event''s';
COMMENT ON COLUMN strike.outbox.occurred_at IS 'the event''s, on Strike''s clock';
COMMENT ON COLUMN strike.outbox.attempts IS 'errors so far; 0: not tried yet, or waits behind another';
COMMENT ON COLUMN strike.outbox.last_error IS 'why it is parked; null: not tried yet';
COMMENT ON COLUMN strike.outbox.next_attempt_at IS 'when a parked one is tried again; null: at once';
COMMENT ON COLUMN strike.outbox.dead IS 'given up until strike_redrive()';

CREATE FUNCTION strike.strike_redrive(subscriber text DEFAULT NULL, stream_id uuid DEFAULT NULL)
	RETURNS bigint LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	n bigint;
BEGIN
	IF strike_redrive.subscriber IS NOT NULL AND NOT EXISTS (
			SELECT FROM strike.strike_subscribers() s WHERE s.subscriber = strike_redrive.subscriber) THEN
		RAISE EXCEPTION 'unknown subscriber "%"', strike_redrive.subscriber
			USING ERRCODE = '22023', HINT = 'SELECT * FROM strike.strike_subscribers() lists them.';
	END IF;
	UPDATE strike.delivery_failure d SET dead = false, next_attempt_at = strike.strike_now()
	WHERE (strike_redrive.subscriber IS NULL OR d.subscriber = strike_redrive.subscriber)
		AND (strike_redrive.stream_id IS NULL OR d.stream_id = strike_redrive.stream_id);
	GET DIAGNOSTICS n = ROW_COUNT;
	PERFORM strike.strike_wake('outbox');
	RETURN n;
END
$$;
COMMENT ON FUNCTION strike.strike_redrive(text, uuid) IS 'tries parked deliveries again now, dead ones too; returns how many
subscriber: one of strike_subscribers(); null takes all
stream_id: one stream; null takes all';
REVOKE ALL ON FUNCTION strike.strike_redrive(text, uuid) FROM PUBLIC;

SELECT pg_catalog.pg_extension_config_dump('strike.feed', '');
SELECT pg_catalog.pg_extension_config_dump('strike.delivery_failure', '');
SELECT pg_catalog.pg_extension_config_dump('strike.events', '');
SELECT pg_catalog.pg_extension_config_dump('strike.event_position', '');
