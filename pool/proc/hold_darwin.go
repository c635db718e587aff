package proc

// Programs run at once here: there is nothing to arm before.

func holdable(string) bool { return false }

func awaitHold(int) error { return nil }

func letGo(int) {}
