// Package schema describes goshim.toml as a JSON schema, for editors. It is
// generated from the table that the parser works by, [policy.Keys], so that
// the two cannot differ.
package schema

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"

	"github.com/goshim/goshim/internal/gocmd"
	"github.com/goshim/goshim/policy"
)

// A node is a JSON schema, as far as it is needed here.
type node struct {
	Schema        string           `json:"$schema,omitempty"`
	Title         string           `json:"title,omitempty"`
	Description   string           `json:"description,omitempty"`
	Ref           string           `json:"$ref,omitempty"`
	Type          string           `json:"type,omitempty"`
	Const         any              `json:"const,omitempty"`
	Enum          []string         `json:"enum,omitempty"`
	Pattern       string           `json:"pattern,omitempty"`
	MinLength     int              `json:"minLength,omitempty"`
	Minimum       *int             `json:"minimum,omitempty"`
	Items         *node            `json:"items,omitempty"`
	Properties    map[string]*node `json:"properties,omitempty"`
	PropertyNames *node            `json:"propertyNames,omitempty"`
	Additional    any              `json:"additionalProperties,omitempty"` // *node, or false
	Required      []string         `json:"required,omitempty"`
	AnyOf         []*node          `json:"anyOf,omitempty"`
	Not           *node            `json:"not,omitempty"`
	Defs          map[string]*node `json:"$defs,omitempty"`
}

// JSON returns the schema (draft 2020-12), indented.
func JSON() []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(file()); err != nil {
		panic(err) // the tree holds nothing that JSON cannot
	}
	return b.Bytes()
}

// file returns the schema of the whole file.
func file() *node {
	return &node{
		Schema:      "https://json-schema.org/draft/2020-12/schema",
		Title:       policy.FileName,
		Description: "The policy of a repository for the go command.",
		Type:        "object",
		Properties: map[string]*node{
			"version": {Description: "The version of this format.", Const: json.Number(policy.Version)},
			"default": {Description: "The environment that holds when nothing else chooses.", Type: "string"},
			"select":  {Description: "Rules that choose the environment. The first that matches counts.", Type: "array", Items: selectRule()},
			"common":  {Description: "Settings that every environment inherits.", Ref: "#/$defs/environment"},
			"env": {
				Description:   "The environments.",
				Type:          "object",
				PropertyNames: &node{Pattern: "^[A-Za-z0-9_-]+$"},
				Additional:    &node{Ref: "#/$defs/environment"},
			},
		},
		Required:   []string{"version"},
		Additional: false,
		Defs:       map[string]*node{"environment": environment(), "flags": flagList()},
	}
}

// selectRule returns the schema of an item of select.
func selectRule() *node {
	n := object(map[string]*node{
		"env":    {Description: "The environment that is chosen.", Type: "string"},
		"branch": {Description: "Patterns for the branch of the git checkout.", Type: "array", Items: text()},
		"tag":    {Description: "Patterns for a tag of the commit.", Type: "array", Items: text()},
		"var":    {Description: "Variables and the values that they must have; * is any.", Type: "object", Additional: &node{Type: "string"}},
	})
	n.Description = "All conditions must hold; of a list, one item."
	n.Required = []string{"env"}
	for _, condition := range []string{"branch", "tag", "var"} {
		n.AnyOf = append(n.AnyOf, &node{Required: []string{condition}})
	}
	return n
}

// environment returns the schema of an environment's table.
func environment() *node {
	n := object(map[string]*node{})
	for i := range policy.Keys {
		k := &policy.Keys[i]
		value := valueOf(k)
		value.Description = k.Doc
		n.Properties[k.Name] = value
	}
	return n
}

// valueOf returns the schema of a key's value, by the type of its field.
func valueOf(k *policy.Key) *node {
	switch k.Field().(type) {
	case *policy.String:
		if k.Int {
			return &node{Type: "integer", Minimum: new(int)}
		}
		return withForce(&node{Type: "string", Enum: k.Enum})
	case *policy.Stack:
		return withForce(&node{Type: "string", Pattern: `\.mod$`})
	case *policy.Bool:
		return &node{Type: "boolean"}
	case *policy.List:
		list := stringList()
		list.Items.Enum = k.Enum
		return withForce(list)
	case *[]policy.CommandFlags:
		return flags()
	case *[]policy.Route:
		return &node{Type: "object", PropertyNames: &node{Pattern: `^[^, \t'"]+$`}, Additional: withForce(stringList())}
	case *[]policy.Var:
		return &node{
			Type:          "object",
			PropertyNames: &node{Pattern: "^[^=]+$", Not: &node{Pattern: "^GOSHIM"}},
			Additional:    variable(),
		}
	case *policy.RuleSet, *[]policy.RuleSet:
		return &node{Type: "array", Items: rule()}
	case *[]policy.Entry:
		return entries[k.Name]
	}
	panic("the key " + k.Name + " has a type that the schema does not know")
}

// versions is the pattern of a constraint on versions.
const versions = `^\s*(latest|((\^|~|>=|<=|>|<|=)?[\s,]*v?\d+(\.\d+){0,2}(-[0-9A-Za-z.-]+)?(\+incompatible)?[\s,]*)+)$`

// entries are the schemas of the tables of strings whose names the user
// chooses.
var entries = map[string]*node{
	"inject": {
		Type:          "object",
		PropertyNames: &node{Pattern: `^[^= \t'"]+\.[^.= \t'"]+$`},
		Additional:    &node{Type: "string", Pattern: placeholders()},
	},
	"auth": {
		Type:          "object",
		PropertyNames: &node{Pattern: "^[^/]*$"},
		Additional:    object(map[string]*node{"cert": text(), "key": text(), "ca": text()}),
	},
	"constraints": {
		Type:       "object",
		Additional: &node{Type: "string", Pattern: versions},
	},
}

// flags returns the schema of lists of flags by go command.
func flags() *node {
	n := object(map[string]*node{})
	for _, spec := range gocmd.Specs() {
		n.Properties[spec.Words] = &node{Ref: "#/$defs/flags"}
	}
	return n
}

func flagList() *node {
	list := stringList()
	list.Items.Pattern = "^-"
	return withForce(list)
}

// variable returns the schema of an operation on a variable.
func variable() *node {
	n := &node{AnyOf: []*node{{Type: "string"}}}
	for _, op := range []policy.Op{policy.Default, policy.Force, policy.Append} {
		n.AnyOf = append(n.AnyOf, only(op.String(), &node{Type: "string"}))
	}
	n.AnyOf = append(n.AnyOf, only(policy.Unset.String(), &node{Const: true}))
	return n
}

// rule returns the schema of an item of allow or deny.
func rule() *node {
	table := object(map[string]*node{
		"command": {Description: "The words of a go command, and patterns for its arguments.", Type: "string", MinLength: 1},
		"reason":  {Description: "What the refusal says.", Type: "string"},
	})
	table.Required = []string{"command"}
	return &node{AnyOf: []*node{text(), table}}
}

// placeholders returns the pattern of a text in which only the facts that
// exist stand in braces.
func placeholders() string {
	return `^([^{]|\{(` + strings.ReplaceAll(regexp.QuoteMeta(strings.Join(policy.Facts, "\n")), "\n", "|") + `)\})*$`
}

// withForce returns the schema of a value, or of { force = value }.
func withForce(value *node) *node {
	return &node{AnyOf: []*node{value, only(policy.Force.String(), value)}}
}

// only returns the schema of a table with one key.
func only(key string, value *node) *node {
	n := object(map[string]*node{key: value})
	n.Required = []string{key}
	return n
}

// object returns the schema of a table that has no other keys.
func object(properties map[string]*node) *node {
	return &node{Type: "object", Properties: properties, Additional: false}
}

func text() *node { return &node{Type: "string", MinLength: 1} }

func stringList() *node { return &node{Type: "array", Items: &node{Type: "string"}} }
