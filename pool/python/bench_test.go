package python_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/fsmgen/fsmgen/pool/wire"
)

// BenchmarkExchange is one request to a real worker and its answer, without a pool.
func BenchmarkExchange(b *testing.B) {
	p := start(b, "from fsmpool import worker\nworker.command('echo')(lambda args: args)\nworker.run()")
	for _, size := range []int{100, 10 << 10, 1 << 20} {
		for name, contentType := range map[string]string{"json": "", "bytes": wire.ContentBytes} {
			b.Run(fmt.Sprintf("%s/%d", name, size), func(b *testing.B) {
				payload := bytes.Repeat([]byte("x"), size)
				payload[0], payload[size-1] = '"', '"'
				r := wire.Request{Command: "echo", Payload: payload, Meta: wire.Metadata{ContentType: contentType}}
				ctx := soon(b)
				b.SetBytes(int64(size))
				b.ReportAllocs()
				for b.Loop() {
					if _, err := p.link.Exchange(ctx, r); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
