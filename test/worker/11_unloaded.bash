# Without shared_preload_libraries the extension works, and says that nobody will be called.
. test/worker/harness.bash
start "shared_preload_libraries = ''"
createdb strike
said() { "$bin/psql" -X -q -A -t -v ON_ERROR_STOP=1 -d strike -c "SET search_path = strike, public" -c "$1" 2>&1; }
like "CREATE EXTENSION warns" "$("$bin/psql" -X -q -d strike -v ON_ERROR_STOP=1 -c 'CREATE EXTENSION strike CASCADE' 2>&1)" "*WARNING:  no worker runs*HINT:*shared_preload_libraries*"
createdb -T template0 astray
like "where search_path would lead PostGIS astray, the error says what to do" \
	"$(PGOPTIONS='-c search_path=strike,public' "$bin/psql" -X -q -d astray -c 'CREATE EXTENSION strike CASCADE' 2>&1)" "*ERROR:*needs PostGIS in schema public*HINT:*CREATE EXTENSION postgis SCHEMA public*"
is "it is there" "$(q "SELECT count(*) FROM pg_extension WHERE extname = 'strike'")" 1
q "INSERT INTO tenants VALUES ('noc-east', 'NOC East', 'NOC', 'E2'), ('osp-fibre', 'Fibre Co', 'OSP', null)"
made=$(said "SELECT job_id FROM strike_create_eco('noc-east', 'osp-fibre', 'CMR', 'Fiber cut', '{\"type\":\"Point\",\"coordinates\":[-97.74,30.27]}')")
like "strike_create_eco warns" "$made" "*WARNING:  no worker runs*"
like "and makes the order" "$made" "*E2-00001-*"
like "and so does each command to an order" "$(said "SELECT strike_add_note(eco_id, 'x'), strike_take_over(eco_id, 'x'), strike_cancel_eco(eco_id, 'x') FROM (SELECT stream_id AS eco_id FROM events LIMIT 1) e" | grep -c 'WARNING:  no worker runs')" 3
is "the events are there" "$(q "SELECT string_agg(event_type, ' ' ORDER BY position) FROM events WHERE stream_type = 'ECO'")" "ECOCreatedEvent NoteAddedEvent StatusUpdatedEvent"
like "strike_append works" "$(said "SELECT strike_append(gen_random_uuid(), 'Note', 0, '[{\"type\":\"A\",\"payload\":{}}]')")" "*1"
is "the chains hold" "$(q "SELECT count(*) FROM strike_verify_events()")" 0
check "strike_activate works" q "SELECT strike_activate()"
like "strike_health tells" "$(q "SELECT ok, value FROM strike_health() WHERE check_name = 'workers'")" "f|0 of 4 run"
like "and why" "$(q "SELECT detail FROM strike_health() WHERE check_name = 'workers'")" "*shared_preload_libraries*"
like "the time is the wall's" "$(q "SELECT abs(extract(epoch FROM strike_now() - clock_timestamp())) < 1")" t
like "the clock is refused" "$(said "SELECT strike_clock_advance('1 second')")" "*ERROR:*virtual clock is off*"
like "a transition table" "$(q "SELECT count(*) > 50 FROM strike_transitions()")" t
is "the order waits" "$(q "SELECT count(*) > 0 FROM outbox")" t
# preloaded later, it is delivered
DB=postgres q "ALTER SYSTEM SET shared_preload_libraries = 'strike'"
check "preloaded with a restart" ctl restart -w -m fast -l "$log"
check "the workers run" eventually workers_run
until_holds "what waited is delivered" "$all_fed AND $chains_hold AND EXISTS (SELECT FROM eco_views)"
