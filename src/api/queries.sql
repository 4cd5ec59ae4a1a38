-- What can be asked.
CREATE TYPE strike.transition AS (machine text, from_state text, input text, to_state text, emits text);
COMMENT ON TYPE strike.transition IS 'a row of a state machine''s table; a refusal has no to_state';

CREATE FUNCTION strike.strike_transitions() RETURNS SETOF strike.transition
	LANGUAGE c IMMUTABLE AS 'MODULE_PATHNAME', 'strike_transitions';
COMMENT ON FUNCTION strike.strike_transitions() IS 'the state machines as the code has them: each state and input, what follows, what is emitted or why it is refused';
REVOKE ALL ON FUNCTION strike.strike_transitions() FROM PUBLIC;
