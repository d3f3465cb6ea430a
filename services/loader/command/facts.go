package command

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Facts writes evidence in a line: its score, what agrees, and what else is said.
func Facts(evidence map[string]any) string {
	var parts []string
	for _, key := range slices.Sorted(maps.Keys(evidence)) {
		switch v := evidence[key].(type) {
		case []any:
			for _, fact := range v {
				if key == "against" {
					fact = "but " + Plain(fact)
				}
				parts = append(parts, Plain(fact))
			}
		case bool:
			if v {
				parts = append(parts, key)
			}
		default:
			parts = append(parts, key+" "+Plain(v))
		}
	}
	return strings.Join(parts, "; ")
}

// Plain writes a value of JSON for a person.
func Plain(v any) string {
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
