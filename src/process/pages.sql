-- The pages as somebody reads them who is woken for one: who, what now, until when, and why.
CREATE VIEW strike.pages WITH (security_invoker = true) AS
SELECT p.job_id, p.run_no, p.osp_tenant, p.region, p.status, p.outcome,
	w.name AS who, CASE WHEN w.contact_no IS NOT NULL THEN w.contact_no || ' of ' || p.contact_count END AS contact,
	CASE
		WHEN p.outcome = 'DISPATCHED' THEN w.name || ' said yes'
		WHEN p.outcome = 'TAKEN_OVER' THEN 'an operator took over'
		WHEN p.outcome = 'CANCELED' THEN coalesce(p.last_error, 'the order was canceled')
		WHEN p.outcome IS NOT NULL THEN coalesce(p.last_error, 'ended')
		WHEN p.waiting_for IS NOT NULL THEN w.name || '''s telephone is busy with ' || h.job_id
		WHEN a.state = 'INTENT' AND a.call_of IS NOT NULL THEN w.name || ' is about to be asked in a call of ' || s.job_id
		WHEN a.state = 'INTENT' AND a.claim IS NOT NULL THEN 'the call to ' || w.name || ' is being requested'
		WHEN a.state = 'INTENT' AND a.next_action = 'send' THEN 'the call to ' || w.name || ' waits: ' || coalesce(a.reason, 'it is sent soon')
		WHEN a.state = 'INTENT' THEN 'the call to ' || w.name || ' is placed, and doesn''t ring yet'
		WHEN a.state = 'UNKNOWN' THEN 'was ' || w.name || ' called? The provider is asked'
		WHEN a.state = 'CALLING' THEN w.name || '''s telephone rings'
		WHEN a.state = 'ANSWERED' THEN w.name || ' has answered, and pressed no key yet'
		ELSE coalesce(p.last_error, 'whom to call is about to be decided')
	END || CASE WHEN a.deadline_asked AND p.outcome IS NULL THEN '; his time is over, the provider is asked once more' ELSE '' END AS now,
	p.deadline_at AS acts_at, a.next_action, a.next_action_at,
	h.job_id AS behind,
	CASE WHEN p.waiting_line IS NOT NULL AND p.outcome IS NULL THEN (SELECT count(*) FROM strike.pager_process_state q
		WHERE q.waiting_line = p.waiting_line AND q.outcome IS NULL AND (q.created_at, q.run_id) <= (p.created_at, p.run_id)) END AS place,
	a.state AS call, a.reason AS call_reason, a.provider_sid, a.possible_repeat, p.last_error,
	p.test_of IS NOT NULL AS test, p.created_at, p.completed_at, p.eco_id, p.run_id, p.attempt_id
FROM strike.pager_process_state p
LEFT JOIN strike.pager_attempts a ON a.attempt_id = p.attempt_id AND (p.outcome IS NOT NULL
	OR a.state IN ('INTENT', 'UNKNOWN', 'CALLING', 'ANSWERED'))
LEFT JOIN LATERAL (SELECT o.job_id FROM strike.pager_attempts b JOIN strike.pager_process_state o ON o.run_id = b.run_id
	WHERE b.attempt_id = p.waiting_for) h ON true
LEFT JOIN LATERAL (SELECT o.job_id FROM strike.pager_attempts b JOIN strike.pager_process_state o ON o.run_id = b.run_id
	WHERE b.attempt_id = a.call_of) s ON true
-- who said yes; else whose telephone is waited for; else who is, or was, called
LEFT JOIN LATERAL (SELECT c.contact_no, coalesce(r.name, 'somebody who was erased') AS name
	FROM strike.pager_run_contacts c JOIN strike.contact_refs r ON r.contact_ref = c.contact_ref
	WHERE c.run_id = p.run_id AND CASE WHEN p.accepted_by IS NOT NULL THEN c.contact_ref = p.accepted_by
		WHEN p.waiting_line IS NOT NULL THEN r.phone = p.waiting_line ELSE c.contact_no = p.contact_no AND (a.attempt_id IS NOT NULL OR p.outcome IS NOT NULL) END
	ORDER BY c.place LIMIT 1) w ON true;
COMMENT ON VIEW strike.pages IS 'the pages in words: who is being called, what is waited for, until when and why; a row a run, outcome null: under way';
COMMENT ON COLUMN strike.pages.job_id IS 'the order';
COMMENT ON COLUMN strike.pages.run_no IS '1, 2 … of the order';
COMMENT ON COLUMN strike.pages.osp_tenant IS 'the contractor';
COMMENT ON COLUMN strike.pages.region IS 'whose list it is';
COMMENT ON COLUMN strike.pages.status IS 'PENDING: nobody called yet; RUNNING; COMPLETED';
COMMENT ON COLUMN strike.pages.outcome IS 'how it ended; null: it is under way';
COMMENT ON COLUMN strike.pages.who IS 'who said yes; under way: who is called, or whose telephone is waited for';
COMMENT ON COLUMN strike.pages.contact IS 'his place on the list';
COMMENT ON COLUMN strike.pages.now IS 'what happens now, or how it ended, in plain words';
COMMENT ON COLUMN strike.pages.acts_at IS 'when the worker acts if nothing happens before: the end of the contact''s time, or of a pause';
COMMENT ON COLUMN strike.pages.next_action IS 'what the worker does about the call: send, ask, end; also after the page''s end';
COMMENT ON COLUMN strike.pages.next_action_at IS 'and when';
COMMENT ON COLUMN strike.pages.behind IS 'the order that has the telephone that is waited for';
COMMENT ON COLUMN strike.pages.place IS 'which of those that wait for that telephone it is, 1 = the first';
COMMENT ON COLUMN strike.pages.call IS 'state of the last call; strike_transitions(), machine pager attempt';
COMMENT ON COLUMN strike.pages.call_reason IS 'what the provider, or the call''s end, said';
COMMENT ON COLUMN strike.pages.provider_sid IS 'where to look in the provider''s console: execution (FN…) or call (CA…)';
COMMENT ON COLUMN strike.pages.possible_repeat IS 'requested again though an earlier request may have rung';
COMMENT ON COLUMN strike.pages.last_error IS 'what went wrong last, or why it waits';
COMMENT ON COLUMN strike.pages.test IS 'a test call, no order''s page';
COMMENT ON COLUMN strike.pages.created_at IS 'start of the page';
COMMENT ON COLUMN strike.pages.completed_at IS 'its end';
COMMENT ON COLUMN strike.pages.eco_id IS 'for strike_repage, strike_take_over, strike_eco_timeline';
COMMENT ON COLUMN strike.pages.run_id IS 'key';
COMMENT ON COLUMN strike.pages.attempt_id IS 'the last call: pager_attempts has all';
