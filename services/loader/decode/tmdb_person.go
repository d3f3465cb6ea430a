package decode

import (
	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/loader/record"
)

type tmdbPersonBody struct {
	ID                 scalar          `json:"id"`
	Name               scalar          `json:"name"`
	AlsoKnownAs        []scalar        `json:"also_known_as"`
	Gender             scalar          `json:"gender"`
	KnownForDepartment scalar          `json:"known_for_department"`
	Birthday           scalar          `json:"birthday"`
	Deathday           scalar          `json:"deathday"`
	PlaceOfBirth       scalar          `json:"place_of_birth"`
	ProfilePath        scalar          `json:"profile_path"`
	Adult              scalar          `json:"adult"`
	ImdbID             scalar          `json:"imdb_id"`
	ExternalIDs        tmdbExternalIDs `json:"external_ids"`
	Translations       struct {
		Translations []tmdbTranslation `json:"translations"`
	} `json:"translations"`
}

func tmdbPersonDetail(r tmdbReader, p messages.Payload, facts *Facts) error {
	var body tmdbPersonBody
	if err := r.unmarshal(p.Body, &body); err != nil {
		return err
	}
	id, err := keyID(p.Key)
	if err != nil {
		return err
	}
	r.is(p.Key)
	person := record.TmdbPersonDetail{
		TmdbID: id, Found: true,
		Name: r.text("name", body.Name), AlsoKnownAs: make([]string, 0, len(body.AlsoKnownAs)), Gender: r.positive("gender", body.Gender),
		Department: r.text("known_for_department", body.KnownForDepartment),
		Birthday:   r.date("birthday", body.Birthday), Deathday: r.date("deathday", body.Deathday),
		PlaceOfBirth: r.text("place_of_birth", body.PlaceOfBirth), Profile: r.code("profile_path", body.ProfilePath),
		Adult: r.truth("adult", body.Adult),
	}
	if person.Gender != nil && *person.Gender > mostGenders {
		r.note("gender", OutOfRange)
		person.Gender = nil
	}
	for _, name := range body.AlsoKnownAs {
		person.AlsoKnownAs = appendText(person.AlsoKnownAs, r.text("also_known_as", name))
	}
	imdb := r.code("imdb_id", body.ImdbID)
	if imdb == "" {
		imdb = r.code("external_ids.imdb_id", body.ExternalIDs.ImdbID)
	}
	person.ExternalIDs = r.externalIDs(imdb, &body.ExternalIDs)
	for _, t := range body.Translations.Translations {
		if r.language("translations.iso_639_1", t.Language) == "ko" && person.NameKo == "" {
			person.NameKo = r.text("translations.name", t.Data.Name)
		}
	}
	facts.TmdbPersons = []record.TmdbPersonDetail{person}
	return nil
}

// mostGenders is the largest number that TMDB has for one.
const mostGenders = 3
