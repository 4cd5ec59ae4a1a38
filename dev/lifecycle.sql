-- An order's whole life so far as the rows of a table: one line an event that moves it on.
-- Variable: eco (uuid).  Columns: key, minutes since creation, what happened, what Strike did, the
-- order's status then.
SET search_path = strike, public;
WITH life AS (
	SELECT e.*, extract(epoch FROM e.occurred_at - (
			SELECT c.occurred_at FROM events c WHERE c.stream_id = :'eco' AND c.version = 1)) AS seconds
	FROM events e
	WHERE e.stream_id = :'eco' OR e.stream_id IN (SELECT run_id FROM pager_process_state WHERE eco_id = :'eco')
), known AS (
	SELECT l.*, coalesce((SELECT s.payload->>'to' FROM events s WHERE s.stream_id = :'eco' AND s.event_type = 'StatusUpdatedEvent'
		AND s.position <= l.position ORDER BY s.version DESC LIMIT 1), 'OPEN') AS status_then
	FROM life l
)
SELECT stream_id || '/' || version, round(seconds), what, action, status_then FROM known, LATERAL (
	SELECT * FROM (VALUES
		('ECOCreatedEvent', null, 'NOC creates ECO', 'ECOCreatedEvent appended'),
		('RenderIntegrationStatusUpdatedEvent', 'TASKED', 'Render integration', 'creates the task in Render: TASKED'),
		('PagerRunStartedEvent', null, 'Pager process manager', 'starts the page, calls Twilio'),
		('RenderIntegrationStatusUpdatedEvent', 'DISPATCHED', 'Supervisor presses 1', 'webhook ACCEPTED: DISPATCHED'),
		('TasksObservedEvent', null, 'First look at the work', 'finds the task'),
		('TaskChangedEvent', 'completed', 'Task completed', 'found by polling'),
		('TaskChangedEvent', '*', 'Task: ' || coalesce(payload->>'to', '') , 'found by polling, shown as ' || coalesce(payload->>'display', '')),
		('LateCloneDetectedEvent', null, 'Tech clones a task', 'late clone detected, new task tracked'),
		('StatusUpdatedEvent', 'IN_PROGRESS', 'Field work', 'a task is released'),
		('StatusUpdatedEvent', 'COMPLETED', 'All tasks done', 'grace period starts'),
		('StatusUpdatedEvent', 'HARD_COMPLETE', 'Grace period expires', 'polling stops, ECO finalized')
	) AS v(event, to_state, what, action)
	WHERE v.event = event_type AND (v.to_state IS NULL OR v.to_state = payload->>'to' OR v.to_state = '*') LIMIT 1) words
ORDER BY occurred_at, position;
