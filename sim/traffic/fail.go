package traffic

import (
	"net"
	"net/http"
	"time"
)

// failed carries out the faults that end without an answer.
func (g *Gate) failed(w http.ResponseWriter, r *http.Request, fault Fault, hold time.Duration) bool {
	switch fault {
	case Timeout:
		g.answered(0)
		hang(r, hold)
		panic(http.ErrAbortHandler)
	case Reset:
		g.answered(0)
		reset(w)
		return true
	}
	return false
}

// hang holds the request until the client is gone or hold has passed.
func hang(r *http.Request, hold time.Duration) {
	if hold == 0 {
		<-r.Context().Done()
		return
	}
	wait(r, hold)
}

// reset closes the connection so that the client sees ECONNRESET. Without
// linger the kernel sends RST instead of FIN; where there is no TCP connection
// to take over, aborting is what comes nearest.
func reset(w http.ResponseWriter) {
	hijacker, ok := w.(http.Hijacker)
	if !ok {
		panic(http.ErrAbortHandler)
	}
	conn, _, err := hijacker.Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		// Should it fail, the close below is an ordinary one: still no answer.
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}
