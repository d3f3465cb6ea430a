package e2e_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/stretchr/testify/require"
)

// dashboard is what is held of one: how it looks is Grafana's.
type dashboard struct {
	Title       string
	UID         string
	Description string
	Tags        []string
	Templating  struct{ List []variable }
	Annotations struct{ List []query }
	Panels      []panel
	Links       []panelLink
}

type variable struct {
	Name, Type string
	Query      json.RawMessage
	AllValue   string
}

type panelLink struct{ Title, URL string }

type query struct {
	Name, Expr, LegendFormat string
	Datasource               source
}

type source struct{ Type, UID string }

type panel struct {
	Title, Description, Type string
	Datasource               source
	GridPos                  struct{ X, Y, W, H int }
	FieldConfig              struct{ Defaults struct{ Unit string } }
	Targets                  []query
	Links                    []panelLink
}

func readDashboards(t *testing.T) map[string]dashboard {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(monitoring, "dashboards", "*.json"))
	require.NoError(t, err)
	require.Len(t, files, 3)
	all := map[string]dashboard{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		var d dashboard
		require.NoError(t, json.Unmarshal(text, &d), file)
		all[filepath.Base(file)] = d
	}
	return all
}

// withVariables is a query with what Grafana puts in for its variables.
func withVariables(expr string) string {
	return strings.NewReplacer("$__rate_interval", "4m", "$namespace", ".*").Replace(expr)
}

// notInTheDemo are panels that show nothing of the demo, and why.
var notInTheDemo = map[string]string{
	"Box office landed at": "its simulated box office is of another year",
}

// A dashboard says of each panel what it shows and in which unit, reads the source and
// the namespace that are chosen, and leads to what is to be done.
func TestDashboardsAreWhole(t *testing.T) {
	t.Parallel()
	runbook, err := os.ReadFile("../docs/operations/troubleshoot.md")
	require.NoError(t, err)
	uids, titles := map[string]bool{}, map[string]bool{}
	for file, d := range readDashboards(t) {
		require.NotEmpty(t, d.Description, file)
		require.Contains(t, d.Tags, "cledit", file)
		require.False(t, uids[d.UID] || titles[d.Title], file)
		uids[d.UID], titles[d.Title] = true, true
		require.NotEmpty(t, d.Links, file)
		require.Len(t, d.Templating.List, 2, file)
		require.Equal(t, "datasource", d.Templating.List[0].Name, file)
		require.JSONEq(t, `"prometheus"`, string(d.Templating.List[0].Query), file)
		require.Equal(t, "namespace", d.Templating.List[1].Name, file)
		require.Equal(t, ".*", d.Templating.List[1].AllValue, "outside of Kubernetes there is none")
		for _, a := range d.Annotations.List {
			requireQuery(t, a.Name, a.Expr)
			require.Equal(t, source{"prometheus", "${datasource}"}, a.Datasource, a.Name)
		}
		panelTitles := map[string]bool{}
		for _, p := range d.Panels {
			require.NotEmpty(t, p.Title, file)
			require.False(t, panelTitles[p.Title], p.Title)
			panelTitles[p.Title] = true
			requirePanel(t, p, string(runbook))
		}
	}
}

func requirePanel(t *testing.T, p panel, runbook string) {
	t.Helper()
	require.NotEmpty(t, p.Description, p.Title)
	require.NotEmpty(t, p.FieldConfig.Defaults.Unit, p.Title)
	require.Equal(t, source{"prometheus", "${datasource}"}, p.Datasource, p.Title)
	require.LessOrEqual(t, p.GridPos.X+p.GridPos.W, 24, p.Title)
	require.NotEmpty(t, p.Targets, p.Title)
	for _, target := range p.Targets {
		require.NotEmpty(t, target.LegendFormat, p.Title)
		requireQuery(t, p.Title, target.Expr)
	}
	for _, l := range p.Links {
		_, anchor, _ := strings.Cut(l.URL, "troubleshoot.md#")
		require.NotEmpty(t, anchor, p.Title)
		require.Contains(t, strings.ToLower(runbook), "\n### "+anchor+"\n", p.Title)
	}
}

// aRate is a rate over a time of its own: too short for how often is scraped, or so long
// that a peak is gone.
var aRate = regexp.MustCompile(`\brate\([^\[]*\[([^\]]*)\]`)

func requireQuery(t *testing.T, title, expr string) {
	t.Helper()
	for _, rate := range aRate.FindAllStringSubmatch(expr, -1) {
		require.Equal(t, "$__rate_interval", rate[1], title)
	}
	parsed, err := parser.NewParser(parser.Options{}).ParseExpr(withVariables(expr))
	require.NoError(t, err, title)
	parser.Inspect(parsed, func(node parser.Node, _ []parser.Node) error {
		selector, ok := node.(*parser.VectorSelector)
		if !ok {
			return nil
		}
		require.True(t, strings.HasPrefix(selector.Name, "cledit_") || strings.HasPrefix(selector.Name, "process_"), title)
		chosen := false
		for _, m := range selector.LabelMatchers {
			chosen = chosen || m.Name == "namespace" && m.Type == labels.MatchRegexp
			require.NotEqual(t, "job", m.Name, "what scrapes gives the job its name: %s", title)
		}
		require.True(t, chosen, "%s reads another namespace than the one that is chosen: %s", title, selector.Name)
		return nil
	})
}

// Every query of every panel returns something on what the services of the demo said
// of themselves.
func TestDashboardsShowTheDemo(t *testing.T) {
	t.Parallel()
	store, at := demoScrape(t)
	engine := promql.NewEngine(promql.EngineOpts{
		MaxSamples: 1_000_000, Timeout: time.Minute, LookbackDelta: 5 * time.Minute, Parser: parser.NewParser(parser.Options{}),
	})
	t.Cleanup(func() { require.NoError(t, engine.Close()) })
	shown := 0
	for _, d := range readDashboards(t) {
		for _, p := range d.Panels {
			if notInTheDemo[p.Title] != "" {
				continue
			}
			for _, target := range p.Targets {
				asked, err := engine.NewInstantQuery(t.Context(), store, nil, withVariables(target.Expr), at)
				require.NoError(t, err, p.Title)
				result := asked.Exec(t.Context())
				require.NoError(t, result.Err, p.Title)
				rows, err := result.Vector()
				require.NoError(t, err, p.Title)
				require.NotEmpty(t, rows, "%s: %s", p.Title, target.Expr)
				for _, row := range rows {
					requireLegend(t, p, target, row.Metric)
				}
				shown++
				asked.Close()
			}
		}
	}
	require.Greater(t, shown, 40)
}

// inLegend is a label in the name of a line.
var inLegend = regexp.MustCompile(`\{\{(\w+)\}\}`)

// requireLegend asks that a row has what its name is made of.
func requireLegend(t *testing.T, p panel, target query, row labels.Labels) {
	t.Helper()
	for _, name := range inLegend.FindAllStringSubmatch(target.LegendFormat, -1) {
		require.NotEmpty(t, row.Get(name[1]), "%s: %s", p.Title, target.Expr)
	}
}

// demoScrape has the series of what each service of `cledit up` answered at /metrics in
// the first minutes of its first load, as if counters had grown evenly for ten minutes
// before, and when that was.
func demoScrape(t *testing.T) (all series, at time.Time) {
	t.Helper()
	const minutes = 10
	files, err := filepath.Glob("testdata/scrape/*.prom")
	require.NoError(t, err)
	require.Len(t, files, 4)
	texts := map[string]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		texts[strings.TrimSuffix(filepath.Base(file), ".prom")] = string(text)
	}
	at = time.Unix(1_796_065_200, 0)
	for service, text := range texts {
		grows := map[string]bool{}
		for line := range strings.Lines(text) {
			if name, of, ok := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "# TYPE "), " "); ok && strings.HasPrefix(line, "#") {
				grows[name] = of == "counter"
				grows[name+"_bucket"], grows[name+"_sum"], grows[name+"_count"] = of == "histogram", of == "histogram", of == "histogram"
				continue
			}
			split := strings.LastIndexByte(strings.TrimSpace(line), ' ')
			metric, err := parser.NewParser(parser.Options{}).ParseMetric(line[:split])
			require.NoError(t, err, line)
			value, err := strconv.ParseFloat(strings.TrimSpace(line[split:]), 64)
			require.NoError(t, err, line)
			one := promql.Series{Metric: labels.NewBuilder(metric).Set(model.InstanceLabel, service).Labels()}
			for minute := range minutes + 1 {
				v := value
				if grows[metric.Get(model.MetricNameLabel)] {
					v = value * float64(minute) / minutes
				}
				one.Floats = append(one.Floats, promql.FPoint{T: at.Add(time.Duration(minute-minutes) * time.Minute).UnixMilli(), F: v})
			}
			all = append(all, one)
		}
	}
	return all, at
}
