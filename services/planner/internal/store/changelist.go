package store

import (
	"encoding/json"
	"strings"

	"github.com/cledit/pipeline/pkg/contract"
)

// changeList is what could be read of a page of a change list.
type changeList struct {
	total int     // pages; 0 where it can't be read
	ids   []int32 // that changed
	odd   int     // rows without an id that TMDB could have
	rows  int
	why   string // it could not be read to its end; empty otherwise
}

// mostPages bounds a claimed number of pages: TMDB answers no page beyond 500.
const mostPages = 1000

// readChangeList reads what can be read, token by token, so that it costs no more
// than the ids. Nothing is certain of a body: a source wrote it.
func readChangeList(body string) (list changeList) {
	d := json.NewDecoder(strings.NewReader(body))
	if start, err := d.Token(); err != nil || start != json.Delim('{') {
		list.why = "it is not a JSON object"
		return list
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return list.broken(err)
		}
		switch key {
		case "results":
			err = list.results(d)
		case "total_pages":
			var total json.RawMessage
			if err = d.Decode(&total); err == nil {
				list.total = pagesOf(total)
			}
		default:
			err = skip(d)
		}
		if err != nil {
			return list.broken(err)
		}
	}
	return list
}

func (c changeList) broken(err error) changeList {
	c.why = "it can't be read to its end: " + err.Error()
	return c
}

func (c *changeList) results(d *json.Decoder) error {
	start, err := d.Token()
	if err != nil || start != json.Delim('[') {
		c.why = "its results are not a list"
		return skipRest(d, start, err)
	}
	for d.More() {
		var row json.RawMessage
		if err := d.Decode(&row); err != nil {
			return err
		}
		var changed struct {
			ID json.RawMessage `json:"id"`
		}
		c.rows++
		id, ok := int32(0), false
		if json.Unmarshal(row, &changed) == nil {
			id, ok = contract.TmdbID(scalar(changed.ID))
		}
		if !ok {
			c.odd++
			continue
		}
		c.ids = append(c.ids, id)
	}
	_, err = d.Token()
	return err
}

// scalar is the text of a number, or of a string that may hold one.
func scalar(value json.RawMessage) string {
	var text string
	if json.Unmarshal(value, &text) == nil {
		return text
	}
	return string(value)
}

func pagesOf(value json.RawMessage) int {
	n, err := contract.Int(scalar(value))
	if err != nil || n < 1 {
		return 0
	}
	return int(min(n, mostPages))
}

// skip passes over a value without keeping it.
func skip(d *json.Decoder) error {
	token, err := d.Token()
	return skipRest(d, token, err)
}

// skipRest passes over what is left of a value that begins with a token.
func skipRest(d *json.Decoder, token json.Token, err error) error {
	depth := 0
	for {
		if err != nil {
			return err
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth <= 0 {
			return nil
		}
		token, err = d.Token()
	}
}
