package relay

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// served is what a new relay reads from its standard input.
type served struct {
	Config
	File string // for its place
	Name string // of the configuration, see Config.Hash
}

// ready is what a new relay prints once it listens. Anything else is its error.
const ready = "ready\n"

// Serve runs a relay as this process, with the configuration from in, until it
// is idle or stopped. It closes out when it listens.
func Serve(in io.Reader, out io.WriteCloser) error {
	var s served
	if err := json.NewDecoder(in).Decode(&s); err != nil {
		return err
	}
	ln, err := listen()
	if err != nil {
		return err
	}
	server := NewServer(s.Config, newSecret())
	state, err := json.Marshal(place{ln.Addr().String(), server.secret, server.proof, os.Getpid()})
	if err != nil {
		return err
	}
	server.name = s.Name
	if err := writeFile(s.File, state); err != nil {
		return err
	}
	defer removeFile(s.File, state)
	if _, err := io.WriteString(out, ready); err != nil {
		return err
	}
	out.Close()
	return server.run(ln)
}

// listen opens a port that only this machine reaches.
func listen() (net.Listener, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return net.Listen("tcp", "[::1]:0")
	}
	return ln, nil
}

// silent is a log that nobody is there to read.
var silent = log.New(io.Discard, "", 0)

const secretLen = 64 // hexadecimal digits

func newSecret() string {
	var b [secretLen / 2]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// newPath returns the secret of a session. The go command shows it in errors, and
// it lives as long as one command, so it is short.
func newPath() string { return strings.ToLower(rand.Text()[:16]) }

func validSecret(s string) bool {
	_, err := hex.DecodeString(s)
	return err == nil && len(s) == secretLen
}

// run answers requests until nobody has come for a while, or one asks to stop.
func (s *Server) run(ln net.Listener) error {
	idle := s.cfg.Idle
	if idle == 0 {
		idle = DefaultIdle
	}
	server := newHTTPServer(s)
	go func() {
		tick := time.NewTicker(max(idle/10, time.Millisecond))
		defer tick.Stop()
		for stopped := false; !stopped && s.idle() < idle; {
			select {
			case <-tick.C:
			case <-s.stop:
				stopped = true
			}
		}
		s.serveStop()
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if server.Shutdown(ctx) != nil {
			server.Close()
		}
	}()
	if err := server.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// writeFile replaces a file that only the user may read.
func writeFile(name string, data []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(name), ".tmp-")
	if err != nil {
		return err
	}
	_, err = tmp.Write(data)
	if closeErr := tmp.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(tmp.Name(), name)
	}
	if err != nil {
		os.Remove(tmp.Name())
	}
	return err
}

// removeFile removes the file if it is still this relay's, and not that of the
// one that has taken its place.
func removeFile(name string, data []byte) {
	unlock, err := lock(context.Background(), filepath.Dir(name))
	if err != nil {
		return
	}
	defer unlock()
	if now, err := os.ReadFile(name); err == nil && bytes.Equal(now, data) {
		os.Remove(name)
	}
}
