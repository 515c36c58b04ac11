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

// Verb returns the verb that goes with n things: "is" with one, "are" with two.
func Verb(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
