-- Time.
CREATE FUNCTION strike.strike_now() RETURNS timestamptz
	LANGUAGE c VOLATILE PARALLEL SAFE AS 'MODULE_PATHNAME', 'strike_now';
COMMENT ON FUNCTION strike.strike_now() IS 'Strike''s time: the wall clock, or the virtual clock of development and tests';

CREATE FUNCTION strike.strike_clock_shift(microseconds bigint) RETURNS bigint
	LANGUAGE c VOLATILE STRICT AS 'MODULE_PATHNAME', 'strike_clock_shift';
COMMENT ON FUNCTION strike.strike_clock_shift(bigint) IS 'the C half of strike_clock_advance: adds to the virtual clock''s offset and wakes the workers';
REVOKE ALL ON FUNCTION strike.strike_clock_shift(bigint) FROM PUBLIC;

CREATE FUNCTION strike.strike_clock_advance(step interval) RETURNS timestamptz
	LANGUAGE plpgsql VOLATILE STRICT SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM strike.strike_clock_shift((extract(epoch FROM step) * 1000000)::bigint);
	RETURN strike.strike_now();
END
$$;
COMMENT ON FUNCTION strike.strike_clock_advance(interval) IS 'advances the virtual clock and wakes the workers; superuser, strike.virtual_clock only';
REVOKE ALL ON FUNCTION strike.strike_clock_advance(interval) FROM PUBLIC;
