# The database of strike.database is missing, comes, goes and comes again.
. test/worker/harness.bash
peer
start "strike.database = 'later'" "strike.public_url = 'http://127.0.0.1:9'"
DB=later
waiting='waiting for database "later"'
mark() { marked=0; }
mark
check "the log says that the database is missing" eventually logged 0 "$waiting"
sleep 11
is "once, not at every look" "$(log_lines "$waiting")" 1
is "the launcher runs" "$(DB=postgres q "SELECT count(*) FROM pg_stat_activity WHERE backend_type LIKE 'strike%'")" 1
is "the log has no trouble" "$(trouble)" ""
createdb strike
check "in another database the extension warns" bash -c "'$bin/psql' -X -d strike -c 'CREATE EXTENSION strike CASCADE' 2>&1 | grep -q 'WARNING:.*no worker serves'"
createdb later
check "the log says that the extension is missing" eventually logged 0 'waiting for CREATE EXTENSION strike in database "later"'
is "the workers stay away" "$(DB=postgres q "SELECT count(*) FROM pg_stat_activity WHERE backend_type ~ 'strike (outbox|render|pager)'")" 0
sleep 6
is "said once" "$(log_lines 'waiting for CREATE EXTENSION')" 1
check "CREATE EXTENSION" strike_in later
check "the workers start without a restart" eventually workers_run
q "SELECT strike_activate()" >/dev/null
demo
eco=$(order)
check "an order proceeds" eventually has_event "$eco" TASKED
is "they work in strike.database" "$(q "SELECT string_agg(DISTINCT datname, ',') FROM pg_stat_activity WHERE backend_type LIKE 'strike%'")" "later"

check "DROP DATABASE WITH (FORCE) goes through while they work" bash -c "DB=postgres '$bin/psql' -X -q -d postgres -c 'DROP DATABASE later WITH (FORCE)'"
like "from a database that isn't served, strike_health says that nobody will be called" \
	"$(DB=strike q "SELECT ok, value, detail FROM strike.strike_health() WHERE check_name = 'workers'")" "f|0 of 4 run|the workers serve another database*"

again() { [ "$(log_lines "$waiting")" -eq 2 ]; }
check "the log says that the database is missing, again" eventually again
sleep 6
check "once more only" again
check "no loop of failing starts" test "$(grep -c FATAL "$log")" -le 3
createdb later
strike_in later
check "made again, the workers start" eventually workers_run
q "SELECT strike_activate()" >/dev/null
demo
eco=$(order)
check "an order proceeds" eventually has_event "$eco" TASKED

check "a database without the right to connect for everybody is served" q "REVOKE CONNECT ON DATABASE later FROM PUBLIC"
q "SELECT pg_terminate_backend(pid) FROM workers WHERE worker <> 'launcher'" >/dev/null
check "the workers have a right of their own" eventually workers_run
