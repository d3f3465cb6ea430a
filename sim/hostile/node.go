package hostile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
)

// node is a value of JSON that keeps the order of keys, keys that stand twice and
// the form of its scalars.
type node struct {
	open    byte   // '{', '[', or 0 for a scalar
	raw     []byte // a scalar as it is written
	members []member
	items   []*node
}

type member struct {
	key   string
	value *node
}

func scalar(raw string) *node { return &node{raw: []byte(raw)} }

func list(items ...*node) *node { return &node{open: '[', items: items} }

func object(members ...member) *node { return &node{open: '{', members: members} }

// parse reads one value; the simulators send nothing else.
func parse(body []byte) (*node, error) {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	return value(dec)
}

func value(dec *json.Decoder) (*node, error) {
	token, err := dec.Token()
	if err != nil {
		return nil, fmt.Errorf("reading an answer of the simulator: %w", err)
	}
	switch token {
	case json.Delim('['):
		n := list()
		for dec.More() {
			item, err := value(dec)
			if err != nil {
				return nil, err
			}
			n.items = append(n.items, item)
		}
		_, err = dec.Token()
		return n, err
	case json.Delim('{'):
		n := object()
		for dec.More() {
			key, err := dec.Token()
			if err != nil {
				return nil, err
			}
			v, err := value(dec)
			if err != nil {
				return nil, err
			}
			n.members = append(n.members, member{key.(string), v})
		}
		_, err = dec.Token()
		return n, err
	}
	return scalar(encode(token)), nil
}

// encode writes a value as the sources do, without escapes that JSON does not want.
func encode(v any) string {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	// Tokens always encode.
	_ = enc.Encode(v)
	return string(bytes.TrimSuffix(buf.Bytes(), []byte("\n")))
}

// write writes a value; sep stands between all tokens.
func (n *node) write(b []byte, sep string) []byte {
	if n.open == 0 {
		return append(b, n.raw...)
	}
	b = append(append(b, n.open), sep...)
	for i, m := range n.members {
		if i > 0 {
			b = append(append(b, ','), sep...)
		}
		b = append(append(append(b, encode(m.key)...), ':'), sep...)
		b = append(m.value.write(b, sep), sep...)
	}
	for i, item := range n.items {
		if i > 0 {
			b = append(append(b, ','), sep...)
		}
		b = append(item.write(b, sep), sep...)
	}
	return append(b, n.open+2) // } and ] stand two behind { and [
}

// get follows keys; nil where one is not there.
func (n *node) get(keys ...string) *node {
	for _, key := range keys {
		if n == nil {
			return nil
		}
		i := slices.IndexFunc(n.members, func(m member) bool { return m.key == key })
		if i < 0 {
			return nil
		}
		n = n.members[i].value
	}
	return n
}

// remove takes a member away, and reports whether it was there.
func (n *node) remove(key string) bool {
	before := len(n.members)
	n.members = slices.DeleteFunc(n.members, func(m member) bool { return m.key == key })
	return len(n.members) < before
}

// walk visits every value with the key that it, or the array it is in, stands under.
func (n *node) walk(key string, visit func(key string, n *node)) {
	visit(key, n)
	for _, m := range n.members {
		m.value.walk(m.key, visit)
	}
	for _, item := range n.items {
		item.walk(key, visit)
	}
}

func (n *node) isText() bool { return n.open == 0 && n.raw[0] == '"' }
func (n *node) isNumber() bool {
	return n.open == 0 && (n.raw[0] == '-' || n.raw[0] <= '9' && n.raw[0] >= '0')
}
