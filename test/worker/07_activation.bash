# Before strike_activate() nothing is numbered and nothing goes outside; after it, everything does.
. test/worker/harness.bash
peer
start "strike.public_url = 'http://127.0.0.1:9'"
createdb strike
strike_in
demo
check "the workers run" eventually workers_run
eco=$(order)
turns=$(q "SELECT sum(runs) FROM workers WHERE worker = 'outbox'")
until_holds "the outbox worker came round several times" "(SELECT sum(runs) > $turns + 5 FROM workers WHERE worker = 'outbox')"
is "nothing is numbered" "$(q "SELECT count(*) FROM feed")" 0
is "nothing is projected" "$(q "SELECT count(*) FROM eco_views")" 0
is "the order can be read in its events" "$(q "SELECT count(*) FROM strike_eco_timeline('$eco')")" 1
is "nothing goes outside" "$(requests)" 0
like "strike_health says what to do" "$(q "SELECT ok, detail FROM strike_health() WHERE check_name = 'live_host'")" "f|*strike_activate()*"
until_holds "the workers' notes say it" "(SELECT count(*) >= 2 FROM workers WHERE note ~ 'not activated')"
q "SELECT strike_activate()" >/dev/null
check "activated, the order proceeds" eventually has_event "$eco" TASKED
check "and somebody is called" eventually came 1 'POST .*/Executions$'
until_holds "everything is numbered" "$all_fed AND $chains_hold"
check "activating again changes nothing" q "SELECT strike_activate()"
is "there is one activation" "$(q "SELECT count(*) FROM activation")" 1
like "strike_health is content" "$(q "SELECT ok FROM strike_health() WHERE check_name = 'live_host'")" "t"
