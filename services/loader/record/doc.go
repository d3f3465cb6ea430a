// Package record holds the typed, cleaned rows of staging, as decoding makes
// them and deriving reads them.
//
// An empty text is an absent one: NULL in the database. Numbers, truth values and
// dates are pointers, nil where the source says nothing or nothing readable.
// Dates are days at midnight UTC without a zone of their own. Lists are nil where
// the source did not say, and empty where it said "none"; their JSON is what
// staging keeps in jsonb columns.
package record
