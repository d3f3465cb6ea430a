package messages

import (
	"errors"
	"fmt"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// Sizes in bytes.
const (
	// CompressAbove is the size from which a body travels zstd-compressed.
	CompressAbove = 64 << 10
	// MaxMessage is what a raw payload may hold, headers included: a NATS server's
	// default max_payload of 1 MiB, which counts headers too, less the room that a
	// reason takes should the payload become a dead letter.
	MaxMessage = maxPayload - 8<<10
	maxPayload = 1 << 20
	// MaxBody is what a body may be once it is decompressed; the fetchers accept
	// no more from an API, so a larger one is not an answer of theirs.
	MaxBody = 16 << 20
)

const encodingZstd = "zstd"

// The zstd coders are safe for concurrent EncodeAll and DecodeAll.
var (
	encoder = sync.OnceValue(func() *zstd.Encoder {
		e, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
		if err != nil { // options are constants
			panic(err)
		}
		return e
	})
	decoder = sync.OnceValue(func() *zstd.Decoder {
		d, err := zstd.NewReader(nil, zstd.WithDecoderMaxMemory(MaxBody), zstd.WithDecoderConcurrency(0))
		if err != nil {
			panic(err)
		}
		return d
	})
)

// compress returns nil for what no message would hold. It finds that out of a large
// body without the memory that all of it would take.
func compress(body []byte) []byte {
	if len(body) <= MaxMessage {
		return encoder().EncodeAll(body, make([]byte, 0, len(body)/4))
	}
	var out bounded
	stream := large()
	stream.Lock()
	defer stream.Unlock()
	stream.ResetContentSize(&out, int64(len(body)))
	_, err := stream.Write(body)
	if errors.Join(err, stream.Close()) != nil {
		return nil
	}
	return out
}

// bounded takes as much as a message may hold.
type bounded []byte

var errFull = errors.New("more than a message holds")

func (b *bounded) Write(data []byte) (int, error) {
	if len(*b)+len(data) > MaxMessage {
		return 0, errFull
	}
	*b = append(*b, data...)
	return len(data), nil
}

// lockedEncoder is used by one at a time.
type lockedEncoder struct {
	sync.Mutex
	*zstd.Encoder
}

// large compresses large bodies, with a small window: the usual one takes 20 MiB.
var large = sync.OnceValue(func() *lockedEncoder {
	e, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20), zstd.WithLowerEncoderMem(true))
	if err != nil { // options are constants
		panic(err)
	}
	return &lockedEncoder{Encoder: e}
})

func decodeBody(encoding string, data []byte) ([]byte, error) {
	switch encoding {
	case "":
		return data, nil
	case encodingZstd:
		body, err := decoder().DecodeAll(data, nil)
		if errors.Is(err, zstd.ErrDecoderSizeExceeded) || len(body) > MaxBody {
			return nil, fmt.Errorf("decompressing: more than %d bytes", MaxBody)
		}
		if err != nil {
			return nil, fmt.Errorf("decompressing: %w", err)
		}
		return body, nil
	default:
		return nil, fmt.Errorf("header %s is %q, want none or %s", HeaderEncoding, encoding, encodingZstd)
	}
}
