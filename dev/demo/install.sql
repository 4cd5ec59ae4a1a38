-- The extension in its database, the role that PostgREST connects as.  Repeatable.
-- PostGIS goes where search_path begins, so not into strike: the extension first.
SET client_min_messages = warning;
SET search_path = public;
CREATE EXTENSION IF NOT EXISTS strike CASCADE;
ALTER EXTENSION strike UPDATE;
ALTER DATABASE strike SET search_path = strike, public;
SELECT strike.strike_activate();

SELECT NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'strike_rest') AS missing \gset
\if :missing
CREATE ROLE strike_rest LOGIN NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE;
COMMENT ON ROLE strike_rest IS 'Strike: PostgREST, which takes on the role a token names';
\endif
GRANT strike_anon, strike_operator, strike_contractor, strike_admin TO strike_rest;
