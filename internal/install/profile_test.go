package install

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

var layout = Layout{Data: "/d ata", Bin: "/d ata/bin"}

const block = beginMark + "\nif [ -r '/d ata/env.sh' ]; then . '/d ata/env.sh'; fi\n" + endMark + "\n"

func TestActivate(t *testing.T) {
	tests := []struct{ name, before, after, undone string }{
		{"empty", "", block, ""},
		{"lines", "a\r\n\tb\xff \n\n", "a\r\n\tb\xff \n\n" + block, "a\r\n\tb\xff \n\n"},
		{"no newline at the end", "a\nb", "a\nb\n" + block, "a\nb\n"},
		{"there already", "a\n" + block + "b", "a\n" + block + "b", "a\nb"},
		{"another block", "a\n" + beginMark + "\nold\nold\n" + endMark + "\nb\n", "a\n" + block + "b\n", "a\nb\n"},
		{"a mark within a line", "echo '" + beginMark + "'\n", "echo '" + beginMark + "'\n" + block, "echo '" + beginMark + "'\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := Profile{Path: filepath.Join(t.TempDir(), ".zshrc")}
			write(t, p.Path, test.before)
			activate(t, p, test.before != test.after)
			if got := read(t, p.Path); got != test.after {
				t.Errorf("the profile is\n%q, want\n%q", got, test.after)
			}
			if !p.Activates(layout) {
				t.Error("Activates is false")
			}
			activate(t, p, false)
			deactivate(t, p, true)
			if got := read(t, p.Path); got != test.undone {
				t.Errorf("undone, the profile is\n%q, want\n%q", got, test.undone)
			}
			deactivate(t, p, false)
		})
	}
}

func activate(t *testing.T, p Profile, want bool) {
	t.Helper()
	if changed, err := p.Activate(layout); err != nil || changed != want {
		t.Fatalf("Activate = %v, %v, want %v", changed, err, want)
	}
}

func deactivate(t *testing.T, p Profile, want bool) {
	t.Helper()
	if changed, err := p.deactivate(); err != nil || changed != want {
		t.Fatalf("deactivate = %v, %v, want %v", changed, err, want)
	}
}

func TestActivateOwnLine(t *testing.T) {
	const own = "a\n  . '/d ata/env.sh' # mine\n"
	p := Profile{Path: filepath.Join(t.TempDir(), ".zshrc")}
	write(t, p.Path, own)
	activate(t, p, false)
	u := &undoer{}
	u.profiles(layout, []Profile{p})
	if got := read(t, p.Path); got != own || len(u.Edited) > 0 || len(u.Dangling) != 1 {
		t.Errorf("undone, the profile is %q: %+v", got, u)
	}
	write(t, p.Path, "# "+own)
	deactivate(t, p, false)
	write(t, p.Path, "# . '/d ata/env.sh'\n")
	activate(t, p, true)
}

func TestActivateCreates(t *testing.T) {
	home := t.TempDir()
	p := Profile{Path: filepath.Join(home, "fish", "config.fish"), fish: true}
	activate(t, p, true)
	activate(t, p, false)
	deactivate(t, p, true)
	if exists(filepath.Dir(p.Path)) {
		t.Errorf("%s is still there", filepath.Dir(p.Path))
	}
	activate(t, p, true)
	write(t, p.Path, read(t, p.Path)+"mine\n")
	deactivate(t, p, true)
	if got := read(t, p.Path); got != "mine\n" {
		t.Errorf("the profile is %q, want what the user added", got)
	}
}

func TestActivateKeepsLinkAndMode(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no modes on Windows")
	}
	home := t.TempDir()
	target, link := filepath.Join(home, "dotfiles", "zshrc"), filepath.Join(home, ".zshrc")
	write(t, target, "a\n")
	if err := os.Chmod(target, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join("dotfiles", "zshrc"), link); err != nil {
		t.Fatal(err)
	}
	p := Profile{Path: link}
	activate(t, p, true)
	info, err := os.Lstat(link)
	if err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is no link any more (%v, %v)", info, err)
	}
	info, err = os.Stat(target)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the mode is %v (%v), want -rw-------", info.Mode(), err)
	}
	deactivate(t, p, true)
	if got := read(t, target); got != "a\n" {
		t.Errorf("undone, the profile is %q", got)
	}
}

func TestActivateErrors(t *testing.T) {
	dir := t.TempDir()
	open := filepath.Join(dir, "open")
	write(t, open, "a\n"+beginMark+"\nb\n")
	dangling := filepath.Join(dir, "dangling")
	if err := os.Symlink("nowhere", dangling); err != nil {
		t.Skip(err)
	}
	tests := []struct{ path, want string }{
		{open, open + ":2:1: goshim's block begins here and does not end"},
		{dangling, "writing " + dangling + ": the link leads nowhere"},
		{dir, "reading " + dir + ": not a regular file"},
	}
	for _, test := range tests {
		changed, err := Profile{Path: test.path}.Activate(layout)
		if err == nil || err.Error() != test.want || changed {
			t.Errorf("Activate = %v, %v, want the error %s", changed, err, test.want)
		}
	}
}

func TestProfiles(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("setup edits no profile on Windows")
	}
	home, other := t.TempDir(), t.TempDir()
	login := t.TempDir()
	write(t, filepath.Join(login, ".bash_login"), "")
	tests := []struct {
		env  []string
		want string
	}{
		{[]string{"HOME=" + home}, home + "/.profile"},
		{[]string{"HOME=" + home, "SHELL=/bin/sh"}, home + "/.profile"},
		{[]string{"HOME=" + home, "SHELL=/usr/bin/zsh"}, home + "/.zshrc"},
		{[]string{"HOME=" + home, "SHELL=zsh", "ZDOTDIR=" + other}, other + "/.zshrc"},
		{[]string{"HOME=" + home, "SHELL=/bin/bash"}, home + "/.bashrc " + home + "/.profile"},
		{[]string{"HOME=" + login, "SHELL=/bin/bash"}, login + "/.bashrc " + login + "/.bash_login"},
		{[]string{"HOME=" + home, "SHELL=/bin/fish"}, home + "/.config/fish/config.fish"},
		{[]string{"HOME=" + home, "SHELL=/bin/fish", "XDG_CONFIG_HOME=" + other}, other + "/fish/config.fish"},
		{[]string{"HOME=" + home, "SHELL=/bin/nu"}, "no way known to edit the profile of nu"},
		{nil, "no profile to edit: the environment names no home directory"},
	}
	for _, test := range tests {
		in := &Installer{Env: test.env}
		profiles, err := Profiles(in.getenv)
		var got []string
		for _, p := range profiles {
			got = append(got, p.Path)
		}
		if err != nil {
			got = []string{err.Error()}
		}
		if s := strings.Join(got, " "); s != test.want {
			t.Errorf("%v: %s, want %s", test.env, s, test.want)
		}
	}
}
