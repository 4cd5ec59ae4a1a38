-- the chain: recomputed here from its documented formula, and broken on purpose
SET search_path = strike, public;
SELECT * FROM strike_verify_events();
CREATE FUNCTION pg_temp.lp(t text) RETURNS bytea LANGUAGE sql AS
	$$ SELECT int4send(octet_length(convert_to(t, 'UTF8'))) || convert_to(t, 'UTF8') $$;
SELECT count(*) AS events, count(*) FILTER (WHERE hash = sha256(
	coalesce(lag_hash, decode(repeat('00', 32), 'hex')) || uuid_send(stream_id) || int8send(version)
	|| pg_temp.lp(stream_type) || pg_temp.lp(event_type) || pg_temp.lp(payload::text) || pg_temp.lp(metadata::text)
	|| int8send((extract(epoch FROM occurred_at - '2000-01-01 00:00:00Z'::timestamptz) * 1000000)::bigint))) AS as_documented
FROM (SELECT *, lag(hash) OVER (PARTITION BY stream_id ORDER BY version) AS lag_hash FROM events) e;
-- a row changed behind the triggers is found, also when the change is small
BEGIN;
ALTER TABLE events DISABLE TRIGGER events_are_final;
UPDATE events SET payload = '{"n": 2}' WHERE version = 1 AND stream_id = '00000000-0000-4000-8000-000000000001';
SELECT version, problem FROM strike_verify_events();
SELECT count(*) FROM strike_verify_events('00000000-0000-4000-8000-000000000002');
ROLLBACK;
BEGIN;
ALTER TABLE events DISABLE TRIGGER events_are_final;
DELETE FROM events WHERE version = 3;
SELECT version, problem FROM strike_verify_events();
ROLLBACK;
BEGIN;
ALTER TABLE events DISABLE TRIGGER events_are_final;
UPDATE events SET metadata = metadata || '{"actor": "somebody else"}' WHERE version = 4;
SELECT version, problem FROM strike_verify_events();
ROLLBACK;
SELECT * FROM strike_verify_events();
-- not for everybody
SET ROLE strike_operator;
SELECT * FROM strike_verify_events();
RESET ROLE;
