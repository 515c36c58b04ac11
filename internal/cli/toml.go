package cli

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/goshim/goshim/envset"
	"github.com/goshim/goshim/policy"
)

// settingLine returns a setting as a line of goshim.toml.
func settingLine(s policy.Setting) string { return tomlKey(s.Name) + " = " + tomlValue(s.Op, s.Value) }

// tomlKey returns the name of a setting as a dotted key, quoting what needs
// quotes.
func tomlKey(name string) string {
	table, key, dotted := strings.Cut(name, ".")
	switch i := strings.LastIndex(key, "."); {
	case !dotted || bareKey.MatchString(key):
		return name
	case table == "auth" && i >= 0: // a host and what of it
		return table + "." + tomlString(key[:i]) + key[i:]
	}
	return table + "." + tomlString(key)
}

var bareKey = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// tomlValue returns a value as [policy.Setting] has it, on one line.
func tomlValue(op string, value any) string {
	text := ""
	switch v := value.(type) {
	case string:
		text = tomlString(v)
	case bool:
		text = map[bool]string{true: "true", false: "false"}[v]
	case int:
		text = strconv.Itoa(v)
	case []policy.Item:
		items := make([]string, len(v))
		for i, item := range v {
			items[i] = tomlItem(item)
		}
		text = "[" + strings.Join(items, ", ") + "]"
	}
	if op != "" {
		text = "{ " + op + " = " + text + " }"
	}
	return text
}

func tomlItem(item policy.Item) string {
	if item.Reason == "" {
		return tomlString(item.Value)
	}
	return "{ command = " + tomlString(item.Value) + ", reason = " + tomlString(item.Reason) + " }"
}

// tomlString returns a basic string. JSON's strings are legal ones.
func tomlString(s string) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.Encode(s)
	return strings.TrimSuffix(b.String(), "\n")
}

// tomlStrings returns a list of strings.
func tomlStrings(list []string) string {
	items := make([]policy.Item, len(list))
	for i, s := range list {
		items[i].Value = s
	}
	return tomlValue("", items)
}

// A setting is a line of a policy, as JSON.
type setting struct {
	Name  string    `json:"name"`
	Op    string    `json:"op,omitempty"`
	Value any       `json:"value"` // string, boolean, or list of items
	At    *position `json:"at,omitempty"`
}

// An item of a list, as JSON.
type item struct {
	Value  string    `json:"value"`
	Reason string    `json:"reason,omitempty"`
	At     *position `json:"at,omitempty"`
}

func settingOf(s policy.Setting) setting { return setting{s.Name, s.Op, valueOf(s.Value), at(s.Pos)} }

func valueOf(value any) any {
	list, ok := value.([]policy.Item)
	if !ok {
		return value
	}
	items := make([]item, len(list))
	for i, it := range list {
		items[i] = item{it.Value, it.Reason, at(it.Pos)}
	}
	return items
}

// masked returns the setting with the secrets in its value hidden.
func masked(s policy.Setting) policy.Setting {
	name := strings.TrimPrefix(s.Name, "vars.")
	switch v := s.Value.(type) {
	case string:
		s.Value = mask(name, v)
	case []policy.Item:
		items := slices.Clone(v)
		for i := range items {
			items[i].Value = mask(name, items[i].Value)
		}
		s.Value = items
	}
	return s
}

// mask returns the value of a variable as it may be shown.
func mask(name, value string) string {
	if text, err := strconv.Unquote(envset.Mask(name, value)); err == nil {
		return text
	}
	return value
}
