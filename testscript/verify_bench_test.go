//go:build unix

package testscript

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// BenchmarkVerifyModcache verifies a module cache by go mod verify and by goshim:
// the first time, and once it has records. The cache is not written to.
//
//	go test ./testscript -run - -bench VerifyModcache -warmmodule DIR -warmcache GOMODCACHE -benchtime 1x -count 6 -timeout 0
func BenchmarkVerifyModcache(b *testing.B) {
	if *warmModule == "" || *warmCache == "" {
		b.Skip("needs -warmmodule and -warmcache")
	}
	realgo := filepath.Join(goEnv(b, "GOROOT"), "bin", "go")
	home := b.TempDir()
	for _, via := range []struct {
		name string
		args []string
	}{
		{"go", []string{realgo, "mod", "verify"}},
		{"full", []string{buildTools(b).goshim, "verify", "modcache", "--full"}},
		{"again", []string{buildTools(b).goshim, "verify", "modcache"}},
	} {
		b.Run("via="+via.name, func(b *testing.B) {
			cpu := time.Duration(0)
			for b.Loop() {
				cmd := exec.Command(via.args[0], via.args[1:]...)
				cmd.Dir = *warmModule
				cmd.Env = []string{
					"PATH=" + os.Getenv("PATH"), "HOME=" + home, "GOMODCACHE=" + *warmCache, "GOSHIM_REAL_GO=" + realgo,
					"GOPROXY=off", "GOSUMDB=off", "GOTOOLCHAIN=local", "GOTELEMETRY=off", "GOWORK=off",
				}
				if out, err := cmd.CombinedOutput(); err != nil {
					b.Fatalf("%v\n%s", err, out)
				}
				cpu += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
			}
			b.ReportMetric(cpu.Seconds()/float64(b.N), "cpu-sec/op")
		})
	}
}
