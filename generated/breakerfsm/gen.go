package breakerfsm

//go:generate go tool fsmgen generate ../../spec/breaker.fsm.yaml
