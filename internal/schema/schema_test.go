package schema

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pelletier/go-toml/v2"

	"github.com/goshim/goshim/policy"
)

var update = flag.Bool("update", false, "write goshim.schema.json")

const golden = "goshim.schema.json"

func TestGolden(t *testing.T) {
	got := JSON()
	if *update {
		if err := os.WriteFile(golden, got, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	// A checkout on Windows may have other line ends.
	want = bytes.ReplaceAll(want, []byte("\r\n"), []byte("\n"))
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs (-file +generated); go test ./internal/schema -update writes it:\n%s", golden, diff)
	}
}

// TestKeys checks that the schema and the parser have the same keys.
func TestKeys(t *testing.T) {
	schema := file()
	if diff := cmp.Diff(slices.Sorted(slices.Values(policy.TopKeys())), slices.Sorted(maps.Keys(schema.Properties))); diff != "" {
		t.Errorf("keys at the top (-parser +schema):\n%s", diff)
	}
	var names []string
	for _, k := range policy.Keys {
		names = append(names, k.Name)
	}
	slices.Sort(names)
	if diff := cmp.Diff(names, slices.Sorted(maps.Keys(schema.Defs["environment"].Properties))); diff != "" {
		t.Errorf("keys of an environment (-parser +schema):\n%s", diff)
	}
}

// TestFull checks that a file with every key, which the parser accepts, fits
// the schema.
func TestFull(t *testing.T) {
	data, err := os.ReadFile("testdata/full.toml")
	if err != nil {
		t.Fatal(err)
	}
	f, errs := policy.Parse(policy.Repository, "full.toml", data)
	for _, e := range errs {
		t.Error(e)
	}
	if t.Failed() {
		return
	}
	set := map[string]bool{}
	for _, e := range f.Envs {
		for _, s := range e.Settings() {
			name, _, _ := strings.Cut(s.Name, ".")
			set[name] = true
		}
	}
	for _, k := range policy.Keys {
		if !set[k.Name] {
			t.Errorf("full.toml does not set %s", k.Name)
		}
	}
	for _, fault := range validate(t, string(data)) {
		t.Error(fault)
	}
}

func TestInvalid(t *testing.T) {
	tests := []struct{ name, toml string }{
		{"no version", `default = "dev"`},
		{"other version", `version = 2`},
		{"unknown key", "version = 1\ndefalt = \"dev\""},
		{"unknown key of an environment", "version = 1\n[env.dev]\ntoolchian = \"local\""},
		{"key of a later version", "version = 1\n[common]\nmodfile = \"x\""},
		{"key of an upper file", "version = 1\nlock = []"},
		{"not of the enumeration", "version = 1\n[common]\nmod = \"vendr\""},
		{"string for a list", "version = 1\n[common]\ntags = \"a\""},
		{"string for a boolean", "version = 1\n[common]\nprotected = \"yes\""},
		{"unknown operation", "version = 1\n[common.vars]\nA = { set = \"b\" }"},
		{"two operations", "version = 1\n[common.vars]\nA = { force = \"b\", unset = true }"},
		{"unset = false", "version = 1\n[common.vars]\nA = { unset = false }"},
		{"own switch", "version = 1\n[common.vars]\nGOSHIM_ENV = \"prod\""},
		{"unknown command", "version = 1\n[common.flags]\nbiuld = [\"-v\"]"},
		{"not a flag", "version = 1\n[common.flags]\nbuild = [\"v\"]"},
		{"rule without command", "version = 1\n[common]\ndeny = [{ reason = \"no\" }]"},
		{"unknown key of a rule", "version = 1\n[common]\ndeny = [{ command = \"get\", why = \"no\" }]"},
		{"string for an integer", "version = 1\n[common]\nproxy_retries = \"2\""},
		{"negative", "version = 1\n[common]\nproxy_retries = -1"},
		{"unknown key of a host", "version = 1\n[common.auth.\"a.example.com\"]\ncert = \"a\"\nkey = \"b\"\npassword = \"c\""},
		{"host that is a URL", "version = 1\n[common.auth]\n\"https://a.example.com\" = { ca = \"a\" }"},
		{"unknown fact", "version = 1\n[common.inject]\n\"main.v\" = \"{git.sha}\""},
		{"malformed constraint", "version = 1\n[common.constraints]\n\"example.com/dep\" = \"newest\""},
		{"malformed name of an environment", "version = 1\ndefault = \"a b\"\n[env.\"a b\"]"},
		{"select without condition", "version = 1\ndefault = \"a\"\n[env.a]\n[[select]]\nenv = \"a\""},
		{"select without env", "version = 1\n[[select]]\nbranch = [\"main\"]"},
		{"unknown key of select", "version = 1\ndefault = \"a\"\n[env.a]\n[[select]]\nenv = \"a\"\nbranches = [\"main\"]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, errs := policy.Parse(policy.Repository, policy.FileName, []byte(tt.toml)); len(errs) == 0 {
				t.Error("the parser accepts it")
			}
			if len(validate(t, tt.toml)) == 0 {
				t.Error("the schema accepts it")
			}
		})
	}
}

// validate returns the faults that the schema finds in a TOML file.
func validate(t *testing.T, data string) []string {
	t.Helper()
	var value any
	if err := toml.Unmarshal([]byte(data), &value); err != nil {
		t.Fatal(err)
	}
	var schema map[string]any
	if err := json.Unmarshal(JSON(), &schema); err != nil {
		t.Fatal(err)
	}
	v := &validator{root: schema}
	return v.check("", schema, value)
}

// A validator checks values against a schema as generated here; it is an
// error of the schema to use a keyword that the validator does not know.
type validator struct{ root map[string]any }

func (v *validator) check(at string, schema map[string]any, value any) []string {
	var faults []string
	fail := func(format string, args ...any) { faults = append(faults, at+": "+fmt.Sprintf(format, args...)) }
	for keyword, arg := range schema {
		switch keyword {
		case "$schema", "$defs", "title", "description":
		case "$ref":
			def := strings.TrimPrefix(arg.(string), "#/$defs/")
			faults = append(faults, v.check(at, v.root["$defs"].(map[string]any)[def].(map[string]any), value)...)
		case "type":
			if typeOf(value) != arg {
				fail("is %s, not %s", typeOf(value), arg)
			}
		case "const":
			if fmt.Sprint(value) != fmt.Sprint(arg) {
				fail("is %v, not %v", value, arg)
			}
		case "enum":
			if !slices.Contains(arg.([]any), value) {
				fail("is %v, not one of %v", value, arg)
			}
		case "pattern":
			if s, ok := value.(string); ok && !regexp.MustCompile(arg.(string)).MatchString(s) {
				fail("%q does not match %s", s, arg)
			}
		case "minimum":
			if n, ok := value.(int64); ok && float64(n) < arg.(float64) {
				fail("is too small")
			}
		case "minLength":
			if s, ok := value.(string); ok && float64(len(s)) < arg.(float64) {
				fail("is too short")
			}
		case "not":
			if len(v.check(at, arg.(map[string]any), value)) == 0 {
				fail("matches %v", arg)
			}
		case "anyOf":
			if !slices.ContainsFunc(arg.([]any), func(s any) bool { return len(v.check(at, s.(map[string]any), value)) == 0 }) {
				fail("is none of the alternatives")
			}
		case "items":
			list, _ := value.([]any)
			for i, item := range list {
				faults = append(faults, v.check(fmt.Sprintf("%s[%d]", at, i), arg.(map[string]any), item)...)
			}
		case "additionalProperties", "properties", "propertyNames", "required":
			if table, ok := value.(map[string]any); ok {
				faults = append(faults, v.checkTable(at, schema, table)...)
			}
		default:
			fail("unknown keyword %s", keyword)
		}
	}
	return faults
}

// checkTable checks the keys of a table and their values.
func (v *validator) checkTable(at string, schema, table map[string]any) []string {
	var faults []string
	required, _ := schema["required"].([]any)
	for _, name := range required {
		if _, ok := table[name.(string)]; !ok {
			faults = append(faults, fmt.Sprintf("%s: has no %s", at, name))
		}
	}
	properties, _ := schema["properties"].(map[string]any)
	for name, value := range table {
		at := at + "." + name
		if names, ok := schema["propertyNames"].(map[string]any); ok {
			faults = append(faults, v.check(at, names, name)...)
		}
		other, hasOther := schema["additionalProperties"]
		if property, ok := properties[name].(map[string]any); ok {
			faults = append(faults, v.check(at, property, value)...)
		} else if schema, ok := other.(map[string]any); ok {
			faults = append(faults, v.check(at, schema, value)...)
		} else if hasOther {
			faults = append(faults, at+": is unknown")
		}
	}
	return faults
}

func typeOf(value any) string {
	switch value.(type) {
	case string:
		return "string"
	case bool:
		return "boolean"
	case int64:
		return "integer"
	case []any:
		return "array"
	case map[string]any:
		return "object"
	}
	return fmt.Sprintf("%T", value)
}
