package cli

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/warm"
	"github.com/goshim/goshim/shim"
)

// note writes a line about the command itself to standard error.
func (a *App) note(format string, args ...any) {
	io.WriteString(a.Stderr, "goshim: "+diag.Printable(fmt.Sprintf(format, args...))+"\n")
}

// A statusLine is the last line of a terminal, where progress is shown. Where
// there is no terminal, it is not shown.
type statusLine struct {
	mu    sync.Mutex
	w     io.Writer // nil if there is none
	shown int       // characters
}

func newStatusLine(w io.Writer) *statusLine {
	if isTerminal(w) {
		return &statusLine{w: w}
	}
	return &statusLine{}
}

// isTerminal reports whether a person may be reading what is written.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && shim.IsTerminal(f)
}

// show replaces the line.
func (l *statusLine) show(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.w == nil {
		return
	}
	pad := max(l.shown-width(text), 0)
	fmt.Fprintf(l.w, "\r%s%s", text, strings.Repeat(" ", pad))
	l.shown = width(text)
}

// clear takes the line away, so that others can be written.
func (l *statusLine) clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.shown > 0 {
		fmt.Fprintf(l.w, "\r%s\r", strings.Repeat(" ", l.shown))
		l.shown = 0
	}
}

// progressText returns how far a warm is: modules, bytes, rate.
func progressText(p warm.Progress) string {
	text := fmt.Sprintf("%d of %s, %s", p.Modules, count(p.Of, "module"), bytesText(p.Bytes))
	if p.Elapsed >= time.Second {
		text += ", " + bytesText(int64(float64(p.Bytes)/p.Elapsed.Seconds())) + "/s"
	}
	return text
}

// bytesText returns a size as people read it, in powers of ten.
func bytesText(n int64) string {
	switch {
	case n >= 1e9:
		return fmt.Sprintf("%.1f GB", float64(n)/1e9)
	case n >= 1e6:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	case n >= 1e3:
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	}
	return count(int(n), "byte")
}

// orderText returns URLs that are asked one after the other.
func orderText(urls []string) string { return strings.Join(urls, ", or then ") }

// someModules names the first of some modules.
func someModules(all []module.Version) string {
	const most = 3
	var names []string
	for _, m := range all[:min(len(all), most)] {
		names = append(names, m.String())
	}
	text := strings.Join(names, ", ")
	if len(all) > most {
		text += ", …"
	}
	return text
}
