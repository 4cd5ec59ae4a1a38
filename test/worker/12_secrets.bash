# Whatever a statement with a secret ends in, the secret doesn't stand in the server's log.
. test/worker/harness.bash
start "log_min_messages = warning" "log_min_error_statement = error" "log_error_verbosity = verbose" "log_parameter_max_length_on_error = -1"
createdb strike
strike_in
q "INSERT INTO tenants VALUES ('osp-fibre', 'Fibre Co', 'OSP', null), ('osp-north', 'Northern Lines', 'OSP', null);
	INSERT INTO twilio_accounts (osp_tenant, account_sid, auth_token, from_number, transport) VALUES ('osp-fibre', 'AC' || repeat('0', 32), 'first', '+15125550100', 'calls');
	INSERT INTO render_instances (osp_tenant, api_url, token_url, client_id, client_secret, project) VALUES ('osp-fibre', 'http://x', 'http://x', 'id', 'first', 'p')"

# refused NAME ERROR COMMAND…: the command fails; the log tells of this error, and of no secret
secrets=0
refused() {
	local what=$1 error=$2
	shift 2
	secrets=$((secrets + 1))
	mark
	if "$@" >/dev/null 2>&1; then not_ok "$what: refused" "it was taken"; return; fi
	like "$what: the log tells of it" "$(since_mark)" "*ERROR:*$error*"
	is "$what: and of no secret" "$(since_mark | grep -c 's3cret')" 0
}
twilio="INSERT INTO twilio_accounts (osp_tenant, account_sid, auth_token, from_number, transport)"
render="INSERT INTO render_instances (osp_tenant, api_url, token_url, client_id, client_secret, project)"
sid="'AC' || repeat('1', 32)"
refused "a number that is none" "invalid from_number in twilio_accounts" q "$twilio VALUES ('osp-north', $sid, 's3cret', '5', 'calls')"
refused "no number at all" "invalid from_number in twilio_accounts" q "$twilio VALUES ('osp-north', $sid, 's3cret', null, 'calls')"
refused "a work system without a project" "invalid project in render_instances" q "$render VALUES ('osp-north', 'http://x', 'http://x', 'id', 's3cret', '')"
refused "an unknown contractor" "violates foreign key constraint" q "$twilio VALUES ('nobody', $sid, 's3cret', '+15125550100', 'calls')"
refused "an unknown contractor's work system" "violates foreign key constraint" q "$render VALUES ('nobody', 'http://x', 'http://x', 'id', 's3cret', 'p')"
refused "a second account" "duplicate key value" q "$twilio VALUES ('osp-fibre', $sid, 's3cret', '+15125550100', 'calls')"
refused "a second work system" "duplicate key value" q "$render VALUES ('osp-fibre', 'http://x', 'http://x', 'id', 's3cret', 'p')"
refused "a change" "violates foreign key constraint" q "UPDATE twilio_accounts SET auth_token = 's3cret', osp_tenant = 'nobody'"
refused "a change that isn't allowed" "invalid transport in twilio_accounts" q "UPDATE twilio_accounts SET auth_token = 's3cret', transport = 'smoke'"
refused "an error further on in the string" "division by zero" q "UPDATE twilio_accounts SET auth_token = 's3cret'; SELECT 1 / 0"
refused "an error further on in the transaction" "division by zero" q "BEGIN; UPDATE twilio_accounts SET auth_token = 's3cret'; SELECT 's3cret', 1 / 0"
refused "a prepared statement" "violates foreign key constraint" \
	q "PREPARE p AS $twilio VALUES (\$1, $sid, \$2, '+15125550100', 'calls'); EXECUTE p('nobody', 's3cret')"
refused "an account that isn't there" "there is no such telephone account" q "SELECT strike_set_twilio_credentials('osp-north', $sid, 's3cret')"
refused "a work system that isn't there" "the contractor has no work system" q "SELECT strike_set_render_credentials('osp-north', 'id', 's3cret')"
refused "credentials that are none" "invalid account_sid in twilio_accounts" q "SELECT strike_set_twilio_credentials('osp-fibre', 'AC', 's3cret')"
copy() { printf '%s\t' "$@" | sed 's/\t$/\n/' | q "COPY twilio_accounts (osp_tenant, account_sid, auth_token, from_number, transport, calls_per_second) FROM stdin"; }
refused "a copied row" "invalid from_number in twilio_accounts" copy osp-north "AC$(printf '%032d' 1)" s3cret 5 calls 1
refused "a copied row that is there" "duplicate key value" copy osp-fibre "AC$(printf '%032d' 1)" s3cret +15125550100 calls 1
refused "a copied row that can't be read" "invalid input syntax" copy osp-north "AC$(printf '%032d' 1)" s3cret +15125550100 calls fast
# parameters of the protocol, not of SQL: pgbench sends them
with_parameters() { printf '%s;\n' "$1" | PGOPTIONS="-c search_path=strike,public" "$bin/pgbench" -d strike -n -t 1 -M "${2:-extended}" -D secret=s3cret -D whose="$3" -f /dev/stdin; }
refused "a parameter of a statement" "violates foreign key constraint" with_parameters "$twilio VALUES (:whose, $sid, :secret, '+15125550100', 'calls')" extended nobody
refused "a parameter of a prepared statement" "duplicate key value" with_parameters "$twilio VALUES (:whose, $sid, :secret, '+15125550100', 'calls')" prepared osp-fibre
refused "a parameter of a function" "there is no such telephone account" with_parameters "SELECT strike_set_twilio_credentials(:whose, $sid, :secret)" extended osp-north
is "each was looked at" "$secrets" 21
mark
refused_after=$(q "SELECT 'not s3cret', 1 / 0")
like "the next transaction's errors are logged as always" "$(since_mark)" "*ERROR:*division by zero*STATEMENT:*not s3cret*"
like "and told" "$refused_after" "*division by zero*"
mark
q "UPDATE twilio_accounts SET auth_token = 's3cret'; UPDATE render_instances SET client_secret = 's3cret'" >/dev/null
is "what is taken is not logged" "$(since_mark)" ""
# as the manual has it: from a file, so that it stands in no statement, whatever the log keeps
printf 's3cret-2\n' >"$place/token"
chmod 644 "$place/token"
set_reload "log_statement = 'all'"
until_holds "every statement is logged" "current_setting('log_statement') = 'all'"
mark
is "read from a file" "$(q "SELECT strike_set_twilio_credentials('osp-fibre', $sid, trim(E' \n' FROM pg_read_file('$place/token')))")" ""
is "and set" "$(q "SELECT md5(auth_token) FROM twilio_accounts")" "$(printf s3cret-2 | md5sum | cut -d' ' -f1)"
like "the log has the statement" "$(since_mark)" "*statement: *pg_read_file*"
is "and not the secret" "$(since_mark | grep -c s3cret)" 0
