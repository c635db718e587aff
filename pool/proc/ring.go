package proc

// ring holds the newest lines of a stream within two bounds; the oldest make room.
type ring struct {
	maxLines, maxBytes int

	kept  []Line // oldest first
	bytes int    // of their texts
}

func (r *ring) keeps() bool { return r.maxLines > 0 && r.maxBytes > 0 }

// push returns how many lines have made room.
func (r *ring) push(l Line) (dropped int) {
	if !r.keeps() {
		return 0
	}
	if len(l.Text) > r.maxBytes {
		whole := wholeRunes(l.Text[:r.maxBytes])
		l.Dropped += len(l.Text) - len(whole)
		l.Text = whole
	}
	for len(r.kept) == r.maxLines || r.bytes+len(l.Text) > r.maxBytes {
		r.drop()
		dropped++
	}
	r.bytes += len(l.Text)
	r.kept = append(r.kept, l) // moves the kept lines to the front of a new array when the old one is used up
	return dropped
}

func (r *ring) drop() {
	r.bytes -= len(r.kept[0].Text)
	r.kept[0] = Line{} // the array lives on for a while, the text must not
	r.kept = r.kept[1:]
}
