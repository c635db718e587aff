package pool

import (
	"os"
	"strconv"
	"strings"
)

// unmappedUser is the number of users without a number in this user namespace; 0 if all have one.
func unmappedUser() uint32 {
	mapped, err := os.ReadFile("/proc/self/uid_map")
	if err != nil || isWholeMap(string(mapped)) {
		return 0
	}
	text, err := os.ReadFile("/proc/sys/kernel/overflowuid")
	if err != nil {
		return 0
	}
	n, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 32)
	if err != nil {
		return 0
	}
	return uint32(n)
}

// isWholeMap reports whether a map of user numbers is that of a machine without user namespaces.
func isWholeMap(text string) bool {
	fields := strings.Fields(text)
	return len(fields) == 3 && fields[0] == "0" && fields[1] == "0" && fields[2] == "4294967295"
}
