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
// GOPROXY.
func MaskURLs(list string) string {
	if !strings.Contains(list, "@") {
		return list
	}
	var b strings.Builder
	for list != "" {
		i := strings.IndexAny(list, ",| ")
		item, sep := list, ""
		if i >= 0 {
			item, sep = list[:i], list[i:i+1]
		}
		list = list[len(item)+len(sep):]
		b.WriteString(maskURL(item) + sep)
	}
	return b.String()
}

func maskURL(item string) string {
	scheme, rest, ok := strings.Cut(item, "://")
	if !ok {
		return item
	}
	authority, _, _ := strings.Cut(rest, "/")
	at := strings.LastIndex(authority, "@")
	if at < 0 {
		return item
	}
	return scheme + "://xxxxx@" + rest[at+1:]
}
