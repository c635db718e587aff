package linkfsm

//go:generate go tool fsmgen generate link.fsm.yaml
