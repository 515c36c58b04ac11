// Package git reads facts of a git checkout from the files of .git. It starts
// no process and writes nothing, so it may run before every go command.
//
//	root := git.Find(dir)         // "" outside of a checkout
//	repo, err := git.Open(root)   // layout and format
//	branch, err := repo.Branch()  // "" when HEAD is detached
//
// The formats are those of gitrepository-layout(5), gitformat-pack(5) and
// git-config(1): linked work trees, submodules, loose and packed refs and
// objects, alternates, SHA-1 and SHA-256. A repository with reftable refs is
// refused with [ErrReftable].
//
// Three things that git does are left out. The environment (GIT_DIR and its
// kin) is not read: the answers are about the files below the root. Replaced
// objects (git-replace(1)) are read as they were before. The content of an
// object is not hashed again, though the checksum of its zlib stream is.
//
// The files are not trusted. Whatever they hold, the answer is a value or an
// error, most often a [*FileError], and memory stays within some tens of
// megabytes plus the names of the tags.
package git
