// Package userdir says where the user's files lie. The environment is a
// parameter, so that what a test or a plan asks about is not the environment
// of this process.
package userdir

import (
	"path/filepath"
	"runtime"
)

// Getenv reads one variable, as [os.Getenv] does.
type Getenv func(name string) string

// Home returns the home directory, or "" if the environment names none.
func Home(getenv Getenv) string {
	if runtime.GOOS == "windows" {
		return getenv("USERPROFILE")
	}
	return getenv("HOME")
}

// Config returns the directory of all programs' configuration, as
// [os.UserConfigDir] does, or "". The go command keeps go/env there.
func Config(getenv Getenv) string {
	switch runtime.GOOS {
	case "windows":
		return getenv("AppData")
	case "darwin", "ios":
		return under(Home(getenv), "Library", "Application Support")
	}
	return xdg(getenv, "XDG_CONFIG_HOME", ".config")
}

// Policy returns goshim's directory in [Config]: the user's policy.toml and
// the path of the real go.
func Policy(getenv Getenv) string { return under(Config(getenv), "goshim") }

// State returns the directory of what goshim must not lose: trust and chosen
// environments; "" if there is none.
func State(getenv Getenv) string {
	switch runtime.GOOS {
	case "windows":
		return under(getenv("LocalAppData"), "goshim", "state")
	case "darwin", "ios":
		return under(Config(getenv), "goshim", "state")
	}
	return under(xdg(getenv, "XDG_STATE_HOME", ".local/state"), "goshim")
}

// Cache returns the directory of what goshim can make again, or "" if there is
// none.
func Cache(getenv Getenv) string {
	switch runtime.GOOS {
	case "windows":
		return under(getenv("LocalAppData"), "goshim", "cache")
	case "darwin", "ios":
		return under(Home(getenv), "Library", "Caches", "goshim")
	}
	return under(xdg(getenv, "XDG_CACHE_HOME", ".cache"), "goshim")
}

// Data returns the directory that `goshim setup` installs to, or "".
func Data(getenv Getenv) string {
	switch runtime.GOOS {
	case "windows":
		return under(getenv("LocalAppData"), "goshim")
	case "darwin", "ios":
		return under(Config(getenv), "goshim")
	}
	return under(xdg(getenv, "XDG_DATA_HOME", ".local/share"), "goshim")
}

// xdg returns the directory that name holds, if it is absolute, as the XDG
// base directory specification asks; otherwise the one below HOME.
func xdg(getenv Getenv, name, fallback string) string {
	if dir := getenv(name); filepath.IsAbs(dir) {
		return dir
	}
	return under(Home(getenv), fallback)
}

func under(dir string, elem ...string) string {
	if dir == "" {
		return ""
	}
	return filepath.Join(append([]string{dir}, elem...)...)
}
