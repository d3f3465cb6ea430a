# shellcheck shell=bash disable=SC2154 # work and services are of lib.sh
# Sourced by deploy/verify/k8s: the overlay demo, run to its end and disturbed.

# Every manifest passes the API server with strict fields, and the Pod Security
# profile "restricted" without a warning.
accepted() {
	kubectl apply -f deploy/k8s/base/namespace.yaml
	kubectl apply -k deploy/k8s/overlays/demo --dry-run=server --validate=strict 2>&1 | tee "$work/out"
	refuse grep -iE 'warning|unknown field' "$work/out"
}

starts() {
	documented k8s-demo 1 deploy/k8s/overlays/demo deploy/verify/demo
	demo_ready
}

demo_ready() {
	k rollout status statefulset/nats --timeout=180s
	k rollout status statefulset/postgres --timeout=180s
	services_ready
}

hardened() {
	local pods
	pods=$(k get pods -o json)
	# No token, no service variables, nobody is root.
	k exec deploy/upstream-sim -- service --version
	[ "$(echo "$pods" | grep -c '"automountServiceAccountToken": false')" = "$(echo "$pods" | grep -c '"enableServiceLinks": false')" ]
	refuse k exec deploy/upstream-sim -- sh -c true
	k get events --field-selector reason=Pulling -o name | tee "$work/out"
	# Nothing was fetched: the images were there before.
	[ ! -s "$work/out" ]
}

# --- who is refused

# as SERVICE NAME [-VARIABLE…] [VARIABLE=VALUE…] starts a pod as the service's own
# are, once, with these variables instead.
as() {
	k get deployment "$1" -o json | jq --arg name "$2" '{apiVersion: "v1", kind: "Pod",
		metadata: {name: $name, labels: {nats: "client", postgres: "client"}},
		spec: (.spec.template.spec | .restartPolicy = "Never" |
			reduce $ARGS.positional[] as $a (.; ($a | split("=")[0]) as $v |
				.containers[0].env |= map(select(.name != $v and .name != $v + "_FILE"))
					+ [{name: $v, value: ($a | sub("^[^=]*="; ""))}]))}' --args -- "${@:3}" |
		k create -f -
}

secret() { k get secret "$1" -o "jsonpath={.data.$2}" | base64 -d; }

# says POD TEXT: the pod has failed, and its last line says why.
says() {
	until_ok 60 pod_failed "$1"
	k logs "$1" | tee "$work/out"
	tail -n 1 "$work/out" | grep -q "$2"
	k delete pod "$1" --wait=false
}
pod_failed() { [ "$(k get pod "$1" -o 'jsonpath={.status.phase}')" = Failed ]; }

# Each service with the user, and the right password, of another.
wrong_users_fail() {
	local service other
	for service in $services; do
		other=${others[$service]}
		as "$service" "as-$other" "NATS_USER=$other" "NATS_PASSWORD=$(secret "$other" nats_password)"
	done
	for other in $services; do says "as-$other" 'NATS refused the credentials'; done
}
declare -A others=([planner]=console [console]=loader [loader]=planner [fetcher-kobis]=fetcher-tmdb [fetcher-tmdb]=fetcher-kobis)

wrong_passwords_fail() {
	local service
	for service in $services; do as "$service" "wrong-$service" NATS_PASSWORD=wrong; done
	for service in $services; do says "wrong-$service" 'NATS refused the credentials'; done
}

# Each service with the login of another, and the migration with one that may not.
wrong_roles_fail() {
	as planner as-loader "DATABASE_URL=$(secret loader database_url)"
	as loader as-planner "DATABASE_URL=$(secret planner database_url)"
	says as-loader 'cledit_loader is not a member of role planner'
	says as-planner 'cledit_planner is not a member of role loader'
}

# --- scaling

scale() {
	documented k8s-scale 1 =4 "=$1"
	documented k8s-scale 1 'fetcher-tmdb --replicas=4' "fetcher-kobis --replicas=$1"
	k rollout status deployment/fetcher-kobis --timeout=120s
	k rollout status deployment/fetcher-tmdb --timeout=120s
}

# jobs_wait: both sources have more jobs than their fetchers can take in a second.
jobs_wait() {
	metrics planner | tee "$work/out" | awk '/^cledit_planner_runnable_jobs/ && $2 > 150 {n++} END {exit n != 2}'
}

# rates SECONDS prints the requests per second of KOBIS and of TMDB.
rates() {
	sim_stats >"$work/before"
	sleep "$1"
	sim_stats >"$work/after"
	paste "$work/before" "$work/after" | awk -v s="$1" '{printf "%.0f ", ($15 - $2) / s}'
}

# scaled_up measures with one fetcher of each source and with eight, while there is
# more to do than they can.
scaled_up() {
	until_ok 240 jobs_wait
	rates 15 >"$work/one"
	scale 8
	until_ok 60 all_fetch
	until_ok 60 jobs_wait
	rates 15 >"$work/eight"
	until_ok 5 jobs_wait
	no_violations
}

# all_fetch: every fetcher has its share of the rate, and has ended a job.
all_fetch() {
	local pod
	for pod in $(running fetcher-kobis) $(running fetcher-tmdb); do
		metrics_of "$pod" | grep '^cledit_worker_jobs_total' >/dev/null || return 1
	done
}

# compared FIELD leaves the rates of one and eight fetchers, and their ratio in percent.
compared() {
	local one eight
	one=$(awk "{print \$$1}" "$work/one")
	eight=$(awk "{print \$$1}" "$work/eight")
	percent=$((100 * eight / one))
	note "$one calls/s with one, $eight with eight: ratio $(ratio "$eight" "$one")"
}

scaling_pays() {
	compared 1
	[ "$percent" -ge 200 ]
}

# Neither more, which would break the rate, nor less, which would waste it.
scaling_changes_nothing() {
	compared 2
	[ "$percent" -ge 80 ] && [ "$percent" -le 115 ]
}

# --- disturbances

# risk SERVICE notes what a pod of it may waste when it dies: the calls that it has
# in flight, FETCH_CONCURRENCY at most.
risk() {
	local most=0
	case $1 in
	fetcher-*) most=$(k exec "deploy/$1" -c service -- service --print-config | sed -n 's/^FETCH_CONCURRENCY=\([0-9]*\).*/\1/p') ;;
	esac
	echo "$most" >>"$work/risk.${1#fetcher-}"
}

# crashed SERVICE ends a process of it without a drain.
crashed() {
	local pod
	pod=$(running "$1" | shuf -n 1)
	risk "$1"
	crash "$pod" service
}

each_crashed() {
	local s
	for s in $services; do crashed "$s"; done
	demo_ready
}

# Six pods, chosen at random, are gone within seconds.
deleted() {
	local pod service
	for _ in 1 2 3 4 5 6; do
		pod=$(k get pods -l 'app in (planner,loader,fetcher-kobis,fetcher-tmdb)' --field-selector status.phase=Running -o name | shuf -n 1)
		service=$(k get "$pod" -o 'jsonpath={.metadata.labels.app}')
		risk "$service"
		k delete "$pod" --grace-period=0 --force
		echo "$service" >>"$work/deleted"
		sleep 1
	done
	demo_ready
	note "$(sort "$work/deleted" | uniq -c | awk '{printf "%s%s %s", sep, $1, $2; sep = ", "}')"
}

# Every fetcher may lose what it could not store.
nats_restarted() {
	local _
	for _ in $(running fetcher-kobis); do risk fetcher-kobis; done
	for _ in $(running fetcher-tmdb); do risk fetcher-tmdb; done
	k delete pod nats-0
	demo_ready
}

postgres_restarted() {
	k delete pod postgres-0
	demo_ready
}

demo_upgraded() {
	documented k8s-upgrade 2 deploy/k8s/overlays/production deploy/verify/upgraded/demo
	demo_ready
	k get pods -l 'app in (planner,loader,fetcher-kobis,fetcher-tmdb)' -o jsonpath='{range .items[*]}{.metadata.name} {.status.phase} {.spec.containers[0].image}{"\n"}{end}'
}

# --- what was left

ends() {
	audited audit-1 900
	note "$(sed -n 's/, at most.*//p' "$work/out" | paste -sd ';')"
}

# Each answer that was stored is one message of RAW. Scaling, rolling and restarts
# waste nothing; a pod that dies wastes at most what it had in flight.
little_wasted() {
	local source calls stored most wasted all=''
	for source in kobis tmdb; do
		calls=$(requests "$source")
		stored=$(nats stream subjects RAW "raw.$source.>" --json | jq 'add')
		most=$(awk '{n += $1} END {print n + 0}' "$work/risk.$source")
		wasted=$((calls - stored))
		all="$all${all:+; }$source: $calls calls, $wasted wasted, at most $most were in flight"
		note "$all"
		[ $wasted -ge 0 ] && [ $wasted -le "$most" ]
	done
}

sql() { k exec -i postgres-0 -- sh -c "PGPASSWORD=\$(cat /run/passwords/$1) psql -h 127.0.0.1 -U cledit_$1 -d cledit -v ON_ERROR_STOP=1 -qtA"; }
may() { echo "$2" | sql "$1"; }

readers_read() {
	[ "$(may reader 'SELECT count(*) > 0 FROM production.titles')" = t ]
	local statement
	for statement in 'DELETE FROM production.titles' 'SELECT 1 FROM raw.payloads' 'CREATE TABLE production.t ()'; do
		refuse may reader "$statement"
	done
	refuse may planner 'DELETE FROM staging.kobis_movies'
	refuse may loader 'DELETE FROM ops.jobs'
}

# A key is added to the Secret; the running fetcher takes it up.
key_added() {
	local pod
	pod=$(running fetcher-kobis | sed -n 1p)
	k patch secret fetcher-kobis -p "{\"stringData\":{\"kobis_api_keys\":\"$(secret fetcher-kobis kobis_api_keys),d0d0000000000000000000000000d009\"}}"
	until_ok 180 keys_changed "$pod"
	[ "$(k get "$pod" -o 'jsonpath={.status.containerStatuses[0].restartCount}')" = 0 ]
}
keys_changed() { k logs "$1" | grep 'the keys have changed'; }

loaded() { [ "$(backlog)" = 0 ] && [ "$(may loader 'SELECT count(*) FROM ops.stale_titles')" = 0 ]; }

replayed() {
	local before
	before=$(($(requests kobis) + $(requests tmdb)))
	job replay-1 replay 120
	until_ok 300 loaded
	audited audit-2 900
	cmp "$work/audit-1" "$work/audit-2"
	[ $(($(requests kobis) + $(requests tmdb))) = "$before" ]
}

to_zero_and_back() {
	scale 0
	until_ok 60 no_fetcher
	scale 1
}
no_fetcher() { [ -z "$(k get pods -l 'app in (fetcher-kobis,fetcher-tmdb)' -o name)" ]; }

# The console's pages by a forwarded port, as docs/console.md tells an operator.
console_shows() {
	local path port forward
	k port-forward deployment/console :8088 >"$work/forward" &
	forward=$!
	until_ok 30 grep -q 127.0.0.1 "$work/forward"
	port=$(sed -n 's/.*127\.0\.0\.1:\([0-9]*\) .*/\1/p' "$work/forward")
	for path in / /plan /keys /runs /problems /streams /coverage /dictionary; do
		curl -fsS --max-time 20 "http://127.0.0.1:$port$path" >"$work/page"
		grep -qF '</html>' "$work/page"
	done
	kill "$forward"
}

verify_demo() {
	check "the API server takes every manifest, strictly, without a warning" accepted
	check "the demo starts: migrated, ready" starts
	check "no token, no shell, nothing pulled at run time" hardened
	check "each service with a wrong password ends at start, and says so" wrong_passwords_fail
	check "each service as another's NATS user ends at start, and says so" wrong_users_fail
	check "planner and loader with each other's login likewise" wrong_roles_fail
	check "one fetcher of each source, then eight: no violation" scaled_up
	check "eight fetch more than one where the source lets them" scaling_pays
	check "eight fetch what one does where the rate is the limit" scaling_changes_nothing
	check "memory under the demo" measured load
	check "a process of each service crashed" each_crashed
	check "six pods killed at random" deleted
	check "NATS restarted" nats_restarted
	check "Postgres restarted" postgres_restarted
	check "memory under the demo, again" measured load
	check "scaled down to two fetchers" scale 2
	check "upgraded to the next version" demo_upgraded
	check "the demo ends, the tables equal the truth" ends
	check "no request broke a rate or a quota" no_violations
	check "calls wasted: no more than were in flight where a pod died" little_wasted
	check "the reader only reads, services only what is theirs" readers_read
	check "memory at rest" measured rest
	check "the console shows each page" console_shows
	check "an API key is added without a restart" key_added
	check "replay by the NATS CLI in a Job: the same tables, no call" replayed
	check "fetchers to zero and back" to_zero_and_back
}

demo_gone() { gone cledit; }
