-- GeoJSON for maps: PostgREST answers Accept: application/geo+json by calling ST_AsGeoJSON(row),
-- which PostGIS makes of a geometry column.  Our orders carry their place as GeoJSON already, so
-- rows found through search_path strike, public go here: the first member that is a geometry
-- becomes the feature's, everything else its properties.
CREATE FUNCTION strike.st_asgeojson(record) RETURNS text
	LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	members json := to_json($1);
	place text;
BEGIN
	SELECT m.key INTO place FROM json_each(members) m
	WHERE json_typeof(m.value) = 'object' AND m.value->>'type' IN ('Point', 'LineString', 'Polygon', 'MultiPoint',
		'MultiLineString', 'MultiPolygon') AND json_typeof(m.value->'coordinates') = 'array' LIMIT 1;
	RETURN json_build_object('type', 'Feature', 'geometry', (members->place)::jsonb - 'crs', 'properties',
		(SELECT coalesce(json_object_agg(m.key, m.value), '{}') FROM json_each(members) m WHERE m.key IS DISTINCT FROM place));
END
$$;
COMMENT ON FUNCTION strike.st_asgeojson(record) IS
	'a row as a GeoJSON feature: its first member that is a geometry, the others as properties; what PostgREST calls for application/geo+json';
