package modroute_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/dirhash"

	"github.com/goshim/goshim/internal/modroute"
	"github.com/goshim/goshim/internal/proxytest"
	"github.com/goshim/goshim/internal/testgo"
	"github.com/goshim/goshim/internal/upstream"
)

// faults are the answers of each row of [modroute.Matrix]: proxies that give them, and
// what is asked of them. All of a row must have the same outcome.
var faults = map[string][]proxytest.Fault{
	"200":                           {nil},
	"404, 410":                      statuses(404, 410),
	"400, 401, 403, 451":            statuses(400, 401, 403, 451),
	"429":                           {proxytest.Status(429, "1")},
	"500, 502, 503, 504":            statuses(500, 502, 503, 504),
	"connection refused":            {nil}, // its server is closed
	"no answer":                     {proxytest.Hang},
	"half an answer":                {proxytest.Suffix(".zip", proxytest.Truncate), proxytest.Suffix(".mod", proxytest.Truncate)},
	"a page as .info":               {proxytest.Suffix(".info", proxytest.HTML)},
	"a page as .mod":                {proxytest.Suffix(".mod", proxytest.HTML)},
	"a page as .zip":                {proxytest.Suffix(".zip", proxytest.HTML)},
	"the zip of another module":     {proxytest.Suffix(".zip", proxytest.Replace(zipOf("example.com/other@v1.0.0/x.go")))},
	"a zip that go.sum contradicts": {proxytest.Suffix(".zip", proxytest.Replace(zipOf("example.com/dep@v1.0.0/evil.go")))},
}

func statuses(codes ...int) []proxytest.Fault {
	var all []proxytest.Fault
	for _, code := range codes {
		all = append(all, proxytest.Status(code, ""))
	}
	return all
}

// zipOf returns a zip with one file.
func zipOf(name string) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, _ := z.Create(name)
	w.Write([]byte("package dep\n"))
	z.Close()
	return b.Bytes()
}

// TestMatrix downloads a module from a proxy with each fault and a good one
// behind it, with the real go command, and compares what it does with the table.
func TestMatrix(t *testing.T) {
	modules := moduleDir(t)
	main := t.TempDir()
	writeFile(t, filepath.Join(main, "go.mod"), "module example.com/main\n\ngo 1.21\n\nrequire example.com/dep v1.0.0\n")
	sums := goSum(t, modules)

	for _, row := range modroute.Matrix {
		if len(faults[row.Answer]) == 0 {
			t.Errorf("%s: no fault to test it with", row.Answer)
		}
		for _, fault := range faults[row.Answer] {
			for _, sep := range []string{",", "|"} {
				want := row.Go.NotFound
				if sep == "|" {
					want = row.Go.AnyError
				}
				writeFile(t, filepath.Join(main, "go.sum"), sums)
				if got, text := outcomeOf(t, row, fault, main, modules, sep); got != want {
					t.Errorf("%s, %q: got %s, want %s\n%s", row.Answer, sep, got, want, text)
				}
			}
		}
	}
}

// moduleDir returns a directory that a good proxy serves.
func moduleDir(t *testing.T) string {
	dir := t.TempDir()
	for name, data := range map[string]string{
		"list":        "v1.0.0\n",
		"v1.0.0.info": `{"Version":"v1.0.0","Time":"2020-01-01T00:00:00Z"}`,
		"v1.0.0.mod":  "module example.com/dep\n",
		"v1.0.0.zip":  string(zipOf("example.com/dep@v1.0.0/dep.go")),
	} {
		writeFile(t, filepath.Join(dir, "example.com", "dep", "@v", name), data)
	}
	return dir
}

// TestMatrixRelay does the same with what the relay asks proxies by, and its look
// at go.sum.
func TestMatrixRelay(t *testing.T) {
	modules := moduleDir(t)
	for _, row := range modroute.Matrix {
		for _, fault := range faults[row.Answer] {
			for anyError, want := range map[bool]modroute.Outcome{false: row.Relay.NotFound, true: row.Relay.AnyError} {
				if got, err := relayOutcome(t, row, fault, modules, anyError); got != want {
					t.Errorf("%s, any error %v: got %q, want %q: %v", row.Answer, anyError, got, want, err)
				}
			}
		}
	}
}

// relayOutcome returns what an upstream client does.
func relayOutcome(t *testing.T, row modroute.Row, fault proxytest.Fault, modules string, anyError bool) (modroute.Outcome, error) {
	bad := &proxytest.Server{Handler: proxytest.Dir(modules), Fault: fault}
	good := &proxytest.Server{Handler: proxytest.Dir(modules)}
	a, b := bad.Start(), good.Start()
	defer b.Close()
	defer a.Close()
	if row.Answer == "connection refused" {
		a.Close()
	}
	waits, timeout := 0, time.Minute
	if row.Answer == "no answer" {
		timeout = time.Second / 2
	}
	client := upstream.New(upstream.Config{
		Timeout: timeout,
		Getenv:  func(string) string { return "" },
		Sleep:   func(context.Context, time.Duration) error { waits++; return nil },
	})
	chain := &modroute.Chain{Proxies: []modroute.Source{{URL: a.URL, AnyError: anyError}, {URL: b.URL}}}
	var err error
	for _, file := range []string{"v1.0.0.info", "v1.0.0.mod", "v1.0.0.zip"} {
		if _, err = client.Fetch(t.Context(), chain, checked(t, "example.com/dep/@v/"+file, modules)); err != nil {
			break
		}
	}
	switch again := waits > 0; {
	case err != nil && again:
		return modroute.AgainStop, err
	case err != nil:
		return modroute.Stops, err
	case len(good.Requests()) == 0:
		return modroute.Used, nil
	case again:
		return modroute.AgainNext, nil
	}
	return modroute.Next, nil
}

// checked returns a request for a file that must have the hash of the good one, if
// it is a zip of the right module.
func checked(t *testing.T, file, modules string) upstream.Request {
	r := upstream.Request{Module: "example.com/dep", File: file}
	if !strings.HasSuffix(file, ".zip") {
		return r
	}
	dst, err := os.Create(filepath.Join(t.TempDir(), "zip"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dst.Close() })
	r.Dst = dst
	r.Check = func() error {
		hash, err := dirhash.HashZip(dst.Name(), dirhash.Hash1)
		if err == nil && !strings.Contains(goSum(t, modules), hash) {
			err = errors.New("go.sum has another hash")
		}
		return err
	}
	return r
}

// goSum returns the go.sum line of the zip. That of the go.mod is for the go
// command to add.
func goSum(t *testing.T, modules string) string {
	hash, err := dirhash.HashZip(filepath.Join(modules, "example.com", "dep", "@v", "v1.0.0.zip"), dirhash.Hash1)
	if err != nil {
		t.Fatal(err)
	}
	return "example.com/dep v1.0.0 " + hash + "\n"
}

// outcomeOf returns what the go command does, and what it writes.
func outcomeOf(t *testing.T, row modroute.Row, fault proxytest.Fault, main, modules, sep string) (modroute.Outcome, string) {
	bad := &proxytest.Server{Handler: proxytest.Dir(modules), Fault: fault}
	good := &proxytest.Server{Handler: proxytest.Dir(modules)}
	a, b := bad.Start(), good.Start()
	defer b.Close()
	if row.Answer == "connection refused" {
		a.Close()
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	asked := make(chan bool, 1)
	if row.Answer == "no answer" {
		bad.Fault = func(w http.ResponseWriter, r *http.Request, good http.Handler) bool {
			select {
			case asked <- true:
			default:
			}
			return fault(w, r, good)
		}
		go func() {
			<-asked // nothing else can end it
			time.Sleep(time.Second)
			cancel()
		}()
	}
	out, err := download(ctx, t, main, a.URL+sep+b.URL).CombinedOutput()
	if row.Answer != "connection refused" {
		a.CloseClientConnections()
		a.Close()
	}
	switch {
	case ctx.Err() != nil:
		return modroute.Hangs, string(out)
	case err != nil:
		return modroute.Stops, string(out)
	case len(good.Requests()) > 0:
		return modroute.Next, string(out)
	}
	return modroute.Used, string(out)
}

// download returns the command that downloads the module's requirements into a
// cache of its own.
func download(ctx context.Context, t *testing.T, main, goproxy string) *exec.Cmd {
	home := t.TempDir()
	testgo.NoTelemetry(t, filepath.Join(home, ".config"))
	cmd := exec.CommandContext(ctx, "go", "mod", "download", "-modcacherw", "-x")
	cmd.Dir = main
	for _, kv := range os.Environ() {
		if name, _, _ := strings.Cut(kv, "="); !strings.HasPrefix(name, "GO") && !strings.HasSuffix(strings.ToLower(name), "_proxy") {
			cmd.Env = append(cmd.Env, kv)
		}
	}
	cmd.Env = append(cmd.Env, "GOENV=off", "GOFLAGS=", "GOWORK=off", "GOTOOLCHAIN=local", "GOSUMDB=off", "GOTELEMETRY=off",
		"GOPROXY="+goproxy, "GOPATH="+home, "GOMODCACHE="+filepath.Join(home, "mod"), "GOCACHE="+filepath.Join(home, "cache"), "HOME="+home, "XDG_CONFIG_HOME="+filepath.Join(home, ".config"))
	return cmd
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}
