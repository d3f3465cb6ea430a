package upstream

import "crypto/tls"

// Trust lets a test's client accept a test server's certificate.
func Trust(c *Client, cfg *tls.Config) {
	c.transport.TLSClientConfig = cfg
}
