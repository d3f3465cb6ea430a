# Sourced by the image's entrypoint when the data folder is empty.
PASSWORDS_DIR=/run/passwords psql -U "$POSTGRES_USER" -d "$POSTGRES_DB" -v database="$POSTGRES_DB" -f /etc/cledit/logins.sql
