package entity_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/cledit/pipeline/pkg/entity"
)

// What is in tables is read by older and newer programs: the file is added to and
// never edited.
func TestTheContractIsThatOfTheTables(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/v1/contract.json")
	require.NoError(t, err)
	var golden struct {
		Keys     map[string]string          `json:"keys"`
		Variants []entity.Variant           `json:"variants"`
		Evidence map[string]json.RawMessage `json:"evidence"`
	}
	require.NoError(t, json.Unmarshal(data, &golden))
	require.Equal(t, map[string]string{
		"film of KOBIS":    entity.KOBISMovie + "20190324",
		"film of TMDB":     entity.Numbered(entity.TMDBMovie, 496243),
		"series of TMDB":   entity.Numbered(entity.TMDBSeries, 93405),
		"person of TMDB":   entity.Numbered(entity.TMDBPerson, 21684),
		"person of KOBIS":  entity.KOBISPerson + "20066385",
		"company of TMDB":  entity.Numbered(entity.TMDBCompany, 7036),
		"company of KOBIS": entity.KOBISCompany + "20100001",
		"everything":       entity.Everything,
	}, golden.Keys)
	require.Equal(t, entity.Variants(), golden.Variants)
	wanted, odd, err := entity.ReadWanted(golden.Evidence[entity.WantedField])
	require.NoError(t, err)
	require.Empty(t, odd)
	require.Equal(t, []int32{496243, 22}, wanted)
}

func TestANumberedKeyIsReadAgain(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		prefix := rapid.SampledFrom(entity.Prefixes()).Draw(t, "prefix")
		n := rapid.Int32().Draw(t, "number")
		got, ok := entity.Number(prefix, entity.Numbered(prefix, n))
		require.True(t, ok)
		require.Equal(t, n, got)
		for _, other := range entity.Prefixes() {
			_, ok := entity.Number(other, entity.Numbered(prefix, n))
			require.Equal(t, other == prefix, ok)
		}
	})
}

func TestWhatIsNoIDIsLeftOut(t *testing.T) {
	t.Parallel()
	wanted, odd, err := entity.ReadWanted([]byte(`[7, "x", 0, 99999999999, null, 8]`))
	require.NoError(t, err)
	require.Equal(t, []int32{7, 8}, wanted)
	require.Equal(t, []string{`"x"`, "0", "99999999999", "null"}, odd)
	_, _, err = entity.ReadWanted([]byte(`{"7": 8}`))
	require.ErrorContains(t, err, "reading field wanted of the evidence")
}

var (
	prefixInSQL   = regexp.MustCompile(`'([a-z]+:[a-z]+:)'`)
	variantInSQL  = regexp.MustCompile(`'((?:ko|en|og)(?:-year(?:-\d)?)?)'`)
	evidenceInSQL = regexp.MustCompile(`evidence -> '(\w+)'`)
)

// SQL has no access to Go's constants: what it spells out is held against them.
func TestStatementsSpellTheContract(t *testing.T) {
	t.Parallel()
	var prefixes, fields []string
	for _, pattern := range []string{"../schema/migrations/*.sql", "../../services/*/queries/*.sql"} {
		files, err := filepath.Glob(pattern)
		require.NoError(t, err)
		require.NotEmpty(t, files, pattern)
		for _, file := range files {
			data, err := os.ReadFile(file)
			require.NoError(t, err)
			for _, found := range prefixInSQL.FindAllStringSubmatch(string(data), -1) {
				require.Contains(t, entity.Prefixes(), found[1], file)
				prefixes = append(prefixes, found[1])
			}
			for _, found := range evidenceInSQL.FindAllStringSubmatch(string(data), -1) {
				fields = append(fields, found[1])
			}
		}
	}
	for _, key := range []string{entity.KOBISMovie, entity.TMDBMovie, entity.TMDBSeries} {
		require.Contains(t, prefixes, key, "the triggers make such entities dirty")
	}
	require.Contains(t, fields, entity.WantedField, "the planner reads it")
}

// The planner's forecast counts searches in SQL.
func TestTheCensusCountsEveryVariant(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../../services/planner/queries/due.sql")
	require.NoError(t, err)
	_, census, found := strings.Cut(string(data), "-- name: Census")
	require.True(t, found)
	census, _, _ = strings.Cut(census, "-- name:")
	var have, want []string
	for _, match := range variantInSQL.FindAllStringSubmatch(census, -1) {
		have = append(have, match[1])
	}
	for _, variant := range entity.Variants() {
		want = append(want, string(variant))
	}
	slices.Sort(have)
	slices.Sort(want)
	require.Equal(t, want, slices.Compact(have))
}
