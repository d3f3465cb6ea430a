package planner

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/service"
	"github.com/cledit/pipeline/pkg/topology"
)

func TestSizes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Size{
		"8GiB": 8 << 30, "8 gib": 8 << 30, "512MiB": 512 << 20, "1.5KiB": 1536, "500MB": 500_000_000, "1048576": 1 << 20, "7b": 7,
	} {
		var s Size
		require.NoError(t, s.UnmarshalText([]byte(text)), text)
		require.Equal(t, want, s, text)
	}
	for _, text := range []string{"", "GiB", "-1GiB", "0", "8 GiBs", "1e30GiB", "eight"} {
		var s Size
		require.Error(t, s.UnmarshalText([]byte(text)), text)
	}
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	cfg, err := service.FromMap[Config](map[string]string{"DATABASE_URL": "postgres://localhost/x"})
	require.NoError(t, err)
	require.Equal(t, topology.Config{Replicas: 1, RawMaxBytes: 8 << 30, JobAckWait: topology.JobAckWait, RawAckWait: topology.RawAckWait}, cfg.topology())
	require.Equal(t, 2*time.Second, cfg.Interval)
	require.Equal(t, 500, cfg.HighWater)
	require.Equal(t, "Asia/Seoul", cfg.KOBISZone.String())
	require.Equal(t, []int{1919, 0}, []int{cfg.tick().FirstYear, cfg.tick().LastYear})
	next := cfg.HeadSchedule.Next(time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC))
	require.True(t, next.Equal(time.Date(2026, 11, 22, 19, 15, 0, 0, time.UTC)), "at 04:15 in Seoul, not %s", next)
}

func TestEveryProblemIsNamedAtOnce(t *testing.T) {
	t.Parallel()
	var out, problems bytes.Buffer
	code := App().Execute(t.Context(), []string{"run", "--planer-interval=1s"}, []string{
		"RAW_MAX_BYTES=lots", "STREAM_REPLICAS=2", "PLANNER_HIGH_WATER=0", "BOX_OFFICE_FROM=22.11.2026", "KOBIS_QUOTA_ZONE=Seoul",
		"KOBIS_RATE=fast", "DATABASE_URL=nowhere", "BACKFILL_FROM_YEAR=2020", "BACKFILL_TO_YEAR=2010", "CATALOGUE_SCHEDULE=daily", "JOB_ACK_WAIT=0s", "RAW_ACK_WAIT=30m",
	}, service.Streams{Stdout: &out, Stderr: &problems})
	require.Equal(t, service.ExitRefused, code)
	for _, variable := range []string{
		"DATABASE_URL", "RAW_MAX_BYTES", "STREAM_REPLICAS", "PLANNER_HIGH_WATER", "BOX_OFFICE_FROM", "KOBIS_QUOTA_ZONE",
		"KOBIS_RATE", "BACKFILL_TO_YEAR", "CATALOGUE_SCHEDULE", "JOB_ACK_WAIT", "RAW_ACK_WAIT", "--planer-interval",
	} {
		require.Contains(t, problems.String(), variable)
	}
}

// A slip of the pen costs no calls: 0206 for 2006 would ask for 660,000 days.
func TestOddRangesAreRefused(t *testing.T) {
	t.Parallel()
	for _, setting := range []string{"BOX_OFFICE_FROM=0206-01-01", "BOX_OFFICE_FROM=1999-12-31", "RAW_MAX_BYTES=1", "RAW_MAX_BYTES=1023KiB", "BACKFILL_FROM_YEAR=3000", fmt.Sprint("BACKFILL_FROM_YEAR=", time.Now().AddDate(1, 0, 1).Year()), "BACKFILL_FROM_YEAR=206", "BACKFILL_TO_YEAR=20226", "PLANNER_HIGH_WATER=5000000"} {
		var problems bytes.Buffer
		code := App().Execute(t.Context(), []string{"run", "--print-config"}, []string{"DATABASE_URL=postgres://db/x", setting}, service.Streams{Stdout: io.Discard, Stderr: &problems})
		require.Equal(t, service.ExitRefused, code, setting)
		require.Contains(t, problems.String(), strings.Split(setting, "=")[0]+"=")
	}
	for _, setting := range []string{"BOX_OFFICE_FROM=2003-11-11", "RAW_MAX_BYTES=1MiB"} {
		code := App().Execute(t.Context(), []string{"run", "--print-config"}, []string{"DATABASE_URL=postgres://db/x", setting}, service.Streams{Stdout: io.Discard, Stderr: io.Discard})
		require.Equal(t, service.ExitOK, code, setting)
	}
}

func TestPrintConfigShowsNoPassword(t *testing.T) {
	t.Parallel()
	for _, command := range []string{"run", "once", "plan", "topology"} {
		var out, problems bytes.Buffer
		code := App().Execute(t.Context(), []string{command, "--print-config"}, []string{
			"DATABASE_URL=postgres://planner:hunter2secret@db/pipeline", "NATS_USER=planner", "NATS_PASSWORD=alsosecret",
		}, service.Streams{Stdout: &out, Stderr: &problems})
		require.Equal(t, service.ExitOK, code, problems.String())
		require.Contains(t, out.String(), "NATS_URL=")
		require.NotContains(t, out.String()+problems.String(), "hunter2secret")
		require.NotContains(t, out.String()+problems.String(), "alsosecret")
	}
}

// topology runs `planner topology` with the flags given.
func (w *world) topology(flags ...string) string {
	w.t.Helper()
	var out, problems bytes.Buffer
	code := App().Execute(w.t.Context(), append([]string{"topology"}, flags...),
		[]string{"NATS_URL=" + w.srv.ClientURL(), "RAW_MAX_BYTES=1GiB", "LOG_LEVEL=error"},
		service.Streams{Stdout: &out, Stderr: &problems})
	require.Zero(w.t, code, problems.String())
	return out.String()
}

func TestTopologyShowsDifferencesAndChangesThemOnCommand(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ensure() // with 64 MiB
	require.Contains(t, w.topology(), "stream RAW: max_bytes is 67108864, want 1073741824")
	require.JSONEq(t, `[{"object":"stream RAW","setting":"max_bytes","have":"67108864","want":"1073741824"}]`, w.topology("--json"))
	require.Contains(t, w.topology("--apply"), "changed")
	require.Equal(t, "everything is as configured", strings.TrimSpace(w.topology()))
}
