#!/bin/sh
# Runs before everything else, as root in a container without network: gives the
# volumes to the users of the images and makes the passwords that are missing. A
# service sees the folder with its own passwords alone. Removing a file under
# /passwords/all and running this again makes a new one.
#
#   setup.sh               passwords and volumes
#   setup.sh claim NAME    refuses volumes that hold data of other sources
set -eu
umask 077

if [ "${1:-}" = claim ]; then
	origin=/data/nats/origin
	[ -e $origin ] || echo "$2" >$origin
	[ "$(cat $origin)" = "$2" ] && exit
	echo "these volumes hold data of the $(cat $origin) sources, and this would mix in the $2 ones:" \
		"use another project (docker compose -p NAME), or remove them (docker compose down -v)" >&2
	exit 1
fi

all=/passwords/all

random() { head -c 24 /dev/urandom | od -An -v -tx1 | tr -d ' \n'; }

# password NAME prints the password of that name, which is made once.
password() {
	[ -s "$all/$1" ] || random >"$all/$1"
	cat "$all/$1"
}

# give UID FOLDER FILE writes stdin to a file that only this user can read.
give() {
	cat >"/passwords/$2/$3.new"
	chown "$1:$1" "/passwords/$2/$3.new"
	chmod 400 "/passwords/$2/$3.new"
	mv "/passwords/$2/$3.new" "/passwords/$2/$3"
}

database() { printf 'postgres://cledit_%s:%s@postgres:5432/cledit?sslmode=disable' "$1" "$(password "postgres-$1")"; }

service=65532 postgres=70
for dir in all nats postgres migrate planner fetcher-kobis fetcher-tmdb loader console operator demo; do
	mkdir -p "/passwords/$dir"
	chmod 755 "/passwords/$dir"
done
chmod 700 $all

chown $service:$service /data/nats
chown $postgres:$postgres /data/postgres

for role in superuser owner loader planner curator reader console; do
	password "postgres-$role" | give $postgres postgres "$role"
done
{
	for user in planner fetcher-kobis fetcher-tmdb loader console operator; do
		printf '%s_PASSWORD: "%s"\n' "$(echo $user | tr a-z- A-Z_)" "$(password "nats-$user")"
	done
} | give $service nats passwords.conf
# Its own health check alone looks at the server's monitoring port.
sed 's/^http: .*/http: "127.0.0.1:8222"/' /etc/cledit/nats/nats.conf | give $service nats nats.conf
give $service nats accounts.conf </etc/cledit/nats/accounts.conf

database owner | give $service migrate database_url
for user in planner fetcher-kobis fetcher-tmdb loader console operator; do
	password "nats-$user" | give $service $user nats_password
done
database planner | give $service planner database_url
database loader | give $service loader database_url
database console | give $service console database_url

# Keys of the simulated sources, each with 3,000 calls a day.
for n in 1 2 3 4 5 6 7 8; do
	password "demo-kobis-$n" | head -c 32
	echo
done | give $service demo kobis_api_keys
password demo-tmdb | give $service demo tmdb_access_token
