-- Stands in for the extension's strike_twilio_webhook: echoes its arguments as JSON, or does what
-- the URL says: ?raise, ?sleep=S, ?lock, ?deferred, ?rows=N, ?status=N, ?type=T, ?body=B …
DO $role$
BEGIN
	IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'strike_gateway') THEN
		CREATE ROLE strike_gateway LOGIN;
	END IF;
END
$role$;
CREATE SCHEMA strike;
GRANT USAGE ON SCHEMA strike TO strike_gateway;

CREATE TABLE strike.seen (method text, url text, body text);

CREATE FUNCTION strike.refuse_commit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'refused at commit';
END
$$;
CREATE CONSTRAINT TRIGGER refuse_commit AFTER INSERT ON strike.seen DEFERRABLE INITIALLY DEFERRED
	FOR EACH ROW WHEN (NEW.url LIKE '%deferred%') EXECUTE FUNCTION strike.refuse_commit();

CREATE TYPE strike.webhook_answer AS (http_status int, content_type text, body text);

CREATE FUNCTION strike.strike_twilio_webhook(method text, url text, body text, content_type text,
	signature text) RETURNS SETOF strike.webhook_answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
	rows int := coalesce(substring($2 FROM 'rows=([0-9]+)')::int, 1);
BEGIN
	INSERT INTO strike.seen VALUES ($1, $2, $3);
	IF $2 LIKE '%?raise%' THEN
		RAISE EXCEPTION 'told to, with a secret: %', $3 USING ERRCODE = 'P0001';
	ELSIF $2 LIKE '%sleep=%' THEN
		PERFORM pg_sleep(substring($2 FROM 'sleep=([0-9.]+)')::float8);
	ELSIF $2 LIKE '%?lock%' THEN
		PERFORM pg_advisory_xact_lock_shared(1);
	END IF;
	FOR i IN 1 .. rows LOOP
		IF $2 LIKE '%?null%' THEN
			RETURN QUERY SELECT NULL::int, NULL::text, NULL::text;
		ELSIF $2 LIKE '%?split%' THEN
			RETURN QUERY SELECT 200, E'text/plain\r\nX-Split: 1'::text, 'x'::text;
		ELSIF $2 LIKE '%?large%' THEN
			RETURN QUERY SELECT 200, 'text/plain'::text, repeat('x', substring($2 FROM 'large=([0-9]+)')::int);
		ELSIF $2 LIKE '%status=%' THEN
			RETURN QUERY SELECT substring($2 FROM 'status=([0-9]+)')::int,
				substring($2 FROM 'type=([a-z/]+)'), substring($2 FROM 'body=(.*)$');
		ELSE
			RETURN QUERY SELECT 200, 'application/json'::text, json_build_object('method', $1, 'url', $2,
				'body', $3, 'content_type', $4, 'signature', $5, 'user', session_user)::text;
		END IF;
	END LOOP;
END
$$;
REVOKE ALL ON FUNCTION strike.strike_twilio_webhook FROM PUBLIC;
GRANT EXECUTE ON FUNCTION strike.strike_twilio_webhook TO strike_gateway;
