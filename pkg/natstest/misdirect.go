package natstest

import (
	"cmp"
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
)

// Misdirect does what somebody can do who has taken over a service and knows the
// protocol: with its user he asks for everything that a server answers, and names
// the subject of the forged message for the answers, or one that begins with it.
// What he may write of the ledger is that message, headers and all. What he may not
// ask for is refused.
func Misdirect(tb testing.TB, srv *server.Server, user string, forged *nats.Msg) {
	tb.Helper()
	inbox := "_INBOX_" + user
	nc := Connect(tb, srv, nats.UserInfo(user, user), nats.CustomInboxPrefix(inbox),
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {})) // refusals
	ask := func(subject, reply string, body []byte) {
		require.NoError(tb, nc.PublishRequest(subject, reply, body))
	}
	key := "$KV.QUOTA." + strings.TrimPrefix(user, "fetcher-") + ".forged"
	require.NoError(tb, nc.PublishMsg(&nats.Msg{Subject: key, Header: forged.Header, Data: forged.Data}))
	ask("$JS.API.DIRECT.GET.KV_QUOTA."+key, forged.Subject, nil)
	n := 0
	next := func() string { // JOBS takes one message a subject
		if strings.HasPrefix(forged.Subject, "$JS.API.") {
			return forged.Subject
		}
		n++
		return forged.Subject + strconv.Itoa(n)
	}
	for _, subject := range append(Requests(), "$JS.API.DIRECT.GET.KV_QUOTA."+key) {
		bodies := []string{"", "{}", `{"last_by_subj":"` + key + `"}`}
		if strings.HasPrefix(subject, "$JS.API.CONSUMER.MSG.NEXT.") {
			bodies = append(bodies, `{"batch":1,"no_wait":true}`, `{"batch":1,"expires":100000000,"idle_heartbeat":20000000}`)
		}
		for _, body := range bodies {
			ask(subject, next(), []byte(body))
		}
	}
	own := map[string]string{"loader": "RAW.loader", "planner": "DEAD.planner"}[user]
	own = cmp.Or(own, "JOBS."+user)
	acknowledge(tb, nc, inbox+".own", own, next)
	config := map[string]any{
		"name": "mine", "deliver_policy": "all", "ack_policy": "none", "deliver_subject": forged.Subject,
		"idle_heartbeat": 100 * time.Millisecond,
	}
	create, err := json.Marshal(map[string]any{"stream_name": "KV_QUOTA", "config": config})
	require.NoError(tb, err)
	ask("$JS.API.CONSUMER.CREATE.KV_QUOTA.mine", inbox+".x", create)
	// The server takes requests one after another: what came before is answered.
	_, err = nc.Request("$JS.API.CONSUMER.INFO."+own, nil, 10*time.Second)
	require.NoError(tb, err)
}

// acknowledge has the server confirm to subjects what it delivers, if anything.
func acknowledge(tb testing.TB, nc *nats.Conn, inbox, consumer string, subject func() string) {
	tb.Helper()
	sub, err := nc.SubscribeSync(inbox)
	require.NoError(tb, err)
	require.NoError(tb, nc.PublishRequest("$JS.API.CONSUMER.MSG.NEXT."+consumer, inbox, []byte(`{"batch":1,"no_wait":true}`)))
	msg, err := sub.NextMsg(10 * time.Second)
	require.NoError(tb, err)
	if msg.Reply != "" {
		require.NoError(tb, nc.PublishRequest(msg.Reply, subject(), []byte("+WPI")))
		require.NoError(tb, nc.PublishRequest(msg.Reply, subject(), []byte("+ACK")))
	}
}
