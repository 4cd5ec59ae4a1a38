-- Each change of a list is an event of its region's stream (PagerRegion), whoever makes it.  Names
-- and numbers stand in contact_refs only, so that a person can be erased.
CREATE INDEX contact_refs_contact ON strike.contact_refs (contact_id) WHERE contact_id IS NOT NULL;

-- A dump is loaded with these two settings, into an installation that isn't activated; its events
-- come with it.  In an activated one nothing goes unrecorded, whatever is set.
CREATE FUNCTION strike.loading_dump() RETURNS boolean
	LANGUAGE sql STABLE AS $$
	SELECT current_setting('row_security') = 'off' AND current_setting('check_function_bodies') = 'off'
		AND NOT EXISTS (SELECT FROM strike.activation a JOIN pg_catalog.pg_database b ON b.oid = a.database_oid
			WHERE a.system_identifier = strike.strike_activation_key() AND b.datname = current_database())
$$;
COMMENT ON FUNCTION strike.loading_dump() IS 'is this session pg_restore, or psql with a dump, filling a fresh copy';
REVOKE ALL ON FUNCTION strike.loading_dump() FROM PUBLIC;

CREATE FUNCTION strike.list_event(region_id uuid, event_type text, facts jsonb, old_values jsonb, new_values jsonb)
	RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
	gone jsonb;
	come jsonb;
BEGIN
	-- of a change only what is different
	SELECT jsonb_object_agg(o.key, o.value) INTO gone FROM jsonb_each(old_values) o
	WHERE new_values IS NULL OR new_values->o.key IS DISTINCT FROM o.value;
	SELECT jsonb_object_agg(n.key, n.value) INTO come FROM jsonb_each(new_values) n
	WHERE old_values IS NULL OR old_values->n.key IS DISTINCT FROM n.value;
	IF gone IS NULL AND come IS NULL THEN
		RETURN;
	END IF;
	PERFORM strike.strike_append(list_event.region_id, 'PagerRegion', NULL, jsonb_build_array(jsonb_build_object(
		'type', event_type, 'payload', facts || jsonb_build_object('region_id', list_event.region_id,
			'change', CASE WHEN old_values IS NULL THEN 'added' WHEN new_values IS NULL THEN 'removed' ELSE 'changed' END,
			'from', gone, 'to', come))));
END
$$;
COMMENT ON FUNCTION strike.list_event(uuid, text, jsonb, jsonb, jsonb) IS 'appends what is different to the region''s stream; nothing if nothing is';
REVOKE ALL ON FUNCTION strike.list_event(uuid, text, jsonb, jsonb, jsonb) FROM PUBLIC;

CREATE FUNCTION strike.region_values(r strike.pager_regions) RETURNS jsonb
	LANGUAGE sql STABLE AS $$
	SELECT CASE WHEN r.region_id IS NOT NULL THEN jsonb_build_object('osp_tenant', r.osp_tenant, 'name', r.name,
		'priority', r.priority, 'call_off_duty', r.call_off_duty, 'area', CASE WHEN public.ST_NPoints(r.area) <= 1000
			THEN public.ST_AsGeoJSON(r.area, 9)::jsonb
			ELSE jsonb_build_object('points', public.ST_NPoints(r.area), 'sha256', encode(sha256(public.ST_AsBinary(r.area, 'NDR')), 'hex')) END) END
$$;
COMMENT ON FUNCTION strike.region_values(strike.pager_regions) IS 'a region as its events say it; an area of more than 1,000 points by its SHA-256 (of the little-endian WKB)';
REVOKE ALL ON FUNCTION strike.region_values(strike.pager_regions) FROM PUBLIC;

CREATE FUNCTION strike.record_region() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF strike.loading_dump() THEN
		RETURN NULL;
	END IF;
	IF TG_OP = 'UPDATE' AND NEW.region_id <> OLD.region_id THEN
		RAISE EXCEPTION 'a region keeps its region_id' USING ERRCODE = 'check_violation', HINT = 'It is the name of its history: add another region.';
	END IF;
	PERFORM strike.list_event(coalesce(NEW.region_id, OLD.region_id), 'PagerRegionChangedEvent',
		jsonb_build_object('osp_tenant', coalesce(NEW.osp_tenant, OLD.osp_tenant)), strike.region_values(OLD), strike.region_values(NEW));
	RETURN NULL;
END
$$;
COMMENT ON FUNCTION strike.record_region() IS 'trigger: each change of a region is an event';
REVOKE ALL ON FUNCTION strike.record_region() FROM PUBLIC;
CREATE TRIGGER record_region AFTER INSERT OR UPDATE OR DELETE ON strike.pager_regions
	FOR EACH ROW EXECUTE FUNCTION strike.record_region();
COMMENT ON TRIGGER record_region ON strike.pager_regions IS 'each change is an event';

CREATE FUNCTION strike.contact_digest(name text, phone text, salt bytea) RETURNS text
	LANGUAGE sql IMMUTABLE AS $$
	SELECT encode(sha256(salt || int4send(octet_length(name)) || convert_to(name, 'UTF8')
		|| int4send(octet_length(phone)) || convert_to(phone, 'UTF8')), 'hex')
$$;
COMMENT ON FUNCTION strike.contact_digest(text, text, bytea) IS 'payloads'' contact_digest, as hex';
REVOKE ALL ON FUNCTION strike.contact_digest(text, text, bytea) FROM PUBLIC;

-- The person's snapshot with this name and number: the one there is, or a new one.
CREATE FUNCTION strike.contact_snapshot(c strike.pager_contacts, OUT contact_ref uuid, OUT contact_digest text)
	LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_column
DECLARE
	secret bytea;
BEGIN
	SELECT s.contact_ref, s.salt INTO contact_ref, secret FROM strike.contact_refs s
	WHERE s.contact_id = c.contact_id AND s.name = c.name AND s.phone = c.phone AND s.salt IS NOT NULL LIMIT 1;
	IF NOT FOUND THEN
		contact_ref := gen_random_uuid();
		secret := uuid_send(gen_random_uuid());
		INSERT INTO strike.contact_refs (contact_ref, contact_id, name, phone, salt) VALUES (contact_ref, c.contact_id, c.name, c.phone, secret);
	END IF;
	contact_digest := strike.contact_digest(c.name, c.phone, secret);
END
$$;
COMMENT ON FUNCTION strike.contact_snapshot(strike.pager_contacts) IS 'a contact_refs row for the contact as he stands in the list, made if there is none';
REVOKE ALL ON FUNCTION strike.contact_snapshot(strike.pager_contacts) FROM PUBLIC;

CREATE FUNCTION strike.record_contact() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	person record;
	was jsonb;
	becomes jsonb;
	facts jsonb;
BEGIN
	IF strike.loading_dump() THEN
		RETURN NULL;
	END IF;
	IF TG_OP = 'UPDATE' AND NEW.contact_id <> OLD.contact_id THEN
		RAISE EXCEPTION 'a contact keeps his contact_id' USING ERRCODE = 'check_violation', HINT = 'Add another contact.';
	END IF;
	IF TG_OP <> 'INSERT' THEN
		SELECT * INTO person FROM strike.contact_snapshot(OLD);
		was := jsonb_build_object('contact_ref', person.contact_ref, 'position', OLD.position, 'active', OLD.active,
			'time_zone', OLD.time_zone, 'list', OLD.region_id);
	END IF;
	IF TG_OP <> 'DELETE' THEN
		SELECT * INTO person FROM strike.contact_snapshot(NEW);
		becomes := jsonb_build_object('contact_ref', person.contact_ref, 'position', NEW.position, 'active', NEW.active,
			'time_zone', NEW.time_zone, 'list', NEW.region_id);
	END IF;
	facts := jsonb_build_object('contact_id', coalesce(NEW.contact_id, OLD.contact_id),
		'contact_ref', person.contact_ref, 'contact_digest', person.contact_digest);
	PERFORM strike.list_event(coalesce(NEW.region_id, OLD.region_id), 'PagerContactChangedEvent', facts, was, becomes);
	IF NEW.region_id <> OLD.region_id THEN
		-- he goes from one list to another: both say so
		PERFORM strike.list_event(OLD.region_id, 'PagerContactChangedEvent', facts, was, becomes);
	END IF;
	RETURN NULL;
END
$$;
COMMENT ON FUNCTION strike.record_contact() IS 'trigger: each change of a contact is an event, without his name and number';
REVOKE ALL ON FUNCTION strike.record_contact() FROM PUBLIC;
CREATE TRIGGER record_contact AFTER INSERT OR UPDATE OR DELETE ON strike.pager_contacts
	FOR EACH ROW EXECUTE FUNCTION strike.record_contact();
COMMENT ON TRIGGER record_contact ON strike.pager_contacts IS 'each change is an event, without names and numbers';

CREATE FUNCTION strike.record_duty() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	contact strike.pager_contacts;
	person record;
BEGIN
	IF strike.loading_dump() THEN
		RETURN NULL;
	END IF;
	IF TG_OP = 'UPDATE' AND (NEW.duty_id <> OLD.duty_id OR NEW.contact_id <> OLD.contact_id) THEN
		RAISE EXCEPTION 'a duty window keeps its duty_id and its contact' USING ERRCODE = 'check_violation', HINT = 'Delete it and add another.';
	END IF;
	SELECT c.* INTO contact FROM strike.pager_contacts c WHERE c.contact_id = coalesce(NEW.contact_id, OLD.contact_id);
	IF NOT FOUND THEN
		RETURN NULL; -- the contact goes, and his windows with him: his event says so
	END IF;
	SELECT * INTO person FROM strike.contact_snapshot(contact);
	PERFORM strike.list_event(contact.region_id, 'PagerDutyChangedEvent', jsonb_build_object('duty_id', coalesce(NEW.duty_id, OLD.duty_id),
			'contact_id', contact.contact_id, 'contact_ref', person.contact_ref, 'contact_digest', person.contact_digest),
		to_jsonb(OLD) - '{duty_id,contact_id}'::text[], to_jsonb(NEW) - '{duty_id,contact_id}'::text[]);
	RETURN NULL;
END
$$;
COMMENT ON FUNCTION strike.record_duty() IS 'trigger: each change of a duty window is an event';
REVOKE ALL ON FUNCTION strike.record_duty() FROM PUBLIC;
CREATE TRIGGER record_duty AFTER INSERT OR UPDATE OR DELETE ON strike.pager_duty
	FOR EACH ROW EXECUTE FUNCTION strike.record_duty();
COMMENT ON TRIGGER record_duty ON strike.pager_duty IS 'each change is an event';

CREATE FUNCTION strike.refuse_truncate() RETURNS trigger
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RAISE EXCEPTION 'TRUNCATE of % is refused: each change of a list is recorded', TG_TABLE_NAME
		USING ERRCODE = '55000', HINT = 'Use DELETE.';
END
$$;
COMMENT ON FUNCTION strike.refuse_truncate() IS 'trigger: refuses what would change lists without an event';
REVOKE ALL ON FUNCTION strike.refuse_truncate() FROM PUBLIC;
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON strike.pager_regions EXECUTE FUNCTION strike.refuse_truncate();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON strike.pager_contacts EXECUTE FUNCTION strike.refuse_truncate();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON strike.pager_duty EXECUTE FUNCTION strike.refuse_truncate();
COMMENT ON TRIGGER refuse_truncate ON strike.pager_regions IS 'each change is an event';
COMMENT ON TRIGGER refuse_truncate ON strike.pager_contacts IS 'each change is an event';
COMMENT ON TRIGGER refuse_truncate ON strike.pager_duty IS 'each change is an event';
