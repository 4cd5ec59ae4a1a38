-- Whose list a place belongs to, on the lines between regions too; what an area may not be.
BEGIN;
SELECT no_plan();
SET client_min_messages = warning;
INSERT INTO tenants VALUES ('osp-geo', 'Geo Co', 'OSP', null), ('osp-else', 'Else Co', 'OSP', null);
CREATE FUNCTION pg_temp.box(x1 float8, y1 float8, x2 float8, y2 float8) RETURNS geometry LANGUAGE sql AS
	$$ SELECT ST_Multi(ST_MakeEnvelope(x1, y1, x2, y2, 4326)) $$;
CREATE FUNCTION pg_temp.list_of(place text) RETURNS text LANGUAGE sql AS
	$$ SELECT name FROM strike.pager_regions WHERE region_id = strike.pager_region('osp-geo', ST_GeomFromText(place, 4326)) $$;
-- message, hint and code of what is refused, 'done' otherwise
CREATE FUNCTION pg_temp.refusal(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	m text;
	h text;
BEGIN
	EXECUTE statement;
	RETURN 'done';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS m = MESSAGE_TEXT, h = PG_EXCEPTION_HINT;
	RETURN concat_ws('|', SQLSTATE, m, h);
END
$$;
CREATE FUNCTION pg_temp.refused(area text) RETURNS text LANGUAGE sql AS
	$$ SELECT pg_temp.refusal(format('INSERT INTO strike.pager_regions (osp_tenant, name, area) VALUES (''osp-geo'', ''wrong'', ST_GeomFromText(%L, 4326))', area)) $$;

INSERT INTO pager_regions (osp_tenant, name, area) VALUES ('osp-geo', 'A', pg_temp.box(0, 0, 10, 10)),
	('osp-geo', 'B', pg_temp.box(10, 0, 20, 10)), ('osp-geo', 'C', pg_temp.box(20, 0, 30, 10)), ('osp-else', 'Everything', pg_temp.box(40, 40, 60, 60)), ('osp-else', 'Far', pg_temp.box(0, 48, 8, 52));

-- points
SELECT is(pg_temp.list_of('POINT(5 5)'), 'A', 'a point within a region is its');
SELECT is(pg_temp.list_of('POINT(5 50)'), null, 'a point in no region has no list, though another contractor covers it');
SELECT is(pg_temp.list_of('POINT(0 0)'), 'A', 'a corner belongs to the region');
SELECT is(pg_temp.list_of('POINT(0 5)'), 'A', 'so does the edge');
SELECT ok(pg_temp.list_of('POINT(10 5)') IN ('A', 'B'), 'a point on the common edge of two regions belongs to one of them');
SELECT is((SELECT count(DISTINCT pg_temp.list_of('POINT(10 5)'))::int FROM generate_series(1, 20)), 1, 'always the same one');
UPDATE pager_regions SET priority = 1 WHERE name = 'B';
SELECT is(pg_temp.list_of('POINT(10 5)'), 'B', 'on a common edge the higher priority counts');
SELECT is(pg_temp.list_of('POINT(20 5)'), 'B', 'on the other edge too');
UPDATE pager_regions SET priority = 0;
UPDATE pager_regions SET area = pg_temp.box(10, 0, 20, 8) WHERE name = 'B';
SELECT is(pg_temp.list_of('POINT(10 5)'), 'B', 'on a common edge of regions of one priority the smaller counts');
INSERT INTO pager_regions (osp_tenant, name, area, priority) VALUES ('osp-geo', 'small', pg_temp.box(4, 4, 6, 6), 0), ('osp-geo', 'large', pg_temp.box(3, 3, 7, 7), 0);
SELECT is(pg_temp.list_of('POINT(5 5)'), 'small', 'where regions overlap the smallest counts');
UPDATE pager_regions SET priority = 5 WHERE name = 'large';
SELECT is(pg_temp.list_of('POINT(5 5)'), 'large', 'unless another has the higher priority');
DELETE FROM pager_regions WHERE name IN ('small', 'large');

-- holes, islands, several parts
INSERT INTO pager_regions (osp_tenant, name, area) VALUES
	('osp-geo', 'ring', ST_Multi(ST_GeomFromText('POLYGON((40 0,60 0,60 20,40 20,40 0),(45 5,55 5,55 15,45 15,45 5))', 4326))),
	('osp-geo', 'parts', ST_GeomFromText('MULTIPOLYGON(((0 -20,5 -20,5 -15,0 -15,0 -20)),((20 -20,25 -20,25 -15,20 -15,20 -20)))', 4326));
SELECT is(pg_temp.list_of('POINT(50 10)'), null, 'a hole is not part of the region');
SELECT is(pg_temp.list_of('POINT(45 10)'), 'ring', 'its edge is');
SELECT is(pg_temp.list_of('POINT(42 10)'), 'ring', 'what is around it is');
SELECT is(pg_temp.list_of('POINT(2 -17)') || pg_temp.list_of('POINT(22 -17)'), 'partsparts', 'a region may have several parts');
SELECT is(pg_temp.list_of('POINT(12 -17)'), null, 'between them is nothing');
SELECT is(pg_temp.list_of('LINESTRING(46 10,54 10)'), null, 'a line within the hole has no list');
INSERT INTO pager_regions (osp_tenant, name, area) VALUES ('osp-geo', 'island', pg_temp.box(48, 8, 52, 12));
SELECT is(pg_temp.list_of('POINT(50 10)'), 'island', 'another region may lie in the hole');
SELECT is(pg_temp.list_of('LINESTRING(40.5 10,53 10)'), 'ring', 'a line from the ring over the hole: more of it in the ring than on the island');
SELECT is(pg_temp.list_of('LINESTRING(43 10,53 10)'), 'island', 'more of it on the island');

-- lines
SELECT is(pg_temp.list_of('LINESTRING(1 5,9 5)'), 'A', 'a line within a region is its');
SELECT is(pg_temp.list_of('LINESTRING(8 5,13 5)'), 'B', 'a line over two regions goes where more of it lies');
SELECT is(pg_temp.list_of('LINESTRING(6 5,13 5)'), 'A', 'in whichever direction');
SELECT is(pg_temp.list_of('LINESTRING(6 5,13 5,13 6,6 6)'), 'A', 'turning back counts');
SELECT is(pg_temp.list_of('LINESTRING(7 5,21 5)'), 'B', 'a line over three regions goes to the one in the middle');
SELECT is(pg_temp.list_of('LINESTRING(-30 5,4 5)'), 'A', 'a line mostly outside goes to the region it does reach');
SELECT is(pg_temp.list_of('LINESTRING(-30 5,22 5)'), (SELECT pg_temp.list_of('LINESTRING(0 5,20 5)')), 'what lies outside doesn''t count');
SELECT is(pg_temp.list_of('LINESTRING(5 -3,5 0)'), 'A', 'a line that only touches a region goes to it, if to nobody else');
SELECT is(pg_temp.list_of('LINESTRING(10 5,13 5)'), 'B', 'touching counts less than any length');
SELECT is(pg_temp.list_of('LINESTRING(8 9,12 9)'), 'A', 'the part beyond the region''s edge doesn''t count');
UPDATE pager_regions SET area = pg_temp.box(10, 0, 20, 10) WHERE name = 'B';
UPDATE pager_regions SET priority = 1 WHERE name = 'B';
SELECT is(pg_temp.list_of('LINESTRING(10 2,10 8)'), 'B', 'a line along the common edge goes by priority');
SELECT is(pg_temp.list_of('LINESTRING(8 5,12 5)'), 'B', 'as does one that two regions share alike');
SELECT is(pg_temp.list_of('LINESTRING(8 5,11.9 5)'), 'A', 'but a longer share beats the priority');
UPDATE pager_regions SET priority = 0;
INSERT INTO pager_regions (osp_tenant, name, area) VALUES ('osp-geo', 'inner', pg_temp.box(1, 1, 9, 9));
SELECT is(pg_temp.list_of('LINESTRING(2 2,8 7)'), 'inner', 'a line that two overlapping regions cover goes to the smaller');
SELECT is(pg_temp.list_of('LINESTRING(0.5 2,8 7)'), 'A', 'unless the larger has more of it');
INSERT INTO pager_regions (osp_tenant, name, area) VALUES ('osp-geo', 'arctic', pg_temp.box(100, 75, 110, 85)), ('osp-geo', 'equator', pg_temp.box(100, -5, 110, 5));
SELECT is(pg_temp.list_of('LINESTRING(101 80,110 80,120 80,120 0,108 0)'), 'equator', 'shares are metres, not degrees: 9 degrees near the pole are shorter than 2 at the equator');
SELECT is(pg_temp.list_of('LINESTRING(5 5,5 6,5 5,5 6,4 5.5,6 5.5,5 4)'), 'inner', 'a line that crosses itself is no trouble');

-- two regions with the same part of a line: the last digits of its length are no reason
INSERT INTO pager_regions (osp_tenant, name, area, priority) VALUES ('osp-else', 'plain', ST_Multi(ST_GeomFromText('POLYGON((0 0,10 0,10 10,0 10,0 0))', 4326)), 0),
	('osp-else', 'preferred', ST_Multi(ST_GeomFromText('POLYGON((0 0,10 0,10 3.3333,10 7.1,10 10,10 12,0 10,0 0))', 4326)), 1);
SELECT is((SELECT name FROM pager_regions WHERE region_id = strike.pager_region('osp-else', ST_GeomFromText(line, 4326))), 'preferred', 'equal shares are equal: ' || line)
FROM unnest(ARRAY['LINESTRING(2.37 1.47,14.55 7.85)', 'LINESTRING(1.14 1.03,14.75 6.38)', 'LINESTRING(2.12 1.34,14.03 8.59)', 'LINESTRING(3.3 2.65,13.46 8)']) line;

-- the default list
INSERT INTO pager_regions (osp_tenant, name) VALUES ('osp-geo', 'default');
SELECT is(pg_temp.list_of('POINT(5 50)'), 'default', 'where no region is the default list counts');
SELECT is(pg_temp.list_of('POINT(5 5)'), 'inner', 'and nowhere else');
SELECT is(pg_temp.list_of('LINESTRING(5 -3,5 0)'), 'A', 'not for a line that touches a region either');
SELECT alike(pg_temp.refusal($$INSERT INTO strike.pager_regions (osp_tenant, name) VALUES ('osp-geo', 'second default')$$), '23505%', 'there is one default list');
DELETE FROM pager_regions WHERE name = 'default';

-- the 180th meridian
SELECT alike(pg_temp.refused('MULTIPOLYGON(((170 -20,-170 -20,-170 -10,170 -10,170 -20)))'),
	'23514|a polygon of the region is wider than half the globe|%two polygons of one MultiPolygon%', 'a polygon across the 180th meridian in one piece is refused');
INSERT INTO pager_regions (osp_tenant, name, area) VALUES ('osp-geo', 'Fiji',
	ST_GeomFromText('MULTIPOLYGON(((176 -20,180 -20,180 -15,176 -15,176 -20)),((-180 -20,-178 -20,-178 -15,-180 -15,-180 -20)))', 4326));
SELECT is(pg_temp.list_of('POINT(179.9 -17)') || pg_temp.list_of('POINT(-179.9 -17)') || pg_temp.list_of('POINT(180 -17)'), 'FijiFijiFiji', 'in two it is one region');
SELECT is(pg_temp.list_of('LINESTRING(179.9 -17,-179.9 -17)'), 'Fiji', 'a line across the meridian is short, and doesn''t run round the globe through others');
SELECT is(pg_temp.list_of('LINESTRING(2 -17,3 -17)'), 'parts', 'where others are');

INSERT INTO pager_regions (osp_tenant, name, area) VALUES ('osp-else', 'on the long way', pg_temp.box(100, -18, 101, -16));
SELECT is((SELECT osp_tenant FROM strike_create_eco('noc-east', null, 'CMR', 'x', '{"type":"LineString","coordinates":[[179.9,-17],[-179.9,-17]]}')), 'osp-geo',
	'an order across the meridian finds its contractor');
SELECT is(pg_temp.refused(ST_AsText(pg_temp.box(-180, -90, 180, 90))), 'done', 'the whole world may be a region');
DELETE FROM pager_regions WHERE name = 'wrong';

-- what can't be stored, each with what to do
SELECT alike(pg_temp.refused('MULTIPOLYGON(((0 0,1 1,1 0,0 1,0 0)))'), '23514|the region''s area is not valid: Self-intersection[0.5 0.5]|%ST_MakeValid%', 'a self-intersection');
SELECT alike(pg_temp.refused('MULTIPOLYGON(((0 0,4 0,4 4,0 4,0 0)),((2 2,6 2,6 6,2 6,2 2)))'), '23514|the region''s area is not valid: %', 'overlapping parts');
SELECT alike(pg_temp.refused('MULTIPOLYGON EMPTY'), '23514|the region''s area is empty|%', 'nothing');
SELECT alike(pg_temp.refused('MULTIPOLYGON(((30.2 -97.7,30.3 -97.7,30.3 -97.6,30.2 -97.6,30.2 -97.7)))'), '23514|the region''s area has coordinates out of range|Longitude comes first%', 'latitude first');
SELECT alike(pg_temp.refused('MULTIPOLYGON(((620000 3340000,630000 3340000,630000 3350000,620000 3350000,620000 3340000)))'), '23514|%out of range|%ST_Transform%', 'metres');
SELECT alike(pg_temp.refused('POLYGON((0 0,1 0,1 1,0 1,0 0))'), '22023|Geometry type (Polygon) does not match column type (MultiPolygon)|%', 'a Polygon wants ST_Multi');
SELECT is(pg_temp.refused(ST_AsText(ST_Multi(ST_GeomFromText('POLYGON((0 0,1 0,1 1,0 1,0 0))')))), 'done', 'which makes it one');
SELECT alike(pg_temp.refused('LINESTRING(0 0,1 1)'), '22023|%', 'a line');
SELECT alike(pg_temp.refusal($$UPDATE strike.pager_regions SET area = ST_GeomFromText('MULTIPOLYGON(((0 0,1 1,1 0,0 1,0 0)))', 4326) WHERE name = 'A'$$), '23514|the region''s area is not valid%', 'an UPDATE is looked at as well');
SELECT alike(pg_temp.refusal($$UPDATE strike.pager_regions SET area = ST_Multi(ST_Buffer(ST_SetSRID(ST_Point(0, 0), 4326), 1, 30000)) WHERE name = 'A'$$), '23514|%points, at most 100000 are allowed|%ST_Simplify%', 'too many points');
SELECT alike(pg_temp.refusal($$UPDATE strike.pager_regions SET name = '  ' WHERE name = 'A'$$), '23514|a region needs a name%', 'no name');
SELECT alike(pg_temp.refusal($$INSERT INTO strike.pager_regions (osp_tenant, name) VALUES ('noc-east', 'x')$$), '23514|"noc-east" is no contractor|%kind OSP%', 'a NOC has no pager list');
SELECT alike(pg_temp.refusal($$UPDATE strike.pager_regions SET region_id = gen_random_uuid() WHERE name = 'A'$$), '23514|a region keeps its region_id|%', 'another key');
SELECT alike(pg_temp.refusal($$TRUNCATE strike.pager_regions CASCADE$$), '55000|TRUNCATE of pager_%', 'TRUNCATE, which no event would tell of');

-- 10,000 regions: found by the index, whoever asks
INSERT INTO pager_regions (osp_tenant, name, area) SELECT 'osp-geo', format('cell %s %s', i, j), pg_temp.box(-120 + i * 0.1, 20 + j * 0.1, -119.9 + i * 0.1, 20.1 + j * 0.1)
FROM generate_series(0, 99) i, generate_series(0, 99) j;
ANALYZE pager_regions;
CREATE TEMP TABLE scans AS SELECT pg_stat_get_xact_numscans('strike.pager_regions_area'::regclass) AS by_index, pg_stat_get_xact_numscans('strike.pager_regions'::regclass) AS whole;
SELECT is(pg_temp.list_of('POINT(-117.65 24.35)'), 'cell 23 43', 'one of ten thousand is found');
SELECT is(pg_temp.list_of('LINESTRING(-117.65 24.35,-117.45 24.35)'), 'cell 24 43', 'for a line too');
SELECT ok(pg_stat_get_xact_numscans('strike.pager_regions_area'::regclass) >= by_index + 2, 'by the index of the areas') FROM scans;
SELECT is(pg_stat_get_xact_numscans('strike.pager_regions'::regclass), whole, 'without reading the table') FROM scans;
SET LOCAL role = strike_worker;
SELECT strike.pager_region('osp-geo', public.ST_GeomFromText('POINT(-117.65 24.35)', 4326)) IS NOT NULL AS found \gset
RESET role;
SELECT ok(:'found', 'the worker finds it too');
SELECT ok(pg_stat_get_xact_numscans('strike.pager_regions_area'::regclass) >= by_index + 3
	AND pg_stat_get_xact_numscans('strike.pager_regions'::regclass) = whole, 'by the index as well, behind row security') FROM scans;

SELECT * FROM finish();
ROLLBACK;
