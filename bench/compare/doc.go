// Package compare holds ways to do the same work against each other, on a machine that is never quiet.
//
// Everything is measured in rounds: each measures every candidate once, in another order, so that what disturbs the
// machine disturbs all of them. A candidate is judged by the median, over the rounds, of its ratio to the limit in the
// same round. The limit is measured twice per round: its ratio to itself is the noise that all other ratios have.
package compare
