package natstest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/natstest"
	"github.com/cledit/pipeline/pkg/topology"
)

// forgeries are what somebody would like to have taken for a payload, a job and a
// dead letter of the other source.
func forgeries(t *testing.T, source messages.Source) []*nats.Msg {
	t.Helper()
	name := messages.Name{Source: source, Kind: messages.KindMovieDetail, Key: "20190324"}
	payload, err := messages.Payload{Name: name, Outcome: messages.OutcomeOK, FetchedAt: time.Now(), Attempt: 1, Body: []byte(`{}`)}.Msg()
	require.NoError(t, err)
	job := messages.Job{Name: name, RunID: "run"}.Msg()
	letter := messages.DeadLetter{Subject: job.Subject, Header: job.Header, Reason: "forged"}.Msg()
	return []*nats.Msg{payload, job, letter}
}

func decode(msg *jetstream.RawStreamMsg, stream string) error {
	var err error
	switch stream {
	case topology.StreamRaw:
		_, err = messages.DecodePayload(msg.Subject, msg.Header, msg.Data)
	case topology.StreamJobs:
		_, err = messages.DecodeJob(msg.Subject, msg.Header, msg.Data)
	default:
		_, err = messages.DecodeDeadLetter(msg.Subject, msg.Header, msg.Data)
	}
	return err
}

// Whatever a service that was taken over asks for, and wherever it wants the answer
// to be sent: nothing that comes into a stream that way is taken for what stands
// there.
func TestMisdirectedAnswersAreForeign(t *testing.T) {
	t.Parallel()
	for user, other := range map[string]messages.Source{"fetcher-tmdb": messages.KOBIS, "fetcher-kobis": messages.TMDB, "loader": messages.KOBIS} {
		t.Run(user, func(t *testing.T) {
			t.Parallel()
			js := deployed(t)
			for i, forged := range forgeries(t, other) {
				own := "jobs." + strings.TrimPrefix(user, "fetcher-")
				_, err := js.Publish(t.Context(), fmt.Sprintf("%s.movie-detail.%d", own, i), nil) // for it to take, if it is a fetcher
				require.NoError(t, err)
				stream, err := js.StreamNameBySubject(t.Context(), forged.Subject)
				require.NoError(t, err)
				natstest.Misdirect(t, js.server, user, forged)
				came := inspect(t, js, stream, own)
				t.Logf("%s: %d messages came into %s", user, came, stream)
				require.Greater(t, came, 10, "%s to %s", user, forged.Subject)
			}
		})
	}
}

// operator is the deployed operator of a server with the streams of the pipeline.
type operator struct {
	jetstream.JetStream
	server *server.Server
}

func deployed(t *testing.T) operator {
	t.Helper()
	srv := natstest.StartWith(t, natstest.Deployed(t))
	js, err := jetstream.New(natstest.Connect(t, srv))
	require.NoError(t, err)
	_, err = topology.Ensure(t.Context(), js, topology.Config{Replicas: 1, RawMaxBytes: 64 << 20})
	require.NoError(t, err)
	return operator{js, srv}
}

// inspect reads a whole stream, and returns how many messages it has that are none.
func inspect(t *testing.T, js jetstream.JetStream, name, own string) (foreign int) {
	t.Helper()
	stream, err := js.Stream(t.Context(), name)
	require.NoError(t, err)
	state := stream.CachedInfo().State
	for seq := state.FirstSeq; seq <= state.LastSeq; seq++ {
		msg, err := stream.GetMsg(t.Context(), seq)
		if err != nil || name == topology.StreamJobs && strings.HasPrefix(msg.Subject, own) {
			continue
		}
		if err := decode(msg, name); strings.HasPrefix(msg.Subject, "raw.other.") || strings.HasPrefix(msg.Subject, "dead.jobs.other.") {
			require.Error(t, err)
			continue
		}
		require.ErrorIs(t, decode(msg, name), messages.ErrForeign, "%s: %s %v %.200s", name, msg.Subject, msg.Header, msg.Data)
		foreign++
	}
	return foreign
}
