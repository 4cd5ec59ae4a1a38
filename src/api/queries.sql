-- What can be asked.
CREATE TYPE strike.transition AS (machine text, from_state text, input text, to_state text, emits text);
COMMENT ON TYPE strike.transition IS 'a row of a state machine''s table; a refusal has no to_state';

CREATE FUNCTION strike.strike_transitions() RETURNS SETOF strike.transition
	LANGUAGE c IMMUTABLE AS 'MODULE_PATHNAME', 'strike_transitions';
COMMENT ON FUNCTION strike.strike_transitions() IS 'the state machines as the code has them: each state and input, what follows, what is emitted or why it is refused';
REVOKE ALL ON FUNCTION strike.strike_transitions() FROM PUBLIC;

CREATE FUNCTION strike.failed_call_words(reason text) RETURNS text
	LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE WHEN reason IN ('the call could not be connected', 'the telephone account is refused') THEN reason
		WHEN coalesce(reason, 'no key press') = 'no key press' THEN 'no key press' ELSE 'could not be called' END
$$;
COMMENT ON FUNCTION strike.failed_call_words(text) IS 'why a call failed, in words that people read: a provider''s own are not among them';
REVOKE ALL ON FUNCTION strike.failed_call_words(text) FROM PUBLIC;

CREATE FUNCTION strike.timeline_words(event_type text, payload jsonb, person text, osp text) RETURNS text
	LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE event_type
		WHEN 'ECOCreatedEvent' THEN format('order %s created for %s%s: %s', payload->>'job_id', osp,
			', in place of ' || (payload->>'other_job_id'), payload->>'description')
		WHEN 'ReassignedEvent' THEN 'reassigned to ' || coalesce((payload->>'other_osp') || ' as ' || (payload->>'other_job_id'), 'another contractor')
			|| coalesce(': ' || nullif(payload->>'reason', ''), '')
		WHEN 'StatusUpdatedEvent' THEN CASE payload->>'to'
			WHEN 'IN_PROGRESS' THEN CASE WHEN payload->>'from' IN ('HARD_COMPLETE', 'CANCELED') THEN 'reopened' ELSE 'field work goes on' END WHEN 'COMPLETED' THEN 'all tasks complete, under observation'
			WHEN 'HARD_COMPLETE' THEN 'closed' WHEN 'CANCELED' THEN 'canceled' ELSE 'status changed' END
			|| coalesce(': ' || nullif(payload->>'reason', ''), '')
			|| CASE WHEN payload ? 'task_left' THEN format(' (the task stays in %s''s work system: tell them)', osp) ELSE '' END
		WHEN 'TasksObservedEvent' THEN format('first look at the field work: %s', 
			CASE jsonb_array_length(payload->'tasks') WHEN 1 THEN 'the task is there' ELSE jsonb_array_length(payload->'tasks') || ' tasks are there' END)
		WHEN 'TaskChangedEvent' THEN coalesce('task #' || (payload->>'task_no'), 'a task')
			|| CASE WHEN payload->>'from' = payload->>'to' THEN ' has changed, and is still: ' ELSE ' is now: ' END || coalesce(payload->>'display', 'changed')
		WHEN 'LateCloneDetectedEvent' THEN 'new work found' || coalesce(': task #' || (payload->>'task_no'), '')
			|| coalesce(' (clone of #' || (payload->>'clone_no') || ')', '') || coalesce(': ' || (payload->>'display'), '')
		WHEN 'TaskVanishedEvent' THEN coalesce('task #' || (payload->>'task_no'), 'a task') || ' is missing in the work system'
		WHEN 'TasksMissingEvent' THEN 'nothing is left but what has vanished from the work system: ask the contractor'
		WHEN 'UnknownTaskStatusEvent' THEN coalesce('task #' || (payload->>'task_no'), 'a task') || ' has a status that Strike doesn''t know: shown as Pending'
		WHEN 'TaskSettledEvent' THEN 'a missing task is no matter' || coalesce(': ' || nullif(payload->>'reason', ''), '')
		WHEN 'WatchLostEvent' THEN 'can''t see the work in the field'
		WHEN 'WatchResumedEvent' THEN 'the work in the field can be seen again'
		WHEN 'AcknowledgedEvent' THEN 'seen: ' || (payload->>'note')
		WHEN 'NoteAddedEvent' THEN 'note: ' || (payload->>'note')
		WHEN 'RenderIntegrationStatusUpdatedEvent' THEN CASE payload->>'to'
			WHEN 'TASKED' THEN format('task made in %s''s work system', osp)
			WHEN 'DISPATCHED' THEN format('%s dispatched', osp)
			WHEN 'FAILED' THEN format('can''t reach %s''s work system: act now', osp)
			ELSE format('%s''s work system is tried again', osp) || coalesce(': ' || nullif(payload->>'reason', ''), '') END
		WHEN 'PagerRunStartedEvent' THEN format('page started%s: %s on the list%s', CASE WHEN jsonb_array_length(payload->'contacts') > 0 THEN coalesce(' again (' || nullif(payload->>'reason', '') || ')', '') ELSE '' END, coalesce(nullif(jsonb_array_length(payload->'contacts'), 0)::text, 'nobody'),
			coalesce(' of ' || nullif(payload->>'region', ''), ''))
		WHEN 'PagerAttemptUpdatedEvent' THEN CASE payload->>'state'
			WHEN 'INTENT' THEN CASE
				WHEN payload ? 'possible_repeat' THEN format('calling %s again: the first request may be lost', person)
				WHEN payload->>'reason' IN ('the telephone provider asks to wait', 'the telephone provider can''t be reached',
					'another call to this number is active', 'the call waits in the provider''s queue')
					THEN format('call to %s waits: %s', person, payload->>'reason')
				WHEN payload->>'reason' IS NOT NULL THEN format('call to %s waits', person)
				WHEN payload ? 'shares_call_of' THEN format('%s is asked in a call that is under way', person)
				ELSE format('calling %s', person) END
			WHEN 'UNKNOWN' THEN format('whether %s was called isn''t known: asking', person)
			WHEN 'CALLING' THEN format('%s''s telephone rings', person)
			WHEN 'ANSWERED' THEN format('%s answered', person)
			WHEN 'ACCEPTED' THEN format('%s pressed 1: accepted', person)
			WHEN 'DECLINED' THEN format('%s pressed 2: declined', person)
			WHEN 'NO_ANSWER' THEN format('%s did not answer', person)
			WHEN 'BUSY' THEN format('%s''s line is busy', person)
			WHEN 'VOICEMAIL' THEN format('%s: voicemail', person)
			WHEN 'TIMEOUT' THEN format('%s: no answer in time', person)
			WHEN 'CANCELED' THEN format('call to %s ended: not needed any more', person)
			WHEN 'STOOD_DOWN' THEN format('%s pressed 1, and was stood down: %s', person, CASE WHEN payload->>'reason' IN
				('somebody else has accepted', 'the NOC handles it', 'a later page is under way', 'the order is closed')
				THEN payload->>'reason' ELSE 'nobody is needed any more' END)
			WHEN 'FAILED' THEN format('%s: %s', person, strike.failed_call_words(payload->>'reason'))
			ELSE format('%s: no key press', person) END
		WHEN 'PagerRunDelayedEvent' THEN format('the page is held up: %s', payload->>'reason')
		WHEN 'PagerRunWaitingEvent' THEN payload->>'reason'
		WHEN 'PagerContactSkippedEvent' THEN format('%s not called: %s', person, payload->>'reason')
		WHEN 'PagerDutyIgnoredEvent' THEN 'nobody on the list is on duty: everybody is called'
		WHEN 'PagerRoundStartedEvent' THEN format('nobody said yes: round %s of %s', payload->>'round', payload->>'rounds')
		WHEN 'PagerRunCompletedEvent' THEN CASE payload->>'outcome'
			WHEN 'DISPATCHED' THEN format('page done: %s is coming', person)
			WHEN 'EXHAUSTED' THEN 'page done: nobody answered, act now'
			WHEN 'FAILED' THEN 'can''t page' || coalesce(': ' || nullif(payload->>'reason', ''), '')
			WHEN 'TAKEN_OVER' THEN 'page ended: an operator took over' || coalesce(': ' || nullif(payload->>'reason', ''), '')
			ELSE 'page ended' END
		ELSE lower(regexp_replace(regexp_replace(event_type, 'Event$', ''), '(?<=[a-z])(?=[A-Z])', ' ', 'g')) END
$$;
COMMENT ON FUNCTION strike.timeline_words(text, jsonb, text, text) IS 'an event in words that a person can read alone';
REVOKE ALL ON FUNCTION strike.timeline_words(text, jsonb, text, text) FROM PUBLIC;

CREATE FUNCTION strike.task_numbers(eco_id uuid) RETURNS TABLE (task text, task_no int)
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT t.task, row_number() OVER (ORDER BY t.first_version, t.task)::int
	FROM (SELECT coalesce(o.value->>'project_task_id', e.payload->>'project_task_id') AS task, min(e.version) AS first_version
		FROM strike.events e
		LEFT JOIN LATERAL jsonb_array_elements(CASE WHEN e.event_type = 'TasksObservedEvent' THEN e.payload->'tasks' END) o ON true
		WHERE e.stream_id = task_numbers.eco_id
			AND (e.event_type IN ('TasksObservedEvent', 'TaskChangedEvent', 'LateCloneDetectedEvent', 'TaskVanishedEvent', 'UnknownTaskStatusEvent')
				OR e.event_type = 'RenderIntegrationStatusUpdatedEvent' AND e.payload->>'to' = 'TASKED')
		GROUP BY 1) t
	WHERE t.task IS NOT NULL
$$;
COMMENT ON FUNCTION strike.task_numbers(uuid) IS 'an order''s tasks as people count them, in the order of appearance; as strike_eco_tasks numbers them';
REVOKE ALL ON FUNCTION strike.task_numbers(uuid) FROM PUBLIC;

CREATE FUNCTION strike.strike_eco_timeline(eco_id uuid) RETURNS TABLE (at timestamptz, source text,
		event_type text, actor text, summary text, detail jsonb)
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	created jsonb;
	osp_name text;
	full_detail boolean := strike.strike_caller_unrestricted();
	owner boolean;
BEGIN
	SELECT e.payload INTO created FROM strike.events e
	WHERE e.stream_id = strike_eco_timeline.eco_id AND e.version = 1 AND e.stream_type = 'ECO';
	-- the order on the other side of a reassignment is another contractor's
	owner := full_detail OR coalesce(created->>'noc_tenant' = strike.strike_caller_noc(), false);
	IF created IS NULL OR NOT (owner OR coalesce(created->>'osp_tenant' = strike.strike_caller_osp(), false)) THEN
		RAISE EXCEPTION 'unknown order' USING ERRCODE = 'PT404', HINT = 'Give the eco_id of an order of yours.';
	END IF;
	SELECT t.name INTO osp_name FROM strike.tenants t WHERE t.code = created->>'osp_tenant';
	RETURN QUERY
	SELECT e.occurred_at, s.source, e.event_type, e.metadata->>'actor',
		strike.timeline_words(e.event_type, e.payload || coalesce(other.words, '{}') || jsonb_strip_nulls(jsonb_build_object('task_no', n.task_no, 'clone_no', c.task_no)), coalesce(p.name, 'a supervisor'), coalesce(osp_name, created->>'osp_tenant')),
		CASE WHEN full_detail THEN e.payload
			-- what web roles may read is named; what is new in a payload is not, until it is
			ELSE (SELECT coalesce(jsonb_object_agg(d.key, d.value), '{}') FROM jsonb_each(e.payload) d
				WHERE owner AND d.key IN ('reassigned_to', 'reassigned_from')
					OR NOT (e.event_type = 'ReassignedEvent' AND NOT owner) AND d.key = ANY (ARRAY['job_id', 'noc_tenant', 'osp_tenant', 'job_type', 'description', 'location',
					'eco_id', 'run_id', 'run_no', 'region', 'contacts', 'message', 'attempt_id', 'contact_no', 'contact_ref',
					'state', 'outcome', 'accepted_by', 'possible_repeat', 'at_provider', 'task_count', 'display',
					'grace_until', 'note'])) END
	FROM (SELECT strike_eco_timeline.eco_id AS stream_id, 'order' AS source
		UNION ALL SELECT r.run_id, 'page ' || r.run_no FROM strike.pager_process_state r
		WHERE r.eco_id = strike_eco_timeline.eco_id) s
	JOIN strike.events e ON e.stream_id = s.stream_id
	LEFT JOIN strike.contact_refs p
		ON p.contact_ref = coalesce(e.payload->>'contact_ref', e.payload->>'accepted_by')::uuid
	LEFT JOIN strike.task_numbers(strike_eco_timeline.eco_id) n ON n.task = e.payload->>'project_task_id'
	LEFT JOIN strike.task_numbers(strike_eco_timeline.eco_id) c ON c.task = e.payload->>'cloned_from'
	LEFT JOIN LATERAL (SELECT jsonb_build_object('other_job_id', o.payload->>'job_id', 'other_osp', t.name) AS words
		FROM strike.events o LEFT JOIN strike.tenants t ON t.code = o.payload->>'osp_tenant'
		WHERE owner AND o.version = 1 AND o.stream_id = coalesce(e.payload->>'reassigned_to', e.payload->>'reassigned_from')::uuid) other ON true
	ORDER BY e.occurred_at, e.position;
END
$$;
COMMENT ON FUNCTION strike.strike_eco_timeline(uuid) IS 'what happened to an order, in order of time; summary alone can be read
eco_id: the order, one of your own';
REVOKE ALL ON FUNCTION strike.strike_eco_timeline(uuid) FROM PUBLIC;

CREATE FUNCTION strike.eco_at(eco_id uuid, as_of timestamptz) RETURNS strike.eco
	LANGUAGE c STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'strike_eco_at';
COMMENT ON FUNCTION strike.eco_at(uuid, timestamptz) IS 'an order as it was, null before its creation; as_of null = now';
REVOKE ALL ON FUNCTION strike.eco_at(uuid, timestamptz) FROM PUBLIC;

CREATE FUNCTION strike.eco_internals_at(eco_id uuid, as_of timestamptz) RETURNS jsonb
	LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'strike_eco_internals_at';
COMMENT ON FUNCTION strike.eco_internals_at(uuid, timestamptz) IS 'what only administrators see of an order as it was';
REVOKE ALL ON FUNCTION strike.eco_internals_at(uuid, timestamptz) FROM PUBLIC;

CREATE FUNCTION strike.strike_eco_state(eco_id uuid, as_of timestamptz DEFAULT NULL) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT to_jsonb(strike.eco_at(eco_id, as_of)) || CASE WHEN strike.strike_caller_unrestricted()
		THEN strike.eco_internals_at(eco_id, as_of) ELSE '{}'::jsonb END
$$;
COMMENT ON FUNCTION strike.strike_eco_state(uuid, timestamptz) IS 'an order at any moment, folded from its events alone; keys as in noc_ecos; null before its creation
eco_id: the order, one of your own
as_of: the moment; null is now';
REVOKE ALL ON FUNCTION strike.strike_eco_state(uuid, timestamptz) FROM PUBLIC;

CREATE FUNCTION strike.check_location(location jsonb) RETURNS void
	LANGUAGE c IMMUTABLE AS 'MODULE_PATHNAME', 'strike_check_location';
COMMENT ON FUNCTION strike.check_location(jsonb) IS 'raises unless it is a GeoJSON Point or LineString that an order can have';
REVOKE ALL ON FUNCTION strike.check_location(jsonb) FROM PUBLIC;
