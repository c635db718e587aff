package main

import (
	"context"
	"os"
	"os/signal"

	"github.com/spf13/cobra"

	"github.com/fsmgen/fsmgen/cmd/fsmgen/internal/watch"
	"github.com/fsmgen/fsmgen/gen"
)

const aboutWatch = `Watch checks specs and generates at once, and again whenever one of them is saved, comes or goes. It says what check and
generate would say, and goes on after errors. Interrupt it to end it.`

func (t *tool) watch() *cobra.Command {
	var opt gen.Options
	cmd := &cobra.Command{
		Use:               "watch [SPEC|DIR|DIR/...]...",
		Short:             "Check and generate on every save",
		Long:              aboutWatch,
		GroupID:           everyday,
		ValidArgsFunction: completeSpecs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, err := specPaths(args); err != nil {
				return err
			}
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt)
			defer stop()
			for seen := stamps(args); ; {
				if err := t.round(args, opt); err != nil {
					t.exit(cmd.CommandPath(), err)
				}
				var err error
				if seen, err = watch.Settled(ctx, watch.Interval, seen, look(args)); err != nil {
					return ended(ctx, err)
				}
			}
		},
	}
	whatToWrite(cmd, &opt)
	return cmd
}

// round is one check and generate.
func (t *tool) round(args []string, opt gen.Options) error {
	in, err := t.examine(args)
	if err := t.verdict(in, err, false); err != nil {
		return err
	}
	out := &input{machines: in.machines}
	products, err := t.produce(out, opt)
	if err := t.also(out, err); err != nil {
		return err
	}
	return t.carryOut(products)
}

// stamps are those of the specs that args stand for. What is wrong with args is for the next round to say.
func stamps(args []string) watch.Stamps {
	seen, _ := look(args)()
	return seen
}

func look(args []string) func() (watch.Stamps, error) {
	return func() (watch.Stamps, error) {
		paths, err := specPaths(args)
		if err != nil {
			return watch.Stamps{}, nil
		}
		seen, err := watch.Look(paths)
		if err != nil {
			return nil, unusable(err)
		}
		return seen, nil
	}
}

// ended is the error of something that was interrupted on purpose: none.
func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}
