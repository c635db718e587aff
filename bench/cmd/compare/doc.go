// Compare measures what fsmgen costs against the limits and the peers, and prints tables in Markdown. See
// docs/benchmarks.md, whose tables it can also write.
package main
