# shellcheck shell=bash
# Sourced by deploy/verify/compose: what the documentation tells an operator to type,
# typed from its pages, in a copy of this tree. There the live pipeline runs on two
# secrets as files; simulators stand in for KOBIS and TMDB.

if command docker compose version >/dev/null 2>&1; then compose=(docker compose); else compose=(docker-compose); fi

# docker runs `docker compose` as the one that this machine has.
docker() {
	if [ "${1:-}" = compose ] && [ "${compose[0]}" = docker-compose ]; then
		shift
		docker-compose "$@"
	else
		command docker "$@"
	fi
}

operations=docs/operations security=docs/security.md

# live CMD… runs in the copy, as its project. Profile and all come from .env.
live() (
	unset COMPOSE_PROFILES
	export COMPOSE_PROJECT_NAME=$COMPOSE_PROJECT_NAME-live CLEDIT_TAG=verify-live
	cd "$work/live"
	"$@"
)

# read_aloud PAGE NAME runs the commands of a block of a page.
read_aloud() {
	local commands
	commands=$(page "$1" "$2")
	eval "$commands"
}

copy() {
	rm -rf "$work/live"
	mkdir "$work/live"
	git ls-files -z | xargs -0 cp --parents -t "$work/live"
	cat >"$work/live/docker-compose.override.yml" <<'YAML'
services:
  stand-in:
    image: cledit/upstream-sim:verify
    profiles: [live]
    networks: [outside]
    environment: {SIM_KOBIS_ADDR: "0.0.0.0:9101", SIM_TMDB_ADDR: "0.0.0.0:9101", KOBIS_API_KEYS: "key1,key2,key3", TMDB_ACCESS_TOKEN: token}
  fetcher-kobis: {environment: {KOBIS_BASE_URL: "http://stand-in:9101/kobisopenapi/webservice/rest"}}
  fetcher-tmdb: {environment: {TMDB_BASE_URL: "http://stand-in:9101"}}
YAML
}

live_sql() { docker compose exec -T postgres psql -U postgres -d cledit -qtAc "$1"; }
has_fetched() { [ "$(live_sql "SELECT count(DISTINCT split_part(subject, '.', 1)) FROM raw.payloads")" = 2 ]; }
goes_on() { [ "$(live_sql 'SELECT max(id) FROM raw.payloads')" -gt "$1" ]; }
live_healthy() {
	local id
	for id in $(docker compose ps -q nats postgres planner loader fetcher-kobis fetcher-tmdb); do healthy "$id" || return 1; done
}

live_starts() {
	copy
	live first_start
}
first_start() {
	read_aloud $operations first-start
	until_ok 120 live_healthy
	until_ok 120 has_fetched
	read_aloud $operations look-inside
}

# The same volumes take no simulated data.
demo_is_kept_out() { live kept_out; }
kept_out() {
	refuse docker compose --profile demo up -d
	docker compose --profile demo logs --no-color claim-demo | tee "$work/claim"
	grep -q 'hold data of the live sources' "$work/claim"
	refuse grep . <<<"$(docker ps -q --filter "label=com.docker.compose.project=$COMPOSE_PROJECT_NAME" --filter label=com.docker.compose.service=demo-planner)"
	docker compose --profile demo rm -fs claim-demo upstream-sim demo-planner demo-fetcher-kobis demo-fetcher-tmdb
}

live_scales() { live four_fetchers; }
four_fetchers() {
	read_aloud $operations scale-compose
	until_ok 60 four_are_healthy
}
four_are_healthy() {
	[ "$(docker compose ps -q fetcher-tmdb | wc -l)" = 4 ] && live_healthy
}

# A key is added to the file; the fetcher that runs takes it.
key_rotates() { live rotate_key; }
rotate_key() {
	local id started
	id=$(docker compose ps -q fetcher-kobis)
	started=$(docker inspect -f '{{.State.StartedAt}}' "$id")
	read_aloud $security add-kobis-key
	until_ok 60 keys_changed "$id"
	[ "$(docker inspect -f '{{.State.StartedAt}} {{.RestartCount}}' "$id")" = "$started 0" ]
	read_aloud $security tmdb-token
	until_ok 60 live_healthy
}
keys_changed() { docker logs "$1" 2>&1 | grep 'the keys have changed'; }

secret() { docker run --rm --network none --entrypoint cat -v "${COMPOSE_PROJECT_NAME}_pw-$1:/p:ro" \
	"$(docker inspect -f '{{.Config.Image}}' "$(docker compose ps -q postgres)")" "/p/$2"; }

# rotates BLOCK FILE does what the page says; the loader has another password then,
# and goes on.
rotates() {
	local before last
	before=$(secret loader "$2")
	read_aloud $security "$1"
	[ "$(secret loader "$2")" != "$before" ]
	until_ok 90 live_healthy
	last=$(live_sql 'SELECT max(id) FROM raw.payloads')
	until_ok 60 goes_on "$last"
}
passwords_rotate() {
	live rotates nats-password nats_password
	live rotates database-password database_url
}

live_upgrades() { live upgrade; }
upgrade() {
	read_aloud $operations upgrade-compose
	until_ok 120 live_healthy
	docker compose logs --no-color migrate
}

live_is_gone() {
	live docker compose down -v -t 20
	rm -rf "$work/live"
}

# The demo by the page, in a project that nobody else has.
demo_by_the_page() (
	local commands
	unset COMPOSE_PROFILES SIM_GENERATE_FILMS SIM_LATENCY DEMO_KOBIS_RATE DEMO_TMDB_RATE
	export CLEDIT_TAG=verify-page
	commands=$(page $operations demo-compose)
	eval "${commands//-p cledit-demo/-p $COMPOSE_PROJECT_NAME-page}"
)
