package golang

import (
	"fmt"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/fsmgen/fsmgen/spec"
)

func (t *testFile) emit() []jen.Code {
	codes := []jen.Code{t.transitions()}
	if len(t.possible(false)) > 0 {
		codes = append(codes, t.refusals())
	}
	codes = append(codes, t.rowType(), t.build(), t.take())
	codes = append(codes, t.observer()...)
	return append(codes, t.fakes()...)
}

// transitions is the test that takes every transition.
func (t *testFile) transitions() jen.Code {
	var rows []jen.Code
	for _, d := range t.possible(true) {
		rows = append(rows, t.row(d))
	}
	text := fmt.Sprintf("Test%s_EveryTransition takes each transition of %s on its own, from the state that it leaves.",
		t.title(), t.a()) + t.impossible()
	body := []jen.Code{
		id("taken").Op(":=").Map(jen.Int()).Bool().Values(),
		jen.For(jen.List(id("_"), id("test")).Op(":=").Range().Add(table(jen.Index().Id(t.name("Row")), rows...))).Block(
			id("taken").Index(id("test.transition")).Op("=").True(),
			id("t.Run").Call(id("test.name"), jen.Func().Params(testT()).Block(t.checkTransition()...)),
		),
	}
	if t.impossible() == "" {
		body = append(body, jen.For(id("id").Op(",").Id("transition").Op(":=").Range().Id("Info").Call().Dot("Transitions")).Block(
			jen.If(jen.Op("!").Id("taken").Index(id("id"))).Block(
				id("t.Errorf").Call(jen.Lit("nothing takes %s --%s--> %s"), id("transition.From"), id("transition.Event"), id("transition.To")),
			),
		))
	}
	return documented(text, t.test("EveryTransition").Block(body...))
}

// impossible names the transitions for which there are no values.
func (t *testFile) impossible() string {
	var names []string
	for _, d := range t.testRows {
		if !d.possible && d.alt != nil {
			names = append(names, d.name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return " No values make the guards take these:\n  - " + strings.Join(names, "\n  - ")
}

func (t *testFile) checkTransition() []jen.Code {
	return []jen.Code{
		id("script").Op(",").Id("saw").Op(":=").Id("test.take").Call(id("t")),
		jen.If(id("saw.Kind").Op("!=").Add(fsm("StepAccepted")).Op("||").Id("saw.Transition").Op("!=").Id("test.transition").Op("||").
			Id("saw.To").Op("!=").Id("test.to.String").Call()).Block(
			id("t.Errorf").Call(jen.Lit("the first step is %+v; want transition %d into %v"), id("saw"), id("test.transition"), id("test.to")),
		),
		jen.If(id("ran").Op(":=").Id("script.ran"), jen.Len(id("ran")).Op("<").Len(id("test.ran")).Op("||").
			Op("!").Qual("slices", "Equal").Call(id("ran").Index(jen.Op(":").Len(id("test.ran"))), id("test.ran"))).Block(
			id("t.Errorf").Call(jen.Lit("the hooks that ran are %q; want first %q"), id("ran"), id("test.ran")),
		),
	}
}

// refusals is the test that lets all the guards of a cell fail.
func (t *testFile) refusals() jen.Code {
	var rows []jen.Code
	for _, d := range t.possible(false) {
		rows = append(rows, t.row(d))
	}
	return documented(
		fmt.Sprintf("Test%s_NoGuardHolds lets every guard fail that a transition depends on.", t.title()),
		t.test("NoGuardHolds").Block(
			jen.For(jen.List(id("_"), id("test")).Op(":=").Range().Add(table(jen.Index().Id(t.name("Row")), rows...))).Block(
				id("t.Run").Call(id("test.name"), jen.Func().Params(testT()).Block(
					jen.If(id("script").Op(",").Id("saw").Op(":=").Id("test.take").Call(id("t")),
						id("saw.Kind").Op("!=").Id("test.kind").Op("||").Len(id("script.ran")).Op(">").Lit(0)).Block(
						id("t.Errorf").Call(jen.Lit("the step is %v with hooks %q; want %v"), id("saw.Kind"), id("script.ran"), id("test.kind")),
					),
				)),
			),
		),
	)
}

// testT is the parameter of every test.
func testT() *jen.Statement { return id("t").Op("*").Qual("testing", "T") }

// title is the machine in the name of a test.
func (t *testFile) title() string { return spec.GoName(t.spec.Name.Value) }

func (t *testFile) test(name string) *jen.Statement {
	return jen.Func().Id("Test" + t.title() + "_" + name).Params(testT())
}

// rowType is the type of the rows of both tests.
func (t *testFile) rowType() jen.Code {
	fields := []jen.Code{id("name").String(), id("from").Id("State")}
	if len(t.spec.Params) > 0 {
		fields = append(fields, id("params").Id("Params"))
	}
	if len(t.spec.Data) > 0 {
		fields = append(fields, id("data").Id("Data"))
	}
	for _, s := range t.states {
		if s.last != "" {
			fields = append(fields, id(s.last).Id("State").Comment("the leaf that "+s.Name+" was left in"))
		}
	}
	if len(t.spec.Guards) > 0 {
		fields = append(fields, id("holds").Index().String().Comment("the guards that hold"))
	}
	if len(t.spec.Choices) > 0 {
		fields = append(fields, id("outcomes").Map(jen.String()).Int().Comment("of choices; the others choose the first"))
	}
	fields = append(fields,
		id("send").Func().Params(id("m").Op("*").Id("Machine")),
		id("transition").Int(),
		id("to").Id("State"),
		id("ran").Index().String().Comment("the hooks, guards and choices aside, that run first"),
	)
	if len(t.possible(false)) > 0 {
		fields = append(fields, id("kind").Add(fsm("StepKind")).Comment("what becomes of the event where no guard holds; 0: nothing"))
	}
	return documented(fmt.Sprintf("%s is one thing that happens to %s.", t.name("Row"), t.a()),
		jen.Type().Id(t.name("Row")).Struct(fields...))
}

// build makes a machine that is about to take a row.
func (t *testFile) build() jen.Code {
	var hooks []jen.Code
	for _, g := range t.groups {
		hooks = append(hooks, entry(g.field, id(t.fake(g)).Values(id("script"))))
	}
	args := []jen.Code{id("hooks")}
	if len(t.spec.Params) > 0 {
		args = append(args, id("r.params"))
	}
	body := []jen.Code{
		id("t.Helper").Call(),
		id("hooks").Op(":=").Add(table(id("Hooks"), hooks...)),
		id("m").Op(":=").New(id("Machine")),
		jen.If(id("err").Op(":=").Id("m.init").Call(args...), id("err").Op("!=").Nil()).Block(id("t.Fatal").Call(id("err"))),
		id("m.engine.Init").Call(id("info"), jen.Int().Call(id("r.from"))),
		id("m.engine.OpenBare").Call(fsm("BareConfig").Values(entry("Clock", fsm("NewVirtualClock").Call()))),
	}
	if len(t.spec.Data) > 0 {
		body = append(body, id("m.data").Op("=").Id("r.data"))
	}
	for _, s := range t.states {
		if s.last != "" {
			body = append(body, id("m."+s.last).Op("=").Id("r."+s.last))
		}
	}
	return documented("machine returns a machine that is where the row begins, without timers, and whose hooks the script plays.",
		method("r *"+t.name("Row"), "machine").Params(testT(), id("script *"+t.name("Script"))).Op("*").Id("Machine").
			Block(append(body, jen.Return(id("m")))...))
}

func (t *testFile) take() jen.Code {
	return documented("take makes it happen, and returns what the hooks and an observer saw first.",
		method("r *"+t.name("Row"), "take").Params(testT()).
			Params(jen.Op("*").Id(t.name("Script")), fsm("Step")).Block(
			id("t.Helper").Call(),
			id("script").Op(":=").Op("&").Id(t.name("Script")).Values(t.answers()...),
			id("coverage").Op(":=").Add(fsm("NewCoverage")).Call(jen.Qual("os", "Getenv").Call(jen.Lit("FSM_COVER"))),
			id("saw").Op(":=").Op("&").Id(t.name("Eye")).Values(entry("coverage", id("coverage"))),
			id("m").Op(":=").Id("r.machine").Call(id("t"), id("script")),
			id("m.engine.Watch").Call(jen.Lit(t.spec.Name.Value), id("saw"), jen.Nil(), jen.Nil()),
			id("r.send").Call(id("m")),
			jen.If(id("err").Op(":=").Id("coverage.Err").Call(), id("err").Op("!=").Nil()).Block(id("t.Error").Call(id("err"))),
			jen.Return(id("script"), id("saw.first")),
		))
}

// answers returns the answers of a row for its script.
func (t *testFile) answers() []jen.Code {
	var fields []jen.Code
	if len(t.spec.Guards) > 0 {
		fields = append(fields, entry("holds", id("r.holds")))
	}
	if len(t.spec.Choices) > 0 {
		fields = append(fields, entry("outcomes", id("r.outcomes")))
	}
	return fields
}

// observer keeps the first step.
func (t *testFile) observer() []jen.Code {
	text := t.name("Eye") + " keeps the first step that it sees. All of them count for the coverage that FSM_COVER names the file of."
	return []jen.Code{
		documented(text,
			jen.Type().Id(t.name("Eye")).Struct(
				id("first").Add(fsm("Step")),
				id("coverage").Op("*").Add(fsm("Coverage")),
			)),
		method("e *"+t.name("Eye"), "Observe").Params(id("info").Op("*").Add(fsm("Info")), id("step").Add(fsm("Step"))).Block(
			jen.If(id("e.first.Kind").Op("==").Lit(0)).Block(id("e.first").Op("=").Id("step")),
			id("e.coverage.Observe").Call(id("info"), id("step")),
		),
	}
}
