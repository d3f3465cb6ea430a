# shellcheck shell=bash disable=SC2154 # work and services are of lib.sh
# Sourced by deploy/verify/k8s: the overlay production, on three NATS servers, with
# a Postgres in another namespace, and TLS to both.

# authority makes one that signs the certificates of this run.
authority() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj '/CN=verification' \
		-addext keyUsage=critical,keyCertSign -keyout "$work/ca.key" -out "$work/ca.crt"
}

# certificate NAME DNS-NAMES makes $work/NAME.crt and .key, for servers and clients.
certificate() {
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$1" -keyout "$work/$1.key" -out "$work/$1.csr"
	openssl x509 -req -in "$work/$1.csr" -CA "$work/ca.crt" -CAkey "$work/ca.key" -days 2 -out "$work/$1.crt" \
		-extfile <(printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth,clientAuth\n' "$2")
}

# outside starts the Postgres, with passwords of its own.
outside() {
	local login
	authority
	certificate postgres DNS:postgres.outside
	mkdir "$work/passwords"
	for login in superuser owner loader planner curator reader console; do openssl rand -hex 16 | tr -d '\n' >"$work/passwords/$login"; done
	kubectl apply -f deploy/verify/outside/namespace.yaml
	kubectl -n outside create secret generic postgres-passwords --from-file="$work/passwords"
	kubectl -n outside create secret tls postgres-tls --cert="$work/postgres.crt" --key="$work/postgres.key"
	kubectl apply -k deploy/verify/outside
	kubectl -n outside rollout status statefulset/postgres --timeout=180s
}

# database LOGIN prints where it connects to, the certificate checked.
database() {
	echo "postgres://cledit_$1:$(cat "$work/passwords/$1")@postgres.outside:5432/cledit?sslmode=verify-full&sslrootcert=/run/secrets/cledit/ca.crt"
}

# put SECRET KEY=VALUE… makes a Secret from values that are in no command line.
put() {
	local name=$1 folder=$work/secret.$1 pair
	shift
	mkdir "$folder"
	for pair in "$@"; do printf %s "${pair#*=}" >"$folder/${pair%%=*}"; done
	k create secret generic "$name" --from-file="$folder"
}

# secrets makes those that the overlay's secrets.md lists.
secrets() {
	local user password passwords='' ca
	declare -A users
	ca=$(cat "$work/ca.crt")
	kubectl apply -f deploy/k8s/base/namespace.yaml
	certificate nats 'DNS:nats,DNS:nats.cledit.svc,DNS:*.nats,DNS:*.nats.cledit.svc.cluster.local'
	for user in planner fetcher-kobis fetcher-tmdb loader console operator; do
		password=$(openssl rand -hex 16)
		users[$user]=$password
		passwords+="$(tr a-z- A-Z_ <<<"$user")_PASSWORD: \"$password\""$'\n'
	done
	put nats-passwords "passwords.conf=$passwords"
	put nats-tls "tls.crt=$(cat "$work/nats.crt")" "tls.key=$(cat "$work/nats.key")" "ca.crt=$ca"
	put planner "nats_password=${users[planner]}" "database_url=$(database planner)" "ca.crt=$ca"
	put loader "nats_password=${users[loader]}" "database_url=$(database loader)" "ca.crt=$ca"
	put console "nats_password=${users[console]}" "database_url=$(database console)" "ca.crt=$ca"
	put migrate "database_url=$(database owner)" "ca.crt=$ca"
	put operator "nats_password=${users[operator]}"
	put fetcher-kobis "nats_password=${users[fetcher-kobis]}" "kobis_api_keys=$(openssl rand -hex 16),$(openssl rand -hex 16)"
	put fetcher-tmdb "nats_password=${users[fetcher-tmdb]}" "tmdb_access_token=$(openssl rand -hex 16)"
}

production_starts() {
	kubectl kustomize deploy/verify/production >"$work/out"
	refuse grep -E '^kind: Secret$' "$work/out"
	kubectl apply -k deploy/verify/production
	production_ready
}

production_ready() {
	k rollout status statefulset/nats --timeout=180s
	services_ready
}

outside_sql() { kubectl -n outside exec -i postgres-0 -- psql -U postgres -d cledit -v ON_ERROR_STOP=1 -qtAc "$1"; }

# Every session is encrypted, and the servers take no other.
encrypted() {
	local clients
	[ "$(outside_sql "SELECT bool_and(ssl) AND count(DISTINCT usename) = 2 FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE usename LIKE 'cledit%'")" = t ]
	refuse kubectl -n outside exec postgres-0 -- psql 'postgres://cledit_reader@127.0.0.1/cledit?sslmode=disable' -c 'SELECT 1'
	for server in nats-0 nats-1 nats-2; do
		monitor varz $server | jq -e .tls_required
		monitor connz $server
	done | tee "$work/out"
	clients=$(grep -c '"cid":' "$work/out")
	[ "$clients" -ge 5 ] && [ "$clients" = "$(grep -c '"tls_version":' "$work/out")" ]
	note "$clients connections to NATS, all TLS"
}

# Every stream lies on three servers, and each of them has all of it: so says the one
# that leads the stream.
replicated() {
	local server
	for server in nats-0 nats-1 nats-2; do
		monitor healthz $server | grep '"status":"ok"' >&2
		monitor 'jsz?streams=true&stream-leader-only=true' $server |
			jq -r '.account_details[]?.stream_detail[]? | "\(.name) \(.cluster.leader) \([.cluster.replicas[].current])"'
	done | tee "$work/streams"
	[ "$(wc -l <"$work/streams")" = 4 ] && refuse grep -v '\[true,true\]$' "$work/streams"
}

titles() { outside_sql 'SELECT count(*) FROM production.titles'; }
landed() { [ "$(titles)" -gt "$1" ]; }

some_landed() {
	until_ok 300 landed 100
	note "$(titles) titles"
}

# leader prints the server that leads RAW.
leader() {
	until_ok 120 replicated >&2
	awk '$1 == "RAW" {print $2}' "$work/streams"
}

# A server of a StatefulSet is never deleted by force: another would start on its data
# while it still writes.
leader_deleted() {
	local gone
	gone=$(leader)
	k delete pod "$gone"
	landed_more
	production_ready
	note "$gone, then $(leader)"
}

leader_crashed() {
	local gone
	gone=$(leader)
	crash "pod/$gone" nats
	landed_more
	production_ready
	note "$gone, then $(leader)"
}

# landed_more waits until what is fetched now has landed.
landed_more() {
	local before
	before=$(outside_sql 'SELECT max(id) FROM raw.payloads')
	until_ok 120 payload_after "$before"
}
payload_after() { [ "$(outside_sql 'SELECT max(id) FROM raw.payloads')" -gt "$1" ]; }

# Two planners run; another takes over when the one that leads dies.
planner_gone() {
	local pod
	for pod in $(running planner); do
		metrics_of "$pod" | grep '^cledit_planner_leader 1' || continue
		k delete "$pod" --grace-period=0 --force
		break
	done
	landed_more
	services_ready
}

production_upgraded() {
	documented k8s-upgrade 2 deploy/k8s/overlays/production deploy/verify/upgraded/production
	production_ready
}

# Applied once more, as an upgrade without a change, by the lines of the page.
migrated_again() {
	local before
	before=$(k get job migrate -o 'jsonpath={.metadata.uid}')
	documented k8s-upgrade 2 deploy/k8s/overlays/production deploy/verify/upgraded/production
	production_ready
	[ "$(k get job migrate -o 'jsonpath={.metadata.uid}')" != "$before" ]
}

# What RAW has stored has all landed, and what landed is what the sources have.
nothing_lost() {
	audited audit-1 900
	note "$(sed -n 's/, at most.*//p' "$work/out" | paste -sd ';')"
}

production_replayed() {
	job replay-1 replay 120
	until_ok 300 production_loaded
	audited audit-2 900
	cmp "$work/audit-1" "$work/audit-2"
}
production_loaded() { [ "$(nats consumer info RAW loader --json | jq '.num_pending + .num_ack_pending')" = 0 ] &&
	[ "$(outside_sql 'SELECT count(*) FROM ops.stale_titles')" = 0 ]; }

# The component's jobs, twice each night's: the database goes into an empty one that
# logins.sql has prepared; RAW is removed and comes back while nobody is there who would
# make it again.
backed_up() {
	local server options ca
	server="postgres://postgres:$(cat "$work/passwords/superuser")@postgres.outside:5432"
	options='sslmode=verify-full&sslrootcert=/run/secrets/cledit/ca.crt'
	ca=$(cat "$work/ca.crt")
	put backup "database_url=$server/cledit?$options" "ca.crt=$ca"
	put restore "database_url=$server/restored?$options" "ca.crt=$ca"
	outside_sql 'CREATE DATABASE restored'
	kubectl -n outside exec postgres-0 -- env PASSWORDS_DIR=/run/passwords psql -U postgres -d restored -v database=restored -f /etc/cledit/logins.sql
	job backup-database-1 backup-database 300
	job backup-streams-1 backup-streams 300
	job backup-streams-2 backup-streams 300
	job restore-database-1 restore-database 300
	counts cledit >"$work/kept"
	counts restored | diff "$work/kept" -
	k scale deployment/planner deployment/loader --replicas=0
	until_ok 120 nobody_plans
	nats stream info RAW --json | jq '.state.messages' >"$work/messages"
	nats stream rm RAW -f
	job restore-streams-1 restore-streams 300
	nats stream info RAW --json | jq '.state.messages' | cmp "$work/messages" -
	k scale deployment/planner deployment/loader --replicas=1
	services_ready
	until_ok 300 production_loaded
	audited audit-3 900
	cmp "$work/audit-1" "$work/audit-3"
	note "$(cat "$work/messages") messages of RAW, $(head -n 1 "$work/kept") payloads"
}
nobody_plans() { [ -z "$(k get pods -l 'app in (planner,loader)' -o name)" ]; }

# counts DATABASE prints how many rows its tables have.
counts() {
	local table
	for table in raw.payloads staging.kobis_movies staging.tmdb_movies production.titles production.credits; do
		kubectl -n outside exec postgres-0 -- psql -U postgres -d "$1" -qtAc "SELECT count(*) FROM $table"
	done
}

production_gone() {
	gone cledit
	gone outside
}

verify_production() {
	check "production: a Postgres outside that takes TLS alone" outside
	check "production: secrets from outside" secrets
	check "production: three NATS servers, all services ready" production_starts
	check "production: every connection is encrypted" encrypted
	check "production: titles land" some_landed
	check "production: the NATS server that leads RAW crashed" leader_crashed
	check "production: the NATS server that leads RAW deleted" leader_deleted
	check "production: the planner that leads deleted" planner_gone
	check "production: upgraded to the next version" production_upgraded
	check "production: nothing lost, the tables equal the truth" nothing_lost
	check "production: replay over TLS: the same tables" production_replayed
	check "production: the migration is applied again" migrated_again
	check "production: database and RAW from the component's backups" backed_up
}
