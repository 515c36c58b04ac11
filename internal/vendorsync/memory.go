package vendorsync

import (
	"encoding/json"
	"time"

	"github.com/goshim/goshim/internal/filestate"
	"github.com/goshim/goshim/internal/stamp"
	"github.com/goshim/goshim/internal/vendortree"
	"github.com/goshim/goshim/shim"
)

// A Memory remembers that there was nothing to do for a place, so that a sync need
// run no go command and read no file until something has changed.
//
// What go mod tidy and go mod vendor make of a module follows from its Go files, the
// modfiles and their sums, the directories that replace modules, and the go command
// with its settings. What they take from the module cache has its hash in the sums.
type Memory struct {
	stamp  *stamp.Stamp
	inputs []string
	state  string // before the sync, "" if a file is young
}

// settings are the variables that change what the go command makes of a module.
var settings = []string{"GOFLAGS", "GO111MODULE", "GOEXPERIMENT", "GODEBUG", "GOTOOLCHAIN", "GOWORK"}

// MemoryOf returns the memory of syncs of a place with the given options of the
// caller's own.
func MemoryOf(target *shim.Target, p *vendortree.Place, options ...string) *Memory {
	key := append([]string{memoryVersion, p.Root, target.Real.Path, target.Policy.Choice.Env, shim.ModuleCache(target.Vars)}, options...)
	for _, name := range settings {
		value, _ := target.Vars.Effective(name)
		key = append(key, value)
	}
	m := &Memory{
		stamp:  stamp.New(stamp.Dir(p.Getenv), "vendor-sync", nil, key...),
		inputs: append([]string{target.Real.Path, p.SumPath(), filestate.Tree(p.Vendor)}, p.Paths...),
	}
	for _, f := range target.Policy.Files() {
		m.inputs = append(m.inputs, f.Path)
	}
	for _, main := range p.Mains {
		m.inputs = append(m.inputs, filestate.Sources(main.Dir))
		for _, r := range main.File.Replace {
			if _, dir := p.Replaced(r.Old); dir != "" {
				m.inputs = append(m.inputs, filestate.Tree(dir))
			}
		}
	}
	if p.Work != nil {
		for _, r := range p.Work.Replace {
			if _, dir := p.Replaced(r.Old); dir != "" {
				m.inputs = append(m.inputs, filestate.Tree(dir))
			}
		}
	}
	return m
}

// memoryVersion voids the memories of older versions.
const memoryVersion = "1"

// Recall returns the result of a sync that had nothing to do, if nothing has changed
// since, or nil.
func (m *Memory) Recall() *Result {
	note, fresh := m.stamp.Note()
	r := new(Result)
	if !fresh || json.Unmarshal([]byte(note), r) != nil {
		return nil
	}
	return r
}

// Begin notes how everything is before a sync.
func (m *Memory) Begin() {
	if text, settled := filestate.Of(m.inputs, time.Now()); settled {
		m.state = text
	}
}

// Keep remembers the result of the sync, if it had nothing to do and nothing has
// changed meanwhile.
func (m *Memory) Keep(r *Result) {
	if m.state == "" || r.IsChanged() {
		return
	}
	if note, err := json.Marshal(r); err == nil {
		m.stamp.WriteNote(m.state, string(note))
	}
}
