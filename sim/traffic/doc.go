// Package traffic is what stands before a simulated source: it counts every
// request at the moment it arrives, holds arrivals against a daily quota per key
// and a sliding window, waits as long as the source would take, and fails as
// often as it is told to.
//
// Counting is exact: arrivals are put in one order by a lock, and a request is
// counted whether it is then answered, refused or failed. Keys appear in the
// counters by fingerprint alone. The counters never forget; a run that wants
// figures of its own takes the difference of two Stats.
package traffic
