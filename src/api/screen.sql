-- What the screens need beside noc_ecos: who the caller is, who could be called, who is being
-- called, an order's calls and tasks.  All in words people read; each checks the caller's tenant.

CREATE FUNCTION strike.check_order_seen(eco_id uuid) RETURNS void
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM strike.events e WHERE e.stream_id = check_order_seen.eco_id AND e.version = 1
			AND e.stream_type = 'ECO' AND (strike.strike_caller_unrestricted()
				OR e.payload->>'noc_tenant' = strike.strike_caller_noc()
				OR e.payload->>'osp_tenant' = strike.strike_caller_osp())) THEN
		RAISE EXCEPTION 'unknown order' USING ERRCODE = 'PT404', HINT = 'Give the eco_id of an order of yours.';
	END IF;
END
$$;
COMMENT ON FUNCTION strike.check_order_seen(uuid) IS 'raises unless the order is one that the caller may see';
REVOKE ALL ON FUNCTION strike.check_order_seen(uuid) FROM PUBLIC;

CREATE FUNCTION strike.strike_me() RETURNS TABLE (tenant text, tenant_name text, kind text, now timestamptz)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT t.code, t.name, t.kind, strike.strike_now() FROM strike.tenants t
	WHERE t.code = strike.strike_caller_noc() AND t.kind = 'NOC' OR t.code = strike.strike_caller_osp() AND t.kind = 'OSP'
		OR t.code = strike.strike_caller_tenant() AND strike.strike_caller_unrestricted()
$$;
COMMENT ON FUNCTION strike.strike_me() IS 'the tenant of the caller''s token, and Strike''s time; no row: a token without a known tenant, or with one that doesn''t fit its role';
REVOKE ALL ON FUNCTION strike.strike_me() FROM PUBLIC;

CREATE FUNCTION strike.strike_contractors(location jsonb DEFAULT NULL)
	RETURNS TABLE (osp_tenant text, name text, region text, covers boolean)
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	place public.geometry;
	noc boolean := strike.strike_caller_unrestricted()
		OR EXISTS (SELECT FROM strike.tenants n WHERE n.code = strike.strike_caller_noc() AND n.kind = 'NOC');
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
	WHERE t.kind = 'OSP' AND (noc OR t.code = strike.strike_caller_osp())
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
	WHERE r.area IS NOT NULL AND (strike.strike_caller_unrestricted() OR r.osp_tenant = strike.strike_caller_osp()
		OR EXISTS (SELECT FROM strike.tenants n WHERE n.code = strike.strike_caller_noc() AND n.kind = 'NOC'))
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
		OR v.noc_tenant = strike.strike_caller_noc() OR v.osp_tenant = strike.strike_caller_osp())
$$;
COMMENT ON FUNCTION strike.strike_calls() IS
	'pages under way: who is being called, since when, and deadline_at, when the next one''s turn comes; now is Strike''s time';
REVOKE ALL ON FUNCTION strike.strike_calls() FROM PUBLIC;

CREATE FUNCTION strike.call_words(state text, reason text) RETURNS text
	LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE state WHEN 'INTENT' THEN 'placing the call' WHEN 'UNKNOWN' THEN 'not known yet' WHEN 'CALLING' THEN 'ringing'
		WHEN 'ANSWERED' THEN 'answered' WHEN 'ACCEPTED' THEN 'pressed 1' WHEN 'DECLINED' THEN 'pressed 2'
		WHEN 'NO_ANSWER' THEN 'no answer' WHEN 'TIMEOUT' THEN 'no answer in time' WHEN 'BUSY' THEN 'busy'
		WHEN 'VOICEMAIL' THEN 'voicemail' WHEN 'CANCELED' THEN 'not needed any more'
		WHEN 'STOOD_DOWN' THEN 'pressed 1, stood down' WHEN 'FAILED' THEN strike.failed_call_words(reason) ELSE 'no key press' END
$$;
COMMENT ON FUNCTION strike.call_words(text, text) IS 'the state of a call in words that people read';
REVOKE ALL ON FUNCTION strike.call_words(text, text) FROM PUBLIC;

CREATE FUNCTION strike.strike_eco_calls(eco_id uuid) RETURNS TABLE (page int, contact_no int, contact_name text,
		begun_at timestamptz, ringing_at timestamptz, answered_at timestamptz, ended_at timestamptz,
		result text, possible_repeat boolean)
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
	PERFORM strike.check_order_seen(strike_eco_calls.eco_id);
	RETURN QUERY
	SELECT p.run_no, a.contact_no, coalesce(c.name, 'a supervisor'), a.created_at, a.calling_at, a.answered_at, a.ended_at,
		strike.call_words(a.state, a.reason), a.possible_repeat
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
			(array_agg(n.event_type ORDER BY n.version DESC))[1] = 'TaskVanishedEvent' AS missing,
			bool_or(n.event_type <> 'RenderIntegrationStatusUpdatedEvent') AS looked_at
		FROM news n WHERE n.task IS NOT NULL GROUP BY n.task
	), numbered AS (
		SELECT t.*, row_number() OVER (ORDER BY t.first_version, t.task)::int AS no FROM task t
	), change AS (
		-- what a field became, or will have been: the last change before the moment has it as "to",
		-- the first one after it as "from"; without any it is what the task has today
		SELECT e.payload->>'project_task_id' AS task, e.version, e.occurred_at <= as_of AS past, c.key AS field,
			CASE WHEN e.occurred_at <= as_of THEN c.value->>'to' ELSE c.value->>'from' END AS value
		FROM strike.events e, LATERAL jsonb_each(CASE WHEN jsonb_typeof(e.payload->'changed') = 'object' THEN e.payload->'changed' ELSE '{}' END) c
		WHERE e.stream_id = strike_eco_tasks.eco_id AND e.event_type = 'TaskChangedEvent' AND as_of IS NOT NULL
			AND c.key IN ('assignee', 'crew', 'description')
	), then_so AS (
		SELECT DISTINCT ON (c.task, c.field) c.task, c.field, c.value FROM change c
		ORDER BY c.task, c.field, c.past DESC, CASE WHEN c.past THEN -c.version ELSE c.version END
	), worked AS (
		SELECT n.task, CASE WHEN w.task IS NULL THEN r.fields->>'assignee_ref' ELSE w.value END AS assignee_ref,
			CASE WHEN w.task IS NULL THEN r.assignee END AS assignee,
			CASE WHEN c.task IS NULL THEN r.fields->>'crew' ELSE c.value END AS crew,
			CASE WHEN d.task IS NULL THEN r.fields->>'description' ELSE d.value END AS description, r.cloned_from
		FROM numbered n
		LEFT JOIN strike.render_tasks r ON r.eco_id = strike_eco_tasks.eco_id AND r.project_task_id = n.task
		LEFT JOIN then_so w ON w.task = n.task AND w.field = 'assignee'
		LEFT JOIN then_so c ON c.task = n.task AND c.field = 'crew'
		LEFT JOIN then_so d ON d.task = n.task AND d.field = 'description'
	)
	-- before the first look at the work system nobody knows who works it; an erased person has no name
	SELECT n.no, coalesce(n.display, 'Pending'),
		CASE WHEN n.looked_at THEN CASE WHEN p.contact_ref IS NULL THEN w.assignee ELSE coalesce(p.name, 'somebody (erased)') END END,
		CASE WHEN n.looked_at THEN w.crew END, w.description, o.no, n.first_at, n.last_at, n.missing
	FROM numbered n
	JOIN worked w ON w.task = n.task
	LEFT JOIN strike.contact_refs p ON p.contact_ref::text = w.assignee_ref
	LEFT JOIN numbered o ON o.task = w.cloned_from
	ORDER BY n.no;
END
$$;
COMMENT ON FUNCTION strike.strike_eco_tasks(uuid, timestamptz) IS
	'the field work of an order, numbered in the order of appearance, with the status people read and who works it; as_of: as it was at that moment, by the events
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

CREATE FUNCTION strike.strike_reassignments(eco_ids uuid[]) RETURNS TABLE (eco_id uuid, direction text, at timestamptz,
		reason text, other_eco_id uuid, other_job_id text, other_osp_tenant text, other_osp_name text)
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	everything boolean := strike.strike_caller_unrestricted();
	noc text := strike.strike_caller_noc();
	osp text := strike.strike_caller_osp();
BEGIN
	IF eco_ids IS NULL OR cardinality(eco_ids) > 2000 THEN
		RAISE EXCEPTION 'eco_ids is null or has more than 2000 orders' USING ERRCODE = '22023', HINT = 'Ask for those that are shown.';
	END IF;
	RETURN QUERY
	WITH mine AS MATERIALIZED (
		SELECT e.stream_id AS eco_id, e.occurred_at, e.payload->>'reassigned_from' AS other,
			everything OR coalesce(e.payload->>'noc_tenant' = noc, false) AS owner
		FROM (SELECT DISTINCT one FROM unnest(eco_ids) one) i
		JOIN strike.events e ON e.stream_id = i.one AND e.version = 1 AND e.stream_type = 'ECO'
		WHERE everything OR e.payload->>'noc_tenant' = noc OR e.payload->>'osp_tenant' = osp
	), link AS (
		SELECT m.eco_id, 'to' AS direction, l.occurred_at AS at, l.payload->>'reason' AS reason, l.payload->>'reassigned_to' AS other, m.owner
		FROM mine m CROSS JOIN LATERAL (SELECT e.event_type, e.occurred_at, e.payload FROM strike.events e
			WHERE e.stream_id = m.eco_id AND e.event_type IN ('StatusUpdatedEvent', 'ReassignedEvent')
			ORDER BY e.version DESC LIMIT 1) l
		-- an order that was reopened since goes on by itself
		WHERE l.event_type = 'ReassignedEvent'
		UNION ALL
		SELECT m.eco_id, 'from', m.occurred_at, NULL, m.other, true FROM mine m WHERE m.owner AND m.other IS NOT NULL
	)
	SELECT l.eco_id, l.direction, l.at, l.reason, o.stream_id, o.payload->>'job_id', o.payload->>'osp_tenant', t.name
	FROM link l
	-- the order on the other side is another contractor's: the NOC alone is told which it is
	LEFT JOIN strike.events o ON l.owner AND o.stream_id = l.other::uuid AND o.version = 1
	LEFT JOIN strike.tenants t ON t.code = o.payload->>'osp_tenant'
	ORDER BY l.at, l.eco_id;
END
$$;
COMMENT ON FUNCTION strike.strike_reassignments(uuid[]) IS
	'which of these orders were given to another contractor (direction to), and which were made in place of another one (from), with the order on the other side; a contractor is told only that his order was given away; orders that aren''t yours are passed over
eco_ids: at most 2,000';
REVOKE ALL ON FUNCTION strike.strike_reassignments(uuid[]) FROM PUBLIC;

GRANT EXECUTE ON FUNCTION strike.strike_me(), strike.strike_contractors(jsonb), strike.strike_region_outlines(),
	strike.strike_calls(), strike.strike_eco_calls(uuid), strike.strike_eco_tasks(uuid, timestamptz),
	strike.strike_record_check(uuid), strike.strike_reassignments(uuid[]) TO strike_operator, strike_contractor, strike_admin;
