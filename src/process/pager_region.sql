-- Regions: what an area may be, and which of a contractor's lists covers a place.

CREATE FUNCTION strike.check_region() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	problem text;
	advice text;
BEGIN
	IF NEW.name !~ '\S' OR length(NEW.name) > 200 THEN
		problem := 'a region needs a name of at most 200 characters';
		advice := 'It is what people read in the plan and in the timeline.';
	ELSIF NOT EXISTS (SELECT FROM strike.tenants t WHERE t.code = NEW.osp_tenant AND t.kind = 'OSP') THEN
		problem := format('"%s" is no contractor', NEW.osp_tenant);
		advice := 'A region belongs to a tenant of kind OSP.';
	ELSIF NEW.area IS NULL OR TG_OP = 'UPDATE' AND OLD.area IS NOT NULL AND NEW.area OPERATOR(public.~=) OLD.area
			AND public.ST_OrderingEquals(NEW.area, OLD.area) THEN
		RETURN NEW;
	ELSIF public.ST_IsEmpty(NEW.area) THEN
		problem := 'the region''s area is empty';
		advice := 'Give at least one polygon; null makes the list the contractor''s default list.';
	ELSIF public.ST_NPoints(NEW.area) > 100000 THEN
		problem := format('the region''s area has %s points, at most 100000 are allowed', public.ST_NPoints(NEW.area));
		advice := 'ST_SimplifyPreserveTopology(area, 0.0001) leaves out what no call-out needs.';
	ELSIF NOT (public.ST_XMin(NEW.area) >= -180 AND public.ST_XMax(NEW.area) <= 180
			AND public.ST_YMin(NEW.area) >= -90 AND public.ST_YMax(NEW.area) <= 90) THEN
		problem := 'the region''s area has coordinates out of range';
		advice := 'Longitude comes first (-180 to 180), then latitude (-90 to 90), WGS 84; a plan in metres is brought there by ST_Transform(area, 4326).';
	ELSIF NOT public.ST_IsValid(NEW.area, 0) THEN
		problem := 'the region''s area is not valid: ' || public.ST_IsValidReason(NEW.area);
		advice := 'Draw it again, or see what ST_Multi(ST_CollectionExtract(ST_MakeValid(area), 3)) makes of it.';
	ELSIF EXISTS (SELECT FROM public.ST_Dump(NEW.area) d WHERE public.ST_XMax(d.geom) - public.ST_XMin(d.geom) > 180
			AND public.ST_YMax(d.geom) - public.ST_YMin(d.geom) <= 90) THEN -- higher: somebody means the whole world
		problem := 'a polygon of the region is wider than half the globe';
		advice := 'An area across the 180th meridian is given as two polygons of one MultiPolygon, one on each side of it.';
	ELSE
		RETURN NEW;
	END IF;
	RAISE EXCEPTION '%', problem USING ERRCODE = 'check_violation', HINT = advice, TABLE = 'pager_regions', SCHEMA = 'strike';
END
$$;
COMMENT ON FUNCTION strike.check_region() IS 'trigger: refuses areas that no place could be looked up in, in plain words';
REVOKE ALL ON FUNCTION strike.check_region() FROM PUBLIC;
CREATE TRIGGER check_region BEFORE INSERT OR UPDATE ON strike.pager_regions
	FOR EACH ROW EXECUTE FUNCTION strike.check_region();
COMMENT ON TRIGGER check_region ON strike.pager_regions IS 'refuses areas that no place could be looked up in, in plain words';

CREATE FUNCTION strike.short_way(place public.geometry) RETURNS public.geometry
	LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN public.ST_XMax(place) - public.ST_XMin(place) > 180
		THEN public.ST_WrapX(public.ST_ShiftLongitude(place), 180, -360) ELSE place END
$$;
COMMENT ON FUNCTION strike.short_way(public.geometry) IS 'a line that jumps over the 180th meridian, cut there: it doesn''t run round the globe';
REVOKE ALL ON FUNCTION strike.short_way(public.geometry) FROM PUBLIC;

-- Plans are kept by the session: no SQL function that is planned at each call.  Lengths are measured
-- only when a line meets more than one region, and to the centimetre, so that two areas with the
-- same part of it have the same share.
CREATE FUNCTION strike.pager_region(osp_tenant text, location public.geometry) RETURNS uuid
	LANGUAGE plpgsql STABLE AS $$
DECLARE
	place public.geometry := strike.short_way(location);
	measured boolean := public.ST_Dimension(place) > 0;
	region uuid;
BEGIN
	IF measured THEN
		BEGIN
			SELECT m.region_id INTO region FROM (SELECT r.region_id, r.priority, r.area, count(*) OVER () AS n FROM strike.pager_regions r
				WHERE r.osp_tenant = pager_region.osp_tenant AND public.ST_Intersects(r.area, place)) m
			ORDER BY CASE WHEN m.n > 1 THEN round(public.ST_Length(public.ST_Intersection(m.area, place)::public.geography, false)::numeric, 2) END DESC,
				m.priority DESC, public.ST_Area(m.area), m.region_id LIMIT 1;
		EXCEPTION WHEN internal_error THEN
			-- a line that can't be cut: rather one of its regions than no page
			RAISE WARNING 'the shares of a line can''t be measured: %', SQLERRM;
			measured := false;
		END;
	END IF;
	IF NOT measured THEN
		SELECT r.region_id INTO region FROM strike.pager_regions r
		WHERE r.osp_tenant = pager_region.osp_tenant AND public.ST_Intersects(r.area, place)
		ORDER BY r.priority DESC, public.ST_Area(r.area), r.region_id LIMIT 1;
	END IF;
	IF region IS NULL THEN
		SELECT r.region_id INTO region FROM strike.pager_regions r
		WHERE r.osp_tenant = pager_region.osp_tenant AND r.area IS NULL;
	END IF;
	RETURN region;
END
$$;
COMMENT ON FUNCTION strike.pager_region(text, public.geometry) IS
	'the contractor''s region for a place: for a line the one with the longest share, then by priority, then the smaller; else the default list; null = none';
REVOKE ALL ON FUNCTION strike.pager_region(text, public.geometry) FROM PUBLIC;
