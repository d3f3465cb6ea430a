package console

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"

	"golang.org/x/crypto/bcrypt"
)

// Role is what somebody may do; each may do what those before it may.
type Role int

// The roles.
const (
	Viewer   Role = iota // looks
	Curator              // decides about matches
	Operator             // sees keys, and what costs calls
)

var roleNames = []string{"viewer", "curator", "operator"}

func (r Role) String() string { return roleNames[r] }

func roleOf(name string) (Role, bool) {
	i := slices.Index(roleNames, name)
	return Role(max(i, 0)), i >= 0
}

// user is who asks.
type user struct {
	Name string
	Role Role
}

type userKey struct{}

func userOf(ctx context.Context) user {
	u, _ := ctx.Value(userKey{}).(user)
	return u
}

// door says who a request is from, or answers it.
type door func(w http.ResponseWriter, r *http.Request) (user, bool)

// open makes the door that the configuration asks for.
func (a Access) open() (door, error) {
	switch a.Login {
	case loginBasic:
		users, err := readUsers(a.UsersFile)
		if err != nil {
			return nil, err
		}
		return newBasic(users).admit, nil
	case loginProxy:
		return a.fromProxy, nil
	}
	return onLoopback, nil
}

// onLoopback lets in who asked for loopback by its name. A page of another site whose
// name was made to lead here (DNS rebinding) asks for that name.
func onLoopback(w http.ResponseWriter, r *http.Request) (user, bool) {
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = strings.Trim(r.Host, "[]")
	}
	if !loopback(host) {
		http.Error(w, "this console answers to localhost alone: set CONSOLE_LOGIN for other names", http.StatusForbidden)
		return user{}, false
	}
	return user{Role: Operator}, true
}

// What a proxy sends.
const (
	headerSecret = "X-Console-Secret"
	headerUser   = "X-Forwarded-User"
	headerEmail  = "X-Forwarded-Email"
	headerGroups = "X-Forwarded-Groups"
	groupPrefix  = "cledit-"
)

// fromProxy believes a proxy that knows the secret. Groups cledit-curator and
// cledit-operator give a role.
func (a Access) fromProxy(w http.ResponseWriter, r *http.Request) (user, bool) {
	who := user{Name: r.Header.Get(headerUser)}
	if who.Name == "" {
		who.Name = r.Header.Get(headerEmail)
	}
	if subtle.ConstantTimeCompare([]byte(r.Header.Get(headerSecret)), []byte(a.ProxySecret)) != 1 || who.Name == "" {
		http.Error(w, "come in through the proxy", http.StatusUnauthorized)
		return user{}, false
	}
	for group := range strings.SplitSeq(r.Header.Get(headerGroups), ",") {
		if role, ok := roleOf(strings.TrimPrefix(strings.TrimSpace(group), groupPrefix)); ok && role > who.Role {
			who.Role = role
		}
	}
	return who, true
}

// account is a line of the file of users.
type account struct {
	hash []byte
	role Role
}

var errUsers = errors.New("the file of users cannot be used")

// readUsers reads the file of users: one a line, # begins a remark.
func readUsers(path string) (map[string]account, error) {
	text, err := readFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the users: %w", err)
	}
	users := map[string]account{}
	number := 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, one, err := readUser(line)
		if err != nil {
			return nil, fmt.Errorf("%w: line %d: %w", errUsers, number, err)
		}
		users[name] = one
	}
	if len(users) == 0 {
		return nil, fmt.Errorf("%w: it names no user", errUsers)
	}
	return users, nil
}

// readUser reads user:bcrypt or user:bcrypt:role.
func readUser(line string) (name string, one account, err error) {
	parts := strings.Split(line, ":")
	if len(parts) < 2 || len(parts) > 3 || parts[0] == "" {
		return "", one, errors.New("want user:bcrypt or user:bcrypt:role")
	}
	if _, err := bcrypt.Cost([]byte(parts[1])); err != nil {
		return "", one, errors.New("the password is not hashed by bcrypt")
	}
	one.hash = []byte(parts[1])
	if len(parts) == 3 {
		role, ok := roleOf(parts[2])
		if !ok {
			return "", one, fmt.Errorf("the role is not one of %s", strings.Join(roleNames, ", "))
		}
		one.role = role
	}
	return parts[0], one, nil
}

// mostRemembered bounds what basic remembers.
const mostRemembered = 1000

// basic asks for a name and a password. A browser sends them with every request and
// bcrypt takes long on purpose: what was right is remembered, under a key of this
// process, and one password is tried at a time.
type basic struct {
	users map[string]account
	key   []byte
	none  []byte // a hash that no password has, for names that are not there

	trying sync.Mutex
	mu     sync.Mutex
	right  map[[sha256.Size]byte]bool
}

func newBasic(users map[string]account) *basic {
	key := make([]byte, sha256.Size)
	_, _ = rand.Read(key) // it never fails
	none, _ := bcrypt.GenerateFromPassword([]byte(rand.Text()), bcrypt.DefaultCost)
	return &basic{users: users, key: key, none: none, right: map[[sha256.Size]byte]bool{}}
}

func (b *basic) admit(w http.ResponseWriter, r *http.Request) (user, bool) {
	name, password, asked := r.BasicAuth()
	known, found := b.users[name]
	if !found {
		known.hash = b.none
	}
	if !asked || !b.matches(name, password, known.hash) || !found {
		w.Header().Set("WWW-Authenticate", `Basic realm="cledit", charset="UTF-8"`)
		http.Error(w, "a name and a password are needed", http.StatusUnauthorized)
		return user{}, false
	}
	return user{name, known.role}, true
}

func (b *basic) matches(name, password string, hash []byte) bool {
	mac := hmac.New(sha256.New, b.key)
	_, _ = fmt.Fprintf(mac, "%d:%s%s", len(name), name, password)
	of := [sha256.Size]byte(mac.Sum(nil))
	if b.remembered(of) {
		return true
	}
	b.trying.Lock()
	defer b.trying.Unlock()
	if b.remembered(of) { // by who waited before
		return true
	}
	if bcrypt.CompareHashAndPassword(hash, []byte(password)) != nil {
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.right) >= mostRemembered {
		clear(b.right)
	}
	b.right[of] = true
	return true
}

func (b *basic) remembered(of [sha256.Size]byte) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.right[of]
}
