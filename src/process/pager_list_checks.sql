-- What a contractor may write into his lists, refused in plain words.

CREATE FUNCTION strike.check_contact() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	problem text;
	advice text;
BEGIN
	IF NEW.phone !~ '^\+[1-9][0-9]{1,14}$' THEN
		problem := 'the telephone number is not in international form (E.164)';
		advice := '+, country code and number, at most 15 digits and nothing between them, such as +15125550100.';
	ELSIF NEW.name !~ '\S' OR length(NEW.name) > 200 THEN
		problem := 'a contact needs a name of at most 200 characters';
		advice := 'It is what the NOC reads while he is called.';
	ELSIF NEW.position NOT BETWEEN 1 AND 200 THEN
		problem := format('position %s is not between 1 and 200', NEW.position);
		advice := '1 is called first.';
	ELSIF NEW.time_zone IS NULL THEN
		IF TG_OP = 'UPDATE' AND EXISTS (SELECT FROM strike.pager_duty d WHERE d.contact_id = NEW.contact_id) THEN
			problem := 'a contact with duty windows needs a time zone';
			advice := 'Remove his rows of pager_duty first: he is called at all times then.';
		END IF;
	-- names with digits are offsets, which know no daylight saving time; abbreviations neither
	ELSIF NEW.time_zone <> 'UTC' AND NEW.time_zone !~ '^[A-Z][A-Za-z_-]*(/[A-Z][A-Za-z_-]*)+$'
			OR strike.local_time('2000-01-01', NEW.time_zone) IS NULL THEN
		problem := format('unknown time zone "%s"', left(NEW.time_zone, 100));
		advice := 'Area/City as in pg_timezone_names, such as America/Chicago, or UTC.';
	END IF;
	IF problem IS NOT NULL THEN
		RAISE EXCEPTION '%', problem USING ERRCODE = 'check_violation', HINT = advice, TABLE = 'pager_contacts', SCHEMA = 'strike';
	END IF;
	RETURN NEW;
END
$$;
COMMENT ON FUNCTION strike.check_contact() IS 'trigger: refuses contacts that could not be called';
REVOKE ALL ON FUNCTION strike.check_contact() FROM PUBLIC;
CREATE TRIGGER check_contact BEFORE INSERT OR UPDATE ON strike.pager_contacts
	FOR EACH ROW EXECUTE FUNCTION strike.check_contact();
COMMENT ON TRIGGER check_contact ON strike.pager_contacts IS 'refuses contacts that could not be called';

CREATE FUNCTION strike.check_duty() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	zone text;
	problem text;
	advice text;
BEGIN
	-- locked, so that his time zone doesn't go away meanwhile
	SELECT c.time_zone INTO zone FROM strike.pager_contacts c WHERE c.contact_id = NEW.contact_id FOR SHARE;
	IF FOUND AND zone IS NULL THEN
		problem := 'a contact with duty windows needs a time zone';
		advice := 'Set pager_contacts.time_zone first, such as America/Chicago.';
	ELSIF cardinality(NEW.weekdays) NOT BETWEEN 1 AND 7 OR NOT NEW.weekdays <@ '{1,2,3,4,5,6,7}' OR array_position(NEW.weekdays, NULL) IS NOT NULL THEN
		problem := 'weekdays are 1 (Monday) to 7 (Sunday)';
		advice := 'For example {1,2,3,4,5}: the days on which the window begins.';
	ELSIF TG_OP = 'INSERT' AND (SELECT count(*) >= 50 FROM strike.pager_duty d WHERE d.contact_id = NEW.contact_id) THEN
		problem := 'a contact has at most 50 duty windows';
		advice := 'One window may have several weekdays.';
	ELSE
		RETURN NEW;
	END IF;
	RAISE EXCEPTION '%', problem USING ERRCODE = 'check_violation', HINT = advice, TABLE = 'pager_duty', SCHEMA = 'strike';
END
$$;
COMMENT ON FUNCTION strike.check_duty() IS 'trigger: refuses windows that no clock can show';
REVOKE ALL ON FUNCTION strike.check_duty() FROM PUBLIC;
CREATE TRIGGER check_duty BEFORE INSERT OR UPDATE ON strike.pager_duty
	FOR EACH ROW EXECUTE FUNCTION strike.check_duty();
COMMENT ON TRIGGER check_duty ON strike.pager_duty IS 'refuses windows that no clock can show';
