-- Who on a list can be called, at a given moment: asked by the page that runs and by the plan.

CREATE FUNCTION strike.local_time(at timestamptz, zone text) RETURNS timestamp
	LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'strike_local_time';
COMMENT ON FUNCTION strike.local_time(timestamptz, text) IS
	'what the clocks of a time zone show at that moment; null, and no error, for a zone that this server doesn''t know any more
at: the moment
zone: a time zone, as pg_timezone_names has it';
REVOKE ALL ON FUNCTION strike.local_time(timestamptz, text) FROM PUBLIC;

-- In doubt (a zone that an upgrade took away) he is on duty: rather a call too many.  PL/pgSQL here
-- and below, since it keeps its plans; an SQL function would be planned at each decision.
CREATE FUNCTION strike.on_duty(contact_id uuid, time_zone text, at timestamptz) RETURNS boolean
	LANGUAGE plpgsql STABLE AS $$
DECLARE
	wall timestamp := strike.local_time(at, time_zone);
	today int := extract(isodow FROM wall);
	yesterday int := (today + 5) % 7 + 1;
	clock time := wall::time;
BEGIN
	RETURN coalesce((SELECT bool_or(CASE WHEN d.from_time < d.to_time
			THEN today = ANY (d.weekdays) AND clock >= d.from_time AND clock < d.to_time
			ELSE today = ANY (d.weekdays) AND clock >= d.from_time OR yesterday = ANY (d.weekdays) AND clock < d.to_time END)
		FROM strike.pager_duty d WHERE d.contact_id = on_duty.contact_id), true);
END
$$;
COMMENT ON FUNCTION strike.on_duty(uuid, text, timestamptz) IS
	'is that moment within one of the contact''s weekly windows, by the clock on his wall; true if he has none
contact_id: whom
time_zone: his
at: the moment';
REVOKE ALL ON FUNCTION strike.on_duty(uuid, text, timestamptz) FROM PUBLIC;

CREATE FUNCTION strike.pager_obstacle(contact_id uuid, at timestamptz) RETURNS text
	LANGUAGE plpgsql STABLE AS $$
DECLARE
	contact_active boolean;
	zone text;
BEGIN
	SELECT c.active, c.time_zone INTO contact_active, zone FROM strike.pager_contacts c WHERE c.contact_id = pager_obstacle.contact_id;
	RETURN CASE WHEN NOT FOUND THEN 'not on the list' WHEN NOT contact_active THEN 'not active'
		-- windows need a zone: who has none is always on duty
		WHEN zone IS NOT NULL AND NOT strike.on_duty(contact_id, zone, at) THEN 'off duty' ELSE '' END;
END
$$;
COMMENT ON FUNCTION strike.pager_obstacle(uuid, timestamptz) IS
	'why a contact can''t be called at that moment: not active, off duty, not on the list; empty: he can
contact_id: whom
at: the moment';
REVOKE ALL ON FUNCTION strike.pager_obstacle(uuid, timestamptz) FROM PUBLIC;

-- In the order of calling; what the run starts with and what the plan shows.
CREATE FUNCTION strike.pager_list(region_id uuid, at timestamptz) RETURNS TABLE (contact_id uuid, "position" int, obstacle text)
	LANGUAGE sql STABLE AS $$
	SELECT c.contact_id, c.position, strike.pager_obstacle(c.contact_id, $2) FROM strike.pager_contacts c
	WHERE c.region_id = $1 ORDER BY c.position
$$;
COMMENT ON FUNCTION strike.pager_list(uuid, timestamptz) IS 'a region''s people in the order of calling, each with what stands in the way at that moment (empty: nothing)
region_id: whose list
at: the moment';
REVOKE ALL ON FUNCTION strike.pager_list(uuid, timestamptz) FROM PUBLIC;
