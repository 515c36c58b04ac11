package install

import "strings"

const shHeader = `# Puts the go command that applies goshim.toml first on PATH, once.
# Written by goshim setup; goshim setup --undo removes it.
`

// envSh returns the file that POSIX shells source to have bin first on PATH,
// wherever it stood before.
func envSh(bin string) string {
	return shHeader + `goshim_bin=` + quoteSh(bin) + `
goshim_path=:${PATH-}:
while :; do
	case $goshim_path in
	*":$goshim_bin:"*) goshim_path=${goshim_path%%":$goshim_bin:"*}:${goshim_path#*":$goshim_bin:"} ;;
	*) break ;;
	esac
done
goshim_path=${goshim_path#:}
goshim_path=${goshim_path%:}
PATH=$goshim_bin${goshim_path:+:$goshim_path}
export PATH
unset goshim_bin goshim_path
`
}

// envFish returns the same for fish.
func envFish(bin string) string {
	return shHeader + `set -l goshim_path ` + quoteFish(bin) + `
for dir in $PATH
    if test "$dir" != $goshim_path[1]
        set goshim_path $goshim_path $dir
    end
end
set -gx PATH $goshim_path
`
}

// quoteSh quotes s as one word of a POSIX shell.
func quoteSh(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// quoteFish quotes s as one word of fish.
func quoteFish(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(s) + "'"
}
