//go:build unix

package testscript

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/goshim/goshim/internal/proxytest"
)

var (
	warmModule = flag.String("warmmodule", "", "directory of a module with a goshim.toml, for BenchmarkWarm")
	warmCache  = flag.String("warmcache", "", "a module cache that has all of its go.sum, for BenchmarkWarm")
)

// BenchmarkWarm fills a cold module cache from a proxy on loopback, by go mod
// download and by goshim warm --all, which fetches more. Creating files is much
// of it, so TMPDIR should be a file system in memory, or at least one on which
// nothing was removed a minute ago (ext4 searches for inodes then).
//
//	go test ./testscript -run - -bench Warm -warmmodule DIR -warmcache GOMODCACHE -benchtime 1x -count 6 -timeout 0
func BenchmarkWarm(b *testing.B) {
	if *warmModule == "" || *warmCache == "" {
		b.Skip("needs -warmmodule and -warmcache")
	}
	realgo := filepath.Join(goEnv(b, "GOROOT"), "bin", "go")
	for _, delay := range []time.Duration{0, 50 * time.Millisecond} {
		proxy := &proxytest.Server{Handler: proxytest.Dir(filepath.Join(*warmCache, "cache", "download")), Delay: delay}
		server := proxy.Start()
		defer server.Close()
		for _, via := range []struct {
			name string
			args []string
		}{
			{"go", []string{realgo, "mod", "download"}},
			{"warm", []string{buildTools(b).goshim, "warm"}},
			{"warmall", []string{buildTools(b).goshim, "warm", "--all"}},
		} {
			b.Run(fmt.Sprintf("delay=%v/via=%s", delay, via.name), func(b *testing.B) {
				cpu := time.Duration(0)
				for b.Loop() {
					b.StopTimer()
					home := b.TempDir()
					b.StartTimer()
					cmd := exec.Command(via.args[0], via.args[1:]...)
					cmd.Dir = *warmModule
					cmd.Env = []string{
						"PATH=" + os.Getenv("PATH"), "HOME=" + home, "GOPATH=" + home, "GOMODCACHE=" + filepath.Join(home, "mod"), "GOSHIM_REAL_GO=" + realgo,
						"GOPROXY=" + server.URL, "GOSUMDB=off", "GOTOOLCHAIN=local", "GOTELEMETRY=off", "GOFLAGS=-modcacherw", "GOWORK=off",
					}
					if out, err := cmd.CombinedOutput(); err != nil {
						b.Fatalf("%v\n%s", err, out)
					}
					b.StopTimer()
					cpu += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
					if err := os.RemoveAll(home); err != nil {
						b.Fatal(err)
					}
					b.StartTimer()
				}
				b.ReportMetric(cpu.Seconds()/float64(b.N), "cpu-sec/op")
			})
		}
	}
}
