# shellcheck shell=bash disable=SC2154,SC2034 # some names are of lib.sh, others for who sources this
# Sourced by the verify scripts that need a cluster, after lib.sh: what they do
# with kubectl, whatever the overlay.

k() { kubectl -n cledit "$@"; }
sim_stats() { k exec deploy/upstream-sim -- service health; }

# documented BLOCK LINES WHAT ELSE runs the first lines of a block of the operations
# document, with something else in place of what is there.
documented() {
	local commands
	commands=$(page docs/operations "$1" | head -n "$2")
	[[ $commands == *"$3"* ]]
	bash -euxc "${commands//"$3"/$4}"
}

# needs NAMESPACE… ends the script when a program is missing, or when the cluster has
# what these checks make and remove.
needs() {
	local program namespace
	for program in docker kubectl jq openssl; do
		command -v "$program" >/dev/null || { echo "verification needs $program" >&2; exit 2; }
	done
	for namespace in "$@"; do
		if kubectl get namespace "$namespace" >/dev/null 2>&1; then
			echo "this cluster has a namespace $namespace; verification makes and removes its own" >&2
			exit 2
		fi
	done
}

demo_images=(cledit/{planner,fetcher-kobis,fetcher-tmdb,loader,console,upstream-sim,nats-cli}:dev nats:2.15-alpine postgres:17-alpine)
next_images=(cledit/{planner,fetcher-kobis,fetcher-tmdb,loader,console}:dev2)

# load_images IMAGE… brings images from the Docker engine into the cluster.
load_images() {
	local context load=${VERIFY_LOAD:-}
	context=$(kubectl config current-context)
	if [ -z "$load" ]; then
		case $context in
		kind-*) load="kind load docker-image --name ${context#kind-}" ;;
		k3d-*) load="k3d image import --cluster ${context#k3d-}" ;;
		*) echo "context $context: name a command in VERIFY_LOAD, or VERIFY_LOAD=true where the cluster has the images"; return 1 ;;
		esac
	fi
	# shellcheck disable=SC2086 # a command with its arguments
	$load "$@"
}

services_ready() {
	local d
	k wait --for=condition=complete job/migrate --timeout=180s
	for d in planner loader console fetcher-kobis fetcher-tmdb upstream-sim; do k rollout status "deployment/$d" --timeout=180s; done
}

# running prints the pods of a service that run now.
running() { k get pods -l "app=$1" --field-selector status.phase=Running -o name; }

# metrics_of POD and metrics SERVICE print those of one pod.
metrics_of() { k get --raw "/api/v1/namespaces/cledit/pods/${1#pod/}:8080/proxy/metrics"; }
metrics() { metrics_of "$(running "$1" | sed -n 1p)"; }

# crash POD CONTAINER ends a process at once: the Go runtime answers SIGQUIT with a
# trace and exit code 2. (From inside, SIGKILL does not reach PID 1.)
crash() {
	k debug "$1" --image=nats:2.15-alpine --image-pull-policy=IfNotPresent --target="$2" --profile=restricted -- kill -QUIT 1
	until_ok 60 has_crashed "$1"
}
has_crashed() { [ "$(k get "$1" -o 'jsonpath={.status.containerStatuses[0].lastState.terminated.exitCode}')" = 2 ]; }

# monitor PATH asks the monitoring port of nats-0, or of the server named second.
monitor() { k get --raw "/api/v1/namespaces/cledit/pods/${2:-nats-0}:8222/proxy/$1"; }

# backlog is what the loader has not acknowledged, as the planner knows.
backlog() { metrics planner | awk '/^cledit_planner_loader_backlog_messages/ {print $2}'; }

# job NAME CRONJOB SECONDS runs a job of a suspended cron job and prints its log.
job() {
	k create job "$1" --from="cronjob/$2"
	ended "$1" "$3"
}

# ended JOB SECONDS waits for a job's end, prints its log, and fails if it did.
ended() {
	until_ok "$2" job_ended "$1"
	k logs "job/$1"
	[ "$(k get job "$1" -o 'jsonpath={.status.succeeded}')" = 1 ]
}
job_ended() { [ -n "$(k get job "$1" -o 'jsonpath={.status.succeeded}{.status.failed}')" ]; }

# nats runs the NATS CLI inside, in a job as the one that replays, and prints what
# it says.
nats() {
	local name=nats-$RANDOM
	k get cronjob replay -o json | jq --arg name "$name" '{apiVersion: "batch/v1", kind: "Job", metadata: {name: $name},
		spec: (.spec.jobTemplate.spec | .template.spec.containers[0].args = $ARGS.positional)}' --args -- "$@" |
		k create -f - >&2
	ended "$name" 60
}

# audited NAME SECONDS waits until the tables equal the truth, and leaves their
# digest in $work/NAME.
audited() {
	job "$1" audit "$2" | tee "$work/out"
	sed -n 's/^digest: //p' "$work/out" >"$work/$1"
	[ -s "$work/$1" ]
}

# gone NAMESPACE removes it with all it holds.
gone() {
	kubectl delete namespace "$1" --ignore-not-found --timeout=180s
	refuse kubectl get namespace "$1"
}
