-- What the files of this suite stand on: the extension activated in its database, two NOCs, two
-- contractors, three orders with a page under way, all numbered and projected by the workers.
-- Effects are off (strike.enabled), so nothing is sent.
\set ON_ERROR_STOP on
\set QUIET on
SET client_min_messages = warning;
CREATE EXTENSION strike CASCADE;
CREATE SCHEMA tap;
CREATE EXTENSION pgtap SCHEMA tap;
ALTER DATABASE strike SET search_path = tap, strike, public;
SET search_path = tap, strike, public;

-- What a query gives to a role with a tenant's token: its rows as jsonb, [] for none, or the
-- SQLSTATE with which it was refused.
CREATE FUNCTION tap.seen_by(role text, tenant text, query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	PERFORM set_config('request.jwt.claims',
		jsonb_strip_nulls(jsonb_build_object('role', role, 'sub', role || '@test', 'tenant', tenant))::text, true);
	PERFORM set_config('role', role, true);
	BEGIN
		EXECUTE format('SELECT coalesce(jsonb_agg(to_jsonb(q)), %L)::text FROM (%s) q', '[]', query) INTO result;
	EXCEPTION WHEN OTHERS THEN
		result := SQLSTATE;
	END;
	PERFORM set_config('role', 'none', true);
	PERFORM set_config('request.jwt.claims', '', true);
	RETURN result;
END
$$;

-- The same for a statement that gives no rows: 'done' or the SQLSTATE.
CREATE FUNCTION tap.done_by(role text, tenant text, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text := 'done';
BEGIN
	PERFORM set_config('request.jwt.claims',
		jsonb_strip_nulls(jsonb_build_object('role', role, 'sub', role || '@test', 'tenant', tenant))::text, true);
	PERFORM set_config('role', role, true);
	BEGIN
		EXECUTE statement;
	EXCEPTION WHEN OTHERS THEN
		result := SQLSTATE;
	END;
	PERFORM set_config('role', 'none', true);
	PERFORM set_config('request.jwt.claims', '', true);
	RETURN result;
END
$$;

-- The extension's objects of one catalog, whatever schema they lie in.
CREATE FUNCTION tap.members(catalog regclass) RETURNS SETOF oid LANGUAGE sql STABLE AS $$
	SELECT d.objid FROM pg_depend d
	WHERE d.classid = catalog AND d.deptype = 'e' AND d.refclassid = 'pg_extension'::regclass
		AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'strike')
$$;

CREATE FUNCTION tap.lp(t text) RETURNS bytea LANGUAGE sql IMMUTABLE AS
	$$ SELECT int4send(octet_length(convert_to(t, 'UTF8'))) || convert_to(t, 'UTF8') $$;

-- Waits until a condition holds; an error after a minute.
CREATE PROCEDURE tap.wait_until(condition text) LANGUAGE plpgsql AS $$
DECLARE
	holds boolean;
BEGIN
	FOR i IN 1..1200 LOOP
		EXECUTE 'SELECT ' || condition INTO holds;
		EXIT WHEN holds;
		COMMIT;
		PERFORM pg_sleep(0.05);
	END LOOP;
	IF holds IS NOT TRUE THEN
		RAISE EXCEPTION 'never became true: %', condition;
	END IF;
END
$$;

SELECT strike_activate() \g /dev/null
INSERT INTO tenants (code, name, kind, job_prefix) VALUES
	('noc-east', 'NOC East', 'NOC', 'E2'), ('noc-west', 'NOC West', 'NOC', 'W1'),
	('osp-fibre', 'Fibre Co', 'OSP', null), ('osp-north', 'Northern Lines', 'OSP', null);
INSERT INTO render_instances (osp_tenant, api_url, token_url, client_id, client_secret, project)
VALUES ('osp-fibre', 'http://127.0.0.1:9/render', 'http://127.0.0.1:9/token', 'client-fibre', 'secret-render', 'p');
INSERT INTO twilio_accounts (api_url, studio_url, account_sid, auth_token, from_number, flow_sid)
VALUES ('http://127.0.0.1:9', 'http://127.0.0.1:9', 'AC' || repeat('0', 32), 'secret-twilio', '+15125550100', 'FW' || repeat('0', 32));
WITH region AS (
	INSERT INTO pager_regions (osp_tenant, name) VALUES ('osp-fibre', 'All'), ('osp-north', 'All') RETURNING region_id, osp_tenant
)
INSERT INTO pager_contacts (region_id, position, name, phone)
SELECT region_id, n, format('Person %s of %s', n, osp_tenant), CASE osp_tenant WHEN 'osp-fibre' THEN '+1512555011' ELSE '+1512555013' END || n
FROM region, generate_series(1, 2) n;

SELECT (strike_create_eco('noc-east', 'osp-fibre', 'CMR', 'East, fibre: Fiber cut on Main St', '{"type":"Point","coordinates":[-97.74,30.27]}')).eco_id AS east_fibre \gset
SELECT (strike_create_eco('noc-east', 'osp-north', 'MFR', 'East, north: Ünïcode — 光纤', '{"type":"LineString","coordinates":[[-97.74,30.27],[-97.7,30.3]]}')).eco_id AS east_north \gset
SELECT (strike_create_eco('noc-west', 'osp-fibre', 'FNOL', 'West, fibre: pole down', '{"type":"Point","coordinates":[-97.74,30.27]}')).eco_id AS west_fibre \gset
CREATE TABLE tap.orders AS SELECT :'east_fibre'::uuid AS east_fibre, :'east_north'::uuid AS east_north, :'west_fibre'::uuid AS west_fibre;

-- As the Render worker would: the task is made, so the page starts.
SELECT strike_append(e, 'ECO', null, '[{"type":"RenderIntegrationStatusUpdatedEvent",
	"payload":{"from":"PENDING","to":"TASKED","render_instance":null,"project_task_id":"RT-secret","error":null}}]', '{"actor":"strike:render"}')
FROM unnest(ARRAY[:'east_fibre', :'west_fibre']::uuid[]) e \g /dev/null
SELECT strike_append(:'east_north', 'ECO', null, '[{"type":"RenderIntegrationStatusUpdatedEvent",
	"payload":{"from":"PENDING","to":"FAILED","render_instance":null,"project_task_id":null,"error":"401 secret provider words"}}]',
	'{"actor":"strike:render"}') \g /dev/null
CALL tap.wait_until('(SELECT count(*) = 2 FROM strike.pager_process_state)
	AND (SELECT count(*) FROM strike.feed) = (SELECT count(*) FROM strike.events) AND NOT EXISTS (SELECT FROM strike.outbox)');
