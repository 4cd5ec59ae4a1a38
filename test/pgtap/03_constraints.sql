-- Keys and checks: what can't be stored.
BEGIN;
SELECT no_plan();
SELECT col_is_pk('strike', 'events', ARRAY['stream_id', 'version'], 'an event is known by stream and version');
SELECT col_is_pk('strike', 'feed', 'seq', 'a feed row by its number');
SELECT col_is_pk('strike', 'eco_views', 'eco_id', 'one row an order');
SELECT col_is_pk('strike', 'render_process_state', 'eco_id', 'one Render process an order');
SELECT col_is_pk('strike', 'pager_process_state', 'run_id', 'one row a run');
SELECT col_is_pk('strike', 'pager_attempts', 'attempt_id', 'one row an attempt');
SELECT col_is_pk('strike', 'delivery_failure', ARRAY['subscriber', 'stream_id'], 'one parked row a subscriber and stream');
SELECT col_is_pk('strike', 'tenants', 'code', 'a tenant by its code');
SELECT col_is_pk('strike', 'pager_regions', 'region_id', 'a region by its id');
SELECT col_is_pk('strike', 'pager_contacts', 'contact_id', 'a contact by its id');
SELECT col_is_pk('strike', 'contact_refs', 'contact_ref', 'a person in events by contact_ref');
SELECT col_is_unique('strike', 'tenants', 'job_prefix', 'job_prefix is unique over all tenants');
SELECT col_is_unique('strike', 'eco_views', 'job_id', 'job_id is unique');
SELECT col_is_unique('strike', 'render_instances', 'osp_tenant', 'one Render project a contractor');
SELECT col_not_null('strike', 'events', c, format('events.%s is never null', c))
FROM unnest(ARRAY['stream_id', 'version', 'stream_type', 'event_type', 'payload', 'metadata', 'occurred_at', 'hash', 'position']) c;
SELECT index_is_unique('strike', 'events', 'events_position', 'a position is drawn once');
SELECT index_is_unique('strike', 'feed', 'feed_position', 'an event is numbered once');

-- behaviour, whatever the constraints are called
SELECT throws_ok(v.statement, v.code, null, v.promise) FROM (VALUES
	('INSERT INTO tenants VALUES (''noc-x'', ''x'', ''NOC'', ''E2'')', '23505', 'a second tenant with prefix E2 is refused'),
	('INSERT INTO tenants VALUES (''noc-x'', ''x'', ''NOC'', null)', '23514', 'a NOC needs a prefix'),
	('INSERT INTO tenants VALUES (''x'', ''x'', ''OTHER'', null)', '23514', 'a tenant is NOC or OSP'),
	('INSERT INTO tenants VALUES ('''', ''x'', ''OSP'', null)', '23514', 'a tenant has a code'),
	('INSERT INTO tenants VALUES (''x'', '''', ''OSP'', null)', '23514', 'a tenant has a name'),
	('INSERT INTO tenants VALUES (''noc-x'', ''x'', ''NOC'', ''e-2'')', '23514', 'a prefix is letters and digits'),
	('INSERT INTO tenants VALUES (''noc-east'', ''x'', ''NOC'', ''Q'')', '23505', 'a code is taken once'),
	('INSERT INTO render_instances (osp_tenant, api_url, token_url, client_id, client_secret, project)
		VALUES (''nobody'', ''http://x'', ''http://x'', ''a'', ''b'', ''p'')', '23503', 'a Render project belongs to a tenant'),
	('INSERT INTO render_instances (osp_tenant, api_url, token_url, client_id, client_secret, project)
		VALUES (''osp-north'', ''file:///etc/passwd'', ''http://x'', ''a'', ''b'', ''p'')', '23514', 'Render is reached over http or https'),
	('INSERT INTO twilio_accounts (account_sid, auth_token, from_number, flow_sid)
		VALUES (''AC'' || repeat(''1'', 32), ''t'', ''+15125550100'', ''FW'' || repeat(''1'', 32))', '23505', 'one Twilio account for all'),
	('INSERT INTO twilio_accounts (osp_tenant, account_sid, auth_token, from_number, flow_sid)
		VALUES (''osp-north'', ''AC1'', ''t'', ''+15125550100'', ''FW'' || repeat(''1'', 32))', '23514', 'an account sid has Twilio''s form'),
	('INSERT INTO twilio_accounts (osp_tenant, account_sid, auth_token, from_number)
		VALUES (''osp-north'', ''AC'' || repeat(''1'', 32), ''t'', ''+15125550100'')', '23514', 'transport studio needs a flow'),
	('INSERT INTO twilio_accounts (osp_tenant, account_sid, auth_token, from_number, transport)
		VALUES (''osp-north'', ''AC'' || repeat(''1'', 32), ''t'', ''+15125550100'', ''pigeon'')', '23514', 'transport is studio or calls'),
	('UPDATE twilio_accounts SET from_number = ''5125550100''', '23514', 'numbers are E.164'),
	('INSERT INTO pager_regions (osp_tenant, name) VALUES (''osp-fibre'', ''another'')', '23505', 'a contractor has one default list'),
	('INSERT INTO pager_regions (osp_tenant, name, area) VALUES (''osp-fibre'', ''bow'',
		ST_Multi(ST_GeomFromText(''POLYGON((0 0,1 1,1 0,0 1,0 0))'', 4326)))', '23514', 'a region''s area is valid'),
	('INSERT INTO pager_regions (osp_tenant, name, area) VALUES (''osp-fibre'', ''point'', ST_SetSRID(ST_Point(0, 0), 4326))', '22023', 'a region is a MultiPolygon'),
	('UPDATE pager_contacts SET phone = ''+0123''', '23514', 'a contact''s number is E.164'),
	('UPDATE pager_contacts SET phone = ''+1234567890123456''', '23514', 'and has at most 15 digits'),
	('UPDATE pager_contacts SET name = ''''', '23514', 'a contact has a name'),
	('UPDATE pager_contacts SET position = 0', '23514', 'positions start at 1'),
	('UPDATE pager_contacts SET position = 1', '23505', 'a position is taken once'),
	('UPDATE pager_process_state SET status = ''COMPLETED''', '23514', 'a completed run has an outcome'),
	('UPDATE pager_process_state SET outcome = ''DISPATCHED''', '23514', 'an outcome is of a completed run'),
	('UPDATE pager_process_state SET status = ''LOST''', '23514', 'a run is PENDING, RUNNING or COMPLETED'),
	('UPDATE pager_process_state SET status = ''COMPLETED'', outcome = ''LOST''', '23514', 'and ends in one of five ways'),
	('UPDATE pager_process_state SET deadline_at = null', '23514', 'an open run has a deadline'),
	('INSERT INTO pager_process_state SELECT (jsonb_populate_record(p, jsonb_build_object(''run_id'', gen_random_uuid(), ''run_no'', 2))).*
		FROM pager_process_state p', '23505', 'an order has at most one open run'),
	('UPDATE render_process_state SET status = ''LOST''', '23514', 'a Render process is in one of its states')
) AS v(statement, code, promise);
SELECT lives_ok('UPDATE pager_contacts SET position = 3 - position', 'two contacts swap places in one statement');

-- attempts, and the lines they keep busy
INSERT INTO pager_attempts (attempt_id, run_id, eco_id, contact_no, contact_ref, account_id, state, created_at, requested_at, updated_at, line)
SELECT gen_random_uuid(), p.run_id, p.eco_id, 1, c.contact_ref, a.account_id, 'CALLING', now(), now(), now(), '+15125550111'
FROM pager_process_state p JOIN pager_run_contacts c USING (run_id), twilio_accounts a LIMIT 1;
SELECT throws_ok(v.statement, v.code, null, v.promise) FROM (VALUES
	('UPDATE pager_attempts SET state = ''LOST''', '23514', 'an attempt is in one of its states'),
	('INSERT INTO pager_attempts SELECT (jsonb_populate_record(a, jsonb_build_object(''attempt_id'', gen_random_uuid()))).*
		FROM pager_attempts a', '23505', 'a number has one live call'),
	('UPDATE pager_attempts SET run_id = gen_random_uuid()', '23503', 'an attempt belongs to a run'),
	('UPDATE pager_attempts SET contact_ref = gen_random_uuid()', '23503', 'and to a person')
) AS v(statement, code, promise);
SELECT lives_ok(format('UPDATE pager_attempts SET state = %L', s), 'an attempt may be ' || s)
FROM unnest('{INTENT,UNKNOWN,CALLING,ANSWERED,ACCEPTED,DECLINED,NO_ANSWER,BUSY,VOICEMAIL,FAILED,TIMEOUT,CANCELED,STOOD_DOWN}'::text[]) s;
SELECT lives_ok(format('UPDATE pager_process_state SET status = ''COMPLETED'', outcome = %L', s), 'a run may end ' || s)
FROM unnest('{DISPATCHED,EXHAUSTED,FAILED,TAKEN_OVER,CANCELED}'::text[]) s;

SELECT * FROM finish();
ROLLBACK;
