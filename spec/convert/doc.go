// Package convert turns machines of other tools into specs: SCXML, and the JSON of XState.
//
// Each importer gives a spec and says what it could not take, with the place in the source. Names become
// lower_snake_case; what the source says in code, or in elements that a spec has no words for, becomes a hook that is
// to be written.
//
// An importer takes over what a machine does, not how it looks: SCXML's transitions that match events by a prefix
// become one arm for each event that the machine is known to get.
package convert
