package gitrun

import (
	"cmp"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// kept are the variables of git that say which configuration is the user's and
// where git's own programs are. All others would change what is looked at.
var kept = map[string]bool{
	"GIT_EXEC_PATH": true, "GIT_CONFIG_GLOBAL": true, "GIT_CONFIG_SYSTEM": true, "GIT_CONFIG_NOSYSTEM": true,
}

// withoutRepo returns the environment without the variables of git that name a
// repository, or how git looks at it: in a hook, for example, git sets them.
func withoutRepo(env []string) []string {
	var all []string
	for _, kv := range env {
		name, _, _ := strings.Cut(kv, "=")
		if !strings.HasPrefix(name, "GIT_") || kept[name] {
			all = append(all, kv)
		}
	}
	return all
}

// A config is a setting of git.
type config struct{ key, value string }

// guards are the settings of every git command. An embedded bare repository is
// never used; git reads the key from the user's, the system's and the command's
// own settings only (git-config(1), safe.bareRepository).
var guards = []config{
	{"safe.bareRepository", "explicit"},
	{"core.fsmonitor", "false"},
	{"core.quotePath", "false"},
	{"advice.detachedHead", "false"},
}

// settings are those of commands that only look.
var settings = append(guards[:len(guards):len(guards)], []config{
	{"core.hooksPath", os.DevNull},
	{"core.untrackedCache", "false"},
	{"core.trustctime", "true"},
	{"core.checkStat", "default"},
	{"core.ignoreCase", "false"},
	{"core.safecrlf", "false"},
	{"core.pager", "cat"},
	{"core.askPass", ""},
	{"credential.helper", ""},
	{"log.showSignature", "false"},
	{"gc.auto", "0"},
	{"maintenance.auto", "false"},
}...)

// always are the variables of commands that only look. LC_ALL makes messages the
// same everywhere. No protocol is allowed, so that nothing is fetched.
var always = []string{
	"GIT_OPTIONAL_LOCKS=0", "GIT_NO_REPLACE_OBJECTS=1", "GIT_NO_LAZY_FETCH=1",
	"GIT_ALLOW_PROTOCOL=none", "GIT_TERMINAL_PROMPT=0", "GIT_PAGER=cat", "LC_ALL=C",
}

// neutral returns the environment of commands that only look, with more settings.
func neutral(env []string, more []config) []string {
	env = append(env[:len(env):len(env)], always...)
	return withConfig(env, append(settings[:len(settings):len(settings)], more...))
}

// withConfig returns the environment with settings, behind those that it has. As
// variables they may have any name, and reach git's children.
func withConfig(env []string, all []config) []string {
	had := 0
	for _, kv := range env {
		if value, ok := strings.CutPrefix(kv, "GIT_CONFIG_COUNT="); ok {
			had, _ = strconv.Atoi(value)
		}
	}
	env = append(env[:len(env):len(env)], "GIT_CONFIG_COUNT="+strconv.Itoa(had+len(all)))
	for i, c := range all {
		n := strconv.Itoa(had + i)
		env = append(env, "GIT_CONFIG_KEY_"+n+"="+c.key, "GIT_CONFIG_VALUE_"+n+"="+c.value)
	}
	return env
}

// drivers matches the settings that name the programs of filter drivers.
const drivers = `^filter\..*\.(clean|smudge|process|required)$`

// neutralDriver returns a setting by which one of them names none.
func neutralDriver(key string) config {
	if strings.HasSuffix(key, ".required") {
		return config{key, "false"}
	}
	return config{key, ""}
}

// filters returns settings by which the filter drivers that any configuration
// names do nothing. Git would run them to see whether a file has changed. What
// shows differences must be told by flags to use no drivers for that.
func (r *Repo) filters() ([]config, error) {
	out, err := r.Run(nil, "config", "-z", "--name-only", "--get-regexp", drivers)
	if IsNone(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var all []config
	for _, key := range Split(out) {
		all = append(all, neutralDriver(key))
	}
	return all, nil
}

// UserFiles returns the paths of the files in which git looks for the settings of
// the user, whether or not they are there, and for what the user has it ignore.
func (r *Repo) UserFiles() []string {
	vars := make(map[string]string)
	for _, kv := range r.own {
		name, value, _ := strings.Cut(kv, "=")
		vars[name] = value
	}
	home := cmp.Or(vars["HOME"], vars["USERPROFILE"])
	config := cmp.Or(vars["XDG_CONFIG_HOME"], filepath.Join(home, ".config"))
	all := []string{
		filepath.Join(home, ".gitconfig"), filepath.Join(config, "git", "config"),
		filepath.Join(config, "git", "ignore"), filepath.Join(config, "git", "attributes"),
	}
	for _, name := range []string{"GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"} {
		if filepath.IsAbs(vars[name]) {
			all = append(all, vars[name])
		}
	}
	return all
}
