package redact

import (
	"net/url"
	"regexp"
	"strings"
)

var (
	// nextURL is where the next URL of a comma-separated list begins. A comma
	// alone is not a border: passwords and host lists may hold one.
	nextURL = regexp.MustCompile(`,\s*[a-zA-Z][a-zA-Z0-9+.-]*://`)
	// queryPassword is a password in a URL's query.
	queryPassword = regexp.MustCompile(`(?i)([?&][a-z_]*(?:password|token|secret|key)=)([^&#]*)`)
	// keywordPassword is one of a key=value connection string, where quotes are
	// single and escapes are backslashes.
	keywordPassword = regexp.MustCompile(`(?i)(\b[a-z_]*password\s*=\s*)('(?:[^'\\]|\\.)*'|\S*)`)
)

// URL returns a connection string without its credentials: the password of a
// URL (or of each URL in a comma-separated list), the user of a NATS URL that
// has no password, because it is a token, passwords in a query, and those of a
// key=value string. What has credentials but cannot be read is hidden whole.
func URL(text string) string {
	parts := splitURLs(text)
	for i, part := range parts {
		parts[i], _ = strip(part)
	}
	return strings.Join(parts, "")
}

// Passwords returns the credentials that URL hides, as they are written and as
// they decode, so that a Set can look for them.
func Passwords(text string) []string {
	var found []string
	for _, part := range splitURLs(text) {
		_, credentials := strip(part)
		found = append(found, credentials...)
	}
	return found
}

// splitURLs cuts a list before each URL; the commas stay with what follows.
func splitURLs(text string) []string {
	var parts []string
	start := 0
	for _, border := range nextURL.FindAllStringIndex(text, -1) {
		parts = append(parts, text[start:border[0]])
		start = border[0]
	}
	return append(parts, text[start:])
}

// strip returns one connection string without its credentials, and those.
func strip(text string) (string, []string) {
	lead := text[:len(text)-len(strings.TrimLeft(text, ", \t"))]
	text = text[len(lead):]
	scheme, rest, isURL := strings.Cut(text, "://")
	if !isURL {
		return stripKeywords(lead, text)
	}
	u, err := url.Parse(text)
	if err != nil {
		return lead + hidden, nil
	}
	clean, credentials := stripUser(u, scheme, rest)
	clean, more := replaceSecond(queryPassword, clean)
	return lead + scheme + "://" + clean, append(credentials, more...)
}

// stripUser hides the credentials before the host in what follows the scheme.
func stripUser(u *url.URL, scheme, rest string) (string, []string) {
	if u.User == nil {
		return rest, nil
	}
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	at := strings.LastIndex(rest[:end], "@")
	name, written, has := strings.Cut(rest[:at], ":")
	password, _ := u.User.Password()
	switch {
	case has:
		return name + ":" + hidden + rest[at:], []string{password, written}
	case isNATS(scheme):
		return hidden + rest[at:], []string{u.User.Username(), name}
	}
	return rest, nil
}

// isNATS tells the schemes in which a user without a password is a token.
func isNATS(scheme string) bool {
	switch strings.ToLower(scheme) {
	case "nats", "tls", "ws", "wss":
		return true
	}
	return false
}

// stripKeywords treats what is not a URL: key=value pairs, or a host with
// credentials before it.
func stripKeywords(lead, text string) (string, []string) {
	clean, credentials := replaceSecond(keywordPassword, text)
	if at := strings.LastIndex(clean, "@"); at >= 0 && len(credentials) == 0 {
		return lead + hidden + clean[at:], nil
	}
	for i, value := range credentials {
		credentials[i] = strings.Trim(value, "'")
	}
	return lead + clean, credentials
}

// replaceSecond hides the second group of each match and returns what it held,
// also decoded.
func replaceSecond(re *regexp.Regexp, text string) (string, []string) {
	var found []string
	for _, match := range re.FindAllStringSubmatch(text, -1) {
		found = append(found, match[2])
		if decoded, err := url.QueryUnescape(match[2]); err == nil && decoded != match[2] {
			found = append(found, decoded)
		}
	}
	return re.ReplaceAllString(text, "${1}"+hidden), found
}
