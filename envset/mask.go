package envset

import (
	"strconv"
	"strings"
)

// Mask returns the quoted value of name as it may be shown: passwords in URLs
// and the values of variables that hold secrets by their name are hidden.
func Mask(name, value string) string {
	upper := strings.ToUpper(name)
	for _, word := range []string{"TOKEN", "SECRET", "PASSWORD", "PASSWD", "CREDENTIAL", "APIKEY", "API_KEY"} {
		if strings.Contains(upper, word) && value != "" {
			return strconv.Quote("xxxxx")
		}
	}
	return strconv.Quote(MaskURLs(value))
}

// MaskURLs hides the user names and passwords of the URLs in a list such as
// GOPROXY. A password may hold what separates the list, so all from the scheme
// to the last @ before the next URL is hidden.
func MaskURLs(list string) string {
	parts := strings.Split(list, "://")
	for i, part := range parts[1:] {
		if at := strings.LastIndex(part, "@"); at >= 0 {
			parts[i+1] = "xxxxx" + part[at:]
		}
	}
	return strings.Join(parts, "://")
}
