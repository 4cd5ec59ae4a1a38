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

CREATE FUNCTION strike.strike_append(stream_id uuid, stream_type text, expected_version int,
		events jsonb, metadata jsonb DEFAULT '{}') RETURNS int
	LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'strike_append';
COMMENT ON FUNCTION strike.strike_append(uuid, text, int, jsonb, jsonb) IS
	'appends [{"type", "payload"}, …] to a stream and returns its new version; expected_version 0 = a new stream, null = any';
REVOKE ALL ON FUNCTION strike.strike_append(uuid, text, int, jsonb, jsonb) FROM PUBLIC;

CREATE TYPE strike.event_problem AS (stream_id uuid, version int, problem text);
COMMENT ON TYPE strike.event_problem IS 'a defect that strike_verify_events found';

CREATE FUNCTION strike.strike_verify_events(stream_id uuid DEFAULT NULL)
	RETURNS SETOF strike.event_problem
	LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'strike_verify_events';
COMMENT ON FUNCTION strike.strike_verify_events(uuid) IS
	'recomputes the hash chain of one stream, or of all: each row is a defect, none means the chains hold';
REVOKE ALL ON FUNCTION strike.strike_verify_events(uuid) FROM PUBLIC;

SELECT pg_catalog.pg_extension_config_dump('strike.events', '');
SELECT pg_catalog.pg_extension_config_dump('strike.event_position', '');
