# shellcheck shell=bash
# What the cases of this suite share: a cluster of its own, a peer that stands for Render and
# Twilio, conditions that are waited for.  Sourced by each case; the case's name is the cluster's.
#
# Bounds are for a promise that is broken: nothing is asserted about how long something takes.
set -u
name=worker-$(basename "$0" .bash)
place=$(mktemp -d /var/tmp/strike-worker-XXXXXX)
chmod 755 "$place"
passed=0 failed=0 missed=0 peer_pid=
clusters=

finish() {
	local cluster
	[ -z "$peer_pid" ] || kill "$peer_pid" 2>/dev/null
	for cluster in $clusters; do dev/cluster stop "$cluster"; done
	rm -rf "$place"
	echo "$passed passed, $failed failed"
	[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
	exit
}
trap finish EXIT

ok() {
	passed=$((passed + 1))
	echo "ok - $1"
}
not_ok() {
	failed=$((failed + 1))
	echo "not ok - $1"
	[ $# -lt 2 ] || printf '%s\n' "$2" | tail -n 25 | sed 's/^/#   /'
	case "${2:-}" in "never:"*) missed=$((missed + 1)) ;; esac
}
# check NAME COMMAND…
check() {
	local what=$1 said
	shift
	if said=$("$@" 2>&1); then ok "$what"; else not_ok "$what" "$said"; fi
	[ "$missed" -lt 4 ] || { echo "# given up: what follows would only wait"; exit 1; }
}
# is NAME GOT WANTED
is() { if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1" "got:    $2"$'\n'"wanted: $3"; fi; }
# like NAME GOT PATTERN (a shell pattern)
like() {
	# shellcheck disable=SC2053
	if [[ $2 == $3 ]]; then ok "$1"; else not_ok "$1" "got:    $2"$'\n'"wanted: $3"; fi
}
# eventually COMMAND…: within a minute or two
eventually() {
	local until=$((SECONDS + ${BOUND:-90})) said
	until said=$("$@" 2>&1); do
		[ "$SECONDS" -lt "$until" ] || {
			echo "never: $*"
			echo "$said"
			return 1
		}
		sleep 0.1
	done
}

# --- the cluster -------------------------------------------------------------------------------

# start [conf-line …]: the case's cluster; PGHOST, PGPORT … are exported
start() {
	clusters="$clusters $name"
	local exports
	exports=$(dev/cluster start "$name" "$@") || { not_ok "the cluster starts"; exit 1; }
	eval "$exports"
	log=$(dirname "$PGDATA")/log
	bin=$("$PG_CONFIG" --bindir)
}
as_server() {
	if [ "$(id -u)" -eq 0 ]; then (cd / && setpriv --reuid=postgres --regid=postgres --init-groups "$@"); else "$@"; fi
}
ctl() { as_server "$bin/pg_ctl" -D "$PGDATA" "$@"; }
# sql [psql options] -c …: rows, columns apart by |; an error is told
sql() { "$bin/psql" -X -q -A -t -v ON_ERROR_STOP=1 -d "${DB:-strike}" "$@"; }
q() { PGOPTIONS="-c client_min_messages=error -c search_path=strike,public" sql -c "$1" 2>&1; }
# holds CONDITION: a boolean expression
holds() {
	local got
	got=$(q "SELECT $1")
	[ "$got" = t ] || {
		echo "$1: $got"
		return 1
	}
}
# until_holds NAME CONDITION
until_holds() { check "$1" eventually holds "$2"; }
set_reload() {
	DB=postgres q "ALTER SYSTEM SET $1" >/dev/null
	DB=postgres q "SELECT pg_reload_conf()" >/dev/null
}

workers_run() { holds "(SELECT count(*) = 4 FROM workers WHERE pid IS NOT NULL)"; }
pid_of() { DB=postgres q "SELECT pid FROM pg_stat_activity WHERE backend_type = 'strike $1'"; }
# log_lines PATTERN: how many lines of the server's log have it
log_lines() { grep -cE "$1" "$log"; }
# logged N PATTERN: more than N lines have it
logged() { [ "$(log_lines "$2")" -gt "$1" ] || { tail -5 "$log"; return 1; }; }
# from here on the log is looked at
mark() { marked=$(wc -l <"$log"); }
since_mark() { tail -n "+$((marked + 1))" "$log"; }
# what must not stand in a log unless a case asks for it
trouble() { since_mark | grep -E ' (PANIC|FATAL|ERROR|WARNING): |terminated by signal|exited with exit code [^01]|TRAP' | grep -vE 'terminating (connection|background worker)'; }

# --- the peer ----------------------------------------------------------------------------------

# peer: starts it; $peer_url
peer() {
	exec {peer_out}< <(exec node test/worker/peer.js)
	read -r -u "$peer_out" peer_pid peer_url || { not_ok "the peer starts"; exit 1; }
}
# silent REGEX: requests whose path fits are never answered ('' = all are)
silent() { curl -s -o /dev/null -X POST --data "$1" "$peer_url/control/silent"; }
# requests [REGEX]: how many came, of 'METHOD path'
requests() { curl -s "$peer_url/control/journal" | grep -cE "${1:-.}"; }
came() { [ "$(requests "$2")" -ge "$1" ] || { curl -s "$peer_url/control/journal"; return 1; }; }

# --- Strike in it ------------------------------------------------------------------------------

# strike_in [DATABASE]: the extension, not activated
# (PostGIS goes where search_path begins: into public)
strike_in() { PGOPTIONS="-c client_min_messages=error" DB=${1:-strike} sql -c "CREATE EXTENSION strike CASCADE"; }
# tenants, contacts, accounts at the peer
demo() {
	q "INSERT INTO tenants VALUES ('noc-east', 'NOC East', 'NOC', 'E2'), ('osp-fibre', 'Fibre Co', 'OSP', null);
	INSERT INTO render_instances (osp_tenant, api_url, token_url, client_id, client_secret, project)
		VALUES ('osp-fibre', '$peer_url/render', '$peer_url/render/oauth/token', 'id', 'secret', 'p');
	INSERT INTO twilio_accounts (api_url, studio_url, account_sid, auth_token, from_number, flow_sid)
		VALUES ('$peer_url/twilio', '$peer_url/twilio', 'AC' || repeat('0', 32), 'token', '+15125550100', 'FW' || repeat('0', 32));
	WITH region AS (INSERT INTO pager_regions (osp_tenant, name) VALUES ('osp-fibre', 'All') RETURNING region_id)
		INSERT INTO pager_contacts (region_id, position, name, phone)
		SELECT region_id, n, 'Person ' || n, '+1512555011' || n FROM region, generate_series(1, 2) n;
	UPDATE pager_contacts SET time_zone = 'America/Chicago';
	INSERT INTO pager_duty (contact_id, weekdays, from_time, to_time) SELECT contact_id, '{1,2,3,4,5,6,7}', '00:00', '24:00' FROM pager_contacts"
}
order() { q "SELECT (strike_create_eco('noc-east', 'osp-fibre', 'CMR', 'Fiber cut', '{\"type\":\"Point\",\"coordinates\":[-97.74,30.27]}')).eco_id"; }
has_event() { holds "EXISTS (SELECT FROM events WHERE stream_id = '$1' AND payload->>'to' = '$2')"; }
all_fed='(SELECT count(*) FROM feed) = (SELECT count(*) FROM events) AND NOT EXISTS (SELECT FROM outbox)'
chains_hold='NOT EXISTS (SELECT FROM strike_verify_events()) AND (SELECT count(*) = max(seq) FROM feed)'
