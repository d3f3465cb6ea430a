package service_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/creack/pty"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/service"
)

func TestOnlyAPersonOrAFlagAgrees(t *testing.T) {
	t.Parallel()
	person, terminal, err := pty.Open()
	require.NoError(t, err)
	defer func() { require.NoError(t, person.Close()) }()
	defer func() { require.NoError(t, terminal.Close()) }()
	var said bytes.Buffer
	streams := service.Streams{Stdin: terminal, Stderr: &said}

	for typed, want := range map[string]error{"yes\n": nil, "y\n": service.ErrNotAgreed, "\n": service.ErrNotAgreed} {
		_, err := person.WriteString(typed)
		require.NoError(t, err)
		require.ErrorIs(t, streams.Confirm(t.Context(), false, "All goes."), want, typed)
	}
	require.Contains(t, said.String(), "All goes.\nType yes to go on: ")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, streams.Confirm(ctx, false, "All goes."), context.Canceled)
	_, err = person.WriteString("\n") // ends the read that is left
	require.NoError(t, err)

	script := service.Streams{Stdin: strings.NewReader("yes\n"), Stderr: &said}
	require.ErrorIs(t, script.Confirm(t.Context(), false, "All goes."), service.ErrUnasked)
	require.NoError(t, script.Confirm(t.Context(), true, "All goes."))
}
