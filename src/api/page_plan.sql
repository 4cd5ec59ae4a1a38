-- The dry run: region, order, duty and reachability by the functions that a run uses.
CREATE FUNCTION strike.strike_page_plan(osp_tenant text, location jsonb, at timestamptz DEFAULT NULL)
	RETURNS TABLE ("position" int, contact_name text, reachable boolean, reason text, call_at timestamptz)
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	region strike.pager_regions;
	account strike.twilio_accounts;
	moment timestamptz := coalesce(strike_page_plan.at, strike.strike_now());
	is_now boolean := moment BETWEEN strike.strike_now() - interval '1 minute' AND strike.strike_now() + interval '1 minute';
	patience interval := current_setting('strike.pager_deadline')::interval;
	blocked text; -- for everybody
	anybody boolean;
	n int;
BEGIN
	-- a contractor asks about himself; a NOC about whom it could call
	IF NOT (strike.strike_caller_unrestricted() OR coalesce(strike.strike_caller_osp() = strike_page_plan.osp_tenant, false)
			OR EXISTS (SELECT FROM strike.tenants t WHERE t.code = strike.strike_caller_noc() AND t.kind = 'NOC')) THEN
		RAISE EXCEPTION 'no right to see who is called for this tenant'
			USING ERRCODE = '42501', HINT = 'Use the tenant of your token.';
	END IF;
	IF NOT EXISTS (SELECT FROM strike.tenants t WHERE t.code = strike_page_plan.osp_tenant AND t.kind = 'OSP') THEN
		RAISE EXCEPTION 'unknown contractor "%"', strike_page_plan.osp_tenant
			USING ERRCODE = '22023', HINT = 'Contractors are the tenants of kind OSP.';
	END IF;
	PERFORM strike.check_location(strike_page_plan.location);
	IF NOT isfinite(moment) THEN
		RAISE EXCEPTION 'the moment is not finite' USING ERRCODE = '22023', HINT = 'Leave it out for now.';
	END IF;
	SELECT r.* INTO region FROM strike.pager_regions r WHERE r.region_id = strike.pager_region(strike_page_plan.osp_tenant,
		public.ST_SetSRID(public.ST_GeomFromGeoJSON(strike_page_plan.location::text), 4326));
	IF NOT FOUND THEN
		RETURN QUERY SELECT NULL::int, NULL::text, false, 'no pager region covers this location', NULL::timestamptz;
		RETURN;
	END IF;
	SELECT a.* INTO account FROM strike.twilio_accounts a
	WHERE a.osp_tenant = strike_page_plan.osp_tenant OR a.osp_tenant IS NULL ORDER BY a.osp_tenant NULLS LAST LIMIT 1;
	blocked := CASE WHEN NOT FOUND THEN 'no telephone account is configured'
		WHEN account.transport = 'studio' AND account.flow_sid IS NULL THEN 'the telephone account has no Studio flow' END;
	SELECT bool_or(l.obstacle = ''), count(*) INTO anybody, n FROM strike.pager_list(region.region_id, moment) l WHERE l.obstacle IN ('', 'off duty');
	RETURN QUERY
	SELECT p.position, c.name, p.can, coalesce(p.why, CASE WHEN is_now AND EXISTS (SELECT FROM strike.pager_attempts t
			WHERE t.line = c.phone) THEN 'is on the telephone: waited for' END),
		CASE WHEN p.can THEN moment + patience * (count(*) FILTER (WHERE p.can) OVER (ORDER BY p.position) - 1) END
	FROM (SELECT l.contact_id, l.position,
			blocked IS NULL AND (l.obstacle = '' OR l.obstacle = 'off duty' AND NOT anybody AND region.call_off_duty) AS can,
			CASE WHEN l.obstacle = 'not active' THEN 'not active' WHEN blocked IS NOT NULL THEN blocked
				WHEN l.obstacle = 'off duty' AND NOT anybody AND region.call_off_duty THEN 'off duty: called since nobody is on duty'
				ELSE nullif(l.obstacle, '') END AS why
		FROM strike.pager_list(region.region_id, moment) l) p
	JOIN strike.pager_contacts c ON c.contact_id = p.contact_id ORDER BY p.position;
	-- a page that would fail says so in a line of its own
	IF NOT FOUND THEN
		RETURN QUERY SELECT NULL::int, NULL::text, false, 'nobody is on the pager list of this region', NULL::timestamptz;
	ELSIF n = 0 THEN
		RETURN QUERY SELECT NULL::int, NULL::text, false, 'nobody on the pager list of this region is active', NULL::timestamptz;
	ELSIF NOT anybody AND NOT region.call_off_duty THEN
		RETURN QUERY SELECT NULL::int, NULL::text, false, 'nobody on this list is on duty now', NULL::timestamptz;
	END IF;
END
$$;
COMMENT ON FUNCTION strike.strike_page_plan(text, jsonb, timestamptz) IS
	'who would be called for a place at a moment, in order, by the run''s own choice; reason says what stands in the way, call_at when his turn comes at the latest if nobody''s line is busy and each of those before him uses his strike.pager_deadline
osp_tenant: the contractor
location: GeoJSON Point or LineString
at: the moment of the page; null is now';
REVOKE ALL ON FUNCTION strike.strike_page_plan(text, jsonb, timestamptz) FROM PUBLIC;
