-- The response report: who was notified, when, how quickly.  Times come from the events alone; the
-- orders of the period, and which of them the caller may see, from the read model.

CREATE FUNCTION strike.strike_response_report(from_time timestamptz, to_time timestamptz, tenant text DEFAULT NULL)
	RETURNS TABLE (eco_id uuid, job_id text, noc_tenant text, osp_tenant text, job_type text, created_at timestamptz,
		notified jsonb, seconds_to_task numeric, seconds_to_first_ring numeric, seconds_to_acceptance numeric,
		seconds_to_field_work numeric, seconds_to_completion numeric)
	LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 1000 SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	everything boolean := strike.strike_caller_unrestricted();
	noc text := strike.strike_caller_noc();
	osp text := strike.strike_caller_osp();
BEGIN
	IF from_time IS NULL OR to_time IS NULL THEN
		RAISE EXCEPTION 'from_time or to_time is null'
			USING ERRCODE = '22023', HINT = 'Give the period; ''-infinity'' and ''infinity'' are allowed.';
	ELSIF from_time > to_time THEN
		RAISE EXCEPTION 'from_time is after to_time' USING ERRCODE = '22023', HINT = 'Orders created from from_time on and before to_time are reported.';
	END IF;
	RETURN QUERY
	WITH orders AS MATERIALIZED (
		SELECT v.eco_id, v.job_id, v.noc_tenant, v.osp_tenant, v.job_type, v.created_at FROM strike.eco_views v
		WHERE v.created_at >= from_time AND v.created_at < to_time
			AND (everything OR v.noc_tenant = noc OR v.osp_tenant = osp)
			AND (strike_response_report.tenant IS NULL OR strike_response_report.tenant IN (v.noc_tenant, v.osp_tenant))
	), own AS (
		SELECT o.eco_id,
			min(e.occurred_at) FILTER (WHERE e.event_type = 'RenderIntegrationStatusUpdatedEvent' AND e.payload->>'to' = 'TASKED') AS task_at,
			min(e.occurred_at) FILTER (WHERE e.event_type = 'StatusUpdatedEvent' AND e.payload->>'to' = 'IN_PROGRESS'
				AND e.payload->>'from' = 'OPEN') AS field_work_at,
			max(e.occurred_at) FILTER (WHERE e.event_type = 'StatusUpdatedEvent' AND e.payload->>'to' = 'COMPLETED') AS completed_at,
			max(e.version) FILTER (WHERE e.event_type = 'StatusUpdatedEvent' AND e.payload->>'to' = 'COMPLETED') AS completed,
			max(e.version) FILTER (WHERE e.event_type = 'StatusUpdatedEvent' AND e.payload->>'to' = 'IN_PROGRESS') AS in_progress
		FROM orders o JOIN strike.events e ON e.stream_id = o.eco_id
		WHERE e.event_type IN ('RenderIntegrationStatusUpdatedEvent', 'StatusUpdatedEvent')
		GROUP BY o.eco_id
	), calls AS (
		SELECT o.eco_id, e.payload->>'attempt_id' AS attempt,
			min(e.payload->>'contact_ref')::uuid AS contact_ref,
			min(e.position) AS first, min(e.occurred_at) AS at,
			min(e.occurred_at) FILTER (WHERE e.payload->>'state' = 'CALLING') AS ring_at,
			-- a key press that was the first we heard of the call is its answer too
			min(e.occurred_at) FILTER (WHERE e.payload->>'state' IN ('ANSWERED', 'ACCEPTED', 'DECLINED', 'STOOD_DOWN')) AS answer_at,
			min(e.occurred_at) FILTER (WHERE e.payload->>'state' = 'ACCEPTED') AS accepted_at,
			(array_agg(e.payload->>'state' ORDER BY e.version DESC))[1] AS state
		FROM orders o JOIN strike.pager_process_state r ON r.eco_id = o.eco_id JOIN strike.events e ON e.stream_id = r.run_id
		WHERE e.event_type = 'PagerAttemptUpdatedEvent'
		GROUP BY o.eco_id, e.payload->>'attempt_id'
	), pages AS (
		SELECT c.eco_id, min(c.ring_at) AS ring_at, min(c.accepted_at) AS accepted_at,
			jsonb_agg(jsonb_build_object('name', CASE WHEN p.contact_ref IS NULL THEN 'unknown' ELSE coalesce(p.name, 'erased') END,
				'at', c.at, 'ring_at', c.ring_at, 'answer_at', c.answer_at, 'result',
				CASE WHEN c.state NOT IN ('INTENT', 'UNKNOWN', 'CALLING', 'ANSWERED') THEN c.state END) ORDER BY c.first) AS notified
		FROM calls c LEFT JOIN strike.contact_refs p ON p.contact_ref = c.contact_ref
		GROUP BY c.eco_id
	)
	SELECT o.eco_id, o.job_id, o.noc_tenant, o.osp_tenant, o.job_type, o.created_at, coalesce(p.notified, '[]'),
		round(extract(epoch FROM w.task_at - o.created_at), 3),
		round(extract(epoch FROM p.ring_at - o.created_at), 3),
		round(extract(epoch FROM p.accepted_at - o.created_at), 3),
		round(extract(epoch FROM w.field_work_at - o.created_at), 3),
		-- reopened, or new work found since: not complete
		CASE WHEN w.completed > coalesce(w.in_progress, 0) THEN round(extract(epoch FROM w.completed_at - o.created_at), 3) END
	FROM orders o LEFT JOIN own w ON w.eco_id = o.eco_id LEFT JOIN pages p ON p.eco_id = o.eco_id
	ORDER BY o.created_at, o.job_id;
END
$$;
COMMENT ON FUNCTION strike.strike_response_report(timestamptz, timestamptz, text) IS
	'who was notified, when, and how quickly, for each order created from from_time on and before to_time; tenant narrows it to one NOC or contractor; seconds count from the creation
from_time: orders created from then on; -infinity is allowed
to_time: and before then; infinity is allowed
tenant: a NOC''s or a contractor''s code; null takes all that you may see';
REVOKE ALL ON FUNCTION strike.strike_response_report(timestamptz, timestamptz, text) FROM PUBLIC;
