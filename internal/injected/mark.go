package injected

import (
	"bytes"
	"strings"

	"github.com/goshim/goshim/internal/exefile"
)

// Mark begins the strings by which a scaffold names variables in the program
// itself: in a table whose entries are such a string and, behind it, the address
// of the variable. So a program that is stripped of all names still tells where
// the variables lie.
const Mark = "goshim:inject:"

// maxMarks bounds how many marks of a hostile file are looked at.
const maxMarks = 1000

// findMarks returns the addresses of the variables that the program's table
// names. Where a string is, is no proof of anything: it counts only as the name
// in an entry of the table, and so leads to a variable.
func findMarks(f *exefile.File) map[string]uint64 {
	marks := make(map[string]uint64)
	names := make(map[uint64]string) // what follows a mark, by its address
	for _, s := range f.Sections {
		data, err := s.Data()
		if err != nil {
			continue
		}
		for i := 0; len(names) < maxMarks; i++ {
			n := bytes.Index(data[i:], []byte(Mark))
			if n < 0 {
				break
			}
			i += n
			names[s.Addr+uint64(i)] = string(data[i:min(len(data), i+4096)])
		}
	}
	if len(names) == 0 {
		return marks
	}
	f.EachPointer(func(at, to uint64) {
		text, ok := names[to]
		if !ok {
			return
		}
		size := uint64(f.PtrSize)
		n, err := f.Word(at + size)
		if err != nil || n <= uint64(len(Mark)) || n > uint64(len(text)) {
			return
		}
		if variable, err := f.Pointer(at + 2*size); err == nil && variable != 0 {
			marks[strings.TrimPrefix(text[:n], Mark)] = variable
		}
	})
	return marks
}
