# shellcheck shell=bash
# What the cases with a peer share: contractors whose work systems answer as they are told, orders
# that are watched, time that passes.  Sourced after test/worker/harness.bash.
watching() { # watching [conf …]: cluster, peer, extension
	exec {peer_out}< <(exec node test/poll/peer.js)
	read -r -u "$peer_out" peer_pid peer_url || { not_ok "the peer starts"; exit 1; }
	start "strike.virtual_clock = on" "strike.render_timeout = 2s" "$@"
	DB=postgres q "CREATE DATABASE strike ENCODING 'UTF8' TEMPLATE template0" >/dev/null
	strike_in
	q "SELECT strike_activate()" >/dev/null
	q "INSERT INTO tenants VALUES ('noc-east', 'NOC East', 'NOC', 'E2')" >/dev/null
}
# contractor NAME: with a work system; nobody can be paged, so his orders are watched at once
contractor() {
	q "INSERT INTO tenants VALUES ('$1', 'Contractor $1', 'OSP', null);
	INSERT INTO render_instances (osp_tenant, api_url, token_url, client_id, client_secret, project)
		VALUES ('$1', '$peer_url/$1', '$peer_url/$1/oauth/token', 'id', 'secret', 'p')" >/dev/null
}
answers() { curl -s -o /dev/null -X POST --data "$2" "$peer_url/control/$1"; }
peer_says() { curl -s "$peer_url/control/$1" | jq -r "$2"; }
eco_of() { q "SELECT (strike_create_eco('noc-east', '$1', 'CMR', 'Fiber cut', '{\"type\":\"Point\",\"coordinates\":[-97.74,30.27]}')).eco_id"; }
row() { q "SELECT $2 FROM render_process_state WHERE eco_id = '$1'"; }
is_watched() { holds "(SELECT next_poll_at IS NOT NULL FROM render_process_state WHERE eco_id = '$1')"; }
# watched CONTRACTOR: $eco is an order of his that is watched
watched() {
	eco=$(eco_of "$1")
	eventually is_watched "$eco" >/dev/null || not_ok "the order is watched"
}
pass() { q "SELECT strike_clock_advance('$1')" >/dev/null; }
looked_at() { [ "$(row "$1" next_poll_at)" != "$2" ]; }
# tick ECO: time goes on to its next look, which is made and recorded
tick() {
	local before
	before=$(row "$1" next_poll_at)
	q "SELECT strike_clock_advance(greatest('$before'::timestamptz - strike_now(), '0') + '1 ms')" >/dev/null
	eventually looked_at "$1" "$before" >/dev/null || not_ok "a look is made and recorded" "$(row "$1" 'next_poll_at, last_error')"
}
version() { q "SELECT max(version) FROM events WHERE stream_id = '$1'"; }
state() { q "SELECT strike_eco_state('$1')->>'$2'"; }
