package credits

import (
	"bytes"
	"slices"

	"github.com/google/uuid"

	"github.com/cledit/pipeline/services/loader/identity"
)

// Person is a row of production.people. Empty texts are NULL.
type Person struct {
	ID      uuid.UUID
	TmdbID  int32
	NameKo  string
	NameEn  string
	Profile string // path of a portrait
}

// PersonOf names a person of TMDB.
func PersonOf(tmdbID int32, name, original, profile string) Person {
	ko, en := Names(name, original)
	return Person{ID: identity.OfNumber(identity.TmdbPerson, tmdbID), TmdbID: tmdbID, NameKo: ko, NameEn: en, Profile: profile}
}

// SortPeople puts people into the order in which their rows are locked.
func SortPeople(people []Person) {
	slices.SortFunc(people, func(a, b Person) int { return bytes.Compare(a.ID[:], b.ID[:]) })
}

// Company is a row of production.companies. Empty texts and a nil TmdbID are NULL.
type Company struct {
	ID        uuid.UUID
	KobisCode string
	TmdbID    *int32
	NameKo    string
	NameEn    string
	Country   string // ISO 3166-1
	Logo      string // its path
}

// KobisCompanyOf names a company of KOBIS.
func KobisCompanyOf(code, name, nameEn string) Company {
	ko, en := Names(name, nameEn)
	return Company{ID: identity.Of(identity.KobisCompany + code), KobisCode: code, NameKo: ko, NameEn: en}
}

// TmdbCompanyOf names a company of TMDB. It is another than KOBIS's of that name:
// nothing tells that they are the same.
func TmdbCompanyOf(id int32, name, country, logo string) Company {
	ko, en := Names(name, "")
	return Company{ID: identity.OfNumber(identity.TmdbCompany, id), TmdbID: &id, NameKo: ko, NameEn: en, Country: country, Logo: logo}
}

// SortCompanies puts companies into the order in which their rows are locked.
func SortCompanies(companies []Company) {
	slices.SortFunc(companies, func(a, b Company) int { return bytes.Compare(a.ID[:], b.ID[:]) })
}
