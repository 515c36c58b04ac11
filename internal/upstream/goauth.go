package upstream

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/goshim/goshim/internal/filestate"
	"github.com/goshim/goshim/internal/gitrun"
	"github.com/goshim/goshim/internal/gocmd"
	"github.com/goshim/goshim/internal/userdir"
)

// commandTimeout is how long a GOAUTH command may take. The go command waits
// for ever; a relay that serves many must not.
const commandTimeout = 30 * time.Second

// outputDelay is how long a GOAUTH command's output is waited for once it has
// ended: what it leaves running may hold the pipe for ever.
const outputDelay = time.Second

// forgetNone is how long it holds that GOAUTH knows nothing of a host. A user
// may log in while a client lives.
const forgetNone = 30 * time.Second

// credentials are those that GOAUTH names: netrc, git and commands, with the
// rules of cmd/go/internal/auth. They are for https only.
type credentials struct {
	goauth string
	getenv func(string) string
	http   *http.Client

	once   sync.Once
	run    sync.Mutex // held by who asks, as a command may ask the user
	mu     sync.Mutex
	stored map[string]credential // by prefix of a URL without its scheme
	none   map[string]time.Time  // hosts that commands knew nothing of, and when
	netrc  string                // the state of the netrc file that is stored
}

// A credential is what one method of GOAUTH has said.
type credential struct {
	header http.Header
	method int // its index in methods: a later one has the last word
}

// store keeps what a method has found. A method that has the last word about a
// prefix is not overruled.
func (c *credentials) store(method int, found map[string]http.Header) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for prefix, header := range found {
		prefix = strings.TrimSuffix(strings.TrimPrefix(prefix, "https://"), "/")
		switch old, ok := c.stored[prefix]; {
		case ok && old.method > method:
		case len(header) == 0:
			delete(c.stored, prefix)
		default:
			c.stored[prefix] = credential{header, method}
		}
	}
}

// readNetrc reads the netrc file, if GOAUTH names it and it has changed.
func (c *credentials) readNetrc() {
	method := slices.Index(c.methods(), "netrc")
	if method < 0 {
		return
	}
	file := netrcFile(c.getenv)
	state, _ := filestate.Of([]string{file}, time.Now())
	c.mu.Lock()
	isRead := c.netrc == state
	if !isRead {
		c.netrc = state
		maps.DeleteFunc(c.stored, func(_ string, old credential) bool { return old.method == method })
	}
	c.mu.Unlock()
	if !isRead {
		c.store(method, netrc(file))
	}
}

// methods returns the words of GOAUTH, the last method first, so that the first
// has the last word.
func (c *credentials) methods() []string {
	list := c.goauth
	if list == "" {
		list = "netrc"
	}
	methods := strings.Split(list, ";")
	for i := range methods {
		methods[i] = strings.TrimSpace(methods[i])
	}
	slices.Reverse(methods)
	return methods
}

// dynamic reports whether a method may know more when it is asked for a URL.
func (c *credentials) dynamic() bool {
	return slices.ContainsFunc(c.methods(), func(m string) bool { return m != "netrc" && m != "off" && m != "" })
}

// canAsk reports whether GOAUTH is to be asked about an answer 4xx: not again
// where it knew nothing, and with credentials only if they were refused.
func (c *credentials) canAsk(req *http.Request, status int) bool {
	if !c.dynamic() {
		return false
	}
	refused := status == http.StatusUnauthorized || status == http.StatusForbidden
	c.mu.Lock()
	defer c.mu.Unlock()
	return refused || c.lookup(req.URL) == nil && time.Since(c.none[req.URL.Host]) > forgetNone
}

// add adds the credentials for the request's URL to it, and reports whether
// there are any. If resp is the answer to an earlier request, GOAUTH is asked
// for others first.
//
// Those of a URL that has its own stay, as net/http sends them: the go command
// looks for credentials by the whole URL, user included, and so finds none.
func (c *credentials) add(ctx context.Context, req *http.Request, resp *http.Response) bool {
	if req.URL.User != nil {
		return false
	}
	c.once.Do(func() { c.ask(ctx, req.URL, nil) })
	c.readNetrc()
	if resp != nil {
		c.ask(ctx, req.URL, resp)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	header := c.lookup(req.URL)
	if resp != nil && header == nil {
		c.none[req.URL.Host] = time.Now()
	}
	for name, values := range header {
		for _, v := range values {
			req.Header.Add(name, v)
		}
	}
	return header != nil
}

// lookup returns the credentials of the longest prefix, element by element.
func (c *credentials) lookup(u *url.URL) http.Header {
	prefix := u.Host + strings.TrimSuffix(u.EscapedPath(), "/")
	for {
		if found := c.stored[prefix]; found.header != nil {
			return found.header
		}
		i := strings.LastIndexByte(prefix, '/')
		if i < 0 {
			return nil
		}
		prefix = prefix[:i]
	}
}

// known reports whether another request has asked GOAUTH since the one that
// resp answers.
func (c *credentials) known(u *url.URL, resp *http.Response) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for name, values := range c.lookup(u) {
		if !slices.Equal(values, resp.Request.Header[name]) {
			return true
		}
	}
	return time.Since(c.none[u.Host]) < forgetNone
}

// ask runs the methods: without resp for what they know of themselves, with it
// about the URL. Their faults are not reported, as the go command does not:
// what is missing then is a credential, and the proxy says so.
func (c *credentials) ask(ctx context.Context, u *url.URL, resp *http.Response) {
	c.run.Lock()
	defer c.run.Unlock()
	rawURL := ""
	if resp != nil {
		if c.known(u, resp) {
			return
		}
		rawURL = u.Redacted()
	}
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	for i, method := range c.methods() {
		words := strings.Fields(method)
		switch {
		case len(words) == 0 || words[0] == "off" || words[0] == "netrc": // see readNetrc
		case words[0] == "git":
			if rawURL != "" && len(words) == 2 && filepath.IsAbs(words[1]) {
				c.store(i, c.git(ctx, words[1], rawURL))
			}
		default:
			c.store(i, command(ctx, method, rawURL, resp))
		}
	}
}

// netrcFile returns the path of the user's netrc file, or "".
func netrcFile(getenv func(string) string) string {
	if file := getenv("NETRC"); file != "" {
		return file
	}
	home := userdir.Home(getenv)
	if home == "" {
		return ""
	}
	if file := filepath.Join(home, "_netrc"); filepath.Separator != '/' { // Windows
		if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
			return file
		}
	}
	return filepath.Join(home, ".netrc")
}

// netrc returns the credentials of a netrc file. Of a machine that is named twice,
// the first line counts.
func netrc(file string) map[string]http.Header {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil
	}
	found := make(map[string]http.Header)
	for _, l := range parseNetrc(string(data)) {
		if found[l.machine] == nil {
			found[l.machine] = basic(l.login, l.password)
		}
	}
	return found
}

func basic(user, password string) http.Header {
	req := http.Request{Header: make(http.Header)}
	req.SetBasicAuth(user, password)
	return req.Header
}

type netrcLine struct{ machine, login, password string }

// parseNetrc is that of cmd/go/internal/auth.
func parseNetrc(data string) []netrcLine {
	var all []netrcLine
	var l netrcLine
	inMacro := false
	for line := range strings.SplitSeq(data, "\n") {
		if inMacro {
			inMacro = line != ""
			continue
		}
		f := strings.Fields(line)
		i := 0
		for ; i < len(f)-1; i += 2 {
			switch f[i] {
			case "machine":
				l = netrcLine{machine: f[i+1]}
			case "login":
				l.login = f[i+1]
			case "password":
				l.password = f[i+1]
			case "macdef":
				inMacro = true
			}
			if l.machine != "" && l.login != "" && l.password != "" {
				all = append(all, l)
				l = netrcLine{}
			}
		}
		if i < len(f) && f[i] == "default" {
			break // only machines that are named count
		}
	}
	return all
}

// git asks `git credential fill`, and tells git later whether that was right.
func (c *credentials) git(ctx context.Context, dir, rawURL string) map[string]http.Header {
	out, err := gitrun.Credential(ctx, dir, "fill", []byte("url="+rawURL+"\n"))
	if err != nil {
		return nil
	}
	prefix, user, password := parseGit(string(out))
	if prefix == "" || !strings.HasPrefix(rawURL, prefix) {
		return nil
	}
	header := basic(user, password)
	go c.tellGit(dir, prefix, header.Clone(), out)
	return map[string]http.Header{prefix: header}
}

// tellGit tries the credentials and approves or rejects them, so that git's
// helper keeps what works.
func (c *credentials) tellGit(dir, prefix string, header http.Header, filled []byte) {
	ctx, cancel := context.WithTimeout(context.Background(), commandTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, "HEAD", prefix, nil)
	if err != nil {
		return
	}
	req.Header = header
	resp, err := c.http.Do(req)
	if err != nil {
		return
	}
	resp.Body.Close()
	action := map[int]string{http.StatusOK: "approve", http.StatusUnauthorized: "reject"}[resp.StatusCode]
	if action == "" {
		return
	}
	gitrun.Credential(ctx, dir, action, filled)
}

// parseGit reads the attributes that git credential prints.
func parseGit(data string) (prefix, user, password string) {
	u := new(url.URL)
	for line := range strings.SplitSeq(data, "\n") {
		key, value, ok := strings.Cut(strings.TrimSpace(line), "=")
		if !ok {
			continue
		}
		switch key {
		case "protocol":
			u.Scheme = value
		case "host":
			u.Host = value
		case "path":
			u.Path = value
		case "username":
			user = value
		case "password":
			password = value
		case "url":
			if whole, err := url.ParseRequestURI(value); err == nil {
				u = whole
			}
		}
	}
	return u.String(), user, password
}

// command runs a GOAUTH command. Its input is the head of the answer that asked
// for credentials.
func command(ctx context.Context, line, rawURL string, resp *http.Response) map[string]http.Header {
	words, err := gocmd.SplitQuoted(line)
	if err != nil || len(words) == 0 {
		return nil
	}
	if rawURL != "" {
		words = append(words, rawURL)
	}
	cmd := exec.CommandContext(ctx, words[0], words[1:]...)
	if resp != nil {
		var head strings.Builder
		fmt.Fprintf(&head, "%s %s\n", resp.Proto, resp.Status)
		for name, values := range resp.Header {
			fmt.Fprintf(&head, "%s: %s\n", name, strings.Join(values, ", "))
		}
		cmd.Stdin = strings.NewReader(head.String() + "\n")
	}
	cmd.WaitDelay = outputDelay
	out, err := cmd.Output()
	if err != nil && !errors.Is(err, exec.ErrWaitDelay) {
		return nil
	}
	found, err := parseCommand(string(out))
	if err != nil {
		return nil
	}
	return found
}

var errAuthFormat = errors.New("malformed output of a GOAUTH command")

// parseCommand reads what "go help goauth" defines: blocks of URLs, a blank
// line, headers, a blank line.
func parseCommand(data string) (map[string]http.Header, error) {
	found := make(map[string]http.Header)
	for data != "" {
		var urls []string
		header := make(http.Header)
		for _, add := range []func(line string) bool{
			func(line string) bool {
				_, err := url.ParseRequestURI(line)
				urls = append(urls, line)
				return err == nil
			},
			func(line string) bool {
				name, value, ok := strings.Cut(line, ": ")
				value = strings.TrimSpace(value)
				header.Add(name, value)
				return ok && name != "" && !strings.ContainsAny(name, " \t\r:") && !strings.ContainsAny(value, "\r\x00")
			},
		} {
			for {
				line, rest, ok := strings.Cut(data, "\n")
				if !ok {
					return nil, errAuthFormat
				}
				data = rest
				if line == "" {
					break
				}
				if !add(line) {
					return nil, errAuthFormat
				}
			}
		}
		for _, u := range urls {
			found[u] = header.Clone()
		}
	}
	return found, nil
}
