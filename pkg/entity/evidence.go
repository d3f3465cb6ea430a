package entity

import (
	"encoding/json"
	"fmt"

	"github.com/cledit/pipeline/pkg/contract"
)

// WantedField is the field of the object in production.matches.evidence that lists what
// a match asks to be fetched: ids of TMDB's films, best first. It is absent where
// nothing is asked for.
const WantedField = "wanted"

// ReadWanted reads the field's value. odd are the elements that TMDB can't have as an
// id, as they are there; it fails where the value is not a list.
func ReadWanted(value []byte) (ids []int32, odd []string, err error) {
	var list []json.RawMessage
	if err := json.Unmarshal(value, &list); err != nil {
		return nil, nil, fmt.Errorf("reading field %s of the evidence: %w", WantedField, err)
	}
	for _, element := range list {
		id, ok := contract.TmdbID(string(element))
		if !ok {
			odd = append(odd, string(element))
			continue
		}
		ids = append(ids, id)
	}
	return ids, odd, nil
}
