// Command mutations tries the mistakes that packages list in testdata/mutations.txtar.
//
//	mutations [-run REGEXP] [DIR...]
//
// Without directories it takes every list below the current one. It prints the mistakes that no test notices and how many were
// noticed of each list, and exits with 1 if that is less than 97 % of one.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"slices"

	"github.com/fsmgen/fsmgen/internal/mutation"
)

// required is the share of mistakes of each list that tests have to notice, in percent.
const required = 97

func main() {
	only := flag.String("run", "", "try only the mistakes whose name matches this regular expression")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	enough, err := run(ctx, flag.Args(), *only)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	if err != nil || !enough {
		os.Exit(1)
	}
}

func run(ctx context.Context, dirs []string, only string) (enough bool, err error) {
	names, err := regexp.Compile(only)
	if err != nil {
		return false, fmt.Errorf("mutations: -run: %w", err)
	}
	if len(dirs) == 0 {
		if dirs, err = mutation.Find("."); err != nil {
			return false, err
		}
	}
	enough = true
	for _, dir := range dirs {
		ok, err := try(ctx, dir, names)
		if err != nil {
			return false, err
		}
		enough = enough && ok
	}
	return enough, nil
}

// try tries one list and reports whether enough of it was noticed.
func try(ctx context.Context, dir string, names *regexp.Regexp) (bool, error) {
	list, err := mutation.Read(dir)
	if err != nil {
		return false, err
	}
	chosen := slices.DeleteFunc(list.Mutations, func(m mutation.Mutation) bool {
		return m.Equivalent != "" || !names.MatchString(m.Name)
	})
	if err := list.Baseline(ctx, chosen); err != nil {
		return false, err
	}
	noticed, total := 0, 0
	for _, m := range chosen {
		r, err := list.Try(ctx, &m)
		if err != nil && ctx.Err() != nil {
			return false, err
		}
		total++
		if err != nil { // counts as not noticed, since it has to be repaired
			fmt.Println(err)
			continue
		}
		if r.Noticed {
			noticed++
			fmt.Printf("noticed      %s: %.100s\n", r.Name, r.By)
		} else {
			fmt.Printf("NOT NOTICED  %s\n", r.Name)
		}
	}
	fmt.Printf("%s: %d of %d mistakes noticed\n", dir, noticed, total)
	return noticed*100 >= total*required, nil
}
