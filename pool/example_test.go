package pool_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/fsmgen/fsmgen/pool"
)

// remember is a worker in this process: "upper" answers in capitals, "remember" counts the words of a session. A worker in
// Python would do the same with `from fsmpool import worker`.
func remember(_ context.Context, r *pool.Request) ([]byte, error) {
	var text string
	if err := json.Unmarshal(r.Payload, &text); err != nil {
		return nil, err
	}
	switch r.Command {
	case "upper":
		return json.Marshal(strings.ToUpper(text))
	case "remember":
		words, _ := r.State["words"].(float64) // a state that moves to another worker is written as JSON
		words += float64(len(strings.Fields(text)))
		r.State["words"] = words
		return json.Marshal(words)
	default:
		return nil, pool.ErrUnknownCommand
	}
}

func start(c pool.Config) *pool.Pool {
	c.Source = pool.Func(remember)
	p, err := pool.Start(context.Background(), c)
	if err != nil {
		panic(err)
	}
	return p
}

func ExampleStart() {
	ctx := context.Background()
	p, err := pool.Start(ctx, pool.Config{
		Source:         pool.Func(remember), // or pool.Python("worker.py")
		Size:           pool.Size{Min: 2, Max: 4},
		RequestTimeout: 10 * time.Second,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.Stats().Phase, p.Stats().Workers)
	fmt.Println(p.Close(ctx))
	// Output:
	// running map[ready:2]
	// <nil>
}

func ExamplePool_Execute() {
	ctx := context.Background()
	p := start(pool.Config{})
	defer p.Close(ctx)
	r, err := p.Execute(ctx, "upper", []byte(`"hello"`), pool.WithPriority(pool.PriorityHigh))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s from worker %d, attempts: %d\n", r.Payload, r.WorkerID, r.Attempts)
	// Output: "HELLO" from worker 1, attempts: 1
}

// The arguments and the result are JSON of Go types.
func ExampleCall() {
	ctx := context.Background()
	p := start(pool.Config{})
	defer p.Close(ctx)
	text, err := pool.Call[string, string](ctx, p, "upper", "hello")
	fmt.Println(text, err)
	// Output: HELLO <nil>
}

// All requests of one session go to the worker that has its state. With two workers, each session counts for itself.
func ExampleSession() {
	ctx := context.Background()
	p := start(pool.Config{Size: pool.Size{Min: 2}})
	defer p.Close(ctx)
	for _, session := range []string{"ann", "bob", "ann"} {
		words, err := pool.Call[string, int](ctx, p, "remember", "two words", pool.Session(session))
		fmt.Println(session, words, err)
	}
	fmt.Println(p.EndSession("ann"))
	// Output:
	// ann 2 <nil>
	// bob 2 <nil>
	// ann 4 <nil>
	// true
}

func ExamplePool_Checkout() {
	ctx := context.Background()
	p := start(pool.Config{})
	defer p.Close(ctx)
	lease, err := p.Checkout(ctx, pool.Session("s-42"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer lease.Close() // checks in as failed, unless Checkin came before
	for _, text := range []string{`"one two"`, `"three"`} {
		r, err := lease.Execute(ctx, "remember", []byte(text))
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%s words\n", r.Payload)
	}
	fmt.Println(lease.Checkin(nil))
	_, err = lease.Execute(ctx, "remember", []byte(`"four"`))
	fmt.Println(errors.Is(err, pool.ErrLeaseEnded), err)
	// Output:
	// 2 words
	// 3 words
	// <nil>
	// true pool: lease has ended: it was checked in: check out again
}

// A generator in Python yields many pieces; a command that answers at once yields one.
func ExamplePool_Stream() {
	ctx := context.Background()
	p := start(pool.Config{})
	defer p.Close(ctx)
	for piece, err := range p.Stream(ctx, "upper", []byte(`"hello"`)) {
		if err != nil {
			fmt.Println(err) // the stream is not whole
			break
		}
		fmt.Printf("%s\n", piece)
	}
	// Output: "HELLO"
}

// Workers that are functions need no interpreter, and run on the virtual time of testing/synctest.
func ExampleFunc() {
	ctx := context.Background()
	p, err := pool.Start(ctx, pool.Config{Source: pool.Func(func(_ context.Context, r *pool.Request) ([]byte, error) {
		if r.Command != "echo" {
			return nil, pool.ErrUnknownCommand
		}
		return r.Payload, nil
	})})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer p.Close(ctx)
	r, err := p.Execute(ctx, "echo", []byte(`{"n": 1}`))
	fmt.Printf("%s %v\n", r.Payload, err)
	// Output: {"n": 1} <nil>
}

func ExamplePython() {
	ctx := context.Background()
	source := pool.Python("worker.py")
	source.Dir, source.AddEnv = "/srv/app", []string{"OMP_NUM_THREADS=1"}
	p, err := pool.Start(ctx, pool.Config{Source: source, Size: pool.Size{Min: 4}})
	if err != nil {
		fmt.Println(err) // names the exception of the worker, and its place
		return
	}
	defer p.Close(ctx)
}

func ExampleOutcomeOf() {
	ctx := context.Background()
	p := start(pool.Config{})
	defer p.Close(ctx)
	_, err := p.Execute(ctx, "lower", []byte(`"HELLO"`))
	if _, unknown := errors.AsType[*pool.UnknownCommandError](err); unknown {
		fmt.Println(pool.OutcomeOf(err), "-", err)
	}
	_, err = p.Execute(ctx, "upper", []byte(`{}`))
	if failed, ok := errors.AsType[*pool.HandlerError](err); ok {
		fmt.Println(pool.OutcomeOf(err), "-", failed.Type)
	}
	p.Close(ctx)
	_, err = p.Execute(ctx, "upper", []byte(`"hello"`))
	if errors.Is(err, pool.ErrClosed) {
		fmt.Println(pool.OutcomeOf(err), "-", err)
	}
	// Output:
	// not run - pool: worker 1: command "lower": the handler does not know it
	// failed - *json.UnmarshalTypeError
	// not run - pool: default: closed: the pool is stopped and takes no requests
}

// The new version serves all requests at the end, and has the states of the sessions.
func ExamplePool_Upgrade() {
	ctx := context.Background()
	p := start(pool.Config{Version: "v1", Size: pool.Size{Min: 2}})
	defer p.Close(ctx)
	pool.Call[string, int](ctx, p, "remember", "two words", pool.Session("s"))
	report, err := p.Upgrade(ctx, pool.Func(remember), pool.Rollout{
		Label: "v2", Bake: 10 * time.Millisecond, MinRequests: -1, // by default the canary serves 20 requests first
	})
	if err != nil {
		fmt.Println(err) // a RolledBackError, for example: the old version serves
		return
	}
	words, err := pool.Call[string, int](ctx, p, "remember", "and two", pool.Session("s"))
	fmt.Println(report.From, report.To, report.Outcome, words, err)
	// Output: v1 v2 done 4 <nil>
}

func ExamplePool_Reconfigure() {
	ctx := context.Background()
	p := start(pool.Config{Size: pool.Size{Min: 1}})
	defer p.Close(ctx)
	err := p.Reconfigure(pool.Config{Size: pool.Size{Min: 3}, MaxPayload: 1000})
	fmt.Println(err)
	err = p.Reconfigure(pool.Config{Size: pool.Size{Min: 3}})
	fmt.Println(p.Stats().Wanted, err)
	// Output:
	// pool: config: MaxPayload cannot change while the pool lives
	// 3 <nil>
}

func ExamplePool_HTTPHandler() {
	p := start(pool.Config{})
	mux := http.NewServeMux()
	mux.Handle("/pool/", http.StripPrefix("/pool", p.HTTPHandler()))
	get := func() {
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/pool/readyz", nil))
		fmt.Print(w.Code, " ", w.Body)
	}
	get()
	p.Close(context.Background())
	get()
	// Output:
	// 200 {"breaker":"closed","phase":"running","pool":"default","waiting":0,"workers":{"ready":1}}
	// 503 {"breaker":"closed","phase":"stopped","pool":"default","waiting":0,"workers":{}}
}

// failures is an observer that prints the requests that fail.
type failures struct{}

func (failures) ObservePool(ev pool.Event) {
	switch ev := ev.(type) {
	case pool.EventExecuted:
		if ev.Failure != "" {
			fmt.Println(ev.Command, ev.Failure)
		}
	case pool.EventWorkerReady:
		fmt.Println("worker", ev.Worker, "is ready")
	}
}

func ExampleObserver() {
	ctx := context.Background()
	p := start(pool.Config{Observer: failures{}})
	defer p.Close(ctx)
	p.Execute(ctx, "upper", []byte(`"hello"`))
	p.Execute(ctx, "lower", []byte(`"hello"`))
	// Output:
	// worker 1 is ready
	// lower bad_request
}
