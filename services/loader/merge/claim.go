package merge

import "strings"

// Sources of a field.
const (
	fromKobis = "kobis"
	fromTmdb  = "tmdb"
)

// Record is a record of a source that makes claims on fields.
type Record struct {
	Source string // kobis or tmdb
	Table  string // where it is staged
	name   string // as a rule names it
}

// The records, of films the first three.
var (
	kobisList   = Record{fromKobis, "staging.kobis_movies", "KOBIS list"}
	kobisDetail = Record{fromKobis, "staging.kobis_movie_details", "KOBIS detail"}
	tmdbFilm    = Record{fromTmdb, "staging.tmdb_movies", "TMDB"}
	tmdbSeries  = Record{fromTmdb, "staging.tmdb_series", "TMDB"}
)

// of says which of a record's values is meant.
func (r Record) of(which string) Record {
	r.name += " (" + which + ")"
	return r
}

// claim is a record's value for a field.
type claim[T any] struct {
	record Record
	value  T
	given  bool
}

func text(record Record, value string) claim[string] {
	return claim[string]{record, value, value != ""}
}

func value[T any](record Record, v *T) claim[*T] { return claim[*T]{record, v, v != nil} }

func many(record Record, values []string) claim[[]string] {
	return claim[[]string]{record, values, len(values) > 0}
}

// Choice is how a field came to its value.
type Choice struct {
	Field  string
	Value  any
	Record Record
	Rule   string // the claims in order of precedence
}

// picker notes which source each field came from and, where it is asked to, how.
type picker struct {
	sources map[string]string
	trace   *[]Choice
}

// pick takes the first claim that has a value.
func pick[T any](p picker, field string, claims ...claim[T]) T {
	for _, c := range claims {
		if !c.given {
			continue
		}
		p.sources[field] = c.record.Source
		if p.trace != nil {
			*p.trace = append(*p.trace, Choice{field, c.value, c.record, rule(claims)})
		}
		return c.value
	}
	var none T
	return none
}

func rule[T any](claims []claim[T]) string {
	names := make([]string, 0, len(claims))
	for _, c := range claims {
		names = append(names, c.record.name)
	}
	return strings.Join(names, ", then ")
}
