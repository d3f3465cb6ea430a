package topology

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/cledit/pipeline/pkg/messages"
)

// streams lists the streams as they should be. Every one has MaxBytes: an account
// may demand it, and a stream without fills the disk of all.
func streams(cfg Config) []jetstream.StreamConfig {
	base := jetstream.StreamConfig{Storage: jetstream.FileStorage, Replicas: max(cfg.Replicas, 1)}

	jobs := base
	jobs.Name, jobs.Description = StreamJobs, "What to fetch next: at most one outstanding job per entity"
	jobs.Subjects = []string{messages.PrefixJobs + ">"}
	jobs.Retention = jetstream.WorkQueuePolicy
	jobs.MaxMsgsPerSubject = 1
	jobs.Discard, jobs.DiscardNewPerSubject = jetstream.DiscardNew, true
	jobs.MaxBytes = jobsBytes

	raw := base
	raw.Name, raw.Description = StreamRaw, "Answers as they came, replayable"
	raw.Subjects = []string{messages.PrefixRaw + ">"}
	raw.Compression = jetstream.S2Compression
	raw.MaxAge = RawMaxAge
	raw.MaxBytes = cfg.RawMaxBytes
	raw.Duplicates = DuplicateWindow

	dead := base
	dead.Name, dead.Description = StreamDead, "What could not be processed, with its reason"
	dead.Subjects = []string{messages.PrefixDead + ">"}
	dead.MaxAge = deadMaxAge
	dead.MaxBytes = deadBytes

	return []jetstream.StreamConfig{jobs, raw, dead, quota(base)}
}

// quota is the stream under the ledger's bucket. It is made as a stream so that
// one piece of code compares all; the settings are those that make a stream a
// bucket (ADR-8 of the NATS architecture), but for direct reads. The answer to such
// a one is a message with the reader's own words, headers and all, and he may have it
// sent anywhere: to where JetStream takes requests too. Others come as JSON. They are
// the leader's, so they are never behind either.
func quota(base jetstream.StreamConfig) jetstream.StreamConfig {
	base.Name, base.Description = "KV_"+BucketQuota, "The quota ledger: rates, budgets and registrations"
	base.Subjects = []string{"$KV." + BucketQuota + ".>"}
	base.MaxMsgsPerSubject = 1
	base.Discard = jetstream.DiscardNew
	base.AllowRollup, base.DenyDelete = true, true
	base.AllowMsgTTL = true // for the markers of removed keys, which nothing else would remove
	base.MaxBytes = quotaBytes
	return base
}

type consumer struct {
	stream string
	cfg    jetstream.ConsumerConfig
}

// consumers lists the durable consumers as they should be. None has a BackOff:
// together with a delayed nak its delays are wrong.
func consumers(cfg Config) []consumer {
	list := make([]consumer, 0, 4)
	for _, source := range []messages.Source{messages.KOBIS, messages.TMDB} {
		list = append(list, consumer{StreamJobs, jetstream.ConsumerConfig{
			Durable: ConsumerFetcher(source), FilterSubject: JobsOf(source),
			AckPolicy: jetstream.AckExplicitPolicy, AckWait: cmp.Or(cfg.JobAckWait, JobAckWait),
			MaxDeliver: MaxDeliver, MaxAckPending: maxAckPending,
		}})
	}
	return append(list,
		consumer{StreamRaw, jetstream.ConsumerConfig{
			Durable: ConsumerLoader, DeliverPolicy: jetstream.DeliverAllPolicy,
			AckPolicy: jetstream.AckExplicitPolicy, AckWait: cmp.Or(cfg.RawAckWait, RawAckWait),
			MaxDeliver: -1, MaxAckPending: maxAckPending,
		}},
		consumer{StreamDead, jetstream.ConsumerConfig{
			Durable: ConsumerPlanner, DeliverPolicy: jetstream.DeliverAllPolicy,
			AckPolicy: jetstream.AckExplicitPolicy, AckWait: deadAckWait,
			MaxDeliver: -1, MaxAckPending: maxAckPending,
		}},
	)
}

// differ appends a difference where two settings do.
func differ[T comparable](diffs []Difference, object, setting string, have, want T) []Difference {
	if have == want {
		return diffs
	}
	return append(diffs, Difference{object, setting, fmt.Sprint(have), fmt.Sprint(want)})
}

func diffStream(have, want jetstream.StreamConfig) (d []Difference) {
	object := "stream " + want.Name
	if !slices.Equal(have.Subjects, want.Subjects) {
		d = append(d, Difference{object, "subjects", fmt.Sprint(have.Subjects), fmt.Sprint(want.Subjects)})
	}
	d = differ(d, object, "retention", have.Retention, want.Retention)
	d = differ(d, object, "storage", have.Storage, want.Storage)
	d = differ(d, object, "num_replicas", have.Replicas, want.Replicas)
	d = differ(d, object, "discard", have.Discard, want.Discard)
	d = differ(d, object, "discard_new_per_subject", have.DiscardNewPerSubject, want.DiscardNewPerSubject)
	d = differ(d, object, "max_msgs_per_subject", orUnlimited(have.MaxMsgsPerSubject), orUnlimited(want.MaxMsgsPerSubject))
	d = differ(d, object, "max_msgs", orUnlimited(have.MaxMsgs), orUnlimited(want.MaxMsgs))
	d = differ(d, object, "max_msg_size", orUnlimited(int64(have.MaxMsgSize)), orUnlimited(int64(want.MaxMsgSize)))
	d = differ(d, object, "max_bytes", have.MaxBytes, want.MaxBytes)
	d = differ(d, object, "max_age", have.MaxAge, want.MaxAge)
	d = differ(d, object, "compression", have.Compression, want.Compression)
	d = differ(d, object, "allow_rollup_hdrs", have.AllowRollup, want.AllowRollup)
	d = differ(d, object, "allow_direct", have.AllowDirect, want.AllowDirect)
	d = differ(d, object, "deny_delete", have.DenyDelete, want.DenyDelete)
	if want.AllowMsgTTL { // once allowed, it is for good
		d = differ(d, object, "allow_msg_ttl", have.AllowMsgTTL, true)
	}
	if want.Duplicates != 0 {
		d = differ(d, object, "duplicate_window", have.Duplicates, want.Duplicates)
	}
	return d
}

// orUnlimited reads the server's two ways to say that there is no limit as one.
func orUnlimited(n int64) int64 {
	if n <= 0 {
		return -1
	}
	return n
}

// mergeStream sets what the pipeline cares about and keeps everything else.
func mergeStream(have, want jetstream.StreamConfig) jetstream.StreamConfig {
	have.Subjects, have.Retention, have.Storage, have.Replicas = want.Subjects, want.Retention, want.Storage, want.Replicas
	have.Discard, have.DiscardNewPerSubject = want.Discard, want.DiscardNewPerSubject
	have.MaxMsgsPerSubject, have.MaxBytes, have.MaxAge = want.MaxMsgsPerSubject, want.MaxBytes, want.MaxAge
	have.MaxMsgs, have.MaxMsgSize, have.Compression = want.MaxMsgs, want.MaxMsgSize, want.Compression
	have.AllowRollup, have.AllowDirect, have.DenyDelete = want.AllowRollup, want.AllowDirect, want.DenyDelete
	have.AllowMsgTTL = have.AllowMsgTTL || want.AllowMsgTTL
	if want.Duplicates != 0 {
		have.Duplicates = want.Duplicates
	}
	return have
}

func diffConsumer(want consumer, have jetstream.ConsumerConfig) (d []Difference) {
	object := "consumer " + want.stream + "/" + want.cfg.Durable
	d = differ(d, object, "filter_subjects", filters(have), filters(want.cfg))
	d = differ(d, object, "deliver_policy", have.DeliverPolicy, want.cfg.DeliverPolicy)
	d = differ(d, object, "ack_policy", have.AckPolicy, want.cfg.AckPolicy)
	d = differ(d, object, "ack_wait", have.AckWait, want.cfg.AckWait)
	d = differ(d, object, "max_deliver", have.MaxDeliver, want.cfg.MaxDeliver)
	d = differ(d, object, "max_ack_pending", have.MaxAckPending, want.cfg.MaxAckPending)
	d = differ(d, object, "headers_only", have.HeadersOnly, want.cfg.HeadersOnly)
	d = differ(d, object, "inactive_threshold", have.InactiveThreshold, want.cfg.InactiveThreshold)
	if len(have.BackOff) > 0 {
		d = append(d, Difference{object, "backoff", fmt.Sprint(have.BackOff), "none"})
	}
	return d
}

// filters is what a consumer is narrowed to; one subject and a list of one are
// the same.
func filters(cfg jetstream.ConsumerConfig) string {
	if cfg.FilterSubject != "" {
		return cfg.FilterSubject
	}
	return strings.Join(cfg.FilterSubjects, ",")
}

func mergeConsumer(have, want jetstream.ConsumerConfig) jetstream.ConsumerConfig {
	have.FilterSubject, have.FilterSubjects = want.FilterSubject, want.FilterSubjects
	have.AckPolicy, have.AckWait = want.AckPolicy, want.AckWait
	have.MaxDeliver, have.MaxAckPending, have.BackOff = want.MaxDeliver, want.MaxAckPending, nil
	have.HeadersOnly, have.InactiveThreshold = want.HeadersOnly, want.InactiveThreshold
	return have
}
