# shellcheck shell=bash
# What looks at the field work mean for an order, sentence by sentence (docs/statuses.md): the
# worker's own code by strike.record_look, nothing asked of anybody (strike.enabled is off).
. test/worker/harness.bash
start "strike.virtual_clock = on" "strike.enabled = off"
DB=postgres q "CREATE DATABASE strike ENCODING 'UTF8' TEMPLATE template0" >/dev/null
strike_in
q "SELECT strike_activate()" >/dev/null
q "INSERT INTO tenants VALUES ('noc-east', 'NOC East', 'NOC', 'E2'), ('osp-fibre', 'Fibre Co', 'OSP', null)" >/dev/null

# fresh: $eco is an order whose task T1 is made and that is watched
fresh() {
	eco=$(q "SELECT (strike_create_eco('noc-east', 'osp-fibre', '${1:-CMR}', 'Fiber cut', '{\"type\":\"Point\",\"coordinates\":[-97.74,30.27]}')).eco_id")
	eventually holds "EXISTS (SELECT FROM render_process_state WHERE eco_id = '$eco')" >/dev/null || not_ok "the order's row comes"
	q "UPDATE render_process_state SET status = 'TASKED', project_task_id = 'T1', next_attempt_at = null, next_poll_at = strike_now(), seen_at = strike_now() WHERE eco_id = '$eco'"
}
# look TASK…: a look finds these, each ID:STATUS[:ASSIGNEE[:CLONED_FROM]]
list() {
	local task id status assignee from out=
	for task in "$@"; do
		IFS=: read -r id status assignee from <<<"$task"
		out="$out${out:+,}{\"projectTaskId\": \"$id\", \"status\": \"$status\", \"assignee\": \"$assignee\", \"clonedFrom\": \"$from\"}"
	done
	printf '{"tasks": [%s]}' "$out"
}
look() { q "SELECT record_look('$eco', '$(list "$@")')" >/dev/null; }
state() { q "SELECT strike_eco_state('$eco')->>'$1'"; }
# the order's events of the watch, in short
told() {
	q "SELECT string_agg(CASE event_type WHEN 'StatusUpdatedEvent' THEN (payload->>'from') || '>' || (payload->>'to')
		ELSE replace(event_type, 'Event', '') || coalesce(' ' || (payload->>'project_task_id'), '') END, ', ' ORDER BY version)
		FROM events WHERE stream_id = '$eco' AND version > ${1:-1}"
}
version() { q "SELECT max(version) FROM events WHERE stream_id = '$eco'"; }
pass() { q "SELECT strike_clock_advance('$1')" >/dev/null; }
refused() { PGOPTIONS="-c client_min_messages=error -c search_path=strike,public" "$bin/psql" -X -q -d strike -v VERBOSITY=verbose -c "$1" 2>&1 | grep -oE 'ERROR:  [0-9A-Z]{5}'; }
completed() { fresh; look T1:completed; }
closed() { completed; pass '25 hours'; look T1:completed; }

# --- the ECO's status ---
for word in released jeopardy completed; do
	fresh
	look "T1:$word" T2:pending
	is "field work begins: a task is $word" "$(state status)" IN_PROGRESS
done
for word in blueprinted pending tasked allocated releasable whatever; do
	fresh
	look "T1:$word"
	is "no field work yet: a task is $word" "$(state status)" OPEN
done
fresh
look T1:released
look T1:completed
is "all tasks completed: COMPLETED" "$(state status)" COMPLETED
is "and the grace period starts" "$(q "SELECT payload->>'grace_s' || ' ' || (payload->>'grace_reason') || ' ' || ((payload->>'grace_until')::timestamptz - occurred_at BETWEEN '86399 s' AND '86401 s') FROM events WHERE stream_id = '$eco' AND payload->>'to' = 'COMPLETED'")" \
	"86400 24:00 h, as strike.grace_period says true"
fresh
look T1:completed
is "all completed on an OPEN order: both transitions, together" "$(told)" "TasksObserved, OPEN>IN_PROGRESS, IN_PROGRESS>COMPLETED"
fresh
look T1:completed T2:released
is "some completed isn't all" "$(state status)" IN_PROGRESS

completed
v=$(version)
pass '23 hours'
look T1:completed
is "within the grace period nothing happens" "$(state status) $(version)" "COMPLETED $v"
before=$(q "SELECT strike_now()")
pass '2 hours'
q "SELECT record_look('$eco', '$(list T1:completed)', '$before')" >/dev/null
is "after it, a look that was asked for before its end doesn't close the order" "$(state status)" COMPLETED
look T1:completed
is "a look asked for later does" "$(state status)" HARD_COMPLETE
is "and nobody looks any more" "$(q "SELECT next_poll_at IS NULL FROM render_process_state WHERE eco_id = '$eco'")" t
v=$(version)
look T1:released T2:released
is "a closed order takes nothing from looks" "$(state status) $(version)" "HARD_COMPLETE $v"

completed
v=$(version)
look T1:completed T2:blueprinted::T1
is "a new task brings a COMPLETED order back" "$(told "$v")" "LateCloneDetected T2, COMPLETED>IN_PROGRESS"
is "with what it was cloned from, and the new count" "$(q "SELECT payload->>'cloned_from' || ' ' || (payload->>'task_count') FROM events WHERE stream_id = '$eco' AND event_type = 'LateCloneDetectedEvent'")" "T1 2"
is "the NOC reads it" "$(state phase)" "back in progress: new work found"
completed
v=$(version)
first=$(state grace_until)
pass '5 hours'
look T1:completed T2:completed
is "a new task that is completed already: back, and completed again" "$(told "$v")" "LateCloneDetected T2, COMPLETED>IN_PROGRESS, IN_PROGRESS>COMPLETED"
is "with new grace" "$(q "SELECT '$(state grace_until)'::timestamptz - '$first'::timestamptz BETWEEN '5 hours' AND '5 hours 1 minute'")" t
completed
v=$(version)
look T1:released
is "a reopened task brings it back" "$(told "$v")" "TaskChanged T1, COMPLETED>IN_PROGRESS"
completed
pass '25 hours'
look T1:completed T2:blueprinted
is "new work found by the closing look itself: back" "$(state status)" IN_PROGRESS
completed
first=$(state grace_until)
v=$(version)
pass '1 hour'
look T1:completed:somebody
is "another change of a completed task is told" "$(told "$v")" "TaskChanged T1"
is "and doesn't move grace_until" "$(state grace_until)" "$first"
look
is "nor does a task that vanishes" "$(state status) $(state grace_until)" "COMPLETED $first"
is "which isn't complete any more" "$(state completed_count) of $(state task_count), $(state display_status)" "0 of 1, Pending"
pass '25 hours'
look
is "which keeps the order from being closed" "$(state status)" COMPLETED
look T1:completed:somebody
is "until it is back" "$(state status)" HARD_COMPLETE

# --- when it is looked at next ---
next() { q "SELECT $1 FROM render_process_state WHERE eco_id = '$eco'"; }
fresh
look T1:released
is "after a change: after a sixth of the interval" "$(next "next_poll_at - found_at")" 00:00:10
pass '2 minutes'
look T1:released
is "two quiet minutes later: within a quarter of these" "$(next "next_poll_at - seen_at BETWEEN '10 s' AND '45 s'")" t
pass '1 hour'
look T1:released
look T1:released
is "after a quiet hour: within an interval, at its own place" "$(next "next_poll_at - seen_at > '10 s' AND next_poll_at - seen_at < '90 s'")" t
completed
pass '23 hours 59 minutes 45 s'
look T1:completed
is "before the end of the observation: then at the latest, if that isn't too soon" "$(next "next_poll_at <= quiet_until OR quiet_until - seen_at < '12 s'")" t

# --- commands ---
for how in fresh completed; do
	$how
	q "SELECT strike_cancel_eco('$eco', 'false alarm')" >/dev/null
	is "an order ($how) can be canceled" "$(state status)" CANCELED
	until_holds "nobody looks at it any more" "(SELECT next_poll_at IS NULL FROM render_process_state WHERE eco_id = '$eco')"
	q "UPDATE render_process_state SET next_poll_at = strike_now() WHERE eco_id = '$eco'"
	v=$(version)
	look T1:completed T2:released
	is "a look that is under way does nothing, and is the last" "$(version) $(q "SELECT next_poll_at IS NULL FROM render_process_state WHERE eco_id = '$eco'")" "$v t"
done
closed
is "HARD_COMPLETE can't be canceled" "$(refused "SELECT strike.strike_cancel_eco('$eco', 'x')")" "ERROR:  PT409"
q "SELECT strike_reopen_eco('$eco', 'customer calls')" >/dev/null
is "reopened: IN_PROGRESS" "$(state status)" IN_PROGRESS
until_holds "and looked at again" "(SELECT next_poll_at IS NOT NULL FROM render_process_state WHERE eco_id = '$eco')"
v=$(version)
look T1:completed
is "it stays so while nothing changes" "$(state status) $(version)" "IN_PROGRESS $v"
look T1:completed:somebody
is "until a task changes" "$(state status)" COMPLETED
closed
q "SELECT strike_reopen_eco('$eco', 'customer calls')" >/dev/null
eventually holds "(SELECT next_poll_at IS NOT NULL FROM render_process_state WHERE eco_id = '$eco')" >/dev/null
look T1:completed T2:completed
is "or appears" "$(state status)" COMPLETED
fresh
for how in look completed; do
	is "an order that isn't closed can't be reopened ($(state status))" "$(refused "SELECT strike.strike_reopen_eco('$eco', 'x')")" "ERROR:  PT409"
	look T1:released
done
completed
is "nor one under observation" "$(refused "SELECT strike.strike_reopen_eco('$eco', 'x')")" "ERROR:  PT409"

# --- tasks ---
fresh
look T1:blueprinted
is "the first look records what it found, without noise" "$(told)" TasksObserved
v=$(version)
look T1:blueprinted
is "the same again is nothing" "$(version)" "$v"
fresh
look T1:blueprinted T7:blueprinted
is "a task that Strike didn't make is new, on the first look, too" "$(told)" "TasksObserved, LateCloneDetected T7"
fresh
look T7:completed
is "one that Strike didn't make, alone: the order is completed by it" "$(told)" "LateCloneDetected T7, OPEN>IN_PROGRESS, IN_PROGRESS>COMPLETED"
fresh
look
is "no task known is never all completed" "$(state status) $(state task_count)" "OPEN 0"
pass '48 hours'
look
is "however long" "$(state status)" OPEN
fresh
look T1:released T2:completed
v=$(version)
look T2:completed
is "a task vanishes: an event, and not completed" "$(told "$v") $(state status)" "TaskVanished T1 IN_PROGRESS"
look T2:completed
is "once" "$(told "$v")" "TaskVanished T1"
v=$(version)
look T1:completed T2:completed
is "it reappears: an event, and the order completes" "$(told "$v")" "TaskChanged T1, IN_PROGRESS>COMPLETED"
# --- missing for long ---
attention() { state attention_reason; }
missing="a task is missing in Fibre Co's work system: ask them"
fresh
look T1:released T2:completed T3:released
look T2:completed T3:released
pass '11 minutes'
look T2:completed T3:released
is "a task is missing for long while others are left: no alarm" "$(attention)" ""
look T2:completed T3:completed
pass '9 minutes'
look T2:completed T3:completed
is "then nothing else is left: not at once" "$(attention)" ""
v=$(version)
pass '2 minutes'
look T2:completed T3:completed
is "but after ten intervals the NOC is told" "$(told "$v") $(attention)" "TasksMissing $missing"
is "which, and since when" "$(q "SELECT (payload->>'tasks') || ' ' || (occurred_at - (payload->>'since')::timestamptz >= '11 min') FROM events WHERE stream_id = '$eco' AND version > $v")" '[{"project_task_id": "T1"}] true'
pass '1 hour'
look T2:completed T3:completed
is "once" "$(told "$v")" "TasksMissing"
q "SELECT strike_settle_tasks('$eco', 'was a mistake')" >/dev/null
is "until it is settled" "$(attention)" ""
completed
look
pass '25 hours'
look
look
is "an order whose observation can't end for it is told, too" "$(state status) $(attention)" "COMPLETED $missing"
look T1:completed
is "and is closed when the task is back" "$(state status) $(attention)" "HARD_COMPLETE "
fresh
look T1:released T2:completed
look T2:completed
is "nothing to settle is refused" "$(q "SELECT strike_settle_tasks('$eco', 'x')" >/dev/null; refused "SELECT strike.strike_settle_tasks('$eco', 'x')")" "ERROR:  PT409"
look T2:completed
is "an operator settles what vanished: the order completes" "$(state status) $(state completed_count) of $(state task_count)" "COMPLETED 2 of 2"
v=$(version)
look T1:released T2:completed
is "and if it comes back after all, so does the order" "$(told "$v")" "TaskChanged T1, COMPLETED>IN_PROGRESS"
completed
v=$(version)
look
look T1:released
is "a completed task that vanishes and comes back as work brings the order back" "$(told "$v")" "TaskVanished T1, TaskChanged T1, COMPLETED>IN_PROGRESS"
fresh
look T1:released
v=$(version)
look T1:allocated
is "a task goes backwards: an event, never an overwrite" "$(told "$v") $(q "SELECT payload->>'from' || '>' || (payload->>'to') FROM events WHERE stream_id = '$eco' ORDER BY version DESC LIMIT 1")" "TaskChanged T1 released>allocated"
fresh
look T1:blueprinted
look T1:blueprinted:R
v=$(version)
look T1:released:Q
is "what changed stands in the event, from and to" "$(q "SELECT string_agg(key, ',' ORDER BY key) FROM events, jsonb_each(payload->'changed') WHERE stream_id = '$eco' AND version > $v")" "assignee,status"
for field in crew description clonedFrom; do
	fresh
	look T1:released
	v=$(version)
	q "SELECT record_look('$eco', '{\"tasks\": [{\"projectTaskId\": \"T1\", \"status\": \"released\", \"$field\": \"new\"}]}')" >/dev/null
	is "another $field is a change, from and to" "$(told "$v") $(q "SELECT payload->'changed' FROM events WHERE stream_id = '$eco' AND version > $v")" "TaskChanged T1 {\"${field/dF/d_f}\": {\"to\": \"new\", \"from\": null}}"
done
fresh
look T1:released:Ada T2:released:Ben
v=$(version)
look T1:released:Cem T2:released:Cem
is "two tasks go to somebody new at once: nobody else is named for him" \
	"$(q "SELECT string_agg((payload->>'project_task_id') || ' ' || f.name || '>' || t.name, ', ' ORDER BY version) FROM events
		LEFT JOIN contact_refs f ON f.contact_ref::text = payload#>>'{changed,assignee,from}' LEFT JOIN contact_refs t ON t.contact_ref::text = payload#>>'{changed,assignee,to}'
		WHERE stream_id = '$eco' AND version > $v")" "T1 Ada>Cem, T2 Ben>Cem"
is "and he has one reference" "$(q "SELECT count(*) FROM contact_refs WHERE name = 'Cem'")" 1
is "people by reference only" "$(q "SELECT count(*) FROM events WHERE stream_id = '$eco' AND payload::text LIKE '%\"Q\"%'")" 0

# --- display ---
for pair in blueprinted:Pending pending:Pending tasked:Pending allocated:Assigned releasable:Assigned released:Assigned \
	released:R:"In Progress" jeopardy:Blocked completed:Complete "on hold:Pending"; do
	fresh
	look "T1:${pair%:*}" T9:blueprinted
	is "a task that is ${pair%:*} is shown as ${pair##*:}" "$(q "SELECT display_status FROM render_tasks WHERE eco_id = '$eco' AND project_task_id = 'T1'")" "${pair##*:}"
done
fresh
look T1:allocated
look T1:released
is "released after it was seen allocated is In Progress" "$(state display_status)" "In Progress"
fresh
look T1:"on hold"
look T1:"on hold"
is "an unknown status is told once" "$(told)" "TasksObserved, UnknownTaskStatus T1"
look T1:"On Ice"
is "another one, too" "$(told 3)" "TaskChanged T1, UnknownTaskStatus T1"
display() {
	fresh
	look "${@:2}"
	is "an order with ${*:2} is $1" "$(state display_status)" "$1"
}
display Pending
display Complete T1:completed T2:completed
display Blocked T1:completed T2:jeopardy T3:released:R
display "In Progress" T1:blueprinted T2:released:R
display "In Progress" T1:completed T2:blueprinted
display Assigned T1:blueprinted T2:allocated
display Pending T1:blueprinted T2:pending

# --- who is watched ---
not() { ! "$@"; }
appended() { q "SELECT strike_append('$eco', 'ECO', null, '[{\"type\": \"RenderIntegrationStatusUpdatedEvent\", \"payload\": {\"from\": \"$1\", \"to\": \"$2\"}}]')" >/dev/null; }
unwatched() {
	fresh
	q "UPDATE render_process_state SET next_poll_at = null WHERE eco_id = '$eco'"
}
watched() { holds "(SELECT next_poll_at IS NOT NULL FROM render_process_state WHERE eco_id = '$eco')"; }
unwatched
q "SELECT strike_add_note('$eco', 'x')" >/dev/null
until_holds "everything is delivered" "NOT EXISTS (SELECT FROM outbox)"
check "TASKED, the page not over: not watched" not watched
appended TASKED DISPATCHED
check "DISPATCHED: watched" eventually watched
is "within the interval" "$(q "SELECT next_poll_at - strike_now() BETWEEN '5 s' AND '60 s' FROM render_process_state WHERE eco_id = '$eco'")" t
unwatched
q "SELECT strike_take_over('$eco', 'I know somebody')" >/dev/null
check "taken over: watched" eventually watched
unwatched
q "UPDATE render_process_state SET status = 'FAILED' WHERE eco_id = '$eco'"
q "SELECT strike_take_over('$eco', 'I know somebody')" >/dev/null
until_holds "everything is delivered" "NOT EXISTS (SELECT FROM outbox)"
check "taken over before the task is made: not yet" not watched
q "UPDATE render_process_state SET status = 'TASKED' WHERE eco_id = '$eco'"
appended PENDING TASKED
check "but when it is" eventually watched

# --- the history stands ---
until_holds "the chains hold" "$all_fed AND $chains_hold"
is "each status event is a step of the table" "$(q "SELECT count(*) FROM events e WHERE event_type = 'StatusUpdatedEvent' AND NOT EXISTS
	(SELECT FROM strike_transitions() t WHERE t.machine = 'ECO' AND t.from_state = e.payload->>'from' AND t.to_state = e.payload->>'to')")" 0
