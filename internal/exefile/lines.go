package exefile

import (
	"bytes"
	"debug/gosym"
	"errors"
	"slices"
	"strings"
)

// SourceFiles returns the names of the source files that the program's functions
// were compiled from, sorted, with slashes, as its line table has them: the table
// that stack traces need, which no flag strips.
func (f *File) SourceFiles() ([]string, error) {
	for _, s := range f.Sections {
		if strings.HasSuffix(s.Name, "gopclntab") {
			data, err := s.Data()
			if err != nil {
				return nil, err
			}
			if files := filesOf(data); files != nil {
				return files, nil
			}
		}
	}
	// Where no section has the name, as in PE files, the table is found by its
	// header, which other data may look like.
	tries := 0
	for _, s := range f.Sections {
		data, err := s.Data()
		if err != nil {
			continue
		}
		for rest := data; tries < maxTables; tries++ {
			i := bytes.Index(rest, f.lineTableMagic())
			if i < 0 {
				break
			}
			if files := filesOf(rest[i:]); files != nil {
				return files, nil
			}
			rest = rest[i+1:]
		}
	}
	return nil, errors.New("no line table is in it")
}

// maxTables bounds how often the data of a hostile file is taken for a line table.
const maxTables = 100

// lineTableMagic returns the first bytes of the line table of Go 1.20 and later
// (internal/abi.Go120PCLnTabMagic), and two zeros.
func (f *File) lineTableMagic() []byte {
	magic := make([]byte, 6)
	f.Order.PutUint32(magic, 0xfffffff1)
	return magic
}

// filesOf returns the files of a line table, or nil if the data is none.
func filesOf(data []byte) []string {
	table, err := gosym.NewTable(nil, gosym.NewLineTable(data, 0))
	if err != nil {
		return nil
	}
	var files []string
	for name := range table.Files {
		if name != "" {
			files = append(files, strings.ReplaceAll(name, `\`, "/"))
		}
	}
	slices.Sort(files)
	return files
}
