package quotabench

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/quota"
)

func TestMain(m *testing.M) {
	if text := os.Getenv(roleVariable); text != "" {
		mainReplica(text)
		return
	}
	os.Exit(m.Run())
}

var perSecond = order{Keys: []string{"token"}, Rate: quota.Rate{N: 40, Per: time.Second}, Workers: 8}

// measure lets replicas work for a while and reports what the source saw. The
// violations are those of the whole time, its beginning included.
func (f *field) measure(b *testing.B, warm, during time.Duration) {
	<-time.After(warm)
	first, operations := f.judge.count(), f.operations()
	<-time.After(during)
	operations = f.operations() - operations
	b.ReportMetric(float64(f.judge.violations(f.order.Rate)), "violations")
	b.ReportMetric(100*f.judge.used(first, f.order.Rate), "%used")
	b.ReportMetric(float64(operations)/during.Seconds(), "kv-ops/s")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkRate is 40 requests per second by 1 to 32 processes. The last run of each
// row is the first one's method again: the two differ by chance alone.
func BenchmarkRate(b *testing.B) {
	for _, replicas := range []int{1, 4, 16, 32} {
		for _, method := range []string{"ledger", "batch", "gcra", "local", "ledger"} {
			b.Run(fmt.Sprintf("%s/replicas=%d", method, replicas), func(b *testing.B) {
				for range b.N {
					o := perSecond
					o.Method = method
					f := newField(b, o)
					for range replicas {
						f.start()
					}
					f.measure(b, 8*time.Second, 20*time.Second)
					f.killAll()
				}
			})
		}
	}
}

// BenchmarkRealRate is TMDB's 40 in 10 s.
func BenchmarkRealRate(b *testing.B) {
	for range b.N {
		o := perSecond
		o.Method, o.Rate = "ledger", quota.Rate{N: 40, Per: 10 * time.Second}
		f := newField(b, o)
		for range 4 {
			f.start()
		}
		f.measure(b, 20*time.Second, 100*time.Second)
	}
}

// BenchmarkChurn kills a replica or adds one every 3 s.
func BenchmarkChurn(b *testing.B) {
	for _, replicas := range []int{8, 16} {
		b.Run(fmt.Sprintf("replicas=%d", replicas), func(b *testing.B) {
			for range b.N {
				o := perSecond
				o.Method = "ledger"
				f := newField(b, o)
				var alive []*exec.Cmd
				for range replicas {
					alive = append(alive, f.start())
				}
				stop := make(chan struct{})
				done := make(chan struct{})
				go func() {
					defer close(done)
					for kill := true; ; kill = !kill {
						select {
						case <-stop:
							return
						case <-time.After(3 * time.Second):
						}
						if !kill {
							alive = append(alive, f.start())
							continue
						}
						f.end(alive[0], syscall.SIGKILL)
						alive = alive[1:]
					}
				}()
				f.measure(b, 10*time.Second, 60*time.Second)
				close(stop)
				<-done
			}
		})
	}
}

// BenchmarkBudget is three keys of 3,000 calls for two days, as fast as 200/1s allows.
// With crashes the days are longer, because a crash costs a few seconds of rate.
func BenchmarkBudget(b *testing.B) {
	for _, replicas := range []int{1, 4, 16} {
		for _, crashes := range []int{0, 30} {
			b.Run(fmt.Sprintf("replicas=%d/crashes=%d", replicas, crashes), func(b *testing.B) {
				for range b.N {
					budget(b, replicas, crashes)
				}
			})
		}
	}
}

func budget(b *testing.B, replicas, crashes int) {
	length := time.Minute
	if crashes > 0 {
		length = 3 * time.Minute
	}
	f := newField(b, order{
		Method: "ledger", Keys: []string{"one", "two", "three"}, Quota: 3000, Day: length,
		Rate: quota.Rate{N: 200, Per: time.Second}, Workers: 12,
	})
	day := f.judge.cal.Day(time.Now())
	<-time.After(time.Until(day.End))
	var alive []*exec.Cmd
	for range replicas {
		alive = append(alive, f.start())
	}
	total, most := 0, 0
	for range 2 {
		day = f.judge.cal.Day(day.End)
		before := f.judge.count()
		for i := range crashes / 2 {
			f.until(before + (i+1)*9000/(crashes/2+1))
			f.end(alive[0], syscall.SIGKILL)
			alive = append(alive[1:], f.start())
		}
		<-time.After(time.Until(day.End))
		n, highest := f.judge.spent(f.order.Keys, day)
		total, most = total+n, max(most, highest)
	}
	took := 2 * length
	require.LessOrEqual(b, most, 3000)
	b.ReportMetric(float64(most), "most-per-key")
	b.ReportMetric(100*float64(total)/18000, "%used")
	b.ReportMetric(float64(f.judge.refused), "refused")
	b.ReportMetric(float64(f.judge.violations(f.order.Rate)), "violations")
	b.ReportMetric(float64(f.keys.Load())/float64(total), "budget-ops/call")
	b.ReportMetric(float64(f.gate.Load())/took.Seconds()/float64(replicas), "rate-ops/s/replica")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkExhausted is what 8 replicas ask of NATS while every key is exhausted, and
// how long after the dead zone around midnight they are at work again.
func BenchmarkExhausted(b *testing.B) {
	for range b.N {
		f := newField(b, order{
			Method: "ledger", Keys: []string{"one"}, Quota: 20, Day: 2 * time.Minute,
			Rate: quota.Rate{N: 40, Per: time.Second}, Workers: 4,
		})
		day := f.judge.cal.Day(f.judge.cal.Day(time.Now()).End)
		<-time.After(time.Until(day.Start))
		for range 8 {
			f.start()
		}
		f.until(20)
		<-time.After(20 * time.Second)
		before, messages := f.operations(), f.messages(b)
		<-time.After(time.Minute)
		b.ReportMetric(float64(f.operations()-before)/8, "kv-ops/min/replica")
		b.ReportMetric(float64(f.messages(b)-messages)/8, "messages/min/replica")
		f.until(21)
		b.ReportMetric(time.Since(day.End.Add(day.DeadZone())).Seconds(), "s-to-resume")
		b.ReportMetric(0, "ns/op")
	}
}

// BenchmarkAway is NATS stopped for a minute under 4 replicas: what is sent once their
// leases have ended, and how long after its return they are at work again.
func BenchmarkAway(b *testing.B) {
	for range b.N {
		o := perSecond
		o.Method = "ledger"
		f := newField(b, o)
		for range 4 {
			f.start()
		}
		f.until(200)
		f.srv.Shutdown()
		f.srv.WaitForShutdown()
		<-time.After(4 * time.Second)
		before := f.judge.count()
		<-time.After(56 * time.Second)
		b.ReportMetric(float64(f.judge.count()-before), "sent-without-lease")
		f.serve()
		returned := time.Now()
		f.until(before + 1)
		b.ReportMetric(time.Since(returned).Seconds(), "s-to-resume")
		f.until(before + 400)
		b.ReportMetric(float64(f.judge.violations(f.order.Rate)), "violations")
		b.ReportMetric(0, "ns/op")
	}
}

// messages is what clients have sent to the server.
func (f *field) messages(b *testing.B) int64 {
	b.Helper()
	varz, err := f.srv.Varz(nil)
	require.NoError(b, err)
	return varz.InMsgs
}
