package testscript

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// An outcome is how a test ended.
type outcome struct {
	status string   // pass, fail, skip; or missing, if the test did not end
	where  string   // the script's line that made it fail, if known
	tail   []string // the end of its output
}

func (o *outcome) String() string {
	if o.where == "" {
		return o.status
	}
	return o.status + " at " + o.where
}

// same reports whether o and p are the same way to end. A script that fails
// both ways but at different lines has been changed by the shim.
func (o *outcome) same(p *outcome) bool {
	return o.status == p.status && o.where == p.where
}

// outcomes has the outcome of each test by its name. The name "" stands for the
// suite, which has no status, but the output that is no test's.
type outcomes map[string]*outcome

// of returns the outcome of the named test.
func (m outcomes) of(name string) *outcome {
	if o := m[name]; o != nil {
		return o
	}
	return &outcome{status: "missing"}
}

// A count has the number of outcomes of each status.
type count map[string]int

func (n count) String() string {
	return fmt.Sprintf("%d pass, %d fail, %d skip, %d missing", n["pass"], n["fail"], n["skip"], n["missing"])
}

func (m outcomes) count() count {
	n := count{}
	for _, o := range m {
		n[o.status]++
	}
	return n
}

// differences returns the sorted names of the tests whose outcomes differ.
func differences(m, n outcomes) []string {
	var names []string
	for name := range m {
		if !m[name].same(n.of(name)) {
			names = append(names, name)
		}
	}
	for name := range n {
		if m[name] == nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// outcomeTail is how many lines of a test's output are kept for the report.
const outcomeTail = 40

var (
	// The marker at the front tells the test framework's own lines from the
	// same lines in the output of a go test that a script runs.
	updateRx = regexp.MustCompile(`^\x16=== [A-Z]+ +(\S*)`)
	reportRx = regexp.MustCompile(`^\x16 *--- (PASS|FAIL|SKIP): (\S+) \(`)
	whereRx  = regexp.MustCompile(`^    \S+_test\.go:\d+: FAIL: testdata/script/(\S+:\d+):`)
)

// parseOutcomes reads the output of a test binary under -test.v=test2json.
func parseOutcomes(r io.Reader) (outcomes, error) {
	m := outcomes{}
	get := func(name string) *outcome {
		m[name] = m.of(name)
		return m[name]
	}

	cur := get("")
	cur.status = ""
	in := bufio.NewReader(r)
	for {
		line, err := in.ReadString('\n')
		line = strings.TrimRight(line, "\r\n")
		if f := updateRx.FindStringSubmatch(line); f != nil {
			cur = get(f[1])
		} else if f := reportRx.FindStringSubmatch(line); f != nil {
			cur = get(f[2])
			cur.status = strings.ToLower(f[1])
		} else if line != "" {
			cur.add(line)
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
	}

	// A test that has subtests ends as they do.
	for _, name := range slices.Collect(maps.Keys(m)) {
		if i := strings.LastIndex(name, "/"); i >= 0 {
			delete(m, name[:i])
		}
	}
	return m, nil
}

// add adds a line to the output.
func (o *outcome) add(line string) {
	if m := whereRx.FindStringSubmatch(line); m != nil {
		o.where = m[1]
	}
	o.tail = append(o.tail, line)
	if n := len(o.tail) - outcomeTail; n >= outcomeTail {
		o.tail = append(o.tail[:0], o.tail[n:]...)
	}
}

// output returns the last lines of the output.
func (o *outcome) output() string {
	return strings.Join(o.tail[max(0, len(o.tail)-outcomeTail):], "\n")
}

func TestParseOutcomes(t *testing.T) {
	const in = `^=== RUN   TestScript
proxy running
^=== RUN   TestScript/a
^=== PAUSE TestScript/a
^=== NAME  TestScript
^=== RUN   TestScript/b
^=== PAUSE TestScript/b
^=== CONT  TestScript/a
^=== CONT  TestScript/b
    script_test.go:163:
        > ! go test
        [stdout]
        --- FAIL: TestX (0.00s)
            script_test.go:1: FAIL: testdata/script/x.txt:1: no line of the framework
    script_test.go:163: FAIL: testdata/script/b.txt:7: go test: exit status 1
^--- FAIL: TestScript/b (0.10s)
^=== NAME  TestScript/a
    script_test.go:163: SKIP: no compiler
^    --- SKIP: TestScript/a (0.20s)
^--- FAIL: TestScript (0.30s)
^=== RUN   TestLong
^=== RUN   TestLong/x
^=== RUN   TestLong/x/y
^=== NAME  ${_}
FAIL
`
	r := strings.NewReader(strings.NewReplacer("^", "\x16", "${_}", "").Replace(in))
	m, err := parseOutcomes(r)
	if err != nil {
		t.Fatal(err)
	}

	var got []string
	for name, o := range m {
		got = append(got, fmt.Sprintf("%q %v, %d lines", name, o, len(o.tail)))
	}
	slices.Sort(got)
	want := []string{
		`"" , 1 lines`,
		`"TestLong/x/y" missing, 0 lines`,
		`"TestScript/a" skip, 1 lines`,
		`"TestScript/b" fail at b.txt:7, 6 lines`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestDifferences(t *testing.T) {
	m := outcomes{
		"a":    {status: "pass"},
		"b":    {status: "pass"},
		"c":    {status: "fail", where: "c.txt:1"},
		"d":    {status: "fail", where: "d.txt:1"},
		"lost": {status: "pass"},
	}
	n := outcomes{
		"a":   {status: "pass", tail: []string{"another output"}},
		"b":   {status: "skip"},
		"c":   {status: "fail", where: "c.txt:1"},
		"d":   {status: "fail", where: "d.txt:2"},
		"new": {status: "pass"},
	}
	got := differences(m, n)
	if want := []string{"b", "d", "lost", "new"}; !slices.Equal(got, want) {
		t.Errorf("differences: got %q, want %q", got, want)
	}
}
