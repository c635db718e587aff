package workerfsm_test

import (
	"fmt"

	"github.com/fsmgen/fsmgen/generated/workerfsm"
)

// diary is the hooks of a worker that do what the spec says of them, and write down that they ran.
type diary struct{ entries []string }

func (d *diary) hooks() workerfsm.Hooks {
	return workerfsm.Hooks{Worker: d, Health: d, Process: d, Affinity: d, Recovery: d}
}

func (d *diary) note(x *workerfsm.Ctx, format string, args ...any) {
	d.entries = append(d.entries, fmt.Sprintf(format, args...)+fmt.Sprintf(" in %s", x.State()))
}

// count is how often the hook has run. The first word of an entry is the hook.
func (d *diary) count(hook string) (n int) {
	for _, entry := range d.entries {
		var first string
		if _, err := fmt.Sscan(entry, &first); err == nil && first == hook {
			n++
		}
	}
	return n
}

func (d *diary) Terminated(x *workerfsm.Ctx, reason error) { d.note(x, "terminated %v", reason) }

func (d *diary) FailureLimit(x *workerfsm.View) bool {
	return x.Data().Failures+1 >= x.Params().MaxHealthFailures
}

func (d *diary) MarkHealthy(x *workerfsm.Ctx) {
	x.Data().Health, x.Data().Failures = "healthy", 0
	d.note(x, "mark_healthy")
}

func (d *diary) CountFailure(x *workerfsm.Ctx, reason error) {
	x.Data().Health = "unhealthy"
	x.Data().Failures++
	x.Data().Errors++
	d.note(x, "count_failure %v", reason)
}

func (d *diary) Spawn(x *workerfsm.Ctx)     { d.note(x, "spawn") }
func (d *diary) Shutdown(x *workerfsm.Ctx)  { d.note(x, "shutdown") }
func (d *diary) Terminate(x *workerfsm.Ctx) { d.note(x, "terminate") }
func (d *diary) Kill(x *workerfsm.Ctx)      { d.note(x, "kill") }

func (d *diary) BindSession(x *workerfsm.Ctx, session string) {
	x.Data().Uses++
	x.Data().Leases++
	d.note(x, "bind %s", session)
}

func (d *diary) LastChance(x *workerfsm.View) bool { return d.Leased(x) && d.FailureLimit(x) }
func (d *diary) Leased(x *workerfsm.View) bool     { return x.Data().Leases > 0 }

func (d *diary) LastSlot(x *workerfsm.View) bool  { return x.Data().Leases+1 >= x.Params().Slots }
func (d *diary) LastLease(x *workerfsm.View) bool { return x.Data().Leases <= 1 }
func (d *diary) NoLease(x *workerfsm.View) bool   { return x.Data().Leases == 0 }

func (d *diary) Release(x *workerfsm.Ctx) {
	x.Data().Leases--
	d.note(x, "release")
}

func (d *diary) Revoke(x *workerfsm.Ctx) {
	x.Data().Leases = 0
	d.note(x, "revoke")
}

func (d *diary) NoteReason(x *workerfsm.Ctx, reason error) { d.note(x, "reason %v", reason) }
func (d *diary) ExportSessions(x *workerfsm.Ctx)           { d.note(x, "export") }

func (d *diary) DropSessions(x *workerfsm.Ctx) { d.note(x, "drop") }

func (d *diary) Grant(x *workerfsm.View) workerfsm.Grant {
	return workerfsm.Grant{Worker: 1, Generation: x.Data().Uses}
}

func (d *diary) Offer(x *workerfsm.Ctx)         { d.note(x, "offer") }
func (d *diary) Withdraw(x *workerfsm.Ctx)      { d.note(x, "withdraw") }
func (d *diary) ReportReady(x *workerfsm.Ctx)   { d.note(x, "ready") }
func (d *diary) ReportRemoval(x *workerfsm.Ctx) { d.note(x, "removal") }

func (d *diary) ReportStartFailure(x *workerfsm.Ctx, reason error) {
	d.note(x, "start_failure %v", reason)
}

func (d *diary) ReportStartTimeout(x *workerfsm.Ctx) { d.note(x, "start_timeout") }
