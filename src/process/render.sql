-- The Render process manager.
CREATE TABLE strike.render_process_state (
	eco_id uuid PRIMARY KEY,
	status text NOT NULL CHECK (status IN ('DUE', 'SENT', 'UNKNOWN', 'ASKING', 'TASKED', 'FAILED', 'MISSING')),
	attempt int NOT NULL DEFAULT 0,
	next_attempt_at timestamptz,
	give_up_at timestamptz,
	next_poll_at timestamptz,
	poll_failures int NOT NULL DEFAULT 0,
	last_error text,
	project_task_id text,
	claim bigint,
	sent_at timestamptz,
	settle_at timestamptz,
	version int NOT NULL DEFAULT 1,
	created_at timestamptz NOT NULL,
	updated_at timestamptz NOT NULL
);
CREATE INDEX render_process_due ON strike.render_process_state (next_attempt_at) WHERE next_attempt_at IS NOT NULL;
CREATE INDEX render_process_claim ON strike.render_process_state (claim) WHERE claim IS NOT NULL;
COMMENT ON TABLE strike.render_process_state IS 'making the task in the contractor''s work system: a row an order, what is due and when';
COMMENT ON COLUMN strike.render_process_state.eco_id IS 'the order';
COMMENT ON COLUMN strike.render_process_state.status IS 'see strike_transitions(), machine Render process';
COMMENT ON COLUMN strike.render_process_state.attempt IS 'requests sent since the start or the last retry';
COMMENT ON COLUMN strike.render_process_state.next_attempt_at IS 'when something is due: a POST, or asking after one';
COMMENT ON COLUMN strike.render_process_state.give_up_at IS 'when the NOC is told';
COMMENT ON COLUMN strike.render_process_state.next_poll_at IS 'when the field work is looked at next';
COMMENT ON COLUMN strike.render_process_state.poll_failures IS 'polls that failed in a row';
COMMENT ON COLUMN strike.render_process_state.last_error IS 'what went wrong last; for administrators';
COMMENT ON COLUMN strike.render_process_state.project_task_id IS 'the task, once known';
COMMENT ON COLUMN strike.render_process_state.claim IS 'generation of the worker whose request is under way';
COMMENT ON COLUMN strike.render_process_state.sent_at IS 'intent of the last request';
COMMENT ON COLUMN strike.render_process_state.settle_at IS 'from then on "not in the list" means "not made": the request can''t be under way any more';
COMMENT ON COLUMN strike.render_process_state.version IS 'rises with each change: the fence for answers';
COMMENT ON COLUMN strike.render_process_state.created_at IS 'when the order''s event arrived';
COMMENT ON COLUMN strike.render_process_state.updated_at IS 'last change';
CREATE INDEX render_process_poll ON strike.render_process_state (next_poll_at) WHERE next_poll_at IS NOT NULL;

-- The tasks of an order's subsector, as the last look found them.
CREATE TABLE strike.render_tasks (
	eco_id uuid NOT NULL,
	project_task_id text NOT NULL,
	status text NOT NULL,
	display_status text NOT NULL,
	assignee text,
	cloned_from text,
	fingerprint text NOT NULL,
	fields jsonb NOT NULL,
	first_seen_at timestamptz NOT NULL,
	changed_at timestamptz NOT NULL,
	vanished_at timestamptz,
	PRIMARY KEY (eco_id, project_task_id)
);
COMMENT ON TABLE strike.render_tasks IS 'the tasks in the contractor''s work system that belong to an order, as last seen';
COMMENT ON COLUMN strike.render_tasks.eco_id IS 'the order';
COMMENT ON COLUMN strike.render_tasks.project_task_id IS 'as the work system names it';
COMMENT ON COLUMN strike.render_tasks.status IS 'the work system''s word';
COMMENT ON COLUMN strike.render_tasks.display_status IS 'what people read: Pending, Assigned, In Progress, Blocked, Complete';
COMMENT ON COLUMN strike.render_tasks.assignee IS 'who works it; events have a reference only';
COMMENT ON COLUMN strike.render_tasks.cloned_from IS 'the task it was made from';
COMMENT ON COLUMN strike.render_tasks.fingerprint IS 'MD5 over status, assignee, crew, clonedFrom and description, each with its length before it';
COMMENT ON COLUMN strike.render_tasks.fields IS 'crew, description, assignee_ref, and whether it was seen allocated';
COMMENT ON COLUMN strike.render_tasks.first_seen_at IS 'first look that found it';
COMMENT ON COLUMN strike.render_tasks.changed_at IS 'last look that found it changed';
COMMENT ON COLUMN strike.render_tasks.vanished_at IS 'since when it is missing';
SELECT pg_catalog.pg_extension_config_dump('strike.render_tasks', '');
SELECT pg_catalog.pg_extension_config_dump('strike.render_process_state', '');
