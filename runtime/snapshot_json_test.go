package runtime_test

import (
	"encoding/json"
	"errors"
	"testing"

	fsm "github.com/fsmgen/fsmgen/runtime"
)

func TestDecodeSnapshot_Strict(t *testing.T) {
	type data struct{ Count int }
	tests := []struct{ text, field, want string }{
		{`{"Count": 3}`, "", ""},
		{`{}`, "", ""},
		{`{"Count": "three"}`, "data.Count", "fsm: lamp: snapshot: data.Count is string; want int"},
		{
			`{"Weight": 3}`, "data",
			`fsm: lamp: snapshot: data is {"Weight": 3} (json: unknown field "Weight"); want what a snapshot of this version has there`,
		},
	}
	for _, test := range tests {
		var into data
		err := fsm.DecodeSnapshot("lamp", "data", []byte(test.text), &into)
		if test.field == "" {
			if err != nil {
				t.Errorf("%s: %v", test.text, err)
			}
			continue
		}
		refused, ok := errors.AsType[*fsm.SnapshotError](err)
		if !ok || refused.Field != test.field || err.Error() != test.want {
			t.Errorf("%s: the error is %v; want %s", test.text, err, test.want)
		}
	}
}

func TestEncodeEvent_PayloadAsJSON(t *testing.T) {
	type pressed struct{ Force int }
	named, err := fsm.EncodeEvent("press", pressed{Force: 3})
	if err != nil || named.Event != "press" || string(named.Payload) != `{"Force":3}` {
		t.Fatalf("EncodeEvent() = %+v, %v", named, err)
	}
	got, err := fsm.DecodeEvent[pressed]("lamp", named)
	if err != nil || got.Force != 3 {
		t.Errorf("DecodeEvent() = %+v, %v; want the event", got, err)
	}
	if got, err := fsm.DecodeEvent[pressed]("lamp", fsm.NamedEvent{Event: "press"}); err != nil || got.Force != 0 {
		t.Errorf("DecodeEvent() without payload = %+v, %v; want the zero event", got, err)
	}
}

func TestErrorText_JSON(t *testing.T) {
	for _, want := range []fsm.ErrorText{{}, {Err: errors.New("black")}} {
		text, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var got fsm.ErrorText
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatal(err)
		}
		if (got.Err == nil) != (want.Err == nil) || got.Err != nil && got.Err.Error() != want.Err.Error() {
			t.Errorf("%s is read as %v; want %v", text, got.Err, want.Err)
		}
	}
}
