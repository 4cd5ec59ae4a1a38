-- an order at any moment, and who would be called
SET client_min_messages = error; -- whether a worker serves this database is not the subject
SET search_path = strike, public;
\set SHOW_CONTEXT never
INSERT INTO pager_contacts (region_id, position, name, phone, active)
	SELECT region_id, n, (ARRAY['A. Ortiz', 'J. Reyes'])[n], '+1512555000' || n, n = 1 FROM pager_regions, generate_series(1, 2) n WHERE name = 'Austin';
\set point '{"type": "Point", "coordinates": [-97.74, 30.27]}'
SELECT position, contact_name, reachable, reason FROM strike_page_plan('osp-fibre', :'point');
INSERT INTO twilio_accounts (account_sid, auth_token, from_number, flow_sid) VALUES ('AC' || repeat('0', 32), 'x', '+15125550000', 'FW' || repeat('0', 32));
SELECT position, contact_name, reachable, reason FROM strike_page_plan('osp-fibre', :'point');
SELECT position, contact_name, reachable, reason FROM strike_page_plan('osp-fibre', '{"type": "Point", "coordinates": [0, 0]}');
SELECT position, contact_name, reachable, reason FROM strike_page_plan('osp-north', '{"type": "LineString", "coordinates": [[-96.5, 30.5], [-96.4, 30.5]]}');
SELECT position, contact_name, reachable, reason FROM strike_page_plan('nobody', :'point');
SELECT position, contact_name, reachable, reason FROM strike_page_plan('noc-east', :'point');
SELECT position, contact_name, reachable, reason FROM strike_page_plan('osp-fibre', '{"type": "Polygon"}');
SELECT position, contact_name, reachable, reason FROM strike_page_plan('osp-fibre', null);
SELECT eco_id AS eco, created_at AS born FROM strike_create_eco('noc-east', 'osp-fibre', 'CMR', 'A moment', :'point') \gset
SELECT status, phase FROM strike_cancel_eco(:'eco', 'false alarm');
SELECT strike_eco_state(:'eco')->>'phase' AS now, strike_eco_state(:'eco', :'born')->>'phase' AS then,
	strike_eco_state(:'eco', '2000-01-01') AS before, strike_eco_state(:'eco')->>'render_status' AS internal;
SELECT strike_eco_state('00000000-0000-4000-8000-000000000404');
SELECT set_config('request.jwt.claims', '{"sub": "kim", "role": "strike_operator", "tenant": "noc-east"}', false) IS NOT NULL AS token;
SET ROLE strike_operator;
SELECT (SELECT array_agg(k ORDER BY k) FROM jsonb_object_keys(strike_eco_state(:'eco')) k) = (SELECT array_agg(attname::text ORDER BY attname::text)
	FROM pg_attribute WHERE attrelid = 'noc_ecos'::regclass AND attnum > 0) AS "keys as noc_ecos";
SELECT contact_name FROM strike_page_plan('osp-fibre', :'point');
RESET ROLE;
SELECT set_config('request.jwt.claims', '{"sub": "pat", "role": "strike_contractor", "tenant": "osp-north"}', false) IS NOT NULL AS token;
SET ROLE strike_contractor;
SELECT strike_eco_state(:'eco');
SELECT contact_name FROM strike_page_plan('osp-fibre', :'point');
RESET ROLE;
SELECT set_config('request.jwt.claims', '', false) IS NOT NULL AS no_token;
