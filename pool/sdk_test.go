package pool

import (
	"os"
	"testing"
)

func TestPoolsOfOneUserShareTheSDK(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	first, own, err := installSDK()
	if err != nil || own {
		t.Fatalf("installSDK = %s, %v, %v; want a directory to share", first, own, err)
	}
	if second, _, err := installSDK(); err != nil || second != first {
		t.Errorf("installSDK = %s, %v; want %s again", second, err, first)
	}
}

func TestWithoutACacheAPoolHasAnSDKOfItsOwn(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", "")
	t.Setenv("HOME", "")
	dir, own, err := installSDK()
	if err != nil || !own {
		t.Fatalf("installSDK = %s, %v, %v; want a directory of its own", dir, own, err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Error(err)
	}
}
