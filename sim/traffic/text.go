package traffic

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Rates are shares of requests, 0 to 1, that meet each fault. As text:
// timeout=0.01,500=0.02.
type Rates map[Fault]float64

// UnmarshalText reads the text form; it refuses unknown faults and shares that
// are negative or together above 1.
func (r *Rates) UnmarshalText(text []byte) error {
	rates, sum := Rates{}, 0.0
	for part := range strings.SplitSeq(string(text), ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		fault, known := ParseFault(name)
		if !known || fault == None {
			return fmt.Errorf("%q is not one of the faults %v", name, Kinds)
		}
		share, err := strconv.ParseFloat(value, 64)
		if err != nil || share < 0 {
			return fmt.Errorf("the share of %s is %q, not a number from 0 to 1", name, value)
		}
		rates[fault] = share
		sum += share
	}
	if sum > 1 {
		return fmt.Errorf("the shares of all faults are %g together, more than 1", sum)
	}
	*r = rates
	return nil
}

// MarshalText is the form that UnmarshalText reads.
func (r Rates) MarshalText() ([]byte, error) {
	var parts []string
	for fault, share := range r {
		parts = append(parts, string(fault)+"="+strconv.FormatFloat(share, 'g', -1, 64))
	}
	slices.Sort(parts)
	return []byte(strings.Join(parts, ",")), nil
}

// UnmarshalText reads "20ms", or "5ms-20ms".
func (l *Latency) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*l = Latency{}
		return nil
	}
	low, high, ranged := strings.Cut(string(text), "-")
	if !ranged {
		high = low
	}
	least, errMin := time.ParseDuration(low)
	most, errMax := time.ParseDuration(high)
	if errMin != nil || errMax != nil || least < 0 || most < least {
		return fmt.Errorf("latency %q is neither a duration nor a range such as 5ms-20ms", text)
	}
	*l = Latency{Min: least, Max: most}
	return nil
}

// MarshalText is the form that UnmarshalText reads.
func (l Latency) MarshalText() ([]byte, error) {
	if l == (Latency{}) {
		return nil, nil
	}
	return []byte(l.Min.String() + "-" + l.Max.String()), nil
}
