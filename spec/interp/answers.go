package interp

// Answers is an [Oracle] of fixed answers, which may be changed between two events.
type Answers struct {
	// Guards answers guards by their name, and parts of conditions by their text, as [Format] writes it: each time with the
	// next answer, of which the last stays, and whatever the values are. What is missing is answered by Default.
	Guards  map[string][]bool
	Default bool
	// Choices answers choices by their name, likewise. What is missing is answered with the first outcome.
	Choices map[string][]string
	// Replies answers replies by their name. What is missing is answered with nil.
	Replies map[string]any
	// Actions runs actions by their name. After one that is missing nothing of the data is known.
	Actions map[string]func(q *Question)
}

// Guard answers from Guards.
func (a *Answers) Guard(q *Question) bool { return next(a.Guards, q.Name(), a.Default) }

// next takes the next answer to a question, of which the last stays.
func next[V any](all map[string][]V, name string, otherwise V) V {
	answers := all[name]
	if len(answers) == 0 {
		return otherwise
	}
	if len(answers) > 1 {
		all[name] = answers[1:]
	}
	return answers[0]
}

// Overrides reports whether Guards has an answer.
func (a *Answers) Overrides(q *Question) bool { return len(a.Guards[q.Name()]) > 0 }

// Choose answers from Choices.
func (a *Answers) Choose(q *Question) string {
	return next(a.Choices, q.Name(), q.Hook.Outcomes[0].Value)
}

// Reply answers from Replies.
func (a *Answers) Reply(q *Question) any { return a.Replies[q.Name()] }

// Act runs what Actions has.
func (a *Answers) Act(q *Question) {
	if act, ok := a.Actions[q.Name()]; ok {
		act(q)
		return
	}
	clear(q.Data)
}
