package loader

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// facts writes evidence in a line: its score, what agrees, and what else is said.
func facts(evidence map[string]any) string {
	var parts []string
	for _, key := range slices.Sorted(maps.Keys(evidence)) {
		switch v := evidence[key].(type) {
		case []any:
			for _, fact := range v {
				if key == "against" {
					fact = "but " + plain(fact)
				}
				parts = append(parts, plain(fact))
			}
		case bool:
			if v {
				parts = append(parts, key)
			}
		default:
			parts = append(parts, key+" "+plain(v))
		}
	}
	return strings.Join(parts, "; ")
}

// plain writes a value of JSON for a person.
func plain(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case float64:
		return fmt.Sprintf("%.4g", v)
	}
	data, err := json.Marshal(v)
	if err != nil { // what came from JSON goes back to it
		panic(err)
	}
	return strings.Trim(string(data), `"`)
}
