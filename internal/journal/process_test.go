package journal

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/robustio"
)

// childVar makes the test binary another process that uses the journal. Its
// arguments are the journal's directory, the root and a number.
const childVar = "GOSHIM_TEST_JOURNAL"

func TestMain(m *testing.M) {
	role := os.Getenv(childVar)
	if role == "" {
		os.Exit(m.Run())
	}
	n, err := strconv.Atoi(os.Args[3])
	if err == nil {
		err = child(role, Open(os.Args[1]), os.Args[2], n)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func child(role string, j *Journal, root string, n int) error {
	if role == "count" {
		for range n {
			if err := count(j, root); err != nil {
				return err
			}
		}
		return nil
	}
	left := n
	j.step = func(string) {
		if left--; left < 0 {
			kill()
		}
	}
	if role == "die counting" {
		return count(j, root)
	}
	unlock, err := j.Lock()
	if err != nil {
		return err
	}
	defer unlock()
	if role == "commit" {
		return j.Commit(changes(root, crashOld, crashNew))
	}
	return j.Recover()
}

// kill ends this process as the system would, with nothing deferred.
func kill() {
	if p, err := os.FindProcess(os.Getpid()); err == nil {
		p.Kill()
	}
	select {}
}

var (
	crashOld = files{"go.dev.mod": "module old", "sub dir/go.dev.sum": "old sum", "go.sum": "gone", "same": "same"}
	crashNew = files{"go.dev.mod": "module new", "sub dir/go.dev.sum": "new sum", "go.mod": "made", "same": "same"}
)

// A commit that is killed after any step, and the recovery of which is killed
// after any step, leaves all old or all new contents and nothing else.
func TestKilled(t *testing.T) {
	outcomes := map[bool]int{}
	for step := 0; ; step++ {
		root, j := newUnlocked(t, crashOld)
		finished := runKilled(t, "commit", j, root, step)
		if finished {
			if outcomes[false] < 10 || outcomes[true] < 5 {
				t.Errorf("killed %v times, by whether it was decided: are the steps hooked?", outcomes)
			}
			checkFiles(t, root, crashNew)
			checkOver(t, j)
			return
		}
		decided := j.Pending()
		outcomes[decided || readTree(t, root)["go.mod"] == crashNew["go.mod"]]++
		checkMixed(t, step, decided, readTree(t, root))
		for again := 0; !runKilled(t, "recover", j, root, again); again++ {
			checkMixed(t, step, decided, readTree(t, root))
		}
		// The last step removes the record: then it is over, with all new.
		want := crashOld
		if got := readTree(t, root); decided || got["go.mod"] != "" {
			want = crashNew
		}
		checkFiles(t, root, want)
		checkOver(t, j)
		if !runKilled(t, "recover", j, root, 0) {
			t.Errorf("step %d: a second recovery has something to do", step)
		}
		checkFiles(t, root, want)
		if t.Failed() {
			t.Fatalf("killed after step %d", step)
		}
	}
}

// checkMixed fails the test if a file has neither its old nor its new content,
// or a new one before the decision.
func checkMixed(t *testing.T, step int, decided bool, got files) {
	t.Helper()
	allNew := true
	for _, name := range sorted(crashOld, crashNew) {
		have := digest(got.bytes(name))
		allNew = allNew && have == digest(crashNew.bytes(name))
		if have != digest(crashOld.bytes(name)) && have != digest(crashNew.bytes(name)) {
			t.Errorf("step %d: %s is %q", step, name, got.bytes(name))
		}
	}
	if decided || allNew {
		return
	}
	for _, name := range sorted(crashOld, crashNew) {
		if digest(got.bytes(name)) != digest(crashOld.bytes(name)) {
			t.Errorf("step %d: %s is %q before the decision", step, name, got.bytes(name))
		}
	}
}

// runKilled runs a child that is to be killed after the given number of steps,
// and reports whether it came to its end before.
func runKilled(t *testing.T, role string, j *Journal, root string, steps int) (finished bool) {
	t.Helper()
	out, err := childCommand(t, role, j, root, steps).CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) && len(out) == 0 {
		return false
	}
	if err != nil {
		t.Fatalf("%s: %v\n%s", role, err, out)
	}
	return true
}

func childCommand(t *testing.T, role string, j *Journal, root string, n int) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, j.dir, root, strconv.Itoa(n))
	cmd.Env = append(os.Environ(), childVar+"="+role, "GORACE=atexit_sleep_ms=0")
	return cmd
}

// newUnlocked is newWorld with the lock left to other processes.
func newUnlocked(t *testing.T, have files) (root string, j *Journal) {
	t.Helper()
	top := t.TempDir()
	root = filepath.Join(top, "dépôt 1")
	for name, content := range have {
		write(t, filepath.Join(root, name), content)
	}
	return root, Open(filepath.Join(top, "state"))
}

// Writers in several processes lose no commit, and a reader who keeps to the
// protocol never sees half of one, even if other writers are killed.
func TestProcesses(t *testing.T) {
	t.Run("alive", func(t *testing.T) { testProcesses(t, 0) })
	t.Run("killed", func(t *testing.T) { testProcesses(t, 25) })
}

func testProcesses(t *testing.T, killed int) {
	const writers, commits = 3, 12
	root, j := newUnlocked(t, files{"one": "0", "two": "0"})
	var all sync.WaitGroup
	for range writers {
		cmd := childCommand(t, "count", j, root, commits)
		all.Go(func() {
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("writer: %v\n%s", err, out)
			}
		})
	}
	all.Go(func() {
		for steps := range killed {
			childCommand(t, "die counting", j, root, steps).Run()
		}
	})
	stop := make(chan struct{})
	var reader sync.WaitGroup
	reader.Go(func() {
		for {
			one, two, err := readBoth(j, root, func() {})
			if err != nil || one != two {
				t.Errorf("reader sees %q and %q (%v)", one, two, err)
			}
			select {
			case <-stop:
				return
			default:
			}
		}
	})
	all.Wait()
	close(stop)
	reader.Wait()
	one, two, err := readBoth(j, root, func() {})
	if err != nil {
		t.Fatal(err)
	}
	// Of the killed writers, those count that had decided.
	sum, err := strconv.Atoi(one)
	if err != nil || one != two || sum < writers*commits || sum > writers*commits+killed {
		t.Errorf("counted %q and %q, want %d and up to %d more (%v)", one, two, writers*commits, killed, err)
	}
	runKilled(t, "recover", j, root, 1000) // its Lock removes what the last one left
	checkFiles(t, root, files{"one": one, "two": one})
	checkOver(t, j)
}

// count is a writer: it adds one to both files.
func count(j *Journal, root string) error {
	unlock, err := j.Lock()
	if err != nil {
		return err
	}
	defer unlock()
	if err := j.Recover(); err != nil {
		return err
	}
	var list []Change
	for _, name := range []string{"one", "two"} {
		path := filepath.Join(root, name)
		old, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		n, err := strconv.Atoi(string(old))
		if err != nil {
			return err
		}
		list = append(list, Change{path, old, []byte(strconv.Itoa(n + 1))})
	}
	return j.Commit(list)
}

// A whole commit fits between two reads of a reader.
func TestCommitBetweenReads(t *testing.T) {
	root, j := newUnlocked(t, files{"one": "0", "two": "0"})
	commits := 0
	one, two, err := readBoth(j, root, func() {
		if commits++; commits > 3 {
			return
		}
		if err := count(j, root); err != nil {
			t.Error(err)
		}
	})
	if err != nil || one != "3" || two != "3" {
		t.Errorf("reader sees %q and %q, want 3 (%v)", one, two, err)
	}
}

// readBoth is a reader as the package's documentation describes it. It calls
// between after it has read the first file for the first time.
func readBoth(j *Journal, root string, between func()) (one, two string, err error) {
	read := func(name string) string {
		data, readErr := robustio.ReadFile(filepath.Join(root, name))
		if readErr != nil {
			err = readErr
		}
		return string(data)
	}
	for err == nil {
		one = read("one")
		between()
		two = read("two")
		if j.Pending() {
			unlock, lockErr := j.Lock()
			if lockErr != nil {
				return "", "", lockErr
			}
			err = j.Recover()
			unlock()
			continue
		}
		if read("one") == one && read("two") == two {
			break
		}
	}
	return one, two, err
}
