# shellcheck shell=bash
# The observation's length, reckoned from late work before: a made history, and what the worker
# itself learns.
. test/worker/harness.bash
start "strike.virtual_clock = on" "strike.enabled = off"
DB=postgres q "CREATE DATABASE strike ENCODING 'UTF8' TEMPLATE template0" >/dev/null
strike_in
q "SELECT strike_activate()" >/dev/null
q "INSERT INTO tenants VALUES ('noc-east', 'NOC East', 'NOC', 'E2'), ('osp-fibre', 'Fibre Co', 'OSP', null)" >/dev/null
eco=$(q "SELECT (strike_create_eco('noc-east', 'osp-fibre', 'CMR', 'Fiber cut', '{\"type\":\"Point\",\"coordinates\":[-97.74,30.27]}')).eco_id")
eventually holds "EXISTS (SELECT FROM render_process_state WHERE eco_id = '$eco')" >/dev/null
q "UPDATE render_process_state SET status = 'TASKED', project_task_id = 'T1', next_attempt_at = null, next_poll_at = strike_now() WHERE eco_id = '$eco'"
look() { q "SELECT record_look('$eco', '{\"tasks\": [$1]}')" >/dev/null; }
plan() { q "SELECT $1 FROM strike_grace_plan('$eco')"; }
t1='{"projectTaskId": "T1", "status": "completed"}' t2='{"projectTaskId": "T2", "status": "completed"}'
is "off: as set" "$(plan 'adaptive, basis, grace, reason')" "f|as set|24:00:00|24:00 h, as strike.grace_period says"
set_reload "strike.grace_adaptive = on"
until_holds "it is switched on" "(SELECT adaptive FROM strike_grace_plan('$eco'))"
is "nothing known: as set" "$(plan 'basis, late_work_known, grace')" "as set: too few delays known|0|24:00:00"
look "$t1"
q "SELECT strike_clock_advance('8 hours')" >/dev/null
look "$t1, $t2"
until_holds "late work is learnt from" "(SELECT count(*) = 1 AND min(found_at - completed_at) BETWEEN '8 hours' AND '8 hours 1 minute' FROM late_work WHERE eco_id = '$eco' AND job_type = 'CMR')"
# a made history: 100 delays of 6 minutes to 10 hours
q "INSERT INTO late_work SELECT gen_random_uuid(), 2, 'osp-fibre', 'MFR', strike_now(), strike_now() + n * interval '6 minutes' FROM generate_series(1, 100) n" >/dev/null
is "another type's history counts where this one's is too short" "$(plan "basis, late_work_known, quantile")" "contractor|101|09:30:00"
q "INSERT INTO late_work SELECT gen_random_uuid(), 2, 'osp-fibre', 'CMR', strike_now(), strike_now() + n * interval '12 minutes' FROM generate_series(1, 99) n" >/dev/null
is "95 % of a hundred came within 19 hours" "$(plan "basis, late_work_known, quantile, grace")" "contractor and job type|100|18:48:00|28:12:00"
look "$t1, $t2, {\"projectTaskId\": \"T3\", \"status\": \"completed\"}"
is "the event says how long, and why" "$(q "SELECT payload->>'grace_s' || ': ' || (payload->>'grace_reason') FROM events WHERE stream_id = '$eco' AND payload->>'to' = 'COMPLETED' ORDER BY version DESC LIMIT 1")" \
	"101520: 28:12 h: 1.5 times the 18:48 h in which 95 % of 100 pieces of late work of osp-fibre, CMR came"
set_reload "strike.grace_ceiling = '26h'"
until_holds "never above the ceiling" "(SELECT grace = '26:00:00' AND reason LIKE '26:00 h, the ceiling: %' FROM strike_grace_plan('$eco'))"
is "another tenant's people don't see it" "$(PGOPTIONS="-c search_path=strike,public" "$bin/psql" -XqAt -d strike -v VERBOSITY=verbose -c "SET request.jwt.claims = '{\"role\": \"strike_operator\", \"tenant\": \"noc-west\"}'" -c "SET ROLE strike_operator" -c "SELECT strike_grace_plan('$eco')" 2>&1 | grep -oE 'ERROR:  [0-9A-Z]{5}')" "ERROR:  PT404"
