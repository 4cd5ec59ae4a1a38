-- An order's whole life so far as the rows of a table: one line an event that moves it on.
-- Variable: eco (uuid).  Columns: key, seconds since creation, what happened, what Strike did, the
-- order's status then.
SET search_path = strike, public;
WITH life AS (
	SELECT e.*, e.xmin AS appended_by, extract(epoch FROM e.occurred_at - (
			SELECT c.occurred_at FROM events c WHERE c.stream_id = :'eco' AND c.version = 1)) AS seconds
	FROM events e
	WHERE e.stream_id = :'eco' OR e.stream_id IN (SELECT run_id FROM pager_process_state WHERE eco_id = :'eco')
), clones AS (
	SELECT payload->>'project_task_id' AS id FROM life WHERE event_type = 'LateCloneDetectedEvent'
), known AS (
	-- the status after all that was appended together
	SELECT l.*, l.payload->>'project_task_id' IN (SELECT id FROM clones) AS of_clone,
		coalesce((SELECT s.payload->>'to' FROM events s WHERE s.stream_id = :'eco' AND s.event_type = 'StatusUpdatedEvent'
			AND (s.occurred_at <= l.occurred_at OR s.xmin = l.appended_by) ORDER BY s.version DESC LIMIT 1), 'OPEN') AS status_then
	FROM life l
)
SELECT stream_id || '/' || version, round(seconds), what, action, status_then FROM known, LATERAL (
	SELECT * FROM (VALUES
		('ECOCreatedEvent', true, 'NOC creates ECO', 'ECOCreatedEvent appended'),
		('RenderIntegrationStatusUpdatedEvent', payload->>'to' = 'TASKED', 'Render integration processor', 'creates the task in Render: TASKED'),
		('PagerRunStartedEvent', true, 'Pager processor triggers', 'starts the page, calls Twilio'),
		('RenderIntegrationStatusUpdatedEvent', payload->>'to' = 'DISPATCHED', 'Supervisor accepts page', 'webhook ACCEPTED: DISPATCHED'),
		('TasksObservedEvent', true, 'First look at the work', 'finds the task'),
		('TaskChangedEvent', payload->>'to' = 'released' AND NOT of_clone AND payload#>'{changed,status}' IS NOT NULL,
			'Supervisor assigns tech', 'Render task released, shown as ' || (payload->>'display')),
		('TaskChangedEvent', payload#>'{changed,status}' IS NULL, 'Tech arrives, investigates', 'task update detected by polling'),
		('LateCloneDetectedEvent', true, 'Tech clones follow-on task', 'late clone detected, new task tracked'),
		('TaskChangedEvent', payload->>'to' = 'completed' AND NOT of_clone, 'Investigation completed', 'task completed, found by polling'),
		('TaskChangedEvent', payload->>'to' = 'completed', 'Follow-on completed', 'all tasks done: grace period starts'),
		('TaskChangedEvent', true, 'Task: ' || (payload->>'to'), 'found by polling, shown as ' || (payload->>'display')),
		('StatusUpdatedEvent', payload->>'to' = 'HARD_COMPLETE', 'Grace period expires', 'polling stops, ECO finalized')
	) AS v(event, applies, what, action)
	WHERE v.event = event_type AND v.applies LIMIT 1) words
ORDER BY occurred_at, position;
