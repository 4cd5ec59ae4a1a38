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
	tick "$one"
	tick "$other"
done
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
until_holds "the chains hold" "$all_fed AND $chains_hold"
