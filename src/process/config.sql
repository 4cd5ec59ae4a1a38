-- Configuration: who calls out, who works, how they are reached.  Plain rows; credentials by the
-- strike_set_*_credentials functions, so that they don't stand in a statement log.

CREATE TABLE strike.tenants (
	code text PRIMARY KEY CHECK (code ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
	name text NOT NULL CHECK (name <> ''),
	kind text NOT NULL CHECK (kind IN ('NOC', 'OSP')),
	job_prefix text UNIQUE CHECK (job_prefix ~ '^[A-Z][A-Z0-9]{0,7}$'),
	CHECK (kind <> 'NOC' OR job_prefix IS NOT NULL)
);
COMMENT ON TABLE strike.tenants IS 'NOCs, which own orders, and OSPs (contractors), which work them';
COMMENT ON COLUMN strike.tenants.code IS 'the name that orders and JWT claims use';
COMMENT ON COLUMN strike.tenants.name IS 'the name people read';
COMMENT ON COLUMN strike.tenants.kind IS 'NOC or OSP';
COMMENT ON COLUMN strike.tenants.job_prefix IS 'first part of job_id; unique over all tenants; NOCs need one';

CREATE TABLE strike.render_instances (
	instance_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	osp_tenant text NOT NULL UNIQUE REFERENCES strike.tenants(code),
	api_url text NOT NULL CHECK (api_url ~ '^https?://'),
	token_url text NOT NULL CHECK (token_url ~ '^https?://'),
	client_id text NOT NULL,
	client_secret text NOT NULL,
	project text NOT NULL CHECK (project <> ''),
	default_task_type text NOT NULL DEFAULT 'Investigation' CHECK (default_task_type <> '')
);
COMMENT ON TABLE strike.render_instances IS 'one Render Networks project and its credentials per OSP';
COMMENT ON COLUMN strike.render_instances.instance_id IS 'named in RenderIntegrationStatusUpdatedEvent';
COMMENT ON COLUMN strike.render_instances.osp_tenant IS 'whose project it is';
COMMENT ON COLUMN strike.render_instances.api_url IS 'base URL; tasks are at {api_url}/tasks';
COMMENT ON COLUMN strike.render_instances.token_url IS 'OAuth2 token endpoint (client credentials)';
COMMENT ON COLUMN strike.render_instances.client_id IS 'OAuth2 client';
COMMENT ON COLUMN strike.render_instances.client_secret IS 'OAuth2 secret; readable by the workers alone';
COMMENT ON COLUMN strike.render_instances.project IS 'Render project that gets the tasks';
COMMENT ON COLUMN strike.render_instances.default_task_type IS 'task type of the first task';

CREATE TABLE strike.twilio_accounts (
	account_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	osp_tenant text REFERENCES strike.tenants(code),
	api_url text NOT NULL DEFAULT 'https://api.twilio.com' CHECK (api_url ~ '^https?://'),
	studio_url text NOT NULL DEFAULT 'https://studio.twilio.com' CHECK (studio_url ~ '^https?://'),
	account_sid text NOT NULL CHECK (account_sid ~ '^AC[0-9a-fA-F]{32}$'),
	auth_token text NOT NULL CHECK (auth_token <> ''),
	auth_token_next text,
	from_number text NOT NULL CHECK (from_number ~ '^\+[1-9][0-9]{1,14}$'),
	flow_sid text CHECK (flow_sid ~ '^FW[0-9a-fA-F]{32}$'),
	transport text NOT NULL DEFAULT 'studio' CHECK (transport IN ('studio', 'calls')),
	calls_per_second real NOT NULL DEFAULT 20 CHECK (calls_per_second BETWEEN 0.01::real AND 1000),
	max_calls int CHECK (max_calls > 0),
	CHECK (transport <> 'studio' OR flow_sid IS NOT NULL),
	UNIQUE NULLS NOT DISTINCT (osp_tenant)
);
COMMENT ON TABLE strike.twilio_accounts IS 'telephone accounts: one per OSP, or one for all (osp_tenant null)';
COMMENT ON COLUMN strike.twilio_accounts.account_id IS 'key';
COMMENT ON COLUMN strike.twilio_accounts.osp_tenant IS 'whose account it is; null: for every OSP without its own';
COMMENT ON COLUMN strike.twilio_accounts.api_url IS 'base of the Calls API';
COMMENT ON COLUMN strike.twilio_accounts.studio_url IS 'base of the Studio API';
COMMENT ON COLUMN strike.twilio_accounts.account_sid IS 'AC…';
COMMENT ON COLUMN strike.twilio_accounts.auth_token IS 'signs webhooks and requests; readable by the workers and the webhook function alone';
COMMENT ON COLUMN strike.twilio_accounts.auth_token_next IS 'second token while rotating: both are tried on webhooks';
COMMENT ON COLUMN strike.twilio_accounts.from_number IS 'caller''s number, E.164';
COMMENT ON COLUMN strike.twilio_accounts.flow_sid IS 'FW…, the Studio flow that pages';
COMMENT ON COLUMN strike.twilio_accounts.transport IS 'studio (executions) or calls (TwiML)';
COMMENT ON COLUMN strike.twilio_accounts.calls_per_second IS 'how fast calls are requested at most; what the provider then queues by itself doesn''t eat the contact''s time';
COMMENT ON COLUMN strike.twilio_accounts.max_calls IS 'calls at the same time at most; null: no limit known';

CREATE FUNCTION strike.check_credentials() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'strike_check_credentials';
COMMENT ON FUNCTION strike.check_credentials() IS 'refuses a wrong row in words, before the server shows it with its secret in an error and in the log';
REVOKE ALL ON FUNCTION strike.check_credentials() FROM PUBLIC;
CREATE TRIGGER render_instances_checked BEFORE INSERT OR UPDATE ON strike.render_instances
	FOR EACH ROW EXECUTE FUNCTION strike.check_credentials();
COMMENT ON TRIGGER render_instances_checked ON strike.render_instances IS 'a wrong row is refused without being shown';
CREATE TRIGGER twilio_accounts_checked BEFORE INSERT OR UPDATE ON strike.twilio_accounts
	FOR EACH ROW EXECUTE FUNCTION strike.check_credentials();
COMMENT ON TRIGGER twilio_accounts_checked ON strike.twilio_accounts IS 'a wrong row is refused without being shown';

CREATE FUNCTION strike.hush_credentials() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'strike_hush_credentials';
COMMENT ON FUNCTION strike.hush_credentials() IS 'an error from here to the transaction''s end logs no statement and no context: a secret may stand in them';
REVOKE ALL ON FUNCTION strike.hush_credentials() FROM PUBLIC;
CREATE TRIGGER render_instances_hushed BEFORE INSERT OR UPDATE ON strike.render_instances
	FOR EACH STATEMENT EXECUTE FUNCTION strike.hush_credentials();
COMMENT ON TRIGGER render_instances_hushed ON strike.render_instances IS 'a statement that fails isn''t logged';
CREATE TRIGGER twilio_accounts_hushed BEFORE INSERT OR UPDATE ON strike.twilio_accounts
	FOR EACH STATEMENT EXECUTE FUNCTION strike.hush_credentials();
COMMENT ON TRIGGER twilio_accounts_hushed ON strike.twilio_accounts IS 'a statement that fails isn''t logged';

CREATE FUNCTION strike.strike_set_render_credentials(osp_tenant text, client_id text, client_secret text) RETURNS void
	LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
	UPDATE strike.render_instances i SET client_id = strike_set_render_credentials.client_id, client_secret = strike_set_render_credentials.client_secret
	WHERE i.osp_tenant = strike_set_render_credentials.osp_tenant;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'the contractor has no work system' USING ERRCODE = '22023',
			HINT = 'INSERT its row in render_instances first, with any client_secret.';
	END IF;
END
$$;
COMMENT ON FUNCTION strike.strike_set_render_credentials(text, text, text) IS 'sets the credentials of a contractor''s work system; call it with parameters, or with pg_read_file(), so that they stand in no statement
osp_tenant: whose work system
client_id: OAuth2 client
client_secret: its secret';
REVOKE ALL ON FUNCTION strike.strike_set_render_credentials(text, text, text) FROM PUBLIC;

CREATE FUNCTION strike.strike_set_twilio_credentials(osp_tenant text, account_sid text, auth_token text, auth_token_next text DEFAULT NULL) RETURNS void
	LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
	UPDATE strike.twilio_accounts a SET account_sid = strike_set_twilio_credentials.account_sid,
		auth_token = strike_set_twilio_credentials.auth_token, auth_token_next = strike_set_twilio_credentials.auth_token_next
	WHERE a.osp_tenant IS NOT DISTINCT FROM strike_set_twilio_credentials.osp_tenant;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'there is no such telephone account' USING ERRCODE = '22023',
			HINT = 'INSERT its row in twilio_accounts first, with any auth_token; osp_tenant null is the account for all.';
	END IF;
END
$$;
COMMENT ON FUNCTION strike.strike_set_twilio_credentials(text, text, text, text) IS 'sets a telephone account''s credentials; call it with parameters, or with pg_read_file(), so that they stand in no statement
osp_tenant: whose account; null is the one for all
account_sid: AC…
auth_token: the primary one
auth_token_next: while rotating: both are tried on webhooks; null ends the rotation';
REVOKE ALL ON FUNCTION strike.strike_set_twilio_credentials(text, text, text, text) FROM PUBLIC;

CREATE TABLE strike.pager_regions (
	region_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	osp_tenant text NOT NULL REFERENCES strike.tenants(code),
	name text NOT NULL CHECK (name <> ''),
	area public.geometry(MultiPolygon, 4326) CHECK (area IS NULL OR (public.ST_IsValid(area) AND NOT public.ST_IsEmpty(area))),
	priority int NOT NULL DEFAULT 0,
	call_off_duty boolean NOT NULL DEFAULT true,
	UNIQUE (osp_tenant, name)
);
CREATE INDEX pager_regions_area ON strike.pager_regions USING gist (area);
CREATE UNIQUE INDEX pager_regions_default ON strike.pager_regions (osp_tenant) WHERE area IS NULL;
COMMENT ON TABLE strike.pager_regions IS 'who is called where: an OSP''s polygons, each with a contact list';
COMMENT ON COLUMN strike.pager_regions.region_id IS 'key';
COMMENT ON COLUMN strike.pager_regions.osp_tenant IS 'whose region it is';
COMMENT ON COLUMN strike.pager_regions.name IS 'the name people read';
COMMENT ON COLUMN strike.pager_regions.area IS 'WGS 84; null: the OSP''s default list, for places that no region covers';
COMMENT ON COLUMN strike.pager_regions.call_off_duty IS 'when nobody on the list is on duty: true calls everybody all the same, false fails the page at once, for the NOC to act';
COMMENT ON COLUMN strike.pager_regions.priority IS 'where regions overlap the higher one counts, then the smaller area';

CREATE TABLE strike.pager_contacts (
	contact_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	region_id uuid NOT NULL REFERENCES strike.pager_regions(region_id) ON DELETE CASCADE,
	position int NOT NULL CHECK (position BETWEEN 1 AND 200),
	name text NOT NULL CHECK (name <> '' AND length(name) <= 200),
	phone text NOT NULL CHECK (phone ~ '^\+[1-9][0-9]{1,14}$'),
	active boolean NOT NULL DEFAULT true,
	time_zone text,
	UNIQUE (region_id, position) DEFERRABLE INITIALLY IMMEDIATE
);
COMMENT ON TABLE strike.pager_contacts IS 'supervisors of a region, called in order of position';
COMMENT ON COLUMN strike.pager_contacts.contact_id IS 'key';
COMMENT ON COLUMN strike.pager_contacts.region_id IS 'the list it stands in';
COMMENT ON COLUMN strike.pager_contacts.position IS 'order of calling, from 1';
COMMENT ON COLUMN strike.pager_contacts.name IS 'the name people read; never in an event';
COMMENT ON COLUMN strike.pager_contacts.phone IS 'E.164; never in an event, never on an operator''s screen';
COMMENT ON COLUMN strike.pager_contacts.time_zone IS 'of his duty windows: Area/City, e.g. America/Chicago';
COMMENT ON COLUMN strike.pager_contacts.active IS 'false: skipped, and the timeline says so';

CREATE TABLE strike.pager_duty (
	duty_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	contact_id uuid NOT NULL REFERENCES strike.pager_contacts(contact_id) ON DELETE CASCADE,
	weekdays int[] NOT NULL CHECK (cardinality(weekdays) BETWEEN 1 AND 7 AND weekdays <@ '{1,2,3,4,5,6,7}'),
	from_time time NOT NULL,
	to_time time NOT NULL
);
CREATE INDEX pager_duty_contact ON strike.pager_duty (contact_id);
COMMENT ON TABLE strike.pager_duty IS 'weekly windows in which a contact is called; a contact without any is called at all times';
COMMENT ON COLUMN strike.pager_duty.duty_id IS 'key';
COMMENT ON COLUMN strike.pager_duty.contact_id IS 'whose window it is';
COMMENT ON COLUMN strike.pager_duty.weekdays IS 'the days on which it begins: 1 = Monday … 7 = Sunday, in his time zone';
COMMENT ON COLUMN strike.pager_duty.from_time IS 'its begin, by the clock on his wall';
COMMENT ON COLUMN strike.pager_duty.to_time IS 'its end, by the clock on his wall: on the next day if it isn''t later than from_time';

CREATE TABLE strike.contact_refs (
	contact_ref uuid PRIMARY KEY,
	contact_id uuid,
	name text,
	phone text,
	salt bytea
);
COMMENT ON TABLE strike.contact_refs IS 'who an event''s contact_ref was, as known when the run started; erasing a person empties the row, the events stay';
COMMENT ON COLUMN strike.contact_refs.contact_ref IS 'as in payloads';
COMMENT ON COLUMN strike.contact_refs.contact_id IS 'the list entry it was taken from; may be gone since';
COMMENT ON COLUMN strike.contact_refs.name IS 'null once erased';
COMMENT ON COLUMN strike.contact_refs.phone IS 'E.164; null once erased';
COMMENT ON COLUMN strike.contact_refs.salt IS '16 random bytes: payloads'' contact_digest = SHA-256(salt, lp(name), lp(phone)); null once erased';

SELECT pg_catalog.pg_extension_config_dump('strike.tenants', '');
SELECT pg_catalog.pg_extension_config_dump('strike.render_instances', '');
SELECT pg_catalog.pg_extension_config_dump('strike.twilio_accounts', '');
SELECT pg_catalog.pg_extension_config_dump('strike.pager_regions', '');
SELECT pg_catalog.pg_extension_config_dump('strike.pager_contacts', '');
SELECT pg_catalog.pg_extension_config_dump('strike.pager_duty', '');
SELECT pg_catalog.pg_extension_config_dump('strike.contact_refs', '');
