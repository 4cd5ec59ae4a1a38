# strike.enabled changes with a reload: off pauses what goes outside, and nothing else.
. test/worker/harness.bash
peer
start "strike.public_url = 'http://127.0.0.1:9'"
createdb strike
strike_in
q "SELECT strike_activate()" >/dev/null
demo
check "the workers run" eventually workers_run
pids=$(q "SELECT string_agg(pid::text, ',' ORDER BY worker) FROM workers")
set_reload "strike.enabled = off"
until_holds "the notes say paused" "(SELECT count(*) = 2 FROM workers WHERE worker IN ('render', 'pager') AND note ~ 'paused')"
like "and so does strike_health" "$(q "SELECT ok, detail FROM strike_health() WHERE check_name = 'live_host'")" "f|*paused*"
eco=$(order)
until_holds "a new order is projected" "EXISTS (SELECT FROM eco_views WHERE eco_id = '$eco') AND $all_fed"
until_holds "its task is due" "EXISTS (SELECT FROM render_process_state WHERE eco_id = '$eco' AND next_attempt_at <= strike_now())"
turns=$(q "SELECT runs FROM workers WHERE worker = 'render'")
for _ in 1 2 3; do q "SELECT strike_wake('render'), strike_wake('pager')" >/dev/null; sleep 0.3; done
until_holds "the render worker came round since" "(SELECT runs > $turns FROM workers WHERE worker = 'render')"
is "no request went outside" "$(requests)" 0
set_reload "strike.enabled = on"
check "switched on, the order proceeds" eventually has_event "$eco" TASKED
check "and somebody is called" eventually came 1 'POST .*/Executions$'
until_holds "the notes don't say paused" "NOT EXISTS (SELECT FROM workers WHERE note ~ 'paused')"
set_reload "strike.live_hosts = 'another.example.org'"
until_holds "another host's effects are not allowed here" "(SELECT count(*) = 2 FROM workers WHERE note ~ 'strike.live_hosts')"
before=$(requests)
eco=$(order)
until_holds "a new order is projected" "EXISTS (SELECT FROM eco_views WHERE eco_id = '$eco') AND $all_fed"
q "SELECT strike_wake('render'), strike_wake('pager')" >/dev/null
sleep 1
is "no request went outside from another host" "$(requests 'POST /render/tasks')" 1
set_reload "strike.live_hosts = '$(hostname), another.example.org'"
check "on this host the order proceeds" eventually has_event "$eco" TASKED
is "the same workers did it all" "$(q "SELECT string_agg(pid::text, ',' ORDER BY worker) FROM workers")" "$pids"
mark
set_reload "strike.pager_interval = '1s'"
set_reload "strike.http_max_concurrency = 1"
until_holds "other settings change too" "current_setting('strike.pager_interval') = '1s'"
eco=$(order)
check "with one request at a time too" eventually has_event "$eco" TASKED
set_reload "strike.anchor_interval = '1s'"
order >/dev/null
anchor() { sed -n 's/.*feed head: seq \([0-9]*\), hash \([0-9a-f]\{64\}\)$/\1 \2/p' "$log" | tail -1; }
anchored() { [ -n "$(anchor)" ]; }
check "the feed's head is written to the log" eventually anchored
read -r seq hash <<<"$(anchor)"
is "as the feed has it" "$(q "SELECT encode(hash, 'hex') FROM feed WHERE seq = $seq")" "$hash"
is "the log has no trouble" "$(trouble)" ""
: "$before"
