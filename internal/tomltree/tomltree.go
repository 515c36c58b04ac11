// Package tomltree parses TOML into a tree in which every key and value knows
// its position, so that an error about either can point at it.
//
// The grammar is that of github.com/pelletier/go-toml/v2, by way of its AST.
// Numbers other than decimal integers, and dates, are kept as written.
package tomltree

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"

	"github.com/goshim/goshim/internal/diag"
)

// A Kind is the type of a value.
type Kind uint8

const (
	String Kind = iota + 1
	Integer
	Bool
	Array
	Table
	Other // floats and dates
)

// String returns the kind as an error message names it.
func (k Kind) String() string {
	return [...]string{"nothing", "a string", "an integer", "a boolean", "an array", "a table", "a number or date"}[k]
}

// A Node is a value.
type Node struct {
	Kind  Kind
	Pos   diag.Pos
	Text  string   // of a String, its value; of other scalars, as written
	Items []*Node  // of an Array
	Keys  []*Entry // of a Table, in the order written

	origin origin            // of a Table or Array: what may still be added to it
	index  map[string]*Entry // of a large Table
}

// An Entry is a key of a table.
type Entry struct {
	Name  string
	Pos   diag.Pos
	Value *Node
}

// Get returns the entry with the given name, or nil.
func (n *Node) Get(name string) *Entry {
	if n.index != nil {
		return n.index[name]
	}
	for _, e := range n.Keys {
		if e.Name == name {
			return e
		}
	}
	return nil
}

// add adds an entry. A table of hostile size gets an index, so that a file
// with n keys does not take n² comparisons.
func (n *Node) add(name string, pos diag.Pos, value *Node) {
	e := &Entry{name, pos, value}
	n.Keys = append(n.Keys, e)
	switch {
	case n.index != nil:
		n.index[name] = e
	case len(n.Keys) > 32:
		n.index = make(map[string]*Entry)
		for _, e := range n.Keys {
			n.index[e.Name] = e
		}
	}
}

// origin says how a table or array came to be, which decides what may extend
// it (TOML 1.0, sections Table, Array of Tables and Inline Table).
type origin uint8

const (
	value    origin = iota // inline table or array: closed
	implicit               // a parent of a [header]: may get a header of its own
	header                 // [header]: only once
	dotted                 // a.b = 1: only by further dotted keys
	tables                 // [[header]]: grows by further [[header]]
)

// Parse parses data. The name file stands in every position; an error is a
// *[diag.Error]. The result is a Table.
func Parse(file string, data []byte) (*Node, error) {
	b := &builder{file: file}
	b.parser.Reset(data)
	b.lines = lineStarts(data)
	root := &Node{Kind: Table, Pos: diag.Pos{File: file, Line: 1, Col: 1}, origin: header}
	table := root
	for b.parser.NextExpression() {
		var err error
		switch expr := b.parser.Expression(); expr.Kind {
		case unstable.Table:
			table, err = b.openTable(root, expr)
		case unstable.ArrayTable:
			table, err = b.openArrayTable(root, expr)
		case unstable.KeyValue:
			err = b.keyValue(table, expr)
		}
		if err != nil {
			return nil, err
		}
	}
	if err := b.parser.Error(); err != nil {
		return nil, b.syntaxError(err)
	}
	return root, nil
}

type builder struct {
	file   string
	parser unstable.Parser
	lines  []int // offset of the first byte of each line
}

func lineStarts(data []byte) []int {
	starts := []int{0}
	for i, c := range data {
		if c == '\n' {
			starts = append(starts, i+1)
		}
	}
	return starts
}

func (b *builder) pos(offset int) diag.Pos {
	line, found := slices.BinarySearch(b.lines, offset)
	if !found {
		line--
	}
	return diag.Pos{File: b.file, Line: line + 1, Col: offset - b.lines[line] + 1}
}

func (b *builder) nodePos(n *unstable.Node) diag.Pos { return b.pos(int(n.Raw.Offset)) }

func (b *builder) syntaxError(err error) error {
	e := &diag.Error{Pos: diag.Pos{File: b.file}, Msg: strings.TrimPrefix(err.Error(), "toml: ")}
	var perr *unstable.ParserError
	if errors.As(err, &perr) {
		e.Pos = b.pos(int(b.parser.Range(perr.Highlight).Offset))
	}
	return e
}

type key struct {
	name string
	pos  diag.Pos
}

func (b *builder) keys(it unstable.Iterator) []key {
	var keys []key
	for it.Next() {
		n := it.Node()
		keys = append(keys, key{string(n.Data), b.nodePos(n)})
	}
	return keys
}

// openTable handles [a.b.c] and returns the table that the following keys
// belong to.
func (b *builder) openTable(root *Node, expr *unstable.Node) (*Node, error) {
	keys := b.keys(expr.Key())
	parent, last, err := b.headerParent(root, keys)
	if err != nil {
		return nil, err
	}
	e := parent.Get(last.name)
	if e == nil {
		t := &Node{Kind: Table, Pos: keys[0].pos, origin: header}
		parent.add(last.name, last.pos, t)
		return t, nil
	}
	if e.Value.Kind != Table || e.Value.origin != implicit {
		return nil, duplicate(last, e)
	}
	e.Value.origin, e.Value.Pos, e.Pos = header, keys[0].pos, last.pos
	return e.Value, nil
}

// openArrayTable handles [[a.b.c]].
func (b *builder) openArrayTable(root *Node, expr *unstable.Node) (*Node, error) {
	keys := b.keys(expr.Key())
	parent, last, err := b.headerParent(root, keys)
	if err != nil {
		return nil, err
	}
	if parent.Get(last.name) == nil {
		parent.add(last.name, last.pos, &Node{Kind: Array, Pos: keys[0].pos, origin: tables})
	}
	e := parent.Get(last.name)
	if e.Value.origin != tables {
		return nil, duplicate(last, e)
	}
	t := &Node{Kind: Table, Pos: keys[0].pos, origin: header}
	e.Value.Items = append(e.Value.Items, t)
	return t, nil
}

// headerParent walks to the table that holds the last key of a header,
// making the tables on the way.
func (b *builder) headerParent(t *Node, keys []key) (*Node, key, error) {
	for _, k := range keys[:len(keys)-1] {
		e := t.Get(k.name)
		switch {
		case e == nil:
			child := &Node{Kind: Table, Pos: k.pos, origin: implicit}
			t.add(k.name, k.pos, child)
			t = child
		case e.Value.origin == tables:
			t = e.Value.Items[len(e.Value.Items)-1]
		case e.Value.Kind == Table && e.Value.origin != value:
			t = e.Value
		default:
			return nil, key{}, duplicate(k, e)
		}
	}
	return t, keys[len(keys)-1], nil
}

// keyValue handles a.b = v in the table t.
func (b *builder) keyValue(t *Node, expr *unstable.Node) error {
	keys := b.keys(expr.Key())
	for _, k := range keys[:len(keys)-1] {
		if t.Get(k.name) == nil {
			t.add(k.name, k.pos, &Node{Kind: Table, Pos: k.pos, origin: dotted})
		}
		e := t.Get(k.name)
		if e.Value.Kind != Table || e.Value.origin != dotted {
			return duplicate(k, e)
		}
		t = e.Value
	}
	k := keys[len(keys)-1]
	if e := t.Get(k.name); e != nil {
		return duplicate(k, e)
	}
	v, err := b.value(expr.Value(), b.pos(b.valueOffset(expr)))
	if err != nil {
		return err
	}
	t.add(k.name, k.pos, v)
	return nil
}

// valueOffset returns where the value of a key begins: behind the equals sign
// and white space. The AST itself gives arrays no position.
func (b *builder) valueOffset(expr *unstable.Node) int {
	end := uint32(0)
	for it := expr.Key(); it.Next(); {
		end = it.Node().Raw.Offset + it.Node().Raw.Length
	}
	data := b.parser.Data()
	i := int(end)
	for i < len(data) && strings.IndexByte(" \t=", data[i]) >= 0 {
		i++
	}
	return i
}

// value converts a value at pos. An array within an array, which has no
// position in the AST, takes that of the outer one.
func (b *builder) value(n *unstable.Node, pos diag.Pos) (*Node, error) {
	v := &Node{Pos: pos, Text: string(n.Data)}
	switch n.Kind {
	case unstable.String:
		v.Kind = String
	case unstable.Bool:
		v.Kind = Bool
	case unstable.Integer:
		v.Kind = Integer
	case unstable.Array:
		v.Kind = Array
		for it := n.Children(); it.Next(); {
			itemPos := pos
			if it.Node().Raw.Length > 0 {
				itemPos = b.nodePos(it.Node())
			}
			item, err := b.value(it.Node(), itemPos)
			if err != nil {
				return nil, err
			}
			v.Items = append(v.Items, item)
		}
	case unstable.InlineTable:
		v.Kind = Table
		for it := n.Children(); it.Next(); {
			if err := b.keyValue(v, it.Node()); err != nil {
				return nil, err
			}
		}
		closeTables(v)
	default:
		v.Kind = Other
	}
	return v, nil
}

// closeTables makes the tables that dotted keys opened inside an inline table
// as closed as the inline table itself.
func closeTables(t *Node) {
	t.origin = value
	for _, e := range t.Keys {
		if e.Value.Kind == Table {
			closeTables(e.Value)
		}
	}
}

func duplicate(k key, first *Entry) error {
	return &diag.Error{
		Pos: k.pos,
		Msg: "key " + strconv.Quote(k.name) + " is already defined in line " + strconv.Itoa(first.Pos.Line),
	}
}
