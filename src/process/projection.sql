-- The read model: one row an order, folded from its events by the outbox worker.
CREATE TABLE strike.eco_views (
	eco_id uuid PRIMARY KEY,
	job_id text NOT NULL UNIQUE,
	noc_tenant text NOT NULL,
	osp_tenant text NOT NULL,
	job_type text NOT NULL,
	description text NOT NULL,
	location public.geometry(Geometry, 4326) NOT NULL,
	status text NOT NULL,
	display_status text NOT NULL,
	render_status text NOT NULL,
	render_task_id text,
	pager_status text NOT NULL,
	accepted_by text,
	needs_attention boolean NOT NULL,
	attention_reason text,
	phase text NOT NULL,
	task_count int NOT NULL,
	completed_count int NOT NULL,
	created_at timestamptz NOT NULL,
	dispatched_at timestamptz,
	completed_at timestamptz,
	grace_until timestamptz,
	hard_completed_at timestamptz,
	version int NOT NULL,
	updated_at timestamptz NOT NULL,
	state jsonb NOT NULL
);
CREATE INDEX eco_views_noc ON strike.eco_views (noc_tenant, created_at DESC);
CREATE INDEX eco_views_osp ON strike.eco_views (osp_tenant, created_at DESC);
CREATE INDEX eco_views_created ON strike.eco_views (created_at);
CREATE INDEX eco_views_attention ON strike.eco_views (created_at) WHERE needs_attention;
COMMENT ON TABLE strike.eco_views IS 'read model: each order as its events make it, kept by the outbox worker';
COMMENT ON COLUMN strike.eco_views.eco_id IS 'the order, and its event stream';
COMMENT ON COLUMN strike.eco_views.job_id IS 'e.g. E2-00524-2025';
COMMENT ON COLUMN strike.eco_views.noc_tenant IS 'who owns the order';
COMMENT ON COLUMN strike.eco_views.osp_tenant IS 'who works it';
COMMENT ON COLUMN strike.eco_views.job_type IS 'CMR, MFR or FNOL';
COMMENT ON COLUMN strike.eco_views.description IS 'what the operator wrote';
COMMENT ON COLUMN strike.eco_views.location IS 'point or line, WGS 84';
COMMENT ON COLUMN strike.eco_views.status IS 'OPEN, IN_PROGRESS, COMPLETED, HARD_COMPLETE, CANCELED';
COMMENT ON COLUMN strike.eco_views.display_status IS 'Pending, Assigned, In Progress, Blocked, Complete';
COMMENT ON COLUMN strike.eco_views.render_status IS 'internal: PENDING, TASKED, DISPATCHED, FAILED';
COMMENT ON COLUMN strike.eco_views.render_task_id IS 'internal: the task that Strike made';
COMMENT ON COLUMN strike.eco_views.pager_status IS 'none, queued, calling, accepted, exhausted, failed, taken_over';
COMMENT ON COLUMN strike.eco_views.accepted_by IS 'name of who said yes; empty once that person is erased';
COMMENT ON COLUMN strike.eco_views.needs_attention IS 'a human must act';
COMMENT ON COLUMN strike.eco_views.attention_reason IS 'why, in plain words';
COMMENT ON COLUMN strike.eco_views.phase IS 'where the order stands, in the words that operators read';
COMMENT ON COLUMN strike.eco_views.task_count IS 'tasks known in its subsector';
COMMENT ON COLUMN strike.eco_views.completed_count IS 'how many of them are completed';
COMMENT ON COLUMN strike.eco_views.created_at IS 'on Strike''s clock, like all times here';
COMMENT ON COLUMN strike.eco_views.dispatched_at IS 'when the contractor was dispatched';
COMMENT ON COLUMN strike.eco_views.completed_at IS 'when all tasks were completed';
COMMENT ON COLUMN strike.eco_views.grace_until IS 'end of the observation after that';
COMMENT ON COLUMN strike.eco_views.hard_completed_at IS 'when it was closed';
COMMENT ON COLUMN strike.eco_views.version IS 'of the order''s stream';
COMMENT ON COLUMN strike.eco_views.updated_at IS 'time of the last event of the order or its pages';
COMMENT ON COLUMN strike.eco_views.state IS 'internal: what folding the next event needs';
SELECT pg_catalog.pg_extension_config_dump('strike.eco_views', '');

-- Whoever may read this view reads eco_views as its owner, whom row security binds too (grants.sql):
-- the people's roles have no right to the table, so not even its columns' names are shown to them.
CREATE VIEW strike.noc_ecos AS
	SELECT eco_id, job_id, noc_tenant, osp_tenant, job_type, description,
		public.ST_AsGeoJSON(location)::jsonb AS location, status, display_status, pager_status,
		accepted_by, needs_attention, attention_reason, phase, task_count, completed_count, created_at,
		dispatched_at, completed_at, grace_until, hard_completed_at, version, updated_at
	FROM strike.eco_views;
COMMENT ON VIEW strike.noc_ecos IS 'orders as operators and contractors see them';
DO $comments$
DECLARE
	r record;
BEGIN
	FOR r IN SELECT v.attname, CASE v.attname WHEN 'location' THEN 'GeoJSON point or line, WGS 84'
			ELSE col_description(t.attrelid, t.attnum) END AS words
		FROM pg_attribute v JOIN pg_attribute t ON t.attrelid = 'strike.eco_views'::regclass AND t.attname = v.attname
		WHERE v.attrelid = 'strike.noc_ecos'::regclass
	LOOP
		EXECUTE format('COMMENT ON COLUMN strike.noc_ecos.%I IS %L', r.attname, r.words);
	END LOOP;
END
$comments$;
