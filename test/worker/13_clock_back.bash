# The server's wall clock is set back by an hour while everything is under way: nothing waits for that hour.
. test/worker/harness.bash
peer
start "strike.pager_deadline = 15s" "strike.render_timeout = 1s" "strike.render_give_up = 5min" "strike.twilio_timeout = 1s" "strike.public_url = 'http://127.0.0.1:9'"
wall() { printf '%-15s' "$1" 1<>"$place/wall"; }
wall +0
chmod 644 "$place/wall"
cc -std=gnu17 -Wall -Wextra -Werror -O2 -shared -fPIC -o "$place/wall.so" test/worker/wall.c || not_ok "the clock builds"
# rewound NAME SECONDS: the clock is set, and the server shows it
rewound() {
	wall "$2"
	is "$1" "$(q "SELECT round(extract(epoch FROM clock_timestamp() - '$(date -u +%FT%TZ)') / 100)")" "${2%??}"
}
LD_PRELOAD=$place/wall.so STRIKE_WALL=$place/wall ctl restart -w -m fast -l "$log" >/dev/null
createdb strike
strike_in
q "SELECT strike_activate()" >/dev/null
q "INSERT INTO tenants VALUES ('noc-east', 'NOC East', 'NOC', 'E2');
	INSERT INTO tenants SELECT o, o, 'OSP', null FROM unnest('{osp-rings,osp-silent,osp-parked,osp-line,osp-pace}'::text[]) o;
	INSERT INTO render_instances (osp_tenant, api_url, token_url, client_id, client_secret, project)
		SELECT code, '$peer_url/render' || CASE code WHEN 'osp-silent' THEN '/tasks-silent' ELSE '' END, '$peer_url/render/oauth/token', 'id', 'secret', 'p' FROM tenants WHERE kind = 'OSP';
	INSERT INTO twilio_accounts (osp_tenant, api_url, studio_url, account_sid, auth_token, from_number, flow_sid, calls_per_second)
		SELECT code, '$peer_url/twilio', '$peer_url/twilio', 'AC' || repeat(n::text, 32), 'token', '+1512555010' || n, 'FW' || repeat(n::text, 32), CASE code WHEN 'osp-pace' THEN 0.01 ELSE 20 END
		FROM (SELECT code, row_number() OVER (ORDER BY code) n FROM tenants WHERE kind = 'OSP') o;
	INSERT INTO pager_regions (osp_tenant, name) SELECT code, 'All' FROM tenants WHERE kind = 'OSP';
	INSERT INTO pager_contacts (region_id, position, name, phone)
		SELECT region_id, 1, 'Person of ' || osp_tenant, '+1512555020' || row_number() OVER (ORDER BY osp_tenant) FROM pager_regions;
	INSERT INTO pager_contacts (region_id, position, name, phone) SELECT region_id, 2, 'Second', '+15125550300' FROM pager_regions WHERE osp_tenant = 'osp-rings'"
flow=$(q "SELECT flow_sid FROM twilio_accounts WHERE osp_tenant = 'osp-line'")
order() { q "SELECT (strike_create_eco('noc-east', '$1', 'CMR', 'Fiber cut', '{\"type\":\"Point\",\"coordinates\":[-97.74,30.27]}')).eco_id"; }
silent "tasks-silent|POST .*$flow/Executions\$"

# what is under way when the clock is set: a telephone that rings
rings=$(order osp-rings)
until_holds "a telephone rings" "EXISTS (SELECT FROM pager_attempts WHERE eco_id = '$rings' AND sent_at IS NOT NULL)"
# a task whose request was lost, and is asked after with pauses
unmade=$(order osp-silent)
until_holds "a task is asked after" "(SELECT status IN ('UNKNOWN', 'ASKING') AND settle_at IS NOT NULL FROM render_process_state WHERE eco_id = '$unmade')"
# a page that can't begin, and is tried again with pauses
q "ALTER TABLE pager_process_state ADD CONSTRAINT poison CHECK (osp_tenant <> 'osp-parked')"
parked=$(order osp-parked)
until_holds "a page is parked" "EXISTS (SELECT FROM delivery_failure WHERE stream_id = '$parked' AND attempts > 3)"
# a call whose request's end can't be recorded, so that the sweep has to find it; and an order that waits for its line
q "ALTER TABLE pager_attempts ADD CONSTRAINT poison CHECK (state <> 'UNKNOWN')"
line=$(order osp-line)
check "a call's loss can't be recorded" eventually logged 0 'settling an interrupted call failed'
waits=$(order osp-line)
until_holds "another order waits for its line" "EXISTS (SELECT FROM pager_run_contacts c JOIN pager_process_state p USING (run_id) WHERE p.eco_id = '$waits' AND c.waiting_since IS NOT NULL)"
# an account that may call every hundred seconds, was asked to wait, and doesn't answer
order osp-pace >/dev/null
pace="account_id = (SELECT account_id FROM twilio_accounts WHERE osp_tenant = 'osp-pace')"
until_holds "an account has a pace" "EXISTS (SELECT FROM pager_account_state WHERE $pace AND next_call_at > strike_now())"
q "UPDATE pager_account_state SET throttled_until = strike_now() + interval '200 seconds', circuit = 'open', probe_at = strike_now() + interval '10 seconds' WHERE $pace"

rewound "the clock is set back by an hour" -3600
silent ""
q "ALTER TABLE pager_attempts DROP CONSTRAINT poison; ALTER TABLE pager_process_state DROP CONSTRAINT poison"
until_holds "the task is made" "(SELECT status = 'TASKED' FROM render_process_state WHERE eco_id = '$unmade')"
until_holds "the parked page begins" "EXISTS (SELECT FROM pager_process_state WHERE eco_id = '$parked')"
until_holds "nobody has begun to wait later than now" "NOT EXISTS (SELECT FROM pager_run_contacts WHERE waiting_since > strike_now())"
until_holds "nor does an account wait longer than it may" "NOT EXISTS (SELECT FROM pager_account_state WHERE throttled_until > strike_now() + interval '401 seconds'
	OR probe_at > strike_now() + interval '31 seconds' OR next_call_at > strike_now() + interval '401 seconds')"
until_holds "nor does a page" "NOT EXISTS (SELECT FROM pager_process_state WHERE status <> 'COMPLETED' AND deadline_at > strike_now() + interval '151 seconds')"
until_holds "the lost call is settled, its line is free" "NOT EXISTS (SELECT FROM pager_attempts a JOIN pager_process_state p USING (run_id) WHERE p.eco_id = '$line' AND (a.claim IS NOT NULL OR a.line IS NOT NULL))"
until_holds "who waited for the line is called" "EXISTS (SELECT FROM pager_attempts WHERE eco_id = '$waits' AND sent_at IS NOT NULL)"
until_holds "the first one's time is over, the second one's too: so is the page" "(SELECT status = 'COMPLETED' FROM pager_process_state WHERE eco_id = '$rings')"
is "each was called, once" "$(q "SELECT string_agg(contact_no::text, ', ' ORDER BY contact_no) FROM pager_attempts WHERE eco_id = '$rings'")" "1, 2"
check "the log says so" logged 0 'the clock was set back: [0-9]+ pages go on from now'

# the workers themselves: one that may not start, one that fails, each tried again with pauses
q "ALTER ROLE strike_worker NOLOGIN"
DB=postgres q "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'strike render'" >/dev/null
check "a worker is started in vain, again and again" eventually logged 9 'role "strike_worker" is not permitted to log in'
q "ALTER TABLE feed ADD CONSTRAINT poison CHECK (seq < 0) NOT VALID"
held=$(order osp-rings)
check "the outbox can't number events, and pauses" eventually logged 0 'delivering events one stream at a time failed.*poison'
rewound "the clock is set back by another hour" -7200
q "ALTER TABLE feed DROP CONSTRAINT poison; ALTER ROLE strike_worker LOGIN"
until_holds "the outbox delivers" "EXISTS (SELECT FROM eco_views WHERE eco_id = '$held')"
check "the worker is back" eventually workers_run
check "and the order proceeds" eventually has_event "$held" TASKED
is "a stream's time never goes back" "$(q "SELECT count(*) FROM (SELECT occurred_at < lag(occurred_at) OVER (PARTITION BY stream_id ORDER BY version) AS back FROM events) e WHERE back")" 0
until_holds "the chains hold" "$all_fed AND $chains_hold"
