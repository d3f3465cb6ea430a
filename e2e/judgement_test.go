package e2e_test

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/e2e/harness"
	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/sim/audit"
	"github.com/cledit/pipeline/sim/hostile"
)

// judgement holds a round's tables against the truth, row by row.
type judgement struct {
	*siege
	fired map[messages.Name]hostile.Mutation
	rows  harness.Rows
	pages map[string][]messages.Name // of lists and windows, by the film or series that is there
}

// names are the names that a row of a table comes from.
func (j *judgement) names(table, key string) []messages.Name {
	switch table {
	case "staging.kobis_movies":
		return j.pages[key]
	case "staging.kobis_movie_details":
		return []messages.Name{{Source: messages.KOBIS, Kind: messages.KindMovieDetail, Key: key}}
	case "staging.kobis_box_office":
		return []messages.Name{{Source: messages.KOBIS, Kind: messages.KindDailyBoxOffice, Key: strings.ReplaceAll(key, "-", "")}}
	case "staging.tmdb_movies":
		return []messages.Name{{Source: messages.TMDB, Kind: messages.KindMovieDetail, Key: key}}
	case "staging.tmdb_seasons":
		return []messages.Name{{Source: messages.TMDB, Kind: messages.KindSeasonDetail, Key: key}}
	}
	return []messages.Name{{Source: messages.TMDB, Kind: messages.KindSeriesDetail, Key: key}}
}

// listed finds the entities of the lists that others are known from.
var listed = map[messages.Kind]*regexp.Regexp{
	messages.KindMovieList:      regexp.MustCompile(`"movieCd":"([0-9A-Z]+)"`),
	messages.KindSeriesDiscover: regexp.MustCompile(`"id":([0-9]+)`),
}

func (j *judgement) judge() {
	j.t.Helper()
	j.pages = map[string][]messages.Name{}
	for name, body := range j.hostile.Real() {
		if rows, ok := listed[name.Kind]; ok {
			for _, match := range rows.FindAllSubmatch(body, -1) {
				j.pages[string(match[1])] = append(j.pages[string(match[1])], name)
			}
		}
	}
	whole := true
	for table, truth := range j.truth.rows {
		keys := slices.Collect(maps.Keys(truth))
		for key := range j.rows[table] {
			if _, ok := truth[key]; !ok {
				keys = append(keys, key)
			}
		}
		for _, key := range slices.Compact(slices.Sorted(slices.Values(keys))) {
			whole = j.row(table, key) && whole
		}
	}
	if j.requireOutcomes() && whole && !j.t.Failed() {
		j.requireProduction()
	}
}

// row judges one row, and reports whether it is as in the truth.
func (j *judgement) row(table, key string) bool {
	want, isTrue := j.truth.rows[table][key]
	have, isThere := j.rows[table][key]
	if !assert.True(j.t, isTrue, "%s has %q, which no source has", table, key) {
		return false
	}
	_, was := j.before[table][key]
	from, spoiled := j.names(table, key), 0
	for _, name := range from {
		if j.is(name, hostile.Harmful) || j.is(name, hostile.Repairable) {
			spoiled++
		}
	}
	switch {
	case !isThere:
		assert.False(j.t, was, "%s %q was there and is gone: %s", table, key, j.told(from))
		assert.True(j.t, j.untold(table, from) || j.excused(table, key), "%s %q is missing: %s", table, key, j.told(from))
	case want == have:
	case table == "staging.kobis_box_office" && !was && j.all(from, hostile.Harmful):
		// A row costs only itself, also on a day of which nothing else is known.
		assert.Empty(j.t, without(strings.Split(have, "\n"), strings.Split(want, "\n")), "%s %q differs: %s", table, key, j.told(from))
	default:
		// What was never read well may have what is left of it.
		assert.True(j.t, spoiled == len(from) && !was && (!j.all(from, hostile.Harmful) || slices.ContainsFunc(from, j.emptied)),
			"%s %q differs: %s\nwant %s\nhave %s", table, key, j.told(from), want, have)
	}
	return want == have
}

func (j *judgement) is(name messages.Name, class hostile.Class) bool {
	return j.fired[name].Class == class
}

// emptied reports whether an answer is as it should be and says less than there is.
func (j *judgement) emptied(name messages.Name) bool {
	return j.fired[name].Name == hostile.Emptied || j.fired[name].Name == hostile.NotFound
}

func (j *judgement) all(names []messages.Name, class hostile.Class) bool {
	return !slices.ContainsFunc(names, func(n messages.Name) bool { return !j.is(n, class) })
}

// told says what was done to names.
func (j *judgement) told(names []messages.Name) string {
	var all []string
	for _, name := range names {
		m, ok := j.fired[name]
		if !ok {
			m.Name = "left alone"
		}
		all = append(all, name.String()+": "+m.Name+", "+j.dead[name])
	}
	return strings.Join(all, "; ")
}

// untold reports whether nothing need be known from these names. A row of a list of films
// whose title can't be read says too little.
func (j *judgement) untold(table string, from []messages.Name) bool {
	if table == "staging.kobis_movies" {
		return !slices.ContainsFunc(from, func(n messages.Name) bool { return !j.is(n, hostile.Harmful) && !j.is(n, hostile.Repairable) })
	}
	return j.all(from, hostile.Harmful)
}

// excused reports whether nobody could know that a row is to be asked for: what names
// it was mutated.
func (j *judgement) excused(table, key string) bool {
	switch table {
	case "staging.kobis_movie_details":
		return j.untold("staging.kobis_movies", j.pages[key])
	case "staging.tmdb_movies":
		return slices.ContainsFunc(j.truth.films[key], j.impaired)
	case "staging.tmdb_series":
		return j.all(j.pages[key], hostile.Harmful)
	case "staging.tmdb_seasons":
		id, _, _ := strings.Cut(key, ".")
		series := messages.Name{Source: messages.TMDB, Kind: messages.KindSeriesDetail, Key: id}
		return j.excused("staging.tmdb_series", id) || j.is(series, hostile.Harmful) || j.is(series, hostile.Repairable)
	}
	return false
}

// impaired reports whether what is known of a film may differ from the truth, and so
// what is searched and taken for it.
func (j *judgement) impaired(film string) bool {
	names := append(slices.Clone(j.pages[film]), messages.Name{Source: messages.KOBIS, Kind: messages.KindMovieDetail, Key: film})
	for _, a := range j.truth.names {
		if cd, _ := a.name.Scope(); a.name.Kind == messages.KindMovieSearch && cd == film {
			names = append(names, a.id())
		}
	}
	return slices.ContainsFunc(names, func(n messages.Name) bool { return j.is(n, hostile.Harmful) || j.is(n, hostile.Repairable) })
}

// requireOutcomes holds that each mutated name has landed, with a note where it was
// to be repaired, or is in DEAD. It reports whether all searches have landed as they are:
// without one a film may have no match.
func (j *judgement) requireOutcomes() (searched bool) {
	j.t.Helper()
	landed, noted := map[messages.Name]bool{}, map[messages.Name]bool{}
	defer func() { j.landed = landed }()
	for _, a := range j.world.Landed(j.t) {
		id := asked{a.Name, a.Request}.id()
		landed[id], noted[id] = true, noted[id] || a.Noted
	}
	searched = true
	for name, m := range j.fired {
		reason, isDead := j.dead[name]
		switch m.Class {
		case hostile.Harmless:
			assert.True(j.t, landed[name], "%s did not land: %s, %s", name, m.Name, reason)
		case hostile.Repairable:
			assert.True(j.t, landed[name], "%s did not land: %s, %s", name, m.Name, reason)
			assert.True(j.t, noted[name], "%s has no note: %s", name, m.Name)
		case hostile.Harmful:
			assert.True(j.t, isDead || landed[name], "%s neither landed nor is in DEAD: %s", name, m.Name)
		}
		if name.Kind == messages.KindMovieSearch && m.Class == hostile.Harmful && !j.landed[name] {
			searched = false
		}
	}
	return searched
}

// requireProduction compares what readers see with that of a run without mutations.
func (j *judgement) requireProduction() {
	j.t.Helper()
	have := harness.Decided(j.t, j.world.DatabaseURL)
	lines, err := audit.Lines(j.t.Context(), harness.Connect(j.t, j.world.DatabaseURL))
	require.NoError(j.t, err)
	for table, want := range j.truth.tables {
		if strings.HasPrefix(table, "production.") && want != have[table] {
			missing, more := without(j.truth.lines[table], lines[table]), without(lines[table], j.truth.lines[table])
			require.Fail(j.t, "production differs", "%s lacks\n%s\nand has\n%s", table, strings.Join(missing, "\n"), strings.Join(more, "\n"))
		}
	}
}

func without(lines, others []string) []string {
	return slices.DeleteFunc(slices.Clone(lines), func(line string) bool { return slices.Contains(others, line) })
}
