package messages

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/nats-io/nats.go"
)

// SchemaVersion is the version of the wire format that this code writes. A
// reader accepts every version up to its own.
const SchemaVersion = 1

// Headers of jobs, raw payloads and dead letters.
const (
	HeaderKind        = "Cledit-Kind"
	HeaderKey         = "Cledit-Key"
	HeaderOutcome     = "Cledit-Outcome"    // ok or not-found
	HeaderFetchedAt   = "Cledit-Fetched-At" // RFC 3339 in UTC, microseconds
	HeaderRequest     = "Cledit-Request"    // the request's parameters as a JSON object, no secret among them
	HeaderJob         = "Cledit-Job"        // sequence of the job in JOBS
	HeaderRun         = "Cledit-Run"        // the planner's run that planned the job
	HeaderKnown       = "Cledit-Known"      // true when the planner had the entity as found
	HeaderAttempt     = "Cledit-Attempt"    // 1 for the first call
	HeaderSchema      = "Cledit-Schema"     // SchemaVersion of the writer
	HeaderReason      = "Cledit-Reason"     // in DEAD: one line for a person
	HeaderError       = "Cledit-Error"      // in DEAD: the error's own words
	HeaderSubject     = "Cledit-Subject"    // in DEAD: the message's subject, where the letter's own holds a part of it
	HeaderContentType = "Content-Type"
	HeaderEncoding    = "Content-Encoding"
)

// Job asks a fetcher for one call.
type Job struct {
	Name
	RunID string
	// Known says that the tables had the entity as found when the job was planned:
	// a not-found of it is news, and doubted.
	Known bool
	// Params holds what the key does not say, such as the words of a search.
	Params map[string]string
	Trace  Trace
}

// Msg is the job as it is published. It has no message id; see the package comment.
func (j Job) Msg() *nats.Msg {
	msg := nats.NewMsg(j.JobSubject())
	setName(msg.Header, j.Name)
	msg.Header.Set(HeaderRun, headerValue(j.RunID))
	if j.Known {
		msg.Header.Set(HeaderKnown, "true")
	}
	j.Trace.inject(msg.Header)
	if len(j.Params) > 0 {
		msg.Data = encodeParams(j.Params)
	}
	return msg
}

// DecodeJob reads a job. The subject is its identity: headers that a person left out
// when publishing by hand are not missed, one that contradicts it is ErrMalformed. The
// server's own answers have no headers: one with words in it has no parameters, and is
// ErrForeign; an empty one is a job like any other.
func DecodeJob(subject string, header nats.Header, data []byte) (Job, error) {
	name, err := identify(subject, PrefixJobs, header)
	if err != nil {
		return Job{}, err
	}
	params, err := decodeParams(data)
	switch {
	case err != nil && header.Get(HeaderKind) == "":
		return Job{}, fmt.Errorf("%w: %s has neither the header %s nor parameters: %w", ErrForeign, subject, HeaderKind, err)
	case err != nil:
		return Job{}, fmt.Errorf("%w: parameters of job %s: %w", ErrMalformed, name, err)
	}
	known := header.Get(HeaderKnown)
	if known != "" && known != "true" && known != "false" {
		return Job{}, fmt.Errorf("%w: header %s of job %s is %q, neither true nor false", ErrMalformed, HeaderKnown, name, known)
	}
	return Job{Name: name, RunID: header.Get(HeaderRun), Known: known == "true", Params: params, Trace: extractTrace(header)}, nil
}

func setName(h nats.Header, n Name) {
	h.Set(HeaderKind, string(n.Kind))
	h.Set(HeaderKey, n.Key)
	h.Set(HeaderSchema, strconv.Itoa(SchemaVersion))
}

func checkName(h nats.Header, n Name) error {
	if kind := h.Get(HeaderKind); kind != "" && kind != string(n.Kind) {
		return fmt.Errorf("%w: header %s is %q on the subject of %s", ErrMalformed, HeaderKind, kind, n)
	}
	if key := h.Get(HeaderKey); key != "" && key != n.Key {
		return fmt.Errorf("%w: header %s is %q on the subject of %s", ErrMalformed, HeaderKey, key, n)
	}
	if s := h.Get(HeaderSchema); s != "" {
		version, err := strconv.Atoi(s)
		if err != nil || version < 1 {
			return fmt.Errorf("%w: %s %q of %s: want an integer from 1", ErrMalformed, HeaderSchema, s, n)
		}
		if version > SchemaVersion {
			return fmt.Errorf(
				"%w: %s %q of %s is newer than this binary supports (%d): upgrade the reader first", ErrMalformed, HeaderSchema, s,
				n, SchemaVersion,
			)
		}
	}
	return nil
}

func encodeParams(params map[string]string) []byte {
	data, err := json.Marshal(params)
	if err != nil { // a map of strings always marshals
		panic(err)
	}
	return data
}

func decodeParams(data []byte) (map[string]string, error) {
	if len(data) == 0 {
		return nil, nil
	}
	var params map[string]string
	if err := json.Unmarshal(data, &params); err != nil {
		return nil, fmt.Errorf("decoding a JSON object of strings: %w", err)
	}
	return params, nil
}
