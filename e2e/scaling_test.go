package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/util/annotations"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/cledit/pipeline/e2e/harness"
	"github.com/cledit/pipeline/sim"
	"github.com/cledit/pipeline/sim/kobis"
	"github.com/cledit/pipeline/sim/tmdb"
	"github.com/cledit/pipeline/sim/traffic"
)

// TestFetchersAreScaledOnWhatCanRun asks a Prometheus what the autoscaler asks it,
// about planners that really run.
func TestFetchersAreScaledOnWhatCanRun(t *testing.T) {
	t.Parallel()
	const callsADay = 20
	rate := traffic.Rate{N: 500, Per: time.Second}
	w := harness.NewWorld(t, sim.Options{
		KOBIS: kobis.Options{Keys: goodKeys, Limits: traffic.Limits{DailyQuota: callsADay, Rate: rate}},
		TMDB:  tmdb.Options{Tokens: []string{goodToken}, Limits: traffic.Limits{Rate: rate}},
	}, goodKeys[:1], goodToken)

	// Nobody fetches yet, and there is something to fetch: the first pod may come.
	w.Start(t, "planner", "loader")
	first := w.Process("planner")
	w.Until(t, "the first planner leads and has jobs", func(context.Context) (bool, error) {
		now := scrape(t, first)
		return now.leads() && now.runnable() > 0, nil
	})
	before := scrape(t, first)
	require.Equal(t, before.runnable(), scaledOn(t, before), "from zero when something can run")

	// Another takes the lead. What the first measured last goes with the lead.
	second := harness.StartProcess(t, "planner", w.Env("planner"))
	w.Until(t, "the second planner leads, the first follows", func(ctx context.Context) (bool, error) {
		if scrape(t, second).leads() {
			return !scrape(t, first).leads(), nil
		}
		_, err := w.Count(ctx, `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
			WHERE application_name = 'planner leader' AND datname = current_database()
			AND pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted)`)
		return false, err
	})
	following, current := scrape(t, first), scrape(t, second)
	for _, m := range following {
		require.NotEqual(t, "cledit_planner_runnable_jobs", m.Get(model.MetricNameLabel), "of a planner that follows")
	}
	require.Equal(t, before.runnable(), scaledOn(t, following, before), "one figure while two planners run")

	// The source says that the day's calls are spent. What waits can't run before
	// tomorrow.
	w.Start(t, "fetcher-kobis")
	w.Until(t, "the day's calls are spent", func(context.Context) (bool, error) {
		if current = scrape(t, second); !current.leads() { // it may have been its session that was ended
			current = scrape(t, first)
		}
		return current.leads() && current.runnable() == 0 && current.value("cledit_planner_outstanding_jobs", "kobis") > 0, nil
	})
	require.Greater(t, w.Sim.Stats().KOBIS.Requests, callsADay)
	require.Zero(t, scaledOn(t, scrape(t, first), current), "to zero when nothing can run, whatever waits")
}

// scaledOn is the answer to the query of KOBIS' trigger, which takes one figure
// and no other answer, by a Prometheus that has scraped planners in pods.
func scaledOn(t *testing.T, planners ...metrics) int {
	t.Helper()
	var scraped series
	for i, planner := range planners {
		for _, m := range planner {
			scraped = append(scraped, promql.Series{
				Metric: labels.NewBuilder(m.Labels).Set("namespace", "cledit").Set("pod", fmt.Sprintf("planner-%d", i)).Labels(),
				Floats: []promql.FPoint{{T: scrapedAt.UnixMilli(), F: m.value}},
			})
		}
	}
	engine := promql.NewEngine(promql.EngineOpts{MaxSamples: 1e6, Timeout: time.Minute})
	defer engine.Close() //nolint:errcheck // holds nothing
	query, err := engine.NewInstantQuery(t.Context(), scraped, nil, triggers(t)["fetcher-kobis"], scrapedAt)
	require.NoError(t, err)
	defer query.Close()
	result := query.Exec(t.Context())
	require.NoError(t, result.Err)
	vector, ok := result.Value.(promql.Vector)
	require.True(t, ok)
	require.Len(t, vector, 1, "%s", result.Value)
	return int(vector[0].F)
}

// triggers are the queries that fetchers are scaled on, by the fetcher's name.
func triggers(t *testing.T) map[string]string {
	t.Helper()
	file, err := os.Open("../deploy/k8s/components/keda/scaledobjects.yaml")
	require.NoError(t, err)
	defer file.Close() //nolint:errcheck // only read from
	queries := map[string]string{}
	for decoder := yaml.NewDecoder(file); ; {
		var object struct {
			Spec struct {
				ScaleTargetRef struct{ Name string } `yaml:"scaleTargetRef"`
				Triggers       []struct{ Metadata map[string]string }
			}
		}
		if err := decoder.Decode(&object); errors.Is(err, io.EOF) {
			break
		}
		require.Len(t, object.Spec.Triggers, 1)
		queries[object.Spec.ScaleTargetRef.Name] = object.Spec.Triggers[0].Metadata["query"]
	}
	require.Len(t, queries, 2)
	return queries
}

// metrics are the gauges of one scrape.
type metrics []struct {
	labels.Labels
	value float64
}

// scrape reads a process; one that does not listen yet has nothing.
func scrape(t *testing.T, p *harness.Process) (gauges metrics) {
	t.Helper()
	if p.AdminURL() == "" {
		return nil
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(p.Metrics(t)))
	require.NoError(t, err)
	for name, family := range families {
		for _, m := range family.GetMetric() {
			if m.GetGauge() == nil {
				continue
			}
			builder := labels.NewBuilder(labels.FromStrings(model.MetricNameLabel, name))
			for _, label := range m.GetLabel() {
				builder.Set(label.GetName(), label.GetValue())
			}
			gauges = append(gauges, struct {
				labels.Labels
				value float64
			}{builder.Labels(), m.GetGauge().GetValue()})
		}
	}
	return gauges
}

// value is that of a gauge; 0 where there is none of that name yet.
func (m metrics) value(name, source string) int {
	for _, one := range m {
		if one.Get(model.MetricNameLabel) == name && one.Get("source") == source {
			return int(one.value)
		}
	}
	return 0
}

func (m metrics) leads() bool   { return m.value("cledit_planner_leader", "") == 1 }
func (m metrics) runnable() int { return m.value("cledit_planner_runnable_jobs", "kobis") }

// series are what the query engine reads: the samples of one scrape.
type series []promql.Series

var scrapedAt = time.Unix(0, 0)

// Querier is called for a range of time, which is that of the scrape.
func (s series) Querier(int64, int64) (storage.Querier, error) {
	return &storage.MockQuerier{SelectMockFunction: s.choose}, nil
}

func (s series) choose(_ bool, _ *storage.SelectHints, matchers ...*labels.Matcher) storage.SeriesSet {
	chosen := &seriesSet{}
	for _, one := range s {
		if !slices.ContainsFunc(matchers, func(m *labels.Matcher) bool { return !m.Matches(one.Metric.Get(m.Name)) }) {
			chosen.left = append(chosen.left, one)
		}
	}
	return chosen
}

// seriesSet is gone through once.
type seriesSet struct {
	left    series
	current promql.Series
}

func (s *seriesSet) Next() bool {
	if len(s.left) == 0 {
		return false
	}
	s.current, s.left = s.left[0], s.left[1:]
	return true
}

func (s *seriesSet) At() storage.Series              { return promql.NewStorageSeries(s.current) }
func (*seriesSet) Err() error                        { return nil }
func (*seriesSet) Warnings() annotations.Annotations { return nil }
