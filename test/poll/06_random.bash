# shellcheck shell=bash
# Field work at random: people work in the mock, looks are made, answers fail, processes die at each
# step; at the end the events, folded, are the work system's history as far as looks could see it.
#
# A fixed set of seeds and fresh ones until POLL_SECONDS (45) are over; POLL_SEED="n …" plays those
# alone.  The same seed decides the same.
set -u
root=$(pwd)
cluster=${POLL_CLUSTER:-poll-random}
output=$(mktemp)
finish() {
	local passed failed
	dev/cluster stop "$cluster"
	passed=$(grep -c '^ok - ' "$output")
	failed=$(grep -c '^not ok - ' "$output")
	rm -f "$output"
	echo "$passed passed, $failed failed"
	[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
	exit
}
trap finish EXIT
not_ok() { echo "not ok - $1" | tee -a "$output"; exit 1; }

make -s -j2 -C mock && make -s -j2 -C gateway || not_ok "the mock and the gateway build"
# the server, the mock and what speaks with them are the simulation's
(
	cd test/simulation || exit 1
	lock=$(cksum <package-lock.json)
	[ "$(cat node_modules/.installed 2>/dev/null)" = "$lock" ] ||
		{ npm ci --no-audit --no-fund --loglevel=error && echo "$lock" >node_modules/.installed; }
) || not_ok "npm ci"
exports=$(FAULTS=1 dev/cluster start "$cluster" "fsync = off" "strike.virtual_clock = on" "include_if_exists = 'simulation.conf'") || not_ok "the cluster starts"
eval "$exports"
node "$root/test/poll/random/suite.js" "$cluster" "${POLL_SECONDS:-45}" ${POLL_SEED:-} 2>&1 | tee -a "$output"
[ "${PIPESTATUS[0]}" -eq 0 ] || grep -q '^not ok - ' "$output" || not_ok "the rounds"
