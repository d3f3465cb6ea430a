// Package trust says what to do about a server that is not reached over TLS as
// configured: its certificate is not accepted, or one side wants TLS and the other
// does not. Waiting mends none of these, so a service ends with them at start.
package trust

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
)

// Remedy returns what to do about an error of a TLS handshake in which the
// server's certificate was not accepted, and "" for any other error. ca names the
// setting that holds the file of certificate authorities.
func Remedy(err error, ca string) string {
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); !ok {
		return ""
	}
	if name, ok := errors.AsType[x509.HostnameError](err); ok {
		return fmt.Sprintf("connect by a name that the server's certificate has, or give it one for %s", name.Host)
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return fmt.Sprintf("set %s to a file with the certificates that sign the server's", ca)
	}
	return "give the server a certificate that is valid now, for servers"
}
