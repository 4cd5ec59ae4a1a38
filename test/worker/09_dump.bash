# pg_dump and restore: everything is there, the chains hold, and the copy lies still.
. test/worker/harness.bash
peer
start "strike.public_url = 'http://127.0.0.1:9'"
createdb strike
strike_in
q "SELECT strike_activate()" >/dev/null
demo
silent '' # all is answered
eco=$(order)
q "SELECT strike_create_eco('noc-east', 'osp-fibre', 'CMR', 'x', '{\"type\":\"Point\",\"coordinates\":[0,0]}', gen_random_uuid())" >/dev/null
check "an order's page runs" eventually came 1 'POST .*/Executions$'
q "SELECT strike_append(gen_random_uuid(), 'Note', 0, '[{\"type\":\"A\",\"payload\":{\"t\":\"ünï — 光\"}}]')" >/dev/null
# one delivery is parked, so that delivery_failure has a row
q "INSERT INTO delivery_failure SELECT 'websocket', stream_id, 1, 3, 'made up', strike_now() + '1 day', true FROM events WHERE stream_type = 'Note'" >/dev/null
set_reload "strike.enabled = off"
until_holds "all is delivered" "(SELECT count(*) FROM feed) = (SELECT count(*) FROM events) AND (SELECT count(*) = 2 FROM workers WHERE note ~ 'paused')"

# every table's rows as text: taken from the catalogs, so a table that is forgotten in the dump shows
digest() {
	q "SELECT string_agg(format('SELECT %L, count(*), md5(coalesce(string_agg(t::text, E''\n'' ORDER BY t::text), '''')) FROM strike.%I t', relname, relname), ' UNION ALL ' ORDER BY relname)
		FROM pg_class WHERE relnamespace = 'strike'::regnamespace AND relkind = 'r' AND relname <> 'activation'" >"$place/digest.sql"
	PGOPTIONS="-c search_path=strike,public" sql -f "$place/digest.sql"
	q "SELECT last_value FROM event_position"
}
original=$(digest)
empty=$(printf '%s\n' "$original" | awk -F'|' 'NF == 3 && $2 == 0 { print $1 }')
[ -z "$empty" ] || echo "# tables without rows, so not tried:" $empty
for table in events feed eco_views render_process_state pager_process_state pager_run_contacts pager_attempts tenants render_instances twilio_accounts pager_regions \
	pager_contacts pager_duty contact_refs delivery_failure job_numbers eco_requests; do
	case "$(printf '%s\n' "$original" | grep "^$table|")" in *"|0|"* | "") not_ok "$table has rows to be dumped" ;; *) ok "$table has rows to be dumped" ;; esac
done
check "pg_dump, custom format" "$bin/pg_dump" -d strike -Fc -f "$place/custom"
check "pg_dump, plain" "$bin/pg_dump" -d strike -f "$place/plain"
check "pg_dumpall, roles" "$bin/pg_dumpall" --roles-only -f "$place/roles"

# in another database of the same cluster
createdb copy
check "the plain dump restores into another database" "$bin/psql" -X -q -d copy -v ON_ERROR_STOP=1 -o /dev/null -f "$place/plain"
is "all rows are there" "$(DB=copy digest)" "$original"
is "the chains hold" "$(DB=copy q "SELECT count(*) FROM strike_verify_events()")" 0
is "it isn't activated" "$(DB=copy q "SELECT count(*) FROM activation")" 0
is "events are final there too" "$(DB=copy q "DELETE FROM events" | grep -c 'events are never changed')" 1

# in another cluster, whose workers serve it
first_name=$name
name=$name-copy
before=$(requests)
first_port=$PGPORT
start "strike.public_url = 'http://127.0.0.1:9'"
check "another cluster runs" test "$PGPORT" != "$first_port"
"$bin/psql" -X -q -d postgres -f "$place/roles" >/dev/null 2>&1
createdb strike
check "the custom dump restores into another cluster" "$bin/pg_restore" --exit-on-error -d strike "$place/custom"
check "its workers run" eventually workers_run
is "all rows are there" "$(digest)" "$original"
is "the chains hold" "$(q "SELECT count(*) FROM strike_verify_events()")" 0
numbered=$(q "SELECT count(*) FROM feed")
copied=$(order)
like "an order can be made, with the next number" "$(q "SELECT payload->>'job_id' FROM events WHERE stream_id = '$copied'")" "E2-0000[3-9]-*"
turns=$(q "SELECT runs FROM workers WHERE worker = 'outbox'")
until_holds "the outbox worker comes round" "(SELECT runs > $turns + 5 FROM workers WHERE worker = 'outbox')"
until_holds "the notes say not activated" "(SELECT count(*) >= 2 FROM workers WHERE note ~ 'not activated')"
is "nothing is numbered in the copy" "$(q "SELECT count(*) FROM feed")" "$numbered"
is "nothing went outside from the copy" "$(requests)" "$before"
q "SELECT strike_activate()" >/dev/null
check "activated, its order proceeds" eventually has_event "$copied" TASKED
until_holds "and its feed goes on without a gap" "(SELECT count(*) FROM feed) = (SELECT count(*) FROM events) AND $chains_hold"
until_holds "the interrupted page goes on" "EXISTS (SELECT FROM events e JOIN pager_process_state p ON p.run_id = e.stream_id WHERE p.eco_id = '$eco' AND e.position > (SELECT max(position) FROM events WHERE stream_type = 'Note'))"
: "$first_name"
