-- The pager's process manager.
CREATE TABLE strike.pager_process_state (
	run_id uuid PRIMARY KEY,
	eco_id uuid NOT NULL,
	test_of uuid,
	run_no int NOT NULL CHECK (run_no > 0),
	status text NOT NULL CHECK (status IN ('PENDING', 'RUNNING', 'COMPLETED')),
	outcome text CHECK (outcome IN ('DISPATCHED', 'EXHAUSTED', 'FAILED', 'TAKEN_OVER', 'CANCELED')),
	deadline_at timestamptz,
	contact_no int,
	contact_count int NOT NULL,
	attempt_id uuid,
	version int NOT NULL DEFAULT 1,
	last_error text,
	accepted_by uuid REFERENCES strike.contact_refs(contact_ref),
	accepted_at timestamptz,
	osp_tenant text NOT NULL,
	region text,
	job_id text NOT NULL,
	message text NOT NULL,
	epoch int NOT NULL DEFAULT 1,
	waiting_for uuid,
	round int NOT NULL DEFAULT 1,
	duty_ignored boolean NOT NULL DEFAULT false,
	waiting_line text,
	slot_at timestamptz,
	created_at timestamptz NOT NULL,
	completed_at timestamptz,
	updated_at timestamptz NOT NULL,
	UNIQUE (eco_id, run_no),
	CHECK ((status = 'COMPLETED') = (outcome IS NOT NULL)),
	CHECK (test_of IS NULL OR eco_id = run_id),
	CHECK (status = 'COMPLETED' OR deadline_at IS NOT NULL)
);
CREATE UNIQUE INDEX pager_process_one_open ON strike.pager_process_state (eco_id) WHERE status <> 'COMPLETED';
CREATE UNIQUE INDEX pager_process_one_test ON strike.pager_process_state (osp_tenant) WHERE test_of IS NOT NULL AND status <> 'COMPLETED';
CREATE INDEX pager_process_tests ON strike.pager_process_state (created_at) WHERE test_of IS NOT NULL;
CREATE INDEX pager_process_due ON strike.pager_process_state (deadline_at) WHERE status <> 'COMPLETED';
CREATE INDEX pager_process_waiting_line ON strike.pager_process_state (waiting_line) WHERE waiting_line IS NOT NULL;
CREATE INDEX pager_process_waiting ON strike.pager_process_state (waiting_for) WHERE waiting_for IS NOT NULL;
COMMENT ON TABLE strike.pager_process_state IS 'the page: one row a run, at most one not COMPLETED per order; test calls too, at most one not COMPLETED per contractor';
COMMENT ON COLUMN strike.pager_process_state.run_id IS 'the run, and its event stream';
COMMENT ON COLUMN strike.pager_process_state.eco_id IS 'the order; a test call has none, and its run_id stands here';
COMMENT ON COLUMN strike.pager_process_state.test_of IS 'a test call, to this contact of a list; null: a page';
COMMENT ON COLUMN strike.pager_process_state.run_no IS '1, 2 … of the order';
COMMENT ON COLUMN strike.pager_process_state.status IS 'PENDING: nobody called yet; RUNNING; COMPLETED';
COMMENT ON COLUMN strike.pager_process_state.outcome IS 'how it ended';
COMMENT ON COLUMN strike.pager_process_state.deadline_at IS 'when the worker acts next if nothing happens; the contact''s time ends then';
COMMENT ON COLUMN strike.pager_process_state.contact_no IS 'who is being called, in the order of the list';
COMMENT ON COLUMN strike.pager_process_state.contact_count IS 'how many are on the list';
COMMENT ON COLUMN strike.pager_process_state.attempt_id IS 'the current attempt';
COMMENT ON COLUMN strike.pager_process_state.version IS 'rises with each change: of two who want to change it at once, one rereads and decides again';
COMMENT ON COLUMN strike.pager_process_state.last_error IS 'what went wrong last, in plain words';
COMMENT ON COLUMN strike.pager_process_state.accepted_by IS 'who said yes';
COMMENT ON COLUMN strike.pager_process_state.accepted_at IS 'when the yes was recorded';
COMMENT ON COLUMN strike.pager_process_state.osp_tenant IS 'the contractor';
COMMENT ON COLUMN strike.pager_process_state.region IS 'whose list it is';
COMMENT ON COLUMN strike.pager_process_state.job_id IS 'of the order';
COMMENT ON COLUMN strike.pager_process_state.message IS 'what is said';
COMMENT ON COLUMN strike.pager_process_state.epoch IS 'rises with a page after a dispatch: an earlier yes counts no more';
COMMENT ON COLUMN strike.pager_process_state.waiting_for IS 'another order''s attempt that keeps the next contact''s line busy';
COMMENT ON COLUMN strike.pager_process_state.round IS 'which time through the list this is, of strike.pager_rounds';
COMMENT ON COLUMN strike.pager_process_state.duty_ignored IS 'nobody was on duty: everybody is called';
COMMENT ON COLUMN strike.pager_process_state.waiting_line IS 'the number that is waited for, also while the run''s turn comes';
COMMENT ON COLUMN strike.pager_process_state.slot_at IS 'when the telephone account''s pace lets it call';
COMMENT ON COLUMN strike.pager_process_state.created_at IS 'start of the run';
COMMENT ON COLUMN strike.pager_process_state.completed_at IS 'its end';
COMMENT ON COLUMN strike.pager_process_state.updated_at IS 'last change';

CREATE TABLE strike.pager_run_contacts (
	run_id uuid NOT NULL REFERENCES strike.pager_process_state(run_id),
	contact_no int NOT NULL,
	place int NOT NULL,
	contact_ref uuid NOT NULL REFERENCES strike.contact_refs(contact_ref),
	tried boolean NOT NULL DEFAULT false,
	waiting_since timestamptz,
	skipped text,
	PRIMARY KEY (run_id, contact_no)
);
COMMENT ON TABLE strike.pager_run_contacts IS 'whom a run calls, as the list stood when it started';
COMMENT ON COLUMN strike.pager_run_contacts.run_id IS 'the run';
COMMENT ON COLUMN strike.pager_run_contacts.contact_no IS '1, 2 … in the order of the list';
COMMENT ON COLUMN strike.pager_run_contacts.place IS 'order of calling; a contact whose line stays busy moves to the end';
COMMENT ON COLUMN strike.pager_run_contacts.contact_ref IS 'who';
COMMENT ON COLUMN strike.pager_run_contacts.tried IS 'was called or skipped, in this round';
COMMENT ON COLUMN strike.pager_run_contacts.skipped IS 'why not called in this round; null: was called, or it isn''t his turn yet';
COMMENT ON COLUMN strike.pager_run_contacts.waiting_since IS 'since when the line is waited for';

-- one array constant in a CHECK: it is read anew for each statement that writes, thirteen take three times as long
CREATE TABLE strike.pager_attempts (
	attempt_id uuid PRIMARY KEY,
	run_id uuid NOT NULL REFERENCES strike.pager_process_state(run_id),
	eco_id uuid NOT NULL,
	contact_no int NOT NULL,
	contact_ref uuid NOT NULL REFERENCES strike.contact_refs(contact_ref),
	account_id uuid NOT NULL REFERENCES strike.twilio_accounts(account_id),
	state text NOT NULL CHECK (state = ANY ('{INTENT,UNKNOWN,CALLING,ANSWERED,ACCEPTED,DECLINED,NO_ANSWER,BUSY,VOICEMAIL,FAILED,TIMEOUT,CANCELED,STOOD_DOWN}'::text[])),
	reason text,
	provider_sid text,
	call_sid text,
	line text,
	requests int NOT NULL DEFAULT 0,
	possible_repeat boolean NOT NULL DEFAULT false,
	claim bigint,
	next_action_at timestamptz,
	next_action text CHECK (next_action = ANY ('{send,ask,end}'::text[])),
	deadline_asked boolean NOT NULL DEFAULT false,
	call_of uuid REFERENCES strike.pager_attempts(attempt_id),
	call_no int NOT NULL DEFAULT 1 CHECK (call_no BETWEEN 1 AND 4),
	last_sequence int,
	created_at timestamptz NOT NULL,
	requested_at timestamptz NOT NULL,
	sent_at timestamptz,
	calling_at timestamptz,
	answered_at timestamptz,
	ended_at timestamptz,
	updated_at timestamptz NOT NULL,
	CHECK ((next_action IS NULL) = (next_action_at IS NULL)),
	CHECK (call_of IS NULL OR line IS NULL)
);
CREATE UNIQUE INDEX pager_attempts_line ON strike.pager_attempts (line) WHERE line IS NOT NULL;
CREATE INDEX pager_attempts_lines ON strike.pager_attempts (account_id) WHERE line IS NOT NULL;
CREATE INDEX pager_attempts_call ON strike.pager_attempts (call_of) WHERE call_of IS NOT NULL;
CREATE INDEX pager_attempts_due ON strike.pager_attempts (next_action_at) WHERE next_action_at IS NOT NULL;
CREATE INDEX pager_attempts_claim ON strike.pager_attempts (claim) WHERE claim IS NOT NULL;
CREATE INDEX pager_attempts_unknown ON strike.pager_attempts (attempt_id) WHERE state = 'UNKNOWN';
CREATE INDEX pager_attempts_eco ON strike.pager_attempts (eco_id, created_at);
CREATE INDEX pager_attempts_run ON strike.pager_attempts (run_id, created_at);
COMMENT ON TABLE strike.pager_attempts IS 'each call to a contact: what we intended, what the provider and the person did';
COMMENT ON COLUMN strike.pager_attempts.attempt_id IS 'in every URL and parameter that the provider gets';
COMMENT ON COLUMN strike.pager_attempts.run_id IS 'the page it belongs to';
COMMENT ON COLUMN strike.pager_attempts.eco_id IS 'the order';
COMMENT ON COLUMN strike.pager_attempts.contact_no IS 'position on the run''s list';
COMMENT ON COLUMN strike.pager_attempts.contact_ref IS 'who';
COMMENT ON COLUMN strike.pager_attempts.account_id IS 'telephone account';
COMMENT ON COLUMN strike.pager_attempts.state IS 'see strike_transitions(), machine pager attempt';
COMMENT ON COLUMN strike.pager_attempts.reason IS 'why it ended so';
COMMENT ON COLUMN strike.pager_attempts.provider_sid IS 'execution (FN…) or call (CA…)';
COMMENT ON COLUMN strike.pager_attempts.call_sid IS 'CA… as reported';
COMMENT ON COLUMN strike.pager_attempts.line IS 'the number while the call is live at the provider: one live call a number, whatever account it is from';
COMMENT ON COLUMN strike.pager_attempts.requests IS 'how often the call was requested';
COMMENT ON COLUMN strike.pager_attempts.possible_repeat IS 'requested again though an earlier request may have rung';
COMMENT ON COLUMN strike.pager_attempts.claim IS 'generation of the worker whose request is under way';
COMMENT ON COLUMN strike.pager_attempts.next_action_at IS 'when the worker has something to do about it';
COMMENT ON COLUMN strike.pager_attempts.next_action IS 'send the request, ask the provider what became of it, end the call';
COMMENT ON COLUMN strike.pager_attempts.deadline_asked IS 'the time was over and the provider was asked once more';
COMMENT ON COLUMN strike.pager_attempts.call_of IS 'the attempt whose call it shares: several orders, one telephone call; null: a call of its own';
COMMENT ON COLUMN strike.pager_attempts.call_no IS 'which order of the call, 1 = the first';
COMMENT ON COLUMN strike.pager_attempts.last_sequence IS 'SequenceNumber of the last status report: an earlier one that comes late says nothing';
COMMENT ON COLUMN strike.pager_attempts.requested_at IS 'the last request for the call, or the intent of it';
COMMENT ON COLUMN strike.pager_attempts.created_at IS 'the intent';
COMMENT ON COLUMN strike.pager_attempts.sent_at IS 'when the provider confirmed it';
COMMENT ON COLUMN strike.pager_attempts.calling_at IS 'when the telephone rang';
COMMENT ON COLUMN strike.pager_attempts.answered_at IS 'when it was answered, or a key pressed';
COMMENT ON COLUMN strike.pager_attempts.ended_at IS 'when it ended';
COMMENT ON COLUMN strike.pager_attempts.updated_at IS 'last change';

CREATE TABLE strike.pager_account_state (
	account_id uuid PRIMARY KEY REFERENCES strike.twilio_accounts(account_id) ON DELETE CASCADE,
	next_call_at timestamptz,
	throttled_until timestamptz,
	failures int NOT NULL DEFAULT 0,
	circuit text NOT NULL DEFAULT 'closed' CHECK (circuit IN ('closed', 'open', 'half-open')),
	probe_at timestamptz,
	last_error text,
	last_failure_at timestamptz,
	last_ok_at timestamptz
);
COMMENT ON TABLE strike.pager_account_state IS 'how a telephone account fares: its pace, what the provider asked for, its trouble';
COMMENT ON COLUMN strike.pager_account_state.account_id IS 'the account';
COMMENT ON COLUMN strike.pager_account_state.next_call_at IS 'the pace: calls are placed so that this keeps up with calls_per_second';
COMMENT ON COLUMN strike.pager_account_state.throttled_until IS 'the provider asked to wait (429): no new call before';
COMMENT ON COLUMN strike.pager_account_state.failures IS 'requests in a row that got no answer';
COMMENT ON COLUMN strike.pager_account_state.circuit IS 'open: the provider doesn''t answer, requests are held back but for a probe; half-open: the probe is under way';
COMMENT ON COLUMN strike.pager_account_state.probe_at IS 'when the next probe goes out';
COMMENT ON COLUMN strike.pager_account_state.last_error IS 'what went wrong last';
COMMENT ON COLUMN strike.pager_account_state.last_failure_at IS 'when';
COMMENT ON COLUMN strike.pager_account_state.last_ok_at IS 'when the trouble ended';

CREATE FUNCTION strike.pager_decide(run_id uuid) RETURNS boolean
	LANGUAGE c VOLATILE STRICT AS 'MODULE_PATHNAME', 'strike_pager_decide';
COMMENT ON FUNCTION strike.pager_decide(uuid) IS
	'decides for a run whose deadline_at has come, as the pager worker does by itself; true: somebody is to be called';
REVOKE ALL ON FUNCTION strike.pager_decide(uuid) FROM PUBLIC;

SELECT pg_catalog.pg_extension_config_dump('strike.pager_process_state', '');
SELECT pg_catalog.pg_extension_config_dump('strike.pager_run_contacts', '');
SELECT pg_catalog.pg_extension_config_dump('strike.pager_attempts', '');
SELECT pg_catalog.pg_extension_config_dump('strike.pager_account_state', '');
