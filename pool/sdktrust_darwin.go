package pool

// unmappedUser is 0: there are no user namespaces.
func unmappedUser() uint32 { return 0 }
