package golang

import (
	"time"

	"github.com/dave/jennifer/jen"
)

// unit is a unit of time in Go.
type unit struct {
	length time.Duration
	short  string
	name   string // in package time
}

// wholeUnits counts d in the largest unit that needs no fraction.
func wholeUnits(d time.Duration) (int64, unit) {
	for _, u := range []unit{
		{time.Hour, "h", "Hour"},
		{time.Minute, "m", "Minute"},
		{time.Second, "s", "Second"},
		{time.Millisecond, "ms", "Millisecond"},
		{time.Microsecond, "us", "Microsecond"},
	} {
		if d%u.length == 0 && d != 0 {
			return int64(d / u.length), u
		}
	}
	return int64(d), unit{time.Nanosecond, "ns", "Nanosecond"}
}

// duration is d in Go: 1500 * time.Millisecond.
func duration(d time.Duration) *jen.Statement {
	if d == 0 {
		return jen.Lit(0)
	}
	count, u := wholeUnits(d)
	if count == 1 {
		return jen.Qual("time", u.name)
	}
	return jen.Lit(int(count)).Op("*").Qual("time", u.name)
}
