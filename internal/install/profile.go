package install

import (
	"path/filepath"
	"runtime"
	"strings"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/userdir"
)

// A Profile is a file that a shell reads when it starts.
type Profile struct {
	Path string
	fish bool
}

// Profiles returns the files that the user's shell, as SHELL names it, reads:
// bash has one for login shells and one for all others. It is an error if
// there is no way known to extend PATH there.
func Profiles(getenv userdir.Getenv) ([]Profile, error) {
	if runtime.GOOS == "windows" {
		return nil, &diag.Error{Msg: "setup does not edit PATH on Windows", Hint: "setup without --write prints the line for the PowerShell profile"}
	}
	home := userdir.Home(getenv)
	if home == "" {
		return nil, &diag.Error{Msg: "no profile to edit: the environment names no home directory", Hint: "set HOME"}
	}
	switch shell := filepath.Base(getenv("SHELL")); shell {
	case "zsh":
		return []Profile{{Path: filepath.Join(zshDir(getenv), ".zshrc")}}, nil
	case "bash":
		return []Profile{{Path: filepath.Join(home, ".bashrc")}, {Path: bashLogin(home)}}, nil
	case "fish":
		return []Profile{fishProfile(getenv)}, nil
	case ".", "sh", "ash", "dash", "ksh", "mksh", "busybox": // "." is no SHELL at all
		return []Profile{{Path: filepath.Join(home, ".profile")}}, nil
	default:
		return nil, &diag.Error{
			Msg:  "no way known to edit the profile of " + shell,
			Hint: "setup without --write prints what to put there",
		}
	}
}

// allProfiles returns every file that [Profiles] can name in this environment,
// whatever shell is in use.
func allProfiles(getenv userdir.Getenv) []Profile {
	home := userdir.Home(getenv)
	if home == "" {
		return nil
	}
	profiles := []Profile{fishProfile(getenv)}
	for _, name := range []string{".bashrc", ".bash_profile", ".bash_login", ".profile", ".zshrc"} {
		profiles = append(profiles, Profile{Path: filepath.Join(home, name)})
	}
	if dir := zshDir(getenv); dir != home {
		profiles = append(profiles, Profile{Path: filepath.Join(dir, ".zshrc")})
	}
	return profiles
}

func zshDir(getenv userdir.Getenv) string {
	if dir := getenv("ZDOTDIR"); filepath.IsAbs(dir) {
		return dir
	}
	return userdir.Home(getenv)
}

// bashLogin returns the file that a login bash reads: the first of three.
func bashLogin(home string) string {
	for _, name := range []string{".bash_profile", ".bash_login"} {
		if path := filepath.Join(home, name); exists(path) {
			return path
		}
	}
	return filepath.Join(home, ".profile")
}

// fishProfile returns the file that fish reads, on macOS too below ~/.config.
func fishProfile(getenv userdir.Getenv) Profile {
	dir := getenv("XDG_CONFIG_HOME")
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(userdir.Home(getenv), ".config")
	}
	return Profile{Path: filepath.Join(dir, "fish", "config.fish"), fish: true}
}

// Line returns the line that activates goshim in the profile.
func (p Profile) Line(l Layout) string {
	if p.fish {
		return "source " + quoteFish(l.EnvFish())
	}
	return ". " + quoteSh(l.EnvSh())
}

// guarded returns the same for the marked block: should the file be gone, the
// shell starts all the same.
func (p Profile) guarded(l Layout) string {
	if p.fish {
		file := quoteFish(l.EnvFish())
		return "test -r " + file + "; and source " + file
	}
	return "if [ -r " + quoteSh(l.EnvSh()) + " ]; then " + p.Line(l) + "; fi"
}

// Advice returns what a person adds to a profile that [Profiles] does not
// know. On Windows that is PowerShell's: the PATH that the registry holds for
// the user comes after the machine's, in which Go is.
func Advice(l Layout) (where, line string) {
	if runtime.GOOS == "windows" {
		return "$PROFILE of PowerShell", `$env:Path = "` + l.Bin + `;$env:Path"`
	}
	return "your shell's profile, in its language", "PATH=" + quoteSh(l.Bin) + ":$PATH"
}

// Activates reports whether the profile has a line that sources goshim's
// file, written by setup or by hand.
func (p Profile) Activates(l Layout) bool {
	data, err := readProfile(p.Path)
	if err != nil {
		return false
	}
	for line := range strings.Lines(string(data)) {
		if strings.Contains(line, p.Line(l)) && !strings.HasPrefix(strings.TrimSpace(line), "#") {
			return true
		}
	}
	return false
}
