# shellcheck shell=bash
# The virtual clock isn't set back by a restart, nor by a crash: what has happened stays past.
. test/worker/harness.bash
start "strike.virtual_clock = on" "strike.enabled = off"
DB=postgres q "CREATE DATABASE strike ENCODING 'UTF8' TEMPLATE template0" >/dev/null
strike_in
q "SELECT strike_activate()" >/dev/null
ahead() { q "SELECT strike_now() - clock_timestamp() BETWEEN '$1'::interval - '1 second'::interval AND '$1'::interval + '1 second'::interval"; }
is "it begins at the wall's time" "$(ahead 0)" t
q "SELECT strike_clock_advance('25 hours')" >/dev/null
check "a restart" ctl restart -w -m fast -l "$log"
is "25 hours ahead, still" "$(ahead '25 hours')" t
q "SELECT strike_clock_advance('1 hour')" >/dev/null
eventually workers_run >/dev/null
kill -9 "$(pid_of render)"
sleep 0.5
check "a crash of all processes" eventually workers_run
is "26 hours ahead, still" "$(ahead '26 hours')" t
check "the log says so" logged 1 'strike: the virtual clock is [0-9]+ s ahead'
q "ALTER SYSTEM SET strike.virtual_clock = off" >/dev/null
check "switched off with a restart" ctl restart -w -m fast -l "$log"
is "it is the wall's time" "$(q "SELECT abs(extract(epoch FROM strike_now() - clock_timestamp())) < 1")" t
