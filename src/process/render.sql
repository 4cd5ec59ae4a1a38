-- The Render process manager.
CREATE TABLE strike.render_process_state (
	eco_id uuid PRIMARY KEY,
	status text NOT NULL CHECK (status IN ('DUE', 'SENT', 'UNKNOWN', 'ASKING', 'TASKED', 'FAILED', 'MISSING')),
	attempt int NOT NULL DEFAULT 0,
	next_attempt_at timestamptz,
	give_up_at timestamptz,
	next_poll_at timestamptz,
	seen_at timestamptz,
	poll_failures int NOT NULL DEFAULT 0,
	last_error text,
	project_task_id text,
	claim bigint,
	sent_at timestamptz,
	settle_at timestamptz,
	version int NOT NULL DEFAULT 1,
	created_at timestamptz NOT NULL,
	updated_at timestamptz NOT NULL,
	osp_tenant text,
	job_id text,
	found_at timestamptz,
	quiet_until timestamptz,
	look_digest text,
	watch_lost boolean NOT NULL DEFAULT false,
	missing_since timestamptz
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
COMMENT ON COLUMN strike.render_process_state.seen_at IS 'when the last look that succeeded was asked for; at first when the watch began';
COMMENT ON COLUMN strike.render_process_state.osp_tenant IS 'whose work system it is';
COMMENT ON COLUMN strike.render_process_state.job_id IS 'its subsector there is ECO-, then this';
COMMENT ON COLUMN strike.render_process_state.found_at IS 'the last look that found something new';
COMMENT ON COLUMN strike.render_process_state.quiet_until IS 'end of the observation: from then on a look that finds what was known closes the order';
COMMENT ON COLUMN strike.render_process_state.look_digest IS 'MD5 over what the last look found: the same found again is nothing new';
COMMENT ON COLUMN strike.render_process_state.watch_lost IS 'the NOC was told that the field work can''t be seen';
COMMENT ON COLUMN strike.render_process_state.missing_since IS 'since when nothing but missing tasks keeps the order from its end, until the NOC is told';
CREATE INDEX render_process_poll ON strike.render_process_state (osp_tenant, next_poll_at) WHERE next_poll_at IS NOT NULL;

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
	settled_at timestamptz,
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
COMMENT ON COLUMN strike.render_tasks.settled_at IS 'missing, and since when an operator has said that it is no matter';
SELECT pg_catalog.pg_extension_config_dump('strike.render_tasks', '');
SELECT pg_catalog.pg_extension_config_dump('strike.render_process_state', '');

-- How each contractor's work system fares: kept when it changes, not at each look.
CREATE TABLE strike.render_circuits (
	osp_tenant text PRIMARY KEY,
	circuit text NOT NULL CHECK (circuit IN ('CLOSED', 'OPEN', 'HALF_OPEN')),
	failures int NOT NULL,
	pauses int NOT NULL,
	open_until timestamptz,
	last_error text,
	changed_at timestamptz NOT NULL
);
COMMENT ON TABLE strike.render_circuits IS 'a contractor''s work system as the looks at it fare: a row once something went wrong';
COMMENT ON COLUMN strike.render_circuits.osp_tenant IS 'whose work system';
COMMENT ON COLUMN strike.render_circuits.circuit IS 'CLOSED: looks go on; OPEN: left alone until open_until; HALF_OPEN: one look probes';
COMMENT ON COLUMN strike.render_circuits.failures IS 'looks that failed in a row';
COMMENT ON COLUMN strike.render_circuits.pauses IS 'pauses in a row without an answer between them';
COMMENT ON COLUMN strike.render_circuits.open_until IS 'end of the pause';
COMMENT ON COLUMN strike.render_circuits.last_error IS 'what went wrong last; for administrators';
COMMENT ON COLUMN strike.render_circuits.changed_at IS 'last change';
GRANT SELECT ON strike.render_circuits TO strike_worker, strike_admin;
GRANT INSERT, UPDATE ON strike.render_circuits TO strike_worker;

-- How late work came after a completion: what the adaptive grace period is reckoned from.
CREATE TABLE strike.late_work (
	eco_id uuid NOT NULL,
	version int NOT NULL,
	osp_tenant text NOT NULL,
	job_type text NOT NULL,
	completed_at timestamptz NOT NULL,
	found_at timestamptz NOT NULL,
	PRIMARY KEY (eco_id, version)
);
CREATE INDEX late_work_of_tenant ON strike.late_work (osp_tenant, found_at);
CREATE INDEX late_work_of_type ON strike.late_work (osp_tenant, job_type, found_at);
COMMENT ON TABLE strike.late_work IS 'each time that a completed order went on: how long after its completion';
COMMENT ON COLUMN strike.late_work.eco_id IS 'the order';
COMMENT ON COLUMN strike.late_work.version IS 'of the event with which it went on';
COMMENT ON COLUMN strike.late_work.osp_tenant IS 'whose order';
COMMENT ON COLUMN strike.late_work.job_type IS 'CMR, MFR or FNOL';
COMMENT ON COLUMN strike.late_work.completed_at IS 'when all tasks were completed';
COMMENT ON COLUMN strike.late_work.found_at IS 'when it went on: new or reopened work was found, or an operator reopened it';
GRANT SELECT ON strike.late_work TO strike_worker, strike_admin;
GRANT INSERT ON strike.late_work TO strike_worker;
SELECT pg_catalog.pg_extension_config_dump('strike.late_work', '');
SELECT pg_catalog.pg_extension_config_dump('strike.render_circuits', '');

CREATE FUNCTION strike.grace_reckoning(osp_tenant text, job_type text, OUT basis text, OUT late_work_known bigint,
		OUT quantile_s float8, OUT bound text, OUT grace_s bigint, OUT reason text)
	LANGUAGE c VOLATILE STRICT AS 'MODULE_PATHNAME', 'strike_grace_reckoning';
COMMENT ON FUNCTION strike.grace_reckoning(text, text) IS 'how long an order of that contractor and type would be observed, as the worker reckons it';
REVOKE ALL ON FUNCTION strike.grace_reckoning(text, text) FROM PUBLIC;

CREATE FUNCTION strike.strike_grace_plan(eco_id uuid) RETURNS TABLE (osp_tenant text, job_type text, adaptive boolean,
		basis text, late_work_known bigint, quantile interval, floor interval, ceiling interval, grace interval, reason text)
	LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	created jsonb;
BEGIN
	SELECT e.payload INTO created FROM strike.events e
	WHERE e.stream_id = strike_grace_plan.eco_id AND e.version = 1 AND e.stream_type = 'ECO';
	IF created IS NULL OR NOT (strike.strike_caller_unrestricted()
			OR coalesce(created->>'noc_tenant' = strike.strike_caller_noc(), false)
			OR coalesce(created->>'osp_tenant' = strike.strike_caller_osp(), false)) THEN
		RAISE EXCEPTION 'unknown order' USING ERRCODE = 'PT404', HINT = 'Give the eco_id of an order of yours.';
	END IF;
	RETURN QUERY SELECT created->>'osp_tenant', created->>'job_type', current_setting('strike.grace_adaptive')::boolean,
		g.basis, g.late_work_known, make_interval(secs => g.quantile_s), current_setting('strike.grace_floor')::interval,
		current_setting('strike.grace_ceiling')::interval, make_interval(secs => g.grace_s), g.reason
	FROM strike.grace_reckoning(created->>'osp_tenant', created->>'job_type') g;
END
$$;
COMMENT ON FUNCTION strike.strike_grace_plan(uuid) IS
	'how long the order would be observed if it were completed now, and why: 1.5 times the time in which 95 % of late work came, between floor and ceiling
eco_id: the order, one of your own';
REVOKE ALL ON FUNCTION strike.strike_grace_plan(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION strike.strike_grace_plan(uuid) TO strike_operator, strike_contractor, strike_admin;

CREATE FUNCTION strike.record_look(eco_id uuid, answer jsonb, asked_at timestamptz DEFAULT NULL) RETURNS timestamptz
	LANGUAGE c VOLATILE CALLED ON NULL INPUT AS 'MODULE_PATHNAME', 'strike_record_look';
COMMENT ON FUNCTION strike.record_look(uuid, jsonb, timestamptz) IS
	'does with a list of tasks what the Render worker does with an answer; returns when the order is looked at next, null = never; for tests';
REVOKE ALL ON FUNCTION strike.record_look(uuid, jsonb, timestamptz) FROM PUBLIC;
