package wire

import "context"

// Export asks for the state of a session, and with drop lets the worker forget it. It waits for a request of that session
// that runs. The errors are those of [Data.Exchange], also when ctx ends; a *[RemoteError] is of the kind [KindNoSession],
// [KindNotExportable] or [KindHandlerError]. The worker forgets nothing unless the state is returned, or the error is a
// *[LostError].
func (d *Data) Export(ctx context.Context, s Session, drop bool) (Snapshot, error) {
	h := header{Session: s.ID, Generation: s.Generation, Drop: drop}
	c, err := d.beginState(ctx, Frame{Type: TypeExport}, h)
	if err != nil {
		return Snapshot{}, err
	}
	defer c.end()
	if _, err := c.next(); err != nil {
		return Snapshot{}, err
	}
	return *c.state, nil
}

// Import gives the worker the state of a session in place of what it kept of it. The errors are those of [Data.Exchange], also
// when ctx ends while the worker is in its import hook: the worker is asked to stop it. If it does so within the grace, the
// error is a *[CancelledError], the worker keeps what it had, and the connection stays usable. If it does not, Import returns a
// *[LostError] at the end of the grace, and the worker has to be killed; requests in its other slots may be answered until then.
func (d *Data) Import(ctx context.Context, s Session, state Snapshot) error {
	if err := checkLabel(state.Version); err != nil {
		return err
	}
	h := header{
		Metadata: Metadata{ContentType: state.ContentType}, Session: s.ID, Generation: s.Generation, Version: state.Version,
		ExportedBy: line(state.ExportedBy, maxName),
	}
	c, err := d.beginState(ctx, Frame{Type: TypeImport, Payload: state.Payload}, h)
	if err != nil {
		return err
	}
	defer c.end()
	_, err = c.next()
	return err
}

// beginState writes an EXPORT or IMPORT, which needs no slot of a worker that has several.
func (d *Data) beginState(ctx context.Context, f Frame, h header) (*call, error) {
	if !d.terms.can[CanSession] {
		return nil, &NotSupportedError{What: f.Type.String(), Need: CanSession}
	}
	c := &call{data: d, kind: f.Type}
	if err := c.open(ctx, false); err != nil {
		return nil, err
	}
	return c, c.send(f, h)
}
