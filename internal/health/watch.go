package health

import (
	"context"
	"time"
)

// Watch asks the proxies after each interval and tells what has changed since
// the reports, until ctx ends. It returns the last reports.
func (c *Checker) Watch(ctx context.Context, proxies []string, reports []Report, interval time.Duration, tell func(Flip)) []Report {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return reports
		case <-tick.C:
		}
		next := c.Check(ctx, proxies)
		if ctx.Err() != nil {
			return reports
		}
		for i := range next {
			if next[i].State != reports[i].State || next[i].Fault != reports[i].Fault {
				tell(Flip{next[i].Checked, next[i].Proxy, reports[i].State, next[i].State, next[i].Summary()})
			}
		}
		reports = next
	}
}
