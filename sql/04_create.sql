-- creating orders: every cause of refusal has words of its own
SET client_min_messages = error; -- whether a worker serves this database is not the subject
SET search_path = strike, public;
INSERT INTO tenants VALUES ('noc-east', 'NOC East', 'NOC', 'E2'), ('noc-west', 'NOC West', 'NOC', 'W1'),
	('osp-fibre', 'Fibre Co', 'OSP', null), ('osp-north', 'North Co', 'OSP', null);
INSERT INTO pager_regions (osp_tenant, name, area) VALUES
	('osp-fibre', 'Austin', ST_Multi(ST_MakeEnvelope(-98, 30, -97, 31, 4326))),
	('osp-north', 'Border', ST_Multi(ST_MakeEnvelope(-97.2, 30, -96, 31, 4326)));
SELECT regexp_replace(job_id, '\d{4}$', 'YEAR') AS job_id, noc_tenant, osp_tenant, job_type, description, location, status, phase, version
	FROM strike_create_eco('noc-east', 'osp-fibre', 'CMR', 'Fiber cut on Main St', '{"type": "Point", "coordinates": [-97.74, 30.27]}');
SELECT regexp_replace(job_id, '\d{4}$', 'YEAR') AS job_id, osp_tenant, location->>'type'
	FROM strike_create_eco('noc-east', null, 'FNOL', 'Pole hit', '{"type": "LineString", "coordinates": [[-97.74, 30.27], [-97.73, 30.28]]}');
SELECT regexp_replace(job_id, '\d{4}$', 'YEAR') AS job_id
	FROM strike_create_eco('noc-west', 'osp-north', 'MFR', 'Cabinet open', '{"type": "Point", "coordinates": [-97.74, 30.27, 150]}');
SELECT event_type, metadata, (SELECT array_agg(k ORDER BY k) FROM jsonb_object_keys(payload) k) AS keys FROM events
	WHERE stream_type = 'ECO' AND event_type = 'ECOCreatedEvent' ORDER BY position LIMIT 1;
\set point '{"type": "Point", "coordinates": [-97.74, 30.27]}'
SELECT strike_create_eco('noc-east', 'osp-fibre', 'CMR', '  ', :'point');
SELECT strike_create_eco('noc-east', 'osp-fibre', 'cmr', 'x', :'point');
SELECT strike_create_eco('noc-east', 'osp-fibre', 'CMR', repeat('x', 2001), :'point');
SELECT strike_create_eco('nobody', 'osp-fibre', 'CMR', 'x', :'point');
SELECT strike_create_eco('noc-east', 'nobody', 'CMR', 'x', :'point');
SELECT strike_create_eco('osp-fibre', 'osp-fibre', 'CMR', 'x', :'point');
SELECT strike_create_eco('noc-east', 'noc-west', 'CMR', 'x', :'point');
SELECT strike_create_eco('noc-east', 'osp-fibre', 'CMR', 'x', '{"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}');
SELECT strike_create_eco('noc-east', 'osp-fibre', 'CMR', 'x', '{"type": "Point", "coordinates": [30.27, -97.74]}');
SELECT strike_create_eco('noc-east', 'osp-fibre', 'CMR', 'x', '{"type": "Point", "coordinates": [12, 34], "crs": {"type": "name", "properties": {"name": "EPSG:3857"}}}');
SELECT strike_create_eco('noc-east', 'osp-fibre', 'CMR', 'x', '{"type": "Point", "coordinates": [1]}');
SELECT strike_create_eco('noc-east', 'osp-fibre', 'CMR', 'x', '{"type": "Point", "coordinates": []}');
SELECT strike_create_eco('noc-east', 'osp-fibre', 'CMR', 'x', '{"type": "Point", "coordinates": ["a", "b"]}');
SELECT strike_create_eco('noc-east', 'osp-fibre', 'CMR', 'x', '{"type": "Point"}');
SELECT strike_create_eco('noc-east', 'osp-fibre', 'CMR', 'x', '[]');
SELECT strike_create_eco('noc-east', 'osp-fibre', 'CMR', 'x', '{"type": "LineString", "coordinates": [[1, 1], [1, 1]]}');
SELECT strike_create_eco('noc-east', 'osp-fibre', 'CMR', 'x', null);
SELECT strike_create_eco('noc-east', null, 'CMR', 'x', '{"type": "Point", "coordinates": [0, 0]}');
SELECT strike_create_eco('noc-east', null, 'CMR', 'x', '{"type": "Point", "coordinates": [-97.1, 30.5]}');
-- nothing was half-written
SELECT count(*) FROM job_numbers;
-- the same request again is the first order; another content is refused; another NOC is apart
SELECT strike_create_eco('noc-east', 'osp-fibre', 'CMR', 'again', :'point', 'aaaaaaaa-0000-4000-8000-000000000001') = strike_create_eco('noc-east', 'osp-fibre', 'CMR', 'again', :'point', 'aaaaaaaa-0000-4000-8000-000000000001') AS same;
SELECT strike_create_eco('noc-east', 'osp-fibre', 'CMR', 'other', :'point', 'aaaaaaaa-0000-4000-8000-000000000001');
SELECT regexp_replace(job_id, '\d{4}$', 'YEAR') AS job_id FROM strike_create_eco('noc-west', 'osp-fibre', 'CMR', 'again', :'point', 'aaaaaaaa-0000-4000-8000-000000000001');
-- an operator creates for his own NOC only, existing or not
SET ROLE strike_operator;
SELECT strike_create_eco('noc-east', 'osp-fibre', 'CMR', 'x', :'point');
SELECT set_config('request.jwt.claims', '{"sub": "kim", "role": "strike_operator", "tenant": "noc-east"}', false) IS NOT NULL AS token;
SELECT noc_tenant, phase FROM strike_create_eco('noc-east', 'osp-fibre', 'CMR', 'x', :'point');
SELECT strike_create_eco('noc-west', 'osp-fibre', 'CMR', 'x', :'point');
SELECT strike_create_eco('nobody', 'osp-fibre', 'CMR', 'x', :'point');
SELECT count(*) FROM events;
RESET ROLE;
SELECT metadata->>'actor' FROM events ORDER BY position DESC LIMIT 1;
SET ROLE strike_contractor;
SELECT strike_create_eco('noc-east', 'osp-fibre', 'CMR', 'x', :'point');
RESET ROLE;
SELECT * FROM strike_verify_events();
