package pool

import "time"

// pace is how long workers take for a client, as an average that forgets: the last clients count most.
type pace struct {
	mean    time.Duration
	samples int
}

const (
	paceShare  = 16 // one client is a sixteenth of the average
	paceEnough = 16 // clients before anybody is refused because of it
)

func (p *pace) note(took time.Duration) {
	p.samples++
	if p.samples == 1 {
		p.mean = took
		return
	}
	p.mean += (took - p.mean) / paceShare
}

// wait estimates how long somebody waits who comes behind that many others. It rather says too little: a request that is
// refused because of it would very likely have been in vain.
func (p *pace) wait(ahead, slots int) time.Duration {
	if p.samples < paceEnough || slots == 0 {
		return 0
	}
	return time.Duration(ahead/slots) * p.mean
}
