package testscript

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/textproto"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// An lspClient is as much of an editor as the tests of gopls need: requests,
// one at a time, and what the server has said of each file last.
type lspClient struct {
	t        *testing.T
	settings map[string]any

	mu          sync.Mutex // guards what follows
	stdin       io.WriteCloser
	calls       map[int]chan lspMessage
	diagnostics map[string][]lspDiagnostic // by URI
}

type lspMessage struct {
	ID     *json.RawMessage `json:"id"`
	Method string           `json:"method"`
	Params json.RawMessage  `json:"params"`
	Result json.RawMessage  `json:"result"`
	Error  *struct {
		Message string `json:"message"`
	} `json:"error"`
}

type lspPosition struct {
	Line      int `json:"line"`
	Character int `json:"character"`
}

type lspRange struct {
	Start lspPosition `json:"start"`
	End   lspPosition `json:"end"`
}

type lspLocation struct {
	URI   string   `json:"uri"`
	Range lspRange `json:"range"`
}

type lspDiagnostic struct {
	Range   lspRange `json:"range"`
	Source  string   `json:"source"`
	Message string   `json:"message"`
}

// startLSP starts a language server and initializes it for the folder. The
// server ends with the test.
func startLSP(t *testing.T, cmd *exec.Cmd, folder string, settings map[string]any) *lspClient {
	t.Helper()
	c := &lspClient{t: t, settings: settings, calls: make(map[int]chan lspMessage), diagnostics: make(map[string][]lspDiagnostic)}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.stdin = stdin
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { defer close(done); c.read(bufio.NewReader(stdout)) }()
	t.Cleanup(func() {
		stdin.Close()
		timer := time.AfterFunc(10*time.Second, func() { cmd.Process.Kill() })
		defer timer.Stop()
		<-done
		cmd.Wait()
	})
	c.call("initialize", map[string]any{
		"rootUri":               fileURI(folder),
		"workspaceFolders":      []any{map[string]any{"uri": fileURI(folder), "name": "test"}},
		"initializationOptions": settings,
		"capabilities": map[string]any{
			"workspace": map[string]any{
				"applyEdit": true, "configuration": true, "workspaceEdit": map[string]any{"documentChanges": true},
				"didChangeWatchedFiles": map[string]any{"dynamicRegistration": true, "relativePatternSupport": true},
			},
			"window": map[string]any{"workDoneProgress": false},
		},
	}, nil)
	c.notify("initialized", map[string]any{})
	return c
}

// read takes what the server sends until it ends.
func (c *lspClient) read(r *bufio.Reader) {
	for {
		header, err := textproto.NewReader(r).ReadMIMEHeader()
		if err != nil {
			return
		}
		n, err := strconv.Atoi(header.Get("Content-Length"))
		if err != nil {
			return
		}
		body := make([]byte, n)
		if _, err := io.ReadFull(r, body); err != nil {
			return
		}
		var m lspMessage
		if err := json.Unmarshal(body, &m); err != nil {
			return
		}
		c.receive(m)
	}
}

func (c *lspClient) receive(m lspMessage) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case m.Method == "" && m.ID != nil:
		id, _ := strconv.Atoi(string(*m.ID))
		if reply := c.calls[id]; reply != nil {
			delete(c.calls, id)
			reply <- m
		}
	case m.Method == "textDocument/publishDiagnostics":
		var p struct {
			URI         string
			Diagnostics []lspDiagnostic
		}
		json.Unmarshal(m.Params, &p)
		c.diagnostics[p.URI] = p.Diagnostics
	case m.ID != nil:
		go c.send(map[string]any{"jsonrpc": "2.0", "id": m.ID, "result": c.answer(m)})
	}
}

// answer returns the result of a request that the server makes.
func (c *lspClient) answer(m lspMessage) any {
	switch m.Method {
	case "workspace/configuration":
		var p struct{ Items []any }
		json.Unmarshal(m.Params, &p)
		return slices.Repeat([]any{c.settings}, len(p.Items))
	case "workspace/applyEdit":
		return map[string]any{"applied": true}
	}
	return nil
}

func (c *lspClient) send(m map[string]any) {
	body, err := json.Marshal(m)
	if err != nil {
		panic(err) // the tests make only what can be encoded
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	fmt.Fprintf(c.stdin, "Content-Length: %d\r\n\r\n%s", len(body), body)
}

func (c *lspClient) notify(method string, params any) {
	c.send(map[string]any{"jsonrpc": "2.0", "method": method, "params": params})
}

// start makes a request and returns the function that waits for its result.
func (c *lspClient) start(method string, params any) (wait func(result any) error) {
	reply := make(chan lspMessage, 1)
	c.mu.Lock()
	lspCalls++
	id := lspCalls
	c.calls[id] = reply
	c.mu.Unlock()
	c.send(map[string]any{"jsonrpc": "2.0", "id": id, "method": method, "params": params})
	return func(result any) error {
		select {
		case m := <-reply:
			if m.Error != nil {
				return fmt.Errorf("%s: %s", method, m.Error.Message)
			}
			if result == nil {
				return nil
			}
			return json.Unmarshal(m.Result, result)
		case <-time.After(2 * time.Minute):
			return fmt.Errorf("%s: no answer", method)
		}
	}
}

// lspCalls numbers the requests.
var lspCalls int

// call makes a request that must succeed.
func (c *lspClient) call(method string, params, result any) {
	c.t.Helper()
	if err := c.start(method, params)(result); err != nil {
		c.t.Fatal(err)
	}
}

// command has the server execute a command.
func (c *lspClient) command(name string, arg any) error {
	return c.start("workspace/executeCommand", map[string]any{"command": name, "arguments": []any{arg}})(nil)
}

// said returns the messages about a file, sorted.
func (c *lspClient) said(path string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	said := []string{}
	for _, d := range c.diagnostics[fileURI(path)] {
		said = append(said, d.Message)
	}
	slices.Sort(said)
	return said
}

// position returns where the mark, an offset from the start of what is found,
// stands in a text without letters beyond ASCII.
func position(text, find string, mark int) lspPosition {
	before := text[:strings.Index(text, find)+mark]
	return lspPosition{strings.Count(before, "\n"), len(before) - strings.LastIndexByte(before, '\n') - 1}
}
