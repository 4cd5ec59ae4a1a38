-- An order's life so far, in the order it happened: one line an event of its own stream and of its
-- pages' streams.  Variable: eco (uuid).  Columns: key of the event, seconds since creation, event
-- type, plain words, and which of the six stages it reaches (0 = none).
SET search_path = strike, public;
WITH life AS (
	SELECT e.*, extract(epoch FROM e.occurred_at - (
		SELECT c.occurred_at FROM events c WHERE c.stream_id = :'eco' AND c.version = 1)) AS seconds,
		(SELECT name FROM contact_refs r WHERE r.contact_ref::text =
			coalesce(e.payload->>'contact_ref', e.payload->>'accepted_by')) AS person
	FROM events e
	WHERE e.stream_id = :'eco'
		OR e.stream_type = 'PagerRun' AND e.stream_id IN
			(SELECT p.stream_id FROM events p WHERE p.event_type = 'PagerRunStartedEvent' AND p.payload->>'eco_id' = :'eco')
)
SELECT stream_id || '/' || version, round(seconds, 3), event_type,
	CASE event_type
		WHEN 'ECOCreatedEvent' THEN format('%s asks %s for order %s, %s: %s', payload->>'noc_tenant',
			payload->>'osp_tenant', payload->>'job_id', payload->>'job_type', payload->>'description')
		WHEN 'RenderIntegrationStatusUpdatedEvent' THEN CASE payload->>'to'
			WHEN 'TASKED' THEN format('TASKED: task %s is in the contractor''s work system', payload->>'project_task_id')
			WHEN 'DISPATCHED' THEN 'DISPATCHED: the contractor is on the way'
			WHEN 'FAILED' THEN format('FAILED: the contractor''s work system can''t be reached: %s', payload->>'error')
			ELSE format('%s: trying the contractor''s work system again', payload->>'to') END
		WHEN 'PagerRunStartedEvent' THEN format('page %s starts, region %s, %s on the list: "%s"', payload->>'run_no',
			coalesce(payload->>'region', 'none'), jsonb_array_length(payload->'contacts'), payload->>'message')
		WHEN 'PagerAttemptUpdatedEvent' THEN concat(payload->>'state', ': ', coalesce(person, 'contact ' || (payload->>'contact_no')),
			CASE payload->>'state'
				WHEN 'INTENT' THEN ' is to be called'
				WHEN 'UNKNOWN' THEN ' may have been called: asking the telephone service'
				WHEN 'CALLING' THEN '''s telephone rings'
				WHEN 'ANSWERED' THEN ' picks up'
				WHEN 'ACCEPTED' THEN ' presses 1: on it'
				WHEN 'DECLINED' THEN ' declines'
				WHEN 'NO_ANSWER' THEN ' does not answer'
				WHEN 'BUSY' THEN '''s line is busy'
				WHEN 'VOICEMAIL' THEN ': a machine answered'
				WHEN 'STOOD_DOWN' THEN ' hears who was first'
				ELSE '' END,
			CASE WHEN payload->>'state' NOT IN ('CALLING', 'ANSWERED', 'ACCEPTED') THEN ' (' || nullif(payload->>'reason', '') || ')' END)
		WHEN 'PagerRunCompletedEvent' THEN CASE payload->>'outcome'
			WHEN 'DISPATCHED' THEN format('DISPATCHED: the page is over, %s has accepted', coalesce(person, 'somebody'))
			WHEN 'EXHAUSTED' THEN 'EXHAUSTED: everybody was called, nobody accepted'
			ELSE format('%s: the page is over', payload->>'outcome') END
		WHEN 'StatusUpdatedEvent' THEN format('%s -> %s: %s', payload->>'from', payload->>'to', payload->>'reason')
		WHEN 'TaskChangedEvent' THEN format('task %s: %s -> %s', payload->>'project_task_id', payload->>'from', payload->>'to')
		WHEN 'LateCloneDetectedEvent' THEN format('new task %s beside %s: %s tasks now', payload->>'project_task_id',
			payload->>'cloned_from', payload->>'task_count')
		ELSE payload->>'reason' END,
	CASE
		WHEN event_type = 'ECOCreatedEvent' THEN 1
		WHEN event_type = 'RenderIntegrationStatusUpdatedEvent' AND payload->>'to' = 'TASKED' THEN 2
		WHEN event_type = 'PagerRunStartedEvent' THEN 3
		WHEN event_type = 'PagerAttemptUpdatedEvent' AND payload->>'state' = 'CALLING' THEN 4
		WHEN event_type = 'PagerAttemptUpdatedEvent' AND payload->>'state' = 'ACCEPTED' THEN 5
		WHEN event_type = 'PagerRunCompletedEvent' AND payload->>'outcome' = 'DISPATCHED' THEN 5
		WHEN event_type = 'RenderIntegrationStatusUpdatedEvent' AND payload->>'to' = 'DISPATCHED' THEN 6
		ELSE 0 END
FROM life ORDER BY occurred_at, position;
