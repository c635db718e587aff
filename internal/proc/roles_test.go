package proc_test

import (
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

// roles are the programs the test binary can play. Those that go on for ever say "ready" first, with the pids of their
// children and their own.
var roles = map[string]func(args []string) int{
	"echo":     echo,
	"polite":   polite,
	"deaf":     deaf,
	"sleeping": sleeping,
}

// complain is the end of a role that could not be played.
func complain(err error) int {
	fmt.Fprintln(os.Stderr, err)
	return 1
}

func ready(pids ...int) {
	fmt.Println("ready", strings.Trim(fmt.Sprint(append(pids, os.Getpid())), "[]"))
}

// echo sends everything back on the connection it came from.
func echo([]string) int {
	data, control := os.NewFile(3, "data"), os.NewFile(4, "control")
	go func() { _, _ = io.Copy(control, control) }()
	if _, err := io.Copy(data, data); err != nil {
		return 1
	}
	return 0
}

// polite ends with status 7 at SIGTERM.
func polite([]string) int {
	terms := make(chan os.Signal, 1)
	signal.Notify(terms, syscall.SIGTERM)
	ready()
	<-terms
	return 7
}

// deaf ignores every signal that can be ignored.
func deaf([]string) int {
	signal.Ignore()
	ready()
	select {}
}

func sleeping([]string) int {
	ready()
	select {}
}
