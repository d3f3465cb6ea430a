// Package identity derives the ids of production and names what is marked.
//
// An id is the UUIDv5 of a source identity, so that staging and production,
// emptied and filled again, come back with the same ids on any machine. The
// names and the namespace are part of the data: changing one changes every id.
package identity

import (
	"github.com/google/uuid"

	"github.com/cledit/pipeline/pkg/entity"
)

// namespace is the root of all ids: the UUIDv5 of this project's name among URLs.
var namespace = uuid.NewSHA1(uuid.NameSpaceURL, []byte("https://github.com/cledit/pipeline"))

// Prefixes of source identities, as every service names them.
const (
	KobisMovie   = entity.KOBISMovie
	TmdbSeries   = entity.TMDBSeries
	TmdbMovie    = entity.TMDBMovie
	TmdbPerson   = entity.TMDBPerson
	KobisPerson  = entity.KOBISPerson
	TmdbCompany  = entity.TMDBCompany
	KobisCompany = entity.KOBISCompany
)

// Namesakes is the prefix of marks of titles whose films count each other again. Behind it
// come the transaction that set the mark, a dot and the title's key.
const Namesakes = "kobis:namesakes:"

// Of is the id of a source identity such as kobis:movie:20190324.
func Of(identity string) uuid.UUID { return uuid.NewSHA1(namespace, []byte(identity)) }

// OfNumber is the id of a source identity whose code is a number.
func OfNumber(prefix string, n int32) uuid.UUID { return Of(Number(prefix, n)) }

// Number is a source identity whose code is a number.
func Number(prefix string, n int32) string { return entity.Numbered(prefix, n) }

// OfGenre is the id of a genre, which has no code that both sources share.
func OfGenre(source, name string) uuid.UUID { return Of(source + ":genre:" + name) }

// ParseNumber reads the number of an identity with the given prefix.
func ParseNumber(prefix, identity string) (int32, bool) {
	return entity.Number(prefix, identity)
}
