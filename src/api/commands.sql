-- Commands.
CREATE TYPE strike.eco AS (
	eco_id uuid, job_id text, noc_tenant text, osp_tenant text, job_type text, description text,
	location jsonb, status text, display_status text, pager_status text, accepted_by text,
	needs_attention boolean, attention_reason text, phase text, task_count int,
	completed_count int, created_at timestamptz, dispatched_at timestamptz,
	completed_at timestamptz, grace_until timestamptz, hard_completed_at timestamptz,
	version int, updated_at timestamptz
);
COMMENT ON TYPE strike.eco IS 'an emergency call-out order as commands return it';

CREATE TABLE strike.job_numbers (
	prefix text NOT NULL,
	year int NOT NULL,
	number bigint NOT NULL CHECK (number > 0),
	eco_id uuid NOT NULL UNIQUE,
	PRIMARY KEY (prefix, year, number)
);
COMMENT ON TABLE strike.job_numbers IS 'numbers given to orders, per prefix and UTC year: rising, gaps allowed';
COMMENT ON COLUMN strike.job_numbers.prefix IS 'the NOC''s job_prefix';
COMMENT ON COLUMN strike.job_numbers.year IS 'UTC';
COMMENT ON COLUMN strike.job_numbers.number IS 'from 1';
COMMENT ON COLUMN strike.job_numbers.eco_id IS 'the order';
SELECT pg_catalog.pg_extension_config_dump('strike.job_numbers', '');

CREATE TABLE strike.eco_requests (
	noc_tenant text NOT NULL,
	request_id uuid NOT NULL,
	eco_id uuid NOT NULL,
	content jsonb NOT NULL,
	PRIMARY KEY (noc_tenant, request_id)
);
COMMENT ON TABLE strike.eco_requests IS 'request_ids seen: the same content gets the first order again';
COMMENT ON COLUMN strike.eco_requests.noc_tenant IS 'request_ids are unique per NOC';
COMMENT ON COLUMN strike.eco_requests.request_id IS 'as the client chose it';
COMMENT ON COLUMN strike.eco_requests.eco_id IS 'the order that was made';
COMMENT ON COLUMN strike.eco_requests.content IS 'what was asked for';
SELECT pg_catalog.pg_extension_config_dump('strike.eco_requests', '');

CREATE FUNCTION strike.strike_create_eco(noc_tenant text, osp_tenant text, job_type text,
		description text, location jsonb, request_id uuid DEFAULT NULL) RETURNS strike.eco
	LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'strike_create_eco';
COMMENT ON FUNCTION strike.strike_create_eco(text, text, text, text, jsonb, uuid) IS
	'creates an emergency call-out order; location is a GeoJSON Point or LineString, job_type CMR, MFR or FNOL; osp_tenant null finds the one contractor whose region covers the place
noc_tenant: the NOC that owns the order, the tenant of your token
osp_tenant: the contractor; null finds the one whose region covers the place
job_type: CMR, MFR or FNOL
description: what is known, at most 2,000 characters; it is read to whoever is called
location: GeoJSON Point or LineString, WGS 84, at most 10,000 points
request_id: a UUID of your choice: the same content again gets the same order, so a request can be sent again safely';
REVOKE ALL ON FUNCTION strike.strike_create_eco(text, text, text, text, jsonb, uuid) FROM PUBLIC;

CREATE FUNCTION strike.strike_retry_render(eco_id uuid, reason text) RETURNS strike.eco
	LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'strike_retry_render';
COMMENT ON FUNCTION strike.strike_retry_render(uuid, text) IS
	'tries the contractor''s work system again, for an order that could not be sent
eco_id: the order, one of your own
reason: why, in a few words, at most 2,000 characters; kept with the order';
REVOKE ALL ON FUNCTION strike.strike_retry_render(uuid, text) FROM PUBLIC;

CREATE FUNCTION strike.strike_twilio_webhook(method text, url text, body text, content_type text,
		signature text, OUT http_status int, OUT content_type text, OUT body text)
	LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'strike_twilio_webhook';
COMMENT ON FUNCTION strike.strike_twilio_webhook(text, text, text, text, text) IS
	'a report from Twilio, as the gateway received it: checked against its signature and recorded; returns what to answer';
REVOKE ALL ON FUNCTION strike.strike_twilio_webhook(text, text, text, text, text) FROM PUBLIC;

CREATE FUNCTION strike.strike_repage(eco_id uuid, reason text) RETURNS strike.eco
	LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'strike_repage';
COMMENT ON FUNCTION strike.strike_repage(uuid, text) IS 'pages again, from the first contact on; refused while a page is running and on a closed order
eco_id: the order, one of your own
reason: why, in a few words, at most 2,000 characters; kept with the order';
REVOKE ALL ON FUNCTION strike.strike_repage(uuid, text) FROM PUBLIC;

CREATE FUNCTION strike.strike_take_over(eco_id uuid, reason text) RETURNS strike.eco
	LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'strike_take_over';
COMMENT ON FUNCTION strike.strike_take_over(uuid, text) IS 'a human arranges the crew: calls end, and no page starts by itself any more
eco_id: the order, one of your own
reason: why, in a few words, at most 2,000 characters; kept with the order';
REVOKE ALL ON FUNCTION strike.strike_take_over(uuid, text) FROM PUBLIC;

CREATE FUNCTION strike.strike_cancel_eco(eco_id uuid, reason text) RETURNS strike.eco
	LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'strike_cancel_eco';
COMMENT ON FUNCTION strike.strike_cancel_eco(uuid, text) IS 'false alarm, duplicate, wrong contractor: calls end; the task in the work system is left
eco_id: the order, one of your own
reason: why, in a few words, at most 2,000 characters; kept with the order';
REVOKE ALL ON FUNCTION strike.strike_cancel_eco(uuid, text) FROM PUBLIC;

CREATE FUNCTION strike.strike_reopen_eco(eco_id uuid, reason text) RETURNS strike.eco
	LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'strike_reopen_eco';
COMMENT ON FUNCTION strike.strike_reopen_eco(uuid, text) IS 'a closed or canceled order goes on
eco_id: the order, one of your own
reason: why, in a few words, at most 2,000 characters; kept with the order';
REVOKE ALL ON FUNCTION strike.strike_reopen_eco(uuid, text) FROM PUBLIC;

CREATE FUNCTION strike.strike_acknowledge(eco_id uuid, note text) RETURNS strike.eco
	LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'strike_acknowledge';
COMMENT ON FUNCTION strike.strike_acknowledge(uuid, text) IS 'seen: needs_attention is silent until something changes
eco_id: the order, one of your own
note: what you know or do, at most 2,000 characters; kept with the order';
REVOKE ALL ON FUNCTION strike.strike_acknowledge(uuid, text) FROM PUBLIC;

CREATE FUNCTION strike.strike_add_note(eco_id uuid, note text) RETURNS strike.eco
	LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'strike_add_note';
COMMENT ON FUNCTION strike.strike_add_note(uuid, text) IS 'writes a note, kept with the order
eco_id: the order, one of your own
note: the words, at most 2,000 characters; kept with the order';
REVOKE ALL ON FUNCTION strike.strike_add_note(uuid, text) FROM PUBLIC;

CREATE FUNCTION strike.strike_settle_tasks(eco_id uuid, reason text) RETURNS strike.eco
	LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'strike_settle_tasks';
COMMENT ON FUNCTION strike.strike_settle_tasks(uuid, text) IS 'tasks that have vanished from the contractor''s work system are no matter: they count as completed until they are back
eco_id: the order, one of your own
reason: why, in a few words, at most 2,000 characters; kept with the order';
REVOKE ALL ON FUNCTION strike.strike_settle_tasks(uuid, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION strike.strike_settle_tasks(uuid, text) TO strike_operator, strike_admin;

CREATE FUNCTION strike.strike_reassign_eco(eco_id uuid, osp_tenant text, reason text) RETURNS strike.eco
	LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'strike_reassign_eco';
COMMENT ON FUNCTION strike.strike_reassign_eco(uuid, text, text) IS 'another contractor gets the order: it is canceled and a new one made at once, each names the other; returns the new one, also when pressed twice
eco_id: the order, one of your own
osp_tenant: the contractor who gets it
reason: why, in a few words, at most 2,000 characters; kept with the order';
REVOKE ALL ON FUNCTION strike.strike_reassign_eco(uuid, text, text) FROM PUBLIC;
