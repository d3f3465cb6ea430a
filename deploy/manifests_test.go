package deploy_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

var overlays = []string{"k8s/base", "k8s/overlays/demo", "k8s/overlays/production", "verify/components"}

// scaledObject is the part of KEDA's resource that the component uses.
type scaledObject struct {
	APIVersion string            `json:"apiVersion"`
	Kind       string            `json:"kind"`
	Metadata   map[string]any    `json:"metadata"`
	Spec       scaledObjectsSpec `json:"spec"`
}

type scaledObjectsSpec struct {
	ScaleTargetRef  struct{ Name string } `json:"scaleTargetRef"`
	MinReplicaCount int                   `json:"minReplicaCount"`
	MaxReplicaCount int                   `json:"maxReplicaCount"`
	PollingInterval int                   `json:"pollingInterval"`
	CooldownPeriod  int                   `json:"cooldownPeriod"`
	Triggers        []struct {
		Type     string            `json:"type"`
		Metadata map[string]string `json:"metadata"`
	} `json:"triggers"`
}

// object is what every resource has.
type object struct {
	APIVersion string         `json:"apiVersion"`
	Kind       string         `json:"kind"`
	Metadata   map[string]any `json:"metadata"`
}

// certificate is the part of cert-manager's resource that the component uses.
type certificate struct {
	object
	Spec struct {
		SecretName string                      `json:"secretName"`
		IssuerRef  struct{ Name, Kind string } `json:"issuerRef"`
		Usages     []string                    `json:"usages"`
		PrivateKey struct {
			Algorithm string `json:"algorithm"`
			Size      int    `json:"size"`
		} `json:"privateKey"`
		DNSNames []string `json:"dnsNames"`
	} `json:"spec"`
}

// custom is the shape of a resource that Kubernetes itself does not have; else nil.
func custom(kind string) any {
	switch kind {
	case "ScaledObject":
		return new(scaledObject)
	case "Certificate":
		return new(certificate)
	case "PodMonitor":
		return new(monitoringv1.PodMonitor)
	case "PrometheusRule":
		return new(monitoringv1.PrometheusRule)
	}
	return nil
}

// rendered are the objects of an overlay, decoded strictly.
func rendered(t *testing.T, overlay string) []runtime.Object {
	t.Helper()
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		corev1.AddToScheme, appsv1.AddToScheme, batchv1.AddToScheme, networkingv1.AddToScheme, policyv1.AddToScheme, rbacv1.AddToScheme, schedulingv1.AddToScheme,
	} {
		require.NoError(t, add(scheme))
	}
	decoder := serializer.NewCodecFactory(scheme, serializer.EnableStrict).UniversalDeserializer()
	resources, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), overlay)
	require.NoError(t, err)
	var objects []runtime.Object
	for _, resource := range resources.Resources() {
		text, err := resource.AsYAML()
		require.NoError(t, err)
		if shape := custom(resource.GetKind()); shape != nil {
			require.NoError(t, yaml.UnmarshalStrict(text, shape), "%s", text)
			continue
		}
		object, _, err := decoder.Decode(text, nil, nil)
		require.NoError(t, err, "%s", text)
		objects = append(objects, object)
	}
	require.NotEmpty(t, objects)
	return objects
}

// pods are the pod templates by the name of their owner.
func pods(objects []runtime.Object) map[string]corev1.PodTemplateSpec {
	templates := map[string]corev1.PodTemplateSpec{}
	for _, object := range objects {
		switch o := object.(type) {
		case *appsv1.Deployment:
			templates[o.Name] = o.Spec.Template
		case *appsv1.StatefulSet:
			templates[o.Name] = o.Spec.Template
		case *batchv1.Job:
			templates[o.Name] = o.Spec.Template
		case *batchv1.CronJob:
			templates[o.Name] = o.Spec.JobTemplate.Spec.Template
		}
	}
	return templates
}

// What the verify scripts apply besides is decoded as strictly.
func TestWhatIsVerifiedDecodes(t *testing.T) {
	t.Parallel()
	for _, overlay := range []string{
		"verify/demo", "verify/upgraded/demo", "verify/production", "verify/upgraded/production",
		"verify/outside", "verify/scaled", "verify/prometheus", "verify/components",
	} {
		rendered(t, overlay)
	}
}

// KEDA and the like are what an operator adds who has it.
func TestProductionNeedsNothingBesideKubernetes(t *testing.T) {
	t.Parallel()
	resources, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), "k8s/overlays/production")
	require.NoError(t, err)
	for _, resource := range resources.Resources() {
		require.Nil(t, custom(resource.GetKind()), resource.GetKind())
	}
}

// What narrows the way to Postgres is one line.
func TestTheWayToPostgresIsNarrowedByAVariable(t *testing.T) {
	t.Parallel()
	require.Contains(t, read(t, "k8s/overlays/production/kustomization.yaml"), "POSTGRES_CIDR=0.0.0.0/0")
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS(".")))
	file := filepath.Join(dir, "k8s/overlays/production/kustomization.yaml")
	text := strings.ReplaceAll(read(t, file), "POSTGRES_CIDR=0.0.0.0/0", "POSTGRES_CIDR=fd00::3/128")
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	found := false
	for _, object := range rendered(t, filepath.Dir(file)) {
		if policy, ok := object.(*networkingv1.NetworkPolicy); ok && policy.Name == "to-postgres" {
			found = true
			require.Equal(t, "fd00::3/128", policy.Spec.Egress[0].To[0].IPBlock.CIDR)
		}
		if configMap, ok := object.(*corev1.ConfigMap); ok {
			require.NotEqual(t, "network", configMap.Name, "it is nobody's but kustomize's")
		}
	}
	require.True(t, found)
}

// What backs up writes where what restores reads, and nobody restores by itself.
func TestBackupsAreRestoredOnDemandAlone(t *testing.T) {
	t.Parallel()
	jobs := map[string]*batchv1.CronJob{}
	for _, object := range rendered(t, "verify/components") {
		if job, ok := object.(*batchv1.CronJob); ok {
			jobs[job.Name] = job
		}
	}
	for _, what := range []string{"database", "streams"} {
		backup, restore := jobs["backup-"+what], jobs["restore-"+what]
		require.Nil(t, backup.Spec.Suspend, what)
		require.True(t, *restore.Spec.Suspend, what)
		require.Equal(t, batchv1.ForbidConcurrent, backup.Spec.ConcurrencyPolicy)
		for _, job := range []*batchv1.CronJob{backup, restore} {
			volumes := job.Spec.JobTemplate.Spec.Template.Spec.Volumes
			require.True(t, slices.ContainsFunc(volumes, func(v corev1.Volume) bool {
				return v.PersistentVolumeClaim != nil && v.PersistentVolumeClaim.ClaimName == "backup"
			}), job.Name)
		}
	}
	// What is restored is never what is being written.
	backup, restore := jobs["backup-streams"].Spec.JobTemplate.Spec.Template.Spec, jobs["restore-streams"].Spec.JobTemplate.Spec.Template.Spec
	copied := backup.InitContainers[len(backup.InitContainers)-1]
	require.Contains(t, copied.Args, "/backup/streams.new")
	require.Contains(t, backup.Containers[0].Args[0], "mv streams.new streams\n")
	require.Contains(t, restore.Containers[0].Args, "/backup/streams/RAW")
	for _, cli := range []corev1.Container{copied, restore.Containers[0]} {
		require.Regexp(t, "/cledit/nats-cli:", cli.Image)
		require.Subset(t, cli.Args, []string{"--timeout", "5m"}, "the server answers when it has written all of it")
		require.Contains(t, cli.Env, corev1.EnvVar{Name: "NATS_CA", Value: "/run/nats-ca/ca.crt"})
	}
}

// Wherever the swap of copies is cut off, the next run or a restore has a whole copy, and
// never one that is being written.
func TestACopyCutOffIsFoundAgain(t *testing.T) {
	t.Parallel()
	var clear, swap, find string
	for _, object := range rendered(t, "verify/components") {
		job, ok := object.(*batchv1.CronJob)
		if !ok {
			continue
		}
		spec := job.Spec.JobTemplate.Spec.Template.Spec
		switch job.Name {
		case "backup-streams":
			clear, swap = spec.InitContainers[0].Args[0], spec.Containers[0].Args[0]
		case "restore-streams":
			find = spec.InitContainers[0].Args[0]
		}
	}
	require.NotEmpty(t, clear)
	steps := strings.Split(strings.TrimSpace(strings.ReplaceAll(swap, "cd /backup\n", "")), "\n")
	for cut := range len(steps) + 1 {
		dir := t.TempDir()
		run := func(script string) {
			t.Helper()
			script = strings.ReplaceAll(script, "cd /backup\n", "")
			cmd := exec.CommandContext(t.Context(), "sh", "-euc", script)
			cmd.Dir = dir
			out, err := cmd.CombinedOutput()
			require.NoError(t, err, "%s: %s", script, out)
		}
		copied := func(which string) { run("mkdir -p streams.new/RAW; echo " + which + " >streams.new/RAW/which") }
		copied("first")
		run(swap)
		run(clear)
		copied("second")
		run(strings.Join(steps[:cut], "\n") + "\n")
		run(find)
		which, err := os.ReadFile(filepath.Join(dir, "streams/RAW/which"))
		require.NoError(t, err, "cut off before step %d", cut)
		require.Contains(t, []string{"first\n", "second\n"}, string(which))
		run(clear)
		copied("half")
		run(find)
		which, err = os.ReadFile(filepath.Join(dir, "streams/RAW/which"))
		require.NoError(t, err)
		require.NotEqual(t, "half\n", string(which))
		run(swap)
	}
}

// A migration of the last release is not an obstacle for the next.
func TestTheMigrationIsAppliedAgain(t *testing.T) {
	t.Parallel()
	for _, object := range rendered(t, "k8s/base") {
		if job, ok := object.(*batchv1.Job); ok {
			require.NotNil(t, job.Spec.TTLSecondsAfterFinished, job.Name)
			require.Equal(t, "BeforeHookCreation", job.Annotations["argocd.argoproj.io/hook-delete-policy"])
			require.Equal(t, "enabled", job.Annotations["kustomize.toolkit.fluxcd.io/force"])
		}
	}
}

func TestEveryPodIsRestricted(t *testing.T) {
	t.Parallel()
	for _, overlay := range overlays {
		for name, pod := range pods(rendered(t, overlay)) {
			require.True(t, *pod.Spec.SecurityContext.RunAsNonRoot, name)
			require.NotZero(t, *pod.Spec.SecurityContext.RunAsUser, name)
			require.Equal(t, corev1.SeccompProfileTypeRuntimeDefault, pod.Spec.SecurityContext.SeccompProfile.Type, name)
			require.False(t, *pod.Spec.AutomountServiceAccountToken, name)
			require.False(t, *pod.Spec.EnableServiceLinks, name)
			require.False(t, pod.Spec.HostNetwork || pod.Spec.HostPID || pod.Spec.HostIPC, name)
			require.NotEmpty(t, pod.Spec.Containers, name)
			for _, c := range append(pod.Spec.InitContainers, pod.Spec.Containers...) {
				requireRestricted(t, name, c)
			}
			for _, volume := range pod.Spec.Volumes {
				require.Nil(t, volume.HostPath, name)
			}
		}
	}
}

func requireRestricted(t *testing.T, name string, c corev1.Container) {
	t.Helper()
	require.True(t, *c.SecurityContext.ReadOnlyRootFilesystem, name)
	require.False(t, *c.SecurityContext.AllowPrivilegeEscalation, name)
	require.Equal(t, []corev1.Capability{"ALL"}, c.SecurityContext.Capabilities.Drop, name)
	require.Equal(t, corev1.PullIfNotPresent, c.ImagePullPolicy, name)
	require.NotContains(t, c.Image, ":latest", name)
	require.Contains(t, c.Image, ":", name)
	require.False(t, c.Resources.Limits.Memory().IsZero(), name)
	require.False(t, c.Resources.Requests.Cpu().IsZero() || c.Resources.Requests.Memory().IsZero(), name)
}

// The services' own: probes, time to drain, a limit that the runtime knows of, and
// secrets as files.
func TestServicesDrainAndTellTheirState(t *testing.T) {
	t.Parallel()
	for _, overlay := range overlays {
		templates := pods(rendered(t, overlay))
		for _, name := range []string{"planner", "fetcher-kobis", "fetcher-tmdb", "loader", "console"} {
			pod, c := templates[name].Spec, templates[name].Spec.Containers[0]
			require.Equal(t, "/livez", c.StartupProbe.HTTPGet.Path, name)
			require.Equal(t, "/livez", c.LivenessProbe.HTTPGet.Path, name)
			require.Equal(t, "/readyz", c.ReadinessProbe.HTTPGet.Path, name)
			require.Greater(t, *pod.TerminationGracePeriodSeconds, int64(15)+c.Lifecycle.PreStop.Sleep.Seconds, name)
			require.Equal(t, name, pod.ServiceAccountName)
			env := map[string]string{}
			for _, variable := range c.Env {
				env[variable.Name] = variable.Value
			}
			require.Equal(t, name, env["NATS_USER"])
			require.NotEmpty(t, env["GOMEMLIMIT"], name)
			for variable := range env {
				require.NotRegexp(t, `(PASSWORD|URL|KEYS|TOKEN)$`, variable, "%s: a secret belongs in a file", name)
			}
		}
	}
}

// A selector of a policy, budget or Service that meets nothing protects nothing.
func TestSelectorsMeetPods(t *testing.T) {
	t.Parallel()
	for _, overlay := range overlays[1:] {
		objects := rendered(t, overlay)
		templates := pods(objects)
		meets := func(labels map[string]string) bool {
			for _, pod := range templates {
				met := true
				for key, value := range labels {
					met = met && pod.Labels[key] == value
				}
				if met {
					return true
				}
			}
			return false
		}
		denied := false
		for _, object := range objects {
			switch o := object.(type) {
			case *networkingv1.NetworkPolicy:
				denied = denied || o.Name == "default-deny" && len(o.Spec.Ingress)+len(o.Spec.Egress) == 0 && len(o.Spec.PolicyTypes) == 2
				require.True(t, meets(o.Spec.PodSelector.MatchLabels), "policy %s of %s", o.Name, overlay)
				for _, rule := range o.Spec.Egress {
					for _, peer := range rule.To {
						if peer.PodSelector != nil {
							require.True(t, meets(peer.PodSelector.MatchLabels), "policy %s of %s", o.Name, overlay)
						}
					}
				}
			case *policyv1.PodDisruptionBudget:
				require.True(t, meets(o.Spec.Selector.MatchLabels), "budget %s of %s", o.Name, overlay)
			case *corev1.Service:
				require.True(t, meets(o.Spec.Selector), "service %s of %s", o.Name, overlay)
			}
		}
		require.True(t, denied, overlay)
	}
}

// Production has no secrets in its manifests, and every one that it names is told.
func TestProductionNamesItsSecrets(t *testing.T) {
	t.Parallel()
	told := read(t, "k8s/overlays/production/secrets.md")
	objects := rendered(t, "verify/components")
	for _, object := range objects {
		_, isSecret := object.(*corev1.Secret)
		require.False(t, isSecret, "a secret is in a manifest")
	}
	for name, pod := range pods(objects) {
		for _, volume := range pod.Spec.Volumes {
			if volume.Secret != nil {
				require.Contains(t, told, "`"+volume.Secret.SecretName+"`", name)
			}
		}
	}
	require.NotContains(t, told, "demo-")
}

// What a release packs names each image of ours by its digest, and still renders.
func TestAReleasesManifestsNameDigests(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	digests := filepath.Join(dir, "digests")
	require.NoError(t, os.Mkdir(digests, 0o750))
	digest := "sha256:" + strings.Repeat("ab", 32)
	run := func(name string, args ...string) error {
		out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput()
		t.Logf("%s", out)
		return err
	}
	archive := filepath.Join(dir, "manifests.tar.gz")
	require.Error(t, run("../scripts/manifests", "example.org/own", digests, archive), "no image has a digest yet")
	for _, name := range []string{"planner", "fetcher-kobis", "fetcher-tmdb", "loader", "console", "nats-cli"} {
		require.NoError(t, os.WriteFile(filepath.Join(digests, name), []byte(digest+"\n"), 0o600))
	}
	require.NoError(t, run("../scripts/manifests", "example.org/own", digests, archive))
	require.NoError(t, run("tar", "-xzf", archive, "-C", dir))
	for name, pod := range pods(rendered(t, filepath.Join(dir, "deploy/k8s/overlays/production"))) {
		if image := pod.Spec.Containers[0].Image; !strings.HasPrefix(image, "nats:") {
			require.Regexp(t, `^example\.org/own/[a-z-]+@`+digest+`$`, image, name)
		}
	}
}
