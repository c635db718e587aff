package pool

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"
)

// rpcWorker knows nothing of pools: it greets on standard output, and takes its time to stop a request.
const rpcWorker = `
import json, sys, time

def answer(id, **what):
    print(json.dumps({"jsonrpc": "2.0", "id": id, **what}, separators=(",", ":")), flush=True)

print("loading the model", flush=True)
for line in sys.stdin:
    m = json.loads(line)
    if m["method"] == "echo":
        answer(m["id"], result=m.get("params"))
    elif m["method"] == "cancel":
        time.sleep(0.2)
        answer(m["params"]["id"], error={"code": -32800, "message": "stopped"})
`

// TestJSONRPC_ProgramWithoutTheSDK has the log, the limit and the grace of the pool.
func TestJSONRPC_ProgramWithoutTheSDK(t *testing.T) {
	needPython(t)
	const limit = 1000
	dir := placed(t, map[string]string{"w.py": rpcWorker})
	h := &records{}
	rpc := JSONRPCConfig{PingMethod: "echo", Cancel: func(id uint64) (string, any) { return "cancel", map[string]any{"id": id} }}
	p := startPython(t, Config{
		Source: &ProcessSource{Path: "python3", Args: []string{dir + "/w.py"}, Protocol: JSONRPC(rpc)}, MaxPayload: limit, CancelGrace: time.Minute, Logger: slog.New(h),
	})
	payload := `{"padding":"` + strings.Repeat("x", limit-len(`{"padding":""}`)) + `"}`
	for range 2 {
		if r, err := p.Execute(t.Context(), "echo", []byte(payload)); err != nil || len(r.Payload) != limit || r.WorkerID != 1 {
			t.Errorf("Execute with %d bytes = %+v, %v; want them back from the first worker", len(payload), r, err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		_, err := p.Execute(ctx, "slow", nil)
		if abandoned, ok := errors.AsType[*AbandonedError](err); !ok || !abandoned.Stopped {
			t.Errorf("slow = %v; want an *AbandonedError of a handler that has stopped", err)
		}
		cancel()
	}
	if level, attrs := h.of(t, "loading the model"); level != slog.LevelInfo || attrs["stream"].String() != "stdout" {
		t.Errorf("the record is %v with %v; want what the program printed", level, attrs)
	}
}
