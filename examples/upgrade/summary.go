package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/fsmgen/fsmgen/pool"
)

// summary is what happened, by the clients' books and by the pool's.
type summary struct {
	plan
	books    *books
	watch    *watch
	upgrades []*pool.UpgradeReport
	stats    pool.Stats
}

func (s *summary) print(w io.Writer) {
	b := s.books
	fmt.Fprintf(w, "\nrequests       %d: %s\n", b.requests.Load(), s.byVersion())
	if s.bad {
		fmt.Fprintf(w, "failed         %d by the fault of the bad release, %d for another reason\n", b.released, len(b.failures))
	} else {
		fmt.Fprintf(w, "failed         %d\n", len(b.failures))
	}
	for _, u := range s.upgrades {
		fmt.Fprintf(w, "%s to %s  %s in %v: %s\n", u.From, u.To, u.Outcome, u.Took.Round(time.Millisecond), phases(u))
		fmt.Fprintf(w, "               sessions carried %d, refused %d, lost %d\n", u.Sessions.Carried, u.Sessions.Refused, u.Sessions.Lost)
		fmt.Fprintf(w, "               %s; %s\n", served(u.Old), served(u.New))
	}
	fmt.Fprintf(w, "sessions       %d at the end, %d lost\n", s.stats.Sessions.Sessions, s.stats.SessionsLost)
	s.watch.timeline(w)
	for _, list := range [][]string{b.failures, b.lost} {
		for _, what := range list[:min(len(list), 10)] {
			fmt.Fprintf(w, "  %s\n", what)
		}
	}
}

func (s *summary) byVersion() string {
	var each []string
	for _, version := range s.watch.order {
		each = append(each, fmt.Sprintf("%d by %s", s.books.byVersion[version], version))
	}
	return strings.Join(each, ", ")
}

func phases(u *pool.UpgradeReport) string {
	each := make([]string, len(u.Phases))
	for i, phase := range u.Phases {
		each[i] = fmt.Sprintf("%s %v", phase.Name, phase.Took.Round(time.Millisecond))
	}
	return strings.Join(each, ", ")
}

func served(v pool.VersionReport) string {
	return fmt.Sprintf("%s served %d requests, %d failed, p99 %v", v.Version, v.Requests, v.Failures, v.P99.Round(time.Microsecond))
}

// wrong is every number that is not what it has to be.
func (s *summary) wrong() (list []string) {
	expect := func(ok bool, format string, args ...any) {
		if !ok {
			list = append(list, fmt.Sprintf(format, args...))
		}
	}
	b := s.books
	expect(len(b.failures) == 0, "%d requests failed", len(b.failures))
	expect(len(b.lost) == 0, "%d answers are not what their clients expect", len(b.lost))
	expect(s.stats.SessionsLost == 0, "the pool has lost the state of %d sessions", s.stats.SessionsLost)
	expect(len(s.upgrades) == 2, "%d upgrades; want 2", len(s.upgrades))
	if len(s.upgrades) != 2 {
		return list
	}
	last, outcome, version := s.upgrades[1], "done", second
	if s.bad {
		outcome, version = "rolled_back", first
		expect(b.released > 0, "the bad release has failed no request")
	}
	expect(s.upgrades[0].Outcome == "done", "the first upgrade is %s; want it done", s.upgrades[0].Outcome)
	expect(last.Outcome == outcome, "the last upgrade is %s; want it %s", last.Outcome, outcome)
	expect(s.bad || last.Sessions.Carried >= s.clients, "%d sessions were carried; want the %d of the clients at least",
		last.Sessions.Carried, s.clients)
	expect(last.Sessions.Lost == 0, "the last upgrade has lost %d sessions: %v", last.Sessions.Lost, last.Sessions.LostNames)
	expect(s.stats.Versions[version] == s.workers && len(s.stats.Versions) == 1,
		"the workers at the end are %v; want %d of version %s", s.stats.Versions, s.workers, version)
	return list
}

// verdict is the last line of a run in which nothing is wrong.
func (s *summary) verdict() string {
	if s.bad {
		return fmt.Sprintf("the bad release was rolled back: every worker is of version %s, and no session was lost", first)
	}
	return "two upgrades under load: no request failed, and no session was lost"
}
