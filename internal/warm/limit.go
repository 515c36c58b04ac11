package warm

// A limit is how many requests may be on the network at once. It falls when
// proxies fail or ask to be left alone, and grows back.
type limit struct {
	now, max int
	failures int64 // of all proxies, when last looked at
}

func newLimit(jobs int) limit { return limit{now: jobs, max: jobs} }

// tune is told, every second, how many attempts have failed so far, those that
// were made again included. It halves the limit if some are new, and otherwise
// raises it by an eighth of the most.
func (l *limit) tune(failures int64) {
	if failures > l.failures {
		l.now = max(l.now/2, 1)
	} else {
		l.now = min(l.now+max(l.max/8, 1), l.max)
	}
	l.failures = failures
}
