# One launcher and three workers; each comes back after any end, and there are never two of a kind.
. test/worker/harness.bash
start "strike.enabled = off"
createdb strike
strike_in
q "SELECT strike_activate()" >/dev/null
check "the launcher starts three workers" eventually workers_run
is "pg_stat_activity names them" "$(q "SELECT string_agg(backend_type, ',' ORDER BY backend_type) FROM pg_stat_activity WHERE backend_type LIKE 'strike%'")" \
	"strike launcher,strike outbox,strike pager,strike render"
is "they work as strike_worker in database strike" \
	"$(q "SELECT string_agg(DISTINCT usename || '@' || datname, ',') FROM pg_stat_activity WHERE backend_type ~ 'strike (outbox|render|pager)'")" "strike_worker@strike"
is "application_name is the kind" "$(q "SELECT count(*) FROM pg_stat_activity WHERE backend_type LIKE 'strike%' AND application_name = backend_type")" 4
until_holds "pg_stat_activity says what each does" "(SELECT bool_and(query ~ '^[a-z][a-z ,'']+\$') FROM pg_stat_activity WHERE backend_type LIKE 'strike%')"
is "none is in a transaction while it waits" "$(q "SELECT count(*) FROM pg_stat_activity WHERE backend_type LIKE 'strike%' AND state LIKE 'idle in%'")" 0
is "strike.workers and pg_stat_activity agree" "$(q "SELECT count(*) FROM workers w JOIN pg_stat_activity a ON a.pid = w.pid AND a.backend_type = 'strike ' || w.worker")" 4
like "strike_health counts them" "$(q "SELECT ok, value FROM strike_health() WHERE check_name = 'workers'")" "t|4 of 4 run"
check "no client connects as a worker" bash -c "! PGUSER=strike_worker '$bin/psql' -X -d strike -c 'SELECT 1'"

mark
for kind in outbox render pager launcher; do
	before=$(q "SELECT pid || ' ' || generation FROM workers WHERE worker = '$kind'")
	q "SELECT pg_terminate_backend(${before% *})" >/dev/null
	until_holds "a terminated $kind comes back with another pid and generation" \
		"(SELECT pid <> ${before% *} AND generation <> ${before#* } FROM workers WHERE worker = '$kind')"
done
check "all four run again" eventually workers_run
order_of_day="INSERT INTO tenants VALUES ('noc-east', 'NOC East', 'NOC', 'E2'), ('osp-fibre', 'Fibre Co', 'OSP', null)"
q "$order_of_day"
order >/dev/null
until_holds "and the feed goes on" "(SELECT count(*) > 0 FROM feed) AND $all_fed"

# two of a kind: watched without a pause while they are ended all the time
watch_for_two() {
	q "DO \$\$
	DECLARE
		until timestamptz := clock_timestamp() + '12 seconds';
		twice text;
	BEGIN
		WHILE clock_timestamp() < until LOOP
			PERFORM pg_stat_clear_snapshot();
			SELECT string_agg(backend_type, ', ') INTO twice FROM (SELECT backend_type FROM pg_stat_activity
				WHERE backend_type LIKE 'strike%' GROUP BY 1 HAVING count(*) > 1) t;
			IF twice IS NOT NULL THEN
				RAISE EXCEPTION 'seen twice: %', twice;
			END IF;
		END LOOP;
	END \$\$"
}
watch_for_two >"$place/two" 2>&1 &
watcher=$!
while kill -0 "$watcher" 2>/dev/null; do
	q "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type LIKE 'strike%' AND random() < 0.5" >/dev/null
	sleep 0.0$((RANDOM % 9))
done
wait "$watcher"
is "never two of a kind" "$(cat "$place/two")" ""
check "after all that four run" eventually workers_run
is "generations are told apart" "$(q "SELECT count(DISTINCT generation) FROM workers")" 4
order >/dev/null
until_holds "and the feed goes on" "$all_fed AND $chains_hold"
is "the log has no trouble" "$(trouble)" ""
