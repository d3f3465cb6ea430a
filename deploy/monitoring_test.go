package deploy_test

import (
	"slices"
	"testing"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"github.com/stretchr/testify/require"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

// ofOperator decodes the one object of a kind that the Prometheus operator reads.
func ofOperator(t *testing.T, kind string, into any) {
	t.Helper()
	resources, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), "verify/components")
	require.NoError(t, err)
	found := 0
	for _, resource := range resources.Resources() {
		if resource.GetKind() == kind {
			text, err := resource.AsYAML()
			require.NoError(t, err)
			require.NoError(t, yaml.UnmarshalStrict(text, into))
			found++
		}
	}
	require.Equal(t, 1, found, kind)
}

// The operator is given every alert as it stands in alerts.yaml.
func TestTheOperatorIsGivenEveryAlert(t *testing.T) {
	t.Parallel()
	var rule monitoringv1.PrometheusRule
	ofOperator(t, "PrometheusRule", &rule)
	var alerts monitoringv1.PrometheusRuleSpec
	require.NoError(t, yaml.UnmarshalStrict([]byte(read(t, "monitoring/alerts.yaml")), &alerts))
	require.Equal(t, alerts, rule.Spec)
	require.Greater(t, len(alerts.Groups[0].Rules), 30)
}

// Each service that is scraped has the port and the label that the monitor asks for.
func TestTheMonitorMeetsThePods(t *testing.T) {
	t.Parallel()
	var monitor monitoringv1.PodMonitor
	ofOperator(t, "PodMonitor", &monitor)
	asks, end := monitor.Spec.Selector.MatchExpressions[0], monitor.Spec.PodMetricsEndpoints[0]
	require.Equal(t, "app", asks.Key)
	require.Equal(t, "/metrics", end.Path)
	templates := pods(rendered(t, "verify/components"))
	for _, name := range asks.Values {
		pod := templates[name]
		require.Equal(t, name, pod.Labels["app"])
		require.True(t, slices.ContainsFunc(pod.Spec.Containers[0].Ports, func(p corev1.ContainerPort) bool { return p.Name == *end.Port }), name)
	}
}

// Grafana's sidecar finds the dashboards by their label.
func TestGrafanaIsGivenTheDashboards(t *testing.T) {
	t.Parallel()
	for _, object := range rendered(t, "verify/components") {
		if config, ok := object.(*corev1.ConfigMap); ok && config.Name == "dashboards" {
			require.Equal(t, "1", config.Labels["grafana_dashboard"])
			for _, name := range []string{"data.json", "work.json", "machinery.json"} {
				require.Equal(t, read(t, "monitoring/dashboards/"+name), config.Data[name])
			}
			require.Len(t, config.Data, 3)
			return
		}
	}
	t.Fatal("there are none")
}

// The digest comes when the box office of the day before should be there, and its job
// alone may leave the cluster for it.
func TestTheDigestIsPostedInSeoulsMorning(t *testing.T) {
	t.Parallel()
	var job *batchv1.CronJob
	var way *networkingv1.NetworkPolicy
	for _, object := range rendered(t, "verify/components") {
		switch o := object.(type) {
		case *batchv1.CronJob:
			if o.Name == "digest" {
				job = o
			}
		case *networkingv1.NetworkPolicy:
			if o.Name == "to-webhook" {
				way = o
			}
		}
	}
	require.NotNil(t, job)
	require.NotNil(t, way)
	require.Equal(t, "30 10 * * *", job.Spec.Schedule)
	require.Equal(t, "Asia/Seoul", *job.Spec.TimeZone)
	pod := job.Spec.JobTemplate.Spec.Template
	require.Equal(t, pod.Labels["app"], way.Spec.PodSelector.MatchLabels["app"])
	require.Equal(t, pods(rendered(t, "verify/components"))["planner"].Spec.Containers[0].Image, pod.Spec.Containers[0].Image)
	require.Contains(t, pod.Spec.Containers[0].Env, corev1.EnvVar{Name: "REPORT_WEBHOOK_URL_FILE", Value: "/run/secrets/digest/webhook_url"})
}
