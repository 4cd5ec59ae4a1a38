# The server stops while requests are under way, and what was under way is settled after the start.
. test/worker/harness.bash
peer
start "strike.render_timeout = 10min" "strike.twilio_timeout = 5min" "strike.pager_deadline = 10min" "strike.render_give_up = 1h" \
	"strike.public_url = 'http://127.0.0.1:9'"
createdb strike
strike_in
q "SELECT strike_activate()" >/dev/null
demo
check "the workers run" eventually workers_run

# stopped NAME: far below the requests' own timeouts
stopped() {
	mark
	check "a fast stop ends with $1" ctl stop -m fast -w -t 30
	is "the log has no trouble, $1" "$(trouble)" ""
	check "the server was shut down in order, $1" grep -q "database system is shut down" <(since_mark)
	check "the server starts again" ctl -l "$log" -w -t 60 start
	check "the workers run again" eventually workers_run
}
silent '/render/oauth/token'
order >/dev/null
check "the token request is under way" eventually came 1 '/render/oauth/token'
stopped "a token request under way"

silent 'POST /render/tasks'
eco=$(order)
check "the task's request is under way" eventually came 1 'POST /render/tasks'
outbox=$(pid_of outbox)
render=$(pid_of render)
q "SELECT pg_terminate_backend($render)" >/dev/null
until_holds "a worker that waits for an answer ends when it is terminated, and another takes its place" \
	"EXISTS (SELECT FROM workers WHERE worker = 'render' AND pid <> $render)"
is "the others are left alone" "$(pid_of outbox)" "$outbox"
until_holds "the dead worker's request is known to be in doubt" \
	"EXISTS (SELECT FROM render_process_state WHERE eco_id = '$eco' AND status IN ('UNKNOWN', 'ASKING'))"
like "pg_stat_activity says what the worker does" "$(q "SELECT query FROM pg_stat_activity WHERE backend_type = 'strike render'")" "?*"
stopped "a task's request in doubt"
is "the task was not requested again while the first request may be under way" "$(requests 'POST /render/tasks')" 1

# another order: its request isn't in doubt, so it gets a task and its page starts
silent '/Executions'
second=$(order)
check "another order gets its task" eventually has_event "$second" TASKED
check "the page's request is under way" eventually came 1 'POST .*/Executions'
stopped "a call's request under way"
until_holds "the call is in doubt, not repeated blindly" "(SELECT state = 'UNKNOWN' AND requests = 1 FROM pager_attempts WHERE eco_id = '$second')"
is "one call was requested" "$(requests 'POST .*/Executions$')" 1
check "an immediate stop is survived too" ctl stop -m immediate -w
check "the server starts again" ctl -l "$log" -w -t 60 start
check "the workers run again" eventually workers_run
until_holds "the chains hold" "$all_fed AND $chains_hold"
