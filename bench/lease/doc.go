// Package lease measures what a pool adds to a request by itself: checkout and checkin beside another pool for anything, and
// looking sessions up beside a map.
package lease
