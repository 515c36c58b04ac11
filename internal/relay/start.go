package relay

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/lockedfile"

	"github.com/goshim/goshim/internal/detach"
	"github.com/goshim/goshim/internal/diag"
)

const (
	startTimeout = 2 * time.Second // until a new relay answers
	askTimeout   = time.Second     // until one that runs does
)

// A Running is a relay that has answered.
type Running struct {
	place
	file string // where its place is kept
	http *http.Client
}

// A place is what it takes to reach a relay: the content of its state file.
type place struct {
	Addr   string `json:"addr"`
	Secret string `json:"secret"`
	Proof  string `json:"proof"` // see proofHeader
	PID    int    `json:"pid"`
}

// URL returns the relay's URL for GOPROXY. Who knows it can use the relay.
func (r *Running) URL() string { return "http://" + r.Addr + "/" + r.Secret }

// Ensure returns the user's relay for the configuration. If none runs, it
// starts the companion at self as one; of several callers, one does. The
// directory is [userdir.Cache], or another that only the user can write.
func Ensure(ctx context.Context, dir, self string, cfg Config) (*Running, error) {
	if dir == "" {
		return nil, &diag.Error{Msg: "there is no directory for the state of a relay", Hint: "set HOME"}
	}
	file := filepath.Join(stateDir(dir), cfg.Hash()+".json")
	if r, err := attach(ctx, file); err == nil {
		return r, nil
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return nil, err
	}
	unlock, err := lock(ctx, filepath.Dir(file))
	if err != nil {
		return nil, err
	}
	defer unlock()
	if r, err := attach(ctx, file); err == nil {
		return r, nil
	}
	return start(ctx, file, self, cfg)
}

// lockTimeout is how long the lock is waited for: its holder may be stopped.
const lockTimeout = 2 * startTimeout

// lock locks the directory of state files. All relays have one lock, because a
// file that is locked cannot be removed: others may wait for it.
func lock(ctx context.Context, dir string) (unlock func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, lockTimeout)
	defer cancel()
	type result struct {
		unlock func()
		err    error
	}
	locked := make(chan result)
	go func() {
		unlock, err := lockedfile.MutexAt(filepath.Join(dir, "lock")).Lock()
		select {
		case locked <- result{unlock, err}:
		case <-ctx.Done():
			if err == nil {
				unlock()
			}
		}
	}()
	select {
	case r := <-locked:
		return r.unlock, r.err
	case <-ctx.Done():
		return nil, fmt.Errorf("another process starts a relay, and does not end: %w", ctx.Err())
	}
}

func stateDir(dir string) string { return filepath.Join(dir, "relay") }

// attach returns the relay whose place is in the file, if it answers. One that
// was killed does not; whoever has its port now has no proof.
func attach(ctx context.Context, file string) (*Running, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	r := &Running{file: file, http: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}}
	if err := json.Unmarshal(data, &r.place); err != nil {
		return nil, err
	}
	if !validSecret(r.Secret) || !validSecret(r.Proof) {
		return nil, errors.New("malformed state of a relay")
	}
	state, err := r.State(ctx)
	if err != nil {
		return nil, err
	}
	if state.PID != r.PID {
		return nil, errors.New("another process answers")
	}
	return r, nil
}

// start runs the companion as a relay, in a session of its own, and waits until
// it listens. The configuration goes through its standard input, because it may
// hold passwords; its place comes back through its standard output.
func start(ctx context.Context, file, self string, cfg Config) (*Running, error) {
	in, err := json.Marshal(served{Config: cfg, File: file, Name: cfg.Hash()})
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self, "relay", "--serve")
	cmd.Env, cmd.Dir = cfg.env(), filepath.Dir(file)
	cmd.Stdin = bytes.NewReader(in)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := detach.Start(cmd); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	answer := make(chan error, 1)
	go func() {
		answer <- readAnswer(out)
		cmd.Wait() // so that none is left behind while this process lives
	}()
	select {
	case err = <-answer:
	case <-ctx.Done():
		err = fmt.Errorf("it did not answer in %v", startTimeout)
	}
	if err == nil {
		var r *Running
		if r, err = attach(ctx, file); err == nil {
			return r, nil
		}
	}
	cmd.Process.Kill()
	return nil, &diag.Error{Msg: "starting a relay: " + err.Error()}
}

// readAnswer returns the error that a starting relay prints, or nil if it says
// that it runs.
func readAnswer(out io.Reader) error {
	text, err := io.ReadAll(io.LimitReader(out, 4096))
	switch {
	case err != nil:
		return err
	case string(text) == ready:
		return nil
	case len(text) == 0:
		return errors.New("it ended at once")
	}
	return errors.New(strings.TrimSpace(string(text)))
}

// do sends a request of this package's own.
func (r *Running) do(ctx context.Context, method, path string, body []byte) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, r.URL()+path, bytes.NewReader(body))
	if err != nil {
		return nil, errors.New("malformed state of a relay")
	}
	resp, err := r.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("the relay at %s does not answer", r.Addr) // the error has the secret
	}
	if resp.StatusCode != http.StatusOK || resp.Header.Get(proofHeader) != r.Proof {
		resp.Body.Close()
		return nil, fmt.Errorf("%s is not this relay's port", r.Addr)
	}
	return resp, nil
}

// State asks the relay for its state.
func (r *Running) State(ctx context.Context) (*State, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	resp, err := r.do(ctx, "GET", "/-/state", nil)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	state := new(State)
	return state, json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(state)
}

// Stop ends the relay, whoever uses it.
func (r *Running) Stop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	resp, err := r.do(ctx, "POST", "/-/stop", nil)
	if err == nil {
		resp.Body.Close()
	}
	return err
}

// Lease keeps the relay alive until release is called or this process ends, and
// lets it know the go.sum files, by absolute paths, that what it serves must
// agree with. A process that becomes another by exec has none afterwards.
func (r *Running) Lease(sums []string) (release func(), err error) {
	body, err := json.Marshal(map[string][]string{"sums": sums})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	timer := time.AfterFunc(askTimeout, cancel)
	resp, err := r.do(ctx, "POST", "/-/lease", body)
	if err != nil {
		cancel()
		return nil, err
	}
	timer.Stop()
	return func() {
		cancel()
		resp.Body.Close()
	}, nil
}

// All returns the user's relays that answer.
func All(ctx context.Context, dir string) ([]*Running, error) {
	files, err := filepath.Glob(filepath.Join(stateDir(dir), "*.json"))
	if err != nil {
		return nil, err
	}
	var all []*Running
	for _, file := range files {
		if r, err := attach(ctx, file); err == nil {
			all = append(all, r)
		}
	}
	return all, nil
}
