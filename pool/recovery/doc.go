// Package recovery decides what follows a failure: for the worker that it happened to, and for the request that met it.
//
// [Table.Decide] is a pure function of what went wrong and what is known at that moment. The table is data: it can be
// printed, tested and replaced. The pool carries a decision out.
package recovery
