# A standby lies still; promoted, it goes on where the primary ended.
. test/worker/harness.bash
peer
start "strike.public_url = 'http://127.0.0.1:9'"
createdb strike
strike_in
q "SELECT strike_activate()" >/dev/null
demo
eco=$(order)
check "the primary works" eventually has_event "$eco" TASKED
until_holds "the page runs" "EXISTS (SELECT FROM pager_attempts WHERE eco_id = '$eco' AND sent_at IS NOT NULL)"

primary_port=$PGPORT primary_data=$PGDATA primary_log=$log
name=$name-standby
clusters="$clusters $name"
standby_dir=$(dirname "$(dirname "$PGDATA")")/$name
mkdir -p "$standby_dir"
chmod 755 "$standby_dir"
[ "$(id -u)" -ne 0 ] || chown postgres "$standby_dir"
check "a base backup" as_server "$bin/pg_basebackup" -h 127.0.0.1 -p "$PGPORT" -U postgres -D "$standby_dir/data" -R --checkpoint=fast --no-sync
port=$(dev/ports)
printf "port = %s\nunix_socket_directories = '%s'\n" "$port" "$standby_dir" | as_server tee -a "$standby_dir/data/postgresql.conf" >/dev/null
on_standby() { export PGPORT=$port PGDATA=$standby_dir/data log=$standby_dir/log; }
on_primary() { export PGPORT=$primary_port PGDATA=$primary_data log=$primary_log; }
on_standby
check "the standby starts" ctl -l "$log" -w start
until_holds "it is a standby" "pg_is_in_recovery()"
is "no worker runs there" "$(q "SELECT count(*) FROM pg_stat_activity WHERE backend_type LIKE 'strike%'")" 0
like "strike_health answers there" "$(q "SELECT ok, detail FROM strike_health() WHERE check_name = 'live_host'")" "f|*standby*"
like "commands are refused there" "$(order)" "*read-only*"
on_primary
second=$(order)
check "the primary goes on" eventually has_event "$second" TASKED
until_holds "all is numbered" "$all_fed"
seen=$(q "SELECT max(seq) FROM feed")
on_standby
until_holds "the standby follows" "(SELECT max(seq) >= $seen FROM feed)"
is "readable there: the chains hold" "$(q "SELECT count(*) FROM strike_verify_events()")" 0
on_primary
check "the primary ends" ctl stop -w -m fast
on_standby
until_holds "the standby has all" "(SELECT count(*) >= $seen FROM feed)"
last=$(q "SELECT max(seq) FROM feed")
before=$(requests)
is "it stays still" "$(q "SELECT count(*) FROM pg_stat_activity WHERE backend_type LIKE 'strike%'")" 0
mark
check "promoted" ctl promote -w
check "the workers start" eventually workers_run
third=$(order)
check "an order proceeds" eventually has_event "$third" TASKED
until_holds "the feed goes on without a gap" "(SELECT max(seq) > $last FROM feed) AND $all_fed AND $chains_hold"
check "requests go outside from here" test "$(requests)" -gt "$before"
until_holds "the page that ran on the primary is looked after: nobody is called twice for it" \
	"(SELECT count(DISTINCT contact_no) = count(*) FROM pager_attempts WHERE eco_id = '$eco')"
is "nor at the provider" "$(q "SELECT count(*) - $(requests 'POST .*/Executions$') FROM pager_attempts WHERE sent_at IS NOT NULL AND state <> 'UNKNOWN'")" 0
is "the log has no trouble" "$(trouble)" ""
