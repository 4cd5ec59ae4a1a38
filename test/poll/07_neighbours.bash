# shellcheck shell=bash
# Orders of one work system: what is wrong with one order's list doesn't hold up another order's looks,
# one token serves them all, and a look soon follows whatever changed.
. test/worker/harness.bash
. test/poll/harness.bash
# nothing that hangs here ends by itself
watching "strike.render_timeout = 10min"
fine='"kind": "tasks", "tasks": [{"projectTaskId": "T1", "status": "released", "assignee": "R"}]'
contractor north
answers north "{$fine}"
watched north
one=$eco
watched north
other=$eco
subsector() { q "SELECT 'ECO-' || job_id FROM eco_views WHERE eco_id = '$1'"; }
# trouble ANSWER: what the first order's list is answered; the other's is fine
trouble() { answers north "{$fine, \"orders\": {\"$(subsector "$one")\": $1}}"; }
asked() { peer_says north ".asked[\"$(subsector "$1")\"] // 0"; }
was_asked() { [ "$(asked "$1")" -gt "$2" ]; }
due() { q "UPDATE render_process_state SET next_poll_at = strike_now() WHERE eco_id = '$1'" >/dev/null; }
# due_and_hangs: the first order's list is asked for, and not answered
due_and_hangs() {
	local before
	trouble '{"kind": "silent"}'
	before=$(asked "$one")
	due "$one"
	check "$1: its list hangs" eventually was_asked "$one" "$before"
}
# looked NAME: the other order's look is made and recorded meanwhile
looked() {
	local before
	due "$other"
	before=$(row "$other" next_poll_at)
	check "$1" eventually looked_at "$other" "$before"
	is "and the first one's still hangs" "$(peer_says north .under_way)" 1
}
not_under_way() { [ "$(peer_says north .under_way)" = 0 ]; }
# the worker that waits is started anew: the list is given up
given_up() {
	DB=postgres q "SELECT pg_terminate_backend($(pid_of render))" >/dev/null
	check "the request is given up" eventually not_under_way
	until_holds "the worker is back" "(SELECT count(*) = 4 FROM workers WHERE pid IS NOT NULL)"
}

# --- one order hangs ---
due_and_hangs "the very first look of the worker's life"
looked "another order of that work system is looked at all the same"
trouble '{"kind": "status", "status": 500}'
given_up
tick "$one"
is "one failure is known of the work system" "$(q "SELECT circuit, failures >= 1 FROM render_circuits")" "CLOSED|t"
due_and_hangs "after a failure"
looked "another order is looked at all the same"
trouble '{"kind": "status", "status": 500}'
given_up

# --- one order's list is always refused ---
for _ in 1 2 3 4 5 6 7 8; do
	before=$(row "$one" next_poll_at)
	tick "$one"
	tick "$other"
done
is "its looks back off, up to the interval" "$(row "$one" "next_poll_at - '$before' >= '45 s'")" t
is "a list that fails for ever doesn't open the circuit while others are answered" \
	"$(q "SELECT circuit FROM render_circuits") $(row "$one" "poll_failures >= 8") $(row "$other" poll_failures)" "CLOSED t 0"

# --- one token ---
trouble '{"kind": "slow", "ms": 1, "tasks": [{"projectTaskId": "T1", "status": "released", "assignee": "R"}]}'
tick "$one"
tokens=$(peer_says north .tokens)
for _ in 1 2 3; do
	tick "$one"
	tick "$other"
done
watched north
tick "$eco"
is "one token serves the making of tasks and all looks" "$(peer_says north .tokens)" "$tokens"

# --- sooner after a change ---
answers north '{"kind": "tasks", "tasks": [{"projectTaskId": "T1", "status": "completed", "assignee": "R"}, {"projectTaskId": "T2", "status": "released"}]}'
pass '10 minutes'
changed() { holds "(SELECT count(*) = 3 FROM render_tasks WHERE project_task_id = 'T2')"; }
check "something changes on each order" eventually changed
none_due() { holds "NOT EXISTS (SELECT FROM render_process_state WHERE next_poll_at <= strike_now())"; }
pass '11 s'
check "a sixth of the interval later each is looked at again" eventually none_due
is "and soon once more, as nothing has happened for moments only" "$(q "SELECT count(*) FROM render_process_state WHERE next_poll_at - found_at < '45 s' AND seen_at > found_at")" 3
pass '10 minutes'
check "ten quiet minutes" eventually none_due
pass '61 s'
check "and an interval" eventually none_due
is "then each has its own place, an interval after the last one" "$(q "SELECT count(*) FROM render_process_state WHERE next_poll_at - strike_now() <= '60 s' AND next_poll_at > seen_at + '10 s'")" 3
# --- a command while a look is under way ---
all='{"kind": "tasks", "tasks": [{"projectTaskId": "T1", "status": "completed"}, {"projectTaskId": "T2", "status": "released"}]}'
contractor south
answers south "$all"
watched south
tick "$eco"
tick "$eco"
# held: a look is under way, and isn't answered yet
held() {
	answers south '{"kind": "held"}'
	before=$(row "$eco" next_poll_at)
	pass '61 s'
	is_under_way() { [ "$(peer_says south .under_way)" = 1 ]; }
	check "a look is under way" eventually is_under_way
}
none_under_way() { [ "$(peer_says south .under_way)" = 0 ]; }
held
q "SELECT strike_cancel_eco('$eco', 'false alarm')" >/dev/null
until_holds "the order is canceled meanwhile" "(SELECT next_poll_at IS NULL FROM render_process_state WHERE eco_id = '$eco')"
answers south "$all"
check "its answer comes" eventually none_under_way
watched south
tick "$eco"
is "and nobody looks at the canceled order any more" "$(q "SELECT count(*) FROM render_process_state WHERE osp_tenant = 'south' AND next_poll_at IS NOT NULL")" 1
tick "$eco"
answers south '{"kind": "tasks", "tasks": [{"projectTaskId": "T1", "status": "completed"}]}'
tick "$eco"
is "a task is missing" "$(state "$eco" status) $(q "SELECT count(*) FROM render_tasks WHERE eco_id = '$eco' AND vanished_at IS NOT NULL")" "IN_PROGRESS 1"
tick "$eco"
pass '11 minutes'
until_holds "ten intervals later the NOC is told, though each look finds the same" "EXISTS (SELECT FROM events WHERE stream_id = '$eco' AND event_type = 'TasksMissingEvent')"
held
q "SELECT strike_settle_tasks('$eco', 'was a mistake')" >/dev/null
answers south '{"kind": "tasks", "tasks": [{"projectTaskId": "T1", "status": "completed"}]}'
completed() { [ "$(state "$eco" status)" = COMPLETED ]; }
check "settled: the same list, found again, completes the order" eventually completed

# --- another address ---
q "UPDATE render_instances SET api_url = replace(api_url, 'south', 'west'), client_secret = 'another' WHERE osp_tenant = 'south'" >/dev/null
answers west '{"kind": "tasks", "tasks": [{"projectTaskId": "T1", "status": "completed"}]}'
moved() { tick "$eco"; [ "$(peer_says west .lists)" -gt 0 ]; }
check "a work system that has moved is asked where it is now" eventually moved

# --- a time that no look is put off to: the clock was set back, or the interval was longer ---
q "UPDATE render_process_state SET next_poll_at = strike_now() + '1 day' WHERE eco_id = '$eco'" >/dev/null
until_holds "an order whose look is far ahead is looked at within an interval" "(SELECT next_poll_at < strike_now() + '61 s' FROM render_process_state WHERE eco_id = '$eco')"
set_reload "strike.poll_interval = '1h'"
hours_apart() { tick "$eco"; [ "$(row "$eco" "next_poll_at > strike_now() + '3 minutes'")" = t ]; }
check "an hour between two looks" eventually hours_apart
set_reload "strike.poll_interval = '60s'"
until_holds "the interval is set to a minute: the next one is within it" "(SELECT next_poll_at < strike_now() + '61 s' FROM render_process_state WHERE eco_id = '$eco')"

# --- at the end of the observation ---
q "SELECT strike_clock_advance(quiet_until - strike_now() - interval '25 s') FROM render_process_state WHERE eco_id = '$eco'" >/dev/null
check "it is quiet until shortly before its end" eventually none_due
is "looked at then at the latest, if that isn't too soon" "$(row "$eco" "next_poll_at <= quiet_until OR quiet_until - seen_at < '12 s'") $(state "$eco" status)" "t COMPLETED"

# --- a work system that hangs with all its orders ---
contractor stuck
answers stuck "{$fine}"
for _ in 1 2 3 4 5 6 7 8 9 10 11 12; do eco_of stuck >/dev/null; done
until_holds "twelve orders of another contractor" "(SELECT count(*) = 12 FROM render_process_state WHERE osp_tenant = 'stuck' AND next_poll_at IS NOT NULL)"
pass '61 s'
check "are looked at" eventually none_due
set_reload "strike.http_max_concurrency = 8"
answers stuck '{"kind": "silent"}'
q "UPDATE render_process_state SET next_poll_at = strike_now() WHERE osp_tenant = 'stuck'" >/dev/null
hang() { [ "$(peer_says stuck .under_way)" -ge 2 ]; }
check "now their lists hang" eventually hang
before=$(row "$other" next_poll_at)
due "$other"
check "others have places left" eventually looked_at "$other" "$before"
is "of the six that eight requests leave for looks it has four" "$(peer_says stuck .under_way)" 4
eco=$(eco_of north)
until_holds "tasks are made, too" "(SELECT status = 'TASKED' FROM render_process_state WHERE eco_id = '$eco')"
until_holds "the chains hold" "$all_fed AND $chains_hold"
