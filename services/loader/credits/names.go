package credits

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/google/uuid"

	"github.com/cledit/pipeline/services/loader/identity"
)

// Person is a row of production.people. Empty texts are NULL.
type Person struct {
	ID           uuid.UUID
	TmdbID       int32
	NameKo       string // in Hangul
	NameEn       string // in Latin letters, as sent
	NameOriginal string // in a third script
	NameDisplay  string // of NameEn
	NameSort     string // of NameEn, else as the other
	Profile      string // path of a portrait
}

// PersonOf names a person of TMDB.
func PersonOf(tmdbID int32, name, original, profile string) Person {
	ko, en, third := Names(name, original)
	display, sort := displayName(ko, en)
	sort = cmp.Or(sort, ko, third)
	return Person{
		ID: identity.OfNumber(identity.TmdbPerson, tmdbID), TmdbID: tmdbID, NameKo: ko, NameEn: en, NameOriginal: third,
		NameDisplay: display, NameSort: sort, Profile: profile,
	}
}

// KobisPerson is a row of production.people of somebody whom KOBIS lists.
type KobisPerson struct {
	Person
	Code       string
	Department string // the part of most credits, in KOBIS's words
}

// KobisPersonOf names a person of KOBIS.
func KobisPersonOf(code, name, nameEn, department string) KobisPerson {
	ko, en, third := Names(readName(name).clean, nameEn)
	display, sort := displayName(ko, en)
	return KobisPerson{
		Code: code, Department: department,
		Person: Person{
			ID: identity.Of(identity.KobisPerson + code), NameKo: ko, NameEn: en, NameOriginal: third,
			NameDisplay: display, NameSort: cmp.Or(sort, ko, third),
		},
	}
}

// SortKobisPeople puts people into the order in which their rows are locked.
func SortKobisPeople(people []KobisPerson) {
	slices.SortFunc(people, func(a, b KobisPerson) int { return bytes.Compare(a.ID[:], b.ID[:]) })
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
	ko, en := companyNames(name, nameEn)
	return Company{ID: identity.Of(identity.KobisCompany + code), KobisCode: code, NameKo: ko, NameEn: en}
}

// TmdbCompanyOf names a company of TMDB. It is another than KOBIS's of that name:
// nothing tells that they are the same.
func TmdbCompanyOf(id int32, name, country, logo string) Company {
	ko, en := companyNames(name, "")
	return Company{ID: identity.OfNumber(identity.TmdbCompany, id), TmdbID: &id, NameKo: ko, NameEn: en, Country: country, Logo: logo}
}

// companyNames has what is in neither script under the first, where a reader expects
// what the source calls a company.
func companyNames(name, other string) (ko, en string) {
	ko, en, third := byScript(name, other)
	return cmp.Or(ko, third), en
}

// SortCompanies puts companies into the order in which their rows are locked.
func SortCompanies(companies []Company) {
	slices.SortFunc(companies, func(a, b Company) int { return bytes.Compare(a.ID[:], b.ID[:]) })
}
