-- What bench/pager fills a database with: regions in a grid, people, orders, finished pages, signed
-- reports.  Variables: mock, render (base URLs of the telephone service and the work system).
SET client_min_messages = warning;
CREATE EXTENSION strike CASCADE;
CREATE EXTENSION pgcrypto;
CREATE EXTENSION pg_stat_statements;
DO $$ BEGIN PERFORM strike.strike_activate(); END $$;

INSERT INTO strike.tenants (code, name, kind, job_prefix) VALUES ('noc', 'NOC', 'NOC', 'N1'), ('osp', 'OSP', 'OSP', null);
INSERT INTO strike.render_instances (osp_tenant, api_url, token_url, client_id, client_secret, project)
	VALUES ('osp', :'render' || '/render', :'render' || '/render/oauth/token', 'osp', 'secret', 'bench');
INSERT INTO strike.twilio_accounts (osp_tenant, api_url, studio_url, account_sid, auth_token, from_number, flow_sid, transport, calls_per_second)
	VALUES (null, :'mock' || '/twilio', :'mock' || '/twilio', 'AC' || repeat('0', 32), 'bench-token', '+15125550100', 'FW' || repeat('0', 32), 'studio', 1000);

CREATE SCHEMA bench;

-- A hundred to a row, a tenth of a degree apart; circles of 64 corners that overlap their neighbours.
CREATE FUNCTION bench.centre(n int) RETURNS geometry LANGUAGE sql IMMUTABLE AS $$
	SELECT ST_SetSRID(ST_MakePoint(-110 + (n % 100) * 0.1, 25 + (n / 100) * 0.1), 4326)
$$;
CREATE FUNCTION bench.make_regions(first int, last int) RETURNS void LANGUAGE sql AS $$
	INSERT INTO strike.pager_regions (osp_tenant, name, area, priority)
		SELECT 'osp', 'region ' || n, ST_Multi(ST_Buffer(bench.centre(n), 0.07, 16)), 0 FROM generate_series(first, last) n
$$;
CREATE FUNCTION bench.make_people(first int, last int) RETURNS void LANGUAGE sql AS $$
	INSERT INTO strike.pager_contacts (region_id, position, name, phone)
		SELECT r.region_id, p, 'contact ' || n || '/' || p, '+1' || (2000000000 + n * 10 + p)
		FROM generate_series(first, last) n JOIN strike.pager_regions r ON r.name = 'region ' || n, generate_series(1, 2) p
$$;

-- An order in the middle of each region.
CREATE TABLE bench.orders (n int PRIMARY KEY, eco_id uuid NOT NULL);
CREATE PROCEDURE bench.make_orders(first int, last int) LANGUAGE plpgsql AS $$
BEGIN
	FOR i IN first .. last LOOP
		INSERT INTO bench.orders SELECT i, e.eco_id
			FROM strike.strike_create_eco('noc', 'osp', 'CMR', 'Fiber cut on Main St', ST_AsGeoJSON(bench.centre(i))::jsonb) e;
		IF i % 100 = 0 THEN COMMIT; END IF;
	END LOOP;
END $$;

-- Pages that ended, each with one call.
CREATE PROCEDURE bench.make_finished(count int) LANGUAGE plpgsql AS $$
BEGIN
	CREATE TEMP TABLE old AS SELECT n, gen_random_uuid() AS eco, gen_random_uuid() AS run, gen_random_uuid() AS attempt,
		gen_random_uuid() AS ref, now() - interval '400 days' * random() AS at FROM generate_series(1, count) n;
	INSERT INTO strike.contact_refs (contact_ref, contact_id, name, phone, salt)
		SELECT ref, (SELECT contact_id FROM strike.pager_contacts LIMIT 1), 'somebody', '+15125550199', '\x00' FROM old;
	INSERT INTO strike.pager_process_state (run_id, eco_id, run_no, status, outcome, contact_no, contact_count, attempt_id, version,
		osp_tenant, region, job_id, message, created_at, completed_at, updated_at)
		SELECT run, eco, 1, 'COMPLETED', 'EXHAUSTED', 1, 1, attempt, 7, 'osp', 'region 1', 'N1-' || lpad((n % 100000)::text, 5, '0') || '-2024',
			'NOC: ECO 1 - Fiber cut', at, at, at FROM old;
	INSERT INTO strike.pager_run_contacts (run_id, contact_no, place, contact_ref, tried) SELECT run, 1, 1, ref, true FROM old;
	INSERT INTO strike.pager_attempts (attempt_id, run_id, eco_id, contact_no, contact_ref, account_id, state, provider_sid, requests,
		created_at, requested_at, sent_at, ended_at, updated_at)
		SELECT attempt, run, eco, 1, ref, (SELECT account_id FROM strike.twilio_accounts), 'NO_ANSWER', 'FN' || md5(run::text), 1, at, at, at, at, at FROM old;
	DROP TABLE old;
END $$;

-- When the worker acts on a run whose time has come: within its transaction.
CREATE TABLE bench.handled (run_id uuid, due timestamptz, at timestamptz, called boolean);
CREATE FUNCTION bench.note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	INSERT INTO bench.handled VALUES (NEW.run_id, OLD.deadline_at, clock_timestamp(), NEW.attempt_id IS DISTINCT FROM OLD.attempt_id);
	RETURN NULL;
END $$;
CREATE TRIGGER note AFTER UPDATE ON strike.pager_process_state FOR EACH ROW
	WHEN (OLD.deadline_at <= clock_timestamp()) EXECUTE FUNCTION bench.note();

-- These orders' deadlines come one after the other, 'per_second' of them, from 'start' on.
CREATE TABLE bench.armed (run_id uuid PRIMARY KEY, due timestamptz NOT NULL);
CREATE PROCEDURE bench.arm(first int, last int, start timestamptz, per_second float8) LANGUAGE plpgsql AS $$
BEGIN
	DELETE FROM bench.armed;
	INSERT INTO bench.armed SELECT p.run_id, start + (o.n - first) / per_second * interval '1 second'
		FROM bench.orders o JOIN strike.pager_process_state p USING (eco_id) WHERE o.n BETWEEN first AND last AND p.status = 'RUNNING';
	UPDATE strike.pager_process_state p SET deadline_at = a.due, version = version + 1 FROM bench.armed a WHERE p.run_id = a.run_id;
END $$;

-- Signed reports about the current attempts of these orders.
CREATE TABLE bench.reports (n bigint PRIMARY KEY, url text, body text, signature text);
CREATE SEQUENCE bench.next_report;
CREATE PROCEDURE bench.make_reports(first int, last int, public_url text, event text) LANGUAGE plpgsql AS $$
BEGIN
	TRUNCATE bench.reports;
	PERFORM setval('bench.next_report', 1, false);
	INSERT INTO bench.reports
		SELECT row_number() OVER (ORDER BY o.n), u.url, 'AnsweredBy=human&CallSid=' || s.sid || '&Digits=1&Event=' || event,
			encode(hmac(public_url || u.url || 'AnsweredByhumanCallSid' || s.sid || 'Digits1Event' || event, 'bench-token', 'sha1'), 'base64')
		FROM bench.orders o JOIN strike.pager_process_state p USING (eco_id), LATERAL (SELECT '/twilio/studio/' || p.attempt_id AS url) u,
			LATERAL (SELECT 'CA' || md5(p.attempt_id::text) AS sid) s
		WHERE o.n BETWEEN first AND last AND p.status = 'RUNNING';
END $$;
