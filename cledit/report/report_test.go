package report_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/cledit/report"
	"github.com/cledit/pipeline/sim/audit"
)

// clock moves by hand.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

func TestLinesTellWhatMovedAndHowItEnded(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	c := &clock{time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)}
	progress := report.NewProgress(&out, false, c.Now)

	progress.Show([]report.Stage{{Name: "planned", Done: 1, Total: 10}, {Name: "fetched"}})
	progress.Show([]report.Stage{{Name: "planned", Done: 2, Total: 10}, {Name: "fetched"}}) // too soon for a log
	c.now = c.now.Add(5 * time.Second)
	progress.Show([]report.Stage{{Name: "planned", Done: 3, Total: 10}, {Name: "fetched"}})
	progress.Show([]report.Stage{{Name: "planned", Done: 10, Total: 10}, {Name: "fetched", Done: 10, Total: 10}})
	progress.Close()

	require.Equal(t, ""+
		"   0.0s  planned   1 of 10\n"+
		"   0.0s  fetched   0 of 0\n"+
		"   5.0s  planned   3 of 10\n"+
		"   5.0s  planned   10 of 10\n"+
		"   5.0s  fetched   10 of 10\n", out.String())
}

func TestBarsEndWithTheLastState(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	progress := report.NewProgress(&out, true, time.Now)
	progress.Show([]report.Stage{{Name: "planned", Done: 7, Total: 9}})
	progress.Close()
	require.Contains(t, out.String(), "planned")
	require.Contains(t, out.String(), "7")
}

func TestBarsThatNeverShowedAnythingEnd(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	report.NewProgress(&out, true, time.Now).Close()
}

func TestSummaryMarksWhatIsWrong(t *testing.T) {
	t.Parallel()
	want := int64(2)
	s := report.Summary{
		Checks:  []audit.Check{{Layer: "staging", What: "films", Landed: 1, Source: &want}},
		Keys:    []report.Key{{Source: "kobis", Fingerprint: "0123456789ab", Calls: 12, Limit: 3000}},
		Limits:  []report.Limit{{Source: "kobis", Rate: "5/1s", Peak: 5}},
		Planned: 12, Duration: 1500 * time.Millisecond,
		Look: []report.Look{{What: "again", Command: "make demo"}},
	}
	var person, script bytes.Buffer
	s.Write(&person)
	for _, text := range []string{"✗", "NOT COMPLETE", "0123456789ab", "12 jobs planned and answered in 1.5 s", "make demo"} {
		require.Contains(t, person.String(), text)
	}
	require.NoError(t, s.WriteJSON(&script))
	var back report.Summary
	require.NoError(t, json.Unmarshal(script.Bytes(), &back))
	require.Equal(t, s, back)
}

func TestSummarySaysThatNothingWasStale(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	report.Summary{Complete: true}.Write(&out)
	require.Contains(t, out.String(), "Nothing was stale")
	require.NotContains(t, out.String(), "NOT COMPLETE")
}
