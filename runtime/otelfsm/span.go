package otelfsm

import (
	"context"
	"fmt"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	fsm "github.com/fsmgen/fsmgen/runtime"
)

// OnSpan returns an observer for one machine. It measures as o does, and also adds an event to span for each step:
// fsm.transition, fsm.postponed, fsm.ignored, fsm.unhandled, fsm.stopped or fsm.crashed. The fields that a step has recorded
// are attributes of it, their names after "fsm.field."; the reason of the end of a machine is fsm.reason. The caller that started the
// span ends it; later steps are not added. A span that does not record when the machine starts costs nothing.
func (o *Observer) OnSpan(span trace.Span) fsm.Observer {
	return &spanObserver{Observer: o, span: span, ctx: trace.ContextWithSpan(context.Background(), span)}
}

// spanObserver has a context so that exemplars of what it measures lead to the span.
type spanObserver struct {
	*Observer
	span trace.Span
	ctx  context.Context
}

// Wants is called by the machine.
func (s *spanObserver) Wants(kind fsm.StepKind) bool {
	return s.Observer.Wants(kind) || kind <= fsm.StepCrashed && s.span.IsRecording()
}

// Observe is called by the machine.
func (s *spanObserver) Observe(info *fsm.Info, step fsm.Step) {
	s.measure(s.ctx, info, &step)
	if s.span.IsRecording() {
		s.span.AddEvent(eventName(step.Kind), trace.WithTimestamp(step.At), trace.WithAttributes(stepAttributes(info, &step)...))
	}
}

func eventName(kind fsm.StepKind) string {
	switch kind {
	case fsm.StepAccepted:
		return "fsm.transition"
	case fsm.StepRejected:
		return "fsm.unhandled"
	default:
		return "fsm." + kind.String()
	}
}

func stepAttributes(info *fsm.Info, step *fsm.Step) []attribute.KeyValue {
	var attributes []attribute.KeyValue
	switch step.Kind {
	case fsm.StepAccepted:
		attributes = transitionAttributes(info.Machine, step.From, step.Event, step.To)
	case fsm.StepStopped, fsm.StepCrashed:
		attributes = []attribute.KeyValue{keyMachine.String(info.Machine), keyState.String(step.To)}
	default:
		attributes = eventAttributes(info.Machine, step.From, step.Event)
	}
	if step.Reason != nil {
		attributes = append(attributes, keyReason.String(step.Reason.Error()))
	}
	for _, f := range step.Fields {
		attributes = append(attributes, fieldAttribute("fsm.field."+f.Name, f.Value))
	}
	return attributes
}

// fieldAttribute keeps the types that attributes have, and says the rest in words.
func fieldAttribute(key string, value any) attribute.KeyValue {
	switch v := value.(type) {
	case bool:
		return attribute.Bool(key, v)
	case int:
		return attribute.Int(key, v)
	case int64:
		return attribute.Int64(key, v)
	case float64:
		return attribute.Float64(key, v)
	default:
		return attribute.String(key, fmt.Sprint(v))
	}
}
