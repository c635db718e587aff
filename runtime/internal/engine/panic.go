package engine

import (
	"reflect"
	"runtime"
	"strings"
	"unicode"

	fsm "github.com/fsmgen/fsmgen/runtime"
)

// locate finds the hook and the event of a panic of a generated machine in the stack, while the panic
// unwinds. Nothing else records them: handling an event costs nothing for it.
//
// An example, the functions of the stack from the panic outward, with m the methods of the machine:
//
//	main.(*house).Ring    the hook: it is called by the innermost m
//	m closedKnock
//	m onKnock             the outermost m with the name of an event
//	m Step
func locate(e *fsm.PanicError, machine Stepper, events []string) {
	typ := reflect.TypeOf(machine)
	if typ.Kind() != reflect.Pointer {
		return
	}
	prefix := functionPrefix(typ.Elem())
	pcs := make([]uintptr, 512)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	var callee string
	var methods []string // of the machine, innermost first
	for more := true; more; {
		var frame runtime.Frame
		frame, more = frames.Next()
		if method, ok := strings.CutPrefix(frame.Function, prefix); ok {
			if len(methods) == 0 && !strings.HasPrefix(callee, "runtime.") {
				e.Hook = callee[strings.LastIndexByte(callee, '/')+1:]
			}
			methods = append(methods, method)
		}
		callee = frame.Function
	}
	e.Event = eventOf(methods, events)
}

// functionPrefix is what the names of the methods of a type begin with in a stack.
func functionPrefix(typ reflect.Type) string {
	path := typ.PkgPath()
	i := strings.LastIndexByte(path, '/') + 1
	return path[:i] + strings.ReplaceAll(path[i:], ".", "%2e") + ".(*" + typ.Name() + ")."
}

// eventOf returns the event that a generated machine was handling when these methods of it ran, the
// innermost first. The method of an event is called as the event is, or ends with its name.
func eventOf(methods, events []string) string {
	for i := len(methods) - 1; i >= 0; i-- {
		switch methods[i] {
		case "Step", "Expire", "Finish", "onInvoke":
			continue
		case "init", "enter", "Terminate":
			return ""
		}
		found := ""
		method := letters(methods[i])
		for _, event := range events {
			if len(letters(event)) > len(letters(found)) && strings.HasSuffix(method, letters(event)) {
				found = event
			}
		}
		if found != "" {
			return found
		}
	}
	return ""
}

// letters returns the letters and digits of a name, in lower case: the same for after_30s, After30s
// and "after 30s".
func letters(name string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, name)
}
