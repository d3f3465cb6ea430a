package harness

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// Memory is what a service is deployed with.
type Memory struct {
	Limit float64 // bytes, at which its container is ended
	Go    string  // its GOMEMLIMIT
}

// deployment is what is read of a manifest.
type deployment struct {
	Kind string
	Spec struct {
		Template struct {
			Spec struct {
				Containers []struct {
					Env       []struct{ Name, Value string }
					Resources struct{ Limits struct{ Memory string } }
				}
			}
		}
	}
}

// DeployedMemory reads the limits of a service from its manifest.
func DeployedMemory(tb testing.TB, service string) (m Memory) {
	tb.Helper()
	text, err := os.ReadFile("../deploy/k8s/base/" + service + ".yaml")
	require.NoError(tb, err)
	var d deployment
	require.NoError(tb, yaml.Unmarshal(text, &d))
	require.Equal(tb, "Deployment", d.Kind)
	container := d.Spec.Template.Spec.Containers[0]
	for _, variable := range container.Env {
		if variable.Name == "GOMEMLIMIT" {
			m.Go = variable.Value
		}
	}
	var mebibytes float64
	_, err = fmt.Sscanf(container.Resources.Limits.Memory, "%fMi", &mebibytes)
	require.NoError(tb, err, "the memory of %s is given in another unit than Mi", service)
	require.NotEmpty(tb, m.Go, "%s has no GOMEMLIMIT", service)
	m.Limit = mebibytes * (1 << 20)
	return m
}

// LimitMemory gives the services that are started later the GOMEMLIMIT of their
// manifests.
func (w *World) LimitMemory(tb testing.TB) {
	tb.Helper()
	w.memory = map[string]Memory{}
	for service := range Services {
		w.memory[service] = DeployedMemory(tb, service)
	}
}

// Confine lets a process that is idle map no more data than its deployed limit
// beyond what it maps now: what it asks for above that ends it.
func (p *Process) Confine(tb testing.TB, m Memory) {
	tb.Helper()
	limit := fmt.Sprintf("--data=%.0f", m.Limit+p.memory(tb, "VmData:"))
	out, err := exec.CommandContext(tb.Context(), "prlimit", "--pid", fmt.Sprint(p.pid()), limit).CombinedOutput()
	require.NoError(tb, err, strings.TrimSpace(string(out)))
}

// Memory is what a service is deployed with.
func (w *World) Memory(service string) Memory { return w.memory[service] }
