-- A contractor keeps his own lists and sees nobody else's; a page that runs has its own copy.
BEGIN;
SELECT no_plan();
SET client_min_messages = warning;
CREATE FUNCTION pg_temp.region_of(osp text) RETURNS uuid LANGUAGE sql AS $$ SELECT region_id FROM strike.pager_regions WHERE osp_tenant = osp AND area IS NULL $$;

SELECT is(seen_by('strike_contractor', 'osp-fibre', 'SELECT DISTINCT osp_tenant FROM strike.pager_regions'), '[{"osp_tenant": "osp-fibre"}]', 'a contractor sees his regions alone');
SELECT is(seen_by('strike_contractor', 'osp-fibre', 'SELECT name, phone FROM strike.pager_contacts ORDER BY position'),
	'[{"name": "Person 1 of osp-fibre", "phone": "+15125550111"}, {"name": "Person 2 of osp-fibre", "phone": "+15125550112"}]', 'and his people, with their numbers');
SELECT is(seen_by(role, tenant, 'SELECT name FROM strike.' || t), answer, format('%s of %s reads nothing of %s', role, coalesce(tenant, 'nobody'), t))
FROM (VALUES ('strike_contractor', 'nobody', '[]'), ('strike_contractor', null, '[]'), ('strike_contractor', '', '[]'), ('strike_contractor', 'noc-east', '[]'),
	('strike_operator', 'noc-east', '42501'), ('strike_anon', null, '42501'), ('strike_gateway', null, '42501')) AS v(role, tenant, answer),
	unnest('{pager_regions,pager_contacts}'::text[]) t;
SELECT is(seen_by('strike_operator', 'noc-east', 'SELECT contact_id FROM strike.pager_duty'), '42501', 'an operator reads no duty window');

-- what he may do
SELECT is(done_by('strike_contractor', 'osp-fibre', 'INSERT INTO strike.pager_regions (osp_tenant, name, area) VALUES (''osp-fibre'', ''Mine'', ST_Multi(ST_MakeEnvelope(0, 0, 1, 1, 4326)))'), 'done', 'he adds a region');
SELECT is(done_by('strike_contractor', 'osp-fibre', 'INSERT INTO strike.pager_contacts (region_id, position, name, phone, time_zone)
	SELECT region_id, 1, ''Mine'', ''+15125558400'', ''UTC'' FROM strike.pager_regions WHERE name = ''Mine'''), 'done', 'a contact');
SELECT is(done_by('strike_contractor', 'osp-fibre', 'INSERT INTO strike.pager_duty (contact_id, weekdays, from_time, to_time)
	SELECT contact_id, ''{1}'', ''08:00'', ''09:00'' FROM strike.pager_contacts WHERE name = ''Mine'''), 'done', 'a duty window');
SELECT is(done_by('strike_contractor', 'osp-fibre', 'UPDATE strike.pager_contacts SET phone = ''+15125558401'' WHERE name = ''Mine'''), 'done', 'he changes them');
SELECT is((SELECT phone FROM pager_contacts WHERE name = 'Mine'), '+15125558401', 'indeed');
-- as the lists page does it: two swap places in one request
SELECT is(done_by('strike_contractor', 'osp-fibre', 'INSERT INTO strike.pager_contacts (contact_id, region_id, position, name, phone, active)
	SELECT contact_id, region_id, 3 - position, name, phone, active FROM strike.pager_contacts WHERE name LIKE ''Person _ of osp-fibre''
	ON CONFLICT (contact_id) DO UPDATE SET position = excluded.position'), 'done', 'he moves people up and down');
SELECT is(done_by('strike_contractor', 'osp-fibre', 'DELETE FROM strike.pager_regions WHERE name = ''Mine'''), 'done', 'and takes away');
SELECT is((SELECT count(*)::int FROM pager_contacts WHERE name = 'Mine'), 0, 'with the people in it');

-- what he may not: others' rows aren't there, and nothing goes to others
CREATE TEMP TABLE before AS SELECT md5(string_agg(t, '' ORDER BY t)) AS lists FROM (SELECT c::text AS t FROM pager_contacts c JOIN pager_regions r USING (region_id) WHERE osp_tenant = 'osp-north'
	UNION ALL SELECT r::text FROM pager_regions r WHERE osp_tenant = 'osp-north') x;
SELECT is(done_by('strike_contractor', 'osp-fibre', format(statement, pg_temp.region_of('osp-north'), pg_temp.region_of('osp-fibre'))), answer, promise) FROM (VALUES
	('UPDATE strike.pager_contacts SET phone = ''+15125558499'' WHERE region_id = %1$L', 'done', 'another''s contacts are not there to be changed'),
	('DELETE FROM strike.pager_contacts WHERE region_id = %1$L', 'done', 'nor to be deleted'),
	('UPDATE strike.pager_regions SET priority = 9 WHERE region_id = %1$L', 'done', 'nor his regions'),
	('DELETE FROM strike.pager_regions WHERE region_id = %1$L', 'done', 'nor deleted'),
	('INSERT INTO strike.pager_contacts (region_id, position, name, phone) VALUES (%1$L, 9, ''Spy'', ''+15125558498'')', '42501', 'nobody is put on another''s list'),
	('UPDATE strike.pager_contacts SET region_id = %1$L, position = 9 WHERE region_id = %2$L', '42501', 'nor moved there'),
	('INSERT INTO strike.pager_regions (osp_tenant, name) VALUES (''osp-north'', ''Spy'')', '42501', 'no region is made for another'),
	('UPDATE strike.pager_regions SET osp_tenant = ''osp-north'' WHERE region_id = %2$L', '42501', 'nor given to him'),
	('INSERT INTO strike.pager_duty (contact_id, weekdays, from_time, to_time) SELECT contact_id, ''{1}'', ''08:00'', ''09:00'' FROM strike.contact_refs', '42501', 'snapshots are not his'),
	('UPDATE strike.pager_run_contacts SET tried = true', '42501', 'nor a page''s list'),
	('DELETE FROM strike.pager_run_contacts', '42501', 'which he can''t delete'),
	('TRUNCATE strike.pager_contacts', '42501', 'nor empty anything'),
	('ALTER TABLE strike.pager_contacts DISABLE TRIGGER ALL', '42501', 'nor switch off what records it')
) AS v(statement, answer, promise);
SELECT is(done_by(role, tenant, format('INSERT INTO strike.pager_contacts (region_id, position, name, phone) VALUES (%L, 9, ''Spy'', ''+15125558498'')', pg_temp.region_of('osp-fibre'))), '42501',
	format('%s of %s puts nobody on a list', role, coalesce(tenant, 'nobody')))
FROM (VALUES ('strike_contractor', 'osp-north'), ('strike_contractor', null), ('strike_operator', 'noc-east'), ('strike_operator', 'osp-fibre'), ('strike_gateway', null), ('strike_anon', null)) AS v(role, tenant);
SELECT is((SELECT md5(string_agg(t, '' ORDER BY t)) FROM (SELECT c::text AS t FROM pager_contacts c JOIN pager_regions r USING (region_id) WHERE osp_tenant = 'osp-north'
	UNION ALL SELECT r::text FROM pager_regions r WHERE osp_tenant = 'osp-north') x), lists, 'the other''s lists are as they were') FROM before;
SELECT is((SELECT count(*)::int FROM pager_contacts WHERE name = 'Spy'), 0, 'nobody got in');

-- a running page keeps what it began with
SELECT is((SELECT count(*)::int FROM pager_process_state p, orders WHERE p.eco_id = west_fibre AND p.status <> 'COMPLETED'), 1, 'a page runs');
SELECT is(done_by('strike_contractor', 'osp-fibre', 'DELETE FROM strike.pager_regions'), 'done', 'the contractor deletes all his lists meanwhile');
SELECT is((SELECT string_agg(r.name || ' ' || r.phone, ', ' ORDER BY c.contact_no) FROM pager_process_state p JOIN pager_run_contacts c USING (run_id) JOIN contact_refs r USING (contact_ref), orders WHERE p.eco_id = west_fibre),
	'Person 1 of osp-fibre +15125550111, Person 2 of osp-fibre +15125550112', 'the page still knows whom it began with');
SELECT is((SELECT pager_decide(run_id) FROM pager_process_state p, orders WHERE p.eco_id = west_fibre), false, 'but calls nobody who was taken off the list');
SELECT is((SELECT outcome || ': ' || last_error FROM pager_process_state p, orders WHERE p.eco_id = west_fibre), 'FAILED: nobody who was on the list can be called any more', 'and the NOC knows');

SELECT * FROM finish();
ROLLBACK;
