-- Each change of a list is an event, whoever makes it, and names nobody; a person can be erased.
BEGIN;
SELECT no_plan();
SET client_min_messages = warning;
INSERT INTO tenants VALUES ('osp-list', 'List Co', 'OSP', null);
CREATE FUNCTION pg_temp.region() RETURNS uuid LANGUAGE sql AS $$ SELECT region_id FROM strike.pager_regions WHERE osp_tenant = 'osp-list' AND name LIKE 'Hills%' $$;
-- the list's last event
CREATE FUNCTION pg_temp.last(region uuid, what text) RETURNS text LANGUAGE sql AS $$
	SELECT CASE what WHEN 'type' THEN event_type WHEN 'actor' THEN metadata->>'actor' WHEN 'stream' THEN stream_type ELSE payload->>what END
	FROM strike.events WHERE stream_id = region ORDER BY version DESC LIMIT 1
$$;
CREATE FUNCTION pg_temp.events_of(region uuid) RETURNS int LANGUAGE sql AS $$ SELECT count(*)::int FROM strike.events WHERE stream_id = region $$;

-- regions
INSERT INTO pager_regions (osp_tenant, name, area) VALUES ('osp-list', 'Hills', ST_Multi(ST_MakeEnvelope(0, 0, 1, 1, 4326)));
SELECT is(pg_temp.last(pg_temp.region(), 'type') || ' ' || pg_temp.last(pg_temp.region(), 'change') || ' ' || pg_temp.last(pg_temp.region(), 'stream'), 'PagerRegionChangedEvent added PagerRegion', 'a new region is an event of its stream');
SELECT is(pg_temp.last(pg_temp.region(), 'actor'), 'postgres', 'with who did it: the session''s user');
SELECT is(pg_temp.last(pg_temp.region(), 'from'), null, 'what wasn''t there has no from');
SELECT is(pg_temp.last(pg_temp.region(), 'to')::jsonb, '{"name": "Hills", "priority": 0, "osp_tenant": "osp-list", "call_off_duty": true,
	"area": {"type": "MultiPolygon", "coordinates": [[[[0, 0], [0, 1], [1, 1], [1, 0], [0, 0]]]]}}', 'and the whole of it in to');
UPDATE pager_regions SET priority = 3 WHERE region_id = pg_temp.region();
SELECT is(pg_temp.last(pg_temp.region(), 'change') || pg_temp.last(pg_temp.region(), 'from') || pg_temp.last(pg_temp.region(), 'to'), 'changed{"priority": 0}{"priority": 3}', 'a change says what was and what is, and no more');
UPDATE pager_regions SET name = 'Hills and lakes', call_off_duty = false WHERE region_id = pg_temp.region();
SELECT is(pg_temp.last(pg_temp.region(), 'from')::jsonb, '{"name": "Hills", "call_off_duty": true}', 'of two columns at once as well');
SELECT is(pg_temp.events_of(pg_temp.region()), 3, 'each statement one event');
UPDATE pager_regions SET name = name, priority = 3 WHERE region_id = pg_temp.region();
SELECT is(pg_temp.events_of(pg_temp.region()), 3, 'what changes nothing is none');
UPDATE pager_regions SET area = ST_Multi(ST_Buffer(ST_SetSRID(ST_Point(0, 0), 4326), 1, 500)) WHERE region_id = pg_temp.region();
SELECT is((pg_temp.last(pg_temp.region(), 'to')::jsonb)->'area', jsonb_build_object('points', ST_NPoints(area), 'sha256', encode(sha256(ST_AsBinary(area, 'NDR')), 'hex')), 'a large area stands there by its digest')
FROM pager_regions WHERE region_id = pg_temp.region();

-- contacts
INSERT INTO pager_contacts (region_id, position, name, phone) VALUES (pg_temp.region(), 1, 'Quentin Zyx', '+15125558301'), (pg_temp.region(), 2, 'Ursula Wvu', '+15125558302');
SELECT is(pg_temp.last(pg_temp.region(), 'type') || ' ' || pg_temp.last(pg_temp.region(), 'change'), 'PagerContactChangedEvent added', 'a new contact is an event');
SELECT is((pg_temp.last(pg_temp.region(), 'to')::jsonb) - 'contact_ref', jsonb_build_object('position', 2, 'active', true, 'time_zone', null, 'list', pg_temp.region()), 'with his place on the list');
SELECT results_eq(format('SELECT name, phone FROM contact_refs WHERE contact_ref = %L', pg_temp.last(pg_temp.region(), 'contact_ref')), $$VALUES ('Ursula Wvu', '+15125558302')$$, 'his name and number stand beside it');
SELECT is((SELECT encode(sha256(salt || lp(name) || lp(phone)), 'hex') FROM contact_refs WHERE contact_ref::text = pg_temp.last(pg_temp.region(), 'contact_ref')),
	pg_temp.last(pg_temp.region(), 'contact_digest'), 'where the digest proves that it is he');
UPDATE pager_contacts SET active = false WHERE name = 'Ursula Wvu';
SELECT is(pg_temp.last(pg_temp.region(), 'from') || pg_temp.last(pg_temp.region(), 'to'), '{"active": true}{"active": false}', 'set inactive');
SELECT is((SELECT count(*)::int FROM contact_refs WHERE name = 'Ursula Wvu'), 1, 'the same person is the same reference');
SELECT pg_temp.last(pg_temp.region(), 'contact_ref') AS before \gset
UPDATE pager_contacts SET phone = '+15125558309' WHERE name = 'Ursula Wvu';
SELECT isnt(pg_temp.last(pg_temp.region(), 'contact_ref'), :'before', 'another number is another reference');
SELECT is(pg_temp.last(pg_temp.region(), 'from')::jsonb, jsonb_build_object('contact_ref', :'before'), 'and the event says from which');
UPDATE pager_contacts SET position = 3 - position WHERE region_id = pg_temp.region();
SELECT is((SELECT count(*)::int FROM events WHERE stream_id = pg_temp.region() AND payload->'to' ? 'position' AND payload->>'change' = 'changed'), 2, 'two who swap places are two events');
INSERT INTO pager_regions (osp_tenant, name) VALUES ('osp-list', 'Rest');
SELECT region_id AS rest FROM pager_regions WHERE osp_tenant = 'osp-list' AND name = 'Rest' \gset
SELECT pg_temp.events_of(pg_temp.region()) AS n \gset
UPDATE pager_contacts SET region_id = :'rest', time_zone = 'America/Chicago' WHERE name = 'Ursula Wvu';
SELECT is(pg_temp.events_of(pg_temp.region()) - :n, 1, 'who goes to another list leaves an event in the one');
SELECT is((pg_temp.last(:'rest', 'from')::jsonb)->>'list' || ' ' || ((pg_temp.last(:'rest', 'to')::jsonb)->>'list'), pg_temp.region() || ' ' || :'rest', 'and in the other');

-- duty
INSERT INTO pager_duty (contact_id, weekdays, from_time, to_time) SELECT contact_id, '{6,7}', '20:00', '08:00' FROM pager_contacts WHERE name = 'Ursula Wvu';
SELECT is(pg_temp.last(:'rest', 'type') || ' ' || pg_temp.last(:'rest', 'change') || pg_temp.last(:'rest', 'to'), 'PagerDutyChangedEvent added{"to_time": "08:00:00", "weekdays": [6, 7], "from_time": "20:00:00"}', 'a duty window is an event');
UPDATE pager_duty SET to_time = '09:00';
SELECT is(pg_temp.last(:'rest', 'from') || pg_temp.last(:'rest', 'to'), '{"to_time": "08:00:00"}{"to_time": "09:00:00"}', 'its change too');
DELETE FROM pager_duty;
SELECT is(pg_temp.last(:'rest', 'change'), 'removed', 'and its end');

-- whoever does it
SELECT is(done_by('strike_contractor', 'osp-list', format('UPDATE strike.pager_contacts SET active = true WHERE region_id = %L', :'rest')), 'done', 'a contractor changes his list');
SELECT is(pg_temp.last(:'rest', 'actor') || pg_temp.last(:'rest', 'to'), 'strike_contractor@test{"active": true}', 'and the event names him by the token''s sub');
SELECT is(done_by('strike_admin', null, format('UPDATE strike.pager_regions SET priority = 9 WHERE region_id = %L', :'rest')), 'done', 'so does an administrator');
SELECT is(pg_temp.last(:'rest', 'actor'), 'strike_admin@test', 'by name');
DO $$ BEGIN UPDATE strike.pager_regions SET priority = 10 WHERE name = 'Rest'; RAISE EXCEPTION 'never mind'; EXCEPTION WHEN raise_exception THEN NULL; END $$;
SELECT is((pg_temp.last(:'rest', 'to')::jsonb)->>'priority', '9', 'what is rolled back leaves no event');
-- the settings of a dump's session hide nothing where Strike is activated
SET row_security = off;
SET check_function_bodies = off;
UPDATE pager_regions SET priority = 11 WHERE region_id = :'rest';
SELECT is((pg_temp.last(:'rest', 'to')::jsonb)->>'priority', '11', 'no setting of a session keeps a change from being recorded');
DELETE FROM activation;
UPDATE pager_regions SET priority = 12 WHERE region_id = :'rest';
SELECT is((pg_temp.last(:'rest', 'to')::jsonb)->>'priority', '11', 'a dump that is being restored is');
RESET row_security;
UPDATE pager_regions SET priority = 13 WHERE region_id = :'rest';
SELECT is((pg_temp.last(:'rest', 'to')::jsonb)->>'priority', '13', 'before activation everything else is recorded as well');
RESET check_function_bodies;

-- removal, one by one and in a cascade
SELECT pg_temp.region() AS hills \gset
DELETE FROM pager_regions WHERE region_id = :'hills';
SELECT results_eq(format('SELECT event_type || '' '' || (payload->>''change'') FROM events WHERE stream_id = %L ORDER BY version DESC LIMIT 2', :'hills'),
	$$VALUES ('PagerContactChangedEvent removed'), ('PagerRegionChangedEvent removed')$$, 'a region that goes takes its people along, each an event');
SELECT is(pg_temp.last(:'hills', 'to'), null, 'what is gone has no to');

-- nobody is named
SELECT is((SELECT count(*)::int FROM events WHERE payload::text ~ '(Zyx|Wvu|1512555830)' OR metadata::text ~ '(Zyx|Wvu|1512555830)'), 0, 'no name and no number stands in an event');
SELECT is((SELECT count(*)::int FROM strike_verify_events()), 0, 'the chains hold');

-- a person who stands on a list and in a page is erased
SELECT contact_id AS ursula FROM pager_contacts WHERE name = 'Ursula Wvu' \gset
SELECT eco_id AS eco FROM strike_create_eco('noc-east', 'osp-list', 'CMR', 'Erasing', '{"type":"Point","coordinates":[5,5]}') \gset
SELECT strike_append(:'eco', 'ECO', null, '[{"type":"RenderIntegrationStatusUpdatedEvent","payload":{"from":"PENDING","to":"TASKED","render_instance":null,"project_task_id":"RT-1","error":null}}]') \g /dev/null
SELECT (strike_repage(:'eco', 'test')).eco_id \g /dev/null
SELECT run_id AS run FROM pager_process_state WHERE eco_id = :'eco' \gset
SELECT pager_decide(:'run') \g /dev/null
SELECT alike((SELECT string_agg(summary, ' / ') FROM strike_eco_timeline(:'eco')), '%calling Ursula Wvu%', 'while she is known the timeline names her');
SELECT strike_append(:'run', 'PagerRun', null, jsonb_build_array(jsonb_build_object('type', 'PagerRunCompletedEvent', 'payload',
	jsonb_build_object('eco_id', :'eco', 'run_id', :'run', 'outcome', 'DISPATCHED', 'accepted_by', contact_ref)))) FROM pager_run_contacts WHERE run_id = :'run' \g /dev/null
UPDATE pager_process_state SET status = 'COMPLETED', outcome = 'DISPATCHED', accepted_by = (SELECT contact_ref FROM pager_run_contacts WHERE run_id = :'run') WHERE run_id = :'run';
INSERT INTO eco_views SELECT (jsonb_populate_record(v, jsonb_build_object('eco_id', :'eco', 'job_id', 'X-1', 'accepted_by', 'Ursula Wvu', 'phase', 'dispatched · Ursula Wvu'))).*
FROM eco_views v, orders WHERE v.eco_id = east_fibre ON CONFLICT (eco_id) DO UPDATE SET accepted_by = excluded.accepted_by, phase = excluded.phase;
SELECT md5(string_agg(e::text, '' ORDER BY position)) AS chain FROM events e \gset
SELECT max(position) AS last FROM events \gset
SELECT is(done_by('strike_contractor', 'osp-list', format('SELECT strike.strike_erase_contact(%L, ''asked'')', :'ursula')), '42501', 'erasing is for administrators');
SELECT throws_ok(format('SELECT strike_erase_contact(%L, '' '')', :'ursula'), '22023', 'a reason is needed, of at most 2000 characters', 'it wants a reason');
SELECT throws_ok(format('SELECT strike_erase_contact(%L, ''asked'')', gen_random_uuid()), 'PT404', 'unknown contact', 'and somebody who is known');
SELECT is(seen_by('strike_admin', null, format('SELECT strike.strike_erase_contact(%L, ''asked for it on the phone'') > 0 AS done', :'ursula')), '[{"done": true}]', 'she is erased');
SELECT is((SELECT count(*)::int FROM contact_refs WHERE name LIKE 'Ursula%' OR phone IN ('+15125558302', '+15125558309')), 0, 'no snapshot has her name or number');
SELECT is((SELECT count(*)::int FROM contact_refs WHERE contact_id = :'ursula' AND salt IS NOT NULL), 0, 'nor the salt that would let one try them out');
SELECT is((SELECT count(*)::int FROM pager_contacts WHERE contact_id = :'ursula'), 0, 'the list entry is gone');
SELECT is((SELECT accepted_by || phase FROM eco_views WHERE eco_id = :'eco'), null, 'the read model names nobody');
SELECT unalike((SELECT phase FROM eco_views WHERE eco_id = :'eco'), '%Ursula%', 'in no column');
SELECT unalike((SELECT string_agg(summary, ' / ') FROM strike_eco_timeline(:'eco')), '%Ursula%', 'nor does the timeline');
SELECT alike((SELECT string_agg(summary, ' / ') FROM strike_eco_timeline(:'eco')), '%calling a supervisor%', 'which still tells what happened');
SELECT is((SELECT md5(string_agg(e::text, '' ORDER BY position)) FROM events e WHERE position <= :last), :'chain', 'no event was changed');
SELECT is((SELECT count(*)::int FROM strike_verify_events()), 0, 'the chains hold');
SELECT is((SELECT payload->>'reason' || ' ' || (metadata->>'actor') FROM events WHERE event_type = 'ContactErasedEvent'), 'asked for it on the phone strike_admin@test', 'the erasure is an event itself');
SELECT is((SELECT count(*)::int FROM events WHERE payload::text ~ '(Zyx|Wvu|1512555830)'), 0, 'without her name');
SELECT is(strike_erase_contact(:'ursula', 'again'), 0::bigint, 'a second time there is nothing left');
SELECT is((SELECT count(*)::int FROM events WHERE event_type = 'ContactErasedEvent'), 1, 'and nothing to record');
UPDATE eco_views SET accepted_by = 'Ursula Wvu' WHERE eco_id = :'eco';
SELECT is(strike_erase_contact(:'ursula', 'again'), 0::bigint, 'but asked again');
SELECT is((SELECT accepted_by FROM eco_views WHERE eco_id = :'eco'), null, 'it goes through the read model again');
-- who is on no list any more, by the reference in an event
SELECT is(strike_erase_contact(contact_ref, 'left the company') > 0, true, 'somebody who is on no list any more, by a contact_ref') FROM contact_refs WHERE name = 'Quentin Zyx' LIMIT 1;
SELECT is((SELECT count(*)::int FROM contact_refs WHERE name = 'Quentin Zyx'), 0, 'is erased in each snapshot');

SELECT * FROM finish();
ROLLBACK;
