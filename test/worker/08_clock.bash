# The virtual clock moves sleeping workers hours ahead; off, it stands for nobody.
. test/worker/harness.bash
peer
start "strike.virtual_clock = on" "strike.pager_deadline = 10min" "strike.pager_interval = 60s" "strike.outbox_interval = 60s" "strike.public_url = 'http://127.0.0.1:9'"
createdb strike
strike_in
q "SELECT strike_activate()" >/dev/null
demo
eco=$(order)
check "the first contact is called" eventually came 1 'POST .*/Executions$'
until_holds "and is waited for" "EXISTS (SELECT FROM pager_attempts WHERE eco_id = '$eco' AND sent_at IS NOT NULL)"
wall=$(q "SELECT strike_now() - clock_timestamp() < '1 second'")
is "the clock begins at the wall's" "$wall" t
is "strike_clock_advance gives the new time" "$(q "SELECT t - clock_timestamp() BETWEEN '8 minutes 59 seconds' AND '9 minutes 1 second' FROM strike_clock_advance('9 minutes') t")" t
until_holds "nine of ten minutes: the same contact" "(SELECT count(*) = 1 FROM pager_attempts)"
q "SELECT strike_clock_advance('2 minutes')" >/dev/null
# BOUND is below the safety sweep of 60 s: it must be the clock that woke the worker
BOUND=30 until_holds "the deadline passes: the next contact is called" "(SELECT count(*) = 2 FROM pager_attempts)"
q "SELECT strike_clock_advance('27 hours')" >/dev/null
BOUND=30 until_holds "hours ahead: the page is over" "(SELECT status = 'COMPLETED' FROM pager_process_state WHERE eco_id = '$eco')"
is "events occurred on Strike's clock" "$(q "SELECT max(occurred_at) - clock_timestamp() > '27 hours' FROM events")" t
until_holds "the chains hold" "$all_fed AND $chains_hold"
like "strike_health warns of a virtual clock" "$(q "SELECT ok, value FROM strike_health() WHERE check_name = 'clock'")" "f|virtual clock"
check "the clock isn't set back" bash -c "! '$bin/psql' -X -d strike -v ON_ERROR_STOP=1 -c \"SELECT strike.strike_clock_advance('-1 second')\""
refused() { "$bin/psql" -X -q -d strike -v VERBOSITY=verbose -c "$1" 2>&1 | grep -oE 'ERROR:  [0-9A-Z]{5}'; }
for role in strike_admin strike_owner strike_worker strike_operator; do
	is "$role doesn't turn the clock" "$(refused "SET ROLE $role; SELECT strike.strike_clock_advance('1 second')")" "ERROR:  42501"
done
q "ALTER SYSTEM SET strike.virtual_clock = off"
check "switched off with a restart" ctl restart -w -m fast -l "$log"
is "a superuser is refused too" "$(refused "SELECT strike.strike_clock_advance('1 second')")" "ERROR:  55000"
is "the time is the wall's" "$(q "SELECT abs(extract(epoch FROM strike_now() - clock_timestamp())) < 1")" t
check "it can't be switched on in a session" bash -c "! '$bin/psql' -X -d strike -v ON_ERROR_STOP=1 -c 'SET strike.virtual_clock = on'"
eco=$(order)
check "and the work goes on" eventually has_event "$eco" TASKED
is "a stream's time never goes back" "$(q "SELECT count(*) FROM (SELECT occurred_at < lag(occurred_at) OVER (PARTITION BY stream_id ORDER BY version) AS back FROM events) e WHERE back")" 0
until_holds "the chains hold" "$all_fed AND $chains_hold"
