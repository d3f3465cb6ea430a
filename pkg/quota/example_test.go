package quota_test

import (
	"context"
	"fmt"
	"time"

	"github.com/cledit/pipeline/pkg/quota"
	"github.com/cledit/pipeline/pkg/quota/quotatest"
)

// Two replicas share three calls in a second, and each of their calls is accounted for.
func Example() {
	ctx := context.Background()
	bucket := quotatest.NewMemory() // a jetstream.KeyValue in a service
	config := quota.Config{
		Source: "tmdb", Keys: []string{"a token"}, Rate: quota.Rate{N: 3, Per: time.Second},
	}
	first, err := quota.Open(ctx, bucket, config)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer first.Close() //nolint:errcheck // the others find out by themselves
	second, err := quota.Open(ctx, bucket, config)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer second.Close() //nolint:errcheck // the others find out by themselves

	for _, replica := range []*quota.Ledger{first, second} {
		permits, err := replica.Acquire(ctx, 1) // waits for its share
		if err != nil {
			fmt.Println(err)
			return
		}
		p := permits[0]
		if err := p.Start(); err != nil { // immediately before sending with p.Secret()
			p.Settle(quota.Cancelled)
			continue
		}
		p.Settle(quota.Spent)
		fmt.Println("called with key", p.Fingerprint())
	}
	// Output:
	// called with key e3316e2bafeb
	// called with key e3316e2bafeb
}

// A planner reads what is left, and disturbs nobody.
func ExampleRead() {
	ctx := context.Background()
	bucket := quotatest.NewMemory()
	ledger, err := quota.Open(ctx, bucket, quota.Config{
		Source: "kobis", Keys: []string{"one key", "another"}, DailyQuota: 3000, Rate: quota.Rate{N: 5, Per: time.Second},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer ledger.Close() //nolint:errcheck // the others find out by themselves
	noon := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	snapshot, err := quota.Read(ctx, bucket, "kobis", noon)
	fmt.Println(snapshot.Rate, snapshot.Remaining, len(snapshot.Keys), err)
	// Output: 5/1s 6000 2 <nil>
}
