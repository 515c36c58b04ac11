//go:build unix

package interrupt

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"
)

// TestMain is a program that clears away when it is interrupted.
func TestMain(m *testing.M) {
	if len(os.Args) < 2 || os.Args[1] != "wait" {
		os.Exit(m.Run())
	}
	ctx, stop := Context(syscall.SIGUSR1)
	defer stop()
	fmt.Println("waits")
	<-ctx.Done()
	fmt.Println("cleared away")
	os.Exit(End(2))
}

func TestEnd(t *testing.T) {
	for sig, want := range map[syscall.Signal]string{
		syscall.SIGINT: "signal: interrupt", syscall.SIGTERM: "signal: terminated", syscall.SIGUSR1: "exit status 2",
	} {
		cmd := exec.Command(os.Args[0], "wait")
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		var word string
		fmt.Fscanln(out, &word)
		cmd.Process.Signal(sig)
		var cleared, away string
		fmt.Fscanln(out, &cleared, &away)
		err = cmd.Wait()
		if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) || err.Error() != want || cleared != "cleared" {
			t.Errorf("%v: got %v, %q", sig, err, cleared)
		}
	}
}

// TestIgnored starts the program as nohup and shells start those that are not to
// end.
func TestIgnored(t *testing.T) {
	out, err := exec.Command("sh", "-c", `trap '' INT; "$0" wait & while kill -0 $!; do kill -INT $!; sleep 0.1; kill -TERM $!; done 2>/dev/null; wait $!`, os.Args[0]).CombinedOutput()
	if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) || exit.ExitCode() != 128+int(syscall.SIGTERM) {
		t.Errorf("%v: %s", err, out)
	}
}
