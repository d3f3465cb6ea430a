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

// Answers that are sent to where JetStream takes requests are requests. None of them
// says what the client that asked for it would like to have done: they have no words, or the
// server's own.
func TestMisdirectedAnswersChangeNothing(t *testing.T) {
	t.Parallel()
	for _, user := range []string{"fetcher-kobis", "loader", "planner"} {
		t.Run(user, func(t *testing.T) {
			t.Parallel()
			js := deployed(t)
			_, err := js.Publish(t.Context(), "raw.tmdb.movie-detail.1", []byte("{}"))
			require.NoError(t, err)
			_, err = js.Publish(t.Context(), "jobs.kobis.movie-detail.2", nil)
			require.NoError(t, err)
			before := configs(t, js)
			for subject, body := range map[string]string{
				"$JS.API.CONSUMER.CREATE.RAW.evil.raw.>": `{"stream_name":"RAW","config":{"name":"evil","deliver_policy":"all","ack_policy":"none","filter_subject":"raw.>","deliver_subject":"_INBOX_` + user + `.spy"},"action":"create"}`,
				"$JS.API.STREAM.UPDATE.RAW":              `{"name":"RAW","subjects":["raw.>","$KV.QUOTA.kobis.forged"],"max_bytes":67108864,"storage":"file","num_replicas":1}`,
				"$JS.API.STREAM.CREATE.EVIL":             `{"name":"EVIL","subjects":["evil"],"max_bytes":1000,"storage":"file","num_replicas":1}`,
				"$JS.API.STREAM.MSG.DELETE.RAW":          `{"seq":1}`,
				"$JS.API.CONSUMER.PAUSE.RAW.loader":      `{"pause_until":"` + time.Now().Add(time.Hour).Format(time.RFC3339) + `"}`,
			} {
				natstest.Misdirect(t, js.server, user, &nats.Msg{Subject: subject, Data: []byte(body)})
			}
			require.Equal(t, before, configs(t, js))
			raw, err := js.Stream(t.Context(), topology.StreamRaw)
			require.NoError(t, err)
			_, err = raw.GetMsg(t.Context(), 1)
			require.NoError(t, err)
		})
	}
}

// configs are the settings of all that is in JetStream, without what anybody
// may make of the ledger's bucket to watch it.
func configs(t *testing.T, js jetstream.JetStream) map[string]any {
	t.Helper()
	all := map[string]any{}
	streams := js.ListStreams(t.Context())
	for info := range streams.Info() {
		all[info.Config.Name] = info.Config
		if strings.HasPrefix(info.Config.Name, "KV_") {
			continue
		}
		stream, err := js.Stream(t.Context(), info.Config.Name)
		require.NoError(t, err)
		consumers := stream.ListConsumers(t.Context())
		for consumer := range consumers.Info() {
			all[info.Config.Name+"/"+consumer.Name] = consumer.Config
		}
		require.NoError(t, consumers.Err())
	}
	require.NoError(t, streams.Err())
	return all
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
		if name == topology.StreamJobs && len(msg.Header) == 0 && len(msg.Data) == 0 {
			continue // as a person publishes a job
		}
		require.ErrorIs(t, decode(msg, name), messages.ErrForeign, "%s: %s %v %.200s", name, msg.Subject, msg.Header, msg.Data)
		foreign++
	}
	return foreign
}
