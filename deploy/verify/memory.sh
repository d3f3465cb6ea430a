# shellcheck shell=bash disable=SC2154 # work and services are of lib.sh
# Sourced by deploy/verify/k8s: what the pods need.

# measured WHEN adds the memory of every container to $work/memory.WHEN, as the node
# charges it, and to $work/resident.WHEN the services' own figure, which counts the
# pages of the binary as well.
measured() {
	local node s
	k get pods -o 'jsonpath={range .items[*]}{.metadata.name} {.metadata.labels.app} {.spec.containers[0].resources.limits.memory}{"\n"}{end}' >"$work/pods"
	for node in $(kubectl get nodes -o 'jsonpath={.items[*].metadata.name}'); do
		kubectl get --raw "/api/v1/nodes/$node/proxy/metrics/resource"
	done | sed -n 's/^container_memory_working_set_bytes{.*namespace="cledit",pod="\([^"]*\)"} \([^ ]*\).*/\1 \2/p' >"$work/charged"
	awk 'NR == FNR {app[$1] = $2; next} $1 in app {printf "%s %.0f\n", app[$1], $2 / 1e6}' "$work/pods" "$work/charged" >>"$work/memory.$1"
	for s in $services; do
		printf '%s %s\n' "$s" "$(metrics "$s" | awk '/^process_resident_memory_bytes/ {printf "%.0f", $2 / 1e6}')"
	done >>"$work/resident.$1"
	cat "$work/memory.$1" "$work/resident.$1"
	[ "$(awk '{print $1}' "$work/memory.$1" | sort -u | wc -l)" -ge 7 ]
}

# most FILE APP prints the largest figure of an app.
most() { awk -v app="$2" '$1 == app && $2 > most {most = $2} END {if (most) print most}' "$work/$1"; }

# table prints for every app the size of its image, its memory at rest and the most
# that one pod of it had under the demo, and its limit; all in MB.
table() {
	local app size
	[ -s "$work/memory.rest" ] && [ -s "$work/memory.load" ] || return 0
	echo
	echo '| pod | image | memory at rest | under the demo | limit |'
	echo '|---|---|---|---|---|'
	for app in $services upstream-sim nats postgres; do
		size=$(docker image inspect -f '{{.Size}}' "cledit/$app:dev" 2>/dev/null | awk '$1 {printf "%.0f MB", $1 / 1e6}') || true
		printf '| %s | %s | %s | %s | %s |\n' "$app" "$size" \
			"$(cell "$app" rest)" "$(cell "$app" load)" "$(awk -v app="$app" '$2 == app {print $3; exit}' "$work/pods")"
	done
	echo
}

cell() {
	local resident
	resident=$(most "resident.$2" "$1")
	echo "$(most "memory.$2" "$1") MB${resident:+ ($resident)}"
}
