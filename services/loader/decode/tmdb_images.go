package decode

import "github.com/cledit/pipeline/services/loader/record"

type tmdbImages struct {
	Posters   []tmdbImage `json:"posters"`
	Backdrops []tmdbImage `json:"backdrops"`
	Logos     []tmdbImage `json:"logos"`
}

type tmdbImage struct {
	FilePath    scalar `json:"file_path"`
	Language    scalar `json:"iso_639_1"` // null or xx: no text in it
	Width       scalar `json:"width"`
	Height      scalar `json:"height"`
	VoteAverage scalar `json:"vote_average"`
	VoteCount   scalar `json:"vote_count"`
}

// images keeps TMDB's order within each kind. Without a path there is no image.
func (r tmdbReader) images(s *tmdbImages) []record.TmdbImage {
	images := make([]record.TmdbImage, 0, len(s.Posters)+len(s.Backdrops)+len(s.Logos))
	for _, list := range []struct {
		kind, field string
		images      []tmdbImage
	}{
		{record.Poster, "images.posters", s.Posters},
		{record.Backdrop, "images.backdrops", s.Backdrops},
		{record.Logo, "images.logos", s.Logos},
	} {
		for _, i := range list.images {
			image := record.TmdbImage{
				Kind: list.kind, Path: r.code(list.field+".file_path", i.FilePath), Language: r.language(list.field+".iso_639_1", i.Language),
				Width: r.positive(list.field+".width", i.Width), Height: r.positive(list.field+".height", i.Height),
				VoteAverage: r.decimal(list.field+".vote_average", i.VoteAverage, 1e6), VoteCount: r.int32(list.field+".vote_count", i.VoteCount),
			}
			if image.Path != "" {
				images = append(images, image)
			}
		}
	}
	return images
}

// tmdbExternalIDs lacks the sites that are no more, Freebase and TVRage.
type tmdbExternalIDs struct {
	ImdbID      scalar `json:"imdb_id"`
	WikidataID  scalar `json:"wikidata_id"`
	TvdbID      scalar `json:"tvdb_id"`
	FacebookID  scalar `json:"facebook_id"`
	InstagramID scalar `json:"instagram_id"`
	TwitterID   scalar `json:"twitter_id"`
}

// externalIDs lists the sites that know the work. A film's number at IMDb also
// stands beside the block, and may be missing in it.
func (r tmdbReader) externalIDs(imdb string, s *tmdbExternalIDs) []record.TmdbExternalID {
	ids := make([]record.TmdbExternalID, 0, 1)
	for _, id := range []record.TmdbExternalID{
		{Site: "imdb", ID: imdb},
		{Site: "wikidata", ID: r.code("external_ids.wikidata_id", s.WikidataID)},
		{Site: "tvdb", ID: r.code("external_ids.tvdb_id", s.TvdbID)},
		{Site: "facebook", ID: r.code("external_ids.facebook_id", s.FacebookID)},
		{Site: "instagram", ID: r.code("external_ids.instagram_id", s.InstagramID)},
		{Site: "twitter", ID: r.code("external_ids.twitter_id", s.TwitterID)},
	} {
		if id.ID != "" && id.ID != "0" {
			ids = append(ids, id)
		}
	}
	return ids
}
