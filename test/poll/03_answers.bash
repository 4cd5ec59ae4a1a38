# shellcheck shell=bash
# Answers that can't be trusted: nothing of them is believed, the order's looks back off, and go on
# as soon as the answers are good again.
. test/worker/harness.bash
. test/poll/harness.bash
# so long that no second look follows while the test looks at the first one
watching "strike.poll_interval = '10min'"
contractor north
answers north '{"kind": "tasks", "tasks": [{"projectTaskId": "T1", "status": "released", "assignee": "R. Field"}, {"projectTaskId": "T2", "status": "completed"}]}'
good='{"kind": "tasks", "tasks": [{"projectTaskId": "T1", "status": "released", "assignee": "R. Field"}, {"projectTaskId": "T2", "status": "completed"}]}'
watched north
tick "$eco"
is "a good answer is believed" "$(state "$eco" status) $(state "$eco" completed_count) of $(state "$eco" task_count)" "IN_PROGRESS 1 of 2"

# bad WHAT WORDS ANSWER: not believed; then a good one
# what happened to the order; that it can't be looked at for a while is no news of the field
happened() { q "SELECT count(*) FROM events WHERE stream_id = '$1' AND event_type NOT LIKE 'Watch%'"; }
bad() {
	local before failures
	before=$(happened "$eco")
	answers north "$3"
	tick "$eco"
	is "$1: nothing is believed" "$(happened "$eco")" "$before"
	is "$1: the order says what is wrong" "$(row "$eco" "poll_failures, last_error")" "1|$2"
	tick "$eco"
	is "$1: looks back off" "$(row "$eco" "poll_failures || ' ' || (next_poll_at - strike_now() <= '10 min')")" "2 true"
	answers north "$good"
	# a refusal of the token is remembered for some real seconds
	for _ in $(seq 60); do
		tick "$eco"
		[ "$(row "$eco" poll_failures)" != 0 ] || break
		sleep 0.2
	done
	is "$1: and go on" "$(row "$eco" "poll_failures, last_error") $(happened "$eco")" "0| $before"
}
nonsense="the list of tasks makes no sense"
bad "404" "the work system knows no such list of tasks (HTTP 404)" '{"kind": "status", "status": 404}'
bad "422" "the work system refuses to list the tasks" '{"kind": "status", "status": 422}'
bad "500" "the work system has trouble of its own" '{"kind": "status", "status": 500}'
bad "a redirect" "the work system has trouble of its own" '{"kind": "status", "status": 302, "headers": {"Location": "/north/tasks"}}'
bad "403" "the work system refuses our credentials" '{"kind": "status", "status": 403}'
bad "401, also with a new token" "the work system refuses our credentials" '{"kind": "status", "status": 401}'
bad "no token" "the work system refuses our credentials" '{"kind": "no token"}'
bad "204 without a body" "the work system has trouble of its own" '{"kind": "status", "status": 204}'
bad "an empty body" "$nonsense" '{"kind": "raw", "body": ""}'
bad "no JSON" "$nonsense" '{"kind": "raw", "body": "<html>busy</html>"}'
bad "half of the JSON" "$nonsense" '{"kind": "raw", "body": "{\"tasks\": [{\"projectTaskId\": \"T1\""}'
bad "no object" "$nonsense" '{"kind": "raw", "body": "[1, 2]"}'
bad "no tasks" "$nonsense" '{"kind": "raw", "body": "{\"items\": []}"}'
bad "tasks that are none" "$nonsense" '{"kind": "raw", "body": "{\"tasks\": [7, null, \"T1\", [[]]]}"}'
bad "tasks as an object" "$nonsense" '{"kind": "raw", "body": "{\"tasks\": {\"T1\": {}}}"}'
bad "a task without an id" "$nonsense" '{"kind": "raw", "body": "{\"tasks\": [{\"status\": \"completed\"}]}"}'
bad "an id with control characters" "$nonsense" '{"kind": "raw", "body": "{\"tasks\": [{\"projectTaskId\": \"T\\n1\", \"status\": \"completed\"}]}"}'
bad "an id that is too long" "$nonsense" "{\"kind\": \"raw\", \"body\": \"{\\\"tasks\\\": [{\\\"projectTaskId\\\": \\\"$(printf 'T%.0s' {1..300})\\\"}]}\"}"
bad "bytes that are no UTF-8 escape" "$nonsense" '{"kind": "raw", "body": "{\"tasks\": [{\"projectTaskId\": \"T\\u0000\"}]}"}'
bad "deeply nested JSON" "$nonsense" "{\"kind\": \"raw\", \"body\": \"$(printf '[%.0s' {1..20000})\"}"
bad "a nextPage that is no number" "$nonsense" '{"kind": "raw", "body": "{\"tasks\": [], \"nextPage\": \"more\"}"}'
bad "a truncated body" "the work system gave no whole answer in time" '{"kind": "truncated"}'
bad "a 10 MB answer" "the list of tasks is too large" '{"kind": "huge"}'
bad "nextPage that leads back" "the list of tasks has no end" '{"kind": "pages", "loop": 1}'
bad "nextPage without end" "the list of tasks has no end" '{"kind": "pages", "pages": 1000000, "same": true}'
lists=$(peer_says north .lists)
bad "pages full of what nobody asked for" "the list of tasks is too large" '{"kind": "pages", "pages": 100, "padding": 3000000}'
is "of which the first ones were asked for" "$(q "SELECT $(peer_says north .lists) - $lists < 30")" t
bad "pages that come too slowly, all together" "the work system gave no whole answer in time" '{"kind": "slow pages", "ms": 400, "pages": 100}'
bad "silence" "the work system gave no whole answer in time" '{"kind": "silent"}'
is "work systems that are well again have a closed circuit" "$(q "SELECT circuit, failures, last_error FROM render_circuits")" "CLOSED|0|"

# --- odd, and believed ---
odd() {
	answers north "$2"
	tick "$eco"
	is "$1" "$(state "$eco" task_count) $(row "$eco" poll_failures)" "$3 0"
}
before=$(happened "$eco")
odd "a task that stands there twice counts once" '{"kind": "tasks", "tasks": [{"projectTaskId": "T1", "status": "released", "assignee": "R. Field"}, {"projectTaskId": "T1", "status": "completed"}, {"projectTaskId": "T2", "status": "completed"}]}' 2
odd "tasks of other subsectors are nobody's" '{"kind": "tasks", "tasks": [{"projectTaskId": "T1", "status": "released", "assignee": "R. Field"}, {"projectTaskId": "T2", "status": "completed"}, {"projectTaskId": "T8", "status": "jeopardy", "subsector": "ECO-E2-99999-2026"}]}' 2
odd "no time stamp, no zone and no clock matters" '{"kind": "tasks", "tasks": [{"projectTaskId": "T1", "status": "released", "assignee": "R. Field", "updatedAt": "2031-02-30T25:61:00+27:00"}, {"projectTaskId": "T2", "status": "completed", "updatedAt": 17, "createdAt": "yesterday"}]}' 2
odd "fields that nobody knows don't matter" '{"kind": "tasks", "tasks": [{"projectTaskId": "T1", "status": "released", "assignee": "R. Field", "weather": {"rain": true}}, {"projectTaskId": "T2", "status": "completed", "x": [1]}]}' 2
odd "another order of the tasks doesn't, either" '{"kind": "tasks", "tasks": [{"projectTaskId": "T2", "status": "completed"}, {"projectTaskId": "T1", "status": "released", "assignee": "R. Field"}]}' 2
is "none of that is an event" "$(happened "$eco")" "$before"
answers north '{"kind": "tasks", "tasks": [{"projectTaskId": "T1", "status": "on hold", "assignee": "R. Field"}, {"projectTaskId": "T2", "status": "completed"}]}'
tick "$eco"
tick "$eco"
is "an unknown status is Pending, and told once" "$(q "SELECT count(*) FROM events WHERE stream_id = '$eco' AND event_type = 'UnknownTaskStatusEvent'") $(q "SELECT display_status FROM render_tasks WHERE eco_id = '$eco' AND project_task_id = 'T1'")" "1 Pending"
answers north "{\"kind\": \"401 once\", \"tokens\": $(peer_says north .tokens), \"tasks\": [{\"projectTaskId\": \"T1\", \"status\": \"released\"}, {\"projectTaskId\": \"T2\", \"status\": \"completed\"}]}"
tick "$eco"
is "a token that has expired is renewed once, and the look goes on" "$(row "$eco" poll_failures) $(q "SELECT status FROM render_tasks WHERE eco_id = '$eco' AND project_task_id = 'T1'")" "0 released"

contractor south
answers south '{"kind": "pages", "pages": 7, "word": "completed"}'
watched south
tick "$eco"
is "all pages of a list are read" "$(state "$eco" task_count) $(state "$eco" status)" "7 COMPLETED"
answers south '{"kind": "pages", "pages": 3, "word": "completed"}'
before=$(happened "$eco")
answers south '{"kind": "status", "status": 500}'
tick "$eco"
is "no task vanishes because a list can't be read" "$(happened "$eco")" "$before"
until_holds "the chains hold" "$all_fed AND $chains_hold"
check "the server has lived through it" bash -c "! grep -E 'terminated by signal|PANIC|TRAP' '$log'"
