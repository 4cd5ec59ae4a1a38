-- Ownership and rights: the last part of the install script.
DO $own$
DECLARE
	r record;
BEGIN
	-- Objects belong to strike_owner, which never logs in: SECURITY DEFINER functions run as it.
	FOR r IN SELECT c.oid::regclass AS name, c.relkind FROM pg_class c
		WHERE c.relnamespace = 'strike'::regnamespace AND c.relkind IN ('r', 'v')
	LOOP
		EXECUTE format('ALTER %s %s OWNER TO strike_owner',
			CASE r.relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END, r.name);
	END LOOP;
	EXECUTE 'ALTER SEQUENCE strike.event_position OWNER TO strike_owner';
	FOR r IN SELECT p.oid::regprocedure AS name FROM pg_proc p
		WHERE p.pronamespace = 'strike'::regnamespace
	LOOP
		EXECUTE format('ALTER FUNCTION %s OWNER TO strike_owner', r.name);
	END LOOP;
END
$own$;

-- Tenants are held apart by the token's claims.  The policy binds the owner, so it holds for
-- noc_ecos, which web roles read; a SECURITY DEFINER function runs as the owner itself and checks
-- the tenant by its own means.  The tenant isn't hidden from the planner in a subquery: an estimate
-- of rows (Prefer: count=planned) is then one of the caller's own, not a share of everybody's.
ALTER TABLE strike.eco_views ENABLE ROW LEVEL SECURITY;
ALTER TABLE strike.eco_views FORCE ROW LEVEL SECURITY;
CREATE POLICY own_orders ON strike.eco_views TO strike_owner
	USING (noc_tenant = strike.strike_caller_noc() OR osp_tenant = strike.strike_caller_osp() OR strike.caller_unbound())
	WITH CHECK (current_user = 'strike_owner');
CREATE POLICY all_orders ON strike.eco_views TO strike_worker, strike_admin USING (true) WITH CHECK (true);
COMMENT ON POLICY own_orders ON strike.eco_views IS 'through noc_ecos an operator sees his NOC''s orders, a contractor his own';
COMMENT ON POLICY all_orders ON strike.eco_views IS 'workers and administrators are bound to no tenant';

-- A contractor keeps his own lists; nobody else sees whom he calls, and at which number.
ALTER TABLE strike.pager_regions ENABLE ROW LEVEL SECURITY;
ALTER TABLE strike.pager_contacts ENABLE ROW LEVEL SECURITY;
ALTER TABLE strike.pager_duty ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_lists ON strike.pager_regions TO strike_contractor
	USING (osp_tenant = (SELECT strike.strike_caller_osp())) WITH CHECK (osp_tenant = (SELECT strike.strike_caller_osp()));
CREATE POLICY own_lists ON strike.pager_contacts TO strike_contractor
	USING (EXISTS (SELECT FROM strike.pager_regions r WHERE r.region_id = pager_contacts.region_id))
	WITH CHECK (EXISTS (SELECT FROM strike.pager_regions r WHERE r.region_id = pager_contacts.region_id));
CREATE POLICY own_lists ON strike.pager_duty TO strike_contractor
	USING (EXISTS (SELECT FROM strike.pager_contacts c WHERE c.contact_id = pager_duty.contact_id))
	WITH CHECK (EXISTS (SELECT FROM strike.pager_contacts c WHERE c.contact_id = pager_duty.contact_id));
CREATE POLICY all_lists ON strike.pager_regions TO strike_worker, strike_admin USING (true) WITH CHECK (true);
CREATE POLICY all_lists ON strike.pager_contacts TO strike_worker, strike_admin USING (true) WITH CHECK (true);
CREATE POLICY all_lists ON strike.pager_duty TO strike_worker, strike_admin USING (true) WITH CHECK (true);
COMMENT ON POLICY own_lists ON strike.pager_regions IS 'a contractor keeps his own regions';
COMMENT ON POLICY own_lists ON strike.pager_contacts IS 'and the people in them';
COMMENT ON POLICY own_lists ON strike.pager_duty IS 'and their windows';
COMMENT ON POLICY all_lists ON strike.pager_regions IS 'workers and administrators are bound to no tenant';
COMMENT ON POLICY all_lists ON strike.pager_contacts IS 'workers and administrators are bound to no tenant';
COMMENT ON POLICY all_lists ON strike.pager_duty IS 'workers and administrators are bound to no tenant';
GRANT SELECT, INSERT, UPDATE, DELETE ON strike.pager_regions, strike.pager_contacts, strike.pager_duty TO strike_contractor;

GRANT SELECT ON strike.noc_ecos TO strike_operator, strike_contractor, strike_admin, strike_worker;

-- what the caller's own rights decide
GRANT EXECUTE ON FUNCTION strike.strike_caller_tenant(), strike.strike_caller_noc(), strike.strike_caller_osp(),
	strike.strike_caller_unrestricted() TO PUBLIC;
GRANT EXECUTE ON FUNCTION strike.caller_unbound(), strike.st_asgeojson(record) TO PUBLIC;
GRANT EXECUTE ON FUNCTION strike.strike_create_eco(text, text, text, text, jsonb, uuid),
	strike.strike_retry_render(uuid, text), strike.strike_repage(uuid, text), strike.strike_take_over(uuid, text),
	strike.strike_cancel_eco(uuid, text), strike.strike_reopen_eco(uuid, text),
	strike.strike_reassign_eco(uuid, text, text), strike.strike_acknowledge(uuid, text), strike.strike_add_note(uuid, text)
	TO strike_operator, strike_admin;
GRANT EXECUTE ON FUNCTION strike.strike_eco_timeline(uuid), strike.strike_eco_state(uuid, timestamptz),
	strike.strike_page_plan(text, jsonb, timestamptz), strike.strike_response_report(timestamptz, timestamptz, text)
	TO strike_operator, strike_contractor, strike_admin;
GRANT EXECUTE ON FUNCTION strike.strike_health() TO strike_admin, strike_operator, strike_contractor,
	strike_gateway, strike_anon, strike_worker;
GRANT EXECUTE ON FUNCTION strike.strike_twilio_webhook(text, text, text, text, text),
	strike.strike_live_feed(text, text, bigint, int), strike.strike_live_head(bigint) TO strike_gateway;

-- administrators and auditors
GRANT EXECUTE ON FUNCTION strike.strike_verify_events(uuid), strike.strike_feed_head(), strike.strike_set_render_credentials(text, text, text), strike.strike_set_twilio_credentials(text, text, text, text), strike.strike_verify_anchor(bigint, text), strike.strike_transitions(), strike.strike_redrive(text, uuid),
	strike.strike_activate(), strike.strike_erase_contact(uuid, text), strike.strike_workers(), strike.strike_subscribers(),
	strike.strike_rebuild_eco_views() TO strike_admin;
GRANT SELECT ON strike.events, strike.feed, strike.streams, strike.outbox, strike.delivery_failure, strike.eco_views,
	strike.workers, strike.activation, strike.tenants, strike.pager_regions, strike.pager_contacts,
	strike.contact_refs, strike.render_process_state, strike.pager_process_state, strike.pager_run_contacts,
	strike.pager_attempts, strike.pager_account_state, strike.pages, strike.job_numbers TO strike_admin;
GRANT INSERT, UPDATE, DELETE ON strike.tenants, strike.pager_regions, strike.pager_contacts TO strike_admin;

-- the background workers: what they need, and no more
GRANT SELECT ON strike.events, strike.event_position, strike.feed, strike.delivery_failure, strike.activation,
	strike.tenants, strike.pager_regions, strike.pager_contacts, strike.contact_refs, strike.render_instances,
	strike.twilio_accounts, strike.eco_views, strike.render_process_state, strike.pager_process_state,
	strike.pager_run_contacts, strike.pager_attempts, strike.pager_account_state TO strike_worker;
GRANT INSERT ON strike.feed, strike.contact_refs TO strike_worker;
GRANT INSERT, UPDATE, DELETE ON strike.delivery_failure TO strike_worker;
GRANT INSERT, UPDATE ON strike.eco_views, strike.render_process_state, strike.pager_process_state,
	strike.pager_run_contacts, strike.pager_attempts, strike.pager_account_state TO strike_worker;
GRANT SELECT ON strike.render_tasks, strike.pager_duty TO strike_worker, strike_admin;
GRANT INSERT, UPDATE, DELETE ON strike.pager_duty TO strike_admin;
GRANT INSERT, UPDATE ON strike.render_tasks TO strike_worker;
GRANT EXECUTE ON FUNCTION strike.strike_append(uuid, text, int, jsonb, jsonb),
	strike.pager_region(text, public.geometry), strike.short_way(public.geometry), strike.local_time(timestamptz, text),
	strike.on_duty(uuid, text, timestamptz), strike.pager_obstacle(uuid, timestamptz),
	strike.pager_list(uuid, timestamptz) TO strike_worker;
GRANT EXECUTE ON FUNCTION strike.local_time(timestamptz, text), strike.on_duty(uuid, text, timestamptz),
	strike.pager_obstacle(uuid, timestamptz), strike.pager_list(uuid, timestamptz) TO strike_admin;

DO $warn$
BEGIN
	PERFORM strike.strike_wake('launcher');
	PERFORM strike.strike_warn_without_worker();
END
$warn$;
