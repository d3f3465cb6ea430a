package matcheval

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/loader/decode"
	"github.com/cledit/pipeline/services/loader/match"
	"github.com/cledit/pipeline/services/loader/record"
	"github.com/cledit/pipeline/services/planner/search"
	"github.com/cledit/pipeline/sim"
	"github.com/cledit/pipeline/sim/traffic"
)

// World is what both sources hold, read through their answers.
type World struct {
	sim    *sim.Sim
	films  []*film
	movies map[int32]*record.TmdbMovie // details that were read
}

// film is a KOBIS film with what a search and a verdict need.
type film struct {
	code   string
	row    *record.KobisMovie
	detail *record.KobisMovieDetail
	match  match.Film
}

// Open reads a folder of recorded bodies; an empty one means the built-in tables.
func Open(data string) (*World, error) {
	options := sim.Options{Data: data}
	if data != "" {
		options.Catalogue = "all"
	}
	s, err := sim.Open(options)
	if err != nil {
		return nil, fmt.Errorf("opening the sources: %w", err)
	}
	w := &World{sim: s, movies: make(map[int32]*record.TmdbMovie)}
	if err := w.readFilms(); err != nil {
		return nil, err
	}
	return w, nil
}

const listPage = 100

// countNamesakes tells each film how many others have its title, as the loader does.
func (w *World) countNamesakes() {
	films := make(map[string][]match.Film)
	for _, f := range w.films {
		key := match.Normalise(f.row.Title)
		films[key] = append(films[key], match.FilmOf(f.code, f.row, nil))
	}
	for _, f := range w.films {
		f.match.Namesakes = new(match.CountNamesakes(&f.match, films[match.Normalise(f.row.Title)]))
	}
}

func (w *World) readFilms() error {
	at := make(map[string]*film)
	for page := 1; ; page++ {
		rows, err := w.list(page)
		if err != nil {
			return err
		}
		for i := range rows {
			if at[rows[i].MovieCd] == nil {
				f := &film{code: rows[i].MovieCd, row: &rows[i]}
				at[f.code] = f
				w.films = append(w.films, f)
			}
		}
		if len(rows) < listPage {
			break
		}
	}
	for _, f := range w.films {
		if _, there := w.sim.KOBIS.Catalogue().Detail(f.code); there {
			facts, err := w.kobis(messages.KindMovieDetail, f.code, "movie/searchMovieInfo.json", url.Values{"movieCd": {f.code}})
			if err != nil {
				return err
			}
			f.detail = &facts.KobisMovieDetails[0]
			f.detail.Found = true
		}
		f.match = match.FilmOf(f.code, f.row, f.detail)
	}
	slices.SortFunc(w.films, func(a, b *film) int { return strings.Compare(a.code, b.code) })
	w.countNamesakes()
	return nil
}

func (w *World) list(page int) ([]record.KobisMovie, error) {
	text := strconv.Itoa(page)
	facts, err := w.kobis(messages.KindMovieList, "all."+text, "movie/searchMovieList.json",
		url.Values{"curPage": {text}, "itemPerPage": {strconv.Itoa(listPage)}})
	return facts.KobisMovies, err
}

func (w *World) kobis(kind messages.Kind, key, path string, query url.Values) (decode.Facts, error) {
	query.Set("key", "evaluation")
	return ask(w.sim.KOBIS, messages.Name{Source: messages.KOBIS, Kind: kind, Key: key}, sim.KOBISPath+"/"+path, query, nil)
}

// answerer is a simulated source.
type answerer interface {
	Answer(r *http.Request, v traffic.Verdict) traffic.Answer
}

// ask decodes the source's answer as the loader does.
func ask(source answerer, name messages.Name, path string, query url.Values, request map[string]string) (decode.Facts, error) {
	r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, "http://source"+path+"?"+query.Encode(), http.NoBody)
	if err != nil {
		return decode.Facts{}, fmt.Errorf("asking for %s: %w", name, err)
	}
	r.Header.Set("Authorization", "Bearer evaluation")
	answer := source.Answer(r, traffic.Verdict{})
	payload := messages.Payload{Name: name, Request: request, FetchedAt: time.Unix(0, 0), Body: answer.Body, Outcome: messages.OutcomeOK}
	if answer.Status != http.StatusOK || !json.Valid(answer.Body) {
		return decode.Facts{}, fmt.Errorf("asking for %s: %w: status %d", name, errAnswer, answer.Status)
	}
	facts, _, err := decode.Payload(payload)
	if err != nil {
		return decode.Facts{}, fmt.Errorf("decoding %s: %w", name, err)
	}
	return facts, nil
}

// search asks TMDB a question as fetcher-tmdb does.
func (w *World) search(code string, q search.Question) (record.TmdbSearch, error) {
	query := url.Values{"query": {q.Query}, "language": {"ko-KR"}, "include_adult": {"false"}}
	if q.Year > 0 {
		query.Set("year", strconv.Itoa(q.Year))
	}
	if q.Page > 1 {
		query.Set("page", strconv.Itoa(q.Page))
	}
	name := messages.Name{Source: messages.TMDB, Kind: messages.KindMovieSearch, Key: code + "." + string(q.Variant)}
	facts, err := ask(w.sim.TMDB, name, "/3/search/movie", query, map[string]string{"query": q.Query})
	if err != nil {
		return record.TmdbSearch{}, err
	}
	return facts.TmdbSearches[0], nil
}

// movie reads a detail, each once.
func (w *World) movie(id int32) (*record.TmdbMovie, error) {
	if m := w.movies[id]; m != nil {
		return m, nil
	}
	key := strconv.Itoa(int(id))
	facts, err := ask(w.sim.TMDB, messages.Name{Source: messages.TMDB, Kind: messages.KindMovieDetail, Key: key}, "/3/movie/"+key,
		url.Values{"language": {"ko-KR"}, "append_to_response": {"translations,alternative_titles,credits,release_dates"}}, nil)
	if err != nil {
		return nil, err
	}
	m := &facts.TmdbMovies[0]
	m.Found = true
	w.movies[id] = m
	return m, nil
}

func (f *film) searched() search.Film {
	s := search.Film{Title: f.row.Title, TitleEn: f.row.TitleEn, Nation: f.row.MainNation}
	if f.detail != nil {
		s.TitleOriginal = f.detail.TitleOriginal
	}
	if f.row.ProductionYear != nil {
		s.ProductionYear = int(*f.row.ProductionYear)
	}
	if f.row.OpenDate != nil {
		s.OpenYear = f.row.OpenDate.Year()
	}
	return s
}
