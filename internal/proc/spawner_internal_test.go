package proc

import (
	"slices"
	"testing"
)

func TestASpawnerForgetsAClosedProcess(t *testing.T) {
	var s Spawner
	defer s.Close()
	var started []*Process
	for range 2 {
		p, err := s.Start(Spec{Path: "/bin/sh", Args: []string{"-c", "read line <&3"}})
		if err != nil {
			t.Fatal(err)
		}
		started = append(started, p)
	}
	started[0].Close()
	<-started[0].over // of its group nothing is left
	if left := s.left(); !slices.Equal(left, started[1:]) {
		t.Errorf("left = %v; want the one that was not closed", left)
	}
}
