-- Demo data.  Repeatable: what was edited since stays, but addresses and credentials follow the
-- ports and secrets of this start.
-- Variables: mock (its base URL); from the environment, so that they stand in no process list:
-- ACCOUNT_SID, FLOW_SID, TWILIO_TOKEN, RENDER_SECRET.
\getenv account_sid ACCOUNT_SID
\getenv flow_sid FLOW_SID
\getenv twilio_token TWILIO_TOKEN
\getenv render_secret RENDER_SECRET
SET client_min_messages = warning;
SET search_path = strike, public;
BEGIN;

INSERT INTO tenants (code, name, kind, job_prefix) VALUES
	('noc-east', 'NOC East', 'NOC', 'E2'),
	('noc-west', 'NOC West', 'NOC', 'W1'),
	('osp-fibre', 'Fibre Co', 'OSP', null),
	('osp-north', 'Northern Lines', 'OSP', null)
ON CONFLICT (code) DO NOTHING;

INSERT INTO render_instances AS r (osp_tenant, api_url, token_url, client_id, client_secret, project)
SELECT v.osp_tenant, :'mock' || '/render', :'mock' || '/render/oauth/token', v.osp_tenant,
	:'render_secret', v.project
FROM (VALUES ('osp-fibre', 'fibre-emergency'), ('osp-north', 'north-emergency')) AS v(osp_tenant, project)
ON CONFLICT (osp_tenant) DO UPDATE SET api_url = excluded.api_url, token_url = excluded.token_url,
	client_secret = excluded.client_secret
WHERE (r.api_url, r.token_url, r.client_secret)
	IS DISTINCT FROM (excluded.api_url, excluded.token_url, excluded.client_secret);

INSERT INTO twilio_accounts AS t (osp_tenant, api_url, studio_url, account_sid, auth_token, from_number,
	flow_sid, transport)
VALUES (null, :'mock' || '/twilio', :'mock' || '/twilio', :'account_sid', :'twilio_token',
	'+15125550100', :'flow_sid', 'studio')
ON CONFLICT (osp_tenant) DO UPDATE SET api_url = excluded.api_url, studio_url = excluded.studio_url,
	account_sid = excluded.account_sid, auth_token = excluded.auth_token, flow_sid = excluded.flow_sid
WHERE (t.api_url, t.studio_url, t.account_sid, t.auth_token, t.flow_sid) IS DISTINCT FROM
	(excluded.api_url, excluded.studio_url, excluded.account_sid, excluded.auth_token, excluded.flow_sid);

-- Austin, its north, and Dallas: they don't overlap, so POINT(-97.74 30.27) has one contractor.
-- Lists are made with their region only: who was taken off a list stays off it.
WITH region AS (
	INSERT INTO pager_regions (osp_tenant, name, area, priority)
	SELECT v.osp_tenant, v.name, ST_Multi(ST_MakeEnvelope(v.west, v.south, v.east, v.north, 4326)), 0
	FROM (VALUES
		('osp-fibre', 'Austin', -97.95, 30.10, -97.55, 30.42),
		('osp-fibre', 'Round Rock', -97.95, 30.42, -97.45, 30.75),
		('osp-north', 'Dallas', -97.10, 32.60, -96.50, 33.05)
	) AS v(osp_tenant, name, west, south, east, north)
	ON CONFLICT (osp_tenant, name) DO NOTHING
	RETURNING region_id, name
)
INSERT INTO pager_contacts (region_id, position, name, phone)
SELECT region.region_id, v.position, v.name, v.phone
FROM region JOIN (VALUES
	('Austin', 1, 'J. Reyes', '+15125550111'),
	('Austin', 2, 'A. Ortiz', '+15125550112'),
	('Austin', 3, 'M. Chan', '+15125550113'),
	('Round Rock', 1, 'L. Novak', '+15125550121'),
	('Round Rock', 2, 'S. Adeyemi', '+15125550122'),
	('Round Rock', 3, 'P. Lindqvist', '+15125550123'),
	('Dallas', 1, 'T. Okafor', '+15125550131'),
	('Dallas', 2, 'R. Haddad', '+15125550132'),
	('Dallas', 3, 'K. Brandt', '+15125550133')
) AS v(region, position, name, phone) ON v.region = region.name;

COMMIT;
