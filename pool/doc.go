// Package pool keeps external worker processes alive and hands requests to them.
//
// A worker is a process of its own, primarily in Python, that is slow to start, keeps state for its sessions, and may leak, hang or
// die. The pool starts workers, probes them, replaces those that are lost, and sends each request of a session to the worker
// that has the state of the session. This worker.py counts the words of each user:
//
//	from fsmpool import worker
//
//	@worker.command
//	def count(text, ctx):
//	    ctx.session["words"] = ctx.session.get("words", 0) + len(text.split())
//	    return ctx.session["words"]
//
//	worker.run()
//
// This program serves it, from four processes:
//
//	func main() {
//		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
//		defer stop()
//		p, err := pool.Start(ctx, pool.Config{Source: pool.Python("worker.py"), Size: pool.Size{Min: 4}, Logger: slog.Default()})
//		if err != nil {
//			log.Fatal(err)
//		}
//		http.Handle("/pool/", http.StripPrefix("/pool", p.HTTPHandler()))
//		http.HandleFunc("/count", func(w http.ResponseWriter, r *http.Request) {
//			n, err := pool.Call[string, int](r.Context(), p, "count", r.FormValue("text"), pool.Session(r.FormValue("user")))
//			if errors.Is(err, pool.ErrOverload) {
//				http.Error(w, err.Error(), http.StatusServiceUnavailable)
//			} else if err != nil {
//				http.Error(w, err.Error(), http.StatusInternalServerError)
//			} else {
//				fmt.Fprintln(w, n)
//			}
//		})
//		go http.ListenAndServe("localhost:8080", nil)
//		if err := p.RunUntil(ctx); err != nil { // after a signal requests in progress may finish
//			log.Fatal(err)
//		}
//	}
//
// # Workers
//
// [Config.Source] says what the workers are: [Python], [Module], [Command], a configured [ProcessSource], or [Func], which
// needs no process. [Config] has a part for each subject: [Size], [Health], [Sessions], [Recycle], [Breaker], [Shutdown]. Zero
// values mean defaults, [Pool.Reconfigure] changes most fields of a live pool, and [Pool.Upgrade] replaces the workers' code.
//
// # Requests
//
// [Pool.Execute] sends a request to a worker and returns its [Result]; [Call] does that with JSON of Go types, [Pool.Stream]
// yields the answer piece by piece, and [Pool.Checkout] keeps a worker for several requests. An [Option] configures a request: [Session],
// [Idempotent], [WithPriority], [WithAffinity], [Portable], [ContentType], [Input]. A request waits for a worker up to
// Config.QueueTimeout, and for the answer up to Config.RequestTimeout; its context may be shorter.
//
// # Errors
//
// [OutcomeOf] says of each error what is known about the work: it has not run, it may have run, or it has run and failed. The
// errors of requests match [ErrOverload], [ErrNoWorker], [ErrClosed], [ErrSessionLost], [ErrLeaseEnded], and the end of the
// caller's context. Errors that carry details are structs: [HandlerError] has the traceback of a handler, [LostError] the last
// output of a worker that died, [StartError] that of one that did not start. What follows a failure, for the worker and for
// the request, is a table: package [github.com/fsmgen/fsmgen/pool/recovery].
//
// # Observation
//
// [Pool.Stats] and [Pool.Workers] return what there is now, [Pool.HTTPHandler] serves it, and an [Observer] gets each [Event].
// Config.Logger gets what workers print. Package [github.com/fsmgen/fsmgen/pool/otelpool] has metrics and spans.
//
// # Guarantees
//
// On Linux the kernel kills each worker's process group when the service ends, even by SIGKILL; docs/processes.md has the
// limits. State machines that fsmgen has generated from worker, pool, breaker and rollout.fsm.yaml in the directory spec decide
// what workers, the pool, its starts and an upgrade do; this package carries out what they decide. The guides are in the directory docs: pool.md about this package, python.md about workers in Python, errors and
// symptoms in troubleshooting.md, wire.md about other languages.
package pool
