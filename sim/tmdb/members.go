package tmdb

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
)

// ParseMembers reads the members of a JSON object in their order.
func ParseMembers(object []byte) ([]Member, error) {
	dec := json.NewDecoder(bytes.NewReader(object))
	if start, err := dec.Token(); err != nil || start != json.Delim('{') {
		return nil, fmt.Errorf("reading a JSON object: %w", errNotObject)
	}
	var members []Member
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil, fmt.Errorf("reading a member's name: %w", err)
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, fmt.Errorf("reading member %v: %w", name, err)
		}
		members = append(members, Member{fmt.Sprint(name), value})
	}
	return members, nil
}

// membersOf is ParseMembers for what was encoded here.
func membersOf(object []byte) []Member {
	members, err := ParseMembers(object)
	if err != nil {
		panic(err)
	}
	return members
}

// detail gives the recorded members with the texts of a language where a
// translation was recorded, nil where there is no recording at all.
func (r *Recorded) detail(language string) []Member {
	if r == nil {
		return nil
	}
	members := slices.Clone(r.Detail)
	if language == "en" {
		return members
	}
	texts := r.translation(language)
	for i, m := range members {
		text, found := texts[m.Name]
		switch m.Name {
		case "title", "name":
			if !found || text == "" {
				text = r.original()
			}
			members[i].Value = encode(text)
		case "overview", "tagline", "homepage":
			members[i].Value = encode(text)
		}
	}
	return members
}

func (r *Recorded) translation(language string) map[string]string {
	var t struct {
		Translations []struct {
			ISO  string                     `json:"iso_639_1"`
			Data map[string]json.RawMessage `json:"data"`
		} `json:"translations"`
	}
	// A recording without translations leaves everything empty.
	_ = json.Unmarshal(r.Blocks["translations"], &t)
	texts := map[string]string{}
	for _, one := range t.Translations {
		if one.ISO != language {
			continue
		}
		for name, value := range one.Data {
			var text string
			if json.Unmarshal(value, &text) == nil {
				texts[name] = text
			}
		}
		return texts
	}
	return texts
}

func (r *Recorded) original() string {
	for _, m := range r.Detail {
		if m.Name == "original_title" || m.Name == "original_name" {
			var text string
			_ = json.Unmarshal(m.Value, &text)
			return text
		}
	}
	return ""
}

// Object is the JSON object of members, in their order.
func Object(members []Member) json.RawMessage {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range members {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`"` + m.Name + `":`)
		b.Write(m.Value)
	}
	b.WriteByte('}')
	return b.Bytes()
}
