-- appending: versions, conflicts, bad input
SET search_path = strike, public;
\set s '00000000-0000-4000-8000-000000000001'
SELECT strike_append(:'s', 'ECO', 0, '[{"type": "A", "payload": {"n": 1}}, {"type": "B", "payload": {}}]');
SELECT strike_append(:'s', 'ECO', 2, '[{"type": "C", "payload": {"n": 3}}]', '{"cause": "test", "actor": "forged", "v": 2}');
SELECT strike_append(:'s', 'ECO', null, '[{"type": "D", "payload": {"ü": "→"}}]');
SELECT version, stream_type, event_type, payload, metadata, length(hash) FROM events ORDER BY version;
SELECT stream_id, stream_type, version FROM streams;
-- a version that has passed, one that has not come, a new stream that exists
SELECT strike_append(:'s', 'ECO', 1, '[{"type": "X", "payload": {}}]');
SELECT strike_append(:'s', 'ECO', 9, '[{"type": "X", "payload": {}}]');
SELECT strike_append(:'s', 'ECO', 0, '[{"type": "X", "payload": {}}]');
-- bad input, each cause its own words
SELECT strike_append(null, 'ECO', 0, '[{"type": "X", "payload": {}}]');
SELECT strike_append(:'s', '', 0, '[{"type": "X", "payload": {}}]');
SELECT strike_append(:'s', 'PagerRun', 4, '[{"type": "X", "payload": {}}]');
SELECT strike_append(:'s', 'ECO', -1, '[{"type": "X", "payload": {}}]');
SELECT strike_append(:'s', 'ECO', 4, '{}');
SELECT strike_append(:'s', 'ECO', 4, '[]');
SELECT strike_append(:'s', 'ECO', 4, '[1]');
SELECT strike_append(:'s', 'ECO', 4, '[{"payload": {}}]');
SELECT strike_append(:'s', 'ECO', 4, '[{"type": 7, "payload": {}}]');
SELECT strike_append(:'s', 'ECO', 4, '[{"type": "X"}]');
SELECT strike_append(:'s', 'ECO', 4, '[{"type": "X", "payload": []}]');
SELECT strike_append(:'s', 'ECO', 4, '[{"type": "X", "payload": {}}]', '[]');
DO $$ BEGIN PERFORM strike.strike_append('00000000-0000-4000-8000-000000000001', 'ECO', 1, '[{"type": "X", "payload": {}}]');
EXCEPTION WHEN SQLSTATE 'PT409' THEN RAISE NOTICE 'a conflict is PT409'; END $$;
SELECT count(*) FROM events;
-- savepoints: what is rolled back never was, what is kept follows on
BEGIN;
SELECT strike_append(:'s', 'ECO', 4, '[{"type": "kept", "payload": {}}]');
SAVEPOINT a;
SELECT strike_append(:'s', 'ECO', 5, '[{"type": "lost", "payload": {}}]');
ROLLBACK TO a;
SELECT strike_append(:'s', 'ECO', 5, '[{"type": "kept too", "payload": {}}]');
COMMIT;
SELECT version, event_type FROM events WHERE version > 4 ORDER BY version;
-- several appends in one statement
SELECT strike_append(:'s', 'ECO', null, '[{"type": "s", "payload": {}}]') FROM generate_series(1, 3);
-- a transaction that appended can't be prepared
BEGIN;
SELECT strike_append(:'s', 'ECO', null, '[{"type": "X", "payload": {}}]');
PREPARE TRANSACTION 'p';
SELECT max(version) FROM events;
-- the next transaction of the session isn't affected
BEGIN;
CREATE TEMP TABLE nothing (); DROP TABLE nothing;
COMMIT;
-- time never steps back within a stream, positions rise
SELECT bool_and(ordered) FROM (SELECT occurred_at >= lag(occurred_at) OVER w AND position > lag(position) OVER w AS ordered
	FROM events WINDOW w AS (ORDER BY version)) t;
-- the actor is the token's subject where there is one
SELECT set_config('request.jwt.claims', '{"sub": "kim@noc-east", "role": "strike_operator"}', false);
SELECT strike_append('00000000-0000-4000-8000-000000000002', 'ECO', 0, '[{"type": "A", "payload": {}}]');
SELECT metadata->>'actor' FROM events WHERE stream_id = '00000000-0000-4000-8000-000000000002';
-- events are final, for the owner, the superuser, and with triggers "off"
UPDATE events SET payload = '{}' WHERE version = 1;
DELETE FROM events;
TRUNCATE events;
SET session_replication_role = replica;
DELETE FROM events;
RESET session_replication_role;
SET ROLE strike_owner;
UPDATE events SET payload = '{}';
RESET ROLE;
-- web roles can't append
SET ROLE strike_operator;
SELECT strike_append(:'s', 'ECO', null, '[{"type": "X", "payload": {}}]');
RESET ROLE;
