-- What the screens need beside noc_ecos: who the caller is, who could be called, who is being
-- called, an order's calls and tasks.  All in words people read; each checks the caller's tenant.

CREATE FUNCTION strike.check_order_seen(eco_id uuid) RETURNS void
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM strike.events e WHERE e.stream_id = check_order_seen.eco_id AND e.version = 1
			AND e.stream_type = 'ECO' AND (strike.strike_caller_unrestricted() OR coalesce(
				strike.strike_caller_tenant() IN (e.payload->>'noc_tenant', e.payload->>'osp_tenant'), false))) THEN
		RAISE EXCEPTION 'unknown order' USING ERRCODE = 'PT404', HINT = 'Give the eco_id of an order of yours.';
	END IF;
END
$$;
COMMENT ON FUNCTION strike.check_order_seen(uuid) IS 'raises unless the order is one that the caller may see';
REVOKE ALL ON FUNCTION strike.check_order_seen(uuid) FROM PUBLIC;

CREATE FUNCTION strike.strike_me() RETURNS TABLE (tenant text, tenant_name text, kind text, now timestamptz)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT t.code, t.name, t.kind, strike.strike_now() FROM strike.tenants t
	WHERE t.code = strike.strike_caller_tenant()
$$;
COMMENT ON FUNCTION strike.strike_me() IS 'the tenant of the caller''s token, and Strike''s time; no row: a token without a known tenant';
REVOKE ALL ON FUNCTION strike.strike_me() FROM PUBLIC;

CREATE FUNCTION strike.strike_contractors(location jsonb DEFAULT NULL)
	RETURNS TABLE (osp_tenant text, name text, region text, covers boolean)
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	place public.geometry;
	tenant text := strike.strike_caller_tenant();
BEGIN
	IF strike_contractors.location IS NOT NULL THEN
		PERFORM strike.check_location(strike_contractors.location);
		place := public.ST_SetSRID(public.ST_GeomFromGeoJSON(strike_contractors.location::text), 4326);
	END IF;
	RETURN QUERY
	SELECT t.code, t.name, r.name, coalesce(r.area IS NOT NULL, false)
	FROM strike.tenants t
	LEFT JOIN strike.pager_regions r
		ON place IS NOT NULL AND r.region_id = strike.pager_region(t.code, place)
	WHERE t.kind = 'OSP' AND (strike.strike_caller_unrestricted() OR t.code = tenant
		OR EXISTS (SELECT FROM strike.tenants n WHERE n.code = tenant AND n.kind = 'NOC'))
	ORDER BY 4 DESC, 2;
END
$$;
COMMENT ON FUNCTION strike.strike_contractors(jsonb) IS
	'contractors that could be called; with a place: the region each would use, and whether it covers the place (else it is the default list, or none)
location: GeoJSON Point or LineString; null asks for no region';
REVOKE ALL ON FUNCTION strike.strike_contractors(jsonb) FROM PUBLIC;

CREATE FUNCTION strike.strike_region_outlines() RETURNS TABLE (osp_tenant text, osp_name text, name text, area jsonb)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT r.osp_tenant, t.name, r.name, public.ST_AsGeoJSON(r.area)::jsonb
	FROM strike.pager_regions r JOIN strike.tenants t ON t.code = r.osp_tenant
	WHERE r.area IS NOT NULL AND (strike.strike_caller_unrestricted() OR r.osp_tenant = strike.strike_caller_tenant()
		OR EXISTS (SELECT FROM strike.tenants n WHERE n.code = strike.strike_caller_tenant() AND n.kind = 'NOC'))
	ORDER BY t.name, r.name
$$;
COMMENT ON FUNCTION strike.strike_region_outlines() IS 'the contractors'' regions for the map, as GeoJSON; a contractor gets his own';
REVOKE ALL ON FUNCTION strike.strike_region_outlines() FROM PUBLIC;

CREATE FUNCTION strike.strike_calls() RETURNS TABLE (eco_id uuid, contact_name text, contact_no int,
		contact_count int, call text, since timestamptz, deadline_at timestamptz, now timestamptz)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT p.eco_id, c.name, coalesce(a.contact_no, p.contact_no), p.contact_count,
		CASE a.state WHEN 'ANSWERED' THEN 'answered' WHEN 'CALLING' THEN 'ringing' ELSE 'placing the call' END,
		coalesce(a.answered_at, a.calling_at, a.created_at, p.created_at), p.deadline_at, strike.strike_now()
	FROM strike.pager_process_state p
	JOIN strike.eco_views v ON v.eco_id = p.eco_id
	LEFT JOIN strike.pager_attempts a ON a.attempt_id = p.attempt_id
		AND a.state IN ('INTENT', 'UNKNOWN', 'CALLING', 'ANSWERED')
	LEFT JOIN strike.contact_refs c ON c.contact_ref = a.contact_ref
	WHERE p.status <> 'COMPLETED' AND (strike.strike_caller_unrestricted()
		OR strike.strike_caller_tenant() IN (v.noc_tenant, v.osp_tenant))
$$;
COMMENT ON FUNCTION strike.strike_calls() IS
	'pages under way: who is being called, since when, and deadline_at, when the next one''s turn comes; now is Strike''s time';
REVOKE ALL ON FUNCTION strike.strike_calls() FROM PUBLIC;

CREATE FUNCTION strike.strike_eco_calls(eco_id uuid) RETURNS TABLE (page int, contact_no int, contact_name text,
		begun_at timestamptz, ringing_at timestamptz, answered_at timestamptz, ended_at timestamptz,
		result text, possible_repeat boolean)
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
	PERFORM strike.check_order_seen(strike_eco_calls.eco_id);
	RETURN QUERY
	SELECT p.run_no, a.contact_no, coalesce(c.name, 'a supervisor'), a.created_at, a.calling_at, a.answered_at, a.ended_at,
		CASE a.state WHEN 'INTENT' THEN 'placing the call' WHEN 'UNKNOWN' THEN 'not known yet' WHEN 'CALLING' THEN 'ringing'
			WHEN 'ANSWERED' THEN 'answered' WHEN 'ACCEPTED' THEN 'pressed 1' WHEN 'DECLINED' THEN 'pressed 2'
			WHEN 'NO_ANSWER' THEN 'no answer' WHEN 'TIMEOUT' THEN 'no answer in time' WHEN 'BUSY' THEN 'busy'
			WHEN 'VOICEMAIL' THEN 'voicemail' WHEN 'CANCELED' THEN 'not needed any more'
			WHEN 'STOOD_DOWN' THEN 'pressed 1, stood down' ELSE 'no key press' END, a.possible_repeat
	FROM strike.pager_process_state p
	JOIN strike.pager_attempts a ON a.run_id = p.run_id
	LEFT JOIN strike.contact_refs c ON c.contact_ref = a.contact_ref
	WHERE p.eco_id = strike_eco_calls.eco_id ORDER BY a.created_at, a.contact_no;
END
$$;
COMMENT ON FUNCTION strike.strike_eco_calls(uuid) IS 'each call of an order: who, when placed, rung, answered, ended, and what came of it
eco_id: the order, one of your own';
REVOKE ALL ON FUNCTION strike.strike_eco_calls(uuid) FROM PUBLIC;

CREATE FUNCTION strike.strike_eco_tasks(eco_id uuid, as_of timestamptz DEFAULT NULL) RETURNS TABLE (task_no int, display_status text,
		assignee text, crew text, description text, clone_of int, first_seen_at timestamptz, changed_at timestamptz, missing boolean)
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
	PERFORM strike.check_order_seen(strike_eco_tasks.eco_id);
	RETURN QUERY
	WITH news AS (
		SELECT e.occurred_at, e.version, e.event_type, coalesce(o.value->>'project_task_id', e.payload->>'project_task_id') AS task,
			coalesce(o.value->>'display', e.payload->>'display') AS display
		FROM strike.events e
		LEFT JOIN LATERAL jsonb_array_elements(CASE WHEN e.event_type = 'TasksObservedEvent' THEN e.payload->'tasks' END) o ON true
		WHERE e.stream_id = strike_eco_tasks.eco_id AND (as_of IS NULL OR e.occurred_at <= as_of)
			AND (e.event_type IN ('TasksObservedEvent', 'TaskChangedEvent', 'LateCloneDetectedEvent', 'TaskVanishedEvent', 'UnknownTaskStatusEvent')
				OR e.event_type = 'RenderIntegrationStatusUpdatedEvent' AND e.payload->>'to' = 'TASKED')
	), task AS (
		SELECT n.task, min(n.occurred_at) AS first_at, min(n.version) AS first_version, max(n.occurred_at) AS last_at,
			(array_agg(n.display ORDER BY n.version DESC) FILTER (WHERE n.display IS NOT NULL))[1] AS display,
			(array_agg(n.event_type ORDER BY n.version DESC))[1] = 'TaskVanishedEvent' AS missing
		FROM news n WHERE n.task IS NOT NULL GROUP BY n.task
	), numbered AS (
		SELECT t.*, row_number() OVER (ORDER BY t.first_version, t.task)::int AS no FROM task t
	)
	SELECT n.no, coalesce(n.display, 'Pending'), CASE WHEN as_of IS NULL THEN r.assignee END,
		CASE WHEN as_of IS NULL THEN r.fields->>'crew' END, r.fields->>'description', o.no, n.first_at, n.last_at, n.missing
	FROM numbered n
	LEFT JOIN strike.render_tasks r ON r.eco_id = strike_eco_tasks.eco_id AND r.project_task_id = n.task
	LEFT JOIN numbered o ON o.task = r.cloned_from
	ORDER BY n.no;
END
$$;
COMMENT ON FUNCTION strike.strike_eco_tasks(uuid, timestamptz) IS
	'the field work of an order, numbered in the order of appearance, with the status people read; as_of: at that moment, without who worked it
eco_id: the order, one of your own
as_of: the moment; null is now';
REVOKE ALL ON FUNCTION strike.strike_eco_tasks(uuid, timestamptz) FROM PUBLIC;

CREATE FUNCTION strike.strike_record_check(eco_id uuid) RETURNS TABLE (events int, intact boolean)
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
	PERFORM strike.check_order_seen(strike_record_check.eco_id);
	RETURN QUERY
	SELECT (SELECT count(*)::int FROM strike.events e WHERE e.stream_id = ANY (s.streams)),
		NOT EXISTS (SELECT FROM unnest(s.streams) one, strike.strike_verify_events(one))
	FROM (SELECT strike_record_check.eco_id || ARRAY(SELECT p.run_id FROM strike.pager_process_state p
		WHERE p.eco_id = strike_record_check.eco_id) AS streams) s;
END
$$;
COMMENT ON FUNCTION strike.strike_record_check(uuid) IS 'how many events an order and its pages have, and whether their hash chains hold
eco_id: the order, one of your own';
REVOKE ALL ON FUNCTION strike.strike_record_check(uuid) FROM PUBLIC;

GRANT EXECUTE ON FUNCTION strike.strike_me(), strike.strike_contractors(jsonb), strike.strike_region_outlines(),
	strike.strike_calls(), strike.strike_eco_calls(uuid), strike.strike_eco_tasks(uuid, timestamptz),
	strike.strike_record_check(uuid) TO strike_operator, strike_contractor, strike_admin;
