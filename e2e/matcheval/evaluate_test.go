package matcheval_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/e2e/matcheval"
)

// The built-in tables hold a part of the recordings.
func TestMatchingOnTheBuiltInTables(t *testing.T) {
	t.Parallel()
	w, err := matcheval.Open("")
	require.NoError(t, err)
	decided, err := matcheval.Decided()
	require.NoError(t, err)
	gold, err := w.Build(decided)
	require.NoError(t, err)
	results, err := w.Run(matcheval.Full)
	require.NoError(t, err)
	report := w.Judge(results, gold)
	var table strings.Builder
	report.Print(&table)
	w.PrintErrors(&table, report.Errors, 40)
	t.Log("\n" + table.String())

	all, nobody := report.Gold["all"], report.Nobody["all"]
	require.Greater(t, all.Films, 500)
	require.Greater(t, nobody.Films, 500)
	require.GreaterOrEqual(t, report.Precision(), 0.999)
	require.GreaterOrEqual(t, all.Recall(), 0.985)
	require.LessOrEqual(t, float64(nobody.Wrong), 0.005*float64(nobody.Films))
	require.Less(t, all.CallsPerFilm(), 2.3)
}

func TestTheGoldSetOfTheBuiltInTablesIsThatOfTheRecordings(t *testing.T) {
	t.Parallel()
	w, err := matcheval.Open("")
	require.NoError(t, err)
	decided, err := matcheval.Decided()
	require.NoError(t, err)
	built, err := w.Build(decided)
	require.NoError(t, err)
	committed, err := matcheval.Committed()
	require.NoError(t, err)
	same := 0
	for code, p := range built.Pairs {
		if known, there := committed.Pairs[code]; there {
			require.Equal(t, known.TmdbID, p.TmdbID, code)
			same++
		}
	}
	require.Greater(t, same, 500)
}

func TestTheGoldSetIsWrittenAsItIsRead(t *testing.T) {
	t.Parallel()
	gold, err := matcheval.Committed()
	require.NoError(t, err)
	var table strings.Builder
	require.NoError(t, gold.Write(&table))
	require.Equal(t, len(gold.Pairs), strings.Count(table.String(), "\n")-1-strings.Count(table.String(), "\t?"))
}
