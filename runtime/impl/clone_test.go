package impl_test

import (
	"math/big"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/fsmgen/fsmgen/runtime/impl"
)

// order is data of all kinds that a machine may have.
type order struct {
	ID     int
	At     time.Time
	Notes  map[string]int
	Lines  []line
	First  *line
	Any    any
	Fixed  [2][]int
	Sum    *big.Int
	Part   big.Int
	Log    *os.File
	Done   chan int
	Next   *order
	hidden []int
}

type line struct{ Tags []string }

func newOrder() order {
	first := &line{Tags: []string{"a"}}
	return order{
		ID: 1, At: time.Unix(7, 0), Notes: map[string]int{"n": 1}, Lines: []line{{Tags: []string{"b"}}}, First: first,
		Any: map[string]any{"list": []any{1.0, "x"}}, Fixed: [2][]int{{1}, nil}, Sum: big.NewInt(40), Part: *big.NewInt(2),
		Log: os.Stdout, Done: make(chan int), hidden: []int{1},
	}
}

// wreck changes everything that the data reaches.
func (o *order) wreck() {
	o.ID, o.Notes["n"], o.Lines[0].Tags[0], o.First.Tags[0], o.Fixed[0][0] = 9, 9, "9", "9", 9
	o.Any.(map[string]any)["list"].([]any)[0] = 9
	o.Sum.Add(o.Sum, big.NewInt(9))
	o.Part.Add(&o.Part, big.NewInt(9))
}

func TestClone_SharesNothingThatTheMachineChanges(t *testing.T) {
	for range 2 { // the second time from what is known of the type
		o := newOrder()
		c := impl.Clone(o)
		o.wreck()
		want := newOrder()
		want.Done = o.Done
		diff := cmp.Diff(want, c, cmp.AllowUnexported(order{}), cmp.Comparer(func(a, b *os.File) bool { return a == b }),
			cmp.Comparer(func(a, b big.Int) bool { return a.Cmp(&b) == 0 }), cmpopts.EquateComparable())
		if diff != "" {
			t.Errorf("the copy (-want +got):\n%s", diff)
		}
		c.wreck()
		if c.hidden[0] = 8; o.hidden[0] != 8 {
			t.Error("a field that is not exported is copied; want it shared, as documented")
		}
	}
}

func TestClone_KeepsNilAndEmptyApart(t *testing.T) {
	type data struct {
		Nil, Empty []int
		NoMap, Map map[string]int
		None       any
		NoLine     *line
	}
	if diff := cmp.Diff(data{Empty: []int{}, Map: map[string]int{}}, impl.Clone(data{Empty: []int{}, Map: map[string]int{}})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestClone_CyclesAndPointersThatOccurTwice(t *testing.T) {
	a := &order{ID: 1}
	a.Next = &order{ID: 2, Next: a}
	c := impl.Clone(a)
	if c == a || c.Next == a.Next || c.Next.Next != c {
		t.Error("the cycle is not that of the copy")
	}
	cyclic := map[string]any{}
	cyclic["self"] = cyclic
	impl.Clone(cyclic)["new"] = 1
	if _, ok := cyclic["new"]; ok {
		t.Error("the copy of a map that contains itself is the map")
	}
	one := &line{}
	twice := impl.Clone([]*line{one, one})
	if twice[0] != twice[1] || twice[0] == one {
		t.Error("what occurs twice does not occur twice in the copy")
	}
}

func TestClone_PlainDataCostsNothing(t *testing.T) {
	type data struct {
		N  int
		At time.Time
		S  [4]string
	}
	d := data{N: 1, At: time.Now()}
	if n := testing.AllocsPerRun(100, func() { d = impl.Clone(d) }); n > 0 {
		t.Errorf("%v allocations; want none", n)
	}
}
