-- What people read of a call that failed: what happened, in our words alone.
BEGIN;
SELECT no_plan();
SELECT is(strike.timeline_words('PagerAttemptUpdatedEvent', jsonb_build_object('state', 'FAILED', 'reason', reason), 'Kim', 'Fibre Co'), 'Kim: ' || words, words)
FROM (VALUES
	('no key press', 'no key press'),
	(null, 'no key press'),
	('the call could not be connected', 'the call could not be connected'),
	('the telephone account is refused', 'the telephone account is refused'),
	('the provider refuses this call (code 21211)', 'could not be called'),
	('<script>', 'could not be called')
) AS v(reason, words);
SELECT is(strike.call_words('FAILED', 'the call could not be connected'), 'the call could not be connected', 'the order''s page says the same');
SELECT is(strike.call_words('NO_ANSWER', null), 'no answer', 'other states say what they are');
SELECT is(strike.timeline_words('PagerRunStartedEvent', '{"contacts": []}', 'Kim', 'Fibre Co'), 'page started: nobody on the list', 'an empty list is nobody');
SELECT * FROM finish();
ROLLBACK;
