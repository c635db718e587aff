package scale_test

import (
	"strings"
	"testing"

	"github.com/fsmgen/fsmgen/bench/scale"
)

func TestCurve_PointForEachSize(t *testing.T) {
	points, err := scale.Curve(10, 20)
	if err != nil {
		t.Fatal(err)
	}
	if len(points) != 2 || points[1].Code <= points[0].Code || !strings.Contains(scale.Markdown(points), "| 20 | ") {
		t.Errorf("the curve is %+v", points)
	}
}
