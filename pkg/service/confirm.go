package service

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// What Confirm returns where nobody agrees.
var (
	ErrNotAgreed = errors.New("not confirmed; nothing was changed")
	ErrUnasked   = errors.New("no terminal to confirm on; nothing was changed; pass --yes")
)

const agreement = "yes"

// Confirm returns nil when what cannot be undone may be done: when yes is true, or
// when a person at the terminal types so. Errors: [ErrNotAgreed], [ErrUnasked], and
// ctx's.
func (s Streams) Confirm(ctx context.Context, yes bool, warning string) error {
	if yes {
		return nil
	}
	if !isTerminal(s.Stdin) {
		return ErrUnasked
	}
	printf(s.Stderr, "%s\nType %s to go on: ", warning, agreement)
	typed := make(chan string, 1)
	go func() { // a read of a terminal can't be cut short
		line, _ := bufio.NewReader(s.Stdin).ReadString('\n') // what was typed until then counts
		typed <- strings.TrimSpace(line)
	}()
	select {
	case line := <-typed:
		if line != agreement {
			return ErrNotAgreed
		}
		return nil
	case <-ctx.Done():
		printf(s.Stderr, "\n")
		return context.Cause(ctx)
	}
}

func isTerminal(stream io.Reader) bool {
	file, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}
