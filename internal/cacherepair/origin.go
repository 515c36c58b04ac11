package cacherepair

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/mod/module"

	"github.com/goshim/goshim/envset"
	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/modstore"
	"github.com/goshim/goshim/shim"
)

// FromOrigin returns a function for [Repairer.Origin]: it lets the target's go
// command download the version into a module cache of its own, which is removed
// afterwards. Whether the content is right is decided by who asked for it.
func FromOrigin(target *shim.Target) func(ctx context.Context, m module.Version, ext string, dst *os.File) error {
	return func(ctx context.Context, m module.Version, ext string, dst *os.File) error {
		dir, err := os.MkdirTemp("", "goshim-")
		if err != nil {
			return &diag.Error{Msg: err.Error(), Hint: "set TMPDIR to a directory that can be written"}
		}
		defer os.RemoveAll(dir)
		if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module goshim.invalid/repair\n"), 0o666); err != nil {
			return err
		}
		cache := filepath.Join(dir, "mod")
		if err := download(ctx, target, dir, cache, m); err != nil {
			return err
		}
		src, err := os.Open(modstore.OfCache(cache).File(m, ext))
		if err != nil {
			return err
		}
		defer src.Close()
		if err := dst.Truncate(0); err != nil {
			return err
		}
		if _, err := dst.Seek(0, io.SeekStart); err != nil {
			return err
		}
		_, err = io.Copy(dst, src)
		return err
	}
}

// download runs go mod download in a directory.
func download(ctx context.Context, target *shim.Target, dir, cache string, m module.Version) error {
	env := envset.New(target.Env)
	for name, value := range map[string]string{
		"GOMODCACHE": cache, "GOPROXY": "direct", "GOWORK": "off", "GOSUMDB": "off", "GOFLAGS": "-mod=mod -modcacherw", "GOTOOLCHAIN": "local",
	} {
		env.Set(name, value, diag.Pos{})
	}
	cmd := exec.CommandContext(ctx, target.Real.Path, "mod", "download", "-json", m.String())
	cmd.Dir, cmd.Env = dir, append(env.Environ(), "PWD="+dir)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 5 * time.Second
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if err == nil || ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var said struct{ Error string }
	if json.Unmarshal(stdout.Bytes(), &said) == nil && said.Error != "" {
		return errors.New(diag.Printable(firstLine(said.Error)))
	}
	if text := strings.TrimSpace(stderr.String()); text != "" {
		return errors.New(diag.Printable(firstLine(text)))
	}
	return err
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}
