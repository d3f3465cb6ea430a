package e2e_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/cledit/pipeline/e2e/harness"
)

const monitoring = "../deploy/monitoring"

type alert struct {
	Alert       string            `yaml:"alert"`
	Expr        string            `yaml:"expr"`
	For         string            `yaml:"for"`
	Labels      map[string]string `yaml:"labels"`
	Annotations map[string]string `yaml:"annotations"`
}

func readAlerts(t *testing.T) []alert {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(monitoring, "alerts.yaml"))
	require.NoError(t, err)
	var rules struct {
		Groups []struct {
			Name  string  `yaml:"name"`
			Rules []alert `yaml:"rules"`
		} `yaml:"groups"`
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	require.NoError(t, decoder.Decode(&rules))
	require.Len(t, rules.Groups, 1)
	require.NotEmpty(t, rules.Groups[0].Rules)
	return rules.Groups[0].Rules
}

// panels are the queries of the dashboards, with Grafana's own variables set.
func panels(t *testing.T) (queries []string) {
	t.Helper()
	for _, d := range readDashboards(t) {
		for _, p := range d.Panels {
			for _, target := range p.Targets {
				queries = append(queries, withVariables(target.Expr))
			}
		}
		for _, a := range d.Annotations.List {
			queries = append(queries, withVariables(a.Expr))
		}
	}
	require.NotEmpty(t, queries)
	return queries
}

// seldom are the metrics that are there only while there is something to say.
var seldom = map[string]bool{
	"cledit_loader_review_oldest_timestamp_seconds": true, // a match is in review
	"cledit_loader_data_quality_total":              true, // a field could not be read
	"cledit_planner_stage_done_timestamp_seconds":   true, // something is due that ends
	"cledit_freshness_landed_timestamp_seconds":     true, // a day landed within the week
}

// metricsOf are the names of the metrics that a query reads.
func metricsOf(t *testing.T, query string) []string {
	t.Helper()
	expr, err := parser.NewParser(parser.Options{}).ParseExpr(query)
	require.NoError(t, err, query)
	var names []string
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		if selector, ok := node.(*parser.VectorSelector); ok {
			for _, m := range selector.LabelMatchers {
				if m.Name == model.MetricNameLabel {
					names = append(names, m.Value)
				}
			}
		}
		return nil
	})
	require.NotEmpty(t, names, query)
	return names
}

// Every alert has its place in the operations document.
func TestEveryAlertIsExplained(t *testing.T) {
	t.Parallel()
	document, err := os.ReadFile("../docs/operations/troubleshoot.md")
	require.NoError(t, err)
	for _, a := range readAlerts(t) {
		require.Contains(t, string(document), "\n### "+a.Alert+"\n")
		require.True(t, strings.HasSuffix(a.Annotations["runbook_url"], "/docs/operations/troubleshoot.md#"+strings.ToLower(a.Alert)), a.Alert)
		require.NotEmpty(t, a.Annotations["summary"], a.Alert)
		require.NotEmpty(t, a.Annotations["description"], a.Alert)
		require.Contains(t, []string{"critical", "warning", "info", "none"}, a.Labels["severity"], a.Alert)
	}
}

// Every alert leads to the dashboard that shows what it reads, where one does.
func TestEveryAlertLeadsToItsDashboard(t *testing.T) {
	t.Parallel()
	shown := map[string]map[string]bool{} // metrics, by a dashboard's uid
	for _, d := range readDashboards(t) {
		shown[d.UID] = map[string]bool{}
		for _, p := range d.Panels {
			for _, target := range p.Targets {
				for _, name := range metricsOf(t, withVariables(target.Expr)) {
					shown[d.UID][name] = true
				}
			}
		}
	}
	const at = "{{ $externalLabels.grafana }}/d/"
	for _, a := range readAlerts(t) {
		uid, found := strings.CutPrefix(a.Annotations["dashboard_url"], at)
		require.True(t, found, a.Alert)
		require.Contains(t, shown, uid, a.Alert)
		if a.Alert == always {
			continue
		}
		anywhere, there := false, false
		for _, name := range metricsOf(t, a.Expr) {
			for of, metrics := range shown {
				anywhere, there = anywhere || metrics[name], there || metrics[name] && of == uid
			}
		}
		require.True(t, there || !anywhere, "%s reads what %s does not show", a.Alert, uid)
	}
}

// requireMeasured asks that what alerts and dashboard read is what the running
// services offer.
func requireMeasured(t *testing.T, w *harness.World) {
	t.Helper()
	queries := panels(t)
	for _, a := range readAlerts(t) {
		if a.Alert != always {
			queries = append(queries, a.Expr)
		}
	}
	var offered strings.Builder
	for _, service := range harness.Pipeline {
		offered.WriteString(w.Process(service).Metrics(t))
	}
	for _, query := range queries {
		for _, name := range metricsOf(t, query) {
			if strings.HasPrefix(name, "kube_") || seldom[name] {
				continue // the first are kube-state-metrics', of the jobs of a component
			}
			found := strings.Contains(offered.String(), "\n"+name+"{") || strings.Contains(offered.String(), "\n"+name+" ")
			require.True(t, found, "nobody measures %s, which is read by %s", name, query)
		}
	}
}
