package decode

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// notJSON says for a person why a body can't be parsed.
func notJSON(body []byte, err error) error {
	start := bytes.TrimSpace(body)
	syntax, isSyntax := errors.AsType[*json.SyntaxError](err)
	switch {
	case len(start) == 0:
		return fmt.Errorf("%w: the body is empty", ErrUnreadable)
	case start[0] == '<':
		return fmt.Errorf("%w: the body is a page of HTML or XML and no JSON", ErrUnreadable)
	case strings.HasPrefix(err.Error(), "unexpected end"): // encoding/json has no name for it
		return fmt.Errorf("%w: the JSON breaks off after %d bytes (%w)", ErrUnreadable, len(body), err)
	case isSyntax:
		return fmt.Errorf("%w: the body is no JSON from byte %d on (%w)", ErrUnreadable, syntax.Offset, err)
	}
	return fmt.Errorf("%w: the body is no JSON (%w)", ErrUnreadable, err)
}

// absent says that an answer lacks what it is all about, and what it says
// instead: a source tells its faults as KOBIS or as TMDB does.
func (r *reader) absent(what string) error {
	var fault struct {
		FaultInfo struct {
			Message   scalar `json:"message"`
			ErrorCode scalar `json:"errorCode"`
		} `json:"faultInfo"`
		StatusCode    scalar `json:"status_code"`
		StatusMessage scalar `json:"status_message"`
	}
	_ = json.Unmarshal(r.body, &fault) // what doesn't fit is not there
	switch {
	case fault.FaultInfo.ErrorCode.text != "":
		return fmt.Errorf("%w: it is the source's fault %s, %q, and has no %s",
			ErrUnreadable, Clean(fault.FaultInfo.ErrorCode.text), Clean(fault.FaultInfo.Message.text), what)
	case fault.StatusCode.text != "":
		return fmt.Errorf("%w: it is the source's error %s, %q, and has no %s",
			ErrUnreadable, Clean(fault.StatusCode.text), Clean(fault.StatusMessage.text), what)
	}
	return fmt.Errorf("%w: it has no %s", ErrUnreadable, what)
}
