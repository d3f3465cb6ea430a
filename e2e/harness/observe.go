package harness

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
)

// AdminURL is where a service that listens on a free port serves its probes, as
// its log says; empty while it has not said so.
func (p *Process) AdminURL() string {
	scanner := bufio.NewScanner(strings.NewReader(p.Log()))
	for scanner.Scan() {
		var line struct{ Message, Addr string }
		if json.Unmarshal(scanner.Bytes(), &line) == nil && line.Message == "admin server listening" {
			return "http://" + line.Addr
		}
	}
	return ""
}

// Ready asks the process's /readyz; a process that does not answer yet is not
// ready.
func (p *Process) Ready() bool {
	url := p.AdminURL()
	if url == "" {
		return false
	}
	response, err := http.Get(url + "/readyz") //nolint:noctx // loopback, and the test's own process
	if err != nil {
		return false
	}
	_ = response.Body.Close() // only the status is of interest
	return response.StatusCode == http.StatusOK
}

// plain asks for nothing to be compressed: that takes the process longer than to tell.
var plain = &http.Client{Transport: &http.Transport{DisableCompression: true, DisableKeepAlives: true}}

// Metrics is what the process tells of itself. A process that got no processor for as
// long as it waits for a request's header hangs up, and is asked again.
func (p *Process) Metrics(tb testing.TB) (text string) {
	tb.Helper()
	var failed error
	require.Eventually(tb, func() bool {
		text, failed = p.metrics()
		return failed == nil
	}, time.Minute, 50*time.Millisecond, p.Name)
	require.NoError(tb, failed)
	return text
}

func (p *Process) metrics() (string, error) {
	response, err := plain.Get(p.AdminURL() + "/metrics") //nolint:noctx // loopback, and the test's own process
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return "", fmt.Errorf("it answers %s", response.Status)
	}
	text, err := io.ReadAll(response.Body)
	return string(text), err
}

// Metric is the sum of a metric's series, which must exist.
func (p *Process) Metric(tb testing.TB, name string) (sum float64) {
	tb.Helper()
	found := false
	for line := range strings.Lines(p.Metrics(tb)) {
		rest, ok := strings.CutPrefix(line, name)
		if !ok || rest[0] != '{' && rest[0] != ' ' {
			continue
		}
		fields := strings.Fields(line)
		value, err := strconv.ParseFloat(fields[len(fields)-1], 64)
		require.NoError(tb, err)
		sum, found = sum+value, true
	}
	require.True(tb, found, "%s does not tell %s", p.Name, name)
	return sum
}

// RSS is the process's resident memory in bytes, as the kernel counts it.
func (p *Process) RSS(tb testing.TB) float64 {
	tb.Helper()
	return p.memory(tb, "VmRSS:")
}

// PeakRSS is the largest that RSS ever was.
func (p *Process) PeakRSS(tb testing.TB) float64 {
	tb.Helper()
	return p.memory(tb, "VmHWM:")
}

func (p *Process) memory(tb testing.TB, field string) float64 {
	tb.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.pid()))
	require.NoError(tb, err)
	for line := range bytes.Lines(status) {
		if rest, ok := bytes.CutPrefix(line, []byte(field)); ok {
			kib, err := strconv.ParseFloat(string(bytes.Fields(rest)[0]), 64)
			require.NoError(tb, err)
			return kib * 1024
		}
	}
	require.Fail(tb, "the kernel does not tell "+field)
	return 0
}

// Messages is all that a stream holds.
func Messages(tb testing.TB, js jetstream.JetStream, stream string) (all []jetstream.Msg) {
	tb.Helper()
	s, err := js.Stream(tb.Context(), stream)
	require.NoError(tb, err)
	held := int(s.CachedInfo().State.Msgs)
	if held == 0 {
		return nil
	}
	consumer, err := s.OrderedConsumer(tb.Context(), jetstream.OrderedConsumerConfig{})
	require.NoError(tb, err)
	batch, err := consumer.Fetch(held)
	require.NoError(tb, err)
	for msg := range batch.Messages() {
		all = append(all, msg)
	}
	require.NoError(tb, batch.Error())
	require.Len(tb, all, held, "not all of %s was read", stream)
	return all
}
