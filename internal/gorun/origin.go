package gorun

import (
	"regexp"
	"strings"
)

// originFaults are what git says if it may not read a module's origin, and what to do.
// The go command lets git ask for nothing (GIT_TERMINAL_PROMPT=0), and ssh asks at a
// terminal only, so without one such a fault ends the command at once.
var originFaults = []struct {
	said *regexp.Regexp // its group is the host
	hint string         // HOST stands for that
}{
	{
		regexp.MustCompile(`(?:\S+@)?([\w.-]+): Permission denied \(.*publickey`),
		"HOST takes none of your ssh keys: ssh-add -l lists those that the agent has, and ssh -T git@HOST tries them",
	},
	{
		regexp.MustCompile(`()Host key verification failed`),
		"ssh does not know the key of the host: add it to known_hosts, after a look at what the host publishes",
	},
	{
		regexp.MustCompile(`could not read (?:Username|Password) for 'https?://(?:[^@/']*@)?([\w.:-]+)`),
		"git has no password for https://HOST: add it to .netrc or GOAUTH, or take ssh: git config --global url.\"git@HOST:\".insteadOf https://HOST/",
	},
	{
		regexp.MustCompile(`ssh: connect to host ([\w.-]+) port`),
		"ssh does not reach HOST: a url.….insteadOf rule of git's configuration may lead there (git config --get-regexp insteadof)",
	},
	{
		regexp.MustCompile(`()no secure protocol found for repository`),
		"the repository answers neither to https nor to ssh: for a private host, try git ls-remote, and see url.….insteadOf in git help config",
	},
}

// OriginHint returns what to do if a go command failed because git may not read the
// origin of a module, by what it said, or "".
func OriginHint(stderr string) string {
	for _, f := range originFaults {
		if m := f.said.FindStringSubmatch(stderr); m != nil {
			return strings.ReplaceAll(f.hint, "HOST", m[1])
		}
	}
	return ""
}
