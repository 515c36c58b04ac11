package git

import "slices"

const (
	maxWalk       = 10_000      // commits
	maxParents    = 8 * maxWalk // of all of them
	maxCandidates = 10          // as in git
)

// A walk visits the ancestors of a commit by date, latest first, as
// describe_commit in git's builtin/describe.c does.
type walk struct {
	store   *store
	seen    map[hash]*node
	parents int     // of the commits seen
	queue   []*node // to visit, latest last; of the same date, first met last
}

// A node is a commit of a walk.
type node struct {
	id     hash
	commit commit
	within uint // candidates that have this commit in their history, as bits
}

// A candidate is a tag met in a walk.
type candidate struct {
	tagName
	depth int  // commits visited that are not in the tag's history
	bit   uint // in node.within
}

// nearest returns the tag of the ancestor of head with the fewest commits in
// head and not in the tag, nil if no ancestor has a tag.
func (w *walk) nearest(head hash, names map[hash]tagName) (*candidate, error) {
	if err := w.push(head, 0); err != nil {
		return nil, err
	}
	var found []*candidate
	for visited := 0; len(w.queue) > 0; visited++ {
		n := w.pop()
		if name, ok := names[n.id]; ok {
			if len(found) == maxCandidates {
				w.insert(n)
				break
			}
			c := &candidate{name, visited, 1 << len(found)}
			found = append(found, c)
			n.within |= c.bit
		}
		for _, c := range found {
			c.count(n)
		}
		// Once all that is left is within the leader, no other can win: its
		// depth stays, and the others' only grow. Git goes on, to the same end.
		if best := leader(found); best != nil && best.covers(n) && w.within(best) {
			return best, nil
		}
		if err := w.pushParents(n); err != nil {
			return nil, err
		}
	}
	best := leader(found)
	if best == nil {
		return nil, nil
	}
	return best, w.finish(best)
}

// leader returns the candidate with the least depth, of these the first.
func leader(found []*candidate) *candidate {
	if len(found) == 0 {
		return nil
	}
	return slices.MinFunc(found, func(a, b *candidate) int { return a.depth - b.depth })
}

// finish counts for best the commits that are left.
func (w *walk) finish(best *candidate) error {
	for !w.within(best) {
		n := w.pop()
		best.count(n)
		if err := w.pushParents(n); err != nil {
			return err
		}
	}
	return nil
}

func (c *candidate) covers(n *node) bool { return n.within&c.bit != 0 }

// count takes note of a visit to n.
func (c *candidate) count(n *node) {
	if !c.covers(n) {
		c.depth++
	}
}

// within reports whether all of the queue is in the history of c.
func (w *walk) within(c *candidate) bool {
	return !slices.ContainsFunc(w.queue, func(n *node) bool { return !c.covers(n) })
}

func (w *walk) pop() *node {
	last := len(w.queue) - 1
	n := w.queue[last]
	w.queue = w.queue[:last]
	return n
}

// pushParents queues the parents of n not seen before. All of them are in each
// history that n is in.
func (w *walk) pushParents(n *node) error {
	for _, id := range n.commit.parents {
		if err := w.push(id, n.within); err != nil {
			return err
		}
	}
	return nil
}

func (w *walk) push(id hash, within uint) error {
	if n := w.seen[id]; n != nil {
		n.within |= within
		return nil
	}
	if len(w.seen) == maxWalk {
		return ErrTooDeep
	}
	c, err := w.store.commit(id)
	if err != nil {
		return err
	}
	if w.parents += len(c.parents); w.parents > maxParents {
		return ErrTooDeep
	}
	n := &node{id, c, within}
	w.seen[id] = n
	w.insert(n)
	return nil
}

// insert queues n by date, after (so nearer to the front of the slice than)
// those of the same date.
func (w *walk) insert(n *node) {
	i, _ := slices.BinarySearchFunc(w.queue, n.commit.time, func(q *node, t int64) int {
		if q.commit.time < t {
			return -1
		}
		return 1
	})
	w.queue = slices.Insert(w.queue, i, n)
}
