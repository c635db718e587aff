package start

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/fsmgen/fsmgen/internal/proc"
	"github.com/fsmgen/fsmgen/pool/wire"
)

// bareKilled is the time from a kill to the end of the connection.
func (b *Bench) bareKilled() (time.Duration, error) {
	p, err := b.bare()
	if err != nil {
		return 0, err
	}
	began := time.Now()
	if err := p.cmd.Process.Kill(); err != nil {
		return 0, errors.Join(err, p.close())
	}
	_, err = p.conn.Read(make([]byte, 1))
	took := time.Since(began)
	if err != io.EOF {
		return 0, fmt.Errorf("start: a killed process: read %w: want the end", err)
	}
	_ = p.close() // says that it was killed
	return took, nil
}

// killed is the time from a kill in the middle of a request to the request's error.
func (b *Bench) killed(ctx context.Context) (time.Duration, error) {
	var s proc.Spawner
	defer s.Close()
	p, err := s.Start(b.python.worker())
	if err != nil {
		return 0, err
	}
	l := link(p)
	if _, err := l.Handshake(ctx, wire.Welcome{Worker: "0"}); err != nil {
		return 0, err
	}
	lost := make(chan error)
	go func() {
		_, err := l.Exchange(ctx, wire.Request{Command: "hang", Payload: []byte("{}")})
		lost <- err
	}()
	if _, err := l.Ping(ctx); err != nil { // answered beside the request
		return 0, err
	}
	began := time.Now()
	if err := p.Kill(); err != nil {
		return 0, err
	}
	err = <-lost
	took := time.Since(began)
	if _, ok := errors.AsType[*wire.LostError](err); !ok {
		return 0, fmt.Errorf("start: a killed worker: %w: want a *wire.LostError", err)
	}
	return took, nil
}
