package shim

// A Subject is which module a command is about.
type Subject struct {
	Module  bool   // it is about the module or workspace here
	Work    string // path of the go.work in force, if there is no go.mod here; or ""
	Modfile string // path of what the caller's -modfile puts in the place of go.mod, or ""
}

// subject returns what the command is about.
func (p *planner) subject() Subject {
	s := Subject{Module: p.inModule(), Modfile: p.callersModfile()}
	if p.moduleRoot() == "" {
		s.Work = p.workspaceFile()
	}
	return s
}
