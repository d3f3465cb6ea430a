// Package staging writes decoded payloads to raw.payloads and staging and marks the
// titles that they affect, all in the caller's transaction.
//
// A row rests on the newest answer whatever the order of arrival; a replay of
// what is there writes nothing. Each table is one statement with its rows sorted
// and unique by key, and the tables come in a fixed order (raw.payloads, staging,
// people and companies of production, marks), so that any number of workers wait
// for each other without deadlock.
//
// How it fails: with the database's error; nothing is swallowed and nothing
// retried here. A row that Postgres refuses fails the whole transaction.
package staging
