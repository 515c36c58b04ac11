package upstream

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"path"
	"strings"

	"golang.org/x/mod/module"
)

// sane reports content that cannot be the file with the name, whatever go.sum
// says: a page of a captive portal, half a zip, the zip of another module. It
// is what the go command would fail on later, when no other proxy is asked.
func sane(file, contentType string, body io.ReaderAt, size int64) error {
	head := make([]byte, min(size, 512))
	if _, err := body.ReadAt(head, 0); err != nil && err != io.EOF {
		return err
	}
	if strings.HasPrefix(file, "sumdb/") {
		if kind, _, _ := mime.ParseMediaType(contentType); kind == "text/html" {
			return errors.New("an HTML page in place of checksums")
		}
		return nil
	}
	if isHTML(head) {
		return errors.New("an HTML page in place of a module file")
	}
	mod, version, err := split(file)
	if err != nil {
		return err
	}
	switch ext := path.Ext(file); {
	case ext == ".zip" && version != "":
		return saneZip(mod, version, body, size)
	case ext == ".info" && version != "", strings.HasSuffix(file, "/@latest"):
		return saneInfo(mod, version, io.NewSectionReader(body, 0, size))
	case bytes.IndexByte(head, 0) >= 0:
		return errors.New("not a text")
	}
	return nil
}

func isHTML(head []byte) bool { return bytes.HasPrefix(bytes.TrimSpace(head), []byte("<")) }

// split returns the module and the version of a file's name; the version is ""
// where the name has none.
func split(file string) (mod, version string, err error) {
	escaped, rest, _ := strings.Cut(file, "/@")
	if mod, err = module.UnescapePath(escaped); err != nil {
		return "", "", err
	}
	if rest, ok := strings.CutPrefix(rest, "v/"); ok && rest != "list" {
		version, err = module.UnescapeVersion(strings.TrimSuffix(rest, path.Ext(rest)))
	}
	return mod, version, err
}

// saneZip reports what golang.org/x/mod/zip refuses at a glance.
func saneZip(mod, version string, body io.ReaderAt, size int64) error {
	z, err := zip.NewReader(body, size)
	if err != nil {
		return fmt.Errorf("not a whole zip file of %d bytes", size)
	}
	prefix := mod + "@" + version + "/"
	for _, f := range z.File {
		if !strings.HasPrefix(f.Name, prefix) {
			return fmt.Errorf("a zip file with %q, which is not of %s@%s", f.Name, mod, version)
		}
	}
	return nil
}

// saneInfo applies the rule of modfetch.proxyRepo.Stat: a version that is
// written out in full is answered by itself.
func saneInfo(mod, version string, body io.Reader) error {
	var info struct{ Version string }
	if err := json.NewDecoder(body).Decode(&info); err != nil {
		return errors.New("not JSON")
	}
	full := version != "" && version == module.CanonicalVersion(version) && module.Check(mod, version) == nil
	switch {
	case info.Version == "":
		return errors.New("JSON without a Version")
	case full && info.Version != version:
		return fmt.Errorf("it describes version %q", info.Version)
	}
	return nil
}
