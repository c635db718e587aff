// Package worker is one machine, written by hand, generated, and with other libraries, so that they can be compared.
//
// Every implementation has the same states and guards, counts how often it entered each state, and is driven with the
// same random events by a test. The machine:
//
//	initializing  init_complete                           ready
//	initializing  init_failed | stop                      terminating
//	ready         checkout                                busy
//	ready         health_ok                               ready, entered again
//	ready         health_failed    failures < max         degraded
//	ready         health_failed                           terminating
//	busy          checkin_ok                              ready
//	busy          checkin_error    failures < max         ready
//	busy          checkin_error                           degraded
//	degraded      health_ok                               ready
//	degraded      health_failed                           terminating
//	draining      checkin_ok | checkin_error              terminating
//	terminating   cleanup_complete                        terminated
//	ready | busy | degraded             drain             draining
//	ready | busy | degraded | draining  stop              terminating
package worker
