package sim

// Shrink returns a shorter list of choices that still violates an invariant, for at most that many replays.
func Shrink(choices []uint32, o Options, replays int) []uint32 {
	best := choices
	fails := func(c []uint32) bool {
		replays--
		return Replay(c, o).Err != nil
	}
	for size := len(best) / 2; size > 0 && replays > 0; {
		shorter := false
		for at := 0; at+size <= len(best) && replays > 0; {
			c := append(append([]uint32{}, best[:at]...), best[at+size:]...)
			if fails(c) {
				best, shorter = c, true
				continue
			}
			at += size
		}
		if !shorter {
			size /= 2
		}
	}
	for at := range best {
		if best[at] == 0 || replays <= 0 {
			continue
		}
		c := append([]uint32{}, best...)
		if c[at] = 0; fails(c) {
			best = c
		}
	}
	return best
}
