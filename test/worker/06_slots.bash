# max_worker_processes is too low: told, and not all the time.
. test/worker/harness.bash
start "max_worker_processes = 3" "max_logical_replication_workers = 0"
createdb strike
strike_in
q "SELECT strike_activate()" >/dev/null
until_holds "two workers find a place, beside the launcher" "(SELECT count(*) = 3 FROM workers WHERE pid IS NOT NULL)"
check "the log warns" eventually logged 0 'WARNING: .*could not register the [a-z]+ worker'
check "with a hint that names the setting" grep -q 'HINT: .*max_worker_processes' "$log"
until_holds "strike_health says so" "(SELECT NOT ok AND value = '3 of 4 run' AND detail ~ 'max_worker_processes' FROM strike_health() WHERE check_name = 'workers')"
# tried again every 5 s: two more tries
sleep 11
is "the warning comes once, not at every try" "$(log_lines 'could not register')" 1
missing=$(q "SELECT worker FROM workers WHERE pid IS NULL")
q "ALTER SYSTEM SET max_worker_processes = 4"
check "with a place more" ctl restart -w -m fast -l "$log"
check "all four run" eventually workers_run
like "the missing one was a worker" "$missing" "[orp]*"
