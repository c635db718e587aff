package impl_test

import (
	"testing"

	"github.com/fsmgen/fsmgen/runtime/impl"
)

func TestParamErrors_ReportAll(t *testing.T) {
	var errs impl.ParamErrors
	errs.Check("door", "OpenTime", 1, true, "at least 1")
	if err := errs.Err(); err != nil {
		t.Errorf("Err() without a wrong parameter = %v", err)
	}
	errs.Check("door", "Length", 0, false, "at least 1")
	errs.Check("door", "Bells", 9, false, "at most 3")
	want := "fsm: door: params: Length is 0; want at least 1\nfsm: door: params: Bells is 9; want at most 3"
	if err := errs.Err(); err == nil || err.Error() != want {
		t.Errorf("Err() = %v; want both:\n%s", err, want)
	}
}
