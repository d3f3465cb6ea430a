package e2e_test

import (
	"bytes"
	"encoding/json"
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

// panels are the queries of the dashboard, with Grafana's own variables set.
func panels(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(monitoring, "dashboard.json"))
	require.NoError(t, err)
	var dashboard struct {
		Panels []struct{ Targets []struct{ Expr string } }
	}
	require.NoError(t, json.Unmarshal(text, &dashboard))
	var queries []string
	for _, panel := range dashboard.Panels {
		require.NotEmpty(t, panel.Targets)
		for _, target := range panel.Targets {
			queries = append(queries, strings.ReplaceAll(target.Expr, "$__rate_interval", "1m"))
		}
	}
	require.NotEmpty(t, queries)
	return queries
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
		require.Contains(t, []string{"critical", "warning"}, a.Labels["severity"], a.Alert)
	}
}

// requireMeasured asks that what alerts and dashboard read is what the running
// services offer.
func requireMeasured(t *testing.T, w *harness.World) {
	t.Helper()
	queries := panels(t)
	for _, a := range readAlerts(t) {
		queries = append(queries, a.Expr)
	}
	var offered strings.Builder
	for service := range harness.Services {
		offered.WriteString(w.Process(service).Metrics(t))
	}
	for _, query := range queries {
		for _, name := range metricsOf(t, query) {
			found := strings.Contains(offered.String(), "\n"+name+"{") || strings.Contains(offered.String(), "\n"+name+" ")
			require.True(t, found, "nobody measures %s, which is read by %s", name, query)
		}
	}
}
