package wire

import "strconv"

// Names of the environment variables that tell a worker about its descriptors.
const (
	EnvFDs      = "FSMPOOL_FDS"      // the numbers of data, control and lifeline, joined by commas
	EnvProtocol = "FSMPOOL_PROTOCOL" // the version of the protocol
)

// Env returns the environment variables for a worker that finds data, control and
// lifeline at 3, 4 and 5: what exec.Cmd.ExtraFiles makes of three files in that order.
func Env() []string {
	return []string{EnvFDs + "=3,4,5", EnvProtocol + "=" + strconv.Itoa(Version)}
}
