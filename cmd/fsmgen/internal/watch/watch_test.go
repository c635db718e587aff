package watch_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fsmgen/fsmgen/cmd/fsmgen/internal/watch"
)

func at(second int64) watch.Stamps {
	return watch.Stamps{"door.fsm.yaml": {Size: 10, Modified: time.Unix(second, 0)}}
}

// looks gives one answer after the other, and the last for good.
func looks(answers ...watch.Stamps) func() (watch.Stamps, error) {
	return func() (watch.Stamps, error) {
		now := answers[0]
		if len(answers) > 1 {
			answers = answers[1:]
		}
		return now, nil
	}
}

func TestSettled_ChangeThatHasEnded(t *testing.T) {
	tests := []struct {
		name  string
		look  func() (watch.Stamps, error)
		want  watch.Stamps
		after time.Duration
	}{
		{"one save", looks(at(0), at(1), at(1)), at(1), 3 * time.Second},
		{"a save in three steps", looks(at(1), at(2), at(3), at(3)), at(3), 4 * time.Second},
		{"a file that goes and comes back", looks(watch.Stamps{}, at(1), at(1)), at(1), 3 * time.Second},
		{"a file that is removed", looks(watch.Stamps{}, watch.Stamps{}), watch.Stamps{}, 2 * time.Second},
		{"a change that is undone, then another", looks(at(1), at(0), at(0), at(2), at(2)), at(2), 5 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				begin := time.Now()
				got, err := watch.Settled(t.Context(), time.Second, at(0), tt.look)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("stamps (-want +got):\n%s", diff)
				}
				if passed := time.Since(begin); passed != tt.after {
					t.Errorf("settled after %v; want %v", passed, tt.after)
				}
			})
		})
	}
}

func TestSettled_ContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := watch.Settled(ctx, time.Second, at(0), looks(at(0))); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error is %v; want %v", err, context.DeadlineExceeded)
		}
	})
}

func TestSettled_ErrorOfLook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := errors.New("the disk is gone")
		look := func() (watch.Stamps, error) { return nil, broken }
		if _, err := watch.Settled(t.Context(), time.Second, at(0), look); !errors.Is(err, broken) {
			t.Errorf("error is %v; want %v", err, broken)
		}
	})
}

func TestLook_MissingAndChangedFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "door.fsm.yaml")
	look := func() watch.Stamp {
		stamps, err := watch.Look([]string{path})
		if err != nil {
			t.Fatal(err)
		}
		return stamps[path]
	}
	if got := look(); got != (watch.Stamp{}) {
		t.Errorf("stamp of a missing file is %v; want none", got)
	}
	if err := os.WriteFile(path, []byte("fsm: 1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	first := look()
	if first.Size != 7 {
		t.Errorf("size is %d; want 7", first.Size)
	}
	if err := os.Chtimes(path, time.Time{}, first.Modified.Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	if look() == first {
		t.Error("the stamp is the same after the file was touched")
	}
}
