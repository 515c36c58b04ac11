package diag

import "strconv"

// Count returns how many there are of what is named in the singular: "1 file",
// "2 files".
func Count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}
