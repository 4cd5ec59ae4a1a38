# shellcheck shell=bash
# Work systems that are slow, dead or ask for patience: theirs alone is the trouble, it can be seen,
# and afterwards the looks go on, spread.
. test/worker/harness.bash
. test/poll/harness.bash
watching "strike.poll_interval = 60s"
fine='{"kind": "tasks", "tasks": [{"projectTaskId": "T1", "status": "released", "assignee": "R"}]}'
for name in dead quick; do
	contractor "$name"
	answers "$name" "$fine"
done
watched quick
quick=$eco
# many NAME N: N orders of his that are watched
many() {
	q "SELECT count(strike_create_eco('noc-east', '$1', 'CMR', 'Cut ' || n, '{\"type\":\"Point\",\"coordinates\":[-97.74,30.27]}')) FROM generate_series(1, $2) n" >/dev/null
	until_holds "$2 orders of $1 are known, and nobody can be paged" "(SELECT count(*) = $2 FROM eco_views WHERE osp_tenant = '$1' AND pager_status = 'failed')"
	q "SELECT count(strike_take_over(eco_id, 'x')) FROM eco_views WHERE osp_tenant = '$1'" >/dev/null
	until_holds "$2 orders of $1 are watched" "(SELECT count(*) = $2 FROM render_process_state WHERE osp_tenant = '$1' AND next_poll_at IS NOT NULL)"
}
all_due() { q "UPDATE render_process_state SET next_poll_at = strike_now() WHERE osp_tenant = '$1' AND next_poll_at IS NOT NULL" >/dev/null; }
none_due() { holds "NOT EXISTS (SELECT FROM render_process_state WHERE osp_tenant = '$1' AND next_poll_at <= strike_now())"; }
lists() { peer_says "$1" .lists; }
circuit() { q "SELECT circuit FROM render_circuits WHERE osp_tenant = '$1'"; }
circuit_is() { [ "$(circuit "$1")" = "$2" ] || { q "SELECT * FROM render_circuits"; return 1; }; }
not() { ! "$@"; }

# --- limits ---
many dead 60
pass '61 s'
check "all are looked at" eventually none_due dead
answers dead '{"kind": "slow", "ms": 150, "tasks": [{"projectTaskId": "T1", "status": "released", "assignee": "R"}]}'
all_due dead
check "60 at once: all are looked at again" eventually none_due dead
is "never more than strike.poll_concurrency at once" "$(q "SELECT $(peer_says dead .most) BETWEEN 2 AND 16")" t
set_reload "strike.poll_concurrency = 3"
answers dead '{"kind": "slow", "ms": 100, "tasks": [{"projectTaskId": "T1", "status": "released", "assignee": "R"}]}'
all_due dead
check "the limit can be set" eventually none_due dead
is "and holds" "$(q "SELECT $(peer_says dead .most) <= 3")" t
set_reload "strike.poll_concurrency = 16"

# --- nothing new ---
answers dead "$fine"
pass '300 s'
check "all are quiet" eventually none_due dead
is "and spread over the interval" "$(q "SELECT count(DISTINCT date_trunc('second', next_poll_at)) > 25 FROM render_process_state WHERE osp_tenant = 'dead'")" t
pass '61 s'
check "once more" eventually none_due dead
events=$(q "SELECT count(*) FROM events")
tasks=$(q "SELECT string_agg(xmin::text || ctid, ',' ORDER BY eco_id) FROM render_tasks")
before=$(q "SELECT string_agg(md5((to_jsonb(r) - 'next_poll_at' - 'seen_at')::text), ',' ORDER BY eco_id) FROM render_process_state r")
q "CHECKPOINT" >/dev/null
pass '61 s'
check "a first round, after which no page is whole in the log" eventually none_due dead
wal=$(q "SELECT pg_current_wal_insert_lsn()")
asked=$(lists dead)
pass '61 s'
check "a round in which nothing is new" eventually none_due dead
looks=$(($(lists dead) - asked))
is "writes no event" "$(q "SELECT count(*) FROM events")" "$events"
is "no row of a task" "$(q "SELECT string_agg(xmin::text || ctid, ',' ORDER BY eco_id) FROM render_tasks")" "$tasks"
is "and of the order's row its times only" "$(q "SELECT string_agg(md5((to_jsonb(r) - 'next_poll_at' - 'seen_at')::text), ',' ORDER BY eco_id) FROM render_process_state r")" "$before"
bytes=$(q "SELECT (pg_current_wal_insert_lsn() - '$wal') / $looks")
is "in less than 1000 bytes of WAL a look ($bytes)" "$(q "SELECT $bytes < 1000")" t

# --- dead ---
answers dead '{"kind": "silent"}'
all_due dead
asked=$(lists quick)
tick "$quick"
is "while one is silent, another is looked at" "$(lists quick)" "$((asked + 1))"
check "five failures open the circuit" eventually circuit_is dead OPEN
# its pauses grow to 30 s at least, which don't pass while the test looks
paused() {
	holds "(SELECT circuit = 'OPEN' AND pauses >= 4 FROM render_circuits WHERE osp_tenant = 'dead')" && return
	q "SELECT strike_clock_advance(greatest(open_until - strike_now(), '0')) FROM render_circuits WHERE osp_tenant = 'dead' AND circuit = 'OPEN'" >/dev/null
	return 1
}
check "and each probe that fails, for longer" eventually paused
is "the row says why" "$(q "SELECT last_error FROM render_circuits WHERE osp_tenant = 'dead'")" "the work system gave no whole answer in time"
like "strike_health tells" "$(q "SELECT ok, value FROM strike_health() WHERE check_name = 'providers'")" "f|*1 providers left alone for now"
asked=$(lists dead)
all_due dead
check "what is due is put off" eventually none_due dead
is "beyond the pause, each to its own place" "$(q "SELECT min(r.next_poll_at) >= min(c.open_until) AND count(DISTINCT date_trunc('second', r.next_poll_at)) > 20
	FROM render_process_state r, render_circuits c WHERE r.osp_tenant = 'dead' AND c.osp_tenant = 'dead'")" t
is "nobody asks" "$(lists dead)" "$asked"
pauses=$(q "SELECT pauses FROM render_circuits WHERE osp_tenant = 'dead'")
q "SELECT strike_clock_advance(open_until - strike_now()) FROM render_circuits WHERE osp_tenant = 'dead'" >/dev/null
check "then one look probes" eventually circuit_is dead HALF_OPEN
check "one" eventually not circuit_is dead HALF_OPEN
is "and the circuit is open again" "$(circuit dead) $(($(q "SELECT pauses FROM render_circuits WHERE osp_tenant = 'dead'") - pauses)) $(($(lists dead) - asked))" "OPEN 1 1"
watch_lost="(SELECT count(*) = 60 FROM render_process_state WHERE osp_tenant = 'dead' AND watch_lost)"
said() { holds "$watch_lost" || { pass '30 s'; return 1; }; }
check "ten intervals without a look: the NOC is told" eventually said
is "once each" "$(q "SELECT count(*), count(DISTINCT stream_id) FROM events WHERE event_type = 'WatchLostEvent'")" "60|60"
until_holds "in plain words" "(SELECT bool_and(needs_attention AND attention_reason = 'can''t see the work in the field: ask Contractor dead') FROM eco_views WHERE osp_tenant = 'dead')"
is "not for the other's order" "$(q "SELECT count(*) FROM events WHERE stream_id = '$quick' AND event_type = 'WatchLostEvent'")" 0
like "the timeline tells it" "$(q "SELECT string_agg(summary, ', ') FROM strike_eco_timeline((SELECT eco_id FROM eco_views WHERE osp_tenant = 'dead' LIMIT 1))")" "*can't see the work in the field*"

# --- back ---
answers dead "$fine"
back() { circuit_is dead CLOSED && holds "NOT EXISTS (SELECT FROM render_process_state WHERE watch_lost)" || { pass '15 s'; return 1; }; }
check "it is back: the looks go on by themselves" eventually back
is "never more than the limit at once" "$(q "SELECT $(peer_says dead .most) <= 16")" t
is "told once each" "$(q "SELECT count(*), count(DISTINCT stream_id) FROM events WHERE event_type = 'WatchResumedEvent'")" "60|60"
until_holds "and no order needs attention for it" "NOT EXISTS (SELECT FROM eco_views WHERE osp_tenant = 'dead' AND attention_reason LIKE 'can''t see%')"

# --- patience ---
contractor busy
answers busy '{"kind": "status", "status": 429, "headers": {"Retry-After": "120"}}'
watched busy
tick "$eco"
is "429 with Retry-After: left alone for as long" "$(q "SELECT circuit, round(extract(epoch FROM open_until - changed_at)) FROM render_circuits WHERE osp_tenant = 'busy'")" "OPEN|120"
answers busy "$fine"
asked=$(lists busy)
pass '100 s'
all_due quick
all_due busy
check "the others are looked at" eventually none_due quick
is "not asked before" "$(lists busy) $(circuit busy)" "$asked OPEN"
pass '21 s'
served() { circuit_is busy CLOSED || { pass '10 s'; return 1; }; }
check "and asked again after it" eventually served
answers busy '{"kind": "status", "status": 503, "headers": {"Retry-After": "999999"}}'
tick "$eco"
is "however long it says, a quarter of an hour at most" "$(q "SELECT circuit, round(extract(epoch FROM open_until - changed_at)) FROM render_circuits WHERE osp_tenant = 'busy'")" "OPEN|900"

# --- an order done, its work system away ---
contractor gone
answers gone '{"kind": "tasks", "tasks": [{"projectTaskId": "T1", "status": "completed"}]}'
watched gone
tick "$eco"
answers gone '{"kind": "status", "status": 503}'
pass '23 hours 58 minutes'
tick "$eco"
is "under observation" "$(state "$eco" status)" COMPLETED
over() { [ "$(state "$eco" attention_reason)" != "" ] || { pass '60 s'; return 1; }; }
check "the observation is over, and nobody can look: it is said" eventually over
is "the order stays as it is" "$(state "$eco" status) $(state "$eco" attention_reason)" "COMPLETED can't see the work in the field: ask Contractor gone"
pass '10 hours'
is "however long" "$(state "$eco" status)" COMPLETED
answers gone '{"kind": "tasks", "tasks": [{"projectTaskId": "T1", "status": "completed"}]}'
closes() { [ "$(state "$eco" status)" = HARD_COMPLETE ] || { pass "${1:-20 s}"; return 1; }; }
check "the first look that succeeds closes it" eventually closes
told="WatchLostEvent WatchResumedEvent"
reopened() { q "SELECT strike_reopen_eco('$eco', 'customer calls')" >/dev/null; check "reopened, it is watched" eventually is_watched "$eco"; }
watch_told() { q "SELECT string_agg(event_type, ' ' ORDER BY version) FROM events WHERE stream_id = '$eco' AND event_type LIKE 'Watch%'"; }
reopened
answers gone '{"kind": "tasks", "tasks": [{"projectTaskId": "T1", "status": "released"}]}'
released() { holds "EXISTS (SELECT FROM render_tasks WHERE eco_id = '$eco' AND status = 'released')" || { pass '20 s'; return 1; }; }
check "and seen" eventually released
is "which isn't told as a watch that goes on: it did when the order was closed" "$(watch_told)" "$told"
answers gone '{"kind": "tasks", "tasks": [{"projectTaskId": "T1", "status": "completed"}]}'
check "done again, and closed again" eventually closes '2 hours'
answers gone '{"kind": "status", "status": 503}'
reopened
tick "$eco"
is "a first look that fails isn't a watch that is lost" "$(row "$eco" "poll_failures > 0") $(watch_told)" "t $told"

# --- nothing configured, a row that is held ---
q "DELETE FROM render_instances WHERE osp_tenant = 'quick'" >/dev/null
missed() { [ "$(row "$quick" last_error)" = "no work system is configured for this contractor" ] || { tick "$quick"; return 1; }; }
check "no work system configured: the row says so" eventually missed
q "INSERT INTO render_instances (osp_tenant, api_url, token_url, client_id, client_secret, project)
	VALUES ('quick', '$peer_url/quick', '$peer_url/quick/oauth/token', 'id', 'secret', 'p')" >/dev/null
fine_again() { [ "$(row "$quick" "poll_failures, last_error")" = "0|" ] || { tick "$quick"; return 1; }; }
check "configured: the looks go on" eventually fine_again
held=$(q "SELECT eco_id FROM render_process_state WHERE osp_tenant = 'dead' LIMIT 1")
coproc HOLDER { PGOPTIONS="-c search_path=strike,public" "$bin/psql" -XqAt -d strike; }
holder=$HOLDER_PID
echo "BEGIN; SELECT 'held' FROM render_process_state WHERE eco_id = '$held' FOR UPDATE;" >&"${HOLDER[1]}"
read -r -u "${HOLDER[0]}" _
all_due dead 2>/dev/null &
updater=$!
until_holds "somebody holds an order's row" "EXISTS (SELECT FROM pg_locks WHERE NOT granted)"
kill "$updater" 2>/dev/null
q "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'UPDATE render_process_state SET next_poll_at%' AND pid <> pg_backend_pid()" >/dev/null
pass '61 s'
others_done() { holds "NOT EXISTS (SELECT FROM render_process_state WHERE osp_tenant = 'dead' AND next_poll_at <= strike_now() AND eco_id <> '$held')"; }
check "the other orders are looked at all the same" eventually others_done
echo "ROLLBACK;" >&"${HOLDER[1]}"
check "and it, when it is let go" eventually none_due dead
exec {HOLDER[1]}>&-
wait "$holder" 2>/dev/null

# --- Strike itself away ---
set_reload "strike.enabled = off"
until_holds "paused" "EXISTS (SELECT FROM workers WHERE worker = 'render' AND note LIKE '%off%')"
pass '10 hours'
answers dead '{"kind": "slow", "ms": 50, "tasks": [{"projectTaskId": "T1", "status": "released", "assignee": "R"}]}'
events=$(q "SELECT count(*) FROM events")
set_reload "strike.enabled = on"
check "after hours away all are looked at" eventually none_due dead
is "not all at once" "$(q "SELECT $(peer_says dead .most) <= 16")" t
check "a restart" ctl restart -w -m fast -l "$log"
pass '61 s'
check "and the looks go on" eventually none_due dead
is "nothing is told again" "$(q "SELECT count(*) FROM events WHERE stream_id IN (SELECT eco_id FROM eco_views WHERE osp_tenant = 'dead') AND event_type LIKE 'Task%' AND event_type <> 'TasksObservedEvent'")" 0
until_holds "the chains hold" "$all_fed AND $chains_hold"
check "the server has lived through it" bash -c "! grep -E 'terminated by signal|PANIC|TRAP' '$log'"
