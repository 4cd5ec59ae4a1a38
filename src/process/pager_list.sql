-- Who on a list can be called, at a given moment: asked by the page that runs and by the plan.

CREATE FUNCTION strike.local_time(at timestamptz, zone text) RETURNS timestamp
	LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'strike_local_time';
COMMENT ON FUNCTION strike.local_time(timestamptz, text) IS
	'what the clocks of a time zone show at that moment; null, and no error, for a zone that this server doesn''t know any more';
REVOKE ALL ON FUNCTION strike.local_time(timestamptz, text) FROM PUBLIC;

-- In doubt (a zone that an upgrade took away) he is on duty: rather a call too many.
CREATE FUNCTION strike.on_duty(contact_id uuid, time_zone text, at timestamptz) RETURNS boolean
	LANGUAGE sql STABLE AS $$
	SELECT coalesce(bool_or(CASE WHEN d.from_time < d.to_time
			THEN extract(isodow FROM l.wall)::int = ANY (d.weekdays) AND l.wall::time >= d.from_time AND l.wall::time < d.to_time
			ELSE extract(isodow FROM l.wall)::int = ANY (d.weekdays) AND l.wall::time >= d.from_time
				OR extract(isodow FROM l.wall - interval '1 day')::int = ANY (d.weekdays) AND l.wall::time < d.to_time END), true)
	FROM strike.pager_duty d CROSS JOIN (SELECT strike.local_time($3, $2) AS wall) l
	WHERE d.contact_id = $1
$$;
COMMENT ON FUNCTION strike.on_duty(uuid, text, timestamptz) IS
	'is that moment within one of the contact''s weekly windows, by the clock on his wall; true if he has none';
REVOKE ALL ON FUNCTION strike.on_duty(uuid, text, timestamptz) FROM PUBLIC;

CREATE FUNCTION strike.pager_obstacle(contact_id uuid, at timestamptz) RETURNS text
	LANGUAGE sql STABLE AS $$
	SELECT coalesce((SELECT CASE WHEN NOT c.active THEN 'not active'
		WHEN NOT strike.on_duty(c.contact_id, c.time_zone, $2) THEN 'off duty' ELSE '' END
		FROM strike.pager_contacts c WHERE c.contact_id = $1), 'not on the list')
$$;
COMMENT ON FUNCTION strike.pager_obstacle(uuid, timestamptz) IS
	'why a contact can''t be called at that moment: not active, off duty, not on the list; empty: he can';
REVOKE ALL ON FUNCTION strike.pager_obstacle(uuid, timestamptz) FROM PUBLIC;

-- In the order of calling; what the run starts with and what the plan shows.
CREATE FUNCTION strike.pager_list(region_id uuid, at timestamptz) RETURNS TABLE (contact_id uuid, "position" int, obstacle text)
	LANGUAGE sql STABLE AS $$
	SELECT c.contact_id, c.position, strike.pager_obstacle(c.contact_id, $2) FROM strike.pager_contacts c
	WHERE c.region_id = $1 ORDER BY c.position
$$;
COMMENT ON FUNCTION strike.pager_list(uuid, timestamptz) IS 'a region''s people in the order of calling, each with what stands in the way at that moment (empty: nothing)';
REVOKE ALL ON FUNCTION strike.pager_list(uuid, timestamptz) FROM PUBLIC;
