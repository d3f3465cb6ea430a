# shellcheck shell=bash
# Sourced by the verify scripts: checks with a line each, and what both engines
# have in common.
set -euo pipefail
cd "$(dirname -- "${BASH_SOURCE[0]}")/../.."

work=$(mktemp -d)
passed=0 failed=0
version=$(git describe --tags --always --dirty 2>/dev/null || echo unknown)
export VERSION=$version

# check WHAT CMD… runs a check and prints one line. It runs in the background,
# where errexit holds although a failure is handled here, so what it leaves for
# later checks it leaves in files of $work. A check may say more by `note`.
check() {
	local what=$1 began=$SECONDS status=0
	shift
	: >"$work/note"
	("$@") >"$work/log" 2>&1 &
	wait $! || status=$?
	if [ $status -eq 0 ]; then
		passed=$((passed + 1))
		printf 'ok    %-66s %4d s%s\n' "$what" $((SECONDS - began)) "$(note_line)"
		return
	fi
	failed=$((failed + 1))
	printf 'FAIL  %-66s %4d s%s\n' "$what" $((SECONDS - began)) "$(note_line)"
	tail -n 25 "$work/log" | sed 's/^/      | /'
}

note() { printf '%s' "$*" >"$work/note"; }
note_line() { [ ! -s "$work/note" ] || printf '  (%s)' "$(cat "$work/note")"; }

# finish prints the verdict and ends.
finish() {
	echo "$passed passed, $failed failed"
	rm -rf "$work"
	[ $failed -eq 0 ]
}

# until_ok SECONDS CMD… repeats CMD until it succeeds.
until_ok() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ $SECONDS -lt $end ] || return 1
		sleep 1
	done
}

# refuse CMD… succeeds when CMD does not: errexit ignores a command behind "!".
refuse() {
	if "$@"; then
		echo "this should have failed: $*"
		return 1
	fi
}

# requests SOURCE reads how many requests a source has counted, from the line that
# the simulators print.
requests() { sim_stats | sed -n "s/^$1: \([0-9]*\) requests.*/\1/p"; }

# page PAGE NAME prints the commands of a block of a page of the documentation, or of
# the pages of a folder, which is marked with its name.
page() {
	local pages=("$1")
	if [ -d "$1" ]; then pages=("$1"/*.md); fi
	awk -v marker="<!-- run: $2 -->" '$0 == marker { found = 1; next }
		inside && /^```$/ { exit } inside { print; any = 1 } found && /^```sh$/ { inside = 1; found = 0 }
		END { exit !any }' "${pages[@]}"
}

# counted SOURCE SECONDS prints how many requests were made in that time.
counted() {
	local before
	before=$(requests "$1")
	sleep "$2"
	echo $(($(requests "$1") - before))
}

ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'; }

# rate SOURCE SECONDS prints requests per second.
rate() {
	local before after
	before=$(requests "$1")
	sleep "$2"
	after=$(requests "$1")
	echo $(((after - before) / $2))
}

no_violations() {
	sim_stats | tee "$work/stats"
	[ "$(grep -c ' 0 violations' "$work/stats")" = 2 ]
	note "$(sed -n 's/ in a window.*//p' "$work/stats" | paste -sd ';')"
}

services="planner fetcher-kobis fetcher-tmdb loader console"
export CLEDIT_CONSOLE_PORT=0 # several projects at once: any free port
images() {
	local s
	for s in $services; do printf '%s services/%s\n' "$s" "$s"; done
	echo upstream-sim sim
}

# build_images TAG builds all images with the engine of the environment.
build_images() {
	local tag=$1 name module
	while read -r name module; do
		DOCKER_BUILDKIT=1 docker build -q --build-arg SERVICE="$name" --build-arg MODULE="$module" \
			--build-arg VERSION="$version-$tag" --build-arg REVISION="$(git rev-parse HEAD)" -t "cledit/$name:$tag" .
	done < <(images)
	DOCKER_BUILDKIT=1 docker build -q -t "cledit/nats-cli:$tag" -f deploy/cli/Dockerfile tools
}

# images_are_small: at most 25 MB, no root, and nothing but the binary to run.
images_are_small() {
	local tag=$1 name size user
	while read -r name _; do
		size=$(docker image inspect -f '{{.Size}}' "cledit/$name:$tag")
		user=$(docker image inspect -f '{{.Config.User}}' "cledit/$name:$tag")
		echo "$name: $size bytes, user $user"
		printf '%s %s MB, ' "$name" $((size / 1000000)) >>"$work/sizes"
		[ "$size" -le 25000000 ] && [ "$user" = 65532:65532 ]
		refuse docker run --rm --network none --entrypoint /bin/sh "cledit/$name:$tag" -c true
		docker run --rm --network none "cledit/$name:$tag" --version
	done < <(images)
	note "$(sed 's/, $//' "$work/sizes")"
}
