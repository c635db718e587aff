package rolloutfsm

//go:generate go tool fsmgen generate ../../spec/rollout.fsm.yaml
