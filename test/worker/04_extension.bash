# The extension is dropped and made again under running workers.
. test/worker/harness.bash
peer
start "strike.public_url = 'http://127.0.0.1:9'"
createdb strike
strike_in
q "SELECT strike_activate()" >/dev/null
demo
eco=$(order)
check "an order proceeds" eventually has_event "$eco" TASKED
until_holds "its page runs" "EXISTS (SELECT FROM pager_process_state WHERE status = 'RUNNING')"
for round in 1 2; do
	mark
	before=$(requests)
	generation=$(q "SELECT max(generation) FROM workers")
	check "round $round: DROP EXTENSION goes through" q "DROP EXTENSION strike CASCADE"
	gone() { [ "$(DB=postgres q "SELECT count(*) FROM pg_stat_activity WHERE backend_type ~ 'strike (outbox|render|pager)'")" = 0 ]; }
	check "round $round: the workers end" eventually gone
	check "round $round: the log says what is waited for" eventually grep -q 'waiting for CREATE EXTENSION strike' <(since_mark)
	# the launcher looks every 5 s: two looks
	sleep 11
	is "round $round: it says so once" "$(since_mark | grep -c 'waiting for CREATE EXTENSION')" 1
	is "round $round: nothing else is wrong" "$(since_mark | grep -vE 'waiting for CREATE EXTENSION' | grep -E 'strike|FATAL|ERROR')" ""
	check "round $round: the log is not flooded" test "$(since_mark | wc -l)" -le 5
	is "round $round: nobody goes outside" "$(requests)" "$before"
	is "round $round: the launcher stays" "$(DB=postgres q "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'strike launcher'")" 1
	check "round $round: CREATE EXTENSION again" strike_in
	check "round $round: the workers start without a restart of the server" eventually workers_run
	# a generation is a start: the four that run now, and three at each look
	is "round $round: no crash loop" "$(q "SELECT max(generation) - $generation < 30 FROM workers")" t
	demo
	order >/dev/null
	until_holds "round $round: not activated, so nothing is numbered" "(SELECT count(*) = 2 FROM workers WHERE note ~ 'not activated') AND NOT EXISTS (SELECT FROM feed)"
	q "SELECT strike_activate()" >/dev/null
	eco=$(order)
	check "round $round: activated, an order proceeds" eventually has_event "$eco" TASKED
	until_holds "round $round: events flow from 1 on" "$all_fed AND $chains_hold"
done
# dropped and made again in one go: no worker may go on with what it remembers of the old one
old=$(q "SELECT string_agg(pid::text, ',') FROM workers WHERE worker <> 'launcher'")
check "dropped and made again in one transaction" q "BEGIN; DROP EXTENSION strike; CREATE EXTENSION strike; SELECT strike.strike_activate(); COMMIT"
demo
eco=$(order)
check "an order proceeds" eventually has_event "$eco" TASKED
until_holds "the feed begins at 1 again and its chain holds" "$all_fed AND $chains_hold"
until_holds "no worker goes on with the old one" "(SELECT count(pid) = 4 AND NOT bool_or(pid::text = ANY (string_to_array('$old', ','))) FROM workers)"

# the extension is dropped and rolled back
pids=$(q "SELECT string_agg(pid::text, ',' ORDER BY worker) FROM workers")
q "BEGIN; DROP EXTENSION strike; ROLLBACK" >/dev/null
eco=$(order)
check "a DROP that was rolled back changes nothing" eventually has_event "$eco" TASKED
is "the same workers go on" "$(q "SELECT string_agg(pid::text, ',' ORDER BY worker) FROM workers")" "$pids"
